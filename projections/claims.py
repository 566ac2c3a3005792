"""The facts of an elder's benefits → their rows: one for each claim, and one for each amount of an entitlement.

What a claim or an entitlement waits for, and what is proposed of it, is what the fold says; what the fold forgets
(who decided, how a notice went, what was paid before) is written from the fact itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from decisions.claim_state import Claim, Holding, State
from decisions.deadlines import months_after
from models.claims import Proposed
from models.events import (
    ClaimApproved,
    ClaimEnded,
    ClaimOpened,
    ClaimRefused,
    ClaimWithdrawn,
    DecisionTold,
    ElderPlaced,
    EntitlementChanged,
    EntitlementStopped,
    Event,
    MessageRefused,
    NoticePosted,
    NoticeSkipped,
    Recorded,
)
from models.tables import ClaimRow, EntitlementRow, table_of

CLAIMS, ENTITLEMENTS = table_of(ClaimRow), table_of(EntitlementRow)
ENDED, POSTED = "ended", "posted"
WAITS_NOT: dict[str, Any] = {
    "held": False, "waits": None, "waits_until": None, "change": None, "change_fen": None, "change_month": None,
    "change_by_age": False,
}  # fmt: skip


def apply_benefits(connection: Connection, recorded: Recorded, state: State) -> None:
    """`state` is the stream's state after it."""
    event = recorded.event
    match event:
        case MessageRefused():
            return
        case ClaimOpened():
            _opened(connection, recorded, event, state)
        case ClaimApproved():
            _gives(connection, recorded, event, state.holding(event.code), state)
        case EntitlementChanged():
            _gives(connection, recorded, event, state.holding(event.code), state)
        case EntitlementStopped():
            _stopped(connection, event, state)
        case ElderPlaced():
            _placed(connection, state)
        case _:
            pass
    for code in _about(event, state):
        if code in state.claims:
            _claim(connection, recorded, state.claim(code), state)
        if code in state.holdings:
            _entitlement(connection, state.holding(code), state)


def _about(event: Event, state: State) -> Iterable[str]:
    """The benefit that a fact names, or all of them."""
    code = getattr(event, "code", None)
    return sorted(state.claims.keys() | state.holdings.keys()) if code is None else (code,)


# --- a claim ---------------------------------------------------------------------------------------------------------


def _opened(connection: Connection, recorded: Recorded, event: ClaimOpened, state: State) -> None:
    row = dict(
        elder_id=state.elder_id, code=event.code, n=event.n, township_id=state.township_id,
        village_id=state.village_id, trigger=event.trigger.value, asked_on=event.asked_on, opened_at=recorded.at,
        **_waits_of(state.claim(event.code)),
    )  # fmt: skip
    connection.execute(insert(CLAIMS), row)


def _claim(connection: Connection, recorded: Recorded, claim: Claim, state: State) -> None:
    own = [CLAIMS.c[name] == bindparam(f"its_{name}") for name in ("elder_id", "code", "n")]
    which = {"its_elder_id": state.elder_id, "its_code": claim.code, "its_n": claim.n}
    connection.execute(update(CLAIMS).where(*own), which | _waits_of(claim) | _said(recorded))
    told = recorded.event
    if isinstance(told, DecisionTold):  # a stop is told by the claim's number too: the row keeps what was told first
        first = {"told_on": told.told_on, "appeal_by": told.appeal_by}
        which |= {"its_code": told.code, "its_n": told.n}
        connection.execute(update(CLAIMS).where(*own, CLAIMS.c.told_on.is_(None)), which | first)


def _waits_of(claim: Claim) -> dict[str, Any]:
    step = claim.step
    return dict(
        stage=step.stage.value if step else ENDED, due_at=step.due_at if step else None,
        escalation_id=step.escalation_id if step else None, checked_by=claim.checked_by, posted_on=claim.posted_on,
        until_on=claim.until_on, decision=claim.decision, **_proposed(claim.proposed),
    )  # fmt: skip


def _proposed(found: Proposed) -> dict[str, Any]:
    return dict(
        outcome=found.outcome.value, standing=found.standing.value, row=found.row, fen=found.fen, month=found.month,
        policy_version=found.version, policy_hash=found.hash,
    )  # fmt: skip


