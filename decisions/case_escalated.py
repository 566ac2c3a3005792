"""An escalation has ended: what the named person found settles the visit it was about, or a death.

A visit of after its period leaves that one missed, and is a visit of the period it lies in.
"""

from __future__ import annotations

from datetime import date, datetime

from decisions import cadence, case_death, case_reports
from decisions.case_claims import counted, why_not_then
from decisions.case_owed import answer_missed, cancel_visit, end_ladder, owe_ladder
from decisions.case_state import LADDER_CAUSES, OpenEscalation, State, Visit
from decisions.deadlines import civil_day
from decisions.draft import Draft
from decisions.edition import under
from models.errors import Refusal
from models.events import EscalationEnded, VisitReported
from models.messages import EscalationClosed, PeriodBriefing, ReportVisit, Wanted
from models.values import (
    CaseStatus,
    Checks,
    EscalationCause,
    Evidence,
    Method,
    Outcome,
    VisitResult,
    VisitState,
)

WAITS = (VisitState.OPEN, VisitState.MISSED)
SEEN = {Outcome.VISITED: Method.HOME, Outcome.REACHED_BY_PHONE: Method.PHONE}
# After these this period's visit is not expected any more, with the reason that is recorded. `died` is none of them: it
# reports a death, and until that is confirmed the visit waits.
ENDS_VISIT = (Outcome.HOSPITAL, Outcome.MOVED, Outcome.REFUSED, Outcome.EMERGENCY_CALLED)


def wants(state: State, message: EscalationClosed) -> Wanted | None:
    """A visit after the period it was owed in may complete the coming one: under the rules in force that day."""
    visit = state.visit(message.visit_id)
    if visit is None or visit.state not in WAITS or message.outcome not in SEEN:
        return None
    return case_reports.wants_to_open(state, _as_report(message))


def closed(draft: Draft[State], message: EscalationClosed, briefing: PeriodBriefing | None) -> None:
    ended = next((e for e in draft.state.escalations if e.escalation_id == message.escalation_id), None)
    if ended is None:
        draft.refuse(Refusal.ALREADY_CLOSED, message.visit_id)
        return
    draft.add(
        EscalationEnded, escalation_id=message.escalation_id, outcome=message.outcome, resolved_by=message.resolved_by
    )
    visit = draft.state.visit(message.visit_id)
    if visit is not None and visit.state in WAITS and message.outcome in SEEN:
        _seen(draft, message, visit, ended, briefing)
    elif visit is not None and visit.open and message.outcome in ENDS_VISIT:
        cancel_visit(draft, visit, message.outcome.value, message.resolved_by)
        end_ladder(draft, visit, message.outcome)
    if message.outcome is Outcome.DIED and draft.state.status in (CaseStatus.OPEN, CaseStatus.SUSPENDED):
        case_death.found(draft, ended)
    elif ended.cause_of is EscalationCause.DEATH_TO_CONFIRM and draft.state.status is CaseStatus.DEATH_REPORTED:
        case_death.looked_into(draft, seen=message.outcome in SEEN and _can_be(draft.state, message))


def _can_be(state: State, message: EscalationClosed) -> bool:
    day = message.visited_on or civil_day(message.received_at)
    return why_not_then(state, day, message.visited_at, message.received_at) is None


def _day(message: EscalationClosed) -> tuple[date, datetime | None]:
    """When they were there: the day, and its hour where it is the day we were told."""
    told_at = message.received_at
    day = message.visited_on or civil_day(told_at)
    return day, message.visited_at or (told_at if day == civil_day(told_at) else None)


def _as_report(message: EscalationClosed) -> ReportVisit:
    """What they say, as a visit nobody had asked them for."""
    day, at = _day(message)
    return ReportVisit(
        key=message.key, actor=message.actor, channel=message.channel, received_at=message.received_at,
        visitor_id=message.resolved_by.id, result=VisitResult.WELL, visited_on=day, visited_at=at,
        method=SEEN[message.outcome], evidence=Evidence.STAFF,
    )  # fmt: skip


def _seen(
    draft: Draft[State],
    message: EscalationClosed,
    visit: Visit,
    ended: OpenEscalation,
    briefing: PeriodBriefing | None,
) -> None:
    told_at, method = message.received_at, SEEN[message.outcome]
    day, at = _day(message)
    if not _can_be(draft.state, message) or cadence.precedes(visit.period, day, message.visited_at):
        if ended.cause_of in LADDER_CAUSES:  # a day that proves nothing: somebody still answers for the visit
            owe_ladder(draft, visit.visit_id, ended.cause_of)
        return
    if not cadence.contains(visit.period, day, at):
        under(draft.state.edition, {1: _missed_all_the_same, 2: case_reports.also_seen})(
            draft, _as_report(message), briefing
        )
        return
    if method not in counted(draft.state, visit, None):
        return
    on_time = cadence.on_time(visit.period, day, at)
    draft.add(
        VisitReported, visit_id=visit.visit_id, visitor_id=message.resolved_by.id, result=VisitResult.WELL,
        state=VisitState.DONE if on_time else VisitState.LATE, method=method, visited_on=day, visited_at=at,
        reported_at=told_at, evidence=Evidence.STAFF, checks=Checks(), needs=(), risk=False,
        recorded_late=draft.now >= visit.period.ends_at,
    )  # fmt: skip
    end_ladder(draft, visit, message.outcome)
    answer_missed(draft, visit, day, at)


def _missed_all_the_same(draft: Draft[State], message: ReportVisit, briefing: PeriodBriefing | None) -> None:
    """Before edition 2 what happened after the period stood in the escalation's own facts only."""
