"""What a benefit may ask about an elder: a closed catalogue of facts, and a fact as it was stated, with source and day.

Scales stay apart: the five levels of GB/T 42195-2022, the three of 特困 (six indicators), disability grades and the
levels of long-term-care insurance are facts of their own, and nothing turns one into another. Packs ask with these
words (`docs/policies.md`); a value outside the catalogue is refused where it is stated, not where it is decided by.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field, Strict, StrictBool, StrictInt, StrictStr, model_validator

from models.values import Value

LEVELS = ("能力完好", "轻度失能", "中度失能", "重度失能", "完全失能")
# GB/T 42195-2022, as three transcriptions agree: the highest of 90 points that still is this level.
LEVEL_AT_MOST = MappingProxyType({"能力完好": 90, "轻度失能": 89, "中度失能": 65, "重度失能": 45, "完全失能": 29})
DISABILITIES = ("视力", "听力", "言语", "肢体", "智力", "精神")

# What an elder may hold from elsewhere, and a rule may ask about; benefits of the pack itself are told by their code.
HELD_ELSEWHERE = MappingProxyType(
    {
        "long_term_care_insurance": "长期护理保险待遇",
        "work_injury_care": "工伤生活护理费",
        "retired_cadre_care": "离休人员护理费",
        "disability_living": "困难残疾人生活补贴",
        "orphan_allowance": "孤儿基本生活费",
    }
)


class FactType(StrEnum):
    NUMBER = "number"
    ORDERED = "ordered"  # one of `options`, which rise: >= and <= mean something
    CHOICE = "choice"  # one of `options`
    YES_NO = "yes_no"
    CODES = "codes"  # any number of codes, all that are held
    DAY = "day"  # stated, never asked about: a NUMBER comes of it for a month


class FactDef(NamedTuple):
    """A fact a rule can ask about. `name` is what people read.

    NUMBER: whole `unit`s from `least` to `most`. `vague`: an option that only says it is some of these (多重残疾).
    `comes_of`: stated facts that it is reckoned from for a month; it is then never stated itself.
    """

    type: FactType
    name: str
    unit: str = ""
    least: int = 0
    most: int = 0
    options: tuple[str, ...] = ()
    vague: tuple[tuple[str, tuple[str, ...]], ...] = ()
    comes_of: tuple[str, ...] = ()


FACTS: MappingProxyType[str, FactDef] = MappingProxyType(
    {
        "age": FactDef(FactType.NUMBER, "周岁", "岁", 0, 150, comes_of=("born_on",)),
        "economic": FactDef(
            # Who is in two of these is what stands first.
            FactType.CHOICE, "经济状况", options=("特困", "低保", "低保边缘", "刚性支出困难", "其他"),
        ),
        "gb_level": FactDef(FactType.ORDERED, "能力等级（GB/T 42195）", options=LEVELS),
        "gb_score": FactDef(FactType.NUMBER, "能力得分（GB/T 42195）", "分", 0, 90),
        "self_care": FactDef(FactType.ORDERED, "特困生活自理能力", options=("全自理", "半护理", "全护理")),
        "support": FactDef(FactType.CHOICE, "特困供养方式", options=("集中供养", "分散供养", "不是特困")),
        "disability_kind": FactDef(
            FactType.CHOICE, "残疾类别", options=("无", *DISABILITIES, "多重"), vague=(("多重", DISABILITIES),),
        ),
        "disability_grade": FactDef(FactType.NUMBER, "残疾等级", "级", 1, 4),
        "insurance_level": FactDef(FactType.NUMBER, "长期护理保险失能等级", "级", 0, 5),
        "bedridden_months": FactDef(
            FactType.NUMBER, "因病卧床", "个月", 0, 1800, comes_of=("bedridden", "bedridden_since"),
        ),
        "registered": FactDef(FactType.CHOICE, "户籍", options=("本县", "本市外县", "外地")),
        "rural": FactDef(FactType.YES_NO, "农村户籍"),
        "lives_here": FactDef(FactType.YES_NO, "常住本县"),
        "living": FactDef(
            FactType.CHOICE, "居住情况",
            options=("独居", "与配偶", "与子女", "与父母", "与兄弟姐妹", "与其他亲属", "与非亲属", "养老机构"),
        ),
        "family_planning": FactDef(FactType.YES_NO, "计划生育特殊家庭"),
        "held": FactDef(FactType.CODES, "已享受的其他待遇"),
        "born_on": FactDef(FactType.DAY, "出生日期"),
        "bedridden": FactDef(FactType.YES_NO, "因病长期卧床"),
        "bedridden_since": FactDef(FactType.DAY, "因病卧床起始日"),
    }
)  # fmt: skip
ASKED = MappingProxyType({code: fact for code, fact in FACTS.items() if fact.type is not FactType.DAY})

# Left to right, each strictly: text stays text, but for a day written as one.
FactValue = Annotated[
    StrictBool | StrictInt | Annotated[date, Strict()] | tuple[str, ...] | StrictStr, Field(union_mode="left_to_right")
]


class Known(Value):
    """A fact as stated: `source` says by what (a register, a certificate, an assessment), `on` of which day it is."""

    value: FactValue
    source: str = Field(min_length=1)
    on: date


class Reckoned(NamedTuple):
    """A fact that a month gives, with source and day of the one it comes of."""

    value: int
    source: str
    on: date


class FactSheet(Value):
    """What is known of one elder when a benefit is decided. What is not in it is missing, which is never "no"."""

    facts: dict[str, Known]

    @model_validator(mode="after")
    def _in_catalogue(self) -> FactSheet:
        for code, known in self.facts.items():
            why = refused(code, known.value)
            if why:
                raise ValueError(f"{code}: {why}")
        return self


def refused(code: str, value: FactValue) -> str:
    """Why this is no value that can be stated for the fact; empty if it is one."""
    fact = FACTS.get(code)
    if fact is None:
        return f"unknown fact; known: {', '.join(sorted(FACTS))}"
    if fact.comes_of:
        return f"is not stated but reckoned, from {' and '.join(fact.comes_of)}"
    match fact.type:
        case FactType.NUMBER:
            fits = type(value) is int and fact.least <= value <= fact.most
            return "" if fits else f"{value!r} is no whole number of {fact.least} to {fact.most}"
        case FactType.ORDERED | FactType.CHOICE:
            return "" if value in fact.options else f"{value!r} is none of {', '.join(fact.options)}"
        case FactType.YES_NO:
            return "" if isinstance(value, bool) else f"{value!r} is neither true nor false"
        case FactType.CODES:
            return "" if isinstance(value, tuple) else f"{value!r} is no list of codes"
        case FactType.DAY:
            return "" if type(value) is date else f"{value!r} is no day"
