"""What a report claims: whether it can be, which visit it is about, whether it was told before, and what counts."""

from __future__ import annotations

from datetime import date, datetime

from decisions import cadence
from decisions.case_state import State, Visit
from decisions.case_time import next_period
from decisions.deadlines import civil_day, is_yet_to_come
from models.errors import Refusal
from models.ids import scheduled_visit
from models.messages import PeriodBriefing, ReportVisit
from models.values import BY_VISITORS, CaseStatus, Method, VisitKind, VisitResult, VisitState

SETTLED = (VisitState.DONE, VisitState.LATE)


def why_not(state: State, message: ReportVisit) -> Refusal | None:
    """Dates and visits that cannot be: judged by the day the report reached us."""
    refusal = why_not_then(state, message.visited_on, message.visited_at, message.received_at)
    if refusal is not None:
        return refusal
    today = civil_day(message.received_at)
    if message.channel in BY_VISITORS and _in_an_ended_period(state, message):
        return Refusal.TOO_FAR_BACK
    if message.channel in BY_VISITORS and (today - message.visited_on).days > state.rules.sms_back_days:
        return Refusal.TOO_FAR_BACK
    if message.visit_id is not None and state.visit(message.visit_id) is None and not _coming(state, message.visit_id):
        return Refusal.UNKNOWN_VISIT
    return None


def why_not_then(state: State, on: date, at: datetime | None, told_at: datetime) -> Refusal | None:
    """Whoever says so and however: nobody was visited on a day to come, before enrolment, or after death."""
    if is_yet_to_come(on, at, told_at):
        return Refusal.IN_THE_FUTURE
    if state.start_on is None or on < state.start_on:
        return Refusal.BEFORE_ENROLMENT
    if state.died_on is not None and on > state.died_on:
        return Refusal.AFTER_DEATH
    return None


def _in_an_ended_period(state: State, message: ReportVisit) -> bool:
    """A day of a period that is over: of a visitor it is asked back, staff may enter it at any time."""
    return any(
        visit.kind is VisitKind.SCHEDULED
        and visit.period.ends_at <= message.received_at
        and cadence.contains(visit.period, message.visited_on, message.visited_at)
        for visit in state.visits
    )


def _coming(state: State, visit_id: str) -> bool:
    return visit_id == scheduled_visit(state.elder_id, next_period(state)[0].id)


def find_visit(state: State, message: ReportVisit) -> Visit | None:
    """The visit a report is about: the one it names if its day fits there, else the one whose period holds the day.

    A visit before an extra one was asked for is not the one asked for.
    """
    named = state.visit(message.visit_id)
    holding = [v for v in state.visits if cadence.contains(v.period, message.visited_on, message.visited_at)]
    if named is not None and named.kind is VisitKind.AD_HOC:
        if not cadence.precedes(named.period, message.visited_on, message.visited_at):
            return named
    elif named in holding:
        return named
    order = [v for v in holding if v.open and v.kind is VisitKind.SCHEDULED]
    order += [v for v in holding if v.state is VisitState.MISSED and v.kind is VisitKind.SCHEDULED]
    order += [v for v in holding if v.open] + [v for v in holding if v.state in SETTLED]
    return order[0] if order else None


def said_before(state: State, message: ReportVisit, visit: Visit | None) -> Visit | None:
    """This person's own report that this one says again or corrects; None: they went once more, and nobody asked.

    The same day is the same visit. A visitor's word on another day with another result corrects what was recorded;
    staff name the day, so theirs is another visit.
    """
    same_day = told_of_that_day(state, message, visit)
    if same_day is not None or visit is None or visit not in _theirs(state, message):
        return same_day
    return visit if message.channel in BY_VISITORS and message.result is not visit.result else None


def _theirs(state: State, message: ReportVisit) -> list[Visit]:
    """The visits this person has reported, of the period that holds the day."""
    reported = [v for v in state.visits if v.state in SETTLED and v.reported_by == message.visitor_id]
    return [v for v in reported if cadence.contains(v.period, message.visited_on, message.visited_at)]


def told_of_that_day(state: State, message: ReportVisit, visit: Visit | None) -> Visit | None:
    """This person's visit of the very day; of several the one meant, else the last."""
    same_day = [v for v in _theirs(state, message) if v.visited_on in (None, message.visited_on)]
    return visit if visit in same_day else next(reversed(same_day), None)


def takes_back(state: State, message: ReportVisit, visit: Visit | None) -> Visit | None:
    """The visit that `没见到` takes back: what the same person told of the same day."""
    if message.result is not VisitResult.NOT_SEEN or visit is None or visit.state not in SETTLED:
        return None
    return told_of_that_day(state, message, visit)


def is_another(state: State, message: ReportVisit, visit: Visit | None) -> bool:
    """Whether the report is of a visit that nobody asked for, and that has not been told of."""
    waits = visit is not None and visit.state in (VisitState.OPEN, VisitState.MISSED)
    return not waits and said_before(state, message, visit) is None


def completes_coming(state: State, message: ReportVisit) -> bool:
    """Whether an unasked visit lies in the period that has not asked yet, and will."""
    coming, skipped = next_period(state)
    return (
        cadence.contains(coming, message.visited_on, message.visited_at)
        and skipped is None
        and state.status in (CaseStatus.OPEN, CaseStatus.DEATH_REPORTED)
    )


def counted(state: State, visit: Visit | None, briefing: PeriodBriefing | None) -> tuple[Method, ...]:
    """The methods that count as a visit: by the version it opened under, or will open under."""
    if briefing is not None:
        return (briefing.policy or state.rules).methods
    return (visit.methods if visit else ()) or state.rules.methods
