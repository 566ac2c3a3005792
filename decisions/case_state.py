"""What a case knows: the fold of its events. The workflow, the projections and the auditor share this one `evolve`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime

from decisions.memory import Memory, remember
from models.ability import AbilityLevel
from models.errors import StateContradicted
from models.events import (
    AnyEvent,
    AttemptRecorded,
    CareLevelNoted,
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
    DeathConfirmed,
    DeathReported,
    DeathUndone,
    EditionAdopted,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    Event,
    LadderHeld,
    PeriodSkipped,
    PolicyAdopted,
    RefusalRecorded,
    ReportCorrected,
    SuspensionProposed,
    VisitCancelled,
    VisitMissed,
    VisitOpened,
    VisitorReminded,
    VisitOverdue,
    VisitReassigned,
    VisitReported,
)
from models.policy import PolicySlice
from models.values import (
    Actor,
    CaseStatus,
    EscalationCause,
    Id,
    Method,
    Period,
    SuspendReason,
    Value,
    VisitKind,
    VisitResult,
    VisitState,
    added,
)

KEPT_SETTLED = 3
KEPT_MISSED = 53  # a year of weeks, the closest tier


class Visit(Value):
    """It is decided to its end under the `edition` it opened under; `methods`: what counted then.

    `method`: how it is asked for, where that is not left to the visitor.

    `unasked`: somebody went by themself, and nobody has been asked since.

    `answered_by`: the later visit whose report ended the ladder of this missed one.
    """

    visit_id: Id
    kind: VisitKind
    period: Period
    opened_at: AwareDatetime
    state: VisitState = VisitState.OPEN
    volunteer_id: Id | None
    told: bool
    reminded: int = 0
    attempts: int = 0
    overdue: bool = False
    escalation_id: Id | None = None
    held: EscalationCause | None = added(None)
    reported_by: Id | None = None
    result: VisitResult | None = None
    visited_on: date | None = None
    edition: int = added(1)
    methods: tuple[Method, ...] = added(())
    method: Method | None = added(None)
    unasked: bool = added(False)
    answered_by: Id | None = added(None)

    @property
    def open(self) -> bool:
        return self.state is VisitState.OPEN


class OpenEscalation(Value):
    escalation_id: Id
    cause_of: EscalationCause
    visit_id: Id | None


class Suspension(Value):
    reason: SuspendReason
    review_on: date
    proposed_by: Actor
    since: AwareDatetime | None = added(None)


class State(Memory):
    """One elder's case. `period` is the last period that was opened or skipped; the next one follows from it."""

    elder_id: Id
    county_id: Id
    township_id: Id
    village_id: Id = "unknown"
    spread_key: str = ""
    tags: tuple[str, ...] = ()
    status: CaseStatus = CaseStatus.OPEN
    opened: bool = False
    start_on: date | None = None
    enrolled_at: AwareDatetime | None = None
    policy: PolicySlice | None = None
    period: Period | None = None
    visits: tuple[Visit, ...] = ()
    ad_hoc: int = 0
    escalations: tuple[OpenEscalation, ...] = ()
    proposed: Suspension | None = None
    suspension: Suspension | None = None
    refused_period: Id | None = None
    died_on: date | None = None
    death_reported_by: Actor | None = added(None)
    closed_at: AwareDatetime | None = added(None)
    care_level: AbilityLevel | None = added(None)

    def visit(self, visit_id: str | None) -> Visit | None:
        return next((visit for visit in self.visits if visit.visit_id == visit_id), None)

    def known_visit(self, visit_id: str) -> Visit:
        """A visit that the case itself has just named. Raises StateContradicted when it has none."""
        visit = self.visit(visit_id)
        if visit is None:
            raise StateContradicted(f"case of {self.elder_id} has no visit {visit_id}")
        return visit

    def open_visits(self) -> tuple[Visit, ...]:
        return tuple(visit for visit in self.visits if visit.open)

    def editions(self) -> tuple[int, ...]:
        """None before it is opened: that is decided under the newest."""
        return (self.edition, *(visit.edition for visit in self.visits)) if self.opened else ()

    @property
    def rules(self) -> PolicySlice:
        if self.policy is None:
            raise ValueError(f"case of {self.elder_id} has adopted no policy yet")
        return self.policy


def evolve(state: State, event: Event, at: datetime) -> State:
    """The state after `event`, recorded at `at`. Total: an event it does not react to only leaves its reply."""
    return remember(_apply(state, event, at), event)


