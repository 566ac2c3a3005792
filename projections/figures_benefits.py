"""What a county's benefits cost by month, for the dashboard: of approved payment lists only, by village.

A list's month is the month it pays, with what it pays of earlier months and takes back of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from sqlalchemy import Connection, func, select

from decisions.deadlines import months_after
from models.figures import Chart, Counted, Cut, Figure, FigureRow
from models.tables import PayLineRow, PayListRow, table_of
from projections import figure_cells as cells
from projections.figure_cells import figure, within

LINES, LISTS = table_of(PayLineRow), table_of(PayListRow)
APPROVED = "approved"
MONTHS = 12
NAME, ACTION = "benefits", "pay_show"


class Cost(NamedTuple):
    month: date
    township_id: str
    village_id: str
    code: str
    fen: int


class CostsOfYear(NamedTuple):
    """`names`: what each benefit is called, by code. `months`: that have an approved list."""

    names: Mapping[str, str]
    months: Sequence[date]
    costs: Sequence[Cost]


def costs(connection: Connection, county_id: str, first: date, names: Mapping[str, str]) -> CostsOfYear:
    """The twelve months that end with this one."""
    own = (
        LISTS.c.county_id == county_id, LISTS.c.state == APPROVED, LISTS.c.month <= first,
        LISTS.c.month > months_after(first, -MONTHS),
    )  # fmt: skip
    months = list(connection.execute(select(LISTS.c.month).where(*own).order_by(LISTS.c.month)).scalars())
    by = (LISTS.c.month, LINES.c.township_id, LINES.c.village_id, LINES.c.code)
    query = select(*by, func.sum(LINES.c.fen)).join(LINES, LINES.c.sha256 == LISTS.c.sha256)
    rows = connection.execute(query.where(*own).group_by(*by))
    return CostsOfYear(names, months, [Cost(*row[:4], int(row[4])) for row in rows])


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    held = cast(CostsOfYear, counted[-1].value)
    of = Counter[tuple[date, str]]()
    for one in within(held.costs, cut):
        of[one.month, one.code] += one.fen
    codes = sorted({code for _month, code in of})
    rows = [
        FigureRow(key=f"{month:%Y-%m}", label=f"{month:%Y-%m}", cells=_amounts(of, [month], codes))
        for month in held.months
    ]
    total = _amounts(of, held.months, codes)
    return (
        figure(
            "benefit_cost", counted[-1].at, rows, total, chart=Chart.STACKED, drawn=tuple(range(1, len(codes) + 1)),
            unit="yuan", more=[held.names.get(code, code) for code in codes],
        ),
    )  # fmt: skip


def _amounts(of: Mapping[tuple[date, str], int], months: Collection[date], codes: Sequence[str]):
    each = [sum(of[month, code] for month in months) for code in codes]
    return tuple(cells.yuan(fen) for fen in (sum(each), *each))
