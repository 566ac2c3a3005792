"""Whether the rows of a benefit are one table: nobody is hit by two, and nothing is left out between them.

Every fact the rows ask about is cut where some condition tells values apart, and time where a row begins or ends. In
each cell of that grid all elders are alike, so looking at one of each is looking at all.

| Refused | Means |
|---|---|
| overlap | a cell is hit by two rows |
| gap | along a number, a rising scale or time: hit below, hit above, and not here |
| nobody | inside `over`: not hit at all |
| dead | a row that hits no cell |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise, product
from math import prod
from typing import NamedTuple

from decisions.rule_rows import Cell, cells, conditions_of, kleene, literal, row_of
from models.benefits import Condition, Conditions
from models.facts import FACTS, FactType
from policies.benefit_tables import BenefitTable, in_force
from policies.benefits import conditions
from policies.benefits import row_of as conditions_of_row
from policies.pack import Pack
from policies.sourced import Problem

MOST_CELLS = 200_000
RISING = (FactType.NUMBER, FactType.ORDERED)
TIME = "time"

Place = tuple[int, ...]  # which cell of each axis, time last


class Axis(NamedTuple):
    """What the rows tell apart, and one value of each stretch of it."""

    fact: str
    cells: tuple[Cell, ...]


class Grid(NamedTuple):
    """`hits`: by place, the numbers of the rows that hit there; `inside`: the places that are inside `over`."""

    table: BenefitTable
    axes: tuple[Axis, ...]
    hits: dict[Place, tuple[int, ...]]
    inside: frozenset[Place]


def tiles(pack: Pack) -> Iterator[Problem]:
    """Every fault of the benefits' rows, an example of each."""
    for table in pack.file.benefits:
        if not table.rows:
            continue
        axes = _axes(table)
        size = prod(len(axis.cells) for axis in axes)
        if size > MOST_CELLS:
            yield Problem(f"benefits.{table.code}", f"asks too much at once to be checked: {size} cells")
            continue
        grid = _grid(table, axes)
        yield from _overlaps(grid)
        yield from _gaps(grid)
        yield from _left_out(grid)
        yield from _dead(grid)


def _rows(table: BenefitTable) -> list[Conditions]:
    """The rows, and after them what is inside `over`."""
    return [*map(conditions_of_row, table.rows), Conditions(code="over", when=conditions(table.over))]


def _axes(table: BenefitTable) -> tuple[Axis, ...]:
    literals = [literal(condition) for condition in dict.fromkeys(conditions_of(_rows(table)))]
    facts = dict.fromkeys(each.condition.fact for each in literals)
    asked = [Axis(fact, cells(fact, [each for each in literals if each.condition.fact == fact])) for fact in facts]
    begins = {row.from_on or date.min for row in table.rows}
    ends = {row.to_on + timedelta(days=1) for row in table.rows if row.to_on not in (None, date.max)}
    return (*asked, Axis(TIME, tuple(sorted(begins | ends))))


def _grid(table: BenefitTable, axes: Sequence[Axis]) -> Grid:
    held = _rows(table)
    numbers: dict[Condition, int] = {}
    for condition in conditions_of(held):
        numbers.setdefault(condition, len(numbers))
    literals = [literal(condition) for condition in numbers]
    *rows, over = [row_of(row, numbers, literals) for row in held]
    at = {axis.fact: n for n, axis in enumerate(axes)}
    told = [[each.verdict(cell) for cell in axes[at[each.condition.fact]].cells] for each in literals]
    where = [at[each.condition.fact] for each in literals]
    moments = axes[-1].cells
    running = [[in_force(row, moment) for moment in moments if isinstance(moment, date)] for row in table.rows]
    hits: dict[Place, tuple[int, ...]] = {}
    inside: set[Place] = set()
    for place in product(*(range(len(axis.cells)) for axis in axes)):
        verdicts = [told[n][place[axis]] for n, axis in enumerate(where)]
        hits[place] = tuple(n for n, row in enumerate(rows) if running[n][place[-1]] and kleene(row, verdicts))
        if over.when and kleene(over, verdicts) and any(each[place[-1]] for each in running):
            inside.add(place)
    return Grid(table, tuple(axes), hits, frozenset(inside))


def _overlaps(grid: Grid) -> Iterator[Problem]:
    seen: set[tuple[int, int]] = set()
    for place, rows in grid.hits.items():
        for pair in combinations(rows, 2):
            if pair not in seen:
                seen.add(pair)
                first, second = (grid.table.rows[n].code for n in pair)
                yield Problem(_at(grid, pair[1]), f"overlap: {first!r} and {second!r} both hit {_told(grid, place)}")


def _gaps(grid: Grid) -> Iterator[Problem]:
    seen: set[tuple[int, int]] = set()
    for n, axis in enumerate(grid.axes):
        if axis.fact != TIME and FACTS[axis.fact].type not in RISING:
            continue
        for start in (place for place in grid.hits if place[n] == 0):
            line = [(*start[:n], cell, *start[n + 1 :]) for cell in range(len(axis.cells))]
            hit = [cell for cell, place in enumerate(line) if grid.hits[place]]
            for below, above in pairwise(hit):
                pair = (grid.hits[line[below]][0], grid.hits[line[above]][0])
                if above > below + 1 and pair not in seen:
                    seen.add(pair)
                    what = _told(grid, line[below + 1])
                    yield Problem(_at(grid, pair[1]), f"gap: nothing hits {what}, though below and above it does")


def _left_out(grid: Grid) -> Iterator[Problem]:
    place = next((place for place, rows in grid.hits.items() if place in grid.inside and not rows), None)
    if place is not None:
        where = f"benefits.{grid.table.code}"
        yield Problem(where, f"gap: nothing hits {_told(grid, place)}, which is inside `over`", "over")


def _dead(grid: Grid) -> Iterator[Problem]:
    alive = {n for rows in grid.hits.values() for n in rows}
    for n in range(len(grid.table.rows)):
        if n not in alive:
            yield Problem(_at(grid, n), "hits nobody: its conditions exclude each other")


def _at(grid: Grid, row: int) -> str:
    return f"benefits.{grid.table.code}.rows.{grid.table.rows[row].code}"


def _told(grid: Grid, place: Place) -> str:
    return ", ".join(_cell(axis, n) for axis, n in zip(grid.axes, place, strict=True) if len(axis.cells) > 1)


def _cell(axis: Axis, n: int) -> str:
    """age 80 to 89"""
    value = axis.cells[n]
    if axis.fact == TIME:
        return f"before {axis.cells[1]}" if value == date.min else f"from {value}"
    if isinstance(value, frozenset):
        return f"{axis.fact} {', '.join(sorted(value)) or 'nothing'}"
    if FACTS[axis.fact].type is not FactType.NUMBER or not isinstance(value, int):
        return f"{axis.fact} {value}"
    above = axis.cells[n + 1] if n + 1 < len(axis.cells) else FACTS[axis.fact].most + 1
    last = above - 1 if isinstance(above, int) else value
    return f"{axis.fact} {value}" if last == value else f"{axis.fact} {value} to {last}"
