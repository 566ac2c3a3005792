"""A case in other circumstances: closed and a case again, or moved while it is one."""

from __future__ import annotations

from decisions.case_state import State
from decisions.case_time import adopt, enrolled_at, next_period, take_place
from decisions.deadlines import civil_day
from decisions.draft import Draft
from models.errors import Refusal
from models.events import CaseReopened, PeriodSkipped
from models.messages import PeriodBriefing, Wanted
from models.values import ENGINE, ActorKind, CaseStatus


def wants_place(state: State) -> Wanted | None:
    """What the register knows of the elder now; no visitor."""
    return Wanted() if state.status is not CaseStatus.CLOSED else None


def wants_reopening(state: State) -> Wanted | None:
    return Wanted() if state.status is CaseStatus.CLOSED else None


def reopen(draft: Draft[State], briefing: PeriodBriefing | None) -> None:
    """It goes on under the rules and in the place of today. What was closed in this period stays so; the next opens."""
    state = draft.state
    if draft.actor.kind is not ActorKind.STAFF:
        draft.refuse(Refusal.STAFF_ONLY)
    elif state.died_on is not None:
        draft.refuse(Refusal.HAS_DIED)
    elif state.status is not CaseStatus.CLOSED or briefing is None:
        draft.refuse(Refusal.NOT_CLOSED)
    else:
        policy = briefing.policy or state.rules
        draft.add(CaseReopened, enrolled_at=enrolled_at(policy, civil_day(draft.now), draft.now))
        adopt(draft, briefing)
        period, reason = next_period(draft.state)
        if reason:
            draft.add(PeriodSkipped, period=period, reason=reason, given_by=ENGINE)


def move(draft: Draft[State], briefing: PeriodBriefing | None) -> None:
    """Whatever is asked of people from now on goes to the new place."""
    if briefing is None or not take_place(draft, briefing):
        draft.refuse(Refusal.ALREADY_REPORTED)
