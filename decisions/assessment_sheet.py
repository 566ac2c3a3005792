"""The one sheet of two assessors: who may write it, what it must hold, and the level that follows from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from decisions import ability
from decisions.assessment_state import Round
from decisions.deadlines import civil_day
from models.ability import AbilityAnswers, AbilityRefused, AbilityScale, AbilityScored
from models.assessment import AbilitySheet, ConsentBy, Disputed, Relation, Stage
from models.assessment_messages import (
    AssessmentBriefing,
    AssessorFacts,
    ConfirmSheet,
    NameAssessors,
    SettleSheet,
    SubmitSheet,
)
from models.errors import Refusal, StateContradicted
from models.events import Event, SheetConfirmed, SheetSettled, SheetSubmitted

SheetStep = SubmitSheet | ConfirmSheet | SettleSheet


def why_not_these(message: NameAssessors, briefing: AssessmentBriefing, round_: Round) -> Refusal | None:
    """Two of one registered body, neither kin nor visitor of the elder, and, after an objection, two others."""
    if message.first == message.second:
        return Refusal.SAME_PERSON
    if (message.first, message.second) == round_.assessors:
        return Refusal.SAME_TWO
    facts = [
        next((f for f in briefing.assessors if f.staff_id == who), None) for who in (message.first, message.second)
    ]
    for known in facts:
        refusal = Refusal.NO_BODY if known is None else _why_not_this(known, round_)
        if refusal is None and known is not None and known.away:
            refusal = Refusal.ASSESSOR_AWAY
        if refusal is not None:
            return refusal
    return Refusal.OTHER_BODY if len({known.body_id for known in facts if known is not None}) > 1 else None


def _why_not_this(known: AssessorFacts, round_: Round) -> Refusal | None:
    reasons = (
        (known.staff_id in round_.not_these, Refusal.ASSESSED_BEFORE),
        (known.body_id is None, Refusal.NO_BODY),
        (known.kin, Refusal.KIN),
        (known.visits, Refusal.VISITS_THE_ELDER),
    )
    return next((refusal for holds, refusal in reasons if holds), None)


def why_not(message: SheetStep, round_: Round, briefing: AssessmentBriefing, scale: AbilityScale) -> Refusal | None:
    """Whoever was named and may not any more is refused here too; away they may be, the sheet is of another day."""
    barred = [refusal for known in briefing.assessors if (refusal := _why_not_this(known, round_)) is not None]
    match message:
        case SubmitSheet() | ConfirmSheet() if barred:
            return barred[0]
        case SubmitSheet():
            return _why_not_submit(message, round_, scale, civil_day(message.received_at))
        case ConfirmSheet():
            return _why_not_confirm(message, round_, scale)
        case SettleSheet():
            return _why_not_settle(message, round_, scale)


def _why_not_submit(message: SubmitSheet, round_: Round, scale: AbilityScale, today: date) -> Refusal | None:
    sheet = message.sheet
    first, second = sheet.assessors
    if message.actor.id != round_.first or (first.staff_id, second.staff_id) != round_.assessors:
        return Refusal.NOT_THE_ASSESSOR
    if {first.body_id, second.body_id} != {round_.body_id}:
        return Refusal.OTHER_BODY
    if second.signed_on is not None or sheet.disputed or not _is_signed(sheet, today):
        return Refusal.NOT_SIGNED
    day = sheet.answers.assessed_on
    if sheet.consent.given_on > day or not round_.asked_on <= day <= today:
        return Refusal.TOO_OLD
    return _unscored(scale, sheet.answers)


def _is_signed(sheet: AbilitySheet, today: date) -> bool:
    """By the first assessor and by who told, neither tomorrow; and whoever is not the elder is named."""
    days = (sheet.assessors[0].signed_on, sheet.provider.signed_on)
    told = sheet.provider.relation is Relation.SELF or sheet.provider.person is not None
    consented = sheet.consent.by is ConsentBy.ELDER or sheet.consent.person is not None
    return told and consented and all(day is not None and day <= today for day in days)


def _why_not_confirm(message: ConfirmSheet, round_: Round, scale: AbilityScale) -> Refusal | None:
    if message.actor.id != round_.second:
        return Refusal.NOT_THE_ASSESSOR
    told = _sheet_of(round_).answers.scores
    for one in message.disputed:
        if one.settled is not None or told.get(one.item) != one.first or one.second == one.first:
            return Refusal.NOT_DISPUTED
    if len({one.item for one in message.disputed}) < len(message.disputed):
        return Refusal.NOT_DISPUTED
    return _unscored(scale, _with(round_, {one.item: one.second for one in message.disputed}))


def _why_not_settle(message: SettleSheet, round_: Round, scale: AbilityScale) -> Refusal | None:
    if message.actor.id not in round_.assessors:
        return Refusal.NOT_THE_ASSESSOR
    open_ = {(one.item, one.first, one.second) for one in round_.disputed}
    settled = [(one.item, one.first, one.second) for one in message.settled]
    if len(settled) != len(open_) or set(settled) != open_:
        return Refusal.NOT_DISPUTED
    if any(one.settled is None or one.reason is None for one in message.settled):
        return Refusal.NOT_DISPUTED
    return _unscored(scale, _with(round_, _points(message.settled)))


def _unscored(scale: AbilityScale, answers: AbilityAnswers) -> Refusal | None:
    result = ability.score(scale, answers)
    if isinstance(result, AbilityScored):
        return None
    return Refusal.SHEET_REFUSED if isinstance(result, AbilityRefused) else Refusal.SHEET_INCOMPLETE


def step_of(message: SheetStep) -> tuple[type[Event], dict[str, Any], Stage]:
    """The fact, what it says, and the stage that it leads to."""
    match message:
        case SubmitSheet():
            return SheetSubmitted, {"sheet": message.sheet}, Stage.SIGNING
        case ConfirmSheet():
            stage = Stage.SETTLING if message.disputed else Stage.CONFIRMING
            return SheetConfirmed, {"disputed": message.disputed}, stage
        case SettleSheet():
            return SheetSettled, {"settled": message.settled}, Stage.CONFIRMING


def scored(round_: Round, scale: AbilityScale) -> AbilityScored:
    """The level of a whole sheet, by rule."""
    result = ability.score(scale, _with(round_, _points(round_.disputed)))
    if not isinstance(result, AbilityScored):
        raise StateContradicted("a sheet that was taken is scored")
    return result


def _points(settled: tuple[Disputed, ...]) -> dict[str, int]:
    return {one.item: one.settled for one in settled if one.settled is not None}


def _with(round_: Round, points: dict[str, int]) -> AbilityAnswers:
    answers = _sheet_of(round_).answers
    return answers.model_copy(update={"scores": answers.scores | points})


def _sheet_of(round_: Round) -> AbilitySheet:
    if round_.sheet is None:
        raise StateContradicted(f"round {round_.n} has no sheet")
    return round_.sheet
