"""What a report means: which visit it is about, whether it counts, and what follows from it.

Never does a negation, an intention or hearsay reach this file as a visit done: `decisions.reading` has seen to it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from decisions import cadence
from decisions.case_claims import (
    SETTLED,
    completes_coming,
    counted,
    find_visit,
    is_another,
    said_before,
    takes_back,
    why_not,
)
from decisions.case_corrections import SEEN, keeps, owe_again, reopened
from decisions.case_owed import answer_missed, end_ladder, escalate_visit, hand_over, open_escalation, record_needs
from decisions.case_state import State, Visit
from decisions.case_time import adopt, next_period
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from models.errors import Refusal
from models.events import AttemptRecorded, EscalationOpened, ReportCorrected, VisitOpened, VisitReported
from models.ids import ad_hoc_visit, escalation_stream, scheduled_visit
from models.messages import CaseMessage, PeriodBriefing, ReportDanger, ReportVisit, Wanted
from models.values import (
    ActorKind,
    CaseStatus,
    EscalationCause,
    Need,
    Period,
    Urgency,
    VisitKind,
    VisitResult,
    VisitState,
)


def wants(state: State, message: ReportVisit) -> Wanted | None:
    """An unasked visit that completes the coming period opens it: under the rules in force that day."""
    if message.result not in SEEN or why_not(state, message) is not None:
        return None
    return wants_to_open(state, message)


def wants_to_open(state: State, message: ReportVisit) -> Wanted | None:
    another = is_another(state, message, find_visit(state, message))
    return Wanted() if another and completes_coming(state, message) else None


def report(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> None:
    refusal = why_not(draft.state, message)
    if refusal is not None:
        draft.refuse(refusal, message.visit_id)
        return
    if message.result is VisitResult.CANNOT_GO:
        give_back(draft, message, briefing)
        return
    visit = find_visit(draft.state, message)
    if message.result is VisitResult.NOT_SEEN or message.method not in counted(draft.state, visit, briefing):
        attempt(draft, message, visit, briefing)  # spoken to by a way this county does not count is an attempt
        return
    if visit is None or visit.state in SETTLED or visit.state is VisitState.CANCELLED:
        again = said_before(draft.state, message, visit)
        if again is not None:
            _report_again(draft, message, again)
            return
        visit = _open_unasked(draft, message, briefing)
    _settle(draft, message, visit)


def also_seen(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> None:
    """Told on the way, by whoever ends the ladder of another period: a visit of the period that holds the day."""
    visit = find_visit(draft.state, message)
    if message.method not in counted(draft.state, visit, briefing):
        return
    if is_another(draft.state, message, visit):
        visit = _open_unasked(draft, message, briefing)
    if visit is not None and visit.state in (VisitState.OPEN, VisitState.MISSED):
        _settle(draft, message, visit)


def after_closing(draft: Draft[State], message: CaseMessage) -> None:
    """A closed case still takes what staff enter late of the time before: a visit made, mostly from a paper form."""
    closed_at = draft.state.closed_at
    if (
        isinstance(message, ReportVisit)
        and message.actor.kind is ActorKind.STAFF
        and message.result in SEEN
        and message.method in counted(draft.state, find_visit(draft.state, message), None)
        and closed_at is not None
        and message.visited_on <= civil_day(closed_at)
    ):
        report(draft, message, None)
    else:
        draft.refuse(Refusal.CASE_CLOSED)


def _open_unasked(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> Visit:
    """A visit nobody asked for: it completes the period that has not asked yet, else it is an extra one."""
    if briefing is not None:
        adopt(draft, briefing)
    state = draft.state
    coming = next_period(state)[0]
    completes = completes_coming(state, message)
    visit_id = (
        scheduled_visit(state.elder_id, coming.id)
        if completes
        else ad_hoc_visit(state.elder_id, coming.id, state.ad_hoc + 1)
    )
    moment = message.visited_at or min(message.received_at, instant(message.visited_on, time(12)))
    ends = moment + timedelta(days=1)
    extra = Period(id=coming.id, starts_at=moment, asks_at=moment, remind_at=(), due_at=ends, ends_at=ends)
    draft.add(
        VisitOpened, visit_id=visit_id, visit_kind=VisitKind.SCHEDULED if completes else VisitKind.AD_HOC,
        reason="unasked", period=coming if completes else extra, volunteer_id=message.visitor_id,
        assigned_because="unasked", told=False,
    )  # fmt: skip
    return draft.state.known_visit(visit_id)


def _settle(draft: Draft[State], message: ReportVisit, visit: Visit) -> None:
    on_time = visit.kind is VisitKind.AD_HOC or cadence.on_time(visit.period, message.visited_on, message.visited_at)
    draft.add(
        VisitReported, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
        result=message.result, state=VisitState.DONE if on_time else VisitState.LATE, method=message.method,
        visited_on=message.visited_on, visited_at=message.visited_at, reported_at=message.received_at,
        evidence=message.evidence, checks=message.checks, needs=message.needs, risk=message.risk,
        recorded_late=message.received_at >= visit.period.ends_at, enclosed=message.enclosed,
    )  # fmt: skip
    _follow_up(draft, message, visit)
    if message.result is VisitResult.WELL and not (message.needs or message.risk or message.urgent):
        end_ladder(draft, visit)
        answer_missed(draft, visit, message.visited_on, message.visited_at)


def _follow_up(draft: Draft[State], message: ReportVisit, visit: Visit | None) -> None:
    """What a report brings besides the visit is never dropped: needs are recorded, a risk is escalated at once.

    Of a closed case they stand in the report itself: nobody is to be sent there any more.
    """
    if draft.state.status is CaseStatus.CLOSED:
        return
    needs = message.needs or ((Need.UNSPECIFIED,) if message.result is VisitResult.NEEDS_HELP else ())
    record_needs(draft, visit.visit_id if visit else draft.state.elder_id, needs)
    if message.risk or message.urgent:
        urgency = Urgency.URGENT if message.urgent else Urgency.ORDINARY
        open_escalation(draft, EscalationCause.RISK, _cause_id(message.key), visit=visit, urgency=urgency)


def _report_again(draft: Draft[State], message: ReportVisit, visit: Visit) -> None:
    if visit.result is message.result:
        draft.refuse(Refusal.ALREADY_REPORTED, visit.visit_id)
        if message.risk or message.urgent or message.needs:
            _follow_up(draft, message, visit)
        return
    draft.add(
        ReportCorrected, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
        result=message.result, state=visit.state, visited_on=visit.visited_on or message.visited_on,
        enclosed=message.enclosed,
    )  # fmt: skip
    _follow_up(draft, message, visit)


def attempt(draft: Draft[State], message: ReportVisit, visit: Visit | None, briefing: PeriodBriefing | None) -> None:
    """Nobody was seen: try once more, or, the second time or at a high-risk elder's door, the grid worker goes.

    `没见到` takes back what the same person told of the same day. On another day it is an attempt, and the visit that
    was made stays made.
    """
    if visit is None:
        draft.refuse(Refusal.NOTHING_OPEN)
        _follow_up(draft, message, None)
        return
    told = takes_back(draft.state, message, visit)
    if told is not None:
        visit = told
        draft.add(
            ReportCorrected, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
            result=None, state=reopened(visit, draft.now), visited_on=None,
        )  # fmt: skip
        owe_again(draft, visit, briefing, handed_on=not keeps(message))
    current = draft.state.known_visit(visit.visit_id)
    nth = current.attempts + 1
    high_risk = any(tag in draft.state.rules.high_risk for tag in draft.state.tags)
    once_more = nth == 1 and not high_risk and current.open and not current.overdue
    draft.add(
        AttemptRecorded, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
        nth=nth, result=message.result, method=message.method, evidence=message.evidence, try_again=once_more,
        attempted_at=message.visited_at, enclosed=message.enclosed,
    )  # fmt: skip
    if not once_more and current.state in (VisitState.OPEN, VisitState.MISSED):
        escalate_visit(draft, current, EscalationCause.NOT_SEEN)
    _follow_up(draft, message, visit)


def give_back(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> None:
    """The visitor cannot go: another is found, or the ladder owns the visit at once."""
    mine = [v for v in draft.state.open_visits() if v.volunteer_id == message.visitor_id]
    named = [v for v in mine if message.visit_id in (None, v.visit_id)]
    if not named:
        draft.refuse(Refusal.NOTHING_OPEN, message.visit_id)
        return
    hand_over(draft, named[0], briefing, "declined")


def danger(draft: Draft[State], message: ReportDanger) -> None:
    """A danger word was read: the on-duty person is told at once, whatever else is unclear."""
    state = draft.state
    visit = state.visit(message.visit_id) or next(iter(state.open_visits()), None)
    draft.add(
        EscalationOpened, escalation_id=escalation_stream(state.elder_id, _cause_id(message.key)),
        cause_of=EscalationCause.RISK, urgency=Urgency.URGENT, visit_id=visit.visit_id if visit else None,
        first_role=state.rules.first_role.get(EscalationCause.RISK), ends_at=None, township_id=state.township_id,
        village_id=state.village_id,
    )  # fmt: skip


def _claimed(message: ReportVisit) -> datetime:
    """When the visit is claimed to have happened: the instant, else noon of the day, never after we heard of it."""
    claimed = message.visited_at or instant(message.visited_on, time(12))
    return min(claimed, message.received_at)


def _cause_id(key: str) -> str:
    return key.replace("/", "-").replace("#", "-").replace(":", "-")
