"""A figure of the dashboard: numbers of one kind in rows, which a table shows whole and a chart draws."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import AwareDatetime

from models.values import AreaKind, Id, Value


class Chart(StrEnum):
    """How a figure is drawn. A heat map is the table itself, coloured by number and with the number in each cell."""

    BARS = "bars"
    STACKED = "stacked"
    LINES = "lines"
    HEAT = "heat"


class Cell(Value):
    """`told`: as it is read, `97/100`. `number`: as it is drawn; None: there is none (`-`).

    `behind`: what names the list behind it, as the query of `/dashboard/elders` without the `?`; None: it is not
    counted in elders, or 0.
    """

    told: str
    number: float | None = None
    behind: str | None = None


class FigureRow(Value):
    """`key`: an area's id, a code of a closed list, a month. `label`: what it is called, in Chinese."""

    key: str
    label: str
    cells: tuple[Cell, ...]


class Figure(Value):
    """`columns`: the first is over the labels, so there is one more than a row has cells. `total` is no row.

    `drawn`: which cells the chart draws, each a series. `unit`: of what is drawn, `%`, `人`, `元`. `how`: what is
    counted, in one sentence. `known_at`: nothing recorded later is in it. `frozen`: of a closed month, as it was
    closed at `known_at`.
    """

    code: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    total: FigureRow | None = None
    chart: Chart | None = None
    drawn: tuple[int, ...] = ()
    unit: str = ""
    how: str
    known_at: AwareDatetime
    frozen: bool = False


class Cut(Value):
    """Whose numbers, and what a row is. `areas`: what lies in these townships or villages; None: all of the county.

    `by`: a row is a township, or a village.
    """

    areas: frozenset[Id] | None = None
    by: AreaKind = AreaKind.TOWNSHIP

    def row_of(self, township_id: Id, village_id: Id) -> Id | None:
        """The row that what lies there counts in; None: in none, it is not theirs to see."""
        if self.areas is not None and self.areas.isdisjoint((township_id, village_id)):
            return None
        return village_id if self.by is AreaKind.VILLAGE else township_id


class Counted(NamedTuple):
    """A county's month as somebody counted it, for everybody, by village. `at`: nothing recorded later is in it."""

    month: date
    at: AwareDatetime
    value: Any


class ElderBehind(Value):
    """One of those a number counts: where they belonged then, and what is told of them."""

    elder_id: Id
    place: str
    told: str


class Behind(Value):
    """A page of those a number counts, by id. `title`: who they are."""

    title: str
    elders: tuple[ElderBehind, ...]


class Folding(Value):
    """Figures as they were known at a moment: how many cases of how many are folded, or what came of it."""

    done: int = 0
    of: int = 0
    failed: bool = False
    figures: tuple[Figure, ...] | None = None
