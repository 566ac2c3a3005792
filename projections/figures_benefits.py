"""What a county's benefits cost by month, for the dashboard: of approved payment lists only, by village.

A list's month is the month it pays, with what it pays of earlier months and takes back of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, func, select

from decisions.benefit_time import last_day
from decisions.deadlines import months_after
from decisions.figure_words import OTHERS
from models.figures import Asked, Behind, Cell, Chart, Counted, Cut, Figure, FigureRow, OneBehind
from models.tables import PayLineRow, PayListRow, table_of
from projections import figure_cells as cells
from projections.figure_cells import Opens, figure, part_of, titles, within
from projections.rates import names_on

LINES, LISTS = table_of(PayLineRow), table_of(PayListRow)
APPROVED = "approved"
MONTHS = 12
NAME, ACTION, ALL = "benefits", "pay_show", "all"


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


def approved(county_id: str, first: date) -> tuple[ColumnElement[bool], ...]:
    return (
        LISTS.c.county_id == county_id, LISTS.c.state == APPROVED, LISTS.c.month <= first,
        LISTS.c.month > months_after(first, -MONTHS),
    )  # fmt: skip


def costs(connection: Connection, county_id: str, first: date, names: Mapping[str, str]) -> CostsOfYear:
    """The twelve months that end with this one."""
    own = approved(county_id, first)
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
    opens = Opens(NAME, counted[-1].month, cut)
    rows = [
        FigureRow(key=f"{month:%Y-%m}", label=f"{month:%Y-%m}", cells=_amounts(of, [month], codes, opens))
        for month in held.months
    ]
    total = _amounts(of, held.months, codes, opens)
    return (
        figure(
            "benefit_cost", counted[-1].at, rows, total, chart=Chart.STACKED, drawn=tuple(range(1, len(codes) + 1)),
            unit="yuan", more=[held.names.get(code, code) for code in codes],
        ),
    )  # fmt: skip


def _amounts(
    of: Mapping[tuple[date, str], int], months: Collection[date], codes: Sequence[str], opens: Opens
) -> tuple[Cell, ...]:  # fmt: skip
    """`months`: one of them, or all."""
    month = f"{next(iter(months)):%Y-%m}" if len(months) == 1 else ALL
    each = {code: sum(of[month, code] for month in months) for code in codes}
    whole = {ALL: sum(each.values())} | each
    return tuple(opens(f"{month}:{code}", cells.yuan(fen), fen) for code, fen in whole.items())


def behind(connection: Connection, asked: Asked, names: Mapping[str, str]) -> Behind | None:
    """A page of the elders that an amount is made of, each with theirs. `names`: as for `costs`."""
    (month, code), of = part_of(asked), LINES.c
    query = select(of.elder_id, func.max(of.village_id).label("village_id"), func.sum(of.fen).label("fen"))
    query = query.join(LISTS, LISTS.c.sha256 == of.sha256).where(*approved(asked.county_id, asked.month))
    query = query.where(cells.within_cut(of.township_id, of.village_id, asked.cut), of.elder_id > asked.after)
    if not code:
        return None
    if month != ALL:
        try:
            query = query.where(LISTS.c.month == date.fromisoformat(f"{month}-01"))
        except ValueError:
            return None
    if code != ALL:
        query = query.where(of.code == code)
    places = names_on(connection, last_day(asked.month))
    more = [*([month] if month != ALL else []), *([names.get(code, code)] if code != ALL else [])]
    return Behind(
        titles=(titles("benefit_cost", 0)[0], *more, OTHERS["yuan"]),
        rows=tuple(
            OneBehind(
                key=row.elder_id, elder_id=row.elder_id, place=places.get(row.village_id) or row.village_id,
                told=(cells.yuan(int(row.fen)).told,),
            )
            for row in connection.execute(query.group_by(of.elder_id).order_by(of.elder_id).limit(asked.limit))
        ),
    )  # fmt: skip
