"""What else a person may ask of a case: an extra visit, another visitor, suspension, refusal, closing.

Who may ask is settled before the message is sent (`decisions.permits`); here only what the case itself must refuse.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from decisions import cadence, case_death
from decisions.case_reports import end_ladder, hand_over, refuse
from decisions.case_state import State, Visit
from decisions.case_time import cancel_visit, escalate_visit, next_period, withdraw
from decisions.deadlines import civil_day
from decisions.draft import Draft
from models.errors import Refusal
from models.events import (
    CaseClosed,
    CaseResumed,
    CaseSuspended,
    CircumstancesChanged,
    DeathConfirmed,
    EscalationEnded,
    PeriodSkipped,
    RefusalRecorded,
    SuspensionProposed,
    UndeliverableNoted,
    VisitCancelled,
    VisitOpened,
    VisitReported,
)
from models.ids import ad_hoc_visit
from models.messages import (
    CaseMessage,
    ChangeCircumstances,
    CloseCase,
    ConfirmDeath,
    ConfirmSuspension,
    EscalationClosed,
    MessageUndeliverable,
    PeriodBriefing,
    Reassign,
    RecordRefusal,
    RequestVisit,
    Resume,
    Suspend,
    UndoDeath,
    Wanted,
)
from models.values import (
    ActorKind,
    CaseStatus,
    Checks,
    CloseReason,
    EscalationCause,
    Evidence,
    Method,
    Outcome,
    Period,
    VisitKind,
    VisitResult,
    VisitState,
)

# Outcomes after which this period's visit is not expected any more, with the reason that is recorded. `died` is none
# of them: it reports a death, and until that is confirmed the visit waits.
ENDS_VISIT = (Outcome.HOSPITAL, Outcome.MOVED, Outcome.REFUSED, Outcome.EMERGENCY_CALLED)


def decide(draft: Draft[State], message: CaseMessage, briefing: PeriodBriefing | None) -> None:
    match message:
        case RequestVisit():
            _open_ad_hoc(draft, message.reason, briefing)
        case ChangeCircumstances():
            draft.add(CircumstancesChanged, change=message.change)
            _open_ad_hoc(draft, "major_change", briefing)
        case Suspend():
            _propose_suspension(draft, message)
        case ConfirmSuspension():
            _confirm_suspension(draft)
        case Resume():
            _resume(draft)
        case RecordRefusal():
            _record_refusal(draft)
        case ConfirmDeath():
            _confirm_death(draft, message)
        case UndoDeath():
            case_death.undo(draft)
        case CloseCase():
            _close_by_hand(draft, message)
        case Reassign():
            _reassign(draft, message, briefing)
        case EscalationClosed():
            _escalation_closed(draft, message)
        case MessageUndeliverable():
            _undeliverable(draft, message, briefing)
        case _:
            raise ValueError(f"no decision for {message.kind}")


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants_ad_hoc(state: State, message: RequestVisit | ChangeCircumstances, now: datetime) -> Wanted | None:
    if state.status is not CaseStatus.OPEN:
        return None
    return Wanted(visit_id=_next_ad_hoc(state))


def wants_reassignment(state: State, message: Reassign) -> Wanted | None:
    visit = _given_away(state, message)
    if visit is None:
        return None
    away = (visit.volunteer_id,) if visit.volunteer_id else ()
    return Wanted(visit_id=visit.visit_id, prefer=message.volunteer_id, not_these=away)


def wants_other_visitor(state: State, visit_id: str | None, volunteer_id: str) -> Wanted | None:
    for visit in state.open_visits():
        if visit.volunteer_id == volunteer_id and visit_id in (None, visit.visit_id):
            return Wanted(visit_id=visit.visit_id, not_these=(volunteer_id,))
    return None


def _next_ad_hoc(state: State) -> str:
    return ad_hoc_visit(state.elder_id, next_period(state)[0].id, state.ad_hoc + 1)


def _given_away(state: State, message: Reassign) -> Visit | None:
    """The open visit to give away: of the one named, else the first that the new visitor does not hold already."""
    for visit in state.open_visits():
        if message.from_id is not None and visit.volunteer_id != message.from_id:
            continue
        if message.visit_id not in (None, visit.visit_id):
            continue
        if visit.volunteer_id is None or visit.volunteer_id != message.volunteer_id:
            return visit
    return None


# --- extra visits, other visitors ------------------------------------------------------------------------------------


def _open_ad_hoc(draft: Draft[State], reason: str, briefing: PeriodBriefing | None) -> None:
    state, now = draft.state, draft.now
    if state.status is not CaseStatus.OPEN or briefing is None or briefing.assignment is None:
        refuse(draft, Refusal.CASE_CLOSED if state.status is CaseStatus.CLOSED else Refusal.NOTHING_OPEN)
        return
    due = now + state.rules.urgent_visit_within
    ends = due + timedelta(days=1)
    period = Period(id=next_period(state)[0].id, starts_at=now, asks_at=now, remind_at=(), due_at=due, ends_at=ends)
    found = briefing.assignment
    visit_id = _next_ad_hoc(state)
    draft.add(
        VisitOpened, visit_id=visit_id, visit_kind=VisitKind.AD_HOC, reason=reason, period=period,
        volunteer_id=found.volunteer_id, assigned_because=found.reason, told=found.volunteer_id is not None,
    )  # fmt: skip
    if found.volunteer_id is None:
        escalate_visit(draft, draft.state.known_visit(visit_id), EscalationCause.NO_VOLUNTEER)


def _reassign(draft: Draft[State], message: Reassign, briefing: PeriodBriefing | None) -> None:
    visit = _given_away(draft.state, message)
    if visit is None:
        refuse(draft, Refusal.NOTHING_OPEN)
        return
    if briefing is not None and briefing.assignment is not None and briefing.assignment.reason == "not_free":
        refuse(draft, Refusal.NOBODY_TO_ASSIGN, visit.visit_id)
        return
    hand_over(draft, visit, briefing, message.reason)


def _undeliverable(draft: Draft[State], message: MessageUndeliverable, briefing: PeriodBriefing | None) -> None:
    draft.add(UndeliverableNoted, recipient_id=message.recipient_id, visit_id=message.visit_id, why=message.why)
    for visit in draft.state.open_visits():
        if visit.volunteer_id == message.recipient_id and message.visit_id in (None, visit.visit_id):
            hand_over(draft, visit, briefing, "unreachable")
            return


# --- suspension ------------------------------------------------------------------------------------------------------


def _propose_suspension(draft: Draft[State], message: Suspend) -> None:
    days = (message.review_on - civil_day(draft.now)).days
    if draft.state.status is CaseStatus.DEATH_REPORTED:
        refuse(draft, Refusal.AFTER_DEATH)
    elif not 0 < days <= draft.state.rules.suspend_max_days:
        refuse(draft, Refusal.REVIEW_TOO_LATE)
    else:
        draft.add(SuspensionProposed, reason=message.reason, review_on=message.review_on)


def _confirm_suspension(draft: Draft[State]) -> None:
    proposed = draft.state.proposed
    if proposed is None:
        refuse(draft, Refusal.NOT_SUSPENDED)
    elif draft.state.status is CaseStatus.DEATH_REPORTED:
        refuse(draft, Refusal.AFTER_DEATH)
    elif proposed.proposed_by.id == draft.actor.id:
        refuse(draft, Refusal.SAME_PERSON)
    elif proposed.review_on <= civil_day(draft.now):
        refuse(draft, Refusal.REVIEW_TOO_LATE)
    else:
        draft.add(CaseSuspended, reason=proposed.reason, review_on=proposed.review_on, proposed_by=proposed.proposed_by)
        _cancel_open(draft, proposed.reason.value)


def _resume(draft: Draft[State]) -> None:
    if draft.state.status is CaseStatus.SUSPENDED:
        draft.add(CaseResumed, because="staff")
    else:
        refuse(draft, Refusal.NOT_SUSPENDED)


def _record_refusal(draft: Draft[State]) -> None:
    """Ends this period only; the next one opens again. A volunteer's word is an attempt, never this."""
    if draft.actor.kind is not ActorKind.STAFF:
        refuse(draft, Refusal.STAFF_ONLY)
        return
    open_now = [v for v in draft.state.open_visits() if v.kind is VisitKind.SCHEDULED]
    period = open_now[0].period if open_now else next_period(draft.state)[0]
    if not open_now and not period.starts_at <= draft.now:
        refuse(draft, Refusal.NOTHING_OPEN)
        return
    draft.add(RefusalRecorded, period_id=period.id)
    if open_now:
        _cancel_open(draft, "refused")
    else:
        draft.add(PeriodSkipped, period=period, reason="refused", given_by=draft.actor)


