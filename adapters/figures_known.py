"""Figures as they were known at a moment, folded again from the ledger behind the page: in a county of years, minutes.

One is folded at a time, because each reads every fact of every case; who asks meanwhile waits for their turn. What came
of it is kept while the process lives, for it does not change: facts recorded later are not in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from threading import Lock, Thread
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, Engine

from adapters.database import reading
from decisions.deadlines import months_after
from models.figures import Cell, Counted, Cut, Figure, Folding

log = structlog.get_logger()
MOST = 8  # kept
Told = Callable[[int, int], None]
"""How many cases are folded, of how many."""


class Key(NamedTuple):
    county_id: str
    month: date
    at: datetime


class FiguresKnown:
    """`known_by(at, told)`: the tables as they stood. `count(register, known, county's area, month, at)` and `figures`:
    as a `figures_held.Supplier`, of the last `months` months."""

    def __init__(
        self, engine: Engine, known_by: Callable[[datetime, Told], AbstractContextManager[Connection]],
        count: Callable[[Connection, Connection, str, date, datetime], Any],
        figures: Callable[[Sequence[Counted], Cut], Sequence[Figure]], months: int,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._known_by = known_by
        self._count = count
        self._figures = figures
        self._months = months
        self._lock, self._turn = Lock(), Lock()
        self._folding: OrderedDict[Key, Folding] = OrderedDict()
        self._counted: dict[Key, tuple[Counted, ...]] = {}

    def figures(self, county_id: str, month: date, at: datetime, cut: Cut) -> Folding:
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
        return stands if counted is None else Folding(figures=tuple(map(_closed, self._figures(counted, cut))))

    def _fold(self, key: Key) -> None:
        def told(done: int, of: int) -> None:
            with self._lock:
                self._folding[key] = Folding(done=done, of=of)

        try:
            with self._turn, self._known_by(key.at, told) as known, reading(self._engine) as register:
                months = [months_after(key.month, -back) for back in range(self._months)][::-1]
                counted = tuple(
                    Counted(month, key.at, self._count(register, known, key.county_id, month, key.at))
                    for month in months
                )
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
    return figure.model_copy(update={"rows": rows, "total": total})


def _shut(cell: Cell) -> Cell:
    return cell.model_copy(update={"behind": None})
