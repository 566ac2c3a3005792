"""When an elder's benefits are looked at again, and what is due then: a notice, a month, a reminder, the ladder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from decisions import entitlements
from decisions.benefit_time import next_month
from decisions.cadence import share
from decisions.claim_state import Claim, Holding, State, Step, about
from decisions.claim_terms import due, of_all_steps
from decisions.deadlines import civil_day, instant
from decisions.draft import Draft
from decisions.placing import take_place
from models.claim_messages import BenefitBriefing
from models.claims import STAGE_ROLE, ClaimStage
from models.errors import Refusal, StateContradicted
from models.events import (
    ApprovalDue,
    ClaimProlonged,
    ClaimReminded,
    ClaimWithdrawn,
    EscalationEnded,
    EscalationOpened,
    NoticeEnded,
    ReviewDue,
)
from models.ids import escalation_stream
from models.messages import EscalationClosed
from models.values import EscalationCause, Outcome, Role, Urgency

LOOKED_AFTER = timedelta(days=365)  # a ladder that stands so long: whom it waits for is told once more
LOOKS_WITHIN = 6 * 60  # minutes of the month's first night: all who are paid are looked at, not in one moment


# --- when to look again ----------------------------------------------------------------------------------------------


def rests(state: State) -> bool:
    """Nothing is under way and nothing is paid: the run may end, and begins again with the next message."""
    return state.opened and next(_moments(state), None) is None


def next_wakeup(state: State) -> datetime | None:
    """When to look again. None: at once, before anything has been recorded; or never, where it rests."""
    return min(_moments(state), default=None)


def is_due(state: State, now: datetime) -> bool:
    wakeup = next_wakeup(state)
    return wakeup is not None and wakeup <= now


def looks(state: State, now: datetime) -> bool:
    """A month has begun in which what is paid has not been looked at."""
    moment = _month_moment(state)
    return moment is not None and moment <= now


def reminds(state: State, now: datetime) -> tuple[Role, ...]:
    """Whose holders are to be told once more now."""
    roles = [STAGE_ROLE[step.stage] for of, step in state.steps() if _reminds(of, step, now)]
    return tuple(dict.fromkeys(roles))


def _moments(state: State) -> Iterator[datetime]:
    for of, step in state.steps():
        yield _step_moment(of, step)
    month = _month_moment(state)
    if month is not None:
        yield month
    for holding in _to_review(state):
        yield instant(holding.entitlement.review_on)


def _step_moment(of: Claim | Holding, step: Step) -> datetime:
    if step.stage is ClaimStage.POSTED:
        return step.due_at
    if step.escalation_id is not None:
        return max(step.due_at, step.looked_at or step.due_at) + LOOKED_AFTER
    remind_at = _remind_at(of, step)
    return remind_at if step.looked_at is None and remind_at > step.since else step.due_at


def _remind_at(of: Claim | Holding, step: Step) -> datetime:
    return step.due_at - timedelta(days=of.terms.remind_days)


def _month_moment(state: State) -> datetime | None:
    """Of who is paid, and of whom no death is known."""
    if state.gone is not None or state.looked is None or not state.running:
        return None
    return instant(next_month(state.looked)) + timedelta(minutes=share(state.elder_id, LOOKS_WITHIN))


def _to_review(state: State) -> Iterator[Holding]:
    if state.gone is None:
        yield from (holding for holding in state.running if holding.step is None)


# --- when it is due --------------------------------------------------------------------------------------------------


def looked_up(briefing: BenefitBriefing | None) -> BenefitBriefing:
    if briefing is None:
        raise StateContradicted("what this step needs was not looked up")
    return briefing


def pass_time(draft: Draft[State], briefing: BenefitBriefing | None) -> None:
    if not is_due(draft.state, draft.now):
        return
    known = looked_up(briefing)
    take_place(draft, known)
    _notices(draft)
    if looks(draft.state, draft.now):
        entitlements.look_at_all(draft, known, None)
    _reviews(draft)
    for of, step in of_all_steps(draft):
        if _reminds(of, step, draft.now):
            owner = known.owners.get(STAGE_ROLE[step.stage])
            draft.add(ClaimReminded, code=of.code, stage=step.stage, owner=owner)
        elif step.escalation_id is None and step.due_at <= draft.now:
            _escalate(draft, of, step)


def _reminds(of: Claim | Holding, step: Step, now: datetime) -> bool:
    if step.stage is ClaimStage.POSTED or _step_moment(of, step) > now:
        return False
    return step.escalation_id is not None or step.due_at > now


def _notices(draft: Draft[State]) -> None:
    for of, step in of_all_steps(draft):
        if isinstance(of, Claim) and step.stage is ClaimStage.POSTED and step.due_at <= draft.now:
            draft.add(NoticeEnded, code=of.code, n=of.n, until_on=of.until_on)
            draft.add(ApprovalDue, code=of.code, n=of.n, due_at=due(draft, of, ClaimStage.APPROVING))


def _reviews(draft: Draft[State]) -> None:
    today = civil_day(draft.now)
    for holding in tuple(_to_review(draft.state)):
        if holding.entitlement.review_on <= today:
            due_at = due(draft, holding, ClaimStage.REVIEWING)
            draft.add(ReviewDue, code=holding.code, missing=(), due_at=due_at)


# --- the ladder ------------------------------------------------------------------------------------------------------


def _escalate(draft: Draft[State], of: Claim | Holding, step: Step) -> None:
    """From the pack's first role; but what the county has to do begins with the county."""
    state, cause = draft.state, EscalationCause.BENEFIT_LATE
    roles = draft.policy.first_role if draft.policy else {}
    first = Role.COUNTY_OFFICER if STAGE_ROLE[step.stage] is Role.COUNTY_OFFICER else roles.get(cause)
    draft.add(
        EscalationOpened,
        escalation_id=escalation_stream(state.elder_id, f"benefit-{state.ladders + 1}"),
        cause_of=cause, urgency=Urgency.ORDINARY, visit_id=None, first_role=first or Role.TOWNSHIP_OFFICER,
        ends_at=None, township_id=state.township_id, village_id=state.village_id, about=about(of, step),
    )  # fmt: skip


def ladder_ended(draft: Draft[State], message: EscalationClosed) -> None:
    """A named person has dealt with it. Unless the elder does not want it, the step is still to be done, in a new term.

    Of a ladder that was withdrawn meanwhile only what was found counts.
    """
    mine = next((of for of, step in draft.state.steps() if step.escalation_id == message.escalation_id), None)
    if mine is None and message.outcome not in (Outcome.DIED, Outcome.MOVED):
        draft.refuse(Refusal.ALREADY_CLOSED)
        return
    draft.add(
        EscalationEnded, escalation_id=message.escalation_id, outcome=message.outcome, resolved_by=message.resolved_by
    )
    if mine is None or mine.step is None:
        return
    stage = mine.step.stage
    if message.outcome is Outcome.REFUSED and isinstance(mine, Claim) and mine.decision is None:
        draft.add(ClaimWithdrawn, code=mine.code, n=mine.n)
    else:
        draft.add(ClaimProlonged, code=mine.code, stage=stage, due_at=due(draft, mine, stage))
