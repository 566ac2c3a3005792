"""A typed sheet read with all that is wrong at once, and what a half-written one comes to. Pure; the scorer decides.

`raw` is what was typed, in tables as the empty sheet has them (`commands.assessment_sheet.form`); "" is what was left
empty, and is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from decisions.ability import items_of, score
from models.ability import AbilityAnswers, AbilityIncomplete, AbilityRefused, AbilityScale, AbilityScored
from models.assessment import ConsentBy, Relation
from models.errors import Refusal
from models.typed_sheet import SectionTrial, SheetWrong, Trial, TypedSheet, Wrong

DAY_LIKE = "日期写成 2026-12-18"
NOT_ANSWERED = "没有写"
WRONG: Mapping[str, str] = {
    "missing": NOT_ANSWERED, "extra_forbidden": "评估表没有这一栏", "bool_type": "只能写 true 或 false",
    "string_too_short": NOT_ANSWERED, "string_type": "须是文字", "tuple_type": "须是方括号里的一列",
    "date_type": DAY_LIKE, "date_from_datetime_parsing": DAY_LIKE, "date_parsing": DAY_LIKE,
    "string_pattern_mismatch": "只能写字母、数字和 . - / 等（疾病写编码，如 F00、F32.1）",
    "int_type": "须是整数", "float_type": "须是整数", "model_type": "须是一组栏目", "dict_type": "须是一组栏目",
}  # fmt: skip
NOT_YET, CONSENT_FIRST = "这一天还没有到", "同意须在评估以前"
NO_PROVIDER, NO_GUARDIAN = "信息提供者不是本人的，须写姓名和电话", "由监护人同意的，须写监护人姓名"
SAID: Mapping[str, str] = {
    **WRONG, "not_yet": NOT_YET, "consent_first": CONSENT_FIRST, "no_provider": NO_PROVIDER,
    "no_guardian": NO_GUARDIAN,
}  # fmt: skip
"""Every sentence that stands beside a field, but those that name points or codes."""


def read(raw: object, scale: AbilityScale, today: date) -> tuple[TypedSheet, AbilityScored]:
    """The sheet, and what its answers come to. Raises SheetWrong with all that is wrong at once."""
    try:
        sheet = TypedSheet.model_validate(_filled(raw))
    except ValidationError as error:
        raise SheetWrong(Refusal.SHEET_REFUSED, _not_read(error)) from None
    result = score(scale, sheet.answers)
    wrong = [Wrong(at, why, at) for at, why in _days(sheet, today)]
    if isinstance(result, AbilityRefused):
        wrong += _refused(scale, result)
    if wrong or isinstance(result, AbilityRefused):
        raise SheetWrong(Refusal.SHEET_REFUSED, wrong)
    if isinstance(result, AbilityIncomplete):
        missing = [Wrong(at.at, f"{at.name}：没有填", _in_sheet(scale, at.at)) for at in result.missing]
        raise SheetWrong(Refusal.SHEET_INCOMPLETE, missing)
    return sheet, result


def trial(raw: Mapping[str, Any], scale: AbilityScale, today: date) -> Trial:
    """`raw`: its answers alone, so far. Of today, where no day stands there yet."""
    given: dict[str, Any] = {"assessed_on": today} | cast("dict[str, Any]", _filled(raw))
    most = {item.code: item.max for item in items_of(scale)}
    written: dict[str, Any] = given.setdefault("scores", {})
    scores = {
        code: points for code, points in written.items()
        if isinstance(points, int) and code in most and 0 <= points <= most[code]
    }  # fmt: skip
    try:
        result = score(scale, AbilityAnswers.model_validate(given))
        wrong = _refused(scale, result) if isinstance(result, AbilityRefused) else []
    except ValidationError as error:
        result, wrong = None, [at._replace(where=f"answers.{at.where}") for at in _not_read(error)]
    sections = tuple(
        SectionTrial(
            code=section.code, name=section.name, max=section.max, items=len(section.items),
            score=sum(scores[item.code] for item in section.items if item.code in scores),
            answered=sum(item.code in scores for item in section.items),
        )
        for section in scale.sections
    )  # fmt: skip
    return Trial(
        sections=sections, result=None if isinstance(result, AbilityRefused) else result, wrong=tuple(wrong)
    )  # fmt: skip


def _filled(at: object) -> object:
    """Without what was left as the empty sheet has it: nothing was written there."""
    if isinstance(at, dict):
        return {key: _filled(value) for key, value in cast("dict[str, object]", at).items() if value != ""}
    return at


def _not_read(error: ValidationError) -> list[Wrong]:
    rows = {_path(row["loc"]): row for row in error.errors()}
    return [Wrong(at, _why(row), at) for at, row in rows.items()]


def _path(loc: tuple[int | str, ...]) -> str:
    """Dotted, without the branches of a union that pydantic names last."""
    return ".".join(str(step) for step in loc if step not in ("int", "float"))


def _why(row: ErrorDetails) -> str:
    if row["type"] == "enum":
        return f"只能写 {str(row.get('ctx', {}).get('expected')).replace(' or ', '、').replace(', ', '、')}"
    return WRONG.get(row["type"], row["msg"])


def _days(sheet: TypedSheet, today: date) -> Iterator[tuple[str, str]]:
    on = sheet.answers.assessed_on
    days = {
        "signed_on": sheet.signed_on, "provider.signed_on": sheet.provider.signed_on,
        "consent.given_on": sheet.consent.given_on, "answers.assessed_on": on,
    }  # fmt: skip
    yield from ((at, NOT_YET) for at, day in days.items() if day > today)
    if sheet.consent.given_on > on:
        yield "consent.given_on", CONSENT_FIRST
    if sheet.provider.relation is not Relation.SELF and sheet.provider.person is None:
        yield "provider.person", NO_PROVIDER
    if sheet.consent.by is ConsentBy.GUARDIAN and sheet.consent.person is None:
        yield "consent.person", NO_GUARDIAN


def _refused(scale: AbilityScale, result: AbilityRefused) -> list[Wrong]:
    return [Wrong(at.at, at.why, _in_sheet(scale, at.at)) for at in result.problems]


def _in_sheet(scale: AbilityScale, at: str) -> str:
    """Where the typed sheet has what the form calls so."""
    changes = scale.changes
    fields = {changes.coma.field: "coma", changes.diagnosed.field: "diagnoses", changes.events.field: "events"}
    return f"answers.{fields.get(at) or f'scores.{at}'}"