# --- closing ---------------------------------------------------------------------------------------------------------


def _confirm_death(draft: Draft[State], message: ConfirmDeath) -> None:
    if draft.actor.kind is not ActorKind.STAFF:
        refuse(draft, Refusal.STAFF_ONLY)
    elif draft.state.status is not CaseStatus.DEATH_REPORTED:
        refuse(draft, Refusal.NO_DEATH_REPORTED)
    elif message.died_on > civil_day(draft.now):
        refuse(draft, Refusal.IN_THE_FUTURE)
    else:
        draft.add(DeathConfirmed, died_on=message.died_on, source=message.source)
        _close(draft, CloseReason.DEATH_CONFIRMED, None, Outcome.DIED)


def _close_by_hand(draft: Draft[State], message: CloseCase) -> None:
    if draft.actor.kind is not ActorKind.STAFF:
        refuse(draft, Refusal.STAFF_ONLY)
    elif message.reason is CloseReason.DEATH_CONFIRMED:
        refuse(draft, Refusal.NO_DEATH_REPORTED)
    elif message.reason is CloseReason.MOVED_OUT and message.receiving_place is None:
        refuse(draft, Refusal.NO_RECEIVING_PLACE)
    else:
        _close(draft, message.reason, message.receiving_place, Outcome.WITHDRAWN)


