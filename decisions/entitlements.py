"""What is paid, month after month: looked at when something is heard and when a month begins, changed by people.

A change is proposed by rule, and never takes effect by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from decisions.benefit_time import month_of
from decisions.claim_rules import (
    Found,
    change_of,
    ended_by,
    ended_with_its_rule,
    is_as_it_was,
    look,
    set_aside,
)
from decisions.claim_state import Claim, Holding, State
from decisions.claim_steps import open_claim
from decisions.claim_terms import due, in_time, of_all_steps
from decisions.deadlines import civil_day
from decisions.draft import Draft
from decisions.placing import take_place
from models.benefits import Outcome as Answer
from models.claim_messages import (
    BenefitBriefing,
    EndBenefits,
    FactsChanged,
    HoldBenefits,
    ReleaseBenefits,
)
from models.claims import Change, ClaimStage, ClaimTrigger, EndCause, Heard, Proposed
from models.errors import Refusal
from models.events import (
    BenefitsEnded,
    BenefitsLookedAt,
    ChangeLapsed,
    ChangeProposed,
    ClaimEnded,
    PaymentsHeld,
    PaymentsReleased,
    ReviewDue,
)
from models.values import CloseReason, Id, Outcome

BY_PEOPLE = (EndCause.DEATH, EndCause.MOVED_OUT)  # told of by the case: no rule takes it back
WHY = {CloseReason.DEATH_CONFIRMED: EndCause.DEATH, CloseReason.MOVED_OUT: EndCause.MOVED_OUT}


# --- about all of them -----------------------------------------------------------------------------------------------


def of_all(
    draft: Draft[State],
    message: FactsChanged | HoldBenefits | ReleaseBenefits | EndBenefits,
    briefing: BenefitBriefing,
) -> None:
    match message:
        case HoldBenefits() if not is_dead(briefing):
            draft.refuse(Refusal.NO_DEATH_REPORTED)
        case HoldBenefits() if draft.state.held:
            draft.refuse(Refusal.ALREADY_REPORTED)
        case ReleaseBenefits() if is_dead(briefing):
            draft.refuse(Refusal.PAYMENT_HELD)
        case ReleaseBenefits() if not draft.state.held:
            draft.refuse(Refusal.NO_DEATH_REPORTED)
        case HoldBenefits() | ReleaseBenefits():
            hold_or_release(draft, briefing)
        case EndBenefits():
            _end_all(draft, message, briefing)
        case FactsChanged():
            take_place(draft, briefing)
            hold_or_release(draft, briefing)
            look_at_all(draft, briefing, message.heard)


def hold_or_release(draft: Draft[State], briefing: BenefitBriefing) -> None:
    """As the case has it now, in whichever order its messages come: a death holds; who lives, or is back, is paid."""
    state = draft.state
    if is_dead(briefing):
        if not state.held:
            draft.add(PaymentsHeld, codes=_owed(state, month_of(civil_day(draft.now))))
        return
    back = state.gone is not None and briefing.gone is None
    if state.held or back:
        codes = tuple(holding.code for holding in state.holdings.values() if holding.held)
        draft.add(PaymentsReleased, codes=codes, back=back)
    if briefing.gone is None:
        for holding in tuple(draft.state.holdings.values()):
            if is_told(holding):
                in_time(draft, holding, Outcome.WITHDRAWN)
                draft.add(ChangeLapsed, code=holding.code)


def is_told(holding: Holding) -> bool:
    """Its end is proposed because the case told of a death or a move, and by no rule."""
    return holding.change is not None and holding.change.ends in BY_PEOPLE and holding.changed is None


def is_dead(briefing: BenefitBriefing) -> bool:
    """Said to be, or known."""
    return briefing.reported or briefing.gone is CloseReason.DEATH_CONFIRMED


def _owed(state: State, month: date) -> tuple[str, ...]:
    """What is paid for this month, stopped since or not."""
    return tuple(
        holding.code for holding in state.holdings.values()
        if holding.entitlement.through is None or holding.entitlement.through >= month
    )  # fmt: skip


def look_at_all(draft: Draft[State], briefing: BenefitBriefing, heard: Heard | None) -> None:
    """By the rules of the month: what is held, and what nobody has asked for though the rules give it."""
    idle = is_dead(briefing) or briefing.gone is not None or briefing.rules is None
    draft.add(BenefitsLookedAt, month=month_of(civil_day(draft.now)), heard=heard, idle=idle)
    if idle:
        return
    found = look(draft.state, briefing)
    for holding in draft.state.running:
        look_at(draft, holding, found.get(holding.code))
    open_new(draft, found, briefing)


def open_new(draft: Draft[State], found: Mapping[Id, Found], briefing: BenefitBriefing) -> None:
    for each in new_to(draft.state, found):
        open_claim(draft, each, ClaimTrigger.DISCOVERED, civil_day(draft.now), briefing)


def new_to(state: State, found: Mapping[Id, Found]) -> list[Found]:
    """主动发现: what the rules give, and nobody has asked for."""
    return [
        each for code, each in found.items() if each.may_be and each.benefit.start is not None and _is_free(state, code)
    ]


def _is_free(state: State, code: str) -> bool:
    """Neither claimed nor held, nor is anybody to be told of its end; nor set aside, after which somebody must ask."""
    holding = state.holdings.get(code)
    held = holding is not None and (holding.runs or holding.step is not None)
    return state.stage(code) is None and not held and code not in set_aside(state)


def _end_all(draft: Draft[State], message: EndBenefits, briefing: BenefitBriefing) -> None:
    """Of a case that has been opened again since it ends nothing."""
    if briefing.gone is not message.reason:
        draft.refuse(Refusal.NOT_CLOSED)
        return
    benefits = {benefit.code: benefit for benefit in briefing.rules.benefits} if briefing.rules else {}
    for of, _ in of_all_steps(draft):
        if isinstance(of, Claim) and of.decision is None:
            in_time(draft, of, Outcome.WITHDRAWN)
            draft.add(ClaimEnded, code=of.code, n=of.n, reason=message.reason)
    if message.reason is CloseReason.DEATH_CONFIRMED and not draft.state.held:
        draft.add(PaymentsHeld, codes=_owed(draft.state, month_of(message.on or civil_day(draft.now))))
    for holding in tuple(draft.state.holdings.values()):
        change = ended_by(benefits.get(holding.code), WHY[message.reason], message.on)
        if holding.runs or is_earlier(change.month, holding):
            propose_change(draft, holding.model_copy(update={"dropped": None}), change, None)
    draft.add(BenefitsEnded, reason=message.reason, on=message.on)


def is_earlier(month: date | None, holding: Holding) -> bool:
    """Than the last month it was stopped with: so it is owed for less."""
    through = holding.entitlement.through
    return month is not None and through is not None and month < through


# --- one of them -----------------------------------------------------------------------------------------------------


def look_at(draft: Draft[State], holding: Holding, found: Found | None) -> None:
    stage = holding.step.stage if holding.step else None
    if found is None:
        propose_change(draft, holding, ended_with_its_rule(draft.state, month_of(civil_day(draft.now))), None)
    elif is_as_it_was(holding, found):
        if stage is ClaimStage.CHANGING and not is_told(holding):
            in_time(draft, holding, Outcome.WITHDRAWN)
            draft.add(ChangeLapsed, code=holding.code)
    elif found.proposed.outcome is Answer.CANNOT_DECIDE:
        if holding.step is None:
            due_at = due(draft, holding, ClaimStage.REVIEWING)
            draft.add(ReviewDue, code=holding.code, missing=found.proposed.missing, due_at=due_at)
    else:
        change = change_of(draft.state, holding, found)
        if change is not None:
            propose_change(draft, holding, change, found.proposed)


def propose_change(draft: Draft[State], holding: Holding, change: Change, proposed: Proposed | None) -> None:
    """Not twice the same, in whichever month; not what a person has said does not hold; and what began before that is
    decided first.
    """
    open_ = holding.change
    if is_the_same(change, open_) or is_the_same(change, holding.dropped) or begins_after(change, open_):
        return
    in_time(draft, holding)
    draft.add(
        ChangeProposed, code=holding.code, change=change, proposed=proposed,
        due_at=due(draft, holding, ClaimStage.CHANGING),
    )  # fmt: skip


def is_the_same(change: Change, known: Change | None) -> bool:
    """In whichever month; but what came of another day is another, and so is an age reached in another month."""
    if known is None or (change.by_age and known.by_age and change.month != known.month):
        return False
    return _gives_the_same(change, known)


def _gives_the_same(change: Change, known: Change) -> bool:
    ours = (change.ends, change.row, change.fen, change.on)
    return ours == (known.ends, known.row, known.fen, known.on)


def begins_after(change: Change, open_: Change | None) -> bool:
    """Another amount, while one from an earlier month, or one whose month nobody has named yet, is not decided."""
    if open_ is None or change.ends is not None or open_.ends is not None or change.month is None:
        return False
    if _gives_the_same(change, open_):  # the age is reached in another month than was thought
        return False
    return open_.month is None or open_.month < change.month
