"""What a report means: which visit it is about, whether it counts, and what follows from it.

Never does a negation, an intention or hearsay reach this file as a visit done: `decisions.reading` has seen to it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from decisions import cadence
from decisions.case_state import LADDER_CAUSES, State, Visit
from decisions.case_time import escalate_visit, next_period, open_escalation
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from models.errors import Refusal
from models.events import (
    AssessmentDue,
    AttemptRecorded,
    EscalationOpened,
    EscalationWithdrawn,
    MessageRefused,
    ReportCorrected,
    ServiceNeeded,
    VisitOpened,
    VisitReassigned,
    VisitReported,
)
from models.ids import ad_hoc_visit, escalation_stream, scheduled_visit
from models.messages import CaseMessage, CorrectReport, PeriodBriefing, ReportDanger, ReportVisit
from models.values import (
    ActorKind,
    CaseStatus,
    Channel,
    EscalationCause,
    Need,
    Outcome,
    Period,
    Urgency,
    VisitKind,
    VisitResult,
    VisitState,
)

SETTLED = (VisitState.DONE, VisitState.LATE)


def refuse(draft: Draft[State], refusal: Refusal, visit_id: str | None = None) -> None:
    kind = getattr(draft.message, "kind", "")
    draft.add(MessageRefused, message_kind=kind, refusal=refusal, visit_id=visit_id)


def report(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> None:
    refusal = why_not(draft.state, message)
    if refusal is not None:
        refuse(draft, refusal, message.visit_id)
        return
    if message.result is VisitResult.CANNOT_GO:
        give_back(draft, message, briefing)
        return
    visit = find_visit(draft.state, message)
    if message.result is VisitResult.NOT_SEEN or message.method not in draft.state.rules.methods:
        attempt(draft, message, visit)  # spoken to by a way this county does not count is an attempt
        return
    if visit is None or visit.state in SETTLED or visit.state is VisitState.CANCELLED:
        again = _said_before(draft.state, message, visit)
        if again is not None:
            _report_again(draft, message, again)
            return
        visit = _open_unasked(draft, message)
    _settle(draft, message, visit)


def after_closing(draft: Draft[State], message: CaseMessage) -> None:
    """A closed case still takes what staff enter late of the time before: a visit made, mostly from a paper form."""
    closed_at = draft.state.closed_at
    if (
        isinstance(message, ReportVisit)
        and message.actor.kind is ActorKind.STAFF
        and message.result in (VisitResult.WELL, VisitResult.NEEDS_HELP)
        and message.method in draft.state.rules.methods
        and closed_at is not None
        and message.visited_on <= civil_day(closed_at)
    ):
        report(draft, message, None)
    else:
        refuse(draft, Refusal.CASE_CLOSED)


def why_not(state: State, message: ReportVisit) -> Refusal | None:
    """Dates and methods that cannot be: judged by the day the report reached us."""
    today = civil_day(message.received_at)
    if message.visited_on > today or (message.visited_at and message.visited_at > message.received_at):
        return Refusal.IN_THE_FUTURE
    if state.start_on is None or message.visited_on < state.start_on:
        return Refusal.BEFORE_ENROLMENT
    if state.died_on is not None and message.visited_on > state.died_on:
        return Refusal.AFTER_DEATH
    if message.channel is Channel.SMS and _in_an_ended_period(state, message):
        return Refusal.TOO_FAR_BACK
    if message.channel is Channel.SMS and (today - message.visited_on).days > state.rules.sms_back_days:
        return Refusal.TOO_FAR_BACK
    if message.visit_id is not None and state.visit(message.visit_id) is None and not _coming(state, message.visit_id):
        return Refusal.UNKNOWN_VISIT
    return None


def _in_an_ended_period(state: State, message: ReportVisit) -> bool:
    """A day of a period that is over: by text it is asked back, staff may enter it at any time."""
    return any(
        visit.kind is VisitKind.SCHEDULED
        and visit.period.ends_at <= message.received_at
        and cadence.contains(visit.period, message.visited_on, message.visited_at)
        for visit in state.visits
    )


def _coming(state: State, visit_id: str) -> bool:
    return visit_id == scheduled_visit(state.elder_id, next_period(state)[0].id)


def find_visit(state: State, message: ReportVisit) -> Visit | None:
    """The visit a report is about: the one it names if its day fits there, else the one whose period holds the day."""
    named = state.visit(message.visit_id)
    holding = [v for v in state.visits if cadence.contains(v.period, message.visited_on, message.visited_at)]
    if named is not None and (named in holding or named.kind is VisitKind.AD_HOC):
        return named
    order = [v for v in holding if v.open and v.kind is VisitKind.SCHEDULED]
    order += [v for v in holding if v.state is VisitState.MISSED and v.kind is VisitKind.SCHEDULED]
    order += [v for v in holding if v.open] + [v for v in holding if v.state in SETTLED]
    return order[0] if order else None


def _said_before(state: State, message: ReportVisit, visit: Visit | None) -> Visit | None:
    """This person's own report that this one says again or corrects; None: they went once more, and nobody asked.

    The same day is the same visit. A text on another day with another result corrects what was recorded; staff name
    the day, so theirs is another visit.
    """
    same_day = _told_of_that_day(state, message, visit)
    if same_day is not None or visit is None or visit not in _theirs(state, message):
        return same_day
    return visit if message.channel is Channel.SMS and message.result is not visit.result else None


def _theirs(state: State, message: ReportVisit) -> list[Visit]:
    """The visits this person has reported, of the period that holds the day."""
    reported = [v for v in state.visits if v.state in SETTLED and v.reported_by == message.visitor_id]
    return [v for v in reported if cadence.contains(v.period, message.visited_on, message.visited_at)]


def _told_of_that_day(state: State, message: ReportVisit, visit: Visit | None) -> Visit | None:
    """This person's visit of the very day; of several the one meant, else the last."""
    same_day = [v for v in _theirs(state, message) if v.visited_on in (None, message.visited_on)]
    return visit if visit in same_day else next(reversed(same_day), None)