def _close(draft: Draft[State], reason: CloseReason, place: Literal["in_note"] | None, outcome: Outcome) -> None:
    """Cancels what is due, ends what is open, leaves nothing behind."""
    _cancel_open(draft, reason.value)
    withdraw(draft, outcome)
    draft.add(CaseClosed, reason=reason, receiving_place=place)


def _cancel_open(draft: Draft[State], reason: str) -> None:
    for visit in draft.state.open_visits():
        cancel_visit(draft, visit, reason)
        end_ladder(draft, visit, Outcome.WITHDRAWN)


# --- an escalation ended ---------------------------------------------------------------------------------------------


def _escalation_closed(draft: Draft[State], message: EscalationClosed) -> None:
    """A named person has dealt with it; what they found settles the visit."""
    known = [e for e in draft.state.escalations if e.escalation_id == message.escalation_id]
    if not known:
        refuse(draft, Refusal.ALREADY_CLOSED, message.visit_id)
        return
    draft.add(
        EscalationEnded, escalation_id=message.escalation_id, outcome=message.outcome, resolved_by=message.resolved_by
    )
    visit = draft.state.visit(message.visit_id)
    seen = message.outcome in (Outcome.VISITED, Outcome.REACHED_BY_PHONE)
    if visit is not None and visit.state in (VisitState.OPEN, VisitState.MISSED) and seen:
        _seen_by_staff(draft, message, visit)
    elif visit is not None and visit.open and message.outcome in ENDS_VISIT:
        draft.add(
            VisitCancelled, visit_id=visit.visit_id, reason=message.outcome.value, given_by=message.resolved_by,
            volunteer_id=visit.volunteer_id,
        )  # fmt: skip
    if message.outcome is Outcome.DIED and draft.state.status in (CaseStatus.OPEN, CaseStatus.SUSPENDED):
        case_death.found(draft, known[0])
    elif known[0].cause_of is EscalationCause.DEATH_TO_CONFIRM and draft.state.status is CaseStatus.DEATH_REPORTED:
        case_death.looked_into(draft, seen=seen)


def _seen_by_staff(draft: Draft[State], message: EscalationClosed, visit: Visit) -> None:
    method = Method.PHONE if message.outcome is Outcome.REACHED_BY_PHONE else Method.HOME
    day = message.visited_on or civil_day(message.received_at)
    if day > civil_day(message.received_at):
        return  # a day that has not come proves nothing
    inside = cadence.contains(visit.period, day, message.visited_at or message.received_at)
    if method not in draft.state.rules.methods or not inside:
        return  # the month stays missed: what happened after it is in the escalation's own facts
    on_time = cadence.on_time(visit.period, day, message.visited_at or message.received_at)
    draft.add(
        VisitReported, visit_id=visit.visit_id, visitor_id=message.resolved_by.id, result=VisitResult.WELL,
        state=VisitState.DONE if on_time else VisitState.LATE, method=method, visited_on=day,
        visited_at=message.visited_at or message.received_at, reported_at=message.received_at,
        evidence=Evidence.STAFF, checks=Checks(), needs=(), risk=False,
        recorded_late=draft.now >= visit.period.ends_at,
    )  # fmt: skip
