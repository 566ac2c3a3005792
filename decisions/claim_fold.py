"""The fold of an elder's benefits: what each fact makes of what was known (`claim_state`)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from decisions.benefit_time import month_before
from decisions.claim_state import Claim, Decision, Holding, State, Step, waiting
from decisions.deadlines import civil_day, instant
from decisions.memory import remember
from models.benefits import Outcome, Standing
from models.claims import ClaimStage, EndCause, Entitlement, Proposed
from models.errors import StateContradicted
from models.events import (
    ApprovalDue,
    BenefitChosen,
    BenefitPolicyAdopted,
    BenefitsEnded,
    BenefitsLookedAt,
    BenefitsOpened,
    ChangeDropped,
    ChangeLapsed,
    ChangeProposed,
    ClaimApproved,
    ClaimChecked,
    ClaimEnded,
    ClaimObjected,
    ClaimOpened,
    ClaimProlonged,
    ClaimRefused,
    ClaimReminded,
    ClaimReturned,
    ClaimWithdrawn,
    DecisionTold,
    EditionAdopted,
    ElderPlaced,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    Event,
    NoticeDue,
    NoticePosted,
    ObjectionDecided,
    PapersAsked,
    PapersHandedIn,
    PaymentsHeld,
    PaymentsReleased,
    ReviewDue,
)
from models.values import CloseReason


def evolve(state: State, event: Event, at: datetime) -> State:
    """The state after `event`, recorded at `at`. Total: an event it does not react to only leaves its reply."""
    return remember(_apply(state, event, at), event)


def _apply(state: State, event: Event, at: datetime) -> State:
    match event:
        case BenefitsOpened():
            return _set(
                state, opened=True, township_id=event.township_id, village_id=event.village_id,
                has_case=event.has_case, policy=event.policy, edition=event.edition,
            )  # fmt: skip
        case BenefitPolicyAdopted():
            return _set(state, policy=event.policy)
        case ElderPlaced():
            return _set(state, township_id=event.township_id, village_id=event.village_id, has_case=event.has_case)
        case EditionAdopted():
            return _set(state, edition=event.edition)
        case BenefitsLookedAt():
            return _looked(state, event)
        case BenefitsEnded():
            held = state.held or event.reason is CloseReason.DEATH_CONFIRMED
            return _set(_held(state, _over(state), False), gone=event.reason, held=held)
        case PaymentsHeld():
            return _set(_held(state, event.codes, True), held=True)
        case PaymentsReleased():
            before = month_before(state.looked) if state.looked else None  # so all is looked at at once
            back = {"gone": None} if event.back else {}
            return _set(_held(state, tuple(state.holdings), False), held=False, looked=before, **back)
        case BenefitChosen():
            return _set(state, chosen=(*(code for code in state.chosen if code not in event.over), event.code))
        case EscalationOpened() | EscalationEnded() | EscalationWithdrawn():
            return _ladder(state, event)
        case ClaimReminded():
            return _waits(state, event.code, event.stage, looked_at=at)
        case ClaimProlonged():
            return _waits(state, event.code, event.stage, since=at, due_at=event.due_at, looked_at=None)
        case _:
            return _of_a_benefit(state, event, at)


# --- a claim ---------------------------------------------------------------------------------------------------------


def _of_a_benefit(state: State, event: Event, at: datetime) -> State:
    match event:
        case ClaimOpened():
            opened = Claim(
                code=event.code, n=event.n, trigger=event.trigger, asked_on=event.asked_on, terms=event.terms,
                proposed=event.proposed, step=_step(ClaimStage.CHECKING, at, event.due_at),
            )  # fmt: skip
            return _set(state, claims=state.claims | {event.code: opened})
        case PapersAsked():
            return _claim(state, event.code, step=_step(ClaimStage.PAPERS, at, event.due_at), papers_asked=True)
        case PapersHandedIn():
            return _claim(state, event.code, step=_step(ClaimStage.CHECKING, at, event.due_at))
        case ClaimChecked():
            return _claim(
                state, event.code, proposed=event.proposed, checkers=(*_checkers(state, event.code), event.actor.id)
            )
        case NoticeDue():
            step = _step(ClaimStage.POSTING, at, event.due_at)
            return _claim(state, event.code, step=step, days=event.days, unit=event.unit)
        case NoticePosted():
            step = _step(ClaimStage.POSTED, at, _after(event.until_on))
            return _claim(state, event.code, step=step, posted_on=event.posted_on, until_on=event.until_on)
        case ClaimObjected() if state.stage(event.code) is ClaimStage.RECHECKING:
            return state  # one more, which is looked into with the first
        case ClaimObjected():
            return _claim(state, event.code, step=_step(ClaimStage.RECHECKING, at, event.due_at))
        case ObjectionDecided():
            return _objection(state, event, at)
        case ApprovalDue():
            return _claim(state, event.code, step=_step(ClaimStage.APPROVING, at, event.due_at))
        case ClaimReturned():
            step = _step(ClaimStage.CHECKING, at, event.due_at)
            return _claim(state, event.code, step=step)
        case ClaimApproved():
            return _approved(state, event, at)
        case ClaimRefused():
            state = _not_chosen(state, event.code)
            return _decided(state, event.code, "refused", at, event.due_at, proposed=event.proposed)
        case ClaimWithdrawn():
            return _claim(_not_chosen(state, event.code), event.code, step=None, decision="withdrawn")
        case ClaimEnded():
            return _claim(_not_chosen(state, event.code), event.code, step=None, decision="ended")
        case DecisionTold():
            return _told(state, event.code)
        case _:
            return _of_an_entitlement(state, event, at)


def _objection(state: State, event: ObjectionDecided, at: datetime) -> State:
    changes: dict[str, Any] = {"recheckers": (*state.claim(event.code).recheckers, event.actor.id)}
    if event.proposed is not None:
        changes["proposed"] = event.proposed
    until_on = state.claim(event.code).until_on
    if event.hangs and until_on is not None:
        changes["step"] = _step(ClaimStage.POSTED, at, _after(until_on))
    return _claim(state, event.code, **changes)


def _approved(state: State, event: ClaimApproved, at: datetime) -> State:
    row = event.proposed.row
    if row is None:
        raise StateContradicted(f"{event.code} of {state.elder_id} was approved by no row")
    entitlement = Entitlement(
        row=row, fen=event.proposed.fen, from_month=event.from_month, approved_by=event.actor.id,
        review_on=event.review_on,
    )  # fmt: skip
    terms = state.claim(event.code).terms
    holding = Holding(code=event.code, n=event.n, terms=terms, entitlement=entitlement, first=event.from_month)
    seen = {} if state.running else {"looked": event.proposed.month, "seen": event.proposed.month}
    state = _set(state, holdings=state.holdings | {event.code: holding}, **seen)
    return _decided(state, event.code, "approved", at, event.due_at, proposed=event.proposed)


def _decided(state: State, code: str, decision: Decision, at: datetime, due_at: datetime, /, **more: Any) -> State:
    step = _step(ClaimStage.TELLING, at, due_at)
    return _claim(state, code, step=step, decision=decision, decided_on=civil_day(at), **more)


def _told(state: State, code: str) -> State:
    if state.stage(code) is ClaimStage.TELLING:
        return _claim(state, code, step=None)
    return _holding(state, code, step=None)


# --- an entitlement --------------------------------------------------------------------------------------------------

NO_CHANGE: dict[str, Any] = {"step": None, "change": None, "changed": None}


def _of_an_entitlement(state: State, event: Event, at: datetime) -> State:
    match event:
        case ChangeProposed():
            step = _step(ClaimStage.CHANGING, at, event.due_at)
            kept = _aged(state.holdings.get(event.code), event)
            return _holding(state, event.code, step=step, change=event.change, changed=event.proposed, **kept)
        case ChangeLapsed():
            return _holding(state, event.code, **NO_CHANGE)
        case ChangeDropped():
            return _holding(state, event.code, **NO_CHANGE, dropped=event.change)
        case EntitlementChanged():
            return _changed(state, event)
        case EntitlementStopped():
            of = state.holding(event.code)
            entitlement = of.entitlement.model_copy(update={"through": event.through})
            stopped: dict[str, Any] = {"stopped_on": civil_day(at), "ended": event.why, "entitlement": entitlement}
            if of.ended is not None and of.ended is not event.why:
                stopped["cap"] = of.entitlement.through
            if state.gone is not None or event.why is EndCause.DEATH:  # else a reported death goes on holding it
                stopped["held"] = False
            stopped["against"] = event.why is EndCause.NOT_ELIGIBLE and _is_given(event.proposed)
            told = {"step": _step(ClaimStage.TELLING, at, event.due_at)}
            state = _holding(_not_chosen(state, event.code), event.code, **NO_CHANGE | told | stopped)
            claim = state.claims.get(event.code)
            told_with_it = claim is not None and claim.n == state.holding(event.code).n
            return _claim(state, event.code, step=None) if told_with_it else state
        case ReviewDue():
            return _holding(state, event.code, step=_step(ClaimStage.REVIEWING, at, event.due_at))
        case EntitlementReviewed():
            entitlement = state.holding(event.code).entitlement.model_copy(update={"review_on": event.review_on})
            return _holding(state, event.code, step=None, entitlement=entitlement)
        case _:
            return state


def _changed(state: State, event: EntitlementChanged) -> State:
    """Of what was stopped since only the amount; whom it was told to, or who is to be told, stays."""
    of = state.holding(event.code)
    before, given = of.entitlement, (event.row, event.fen, event.from_month)
    amount = {"row": event.row, "fen": event.fen, "from_month": event.from_month}
    more: dict[str, Any] = {
        "entitlement": before.model_copy(update=amount), "dropped": None, "aged": None, "aged_by": None,
        "past": tuple(each for each in (*of.past, before) if each.from_month < event.from_month),
        "rolled": any(one and one.by_age and (one.row, one.fen, one.month) == given for one in (of.change, of.aged)),
    }  # fmt: skip
    return _holding(state, event.code, **(NO_CHANGE if of.runs else {}), **more)


def _aged(of: Holding | None, event: ChangeProposed) -> dict[str, Any]:
    if of is None or of.change is None or not of.change.by_age or event.change.by_age:
        return {}
    return {"aged": of.change, "aged_by": of.changed}


def _over(state: State) -> tuple[str, ...]:
    """What was stopped before, and is not to end any earlier: nothing of it is in doubt."""
    return tuple(code for code, of in state.holdings.items() if not of.runs and of.change is None)


# --- steps -----------------------------------------------------------------------------------------------------------


def _ladder(state: State, event: EscalationOpened | EscalationEnded | EscalationWithdrawn) -> State:
    if isinstance(event, EscalationOpened):
        state = _set(state, ladders=state.ladders + 1)
        code, _, stage = (event.about or "/").partition("/")
        return _waits(state, code, ClaimStage(stage), escalation_id=event.escalation_id) if stage else state
    for of, step in state.steps():
        if step.escalation_id == event.escalation_id:
            return _waits(state, of.code, step.stage, escalation_id=None)
    return state


def _waits(state: State, code: str, stage: ClaimStage, /, **changes: Any) -> State:
    of = waiting(state, code, stage)
    if of is None or of.step is None:
        return state
    step = of.step.model_copy(update=changes)
    return _claim(state, code, step=step) if isinstance(of, Claim) else _holding(state, code, step=step)


def _step(stage: ClaimStage, at: datetime, due_at: datetime) -> Step:
    return Step(stage=stage, since=at, due_at=due_at)


def _after(day: date) -> datetime:
    return instant(day + timedelta(days=1))


def _looked(state: State, event: BenefitsLookedAt) -> State:
    if event.idle:
        return _set(state, looked=event.month)
    before = month_before(event.month)
    return _set(state, looked=event.month, seen=event.month, gap=state.seen is not None and state.seen < before)


def _held(state: State, codes: tuple[str, ...], held: bool) -> State:
    for code in codes:
        state = _holding(state, code, held=held)
    return state


def _checkers(state: State, code: str) -> tuple[str, ...]:
    return state.claims[code].checkers if code in state.claims else ()


def _is_given(proposed: Proposed | None) -> bool:
    return proposed is not None and proposed.outcome is Outcome.ELIGIBLE and proposed.standing is Standing.STANDS


def _not_chosen(state: State, code: str) -> State:
    return _set(state, chosen=tuple(each for each in state.chosen if each != code))


def _set(state: State, /, **changes: Any) -> State:
    return state.model_copy(update=changes)


def _claim(state: State, code: str, /, **changes: Any) -> State:
    claim = state.claims.get(code)
    if claim is None:
        return state
    return _set(state, claims=state.claims | {code: claim.model_copy(update=changes)})


def _holding(state: State, code: str, /, **changes: Any) -> State:
    holding = state.holdings.get(code)
    if holding is None:
        return state
    return _set(state, holdings=state.holdings | {code: holding.model_copy(update=changes)})
