"""The words of a benefit's sheet: its headings, what a line can be, and a condition as one types it into a cell.

One sheet is one benefit, one line one rule. A condition stands in the column of its fact (`条件：周岁`) as
`>= 60；<= 79`, `属于 特困、低保`, `等于 重度失能`, `是`. A sign or a value that is none of ours goes on as it stands:
the checks of a pack say what is wrong with it. Full-width digits are refused, not mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from decisions.benefit_wording import BEGINS, CAUSES, ENDS, HOWS, KINDS
from decisions.closed_words import SERVICE_PLACES as PLACES
from models.benefits import AgeCounts, Begins, LeapBirthday
from models.facts import ASKED, HELD_ELSEWHERE, FactType
from policies.benefit_tables import NOTICE_UNITS, STEPS

Cells = dict[str, str]  # a line by its headings

ITEM, CODE, SAYS = "项目", "代号", "内容"
FROM, TO = "起始日", "截止日"
AMOUNT, AMOUNT_BY, AMOUNT_WORDS = "金额（元）", "金额出处", "金额原文或文号"
BY, WORDS, ASKS = "出处", "原文或文号", "待问"
BETWEEN, HOW = "待遇", "办法"
IF = "条件："  # what the column of a fact begins with

BENEFIT, OVER, ROW, EITHER, OPEN, UNSAID = "待遇", "范围", "档次", "或者", "无规定", "发给谁未定"

EXCLUSIVITY = "待遇之间"
ABOUT = "说明"
HEADINGS = (ITEM, CODE, SAYS, FROM, TO, AMOUNT, AMOUNT_BY, AMOUNT_WORDS, BY, WORDS, ASKS)
BESIDE = (CODE, BETWEEN, HOW, BY, WORDS)
FIRST, LAST = HEADINGS[:3], HEADINGS[3:]  # the conditions stand between them

SOURCES = {"quote": "原文", "rule": "依据", "default": "系统默认"}
COUNTS = {AgeCounts.MONTH_REACHED: "满龄当月起算", AgeCounts.FIRST_DAY: "满龄后的整月起算"}
LEAPS = {LeapBirthday.FEBRUARY_28: "2月28日", LeapBirthday.MARCH_1: "3月1日"}
LATE = {code: word for code, word in BEGINS.items() if code is not Begins.MONTH_AGE_REACHED}


class Item(NamedTuple):
    """A line that says one thing of the benefit: `part` of the pack, `field` of it, its closed list.

    `coded`: one of several rows of the part, told apart by 代号, whose closed list is `codes`. `first`: the line that
    carries the source of its part.
    """

    part: str
    field: str
    words: Mapping[str, str] | None = None
    number: bool = False
    coded: bool = False
    codes: Mapping[str, str] | None = None
    first: bool = True


def _plain(words: Mapping[Any, str]) -> dict[str, str]:
    return {str(code): word for code, word in words.items()}


ITEMS: Mapping[str, Item] = {
    "种类": Item("", "kind", _plain(KINDS), first=False),
    "满岁": Item("birthday", "counts", _plain(COUNTS)),
    "闰日生日": Item("birthday", "leap", _plain(LEAPS), first=False),
    "起发": Item("start", "begins", _plain(BEGINS)),
    "迟申请": Item("start", "if_late", _plain(LATE), first=False),
    "停发": Item("stops", "ends", _plain(ENDS), coded=True, codes=_plain(CAUSES)),
    "公示天数": Item("notice", "days", number=True),
    "公示单位": Item("notice", "unit", NOTICE_UNITS, first=False),
    "再公示天数": Item("notice", "again_days", number=True, first=False),
    "公示地点": Item("notice", "place", first=False),
    "时限": Item("deadlines", "workdays", number=True, coded=True, codes=STEPS),
    "复核月数": Item("review_months", "value", number=True),
    "提醒天数": Item("remind_days", "value", number=True),
    "材料": Item("documents", "name", coded=True),
    "抵扣": Item("offsets", "percent", number=True, coded=True, codes=PLACES),
}  # fmt: skip
KINDS_OF_LINES = (BENEFIT, OVER, ROW, EITHER, OPEN, UNSAID, *ITEMS)
HOW_WORDS = _plain(HOWS)

# --- facts and conditions --------------------------------------------------------------------------------------------

OPS = {"=": "等于", "in": "属于", "not_in": "不属于", "any_of": "含有", "none_of": "不含"}
_OP_OF = {word: op for op, word in OPS.items()}
_LISTS = frozenset({"in", "not_in", "any_of", "none_of"})
_WORD = "|".join(sorted(OPS.values(), key=len, reverse=True))
_CONDITION = re.compile(rf"(?P<op>{_WORD}|[^\w\s“”\"'（(-]+)\s*(?P<value>.*)", re.DOTALL)
_DIGITS = re.compile(r"-?[0-9]+")
_WHOLE = re.compile(r"-?\d+")
BETWEEN_CONDITIONS, BETWEEN_VALUES = "；", "、"
# An amount in 元, and a day as Excel gives it or as people write it.
WHOLE_YUAN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
WRITTEN_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00:00)?")
YES_NO = {"是": True, "否": False}
FACT_OF = {f"{IF}{fact.name}": code for code, fact in ASKED.items()}
_ELSEWHERE = {name: code for code, name in HELD_ELSEWHERE.items()}


class Typed(ValueError):
    """A cell that says nothing that could be checked; the message is Chinese."""


def heading_of(fact: str) -> str:
    return f"{IF}{ASKED[fact].name}"


def cell_of(fact: str, conditions: Iterable[Mapping[str, Any]]) -> str:
    """All conditions on one fact, as one types them."""
    return BETWEEN_CONDITIONS.join(_typed(fact, row["op"], row["value"]) for row in conditions)


def _typed(fact: str, op: str, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return f"{OPS.get(op, op)} {BETWEEN_VALUES.join(HELD_ELSEWHERE.get(str(each), str(each)) for each in values)}"


def conditions_in(fact: str, cell: str) -> Iterator[dict[str, Any]]:
    """The conditions that a cell holds. Raises Typed."""
    for part in cell.replace(";", BETWEEN_CONDITIONS).split(BETWEEN_CONDITIONS):
        yield _condition(fact, part.strip())


def _condition(fact: str, text: str) -> dict[str, Any]:
    asked = ASKED[fact]
    if asked.type is FactType.YES_NO and text in YES_NO:
        return {"fact": fact, "op": "=", "value": YES_NO[text]}
    found = _CONDITION.fullmatch(text)
    if found is None:
        how = "填 是 或 否" if asked.type is FactType.YES_NO else "前面要写符号，如 >= 60、等于 2、属于 特困、低保"
        raise Typed(f"{text!r} 不是条件：{how}")
    op, said = _OP_OF.get(found["op"], found["op"]), found["value"].strip()
    if op in _LISTS:
        values = [each.strip() for each in re.split("[、，,]", said) if each.strip()]
        return {"fact": fact, "op": op, "value": [_ELSEWHERE.get(each, each) for each in values]}
    if asked.type is FactType.NUMBER and _WHOLE.fullmatch(said):
        return {"fact": fact, "op": op, "value": whole(said)}
    return {"fact": fact, "op": op, "value": said}


def whole(text: str) -> int:
    """Raises Typed for anything but a whole number in half-width digits."""
    if _DIGITS.fullmatch(text):
        return int(text)
    if _WHOLE.fullmatch(text):
        raise Typed(f"{text!r} 是全角数字，请写 {int(text)}")
    raise Typed(f"{text!r} 不是整数")


def said(words: Mapping[str, str] | None, code: object) -> str:
    return str(code) if words is None else words.get(str(code), str(code))


def meant(words: Mapping[str, str] | None, word: str) -> str:
    """The code of a word of a closed list; the code itself is taken, too. Raises Typed for any other."""
    if words is None or word in words:
        return word
    code = next((code for code, each in words.items() if each == word), None)
    if code is None:
        raise Typed(f"不认识“{word}”；可用：{BETWEEN_VALUES.join(words.values())}")
    return code
