"""Cells and rows of a figure: a count, a share cut down, an amount; what of a county's counts a cut lets through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, true

from decisions.figure_words import FIGURES, OTHERS
from models.figures import Asked, Cell, Chart, Cut, Figure, FigureRow
from projections.figures_rate import PLACES
from projections.rates import percent

TOTAL, NO_CODE = "total", "-"
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
    held: Mapping[str, Sequence[P]], names: Mapping[str, str], cells: Callable[[Sequence[P], str], Sequence[Cell]]
) -> list[FigureRow]:
    """`cells(what lies there, the place)`."""
    return [FigureRow(key=id_, label=names.get(id_) or id_, cells=tuple(cells(of, id_))) for id_, of in held.items()]


# --- the lists behind the numbers ------------------------------------------------------------------------------------


class Opens:
    """Makes the numbers of a supplier's month open their lists. `area`: what is counted there; None: all of a cut."""

    def __init__(self, of: str, month: date, cut: Cut, area: str | None = None) -> None:
        whole = next(iter(cut.areas)) if cut.areas is not None and len(cut.areas) == 1 else None
        self._said = {"of": of, "which": "", "month": f"{month:%Y-%m}"}
        self._said |= {"area": area or whole or ""} if area or whole else {}

    def __call__(self, which: str, cell: Cell, many: int) -> Cell:
        """`which`: what the supplier's list of it is called, of so `many`: of none there is no list."""
        return cell.model_copy(update={"behind": urlencode(self._said | {"which": which})}) if many else cell

    def count(self, which: str, number: int) -> Cell:
        return self(which, count(number), number)

    def volunteers(self, number: int, **more: str) -> Cell:
        """Opens the volunteers of its place."""
        said = {name: value for name, value in self._said.items() if name not in ("of", "which")} | more
        made = count(number)
        return made.model_copy(update={"behind": urlencode(said), "of_volunteers": True}) if number else made


def within_cut(township: ColumnElement[Any], village: ColumnElement[Any], cut: Cut) -> ColumnElement[bool]:
    """The same choice among rows of a store. What has no place is in no cut but the county's."""
    if cut.areas is None:
        return true()
    areas = sorted(cut.areas)
    return township.in_(areas) | village.in_(areas)


def part_of(asked: Asked) -> tuple[str, str]:
    """A list's name is of a column, or of a column and a row: `opened`, `opened:danger`."""
    column, _, row = asked.which.partition(":")
    return column, row


def titles(code: str, column: int, *more: str) -> tuple[str, ...]:
    """Of a list: its figure, the column, and what row."""
    said = FIGURES[code]
    return (said.title, said.columns[column], *more)
