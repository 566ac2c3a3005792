"""The assessment sheet as a file: an empty one to fill in, and one that was filled in, read with all that is wrong.

In the file places, names and what else is words stand in the clear, because a person writes it; the message gets notes
by reference instead, and the file stays with its writer.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from decisions.ability import checked_words, score
from models.ability import AbilityAnswers, AbilityIncomplete, AbilityRefused, AbilityScale, AbilityScored, CareRisk
from models.assessment import (
    AbilitySheet,
    AssessmentReason,
    Assessor,
    Consent,
    ConsentBy,
    ConsentHow,
    InformationProvider,
    Place,
    PlaceKind,
    Relation,
)
from models.values import Id, NoteRef, Value
from policies.locate import line_of

Keep = Callable[[str], NoteRef]
Words = Annotated[str, Field(min_length=1)]

PLACES = {
    PlaceKind.HOME: "家中", PlaceKind.INSTITUTION: "养老机构", PlaceKind.HOSPITAL: "医疗机构",
    PlaceKind.COMMUNITY: "社区场所", PlaceKind.OTHER: "其他",
}  # fmt: skip
RELATIONS = {
    Relation.SELF: "本人", Relation.SPOUSE: "配偶", Relation.CHILD: "子女", Relation.OTHER_KIN: "其他亲属",
    Relation.PAID_CARER: "雇佣照顾者", Relation.VILLAGE: "村（居）民委员会工作人员", Relation.OTHER: "其他",
}  # fmt: skip
CONSENTS = {ConsentBy.ELDER: "本人", ConsentBy.GUARDIAN: "监护人"}
HOW = {ConsentHow.SIGNED: "签字", ConsentHow.FINGERPRINT: "按手印", ConsentHow.SPOKEN: "口头，有录音"}
EXAMPLE_DIAGNOSES = '[{ code = "F00" }, { code = "F32.1", by_psychiatrist = true }]'
EXAMPLE_EVENTS = '[{ kind = "fall", on = 2026-12-18 }]'
DAY_LIKE = "日期写成 2026-12-18"
WRONG = {
    "missing": "没有写", "extra_forbidden": "评估表没有这一栏", "bool_type": "只能写 true 或 false",
    "string_too_short": "没有写", "string_type": "须是文字", "tuple_type": "须是方括号里的一列",
    "date_type": DAY_LIKE, "date_from_datetime_parsing": DAY_LIKE, "date_parsing": DAY_LIKE,
    "string_pattern_mismatch": "只能写字母、数字和 . - / 等（疾病写编码，如 F00、F32.1）",
    "int_type": "须是整数", "float_type": "须是整数", "model_type": "须是一组栏目", "dict_type": "须是一组栏目",
}  # fmt: skip


class Wrong(NamedTuple):
    """What is wrong with a sheet. `at`: the field in the file, or the item. `line` None: nothing of it is there."""

    at: str
    why: str
    line: int | None = None


class SheetWrong(Exception):
    """The file is no sheet that can be handed in. `refusal`: what the assessment itself would answer."""

    def __init__(self, refusal: str, found: list[Wrong]) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.found = found


class PlacePart(Value):
    kind: PlaceKind
    where: Words | None = None


class ProviderPart(Value):
    relation: Relation
    person: Words | None = None
    signed_on: date


class ConsentPart(Value):
    by: ConsentBy
    how: ConsentHow
    given_on: date
    notice_version: Id
    document: Words
    person: Words | None = None


class SheetFile(Value):
    """As the assessor writes it. `signed_on`: when the first of the two signed."""

    signed_on: date
    place: PlacePart
    provider: ProviderPart
    consent: ConsentPart
    answers: AbilityAnswers

    def with_notes(
        self, keep: Keep, reason: AssessmentReason, first: str, second: str, body: str, *, signs: str
    ) -> AbilitySheet:
        """The sheet of these two, signed by one of them. What is words is kept, and named by reference."""

        def kept(text: str | None) -> NoteRef | None:
            return keep(text) if text else None

        def assessor(who: str) -> Assessor:
            return Assessor(staff_id=who, body_id=body, signed_on=self.signed_on if who == signs else None)

        consent = self.consent
        return AbilitySheet(
            reason=reason,
            place=Place(kind=self.place.kind, note=kept(self.place.where)),
            provider=InformationProvider(
                relation=self.provider.relation, person=kept(self.provider.person), signed_on=self.provider.signed_on
            ),
            consent=Consent(
                by=consent.by, how=consent.how, given_on=consent.given_on, notice_version=consent.notice_version,
                document=keep(consent.document), person=kept(consent.person),
            ),
            assessors=(assessor(first), assessor(second)),
            answers=self.answers,
        )  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def read(file: Path, scale: AbilityScale, today: date) -> tuple[SheetFile, AbilityScored]:
    """The sheet, and what its answers come to. Raises SheetWrong with all that is wrong at once."""
    text, raw = _opened(file)

    def placed(found: Iterable[tuple[str, str, str]]) -> list[Wrong]:
        return [Wrong(at, why, line_of(text, where, first=0) if text else None) for at, why, where in found]

    try:
        sheet = SheetFile.model_validate(_filled(raw))
    except ValidationError as error:
        rows = {_path(row["loc"]): row for row in error.errors()}
        raise SheetWrong("sheet_refused", placed((at, _why(row), at) for at, row in rows.items())) from None
    result = score(scale, sheet.answers)
    wrong = [(at, why, at) for at, why in _days(sheet, today)]
    if isinstance(result, AbilityRefused):
        wrong += [(at.at, at.why, _in_file(scale, at.at)) for at in result.problems]
    if wrong or isinstance(result, AbilityRefused):
        raise SheetWrong("sheet_refused", placed(wrong))
    if isinstance(result, AbilityIncomplete):
        missing = [(at.at, f"{at.name}：没有填", _in_file(scale, at.at)) for at in result.missing]
        raise SheetWrong("sheet_incomplete", placed(missing))
    return sheet, result


def _opened(file: Path) -> tuple[str, object]:
    """Its text, where a line can be told in it, and what it holds."""
    is_json = file.suffix.lower() == ".json"
    try:
        text = file.read_text("utf-8-sig")
        return ("", json.loads(text)) if is_json else (text, tomllib.loads(text))
    except OSError as error:
        raise SheetWrong("unreadable", [Wrong(file.name, f"打不开：{error.strerror}")]) from None
    except ValueError as error:
        raise SheetWrong("unreadable", [Wrong(file.name, f"不是 TOML 或 .json 文件：{error}")]) from None


def _filled(at: object) -> object:
    """Without what was left as the empty sheet has it: nothing was written there."""
    if isinstance(at, dict):
        return {key: _filled(value) for key, value in cast("dict[str, object]", at).items() if value != ""}
    return at


def _path(loc: tuple[int | str, ...]) -> str:
    """Dotted, without the branches of a union that pydantic names last."""
    return ".".join(str(step) for step in loc if step not in ("int", "float"))


def _why(row: ErrorDetails) -> str:
    if row["type"] == "enum":
        return f"只能写 {str(row.get('ctx', {}).get('expected')).replace(' or ', '、').replace(', ', '、')}"
    return WRONG.get(row["type"], row["msg"])


def _days(sheet: SheetFile, today: date) -> Iterator[tuple[str, str]]:
    on = sheet.answers.assessed_on
    days = {
        "signed_on": sheet.signed_on, "provider.signed_on": sheet.provider.signed_on,
        "consent.given_on": sheet.consent.given_on, "answers.assessed_on": on,
    }  # fmt: skip
    yield from ((at, "这一天还没有到") for at, day in days.items() if day > today)
    if sheet.consent.given_on > on:
        yield "consent.given_on", "同意须在评估以前"
    if sheet.provider.relation is not Relation.SELF and sheet.provider.person is None:
        yield "provider.person", "信息提供者不是本人的，须写姓名和电话"
    if sheet.consent.by is ConsentBy.GUARDIAN and sheet.consent.person is None:
        yield "consent.person", "由监护人同意的，须写监护人姓名"


def _in_file(scale: AbilityScale, at: str) -> str:
    """Where the file has what the form calls so."""
    changes = scale.changes
    fields = {changes.coma.field: "coma", changes.diagnosed.field: "diagnoses", changes.events.field: "events"}
    return f"answers.{fields.get(at) or f'scores.{at}'}"


# --- the empty sheet -------------------------------------------------------------------------------------------------


def form(scale: AbilityScale) -> str:
    """An empty sheet as TOML: what may be written stands beside each line, the items with their options and points."""
    changes = scale.changes
    kinds = "；".join(f'"{kind.value}" {changes.events.kinds[kind]}' for kind in CareRisk)
    head = f"""\