def _open_unasked(draft: Draft[State], message: ReportVisit) -> Visit:
    """A visit nobody asked for: it completes the period that has not asked yet, else it is an extra one."""
    state = draft.state
    coming, skipped = next_period(state)
    completes = (
        cadence.contains(coming, message.visited_on, message.visited_at)
        and skipped is None
        and state.status in (CaseStatus.OPEN, CaseStatus.DEATH_REPORTED)
    )
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
        recorded_late=message.received_at >= visit.period.ends_at,
    )  # fmt: skip
    _follow_up(draft, message, visit)
    if message.result is VisitResult.WELL and not (message.needs or message.risk or message.urgent):
        end_ladder(draft, visit)


def _follow_up(draft: Draft[State], message: ReportVisit, visit: Visit | None) -> None:
    """What a report brings besides the visit is never dropped: needs are recorded, a risk is escalated at once.

    Of a closed case they stand in the report itself: nobody is to be sent there any more.
    """
    if draft.state.status is CaseStatus.CLOSED:
        return
    needs = message.needs or ((Need.UNSPECIFIED,) if message.result is VisitResult.NEEDS_HELP else ())
    for need in needs:
        kind = AssessmentDue if need is Need.ASSESSMENT else ServiceNeeded
        draft.add(kind, visit_id=visit.visit_id if visit else draft.state.elder_id, need=need)
    if message.risk or message.urgent:
        urgency = Urgency.URGENT if message.urgent else Urgency.ORDINARY
        open_escalation(draft, EscalationCause.RISK, _cause_id(message.key), visit=visit, urgency=urgency)


def end_ladder(draft: Draft[State], visit: Visit, outcome: Outcome = Outcome.REPORTED_BY_VISITOR) -> None:
    """Anyone's later valid report ends the visit's escalation, with that person as the named one."""
    for open_ in draft.state.escalations:
        if open_.visit_id == visit.visit_id and open_.cause_of in LADDER_CAUSES:
            draft.add(
                EscalationWithdrawn, escalation_id=open_.escalation_id, outcome=outcome,
                resolved_by=draft.actor,
            )  # fmt: skip


def _report_again(draft: Draft[State], message: ReportVisit, visit: Visit) -> None:
    if visit.result is message.result:
        refuse(draft, Refusal.ALREADY_REPORTED, visit.visit_id)
        if message.risk or message.urgent or message.needs:
            _follow_up(draft, message, visit)
        return
    draft.add(
        ReportCorrected, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
        result=message.result, state=visit.state, visited_on=visit.visited_on or message.visited_on,
    )  # fmt: skip
    _follow_up(draft, message, visit)