def _said(recorded: Recorded) -> dict[str, Any]:
    """What the fold does not keep."""
    match recorded.event:
        case NoticeSkipped() as event:
            return {"notice": event.why.value}
        case NoticePosted():
            return {"notice": POSTED}
        case ClaimApproved() | ClaimRefused() | ClaimWithdrawn() | ClaimEnded() as event:
            return {"decided_by": event.actor.id, "decided_at": recorded.at}
        case _:
            return {}


# --- an entitlement --------------------------------------------------------------------------------------------------


def _gives(
    connection: Connection, recorded: Recorded, event: ClaimApproved | EntitlementChanged, of: Holding, state: State
) -> None:
    """A row for the amount from its month on; those before it end with the month before, and none stays after it."""
    own = (*_of(of, state), ENTITLEMENTS.c.from_month >= event.from_month)
    ended_by = connection.execute(select(func.max(ENTITLEMENTS.c.ended_by)).where(*_of(of, state))).scalar()
    connection.execute(delete(ENTITLEMENTS).where(*own))
    _through(connection, of, state, months_after(event.from_month, -1))
    row = dict(
        elder_id=state.elder_id, code=of.code, n=of.n, from_month=event.from_month, township_id=state.township_id,
        village_id=state.village_id, kind=of.terms.kind.value, row=of.entitlement.row, fen=of.entitlement.fen,
        policy_version=event.proposed.version, policy_hash=event.proposed.hash, approved_by=event.actor.id,
        approved_at=recorded.at, through=of.entitlement.through, end_cause=of.ended.value if of.ended else None,
        ended_by=ended_by, **_waits_on(of, state),
    )  # fmt: skip
    connection.execute(insert(ENTITLEMENTS), row)


def _stopped(connection: Connection, event: EntitlementStopped, state: State) -> None:
    """An amount of later months is paid in none; what a later end gives back is paid as it was approved."""
    of = state.holding(event.code)
    _through(connection, of, state, event.through)
    why = {"end_cause": event.why.value, "ended_by": event.actor.id}
    connection.execute(update(ENTITLEMENTS).where(*_last(of, state)).values(through=event.through, **why))
    months = sorted((*(each.from_month for each in of.past), of.entitlement.from_month))
    for month, after in pairwise(months):
        until = min(event.through, months_after(after, -1))
        own = (*_of(of, state), ENTITLEMENTS.c.from_month == month)
        connection.execute(update(ENTITLEMENTS).where(*own).values(through=until))


def _through(connection: Connection, of: Holding, state: State, month: date) -> None:
    """What was paid before waits for nothing: whatever is waited for stands in the last row."""
    column = ENTITLEMENTS.c.through
    own = (*_of(of, state), or_(column.is_(None), column > month))
    connection.execute(update(ENTITLEMENTS).where(*own).values(through=month, **WAITS_NOT))


def _entitlement(connection: Connection, of: Holding, state: State) -> None:
    connection.execute(update(ENTITLEMENTS).where(*_last(of, state)).values(_waits_on(of, state)))


def _waits_on(of: Holding, state: State) -> dict[str, Any]:
    step, change = of.step, of.change
    return dict(
        held=of.held, review_on=of.entitlement.review_on, waits=step.stage.value if step else None,
        waits_until=step.due_at if step else None,
        change=(change.ends.value if change.ends else change.row) if change else None,
        change_fen=change.fen if change else None, change_month=change.month if change else None,
        change_by_age=change.by_age if change else False,
    )  # fmt: skip


def _of(of: Holding, state: State) -> tuple[Any, ...]:
    return (ENTITLEMENTS.c.elder_id == state.elder_id, ENTITLEMENTS.c.code == of.code, ENTITLEMENTS.c.n == of.n)


def _last(of: Holding, state: State) -> tuple[Any, ...]:
    """The row of the amount that was approved last."""
    return (*_of(of, state), ENTITLEMENTS.c.from_month == of.entitlement.from_month)


# --- where the elder lives -------------------------------------------------------------------------------------------


def _placed(connection: Connection, state: State) -> None:
    """What is waited for, and what runs, is an affair of where the elder lives now; what is over stays where it was."""
    place = {"township_id": state.township_id, "village_id": state.village_id}
    open_ = (CLAIMS.c.elder_id == state.elder_id, CLAIMS.c.stage != ENDED)
    connection.execute(update(CLAIMS).where(*open_).values(place))
    for of in state.holdings.values():
        if of.runs or of.step is not None:
            connection.execute(update(ENTITLEMENTS).where(*_of(of, state)).values(place))
