"""The terms of a benefit's steps: when one that begins now ends, and that a ladder ends with what it was about."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from decisions import deadlines
from decisions.claim_state import Claim, Holding, State, Step
from decisions.deadlines import next_workday, nth_workday
from decisions.draft import Draft
from models.claims import ClaimStage
from models.errors import StateContradicted
from models.events import EscalationWithdrawn
from models.policy import WorkCalendar
from models.values import Outcome

_A_DAY = timedelta(days=1)
WORKDAYS = "workdays"  # as a pack writes the unit of a notice; else calendar days


def calendar_of(draft: Draft[State]) -> WorkCalendar:
    if draft.policy is None:
        raise StateContradicted("a term is counted by the county's calendar")
    return draft.policy.calendar


def due(draft: Draft[State], of: Claim | Holding, stage: ClaimStage) -> datetime:
    """The end of a stage's term that begins now."""
    return deadlines.after(of.terms.terms[stage], draft.now, calendar_of(draft))


def of_all_steps(draft: Draft[State]) -> tuple[tuple[Claim | Holding, Step], ...]:
    """What is waited for now: what is decided about one of them changes what is waited for."""
    return tuple(draft.state.steps())


def notice_until(posted_on: date, days: int, unit: str, calendar: WorkCalendar) -> date:
    """The last day a notice hangs: its first is not counted, and a last day off moves on (民法典 201, 203)."""
    if unit == WORKDAYS:
        return nth_workday(posted_on + _A_DAY, days, calendar)
    return next_workday(posted_on + timedelta(days=days), calendar)


def in_time(draft: Draft[State], of: Claim | Holding, outcome: Outcome = Outcome.DONE) -> None:
    """What the ladder was about has been done, or has gone: it ends."""
    if of.step is not None and of.step.escalation_id is not None:
        draft.add(
            EscalationWithdrawn, escalation_id=of.step.escalation_id, outcome=outcome, resolved_by=draft.actor
        )  # fmt: skip
