"""The sheet of two assessors, or their two: who may write it, what it must hold, and the level that follows from it."""

from __future__ import annotations

from collections.abc import Collection
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
        refusal = Refusal.NO_BODY if known is None else why_not_name(known, round_.not_these)
        if refusal is not None:
            return refusal
    return Refusal.OTHER_BODY if len({known.body_id for known in facts if known is not None}) > 1 else None


def why_not_name(known: AssessorFacts, not_these: Collection[str]) -> Refusal | None:
    """Why somebody cannot be named now, whoever the other is."""
    return _why_not_this(known, not_these) or (Refusal.ASSESSOR_AWAY if known.away else None)


def _why_not_this(known: AssessorFacts, not_these: Collection[str]) -> Refusal | None:
    reasons = (
        (known.staff_id in not_these, Refusal.ASSESSED_BEFORE),
        (known.body_id is None, Refusal.NO_BODY),
        (known.kin, Refusal.KIN),
        (known.visits, Refusal.VISITS_THE_ELDER),
    )
    return next((refusal for holds, refusal in reasons if holds), None)


def why_not(
    message: SheetStep, round_: Round, briefing: AssessmentBriefing, scale: AbilityScale, *, independent: bool
) -> Refusal | None:
    """Whoever was named and may not any more is refused here too; away they may be, the sheet is of another day."""
    barred = [
        refusal for known in briefing.assessors if (refusal := _why_not_this(known, round_.not_these)) is not None
    ]
    match message:
        case SubmitSheet() | ConfirmSheet() if barred:
            return barred[0]
        case SubmitSheet():
            return _why_not_submit(message, round_, scale, civil_day(message.received_at))
        case ConfirmSheet() if independent:
            return _why_not_own(message, round_, scale, civil_day(message.received_at))
        case ConfirmSheet():
            return Refusal.ONE_SHEET if message.own else _why_not_confirm(message, round_, scale)
        case SettleSheet():
            return _why_not_settle(message, round_, scale)


def _why_not_submit(message: SubmitSheet, round_: Round, scale: AbilityScale, today: date) -> Refusal | None:
    if message.actor.id != round_.first:
        return Refusal.NOT_THE_ASSESSOR
    return _why_not_sheet(message.sheet, round_, today, signs=0) or _unscored(scale, message.sheet.answers)


def _why_not_own(message: ConfirmSheet, round_: Round, scale: AbilityScale, today: date) -> Refusal | None:
    """What is no judgement but has its paper must be the same on both."""
    if message.actor.id != round_.second:
        return Refusal.NOT_THE_ASSESSOR
    if message.own is None or message.disputed:
        return Refusal.OWN_SHEET
    refusal = _why_not_sheet(message.own, round_, today, signs=1) or _unscored(scale, message.own.answers)
    if refusal is not None:
        return refusal
    same = _records(message.own.answers) == _records(_sheet_of(round_).answers)
    return None if same else Refusal.OTHER_RECORDS


def _records(answers: AbilityAnswers) -> tuple[Any, ...]:
    return answers.coma, answers.diagnoses, answers.events, sorted(answers.scores)


def _why_not_sheet(sheet: AbilitySheet, round_: Round, today: date, *, signs: int) -> Refusal | None:
    """`signs`: which of the two has signed it, and the other has not."""
    if tuple(each.staff_id for each in sheet.assessors) != round_.assessors:
        return Refusal.NOT_THE_ASSESSOR
    if {each.body_id for each in sheet.assessors} != {round_.body_id}:
        return Refusal.OTHER_BODY
    mine, other = sheet.assessors[signs], sheet.assessors[1 - signs]
    if other.signed_on is not None or sheet.disputed or not _is_signed(sheet, mine.signed_on, today):
        return Refusal.NOT_SIGNED
    day = sheet.answers.assessed_on
    return None if sheet.consent.given_on <= day and round_.asked_on <= day <= today else Refusal.TOO_OLD


def _is_signed(sheet: AbilitySheet, signed_on: date | None, today: date) -> bool:
    """By its assessor and by who told, neither tomorrow; and whoever is not the elder is named."""
    told = sheet.provider.relation is Relation.SELF or sheet.provider.person is not None
    consented = sheet.consent.by is ConsentBy.ELDER or sheet.consent.person is not None
    return told and consented and all(day is not None and day <= today for day in (signed_on, sheet.provider.signed_on))


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


def step_of(message: SheetStep, round_: Round) -> tuple[type[Event], dict[str, Any], Stage]:
    """The fact, what it says, and the stage that it leads to."""
    match message:
        case SubmitSheet():
            return SheetSubmitted, {"sheet": message.sheet}, Stage.SIGNING
        case ConfirmSheet():
            disputed = message.disputed if message.own is None else _differences(_sheet_of(round_), message.own)
            stage = Stage.SETTLING if disputed else Stage.CONFIRMING
            return SheetConfirmed, {"disputed": disputed, "own": message.own}, stage
        case SettleSheet():
            return SheetSettled, {"settled": message.settled}, Stage.CONFIRMING


def _differences(first: AbilitySheet, second: AbilitySheet) -> tuple[Disputed, ...]:
    """In the order of the items on the first."""
    ours, theirs = first.answers.scores, second.answers.scores
    return tuple(
        Disputed(item=item, first=int(points), second=int(theirs[item]))
        for item, points in ours.items() if theirs[item] != points
    )  # fmt: skip


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
