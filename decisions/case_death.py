"""A death is reported by anyone, looked into by a person, and confirmed (`case_standing` closes) or undone.

Until then nobody is sent to the door but to confirm it, except for a danger to life; and nothing is lost.
"""

from __future__ import annotations

from decisions.case_owed import open_escalation, owe_ladder, withdraw
from decisions.case_state import LADDER_CAUSES, OpenEscalation, State
from decisions.draft import Draft
from decisions.edition import under
from models.errors import Refusal
from models.events import DeathReported, DeathUndone
from models.ids import escalation_stream
from models.values import CaseStatus, EscalationCause, Outcome


def report(draft: Draft[State]) -> None:
    """Texts to and about the elder stop at once, and so, since edition 2, do the ladders of visits."""
    if draft.state.status is CaseStatus.DEATH_REPORTED:
        draft.refuse(Refusal.ALREADY_REPORTED)
        return
    cause_id = _cause_id(draft)
    draft.add(DeathReported, escalation_id=escalation_stream(draft.state.elder_id, cause_id))
    open_escalation(draft, EscalationCause.DEATH_TO_CONFIRM, cause_id)
    under(draft.state.edition, {1: _climb_on, 2: _hold_ladders})(draft)


def _climb_on(draft: Draft[State]) -> None:
    """What was asked before goes on to its end, and may find out the same."""


def _hold_ladders(draft: Draft[State]) -> None:
    climbing = [open_ for open_ in draft.state.escalations if open_.cause_of in LADDER_CAUSES]
    withdraw(draft, Outcome.WITHDRAWN, LADDER_CAUSES)
    for open_ in climbing:
        owe_ladder(draft, open_.visit_id, open_.cause_of)


def found(draft: Draft[State], ended: OpenEscalation) -> None:
    """Whoever answered for an escalation ends it with a death: that is a report, and the visit waits with the rest."""
    report(draft)
    if ended.cause_of in LADDER_CAUSES:
        owe_ladder(draft, ended.visit_id, ended.cause_of)


def undo(draft: Draft[State]) -> None:
    if draft.state.status is not CaseStatus.DEATH_REPORTED:
        draft.refuse(Refusal.NO_DEATH_REPORTED)
    else:
        _alive(draft)


def looked_into(draft: Draft[State], *, seen: bool) -> None:
    """Who was seen is not dead. Otherwise the death still waits for confirming or undoing, with an owner."""
    if seen:
        _alive(draft)
    else:
        open_escalation(draft, EscalationCause.DEATH_TO_CONFIRM, _cause_id(draft))


def _alive(draft: Draft[State]) -> None:
    """The report was mistaken: what waited for it goes on at once."""
    held = [(visit.visit_id, visit.held) for visit in draft.state.visits]
    draft.add(DeathUndone)
    withdraw(draft, Outcome.WITHDRAWN, (EscalationCause.DEATH_TO_CONFIRM,))
    for visit_id, cause in held:
        if cause is not None:
            owe_ladder(draft, visit_id, cause)


def _cause_id(draft: Draft[State]) -> str:
    return f"death-{len(draft.state.replies)}-{draft.now.strftime('%Y%m%d%H%M%S')}"