def attempt(draft: Draft[State], message: ReportVisit, visit: Visit | None) -> None:
    """Nobody was seen: try once more, or, the second time or at a high-risk elder's door, the grid worker goes.

    `没见到` takes back what the same person told of the same day. On another day it is an attempt, and the visit that
    was made stays made.
    """
    if visit is None:
        refuse(draft, Refusal.NOTHING_OPEN)
        _follow_up(draft, message, None)
        return
    takes_back = visit.state in SETTLED and message.result is VisitResult.NOT_SEEN
    told = _told_of_that_day(draft.state, message, visit) if takes_back else None
    if told is not None:
        visit = told
        draft.add(
            ReportCorrected, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
            result=None, state=_reopened(visit, draft.now), visited_on=None,
        )  # fmt: skip
    current = draft.state.known_visit(visit.visit_id)
    nth = current.attempts + 1
    high_risk = any(tag in draft.state.rules.high_risk for tag in draft.state.tags)
    once_more = nth == 1 and not high_risk and current.open and not current.overdue
    draft.add(
        AttemptRecorded, happened_at=_claimed(message), visit_id=visit.visit_id, visitor_id=message.visitor_id,
        nth=nth, result=message.result, method=message.method, evidence=message.evidence, try_again=once_more,
        attempted_at=message.visited_at,
    )  # fmt: skip
    if not once_more and current.state in (VisitState.OPEN, VisitState.MISSED):
        escalate_visit(draft, current, EscalationCause.NOT_SEEN)
    _follow_up(draft, message, visit)


def _owned_again(draft: Draft[State], visit_id: str) -> None:
    """A visit whose report was taken back after it was due has its ladder again."""
    visit = draft.state.known_visit(visit_id)
    if visit.state is VisitState.MISSED or (visit.open and visit.overdue):
        escalate_visit(draft, visit, EscalationCause.NOT_SEEN)


def give_back(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> None:
    """The visitor cannot go: another is found, or the ladder owns the visit at once."""
    mine = [v for v in draft.state.open_visits() if v.volunteer_id == message.visitor_id]
    named = [v for v in mine if message.visit_id in (None, v.visit_id)]
    if not named:
        refuse(draft, Refusal.NOTHING_OPEN, message.visit_id)
        return
    hand_over(draft, named[0], briefing, "declined")


def hand_over(draft: Draft[State], visit: Visit, briefing: PeriodBriefing | None, reason: str) -> None:
    found = briefing.assignment if briefing else None
    draft.add(
        VisitReassigned, visit_id=visit.visit_id, from_id=visit.volunteer_id,
        to_id=found.volunteer_id if found else None, reason=reason,
        assigned_because=found.reason if found else "nobody",
    )  # fmt: skip
    if found is None or found.volunteer_id is None:
        escalate_visit(draft, visit, EscalationCause.NO_VOLUNTEER)


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


def correct(draft: Draft[State], message: CorrectReport) -> None:
    """`52错`, or a correction by staff: the report is taken back, or replaced."""
    settled = [v for v in draft.state.visits if v.state in SETTLED]
    visit = draft.state.visit(message.visit_id) if message.visit_id else (settled[-1] if settled else None)
    if visit is None or visit.state not in SETTLED:
        refuse(draft, Refusal.UNKNOWN_VISIT, message.visit_id)
        return
    if message.actor.kind is not ActorKind.STAFF and visit.reported_by != message.actor.id:
        refuse(draft, Refusal.NOT_THE_REPORTER, visit.visit_id)
        return
    if message.visited_on is not None and message.visited_on > civil_day(message.received_at):
        refuse(draft, Refusal.IN_THE_FUTURE, visit.visit_id)
        return
    if message.visited_on and not cadence.contains(visit.period, message.visited_on, message.visited_at):
        refuse(draft, Refusal.UNKNOWN_VISIT, visit.visit_id)
        return
    state = visit.state
    if message.result not in (VisitResult.WELL, VisitResult.NEEDS_HELP):
        state = _reopened(visit, draft.now)
    elif message.visited_on is not None:
        on_time = cadence.on_time(visit.period, message.visited_on, message.visited_at)
        state = VisitState.DONE if on_time else VisitState.LATE
    draft.add(
        ReportCorrected, visit_id=visit.visit_id, visitor_id=message.actor.id, result=message.result, state=state,
        visited_on=message.visited_on,
    )  # fmt: skip
    _owned_again(draft, visit.visit_id)


def _reopened(visit: Visit, now: datetime) -> VisitState:
    return VisitState.OPEN if now < visit.period.ends_at else VisitState.MISSED


def _claimed(message: ReportVisit) -> datetime:
    """When the visit is claimed to have happened: the instant, else noon of the day, never after we heard of it."""
    claimed = message.visited_at or instant(message.visited_on, time(12))
    return min(claimed, message.received_at)


def _cause_id(key: str) -> str:
    return key.replace("/", "-").replace("#", "-").replace(":", "-")
