"""Event → rows people query, written in the event's own transaction. The one place that writes projection tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from decisions.assessment_state import State as AssessmentState
from decisions.case_state import State as CaseState
from decisions.claim_state import State as BenefitState
from decisions.county_state import State as CountyState
from decisions.letters import letters_for
from models.events import (
    AssessmentDue,
    AttemptRecorded,
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
    DeathReported,
    DeathUndone,
    EscalationAcknowledged,
    EscalationExtended,
    EscalationOpened,
    EscalationResolved,
    EscalationStarted,
    PeriodSkipped,
    PolicyAdopted,
    Recorded,
    ReportCorrected,
    RungReached,
    ServiceNeeded,
    VisitCancelled,
    VisitMissed,
    VisitOpened,
    VisitOverdue,
    VisitReassigned,
    VisitReported,
)
from models.ids import elder_of
from models.tables import CaseRow, EscalationRow, FollowUp, PeriodReason, Reservation, VisitRow, table_of
from models.values import VisitState
from projections.assessments import LEVELS, ROUNDS, apply_assessment
from projections.claims import CLAIMS, COUPON_USES, ENTITLEMENTS, apply_benefits
from projections.county import LISTS, RATES, apply_county
from projections.streams import State

__all__ = ["apply", "clear", "letters_for"]

CASES = table_of(CaseRow)
VISITS = table_of(VisitRow)
ESCALATIONS = table_of(EscalationRow)
REASONS = table_of(PeriodReason)
FOLLOW_UPS = table_of(FollowUp)
RESERVATIONS = table_of(Reservation)

CASE_CLOSED = "case_closed"  # why nothing was owed between closing and reopening; `kpis` knows the word

PROJECTIONS = (
    CASES, VISITS, ESCALATIONS, REASONS, FOLLOW_UPS, ROUNDS, LEVELS, CLAIMS, ENTITLEMENTS, COUPON_USES, LISTS, RATES,
)  # fmt: skip


def apply(connection: Connection, recorded: Recorded, state: State) -> None:
    """Write what `recorded` means for the tables; `state` is its stream's state after it."""
    if isinstance(state, CaseState):
        _case(connection, recorded, state)
        _visit(connection, recorded, state)
    elif isinstance(state, AssessmentState):
        apply_assessment(connection, recorded, state)
    elif isinstance(state, BenefitState):
        apply_benefits(connection, recorded, state)
    elif isinstance(state, CountyState):
        apply_county(connection, recorded, state)
    _escalation(connection, recorded)


def _case(connection: Connection, recorded: Recorded, state: CaseState) -> None:
    event = recorded.event
    match event:
        case CaseOpened():
            connection.execute(
                insert(CASES),
                dict(
                    elder_id=event.elder_id, county_id=event.county_id, township_id=event.township_id,
                    village_id=event.village_id, status=state.status, opened_at=recorded.at, start_on=event.start_on,
                    policy_hash=event.policy_hash,
                ),
            )  # fmt: skip
        case PolicyAdopted():
            _set_case(connection, state, policy_hash=event.policy.hash)
        case CaseMoved():
            _set_case(connection, state, village_id=event.village_id, township_id=event.township_id)
        case CaseSuspended() | CaseResumed() | DeathReported() | DeathUndone():
            _set_case(connection, state, status=state.status)
        case CaseClosed():
            _set_case(connection, state, status=state.status, closed_at=recorded.at, close_reason=event.reason.value)
        case CaseReopened():
            _reopened(connection, recorded, state)
        case PeriodSkipped():
            connection.execute(
                insert(REASONS),
                dict(
                    elder_id=state.elder_id, period_id=event.period.id, reason=event.reason,
                    given_by=event.given_by.id, starts_at=event.period.starts_at, ends_at=event.period.ends_at,
                ),
            )  # fmt: skip
        case ServiceNeeded() | AssessmentDue():
            connection.execute(
                insert(FOLLOW_UPS),
                dict(
                    id=f"{recorded.stream}#{recorded.seq}", elder_id=state.elder_id, visit_id=event.visit_id,
                    kind=event.kind, need=event.need.value, at=recorded.at,
                ),
            )  # fmt: skip
        case _:
            pass


def _reopened(connection: Connection, recorded: Recorded, state: CaseState) -> None:
    """A case again. While it was closed nothing was owed: one reason for all of that time, under an id of its own."""
    query = select(CASES.c.closed_at).where(CASES.c.elder_id == state.elder_id)
    gap = dict(
        elder_id=state.elder_id, period_id=f"closed-{recorded.seq}", reason=CASE_CLOSED,
        given_by=recorded.event.actor.id, starts_at=connection.execute(query).scalar_one(), ends_at=recorded.at,
    )  # fmt: skip
    connection.execute(insert(REASONS), gap)
    _set_case(connection, state, status=state.status, closed_at=None, close_reason=None)


def _set_case(connection: Connection, state: CaseState, **values: Any) -> None:
    connection.execute(update(CASES).where(CASES.c.elder_id == bindparam("which")), {"which": state.elder_id} | values)


