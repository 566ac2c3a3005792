"""What a person may do with an elder's assessment, as forms; the sheet itself is `sheets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from decisions.closed_words import LEVELS
from models import assessment_messages as m
from models.assessment import Disputed, ResultElsewhere, Stage, Trigger
from models.errors import REFUSAL_WORDS
from models.ids import assessment_stream
from web.console import assessing, sheet_shown
from web.console.ask import Ask
from web.console.fields import Field, Kind, asks
from web.console.steps import Fields, Handed, Path, Step, Wrong, add
from web.language import _

__all__ = ["STEPS", "add", "fitting"]

NOTE = Field("note", _("备注"), Kind.WORDS, help=_("存入登记簿，不进流程"))
WHY = Field("note", _("原因"), Kind.WORDS, required=True, help=_("存入登记簿，不进流程"))
TRIGGERS: dict[str, str] = {
    Trigger.STAFF: _("工作人员提出"), Trigger.APPLICATION: _("本人或代理人申请"),
    Trigger.CHANGE: _("情况有变，即时评估"),
}  # fmt: skip
WHO_APPLIED = _("本人或代理人申请的，须写明谁申请的")
BY_LEVEL = {level.value: said for level, said in LEVELS.items()}
BY_CODE = _("只能写编号：字母、数字和 . - /")
NOTE_OF_NOBODY = {"id": "note", "sha256": "0" * 64}


def back(path: Path) -> str:
    return assessing.page_of(path["elder_id"])


def _message(kind: type[m.AssessmentMessage], *names: str) -> Callable[[Ask, Path, dict[str, Any]], Handed]:
    def handed(_ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
        said = {name: values[name] for name in names}
        return Handed(assessment_stream(path["elder_id"]), kind, said, values["note"])

    return handed


def _fields(*fields: Field) -> Fields:
    @asks(*fields)
    def always(ask: Ask, path: Path) -> tuple[Field, ...]:
        assessing.of(ask, path["elder_id"])
        return fields

    return always


def _request(_ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    if values["trigger"] == Trigger.APPLICATION and not values["note"]:
        raise Wrong("note", WHO_APPLIED)
    said = {"trigger": values["trigger"]}
    return Handed(assessment_stream(path["elder_id"]), m.RequestAssessment, said, values["note"])


# --- who assesses ----------------------------------------------------------------------------------------------------


def _candidates(ask: Ask, path: Path) -> Any:
    state = assessing.of(ask, path["elder_id"])
    not_these = state.round.not_these if state is not None and state.round is not None else ()
    return ask.doors.assessing.candidates(path["elder_id"], not_these, ask.now)


@asks("first", "second", NOTE)
def _two(ask: Ask, path: Path) -> tuple[Field, ...]:
    """Those who are fit; who is not stands below with the reason."""
    fit = {
        one.staff_id: f"{one.name} {one.staff_id} · {one.body}" for one in _candidates(ask, path) if one.why_not is None
    }
    return (
        Field("first", _("第一名评估员，由其填表"), Kind.CHOICE, required=True, options=fit),
        Field("second", _("第二名评估员，由其核对"), Kind.CHOICE, required=True, options=fit),
        NOTE,
    )


def _not_fit(ask: Ask, path: Path) -> Mapping[str, Any]:
    return {"candidates": _candidates(ask, path), "refusals": REFUSAL_WORDS}


# --- another body's result -------------------------------------------------------------------------------------------


@asks("level", "standard", "assessed_on", "body_id", "document", "total", NOTE)
def _result_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    state = assessing.of(ask, path["elder_id"])
    taken = {code: code for code in state.law.elsewhere} if state is not None else {}
    return (
        Field("level", _("等级"), Kind.CHOICE, required=True, options=BY_LEVEL),
        Field("standard", _("标准"), Kind.CHOICE if taken else Kind.LINE, required=True, options=taken),
        Field("assessed_on", _("评估日期"), Kind.DAY, required=True),
        Field("body_id", _("评估机构"), required=True, help=_("机构的编号，或其统一社会信用代码")),
        Field("document", _("报告"), required=True, help=_("报告的文号或存放处，存入登记簿")),
        Field("total", _("总分"), Kind.NUMBER, help=_("报告上有的才写")),
        NOTE,
    )


def _result(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    named = ("level", "standard", "assessed_on", "body_id", "total")
    found = {name: values[name] for name in named}
    try:  # first all the rest, so that no note is kept for what is refused
        ResultElsewhere.model_validate({**found, "document": NOTE_OF_NOBODY})
    except ValidationError as error:
        raise Wrong(str(error.errors()[0]["loc"][0]), BY_CODE) from None
    result = ResultElsewhere.model_validate({**found, "document": ask.doors.counter.keep_note(values["document"])})
    return Handed(assessment_stream(path["elder_id"]), m.RecordResult, {"result": result}, values["note"])


# --- the second assessor's word, and both ----------------------------------------------------------------------------


def _to_sign(ask: Ask, path: Path) -> Any:
    """The round whose sheet waits for whoever asks. Where the county wants two sheets, they write theirs."""
    state = assessing.in_hand(ask, path["elder_id"], Stage.SIGNING)
    if state.round.second != ask.staff_id or state.law.independent:
        raise assessing.elsewhere(path["elder_id"])
    return state.round


@asks(NOTE)
def _mine(ask: Ask, path: Path) -> tuple[Field, ...]:
    """Each item as the first has it, to be left so or seen otherwise."""
    told = _to_sign(ask, path).sheet.answers.scores
    return (
        *(
            Field(item.code, f"{item.code} {item.name}", Kind.CHOICE, options=options, first=str(told[item.code]))
            for item, options in sheet_shown.items(ask.doors.assessing.scale)
            if item.code in told
        ),
        NOTE,
    )


def _sign(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    told = _to_sign(ask, path).sheet.answers.scores
    mine = {item: int(values[item]) for item in told if values[item] is not None}
    differ = tuple(Disputed(item=i, first=int(told[i]), second=n) for i, n in mine.items() if n != told[i])
    return Handed(assessment_stream(path["elder_id"]), m.ConfirmSheet, {"disputed": differ}, values["note"])


def _to_settle(ask: Ask, path: Path) -> Any:
    state = assessing.in_hand(ask, path["elder_id"], Stage.SETTLING)
    if ask.staff_id not in state.round.assessors:
        raise assessing.elsewhere(path["elder_id"])
    return state.round


@asks(NOTE)
def _settled_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    by_code = {item.code: (item, options) for item, options in sheet_shown.items(ask.doors.assessing.scale)}
    fields: list[Field] = []
    for one in _to_settle(ask, path).disputed:
        item, options = by_code[one.item]
        said = f"{one.item} {item.name}"
        fields += [
            Field(one.item, said, Kind.CHOICE, required=True, options=options),
            Field(f"why.{one.item}", _("为什么这样定"), Kind.WORDS, required=True, help=_("存入登记簿，不进流程")),
        ]
    return (*fields, NOTE)


def _settle(ask: Ask, path: Path, values: dict[str, Any]) -> Handed:
    keep = ask.doors.counter.keep_note
    settled = tuple(
        one.model_copy(update={"settled": int(values[one.item]), "reason": keep(values[f"why.{one.item}"])})
        for one in _to_settle(ask, path).disputed
    )
    return Handed(assessment_stream(path["elder_id"]), m.SettleSheet, {"settled": settled}, values["note"])


# --- a level ---------------------------------------------------------------------------------------------------------


@asks(Field("level", "level", Kind.CHOICE, required=True, options=BY_LEVEL), NOTE)
def _level_fields(ask: Ask, path: Path) -> tuple[Field, ...]:
    assessing.in_hand(ask, path["elder_id"], Stage.CONFIRMING)
    return (Field("level", _("确认的等级"), Kind.CHOICE, required=True, options=BY_LEVEL), NOTE)


def _sheet(ask: Ask, path: Path) -> Mapping[str, Any]:
    ask.seen(assessing.SHOW, path["elder_id"])
    return sheet_shown.values(ask, path["elder_id"])


STEPS: tuple[Step, ...] = (
    Step(
        "/elders/{elder_id}/assessment/request", "request_assessment", _("申请评估"),
        _fields(Field("trigger", _("为什么申请"), Kind.CHOICE, required=True, options=TRIGGERS), NOTE), _request, back,
    ),
    Step(
        "/elders/{elder_id}/assessment/name", "name_assessors", _("指派评估员"), _two,
        _message(m.NameAssessors, "first", "second"), back, "assessment_name.html", _not_fit,
    ),
    Step(
        "/elders/{elder_id}/assessment/signing", "confirm_sheet", _("核对签字"), _mine, _sign, back,
        "sheet_sign.html", _sheet, rows=("B.",),
    ),
    Step(
        "/elders/{elder_id}/assessment/settle", "settle_sheet", _("定下有争议的项"), _settled_fields, _settle, back,
        "sheet_settle.html", _sheet, rows=("B.", "why.B."),
    ),
    Step(
        "/elders/{elder_id}/assessment/level", "confirm_level", _("确认等级"), _level_fields,
        _message(m.ConfirmLevel, "level"), back, "assessment_level.html", _sheet,
    ),
    Step(
        "/elders/{elder_id}/assessment/return", "return_sheet", _("退回重新评估"), _fields(WHY),
        _message(m.ReturnSheet), back,
    ),
    Step(
        "/elders/{elder_id}/assessment/result", "record_result", _("记录别处评出的等级"), _result_fields, _result, back,
    ),
    Step(
        "/elders/{elder_id}/assessment/refuse", "refuse_assessment", _("老人不愿意评估"), _fields(WHY),
        _message(m.RefuseAssessment), back, warns=_("记下以后本次评估就了结；老人的原话写在原因里。"),
    ),
    Step(
        "/elders/{elder_id}/assessment/object", "object_level", _("对等级有异议"), _fields(WHY),
        _message(m.ObjectLevel), back, warns=_("由别的评估员复评，原等级在此期间仍然有效。"),
    ),
)  # fmt: skip

OF_ASSESSORS = ("confirm_sheet", "settle_sheet")
"""Shown as what is to be done next, to the two who do it."""


def fitting(ask: Ask, state: Any) -> list[Step]:
    """The steps that whoever asks may take, and that may come now."""
    return [
        step for step in STEPS
        if step.action not in OF_ASSESSORS and ask.may_here(step.action)
        and ask.doors.assessing.may_come(state, step.action)
    ]  # fmt: skip
