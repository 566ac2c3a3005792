"""A person's word about an entitlement: what is proposed holds or does not, it is reviewed, it is stopped."""

from __future__ import annotations

from datetime import date

from decisions import deadlines
from decisions.benefit_time import month_before, month_of
from decisions.claim_rules import (
    Found,
    change_of,
    ended_by,
    look,
    missing,
)
from decisions.claim_state import Holding, State
from decisions.claim_terms import due, in_time
from decisions.deadlines import civil_day
from decisions.draft import Draft
from decisions.entitlements import (
    BY_PEOPLE,
    begins_after,
    is_dead,
    is_earlier,
    is_the_same,
    is_told,
    look_at,
    open_new,
    propose_change,
)
from decisions.placing import take_place
from models.benefits import Outcome as Answer
from models.claim_messages import (
    BenefitBriefing,
    ConfirmChange,
    ConfirmListed,
    KeepBenefit,
    ReviewBenefit,
    StopBenefit,
)
from models.claims import Change, ClaimStage, EndCause, Proposed
from models.errors import Refusal, StateContradicted
from models.events import (
    ChangeDropped,
    ChangeListed,
    ChangeProposed,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
)


def decide(
    draft: Draft[State],
    message: ConfirmChange | ConfirmListed | KeepBenefit | ReviewBenefit | StopBenefit,
    holding: Holding,
    briefing: BenefitBriefing,
) -> None:
    match message:
        case ConfirmChange():
            _confirm(draft, message, holding, briefing)
        case ConfirmListed():
            _listed(draft, message, holding, briefing)
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
    look_at(draft, draft.state.holding(holding.code), found)


def _listed(draft: Draft[State], message: ConfirmListed, holding: Holding, briefing: BenefitBriefing) -> None:
    """It takes effect though something else is proposed since, which then waits on; not of months after an end."""
    draft.add(
        ChangeListed, code=holding.code, row=message.row, fen=message.fen, month=message.month, listed=message.listed
    )
    by, through = _proposed_by(holding, message), holding.entitlement.through
    if by is None or (through is not None and through < message.month):
        return
    other = holding.change if holding.change is not None and not _is_listed(holding.change, message) else None
    if holding.runs:
        in_time(draft, holding)
    draft.add(
        EntitlementChanged, code=holding.code, row=message.row, fen=message.fen, from_month=message.month, proposed=by
    )
    if other is not None and holding.step is not None:
        draft.add(
            ChangeProposed, code=holding.code, change=other, proposed=holding.changed, due_at=holding.step.due_at
        )  # fmt: skip
    elif holding.runs and briefing.rules is not None and briefing.gone is None and not is_dead(briefing):
        look_at(draft, draft.state.holding(holding.code), look(draft.state, briefing).get(holding.code))


def _proposed_by(holding: Holding, message: ConfirmListed) -> Proposed | None:
    """What the change is proposed by; None: it is not, or is so already."""
    if holding.change is not None and _is_listed(holding.change, message):
        return holding.changed
    return holding.aged_by if holding.aged is not None and _is_listed(holding.aged, message) else None


def _is_listed(change: Change, message: ConfirmListed) -> bool:
    return (change.row, change.fen, change.month) == (message.row, message.fen, message.month)


def _why_not(
    draft: Draft[State], message: ConfirmChange, holding: Holding, briefing: BenefitBriefing
) -> Refusal | None:
    change = holding.change
    if change is None or (message.row, message.fen) != (change.row, change.fen):
        return Refusal.OTHER_AMOUNT
    if is_told(holding):
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
    return now is not None and (is_the_same(now, change) or begins_after(now, change))


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
    if is_told(holding) and briefing.gone is not None:
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
        propose_change(draft, holding, nobody_says, mine.proposed)
    else:
        look_at(draft, holding, mine)
    if len(draft.events) == before:
        in_time(draft, holding)
        review_on = deadlines.months_after(civil_day(draft.now), holding.terms.review_months)
        draft.add(
            EntitlementReviewed, code=holding.code, proposed=mine.proposed if mine else None, review_on=review_on
        )  # fmt: skip
    take_place(draft, briefing)


def _stop(draft: Draft[State], message: StopBenefit, holding: Holding, briefing: BenefitBriefing) -> None:
    """Of what runs; of what was stopped with a later month than it should have been; and an end on another day."""
    found = look(draft.state, briefing).get(holding.code)
    ruled = ended_by(found.benefit if found else None, message.why, message.on)
    month = ruled.month or message.month
    if message.on > civil_day(message.received_at):
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif month is None:
        draft.refuse(Refusal.MONTH_NEEDED)
    elif (refusal := _wrong_month(holding, message.month, ruled, civil_day(draft.now))) is not None:
        draft.refuse(refusal)
    elif not holding.runs and not is_earlier(month, holding) and not _corrects(message, month, holding):
        draft.refuse(Refusal.NOT_PAID)
    elif (other := _claimed_anew(draft.state, holding)) is not None:
        draft.refuse(other)
    else:
        _goes_on(draft, holding, briefing)
        _stopped(draft, holding, message.why, message.on, month, found.proposed if found else None, briefing)


def _corrects(message: StopBenefit, month: date, holding: Holding) -> bool:
    """The same end on another day gives months back, but none after what had been stopped before for another reason."""
    within = holding.cap is None or month <= holding.cap
    return message.why is holding.ended and within and month != holding.entitlement.through


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
    if why not in BY_PEOPLE and not is_dead(briefing) and briefing.gone is None:
        open_new(draft, look(draft.state, briefing), briefing)
