"""Where a case stands, as its page and its commands show it, and what may be asked of it now.

What is offered is what the case would not refuse whatever else is said; it refuses by itself all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from decisions.case_claims import SETTLED
from decisions.case_state import State, Suspension, Visit
from decisions.case_time import next_period
from decisions.deadlines import civil_day, is_provisional
from models.shown import CaseShown, ComingShown, PauseShown, VisitShown
from models.values import CaseStatus, VisitKind

OPEN, SUSPENDED, REPORTED, CLOSED = (
    CaseStatus.OPEN,
    CaseStatus.SUSPENDED,
    CaseStatus.DEATH_REPORTED,
    CaseStatus.CLOSED,
)
ALIVE = (OPEN, SUSPENDED)
NOT_CLOSED = (*ALIVE, REPORTED)


def shown(state: State, now: datetime, by: str) -> CaseShown:
    """`by`: who looks, since some steps ask for another person than the one before."""
    policy = state.policy
    return CaseShown(
        status=state.status, start_on=state.start_on, tier=policy.tier if policy else None,
        cadence=policy.cadence.unit if policy else None, coming=coming(state), suspension=_pause(state.suspension),
        proposed=_pause(state.proposed), died_on=state.died_on, care_level=state.care_level,
        death_reported_by=state.death_reported_by.id if state.death_reported_by else None,
        waiting=tuple(_visit(visit) for visit in state.open_visits()),
        told=tuple(_visit(visit) for visit in state.visits if visit.state in SETTLED),
        suspend_max_days=policy.suspend_max_days if policy else None,
        offers=frozenset(kind for kind, may in OFFERS.items() if may(state, now, by)) if policy else frozenset(),
    )  # fmt: skip


def coming(state: State) -> ComingShown | None:
    """The visit that opens next. `provisional`: no official calendar reaches its due day yet."""
    if state.policy is None or state.status is not CaseStatus.OPEN:
        return None
    period, skipped = next_period(state)
    if skipped:
        return None
    last = civil_day(period.due_at - timedelta(microseconds=1))
    return ComingShown(
        period=period.id, opens_at=period.asks_at, due_at=period.due_at, tier=state.policy.tier,
        provisional=is_provisional(last, state.policy.calendar),
    )  # fmt: skip


def _pause(held: Suspension | None) -> PauseShown | None:
    if held is None:
        return None
    return PauseShown(reason=held.reason, review_on=held.review_on, proposed_by=held.proposed_by.id)


def _visit(visit: Visit) -> VisitShown:
    return VisitShown(
        id=visit.visit_id, kind=visit.kind, state=visit.state, volunteer_id=visit.volunteer_id,
        due_at=visit.period.due_at, ends_at=visit.period.ends_at, overdue=visit.overdue, attempts=visit.attempts,
        visited_on=visit.visited_on, result=visit.result, method=visit.method,
    )  # fmt: skip


Offer = Callable[[State, datetime, str], bool]


def _while(*statuses: CaseStatus) -> Offer:
    return lambda state, _now, _by: state.status in statuses


def _may_refuse(state: State, now: datetime, _by: str) -> bool:
    """The elder's refusal ends a period: the one in hand, or one that has begun and not asked yet."""
    if state.status is CLOSED:
        return False
    return any(visit.kind is VisitKind.SCHEDULED for visit in state.open_visits()) or (
        next_period(state)[0].starts_at <= now
    )


def _may_confirm(state: State, now: datetime, by: str) -> bool:
    proposed = state.proposed
    return (
        state.status in ALIVE
        and proposed is not None
        and proposed.proposed_by.id != by
        and proposed.review_on > civil_day(now)
    )


def _may_correct(state: State, _now: datetime, _by: str) -> bool:
    return state.status is not CLOSED and any(visit.state in SETTLED for visit in state.visits)


def _may_reassign(state: State, _now: datetime, _by: str) -> bool:
    return state.status is not CLOSED and bool(state.open_visits())


OFFERS: Mapping[str, Offer] = {
    "report_visit": _while(*NOT_CLOSED, CLOSED),
    "report_danger": _while(*NOT_CLOSED),
    "correct_report": _may_correct,
    "request_visit": _while(OPEN),
    "change_circumstances": _while(*NOT_CLOSED),
    "reassign": _may_reassign,
    "suspend": _while(*ALIVE),
    "confirm_suspension": _may_confirm,
    "resume": _while(SUSPENDED),
    "record_refusal": _may_refuse,
    "report_death": _while(*ALIVE),
    "confirm_death": _while(REPORTED),
    "undo_death": _while(REPORTED),
    "close": _while(*NOT_CLOSED),
    "reopen": lambda state, _now, _by: state.status is CLOSED and state.died_on is None,
}
"""Step → whether the case would take it. A closed one takes visits of the time before, from paper."""
