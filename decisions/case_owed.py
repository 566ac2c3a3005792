"""What an elder is owed, and by whom: another visitor, an escalation, a need put before a person; or, for a reason, by
nobody any more.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime

from decisions import cadence
from decisions.case_state import LADDER_CAUSES, State, Visit
from decisions.draft import Draft
from decisions.edition import under
from models.events import (
    AssessmentDue,
    EscalationOpened,
    EscalationWithdrawn,
    LadderHeld,
    ServiceNeeded,
    VisitCancelled,
    VisitReassigned,
)
from models.ids import escalation_stream
from models.messages import PeriodBriefing
from models.values import Actor, CaseStatus, EscalationCause, Need, Outcome, Urgency, VisitState


def cancel_visit(
    draft: Draft[State], visit: Visit, reason: str, given_by: Actor | None = None, *, tell: bool = True
) -> None:
    """`given_by`: who gave the reason, if not whoever speaks. Not `tell`: its visitor was never asked for it."""
    draft.add(
        VisitCancelled, visit_id=visit.visit_id, reason=reason, given_by=given_by or draft.actor,
        volunteer_id=visit.volunteer_id if tell else None,
    )  # fmt: skip


def escalate_visit(draft: Draft[State], visit: Visit, cause: EscalationCause) -> None:
    """Give the visit its one standing escalation, unless it has it already. A further one has an id of its own.

    While a death is reported it waits: the death's own escalation is the only one to send people to this door.
    """
    known = draft.state.known_visit(visit.visit_id)
    if any(e.escalation_id == known.escalation_id for e in draft.state.escalations):
        return
    if draft.state.status is CaseStatus.DEATH_REPORTED:
        if known.held is None:
            draft.add(LadderHeld, visit_id=visit.visit_id, cause_of=cause)
        return
    cause_id = visit.visit_id.partition(".")[2]
    if known.escalation_id is not None:
        cause_id = f"{cause_id}-{cause.value}-{draft.now.strftime('%Y%m%d%H%M%S')}"
    open_escalation(draft, cause, cause_id, visit=visit)


def open_escalation(
    draft: Draft[State],
    cause: EscalationCause,
    cause_id: str,
    *,
    visit: Visit | None = None,
    urgency: Urgency = Urgency.ORDINARY,
) -> None:
    state = draft.state
    draft.add(
        EscalationOpened, escalation_id=escalation_stream(state.elder_id, cause_id), cause_of=cause, urgency=urgency,
        visit_id=visit.visit_id if visit else None, first_role=state.rules.first_role.get(cause),
        ends_at=visit.period.ends_at if visit else None, township_id=state.township_id, village_id=state.village_id,
    )  # fmt: skip


def withdraw(
    draft: Draft[State], outcome: Outcome, causes: Container[EscalationCause] = tuple(EscalationCause)
) -> None:
    """End these, because what they were about has gone; whoever spoke last is named."""
    for open_ in draft.state.escalations:
        if open_.cause_of in causes:
            draft.add(EscalationWithdrawn, escalation_id=open_.escalation_id, outcome=outcome, resolved_by=draft.actor)


def owe_ladder(draft: Draft[State], visit_id: str | None, cause: EscalationCause) -> None:
    """A visit that nobody has made has somebody who answers for it; while a death is reported, once it is undone."""
    visit = draft.state.visit(visit_id)
    if visit is not None and visit.state in (VisitState.OPEN, VisitState.MISSED):
        escalate_visit(draft, visit, cause)


def end_ladder(
    draft: Draft[State], visit: Visit, outcome: Outcome = Outcome.REPORTED_BY_VISITOR, by: Visit | None = None
) -> None:
    """Anyone's later valid report ends the visit's escalation, with that person as the named one."""
    for open_ in draft.state.escalations:
        if open_.visit_id == visit.visit_id and open_.cause_of in LADDER_CAUSES:
            draft.add(
                EscalationWithdrawn, escalation_id=open_.escalation_id, outcome=outcome,
                resolved_by=draft.actor, by_visit_id=by.visit_id if by else None,
            )  # fmt: skip


def answer_missed(draft: Draft[State], seen: Visit, on: date, at: datetime | None) -> None:
    """Whoever was seen since is looked for no more, since edition 2: the visit stays missed, its ladder ends."""
    if not under(draft.state.edition, {1: False, 2: True}):
        return
    for visit in draft.state.visits:
        if visit.state is VisitState.MISSED and not cadence.precedes(visit.period, on, at):
            end_ladder(draft, visit, by=seen)


def owe_missed(draft: Draft[State], taken_back: Visit) -> None:
    """What a report had ended besides its own visit's ladder is owed again without it."""
    for visit in draft.state.visits:
        if visit.answered_by == taken_back.visit_id:
            owe_ladder(draft, visit.visit_id, EscalationCause.NOT_SEEN)


def hand_over(draft: Draft[State], visit: Visit, briefing: PeriodBriefing | None, reason: str) -> None:
    found = briefing.assignment if briefing else None
    draft.add(
        VisitReassigned, visit_id=visit.visit_id, from_id=visit.volunteer_id,
        to_id=found.volunteer_id if found else None, reason=reason,
        assigned_because=found.reason if found else "nobody",
    )  # fmt: skip
    if found is None or found.volunteer_id is None:
        escalate_visit(draft, visit, EscalationCause.NO_VOLUNTEER)


def record_needs(draft: Draft[State], visit_id: str, needs: tuple[Need, ...]) -> None:
    for need in needs:
        draft.add(AssessmentDue if need is Need.ASSESSMENT else ServiceNeeded, visit_id=visit_id, need=need)