def _visit(connection: Connection, recorded: Recorded, state: CaseState) -> None:
    event = recorded.event
    match event:
        case VisitOpened():
            connection.execute(
                insert(VISITS),
                dict(
                    id=event.visit_id, elder_id=state.elder_id, township_id=state.township_id,
                    village_id=state.village_id, period_id=event.period.id, kind=event.visit_kind.value,
                    reason=event.reason, state="open", volunteer_id=event.volunteer_id, opened_at=recorded.at,
                    starts_at=event.period.starts_at, due_at=event.period.due_at, ends_at=event.period.ends_at,
                    recorded_late=False, attempts=0,
                ),
            )  # fmt: skip
        case AttemptRecorded():
            _set_visit(connection, event.visit_id, attempts=event.nth)
        case VisitReported():
            _set_visit(
                connection, event.visit_id, state=event.state.value, visitor_id=event.visitor_id,
                method=event.method.value, result=event.result.value, visited_on=event.visited_on,
                visited_at=event.visited_at, reported_at=event.reported_at, recorded_late=event.recorded_late,
            )  # fmt: skip
            _release(connection, event.visit_id, recorded.at)
        case ReportCorrected():
            settled = event.state in (VisitState.DONE, VisitState.LATE)
            _set_visit(
                connection, event.visit_id, state=event.state.value,
                result=event.result.value if event.result else None,
                **({"visited_on": event.visited_on} if event.visited_on or not settled else {}),
                **({} if settled else {"visitor_id": None, "reported_at": None, "visited_at": None}),
            )  # fmt: skip
        case VisitOverdue():
            _set_visit(connection, event.visit_id, overdue_at=recorded.at)
        case VisitMissed():
            _set_visit(connection, event.visit_id, state="missed", escalation_id=event.escalation_id)
            _release(connection, event.visit_id, recorded.at)
        case VisitCancelled():
            _set_visit(
                connection, event.visit_id, state="cancelled", cancel_reason=event.reason,
                cancelled_by=event.given_by.id,
            )  # fmt: skip
            _release(connection, event.visit_id, recorded.at)
        case VisitReassigned():
            _set_visit(connection, event.visit_id, volunteer_id=event.to_id)
        case EscalationOpened():
            visit = state.visit(event.visit_id)
            if visit is not None and visit.escalation_id == event.escalation_id:
                _set_visit(connection, visit.visit_id, escalation_id=event.escalation_id)
        case _:
            pass


def _set_visit(connection: Connection, visit_id: str, **values: Any) -> None:
    connection.execute(update(VISITS).where(VISITS.c.id == bindparam("which")), {"which": visit_id} | values)


def _release(connection: Connection, visit_id: str, at: datetime) -> None:
    own = RESERVATIONS.c.visit_id == bindparam("which")
    connection.execute(update(RESERVATIONS).where(own), {"which": visit_id, "released_at": at})


def _escalation(connection: Connection, recorded: Recorded) -> None:
    """Whoever asks for an escalation puts its row there; from then on only the escalation's own stream writes it."""
    event, stream = recorded.event, recorded.stream
    match event:
        case EscalationOpened():
            connection.execute(
                insert(ESCALATIONS),
                dict(
                    id=event.escalation_id, elder_id=elder_of(stream), township_id=event.township_id,
                    village_id=event.village_id, visit_id=event.visit_id, cause=event.cause_of.value,
                    urgency=event.urgency.value, state="asked", rung=0, as_deputy=False, extensions=0,
                    asked_at=recorded.at,
                ),
            )  # fmt: skip
        case EscalationStarted():
            _set_escalation(connection, stream, state="opened")
        case RungReached():
            _set_escalation(
                connection, stream, state="opened", rung=event.rung, role=event.role.value,
                owner_id=event.staff_id, as_deputy=event.as_deputy, rung_at=recorded.at, climbs_at=event.climbs_at,
                acknowledged_at=None,
            )  # fmt: skip
        case EscalationAcknowledged():
            _set_escalation(
                connection, stream, state="acknowledged", acknowledged_at=recorded.at,
                owner_id=event.staff_id, climbs_at=event.resolve_by,
            )  # fmt: skip
        case EscalationExtended():
            _set_escalation(
                connection, stream, climbs_at=event.until,
                extensions=ESCALATIONS.c.extensions + 1,
            )  # fmt: skip
        case EscalationResolved():
            _set_escalation(
                connection, stream, state="resolved", resolved_at=recorded.at,
                resolved_by=event.resolved_by.id, outcome=event.outcome.value, climbs_at=None,
            )  # fmt: skip
        case _:
            pass


def _set_escalation(connection: Connection, id_: str, **values: Any) -> None:
    connection.execute(update(ESCALATIONS).where(ESCALATIONS.c.id == id_).values(**values))


def clear(connection: Connection) -> None:
    """Empty the projections, to fold them again from the ledger (a copy of the store, in an audit)."""
    for table in PROJECTIONS:
        connection.execute(delete(table))
