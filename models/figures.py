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

    `behind`: what names the list behind it, as the query of `/dashboard/elders` without the `?`; None: nothing is
    listed behind it, or it is 0. `of_volunteers`: it is the query of `/dashboard/volunteers`.
    """

    told: str
    number: float | None = None
    behind: str | None = None
    of_volunteers: bool = False


class FigureRow(Value):
    """`key`: an area's id, a code of a closed list, a month. `label`: what it is called, in Chinese."""

    key: str
    label: str
    cells: tuple[Cell, ...]


class Figure(Value):
    """`columns`: the first is over the labels, so there is one more than a row has cells. `total` is no row.

    `drawn`: which cells the chart draws, each a series. `unit`: of what is drawn, `%`, `人`, `元`. `how`: what is
    counted, in one sentence. `known_at`: nothing recorded later is in it. `frozen`: of a closed month, as it was
    closed at `known_at`. `worded`: which cells hold words and no numbers. `behind`: the page with the list behind all
    of it, and the action that it asks. `empty`: what is said where it has no row. `then`: what of it nobody can tell
    as it was known at `known_at`, and how it is counted instead.
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
    worded: tuple[int, ...] = ()
    behind: tuple[str, str] | None = None
    empty: str = ""
    then: str = ""


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


class Asked(NamedTuple):
    """Whose list is asked for: those that the number `which` of a county's month counts within the cut, as known `now`.

    A page of it: so many that come after this key.
    """

    county_id: Id
    month: date
    now: AwareDatetime
    cut: Cut
    which: str
    after: str
    limit: int


class OneBehind(Value):
    """One of what a number counts. `key`: after which the next page begins.

    `elder_id`: whom it is about; else `person_id`: the volunteer or staff member whom a text went to or came from.
    `place`: where it is counted; None: it is the county's. `told`: what is told of it, each to be said by itself.
    `due`: of a visit, the last day on which it is on time.
    """

    key: str
    elder_id: Id | None = None
    person_id: Id | None = None
    place: str | None
    told: tuple[str, ...]
    due: str = ""


class Behind(Value):
    """A page of what a number counts, by key. `titles`: what the number is of, each to be said by itself.

    `texts`: each is a text, whose page is of this and its key.
    """

    titles: tuple[str, ...]
    rows: tuple[OneBehind, ...]
    texts: str = ""


class Folding(Value):
    """Figures as they were known at a moment: how many cases of how many are folded, or what came of it."""

    done: int = 0
    of: int = 0
    failed: bool = False
    figures: tuple[Figure, ...] | None = None
