"""A figure of the dashboard: numbers of one kind in rows, which a table shows whole and a chart draws."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from models.values import Value


class Chart(StrEnum):
    """How a figure is drawn. A heat map is the table itself, coloured by number and with the number in each cell."""

    BARS = "bars"
    STACKED = "stacked"
    LINES = "lines"
    HEAT = "heat"


class Cell(Value):
    """`told`: as it is read, `97/100`. `number`: as it is drawn; None: there is none (`-`).

    `behind`: what names the list behind it, as a query without the `?`; None: it is not counted in elders, or 0.
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