# 老年人能力评估表（{scale.standard.number}）  {checked_words(scale.standard)}
# 填好后：starter.py assessment submit 老人编号 本文件 --as 第一名评估员
# 填在等号后面：日期写成 2026-12-18，分值写数字，都不加引号；文字写在引号里。
# 文件里有姓名、地址，交上以后请妥善保管或删除：交上的文字加密存入登记簿，不进流程。

signed_on = ""   # 第一名评估员哪天签字

[place]
kind = ""   # 评估地点：{_options(PLACES)}
where = ""   # 具体地点，可不填

[provider]
relation = ""   # 信息提供者：{_options(RELATIONS)}
person = ""   # 姓名和电话；本人则不填
signed_on = ""   # 信息提供者哪天签字

[consent]   # 健康信息须单独同意（个人信息保护法第二十九条）
by = ""   # 谁同意：{_options(CONSENTS)}
how = ""   # 怎样同意：{_options(HOW)}
given_on = ""   # 哪天同意，不晚于评估
notice_version = ""   # 告知的是哪一版，只用字母、数字，如 2026-1
document = ""   # 同意书或录音存放在哪里
person = ""   # 监护人姓名；本人同意则不填

[answers]
assessed_on = ""   # 评估基准日期
coma = ""   # {changes.coma.field} {changes.coma.name}：true 是，false 不是；是的话以下各项可以不填
diagnoses = ""   # {changes.diagnosed.field} {changes.diagnosed.name}：没有写 []，有的如 {EXAMPLE_DIAGNOSES}
events = ""   # {changes.events.field} {changes.events.name}：没有写 []，有的如 {EXAMPLE_EVENTS}，种类：{kinds}

[answers.scores]
"""
    return head + "".join(_items(scale))


def _items(scale: AbilityScale) -> Iterator[str]:
    for section in scale.sections:
        yield f"\n# {section.code} {section.name}，满分{section.max}\n"
        for item in section.items:
            yield f"\n# {item.code} {item.name}\n"
            for points, words in zip(range(item.max, -1, -1), item.options, strict=True):
                yield f"#   {points}  {words}\n"
            yield f'"{item.code}" = ""\n'


def _options(words: Mapping[Any, str]) -> str:
    return "、".join(f'"{code.value}" {said}' for code, said in words.items())
