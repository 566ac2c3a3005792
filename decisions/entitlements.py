"""What is paid, month after month: looked at when something is heard and when a month begins, changed by people.

A change is proposed by rule, and never takes effect by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from decisions import deadlines
from decisions.benefit_time import month_of
from decisions.claim_rules import (
    Found,
    change_of,
    ended_by,
    ended_with_its_rule,
    is_as_it_was,
    look,
    missing,
    month_before,
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
    codes = tuple(holding.code for holding in draft.state.running)
    match message:
        case HoldBenefits() if draft.state.held:
            draft.refuse(Refusal.ALREADY_REPORTED)
        case HoldBenefits():
            draft.add(PaymentsHeld, codes=codes)
        case ReleaseBenefits() if not draft.state.held:
            draft.refuse(Refusal.NO_DEATH_REPORTED)
        case ReleaseBenefits():
            draft.add(PaymentsReleased, codes=codes)
        case EndBenefits():
            _end_all(draft, message, briefing)
        case FactsChanged():
            take_place(draft, briefing)
            if draft.state.gone is not None and briefing.gone is None:
                draft.add(PaymentsReleased, codes=codes)
            look_at_all(draft, briefing, message.heard)


def look_at_all(draft: Draft[State], briefing: BenefitBriefing, heard: Heard | None) -> None:
    """By the rules of the month: what is held, and what nobody has asked for though the rules give it."""
    draft.add(BenefitsLookedAt, month=month_of(civil_day(draft.now)), heard=heard)
    if draft.state.held or briefing.gone is not None or briefing.rules is None:
        return
    found = look(draft.state, briefing)
    for holding in draft.state.running:
        _look_at(draft, holding, found.get(holding.code))
    for each in new_to(draft.state, found):
        open_claim(draft, each, ClaimTrigger.DISCOVERED, civil_day(draft.now), briefing)


def new_to(state: State, found: Mapping[Id, Found]) -> list[Found]:
    """主动发现: what the rules give, and nobody has asked for."""
    return [
        each for code, each in found.items() if each.may_be and each.benefit.start is not None and _is_free(state, code)
    ]


def _is_free(state: State, code: str) -> bool:
    """Neither claimed nor held; nor refused or given up before, after which somebody must ask."""
    held = code in state.holdings and state.holdings[code].runs
    return state.stage(code) is None and not held and code not in set_aside(state)


def _end_all(draft: Draft[State], message: EndBenefits, briefing: BenefitBriefing) -> None:
    """Of a case that has been opened again since it ends nothing."""
    if briefing.gone is None:
        draft.refuse(Refusal.NOT_CLOSED)
        return
    benefits = {benefit.code: benefit for benefit in briefing.rules.benefits} if briefing.rules else {}
    for of, _ in of_all_steps(draft):
        if isinstance(of, Claim) and of.decision is None:
            in_time(draft, of, Outcome.WITHDRAWN)
            draft.add(ClaimEnded, code=of.code, n=of.n, reason=message.reason)
    for holding in draft.state.running:
        change = ended_by(benefits.get(holding.code), WHY[message.reason], message.on)
        _propose(draft, holding, change, None)
    draft.add(BenefitsEnded, reason=message.reason, on=message.on)


# --- one of them -----------------------------------------------------------------------------------------------------


def _look_at(draft: Draft[State], holding: Holding, found: Found | None) -> None:
    running = tuple(each.code for each in draft.state.running)
    stage = holding.step.stage if holding.step else None
    if found is None:
        _propose(draft, holding, ended_with_its_rule(month_of(civil_day(draft.now))), None)
    elif is_as_it_was(holding, found):
        if stage is ClaimStage.CHANGING and holding.change and holding.change.ends not in BY_PEOPLE:
            in_time(draft, holding, Outcome.WITHDRAWN)
            draft.add(ChangeLapsed, code=holding.code)
    elif found.proposed.outcome is Answer.CANNOT_DECIDE:
        if holding.step is None:
            due_at = due(draft, holding, ClaimStage.REVIEWING)
            draft.add(ReviewDue, code=holding.code, missing=found.proposed.missing, due_at=due_at)
    else:
        change = change_of(holding, found, running)
        if change is not None:
            _propose(draft, holding, change, found.proposed)


def _propose(draft: Draft[State], holding: Holding, change: Change, proposed: Proposed | None) -> None:
    """Not twice the same, and not what a person has said does not hold."""
    if change in (holding.change, holding.dropped):
        return
    in_time(draft, holding)
    draft.add(
        ChangeProposed, code=holding.code, change=change, proposed=proposed,
        due_at=due(draft, holding, ClaimStage.CHANGING),
    )  # fmt: skip


# --- a person's word -------------------------------------------------------------------------------------------------


def decide(
    draft: Draft[State],
    message: ConfirmChange | KeepBenefit | ReviewBenefit | StopBenefit,
    holding: Holding,
    briefing: BenefitBriefing,
) -> None:
    take_place(draft, briefing)
    match message:
        case ConfirmChange():
            _confirm(draft, message, holding, look(draft.state, briefing))
        case KeepBenefit():
            in_time(draft, holding)
            draft.add(ChangeDropped, code=holding.code, change=holding.change)
        case ReviewBenefit():
            _review(draft, holding, look(draft.state, briefing))
        case StopBenefit():
            _stop(draft, message, holding, look(draft.state, briefing).get(holding.code))


def _confirm(draft: Draft[State], message: ConfirmChange, holding: Holding, found: dict[Id, Found]) -> None:
    change, mine = holding.change, found.get(holding.code)
    if change is None:
        raise StateContradicted(f"{holding.code} waits for a change that nobody proposed")
    month = change.month or message.month
    refusal = _why_not(draft.state, message, holding, change, mine)
    if refusal is not None or month is None:
        draft.refuse(refusal or Refusal.MONTH_NEEDED)
        return
    proposed = mine.proposed if mine and change.ends not in BY_PEOPLE else holding.changed
    in_time(draft, holding)
    if change.ends is not None:
        _stopped(draft, holding, change.ends, change.on, month, proposed)
    else:
        draft.add(
            EntitlementChanged, code=holding.code, row=change.row, fen=change.fen, from_month=month, proposed=proposed
        )


def _why_not(
    state: State, message: ConfirmChange, holding: Holding, change: Change, found: Found | None
) -> Refusal | None:
    if (message.row, message.fen) != (change.row, change.fen):
        return Refusal.OTHER_AMOUNT
    if change.ends not in BY_PEOPLE and not _is_still_so(state, holding, change, found):
        return Refusal.CHANGED_SINCE
    return _wrong_month(holding, message.month, change.month, is_last=change.ends is not None)


def _is_still_so(state: State, holding: Holding, change: Change, found: Found | None) -> bool:
    """By what is known now, in whichever month: who and how much, or why it ends."""
    if found is None:
        return change.ends is EndCause.RULE_ENDED
    now = change_of(holding, found, tuple(each.code for each in state.running))
    return now is not None and (now.ends, now.row, now.fen) == (change.ends, change.row, change.fen)


def _wrong_month(holding: Holding, named: date | None, ruled: date | None, *, is_last: bool) -> Refusal | None:
    """A person names a month where no rule does: its first day, and none before it was paid; the last of what was never
    paid is the one before.
    """
    if named is None or ruled is not None:
        return Refusal.OTHER_MONTH if named not in (None, ruled) else None
    first = holding.entitlement.from_month
    return Refusal.OTHER_MONTH if named.day != 1 or named < (month_before(first) if is_last else first) else None


def _review(draft: Draft[State], holding: Holding, found: dict[Id, Found]) -> None:
    mine = found.get(holding.code)
    if mine is not None and mine.proposed.outcome is Answer.CANNOT_DECIDE and missing(found, holding.code):
        draft.refuse(Refusal.FACTS_MISSING)
    elif mine is not None and is_as_it_was(holding, mine):
        in_time(draft, holding)
        review_on = deadlines.months_after(civil_day(draft.now), holding.terms.review_months)
        draft.add(EntitlementReviewed, code=holding.code, proposed=mine.proposed, review_on=review_on)
    elif mine is not None and mine.proposed.outcome is Answer.CANNOT_DECIDE:
        nobody_says = Change(ends=EndCause.NOT_ELIGIBLE, row=None, fen=None, month=None, on=None)
        _propose(draft, holding, nobody_says, mine.proposed)
    else:
        _look_at(draft, holding, mine)


def _stop(draft: Draft[State], message: StopBenefit, holding: Holding, found: Found | None) -> None:
    ruled = ended_by(found.benefit if found else None, message.why, message.on).month
    month = ruled or message.month
    if message.on > civil_day(message.received_at):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif month is None:
        draft.refuse(Refusal.MONTH_NEEDED)
    elif (refusal := _wrong_month(holding, message.month, ruled, is_last=True)) is not None:
        draft.refuse(refusal)
    else:
        in_time(draft, holding)
        _stopped(draft, holding, message.why, message.on, month, found.proposed if found else None)


def _stopped(
    draft: Draft[State], holding: Holding, why: EndCause, on: date | None, month: date, proposed: Proposed | None
) -> None:
    draft.add(
        EntitlementStopped, code=holding.code, why=why, on=on, through=month, proposed=proposed,
        due_at=due(draft, holding, ClaimStage.TELLING),
    )  # fmt: skip
