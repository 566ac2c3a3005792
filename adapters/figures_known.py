"""Figures as they were known at a moment, counted from the tables as they stood then: in a county of years, minutes.

The tables are folded again from the ledger behind the page, and whoever counts the dashboard's figures counts these by
the same code. One moment is folded at a time, because each reads every fact of every case; who asks meanwhile waits for
their turn. What came of it is kept while the process lives, for it does not change: facts recorded later are not in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from threading import Lock, Thread
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from adapters.figures_held import KPI, Supplier, made_of
from decisions.deadlines import months_after
from decisions.figure_words import THEN
from models.figures import Cell, Counted, Cut, Figure, Folding

log = structlog.get_logger()
MOST = 8  # kept
Told = Callable[[int, int], None]
"""How much is folded, of how much."""


class Key(NamedTuple):
    county_id: str
    month: date
    at: datetime


class FiguresKnown:
    """`known_by(county's area, first of month, at, told)`: all that the suppliers read of that month and those before
    it, as it stood at `at`."""

    def __init__(
        self, known_by: Callable[[str, date, datetime, Told], AbstractContextManager[Connection]],
        suppliers: Sequence[Supplier],
    ) -> None:  # fmt: skip
        self._known_by = known_by
        self._suppliers = tuple(suppliers)
        self._lock, self._turn = Lock(), Lock()
        self._folding: OrderedDict[Key, Folding] = OrderedDict()
        self._counted: dict[Key, Mapping[int, Sequence[Counted]]] = {}

    def figures(
        self, county_id: str, month: date, at: datetime, cut: Cut, may: Collection[str] = (KPI,)
    ) -> Folding:  # fmt: skip
        """Where it stands. The first who asks begins it, and so does whoever asks after being told that it failed."""
        key = Key(county_id, month, at)
        with self._lock:
            stands, counted = self._folding.get(key), self._counted.get(key)
            if stands is None and len(self._folding) - len(self._ended()) >= MOST:
                stands = Folding()  # so many wait already: it is begun when it is asked once more
            elif stands is None:
                stands = self._folding[key] = Folding()
                Thread(target=self._fold, args=(key,), name="figures-known", daemon=True).start()
            elif stands.failed:
                self._folding.pop(key)
            else:
                self._folding.move_to_end(key)
        if counted is None:
            return stands
        made = made_of(self._suppliers, lambda number, months: counted[number][-months:], cut, may)
        return Folding(figures=tuple(map(_closed, made)))

    def _fold(self, key: Key) -> None:
        def told(done: int, of: int) -> None:
            with self._lock:
                self._folding[key] = Folding(done=done, of=of)

        try:
            with self._turn, self._known_by(key.county_id, key.month, key.at, told) as known:
                counted = {
                    number: [
                        Counted(month, key.at, supplier.count(known, key.county_id, month, key.at))
                        for month in [months_after(key.month, -back) for back in range(supplier.months)][::-1]
                    ]
                    for number, supplier in enumerate(self._suppliers)
                }
        except Exception as error:  # noqa: BLE001 — told on the page; whoever asks again begins it again
            log.warning("figures_not_folded", why=type(error).__name__)
            with self._lock:
                self._folding[key] = Folding(failed=True)
            return
        with self._lock:
            self._counted[key] = counted
            for oldest in self._ended()[:-MOST]:
                self._folding.pop(oldest)
                self._counted.pop(oldest, None)

    def _ended(self) -> list[Key]:
        """The one asked for longest ago first."""
        return [key for key, stands in self._folding.items() if stands.failed or key in self._counted]


def _closed(figure: Figure) -> Figure:
    """Its numbers open no lists: those would be of today."""
    rows = tuple(row.model_copy(update={"cells": tuple(map(_shut, row.cells))}) for row in figure.rows)
    total = figure.total and figure.total.model_copy(update={"cells": tuple(map(_shut, figure.total.cells))})
    said = {"rows": rows, "total": total, "behind": None, "then": THEN.get(figure.code, "")}
    return figure.model_copy(update=said)


def _shut(cell: Cell) -> Cell:
    return cell.model_copy(update={"behind": None})
