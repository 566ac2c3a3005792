"""The benefits of one elder: asked for or found out, checked, posted, approved, told, reviewed, stopped.

Pure. State: `claim_state`, its fold: `claim_fold`. What the rules give: `claim_rules`. A claim's steps: `claim_steps`.
What is held: `entitlements`, and a person's word about it: `entitlement_word`. Time and the ladder: `claim_time`. Who
may take which step is settled before (`decisions.permits`).
"""

from __future__ import annotations

from datetime import datetime

from decisions import claim_steps, entitlement_word, entitlements
from decisions.benefit_time import month_of
from decisions.claim_fold import evolve
from decisions.claim_state import State, begin, initial
from decisions.claim_time import is_due, ladder_ended, looked_up, looks, next_wakeup, pass_time, reminds, rests
from decisions.deadlines import civil_day
from decisions.draft import Draft
from decisions.hearing import heard
from models.claim_messages import (
    ApproveBenefit,
    AskPapers,
    BenefitBriefing,
    BenefitMessage,
    BenefitQuestion,
    CheckBenefit,
    ChooseBenefit,
    ConfirmChange,
    ConfirmListed,
    DecideObjection,
    EndBenefits,
    FactsChanged,
    HandInPapers,
    HoldBenefits,
    KeepBenefit,
    ObjectBenefit,
    PostNotice,
    RefuseBenefit,
    ReleaseBenefits,
    RequestBenefit,
    ReturnBenefit,
    ReviewBenefit,
    StopBenefit,
    TellDecision,
    WithdrawBenefit,
)
from models.claims import ClaimStage
from models.digests import policy_digest
from models.errors import Refusal, StateContradicted
from models.events import BenefitsOpened, Event
from models.messages import EscalationClosed, Tick

__all__ = ["State", "begin", "decide", "evolve", "initial", "next_wakeup", "rests", "wants"]

S = ClaimStage
BEFORE_A_DECISION = (S.PAPERS, S.CHECKING, S.POSTING, S.POSTED, S.RECHECKING, S.APPROVING)

# kind of message → what the claim must wait for.
WHEN: dict[str, tuple[ClaimStage, ...]] = {
    "ask_papers": (S.CHECKING,),
    "hand_in_papers": (S.PAPERS,),
    "check_benefit": (S.CHECKING,),
    "post_notice": (S.POSTING,),
    "object_benefit": (S.POSTING, S.POSTED, S.RECHECKING, S.APPROVING),
    "decide_objection": (S.RECHECKING,),
    "choose_benefit": BEFORE_A_DECISION,
    "approve_benefit": (S.APPROVING,),
    "refuse_benefit": (S.PAPERS, S.CHECKING, S.APPROVING),  # papers may never come, a fact never be found
    "return_benefit": (S.APPROVING,),
    "withdraw_benefit": BEFORE_A_DECISION,
}
# kind of message → what the entitlement must wait for.
WHEN_HELD: dict[str, ClaimStage] = {
    "confirm_change": S.CHANGING,
    "keep_benefit": S.CHANGING,
    "review_benefit": S.REVIEWING,
}


# --- look-ups --------------------------------------------------------------------------------------------------------


def wants(state: State, message: BenefitMessage | Tick, now: datetime) -> BenefitQuestion | None:
    """What must be looked up before `decide` can answer, or None.

    The month is that of `now`, and `decide` is given the same `now`.
    """
    asked = BenefitQuestion(elder_id=state.elder_id, at=now, known_policy=policy_digest(state.policy))
    month = month_of(civil_day(now))
    match message:
        case Tick() if not state.opened:
            return asked.model_copy(update={"law": True})
        case Tick() if is_due(state, now):
            rules = {"law": True, "month": month} if looks(state, now) else {}
            return asked.model_copy(update={"remind": reminds(state, now), **rules})
        case RequestBenefit() | FactsChanged() | ReleaseBenefits():
            return asked.model_copy(update={"law": True, "month": month})
        case (
            CheckBenefit()
            | DecideObjection()
            | ChooseBenefit()
            | ApproveBenefit()
            | RefuseBenefit()
            | ConfirmChange()
            | ConfirmListed()
            | StopBenefit()
            | ReviewBenefit()
            | EndBenefits()
        ):
            return asked.model_copy(update={"month": month})
        case Tick() | EscalationClosed() | TellDecision():
            return None
        case _:
            return asked


