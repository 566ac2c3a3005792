"""What else a person may ask of a case: an extra visit, another visitor, suspension, refusal, closing.

Who may ask is settled before the message is sent (`decisions.permits`); here only what the case itself must refuse.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from decisions import case_death, case_escalated
from decisions.case_claims import SETTLED
from decisions.case_owed import cancel_visit, end_ladder, escalate_visit, hand_over, withdraw
from decisions.case_state import State, Visit
from decisions.case_time import next_period
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from decisions.edition import under
from models.errors import Refusal
from models.events import (
    CareLevelNoted,
    CaseClosed,
    CaseResumed,
    CaseSuspended,
    CircumstancesChanged,
    DeathConfirmed,
    PeriodSkipped,
    RefusalRecorded,
    SuspensionProposed,
    UndeliverableNoted,
    VisitOpened,
)
from models.ids import ad_hoc_visit
from models.messages import (
    CareLevelDecided,
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
    CloseReason,
    EscalationCause,
    Outcome,
    Period,
    VisitKind,
    VisitState,
)


def decide(draft: Draft[State], message: CaseMessage, briefing: PeriodBriefing | None) -> None:
    match message:
        case RequestVisit():
            _open_ad_hoc(draft, message.reason, briefing)
        case ChangeCircumstances():
            _change(draft, message, briefing)
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
            case_escalated.closed(draft, message, briefing)
        case CareLevelDecided():
            draft.add(
                CareLevelNoted, level=message.level, assessed_on=message.assessed_on, valid_to=message.valid_to,
                confirmed_by=message.confirmed_by,
            )  # fmt: skip
        case MessageUndeliverable():
            _undeliverable(draft, message, briefing)
        case _:
            raise ValueError(f"no decision for {message.kind}")


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants_ad_hoc(state: State, message: RequestVisit | ChangeCircumstances) -> Wanted | None:
    if state.status is CaseStatus.OPEN or _comes_home(state, message):
        return Wanted(visit_id=_next_ad_hoc(state))
    return None


def _comes_home(state: State, message: CaseMessage) -> bool:
    """Whether this ends a suspension: since edition 2, a discharge does."""
    discharged = isinstance(message, ChangeCircumstances) and message.change == "discharged"
    return discharged and state.status is CaseStatus.SUSPENDED and under(state.edition, {1: False, 2: True})


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


def _change(draft: Draft[State], message: ChangeCircumstances, briefing: PeriodBriefing | None) -> None:
    """Kept in any case. A visit follows, but not where nobody is to be visited now."""
    comes_home = _comes_home(draft.state, message)
    draft.add(CircumstancesChanged, change=message.change)
    if comes_home:
        draft.add(CaseResumed, because="staff")
    if draft.state.status is CaseStatus.OPEN:
        _open_ad_hoc(draft, "major_change", briefing)


def _open_ad_hoc(draft: Draft[State], reason: str, briefing: PeriodBriefing | None) -> None:
    state, now = draft.state, draft.now
    if state.status is not CaseStatus.OPEN or briefing is None or briefing.assignment is None:
        draft.refuse(Refusal.CASE_CLOSED if state.status is CaseStatus.CLOSED else Refusal.NOTHING_OPEN)
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
        draft.refuse(Refusal.NOTHING_OPEN)
        return
    if briefing is not None and briefing.assignment is not None and briefing.assignment.reason == "not_free":
        draft.refuse(Refusal.NOBODY_TO_ASSIGN, visit.visit_id)
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
        draft.refuse(Refusal.AFTER_DEATH)
    elif not 0 < days <= draft.state.rules.suspend_max_days:
        draft.refuse(Refusal.REVIEW_TOO_LATE)
    else:
        draft.add(SuspensionProposed, reason=message.reason, review_on=message.review_on)


def _confirm_suspension(draft: Draft[State]) -> None:
    proposed = draft.state.proposed
    if proposed is None:
        draft.refuse(Refusal.NOT_SUSPENDED)
    elif draft.state.status is CaseStatus.DEATH_REPORTED:
        draft.refuse(Refusal.AFTER_DEATH)
    elif proposed.proposed_by.id == draft.actor.id:
        draft.refuse(Refusal.SAME_PERSON)
    elif proposed.review_on <= civil_day(draft.now):
        draft.refuse(Refusal.REVIEW_TOO_LATE)
    else:
        draft.add(CaseSuspended, reason=proposed.reason, review_on=proposed.review_on, proposed_by=proposed.proposed_by)
        _cancel_open(draft, proposed.reason.value)


def _resume(draft: Draft[State]) -> None:
    if draft.state.status is CaseStatus.SUSPENDED:
        draft.add(CaseResumed, because="staff")
    else:
        draft.refuse(Refusal.NOT_SUSPENDED)


def _record_refusal(draft: Draft[State]) -> None:
    """Ends this period only; the next one opens again. A volunteer's word is an attempt, never this."""
    if draft.actor.kind is not ActorKind.STAFF:
        draft.refuse(Refusal.STAFF_ONLY)
        return
    open_now = [v for v in draft.state.open_visits() if v.kind is VisitKind.SCHEDULED]
    period = open_now[0].period if open_now else next_period(draft.state)[0]
    if not open_now and not period.starts_at <= draft.now:
        draft.refuse(Refusal.NOTHING_OPEN)
        return
    draft.add(RefusalRecorded, period_id=period.id)
    if open_now:
        _cancel_open(draft, "refused")
    else:
        draft.add(PeriodSkipped, period=period, reason="refused", given_by=draft.actor)


# --- closing ---------------------------------------------------------------------------------------------------------


def _confirm_death(draft: Draft[State], message: ConfirmDeath) -> None:
    if draft.actor.kind is not ActorKind.STAFF:
        draft.refuse(Refusal.STAFF_ONLY)
    elif draft.state.status is not CaseStatus.DEATH_REPORTED:
        draft.refuse(Refusal.NO_DEATH_REPORTED)
    elif message.died_on > civil_day(draft.now):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif seen_after := _seen_after(draft.state, message.died_on):
        draft.refuse(Refusal.VISIT_AFTER_DEATH, seen_after.visit_id, seen_after.visited_on)
    else:
        draft.add(DeathConfirmed, died_on=message.died_on, source=message.source)
        _cancel_waiting(draft, message.died_on)
        _close(draft, CloseReason.DEATH_CONFIRMED, None, Outcome.DIED)


def _seen_after(state: State, died_on: date) -> Visit | None:
    """A visit that contradicts it: one of the two days is wrong, and a person must say which."""
    made = [visit for visit in state.visits if visit.state in SETTLED]
    return next((visit for visit in made if visit.visited_on is not None and visit.visited_on > died_on), None)


def _cancel_waiting(draft: Draft[State], died_on: date) -> None:
    """What was missed in a period whose end the elder did not live to see, and only waited for this, was not owed."""
    for visit in draft.state.visits:
        if visit.state is VisitState.MISSED and visit.held and instant(died_on) < visit.period.ends_at:
            cancel_visit(draft, visit, CloseReason.DEATH_CONFIRMED.value, tell=False)


def _close_by_hand(draft: Draft[State], message: CloseCase) -> None:
    if draft.actor.kind is not ActorKind.STAFF:
        draft.refuse(Refusal.STAFF_ONLY)
    elif message.reason is CloseReason.DEATH_CONFIRMED:
        draft.refuse(Refusal.NO_DEATH_REPORTED)
    elif message.reason is CloseReason.MOVED_OUT and message.receiving_place is None:
        draft.refuse(Refusal.NO_RECEIVING_PLACE)
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
