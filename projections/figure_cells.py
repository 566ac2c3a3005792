"""Cells and rows of a figure: a count, a share cut down, an amount; what of a county's counts a cut lets through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from decisions.figure_words import FIGURES, OTHERS
from models.figures import Cell, Chart, Cut, Figure, FigureRow
from projections.figures_rate import PLACES
from projections.rates import percent

TOTAL = "total"
HOUR = timedelta(hours=1)


class Placed(Protocol):
    """Counted where it lies. Without a place it is the county's, and whoever sees less than all of it sees none."""

    @property
    def township_id(self) -> str | None: ...

    @property
    def village_id(self) -> str | None: ...


P = TypeVar("P", bound=Placed)


def within(rows: Iterable[P], cut: Cut) -> list[P]:
    return [row for row in rows if _row_of(row, cut) is not None]


def by_place(rows: Iterable[P], cut: Cut) -> dict[str, list[P]]:
    """What lies in each row's place, by its id."""
    held: defaultdict[str, list[P]] = defaultdict(list)
    for row in rows:
        place = _row_of(row, cut)
        if place:
            held[place].append(row)
    return dict(sorted(held.items()))


def _row_of(row: Placed, cut: Cut) -> str | None:
    """Empty: the county's."""
    if row.township_id is None or row.village_id is None:
        return "" if cut.areas is None else None
    return cut.row_of(row.township_id, row.village_id)


def count(number: int) -> Cell:
    return Cell(told=str(number), number=number)


def share(part: int, whole: int) -> Cell:
    """With one place, cut down."""
    return Cell(told=percent(part, whole), number=part * 1000 // whole / 10 if whole > 0 else None)


def hours(time: timedelta | None) -> Cell:
    if time is None:
        return NOTHING
    tenths = time * 10 // HOUR
    return Cell(told=f"{tenths // 10}.{tenths % 10}", number=tenths / 10)


def yuan(fen: int) -> Cell:
    amount = Decimal(fen).scaleb(-2)
    return Cell(told=f"{amount:,.2f}", number=float(amount))


def words(told: str) -> Cell:
    return Cell(told=told)


NOTHING = Cell(told="-")


def figure(
    code: str, at: datetime, rows: Sequence[FigureRow], total: Sequence[Cell] = (), *, chart: Chart | None = None,
    drawn: tuple[int, ...] = (), unit: str = "", cut: Cut | None = None, more: Sequence[str] = (),
    worded: tuple[int, ...] = (), behind: tuple[str, str] | None = None,
) -> Figure:  # fmt: skip
    """`unit`: of `OTHERS`. `cut`: rows are places. `more`: columns after those that the figure always has."""
    said = FIGURES[code]
    first = PLACES[cut.by] if cut is not None else said.columns[0]
    return Figure(
        code=code, title=said.title, columns=(first, *said.columns[1:], *more), rows=tuple(rows), how=said.how,
        total=FigureRow(key=TOTAL, label=OTHERS["total"], cells=tuple(total)) if total else None, known_at=at,
        chart=chart if rows else None, drawn=drawn if rows else (), unit=OTHERS.get(unit, unit), worded=worded,
        behind=behind, empty=said.empty,
    )  # fmt: skip


def rows_of_places(
    held: Mapping[str, Sequence[P]], names: Mapping[str, str], cells: Callable[[Sequence[P]], Sequence[Cell]]
) -> list[FigureRow]:
    return [FigureRow(key=id_, label=names.get(id_) or id_, cells=tuple(cells(rows))) for id_, rows in held.items()]
