"""Figures of the dashboard, counted once for everybody and kept while the process lives: a page asks no store for them.

A county's month is counted whole, by village; what somebody may see of it is a choice among its rows, made in memory.
It is shown with the moment it was counted at. Older than its age it is shown once more as it is, and counted again
behind the page; one that is not held is counted while its page waits. Earlier months, which only a row of months shows,
are counted behind it too. An age of zero counts everything on each page. docs/decisions/0016.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock, Thread
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, Engine

from adapters.database import reading
from decisions.deadlines import civil_day, months_after
from models.figures import Asked, Behind, Counted, Cut, Figure

log = structlog.get_logger()
KPI = "kpi"  # the action that the dashboard itself asks
AGE = timedelta(minutes=5)
SETTLED = 12  # times as old may be what is of a month before the last one: hardly anything comes to it any more
MOST = 600  # months of suppliers held


@dataclass(frozen=True)
class Supplier:
    """Figures of one kind. `count(store, county's area, first of month, now)`: by village, for everybody.

    `figures(counted, cut)` asks no store. It is given the last `months` months as far as they are counted; the one
    asked for is the last, and always there. Before them the month as the suppliers `beside` counted it.
    `behind(store, asked)`: what a number of it counts; None: it has no such number.

    `action`: what whoever looks must be allowed to ask of all that they look at.
    """

    name: str
    count: Callable[[Connection, str, date, datetime], Any]
    figures: Callable[[Sequence[Counted], Cut], Sequence[Figure]]
    months: int = 1
    behind: Callable[[Connection, Asked], Behind | None] | None = None
    beside: tuple[str, ...] = ()
    action: str = KPI


class Key(NamedTuple):
    supplier: int
    county_id: str
    month: date


def made_of(
    suppliers: Sequence[Supplier], counted: Callable[[int, int], Sequence[Counted]], cut: Cut, may: Collection[str]
) -> tuple[Figure, ...]:
    """Their figures. `counted(number, months)`: so many months that the supplier of this number counted, the one asked
    for last."""
    numbers = {supplier.name: number for number, supplier in enumerate(suppliers)}
    made: list[Figure] = []
    for number, supplier in enumerate(suppliers):
        if supplier.action in may:
            beside = [one for name in supplier.beside for one in counted(numbers[name], 1)]
            made += supplier.figures([*beside, *counted(number, supplier.months)], cut)
    return tuple(made)


class FiguresHeld:
    def __init__(
        self, engine: Engine, suppliers: Sequence[Supplier], now: Callable[[], datetime], age: timedelta = AGE
    ) -> None:  # fmt: skip
        self._engine = engine
        self._suppliers = tuple(suppliers)
        self._now = now
        self._age = age
        self._lock = Lock()
        self._held: OrderedDict[Key, Counted] = OrderedDict()
        self._gates: dict[Key, Lock] = {}
        self._waiting: deque[Key] = deque()
        self._counts = False

    def figures(self, county_id: str, month: date, cut: Cut, may: Collection[str] = (KPI,)) -> tuple[Figure, ...]:
        """Of a county's month, which begins on `month`: every figure, as far as this cut and what they `may` ask go."""

        def counted(number: int, months: int) -> Sequence[Counted]:
            keys = [Key(number, county_id, months_after(month, -back)) for back in range(months)][::-1]
            earlier = [self._soon(key) for key in keys[:-1]]
            return [*(one for one in earlier if one is not None), self._there(keys[-1])]

        return made_of(self._suppliers, counted, cut, may)

    def behind(
        self, of: str, county_id: str, month: date, cut: Cut, which: str, after: str, limit: int,
        may: Collection[str] = (KPI,),
    ) -> Behind | None:  # fmt: skip
        """A page of what a number of a supplier counts, as known now. None: there is no such number for them."""
        asked = next((one.behind for one in self._suppliers if one.name == of and one.action in may), None)
        if asked is None:
            return None
        with reading(self._engine) as connection:
            return asked(connection, Asked(county_id, month, self._now(), cut, which, after, limit))

    @property
    def counting(self) -> bool:
        """Something is being counted behind the pages."""
        with self._lock:
            return self._counts

    def again(self, county_id: str, month: date) -> None:
        """Counts it now, whatever is held."""
        for number, _ in enumerate(self._suppliers):
            key = Key(number, county_id, month)
            self._count(key, self._held.get(key))

    # --- what is held ------------------------------------------------------------------------------------------------

    def _there(self, key: Key) -> Counted:
        return self._soon(key, queued=False) or self._count(key, None)

    def _soon(self, key: Key, *, queued: bool = True) -> Counted | None:
        """What is held, to be counted again where it is too old. None: nothing, and it is being counted if `queued`."""
        if not self._age:
            return self._count(key, self._held.get(key))
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
            if (queued if held is None else self._is_old(held)) and key not in self._waiting:
                self._waiting.append(key)
                if not self._counts:
                    self._counts = True
                    Thread(target=self._behind, name="figures", daemon=True).start()
        return held

    def _is_old(self, held: Counted) -> bool:
        now = self._now()
        settled = held.month < months_after(civil_day(now).replace(day=1), -1)
        return now - held.at > self._age * (SETTLED if settled else 1)

    def _count(self, key: Key, seen: Counted | None) -> Counted:
        """`seen`: what the caller found held. Whoever waited while another counted takes what came of it."""
        with self._lock:
            gate = self._gates.setdefault(key, Lock())
        with gate:
            held = self._held.get(key)
            if held is not None and held is not seen:
                return held
            now = self._now()
            with reading(self._engine) as connection:
                value = self._suppliers[key.supplier].count(connection, key.county_id, key.month, now)
            counted = Counted(key.month, now, value)
            with self._lock:
                self._held[key] = counted
                self._held.move_to_end(key)
                while len(self._held) > MOST:
                    self._gates.pop(self._held.popitem(last=False)[0], None)
            return counted

    def _behind(self) -> None:
        """One at a time, what was asked last first: somebody looks at it. What fails stays as it was."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._counts = False
                    return
                key = self._waiting.pop()
                seen = self._held.get(key)
            try:
                self._count(key, seen)
            except Exception as error:  # noqa: BLE001 — the next page asks again
                log.warning(
                    "figures_not_counted", supplier=self._suppliers[key.supplier].name, why=type(error).__name__
                )
