"""What is known of a county's months: the fold of its stream, shared by workflow, tables and auditor."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from decisions.benefit_time import month_of, next_month
from decisions.memory import Memory, remember
from models.county_events import ListStage
from models.county_messages import CountyStart
from models.errors import StateContradicted
from models.events import (
    CountyOpened,
    CountyRulesAdopted,
    EditionAdopted,
    Event,
    ListApproved,
    ListChecked,
    ListDrawn,
    ListReminded,
    ListReturned,
    MonthClosed,
)
from models.payments import CountyRules, Drawn
from models.policy import PolicySlice
from models.values import Id, Value


class PayList(Value):
    """The list in hand, of `month`, drawn `n` times. `due_at`: the end of its stage's term; `looked_at`: reminded."""

    month: date
    n: int
    drawn: Drawn
    stage: ListStage
    since: AwareDatetime
    due_at: AwareDatetime
    checked_by: Id | None = None
    looked_at: AwareDatetime | None = None


class State(Memory):
    """`next`: the first month that is not listed yet. `closes`: the first whose visits are not frozen yet."""

    county_id: Id
    opened: bool = False
    policy: PolicySlice | None = None
    rules: CountyRules | None = None
    next: date | None = None
    closes: date | None = None
    in_hand: PayList | None = None

    def editions(self) -> tuple[int, ...]:
        """None before it is opened: that is decided under the newest."""
        return (self.edition,) if self.opened else ()

    @property
    def law(self) -> CountyRules:
        if self.rules is None:
            raise StateContradicted(f"{self.county_id} has no rules of payment yet")
        return self.rules


def initial(start: CountyStart) -> State:
    """Before the stream's first event."""
    return State(county_id=start.county_id)


def begin(first: CountyOpened) -> State:
    """The same, where the first event is at hand and no start."""
    return State(county_id=first.county_id)


def evolve(state: State, event: Event, at: datetime) -> State:
    """The state after `event`, recorded at `at`. Total: an event it does not react to only leaves its reply."""
    return remember(_apply(state, event, at), event)


def _apply(state: State, event: Event, at: datetime) -> State:
    match event:
        case CountyOpened():
            before = month_of(event.first - timedelta(days=1))
            return _set(
                state, opened=True, policy=event.policy, rules=event.rules, next=event.first, closes=before,
                edition=event.edition,
            )  # fmt: skip
        case CountyRulesAdopted():
            return _set(state, policy=event.policy, rules=event.rules)
        case EditionAdopted():
            return _set(state, edition=event.edition)
        case MonthClosed():
            return _set(state, closes=next_month(event.snapshot.month))
        case ListDrawn():
            drawn = PayList(
                month=event.month, n=event.n, drawn=event.drawn, stage="checking", since=at, due_at=event.due_at
            )
            return _set(state, in_hand=drawn)
        case ListChecked():
            checked = {"checked_by": event.actor.id, "looked_at": None}
            return _list(state, stage="approving", since=at, due_at=event.due_at, **checked)
        case ListReturned():
            return _list(state, stage="returned", since=at, due_at=event.due_at, checked_by=None, looked_at=None)
        case ListReminded():
            return _list(state, looked_at=at)
        case ListApproved():
            return _set(state, in_hand=None, next=next_month(event.month))
        case _:
            return state


def _set(state: State, /, **changes: Any) -> State:
    return state.model_copy(update=changes)


def _list(state: State, /, **changes: Any) -> State:
    return state if state.in_hand is None else _set(state, in_hand=state.in_hand.model_copy(update=changes))
