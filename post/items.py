"""Work items that no step of a workflow ends: who may see what one is about, and that a person has dealt with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from decisions.permits import BY_HAND, HeldPost, Territory, shown_to, waits_for
from models.errors import Refusal
from models.shown import Said
from models.values import Role
from post.counter import Counter
from post.desk import Refused
from post.ports import StepLog

Receipt = Callable[[str, str, str | None, datetime], object]
"""`receipt(message id, status, error, at)`: what a provider would say of a text."""


class ItemStore(StepLog, Protocol):
    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]: ...

    def item(self, item_id: str) -> Any | None:
        """Its row, open or closed."""
        ...

    def places_of_item(self, item: Any) -> tuple[Territory, ...]: ...

    def close_item(self, item_id: str, staff_id: str, why: str, now: datetime) -> bool: ...


class Closed(StrEnum):
    DONE = "done"
    NOT_OPEN = "not_open"  # somebody else has closed it, or there is none of this id
    BY_STEP = "by_step"  # it asks for a step, and that ends it
    NO_CALL = "no_call"  # only a call for a text can be one that nobody took


class Items:
    def __init__(
        self, store: ItemStore, said: Callable[[Any], Sequence[Said]], call_of: Callable[[str], str | None],
        receipt: Receipt, now: Callable[[], datetime], dealt: Callable[[Any], str | None],
    ) -> None:  # fmt: skip
        """`said(item)`: the texts it is about, opened. `call_of(item id)`: the text it is to be read out instead of.

        `dealt(item)`: the words with which somebody closed it, opened.
        """
        self._dealt = dealt
        self._store = store
        self._said = said
        self._call_of = call_of
        self._receipt = receipt
        self._now = now

    def is_call(self, item_id: str) -> bool:
        """Whether it is a text that a person reads out by phone: then it may be that nobody took the call."""
        return self._call_of(item_id) is not None

    def on_list(self, staff_id: str, item_id: str) -> Any | None:
        """The item, open or closed, if it is shown to them; None: it is not, or there is none."""
        row = self._store.item(item_id)
        if row is None:
            return None
        posts = self._store.posts_of(staff_id, self._now())
        at = next(iter(self._store.places_of_item(row)), None)
        return row if waits_for(posts, at, shown_to(row.item, row.elder_id, Role(row.role))) else None

    def shown(self, counter: Counter, staff_id: str, item_id: str) -> tuple[Any, Sequence[Said]]:
        """An open item and what was said, the reading kept first. Raises Refused for what is not on their list."""
        actor = counter.desk.actor(staff_id, "item_show", None)
        row = self.on_list(staff_id, item_id)
        if row is None or row.closed_at is not None:
            counter.seen_not(actor, "item_show", f"item:{item_id}", Refusal.OTHER_TERRITORY.value)
            raise Refused(Refusal.OTHER_TERRITORY)
        counter.seen(actor, "item_show", f"item:{item_id}")
        return row, self._said(row)

    def closed(self, counter: Counter, staff_id: str, item_id: str) -> tuple[Any, str | None] | None:
        """An item that is dealt with and in what words, the reading kept first. None: none of this id is theirs."""
        row = self.on_list(staff_id, item_id)
        if row is None or row.closed_at is None:
            return None
        counter.seen(counter.desk.actor(staff_id, "item_show", None), "item_show", f"item:{item_id}")
        return row, self._dealt(row)

    async def done(
        self, counter: Counter, staff_id: str, item_id: str, what: str, *, not_reached: bool = False
    ) -> Closed:
        """A person has dealt with it, in their words. Raises Refused. Twice is once."""
        return await asyncio.to_thread(self._done, counter, staff_id, item_id, what, not_reached)

    def _done(self, counter: Counter, staff_id: str, item_id: str, what: str, not_reached: bool) -> Closed:
        call = self._call_of(item_id)
        if not_reached and call is None:
            return Closed.NO_CALL
        now, row = self._now(), self._store.item(item_id)
        row = row if row is not None and row.closed_at is None else None
        # The log names whom it is about. An item's id may begin like a case's stream, which says a fact was recorded.
        about = (row.elder_id or row.township_id or row.county_id) if row else None
        if row is None or about is None:
            actor = counter.desk.actor(staff_id, "item_done", None)
        else:
            actor = counter.desk.actor_over(staff_id, "item_done", about, self._store.places_of_item(row))
        if row is not None and self.on_list(staff_id, item_id) is None:
            counter.done(actor, "item_done", about or "", Refusal.OTHER_TERRITORY.value, accepted=False)
            raise Refused(Refusal.OTHER_TERRITORY)
        if row is not None and row.item not in BY_HAND:
            return Closed.BY_STEP
        note = counter.keep_note(what).id if row else "nothing_open"
        if row is not None and call is not None:  # first, and kept once: a closed item is not asked about again
            self._receipt(call, "undelivered" if not_reached else "delivered", None, now)
        closed = row is not None and self._store.close_item(item_id, staff_id, note, now)
        role = actor.role.value if actor.role else ""
        self._store.log_step(f"done-{item_id}", staff_id, role, "item_done", about or "", closed, note, now)
        return Closed.DONE if closed else Closed.NOT_OPEN