def _apply(state: State, event: Event, at: datetime) -> State:
    match event:
        case CaseOpened():
            return _set(
                state, opened=True, village_id=event.village_id, township_id=event.township_id, tags=event.tags,
                spread_key=event.spread_key, start_on=event.start_on, enrolled_at=event.enrolled_at,
            )  # fmt: skip
        case PolicyAdopted():
            return _set(state, policy=event.policy)
        case EditionAdopted():
            return _set(state, edition=event.edition)
        case CaseMoved():
            return _set(
                state, village_id=event.village_id, township_id=event.township_id, tags=event.tags,
                spread_key=event.spread_key,
            )  # fmt: skip
        case VisitOpened():
            return _opened(state, event, at)
        case PeriodSkipped():
            return _set(state, period=event.period)
        case VisitorReminded():
            return _visit(state, event.visit_id, reminded=event.nth)
        case AttemptRecorded():
            return _visit(state, event.visit_id, attempts=event.nth)
        case VisitReported():
            return _visit(
                state, event.visit_id, state=event.state, reported_by=event.visitor_id, result=event.result,
                visited_on=event.visited_on,
            )  # fmt: skip
        case ReportCorrected():
            known = state.visit(event.visit_id)
            return _visit(
                state, event.visit_id, state=event.state, result=event.result,
                reported_by=event.visitor_id if event.result else None,
                visited_on=event.visited_on or (known.visited_on if known and event.result else None),
            )  # fmt: skip
        case VisitOverdue():
            return _visit(state, event.visit_id, overdue=True)
        case VisitMissed():
            return _visit(state, event.visit_id, state=VisitState.MISSED, escalation_id=event.escalation_id)
        case VisitCancelled():
            return _visit(state, event.visit_id, state=VisitState.CANCELLED)
        case VisitReassigned():
            return _visit(state, event.visit_id, volunteer_id=event.to_id, told=event.to_id is not None, unasked=False)
        case EscalationOpened():
            memo = OpenEscalation(escalation_id=event.escalation_id, cause_of=event.cause_of, visit_id=event.visit_id)
            state = _set(state, escalations=(*state.escalations, memo))
            visit = state.visit(event.visit_id)
            if visit is not None and event.cause_of in LADDER_CAUSES:
                state = _visit(state, visit.visit_id, escalation_id=event.escalation_id, answered_by=None)
            return state
        case LadderHeld():
            return _visit(state, event.visit_id, held=event.cause_of)
        case EscalationWithdrawn():
            answered = next((e.visit_id for e in state.escalations if e.escalation_id == event.escalation_id), None)
            if event.by_visit_id is not None and answered is not None:
                state = _visit(state, answered, answered_by=event.by_visit_id)
            return _without(state, event.escalation_id)
        case EscalationEnded():
            return _without(state, event.escalation_id)
        case SuspensionProposed():
            proposed = Suspension(reason=event.reason, review_on=event.review_on, proposed_by=event.actor)
            return _set(state, proposed=proposed)
        case CaseSuspended():
            held = Suspension(reason=event.reason, review_on=event.review_on, proposed_by=event.proposed_by, since=at)
            return _set(state, status=CaseStatus.SUSPENDED, suspension=held, proposed=None)
        case CaseResumed():
            return _set(state, status=CaseStatus.OPEN, suspension=None)
        case CareLevelNoted():
            return _set(state, care_level=event.level)
        case RefusalRecorded():
            return _set(state, refused_period=event.period_id)
        case DeathReported():
            return _set(state, status=CaseStatus.DEATH_REPORTED, death_reported_by=event.actor)
        case DeathUndone():
            status = CaseStatus.SUSPENDED if state.suspension else CaseStatus.OPEN
            return _set(state, status=status, visits=_none_held(state.visits), death_reported_by=None)
        case DeathConfirmed():
            return _set(state, died_on=event.died_on)
        case CaseClosed():
            return _set(state, status=CaseStatus.CLOSED, closed_at=at)
        case CaseReopened():
            goes_on = state.period is not None and event.enrolled_at < state.period.ends_at
            return _set(
                state, status=CaseStatus.OPEN, closed_at=None, suspension=None, proposed=None, refused_period=None,
                enrolled_at=event.enrolled_at, period=state.period if goes_on else None,
                visits=_none_held(state.visits),
            )  # fmt: skip
        case _:
            return state


# The causes that belong to the visit itself: a visit has at most one such escalation.
LADDER_CAUSES = (EscalationCause.OVERDUE, EscalationCause.NO_VOLUNTEER, EscalationCause.NOT_SEEN)


def _set(state: State, /, **changes: Any) -> State:
    return state.model_copy(update=changes)


def _visit(state: State, visit_id: str, /, **changes: Any) -> State:
    visits = tuple(v.model_copy(update=changes) if v.visit_id == visit_id else v for v in state.visits)
    return state.model_copy(update={"visits": visits})


def _without(state: State, escalation_id: str) -> State:
    return _set(state, escalations=tuple(e for e in state.escalations if e.escalation_id != escalation_id))


def _opened(state: State, event: VisitOpened, at: datetime) -> State:
    visit = Visit(
        visit_id=event.visit_id, kind=event.visit_kind, period=event.period, opened_at=at,
        volunteer_id=event.volunteer_id, told=event.told, edition=state.edition,
        methods=state.policy.methods if state.policy else (), unasked=event.reason == "unasked",
        method=event.method,
    )  # fmt: skip
    scheduled = event.visit_kind is VisitKind.SCHEDULED
    return _set(
        state,
        visits=(*_kept(state.visits), visit),
        period=event.period if scheduled else state.period,
        ad_hoc=state.ad_hoc if scheduled else state.ad_hoc + 1,
    )


def _none_held(visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    return tuple(visit.model_copy(update={"held": None}) for visit in visits)


def _kept(visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """Open visits, the last settled ones (a correction may come), and a year of missed ones (a form may come)."""
    settled = [v for v in visits if not v.open and v.state is not VisitState.MISSED][-KEPT_SETTLED:]
    missed = [v for v in visits if v.state is VisitState.MISSED][-KEPT_MISSED:]
    return tuple(v for v in visits if v.open or v in settled or v in missed)


def fold(state: State, events: list[tuple[AnyEvent, datetime]]) -> State:
    for event, at in events:
        state = evolve(state, event, at)
    return state
