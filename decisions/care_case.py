"""A case decides: what time passing and each message mean for one elder. Pure: a function of values.

State, evolve: `case_state`. Time: `case_time`. Reports: `case_reports`, what they claim: `case_claims`, taken back:
`case_corrections`. A death: `case_death`. Closed and a case again, or moved: `case_reopen`. Standing (suspend, refuse,
close) and everything else a person may ask: `case_standing`. What is owed, and by whom: `case_owed`.
"""

from __future__ import annotations

from datetime import datetime

from decisions import case_corrections, case_death, case_escalated, case_reopen, case_reports, case_standing, case_time
from decisions.case_state import State, evolve, fold
from decisions.case_time import next_wakeup
from decisions.draft import Draft
from decisions.edition import under
from decisions.hearing import heard
from models.events import Event
from models.messages import (
    CaseMessage,
    ChangeCircumstances,
    CorrectReport,
    EscalationClosed,
    MessageUndeliverable,
    PeriodBriefing,
    PlaceChanged,
    Reassign,
    ReopenCase,
    ReportDanger,
    ReportDeath,
    ReportVisit,
    RequestVisit,
    Tick,
    Wanted,
)
from models.values import CaseStatus, VisitResult

__all__ = ["State", "decide", "evolve", "fold", "next_wakeup", "wants"]


def wants(state: State, message: CaseMessage | Tick, now: datetime) -> Wanted | None:
    """What must be looked up before `decide` can answer, or None. The look-up's result goes in as the briefing."""
    message = heard(message, now, state.edition)
    match message:
        case Tick():
            return case_time.wants(state, now)
        case RequestVisit() | ChangeCircumstances():
            return case_standing.wants_ad_hoc(state, message)
        case PlaceChanged():
            return case_reopen.wants_place(state)
        case ReopenCase():
            return case_reopen.wants_reopening(state)
        case Reassign():
            return case_standing.wants_reassignment(state, message)
        case MessageUndeliverable():
            return case_standing.wants_other_visitor(state, message.visit_id, message.recipient_id)
        case ReportVisit() if message.result is VisitResult.CANNOT_GO:
            return case_standing.wants_other_visitor(state, message.visit_id, message.visitor_id)
        case ReportVisit() | CorrectReport() | EscalationClosed():
            return under(state.edition, {1: _needs_nothing, 2: _of_a_report})(state, message, now)
        case _:
            return None


def _needs_nothing(state: State, message: ReportVisit | CorrectReport | EscalationClosed, now: datetime) -> None:
    """Before edition 2 a report was decided by itself."""


def _of_a_report(state: State, message: ReportVisit | CorrectReport | EscalationClosed, now: datetime) -> Wanted | None:
    if isinstance(message, EscalationClosed):
        return case_escalated.wants(state, message)
    unasked = case_reports.wants(state, message) if isinstance(message, ReportVisit) else None
    return unasked or case_corrections.wants(state, message, now)


def decide(
    state: State, message: CaseMessage | Tick, now: datetime, briefing: PeriodBriefing | None = None
) -> tuple[Event, ...]:
    """The facts that follow from `message` at `now`. Empty only for a tick with nothing due."""
    if isinstance(message, Tick):
        return case_time.decide(state, message, now, briefing)
    message = heard(message, now, state.edition)
    draft = Draft(state, message, now, state.policy, evolve)
    match message:
        case ReopenCase():
            case_reopen.reopen(draft, briefing)
        case _ if state.status is CaseStatus.CLOSED:
            case_reports.after_closing(draft, message)
        case PlaceChanged():
            case_reopen.move(draft, briefing)
        case ReportVisit():
            case_reports.report(draft, message, briefing)
        case CorrectReport():
            case_corrections.correct(draft, message, briefing)
        case ReportDanger():
            case_reports.danger(draft, message)
        case ReportDeath():
            case_death.report(draft)
        case _:
            case_standing.decide(draft, message, briefing)
    return tuple(draft.events)
