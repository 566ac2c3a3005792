"""A report is taken back, or replaced. What nobody has done then is owed again, or for a reason is not."""

from __future__ import annotations

from datetime import datetime

from decisions import cadence
from decisions.case_claims import SETTLED, find_visit, takes_back, why_not, why_not_then
from decisions.case_owed import cancel_visit, hand_over, owe_ladder, owe_missed, record_needs
from decisions.case_state import State, Visit
from decisions.draft import Draft
from models.errors import Refusal
from models.events import ReportCorrected
from models.messages import CorrectReport, PeriodBriefing, ReportVisit, Wanted
from models.values import (
    Actor,
    ActorKind,
    CaseStatus,
    EscalationCause,
    Need,
    VisitKind,
    VisitResult,
    VisitState,
)

SEEN = (VisitResult.WELL, VisitResult.NEEDS_HELP)
TAKEN_BACK = "taken_back"


def wants(state: State, message: ReportVisit | CorrectReport, now: datetime) -> Wanted | None:
    """A visit that nobody was asked to make, and that now was not made, needs a visitor."""
    visit = _taken_back(state, message)
    if visit is None or not visit.unasked or state.status is not CaseStatus.OPEN:
        return None
    if _no_longer_owed(state, visit, now) or reopened(visit, now) is not VisitState.OPEN:
        return None
    return Wanted(visit_id=visit.visit_id)


def _taken_back(state: State, message: ReportVisit | CorrectReport) -> Visit | None:
    if isinstance(message, CorrectReport):
        visit = _meant(state, message)
        taken = visit is not None and message.result not in SEEN and _why_not(state, message, visit) is None
        return visit if taken else None
    if keeps(message) or why_not(state, message) is not None:
        return None
    return takes_back(state, message, find_visit(state, message))


def correct(draft: Draft[State], message: CorrectReport, briefing: PeriodBriefing | None) -> None:
    """`52错`, or a correction by staff. Whoever corrects it, the visitor is who went."""
    visit = _meant(draft.state, message)
    if visit is None:
        draft.refuse(Refusal.UNKNOWN_VISIT, message.visit_id)
        return
    refusal = _why_not(draft.state, message, visit)
    if refusal is not None:
        draft.refuse(refusal, visit.visit_id)
        return
    visitor_id = visit.reported_by or message.actor.id
    if message.result not in SEEN:
        draft.add(
            ReportCorrected, visit_id=visit.visit_id, visitor_id=visitor_id, result=message.result,
            state=reopened(visit, draft.now), visited_on=message.visited_on,
        )  # fmt: skip
        owe_again(draft, visit, briefing)
        _owned_again(draft, visit.visit_id)
        return
    state = visit.state
    if message.visited_on is not None:
        on_time = cadence.on_time(visit.period, message.visited_on, message.visited_at)
        state = VisitState.DONE if on_time else VisitState.LATE
    draft.add(
        ReportCorrected, visit_id=visit.visit_id, visitor_id=visitor_id, result=message.result, state=state,
        visited_on=message.visited_on,
    )  # fmt: skip
    if message.result is VisitResult.NEEDS_HELP and visit.result is not VisitResult.NEEDS_HELP:
        record_needs(draft, visit.visit_id, (Need.UNSPECIFIED,))


def _meant(state: State, message: CorrectReport) -> Visit | None:
    settled = [visit for visit in state.visits if visit.state in SETTLED]
    named = [visit for visit in settled if message.visit_id in (None, visit.visit_id)]
    return named[-1] if named else None


def _why_not(state: State, message: CorrectReport, visit: Visit) -> Refusal | None:
    if message.actor.kind is not ActorKind.STAFF and visit.reported_by != message.actor.id:
        return Refusal.NOT_THE_REPORTER
    if message.visited_on is None:
        return None
    refusal = why_not_then(state, message.visited_on, message.visited_at, message.received_at)
    inside = cadence.contains(visit.period, message.visited_on, message.visited_at)
    return refusal or (None if inside else Refusal.UNKNOWN_VISIT)


def keeps(message: ReportVisit) -> bool:
    """A volunteer who went unasked, and now saw nobody, is the one to try once more."""
    return message.actor.kind is ActorKind.VOLUNTEER


def owe_again(draft: Draft[State], visit: Visit, briefing: PeriodBriefing | None, *, handed_on: bool = True) -> None:
    """What was taken back is asked for again, unless nobody had asked for it, or would have by now."""
    no_longer = _no_longer_owed(draft.state, visit, draft.now)
    if no_longer is not None:
        reason, given_by = no_longer
        cancel_visit(draft, visit, reason, given_by, tell=not visit.unasked)
    elif visit.unasked and handed_on and draft.state.known_visit(visit.visit_id).open:
        hand_over(draft, visit, briefing, TAKEN_BACK)
    owe_missed(draft, visit)


def _no_longer_owed(state: State, visit: Visit, now: datetime) -> tuple[str, Actor | None] | None:
    """Why it is not asked for again, and who said so (None: whoever takes it back)."""
    if visit.unasked and visit.kind is VisitKind.AD_HOC:
        return TAKEN_BACK, None
    held = state.suspension
    if held is not None and (held.since or now) < visit.period.ends_at:
        return held.reason.value, held.proposed_by
    return None


def _owned_again(draft: Draft[State], visit_id: str) -> None:
    """A visit whose report was taken back after it was due has its ladder again."""
    visit = draft.state.known_visit(visit_id)
    if visit.state is VisitState.MISSED or visit.overdue:
        owe_ladder(draft, visit_id, EscalationCause.NOT_SEEN)


def reopened(visit: Visit, now: datetime) -> VisitState:
    return VisitState.OPEN if now < visit.period.ends_at else VisitState.MISSED