# --- deciding --------------------------------------------------------------------------------------------------------


def decide(
    state: State, message: BenefitMessage | Tick, now: datetime, briefing: BenefitBriefing | None = None
) -> tuple[Event, ...]:
    """The facts that follow from `message` at `now`. Empty only for a tick with nothing due."""
    if not state.opened:
        return _open(state, message, now, looked_up(briefing))
    message = heard(message, now, state.edition)
    draft = Draft(state, message, now, state.policy, evolve)
    match message:
        case Tick():
            pass_time(draft, briefing)
        case EscalationClosed():
            ladder_ended(draft, message)
        case FactsChanged() | HoldBenefits() | ReleaseBenefits() | EndBenefits():
            entitlements.of_all(draft, message, looked_up(briefing))
        case TellDecision():
            claim_steps.tell(draft, message)
        case ConfirmChange() | ConfirmListed() | KeepBenefit() | ReviewBenefit() | StopBenefit():
            _of_what_is_held(draft, message, looked_up(briefing))
        case _:
            _of_a_claim(draft, message, looked_up(briefing))
    if briefing is not None:
        entitlements.hold_or_release(draft, briefing)
    return tuple(draft.events)


def _of_what_is_held(
    draft: Draft[State],
    message: ConfirmChange | ConfirmListed | KeepBenefit | ReviewBenefit | StopBenefit,
    briefing: BenefitBriefing,
) -> None:
    holding = draft.state.holdings.get(message.code)
    stage = holding.step.stage if holding and holding.step else None
    if holding is None or stage is not WHEN_HELD.get(message.kind, stage):
        draft.refuse(Refusal.NOT_PAID)
    else:
        entitlement_word.decide(draft, message, holding, briefing)


def _of_a_claim(draft: Draft[State], message: BenefitMessage, briefing: BenefitBriefing) -> None:
    if briefing.gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
        return
    if isinstance(message, RequestBenefit):
        claim_steps.request(draft, message, briefing)
        return
    code: str = getattr(message, "code", "")
    stage = draft.state.stage(code)
    if stage is None:
        draft.refuse(Refusal.NO_CLAIM)
    elif stage not in WHEN[message.kind]:
        draft.refuse(Refusal.CLAIM_NOT_THERE)
    else:
        _step(draft, message, briefing)


def _step(draft: Draft[State], message: BenefitMessage, briefing: BenefitBriefing) -> None:
    match message:
        case AskPapers():
            claim_steps.ask_papers(draft, message, briefing)
        case HandInPapers():
            claim_steps.hand_in_papers(draft, message, briefing)
        case CheckBenefit():
            claim_steps.check(draft, message, briefing)
        case PostNotice():
            claim_steps.post_notice(draft, message, briefing)
        case ObjectBenefit():
            claim_steps.object_(draft, message, briefing)
        case DecideObjection():
            claim_steps.decide_objection(draft, message, briefing)
        case ChooseBenefit():
            claim_steps.choose(draft, message, briefing)
        case ApproveBenefit():
            claim_steps.approve(draft, message, briefing)
        case RefuseBenefit():
            claim_steps.refuse(draft, message, briefing)
        case ReturnBenefit():
            claim_steps.return_(draft, message, briefing)
        case WithdrawBenefit():
            claim_steps.withdraw(draft, message.code)
        case _:
            raise StateContradicted(f"no decision for {message.kind}")


def _open(state: State, message: BenefitMessage | Tick, now: datetime, known: BenefitBriefing) -> tuple[Event, ...]:
    if known.policy is None:
        raise StateContradicted(f"the benefits of {state.elder_id} cannot begin without a policy")
    draft = Draft(state, message, now, known.policy, evolve)
    draft.add(
        BenefitsOpened, elder_id=state.elder_id, county_id=known.county_id, township_id=known.township_id,
        village_id=known.village_id, has_case=known.has_case, policy=known.policy, edition=known.edition,
    )  # fmt: skip
    return tuple(draft.events)
