"""What is paid, month after month: looked at when something is heard and when a month begins, changed by people.

A change is proposed by rule, and never takes effect by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from decisions import deadlines
from decisions.benefit_time import month_before, month_of
from decisions.claim_rules import (
    Found,
    change_of,
    ended_by,
    ended_with_its_rule,
    is_as_it_was,
    look,
    missing,
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
    ConfirmChange,
    EndBenefits,
    FactsChanged,
    HoldBenefits,
    KeepBenefit,
    ReleaseBenefits,
    ReviewBenefit,
    StopBenefit,
)
from models.claims import Change, ClaimStage, ClaimTrigger, EndCause, Heard, Proposed
from models.errors import Refusal, StateContradicted
from models.events import (
    BenefitsEnded,
    BenefitsLookedAt,
    ChangeDropped,
    ChangeLapsed,
    ChangeProposed,
    ClaimEnded,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
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
        case HoldBenefits() if not _is_dead(briefing):
            draft.refuse(Refusal.NO_DEATH_REPORTED)
        case HoldBenefits() if draft.state.held:
            draft.refuse(Refusal.ALREADY_REPORTED)
        case ReleaseBenefits() if _is_dead(briefing):
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
    if _is_dead(briefing):
        if not state.held:
            draft.add(PaymentsHeld, codes=_owed(state, month_of(civil_day(draft.now))))
        return
    back = state.gone is not None and briefing.gone is None
    if state.held or back:
        codes = tuple(holding.code for holding in state.holdings.values() if holding.held)
        draft.add(PaymentsReleased, codes=codes, back=back)
    if briefing.gone is None:
        for holding in tuple(draft.state.holdings.values()):
            if _is_told(holding):
                in_time(draft, holding, Outcome.WITHDRAWN)
                draft.add(ChangeLapsed, code=holding.code)


def _is_told(holding: Holding) -> bool:
    """Its end is proposed because the case told of a death or a move, and by no rule."""
    return holding.change is not None and holding.change.ends in BY_PEOPLE and holding.changed is None


def _is_dead(briefing: BenefitBriefing) -> bool:
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
    idle = _is_dead(briefing) or briefing.gone is not None or briefing.rules is None
    draft.add(BenefitsLookedAt, month=month_of(civil_day(draft.now)), heard=heard, idle=idle)
    if idle:
        return
    found = look(draft.state, briefing)
    for holding in draft.state.running:
        _look_at(draft, holding, found.get(holding.code))
    _open_new(draft, found, briefing)


def _open_new(draft: Draft[State], found: Mapping[Id, Found], briefing: BenefitBriefing) -> None:
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
        if holding.runs or _is_earlier(change.month, holding):
            _propose(draft, holding.model_copy(update={"dropped": None}), change, None)
    draft.add(BenefitsEnded, reason=message.reason, on=message.on)


def _is_earlier(month: date | None, holding: Holding) -> bool:
    """Than the last month it was stopped with: so it is owed for less."""
    through = holding.entitlement.through
    return month is not None and through is not None and month < through


# --- one of them -----------------------------------------------------------------------------------------------------


def _look_at(draft: Draft[State], holding: Holding, found: Found | None) -> None:
    stage = holding.step.stage if holding.step else None
    if found is None:
        _propose(draft, holding, ended_with_its_rule(draft.state, month_of(civil_day(draft.now))), None)
    elif is_as_it_was(holding, found):
        if stage is ClaimStage.CHANGING and not _is_told(holding):
            in_time(draft, holding, Outcome.WITHDRAWN)
            draft.add(ChangeLapsed, code=holding.code)
    elif found.proposed.outcome is Answer.CANNOT_DECIDE:
        if holding.step is None:
            due_at = due(draft, holding, ClaimStage.REVIEWING)
            draft.add(ReviewDue, code=holding.code, missing=found.proposed.missing, due_at=due_at)
    else:
        change = change_of(draft.state, holding, found)
        if change is not None:
            _propose(draft, holding, change, found.proposed)


def _propose(draft: Draft[State], holding: Holding, change: Change, proposed: Proposed | None) -> None:
    """Not twice the same, in whichever month; not what a person has said does not hold; and what began before that is
    decided first.
    """
    open_ = holding.change
    if _is_the_same(change, open_) or _is_the_same(change, holding.dropped) or _begins_after(change, open_):
        return
    in_time(draft, holding)
    draft.add(
        ChangeProposed, code=holding.code, change=change, proposed=proposed,
        due_at=due(draft, holding, ClaimStage.CHANGING),
    )  # fmt: skip


def _is_the_same(change: Change, known: Change | None) -> bool:
    """In whichever month; but what came of another day is another."""
    ours = (change.ends, change.row, change.fen, change.on)
    return known is not None and ours == (known.ends, known.row, known.fen, known.on)


def _begins_after(change: Change, open_: Change | None) -> bool:
    """Another amount, while one from an earlier month, or one whose month nobody has named yet, is not decided."""
    if open_ is None or change.ends is not None or open_.ends is not None or change.month is None:
        return False
    return open_.month is None or open_.month < change.month


# --- a person's word -------------------------------------------------------------------------------------------------


def decide(
    draft: Draft[State],
    message: ConfirmChange | KeepBenefit | ReviewBenefit | StopBenefit,
    holding: Holding,
    briefing: BenefitBriefing,
) -> None:
    match message:
        case ConfirmChange():
            _confirm(draft, message, holding, briefing)
        case KeepBenefit():
            _keep(draft, holding, briefing)
        case ReviewBenefit():
            _review(draft, holding, briefing)
        case StopBenefit():
            _stop(draft, message, holding, briefing)


def _goes_on(draft: Draft[State], holding: Holding, briefing: BenefitBriefing) -> None:
    take_place(draft, briefing)
    in_time(draft, holding)


def _confirm(draft: Draft[State], message: ConfirmChange, holding: Holding, briefing: BenefitBriefing) -> None:
    change = holding.change
    if change is None:
        raise StateContradicted(f"{holding.code} waits for a change that nobody proposed")
    month = change.month or message.month
    refusal = _why_not(draft, message, holding, briefing) or _claimed_anew(draft.state, holding)
    if refusal is not None or month is None:
        draft.refuse(refusal or Refusal.MONTH_NEEDED)
        return
    _goes_on(draft, holding, briefing)
    if change.ends is not None:
        _stopped(draft, holding, change.ends, change.on, month, holding.changed, briefing)
        return
    draft.add(
        EntitlementChanged, code=holding.code, row=change.row, fen=change.fen, from_month=month,
        proposed=holding.changed,
    )  # fmt: skip
    found = look(draft.state, briefing).get(holding.code)  # what began later waited for this
    _look_at(draft, draft.state.holding(holding.code), found)


def _why_not(
    draft: Draft[State], message: ConfirmChange, holding: Holding, briefing: BenefitBriefing
) -> Refusal | None:
    change = holding.change
    if change is None or (message.row, message.fen) != (change.row, change.fen):
        return Refusal.OTHER_AMOUNT
    if _is_told(holding):
        if briefing.gone is None:
            return Refusal.CHANGED_SINCE
    elif briefing.rules is None:
        return Refusal.NO_RULES
    elif not _is_still_so(draft.state, holding, change, look(draft.state, briefing).get(holding.code)):
        return Refusal.CHANGED_SINCE
    return _wrong_month(holding, message.month, change, civil_day(draft.now))


def _is_still_so(state: State, holding: Holding, change: Change, found: Found | None) -> bool:
    """By what is known now, in whichever month: how much, or why it ends. What begins later speaks for later."""
    if found is None:
        return change.ends is EndCause.RULE_ENDED
    if change.ends is EndCause.NOT_ELIGIBLE and found.proposed.outcome is Answer.CANNOT_DECIDE:
        return True
    now = change_of(state, holding, found)
    return now is not None and (_is_the_same(now, change) or _begins_after(now, change))


def _wrong_month(holding: Holding, named: date | None, change: Change, today: date) -> Refusal | None:
    """A person names a month where no rule does: its first day, none before it was paid, and none to come as the last.

    The last month of what was never paid is the one before its first.
    """
    if named is None or change.month is not None:
        return Refusal.OTHER_MONTH if named not in (None, change.month) else None
    first = holding.entitlement.from_month if change.ends is None else holding.first
    fits = first <= named if change.ends is None else month_before(first) <= named <= month_of(today)
    return None if fits and named.day == 1 else Refusal.OTHER_MONTH


def _keep(draft: Draft[State], holding: Holding, briefing: BenefitBriefing) -> None:
    """Not of who has died or is gone: nobody would look at it again."""
    if _is_told(holding) and briefing.gone is not None:
        draft.refuse(Refusal.ELDER_GONE)
        return
    _goes_on(draft, holding, briefing)
    draft.add(ChangeDropped, code=holding.code, change=holding.change)


def _review(draft: Draft[State], holding: Holding, briefing: BenefitBriefing) -> None:
    """It goes on as it is, or as a person has said before, unless something else is to be proposed."""
    found = look(draft.state, briefing)
    mine = found.get(holding.code)
    if briefing.rules is None:
        draft.refuse(Refusal.NO_RULES)
        return
    cannot = mine is not None and mine.proposed.outcome is Answer.CANNOT_DECIDE
    if cannot and missing(found, holding.code):
        draft.refuse(Refusal.FACTS_MISSING)
        return
    before = len(draft.events)
    if mine is not None and cannot:
        nobody_says = Change(ends=EndCause.NOT_ELIGIBLE, row=None, fen=None, month=None, on=None)
        _propose(draft, holding, nobody_says, mine.proposed)
    else:
        _look_at(draft, holding, mine)
    if len(draft.events) == before:
        in_time(draft, holding)
        review_on = deadlines.months_after(civil_day(draft.now), holding.terms.review_months)
        draft.add(
            EntitlementReviewed, code=holding.code, proposed=mine.proposed if mine else None, review_on=review_on
        )  # fmt: skip
    take_place(draft, briefing)


def _stop(draft: Draft[State], message: StopBenefit, holding: Holding, briefing: BenefitBriefing) -> None:
    """Of what runs; and of what was stopped with a later month than it should have been."""
    found = look(draft.state, briefing).get(holding.code)
    ruled = ended_by(found.benefit if found else None, message.why, message.on)
    month = ruled.month or message.month
    if message.on > civil_day(message.received_at):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif month is None:
        draft.refuse(Refusal.MONTH_NEEDED)
    elif (refusal := _wrong_month(holding, message.month, ruled, civil_day(draft.now))) is not None:
        draft.refuse(refusal)
    elif not holding.runs and not _is_earlier(month, holding):
        draft.refuse(Refusal.NOT_PAID)
    elif (other := _claimed_anew(draft.state, holding)) is not None:
        draft.refuse(other)
    else:
        _goes_on(draft, holding, briefing)
        _stopped(draft, holding, message.why, message.on, month, found.proposed if found else None, briefing)


def _claimed_anew(state: State, holding: Holding) -> Refusal | None:
    """What was stopped is stopped earlier only while no later claim to it is under way."""
    claim = state.claims.get(holding.code)
    is_other = claim is not None and claim.n != holding.n and claim.step is not None
    return Refusal.CLAIM_NOT_THERE if is_other else None


def _stopped(
    draft: Draft[State],
    holding: Holding,
    why: EndCause,
    on: date | None,
    month: date,
    proposed: Proposed | None,
    briefing: BenefitBriefing,
) -> None:
    """Who is told of it is told of all; what gave way to it may be due now."""
    in_time(draft, draft.state.claim(holding.code))
    draft.add(
        EntitlementStopped, code=holding.code, why=why, on=on, through=month, proposed=proposed,
        due_at=due(draft, holding, ClaimStage.TELLING),
    )  # fmt: skip
    if why not in BY_PEOPLE and not _is_dead(briefing) and briefing.gone is None:
        _open_new(draft, look(draft.state, briefing), briefing)
