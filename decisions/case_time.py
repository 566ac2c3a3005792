"""What time passing means for a case: a period opens, a reminder goes, a visit is overdue, missed, a suspension ends.

Steps are taken one by one in the order of their times, each on the state the last one left. After an outage that
means: reminders whose visit is already due are not sent, and a period slept through opens and is missed with an owner.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from decisions import cadence, edition
from decisions.case_owed import cancel_visit, escalate_visit
from decisions.case_state import State, Visit, evolve
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from models.errors import StateContradicted
from models.events import (
    CaseMoved,
    CaseOpened,
    CaseResumed,
    EditionAdopted,
    Event,
    PeriodSkipped,
    PolicyAdopted,
    VisitMissed,
    VisitOpened,
    VisitorReminded,
    VisitOverdue,
)
from models.ids import case_stream, scheduled_visit
from models.messages import PeriodBriefing, Tick, Wanted
from models.policy import CadenceUnit, PolicySlice
from models.values import (
    ENGINE,
    Actor,
    CaseStatus,
    EscalationCause,
    Period,
    VisitKind,
)

AT_ONCE = datetime.min.replace(tzinfo=UTC)


def next_period(state: State) -> tuple[Period, str | None]:
    """The period that follows the one in hand, and the reason if it is to be skipped (`enrolled_late`)."""
    if state.period is not None:
        return cadence.period_after(state.rules, state.period, state.spread_key, state.elder_id), None
    if state.enrolled_at is None:
        raise StateContradicted(f"case of {state.elder_id} is not enrolled yet")
    return cadence.first_period(state.rules, state.enrolled_at, state.spread_key, state.elder_id)


def opens_at(state: State, period: Period) -> datetime:
    """When the coming period opens, or is skipped with its reason.

    While a death is reported not before its end: undone until then, the period is asked for after all.
    """
    return period.ends_at if state.status is CaseStatus.DEATH_REPORTED else period.asks_at


def next_wakeup(state: State) -> datetime | None:
    """When the case must look again if nobody speaks to it. None: it is closed."""
    if not state.opened:
        return AT_ONCE
    if state.status is CaseStatus.CLOSED:
        return None
    times = [opens_at(state, next_period(state)[0]), *(_visit_wakeup(state, visit) for visit in state.open_visits())]
    if state.suspension is not None and state.status is CaseStatus.SUSPENDED:
        times.append(instant(state.suspension.review_on, time(0)))
    return min(times)


def _visit_wakeup(state: State, visit: Visit) -> datetime:
    if state.status is CaseStatus.DEATH_REPORTED or visit.overdue:
        return visit.period.ends_at
    reminders = visit.period.remind_at[visit.reminded :] if visit.volunteer_id else ()
    return min(*reminders[:1], visit.period.due_at, visit.period.ends_at)


def wants(state: State, now: datetime) -> Wanted | None:
    """A new case wants its briefing; a case whose next period opens wants a visitor too."""
    if not state.opened:
        return Wanted()
    if state.status is not CaseStatus.OPEN:
        return None
    period, skipped = next_period(state)
    if skipped or period.asks_at > now or state.refused_period == period.id:
        return None
    return Wanted(visit_id=scheduled_visit(state.elder_id, period.id))


def decide(state: State, tick: Tick, now: datetime, briefing: PeriodBriefing | None) -> tuple[Event, ...]:
    policy = state.policy or (briefing.policy if briefing else None)
    draft = Draft(state, tick, now, policy, evolve)
    if not state.opened:
        _open_case(draft, briefing)
        return tuple(draft.events)
    while _step(draft, briefing):
        pass
    return tuple(draft.events)


def _open_case(draft: Draft[State], briefing: PeriodBriefing | None) -> None:
    if briefing is None or briefing.policy is None:
        return
    draft.add(
        CaseOpened, elder_id=draft.state.elder_id, county_id=draft.state.county_id, township_id=briefing.township_id,
        village_id=briefing.village_id, spread_key=briefing.spread_key, tags=briefing.tags,
        start_on=briefing.start_on,
        enrolled_at=edition.under(briefing.edition, {1: _woken_at, 2: enrolled_at})(
            briefing.policy, briefing.start_on, draft.now
        ),
    )  # fmt: skip
    draft.add(PolicyAdopted, policy=briefing.policy)
    _adopt_edition(draft, briefing)
    period, reason = next_period(draft.state)
    if reason:
        draft.add(PeriodSkipped, period=period, reason=reason, given_by=ENGINE)


def enrolled_at(policy: PolicySlice, start_on: date, now: datetime) -> datetime:
    """A case is enrolled from the first instant of the day it starts on, so that the 1st is an ordinary month.

    That day, not the one it wakes on: an engine that was away costs no visit. Of a day in a period that is over it is
    enrolled at the moment it is, and so where a day holds many periods.
    """
    if policy.cadence.unit is CadenceUnit.EVERY:
        return now
    first, period = instant(start_on), cadence.period_at(policy, now, "", "")
    return first if period.starts_at <= first <= now else now


def _woken_at(policy: PolicySlice, start_on: date, now: datetime) -> datetime:
    """From the first instant of its day only when it woke on it."""
    return enrolled_at(policy, start_on, now) if start_on == civil_day(now) else now


def _step(draft: Draft[State], briefing: PeriodBriefing | None) -> bool:
    """Take the earliest thing that is due. False: nothing is, or it waits for a look-up."""
    state, now = draft.state, draft.now
    suspended = state.suspension if state.status is CaseStatus.SUSPENDED else None
    if suspended and instant(suspended.review_on, time(0)) <= now:
        draft.add(CaseResumed, because="review_day")
        return True
    due = [visit for visit in state.open_visits() if _visit_wakeup(state, visit) <= now]
    period = next_period(state)[0]
    opens = opens_at(state, period)
    first = min(due, key=lambda visit: _visit_wakeup(state, visit), default=None)
    if first is not None and (opens > now or _visit_wakeup(state, first) <= opens):
        _pass_visit_time(draft, first)
        return True
    return opens <= now and open_period(draft, period, briefing)


def _pass_visit_time(draft: Draft[State], visit: Visit) -> None:
    period, now = visit.period, draft.now
    if period.ends_at <= now:
        if draft.state.status is CaseStatus.DEATH_REPORTED:
            cancel_visit(draft, visit, "death_reported", draft.state.death_reported_by)
            return
        if not visit.overdue:
            draft.add(VisitOverdue, visit_id=visit.visit_id)
        if not visit.overdue or visit.escalation_id is None:
            escalate_visit(draft, visit, EscalationCause.OVERDUE)
        owned = draft.state.known_visit(visit.visit_id).escalation_id
        if owned is None:
            raise StateContradicted(f"{visit.visit_id} is missed and nobody owns it")
        draft.add(VisitMissed, visit_id=visit.visit_id, escalation_id=owned)
    elif period.due_at <= now:
        draft.add(VisitOverdue, visit_id=visit.visit_id)
        escalate_visit(draft, visit, EscalationCause.OVERDUE)
    else:
        passed = sum(1 for at in period.remind_at if at <= now)
        draft.add(VisitorReminded, visit_id=visit.visit_id, volunteer_id=visit.volunteer_id, nth=passed)


def open_period(draft: Draft[State], period: Period, briefing: PeriodBriefing | None) -> bool:
    """Open the period's visit, or record why there is none. False: a briefing for this visit is still missing.

    A first period can turn out to be `enrolled_late` after the opening: when a version that cuts time otherwise came.
    """
    state = draft.state
    reason = why_none(state, period) or next_period(state)[1]
    if reason is not None:
        draft.add(PeriodSkipped, period=period, reason=reason, given_by=_who_says(state) or ENGINE)
        return True
    if briefing is None or briefing.assignment is None:
        return False
    refused = state.period is not None and state.refused_period == state.period.id
    adopt(draft, briefing)
    period = next_period(draft.state)[0]
    visit_id = scheduled_visit(state.elder_id, period.id)
    if briefing.assignment.visit_id != visit_id or period.asks_at > draft.now:
        return False  # the new policy cuts time otherwise: look again under it
    volunteer_id = briefing.assignment.volunteer_id
    draft.add(
        VisitOpened, visit_id=visit_id, visit_kind=VisitKind.SCHEDULED, reason="scheduled", period=period,
        volunteer_id=volunteer_id, assigned_because=briefing.assignment.reason,
        told=volunteer_id is not None and draft.now < period.due_at,
        method=draft.state.rules.after_refusal if refused else None,
    )  # fmt: skip
    if volunteer_id is None:
        escalate_visit(draft, draft.state.known_visit(visit_id), EscalationCause.NO_VOLUNTEER)
    return True


def _who_says(state: State) -> Actor | None:
    """Who gave the reason for which nobody is asked for now."""
    if state.status is CaseStatus.DEATH_REPORTED:
        return state.death_reported_by
    return state.suspension.proposed_by if state.suspension else None


def why_none(state: State, period: Period) -> str | None:
    if state.status is CaseStatus.SUSPENDED and state.suspension is not None:
        return state.suspension.reason.value
    if state.status is CaseStatus.DEATH_REPORTED:
        return "death_reported"
    return "refused" if state.refused_period == period.id else None


def _adopt_edition(draft: Draft[State], briefing: PeriodBriefing) -> None:
    """Never back: while workers are exchanged, one of the earlier code may have answered the look-up."""
    if briefing.edition > draft.state.edition:
        edition.must_know([briefing.edition], case_stream(draft.state.elder_id))
        draft.add(EditionAdopted, edition=briefing.edition)


def adopt(draft: Draft[State], briefing: PeriodBriefing) -> None:
    """Before a period opens: what is in force now, and where the elder lives."""
    _adopt_edition(draft, briefing)
    state = draft.state
    if briefing.policy is not None and briefing.policy != state.policy:
        draft.add(PolicyAdopted, policy=briefing.policy)
        draft.policy = briefing.policy
    take_place(draft, briefing)


def take_place(draft: Draft[State], briefing: PeriodBriefing) -> bool:
    """Where the elder lives now, as the register has it. False: the case knew."""
    state = draft.state
    known = (state.village_id, state.township_id, state.spread_key, state.tags)
    moved = (briefing.village_id, briefing.township_id, briefing.spread_key, briefing.tags) != known
    if moved:
        draft.add(
            CaseMoved, village_id=briefing.village_id, township_id=briefing.township_id,
            spread_key=briefing.spread_key, tags=briefing.tags,
        )  # fmt: skip
    return moved
