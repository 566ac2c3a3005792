"""The indicators of a county's document for the dashboard: what we can count of them, the target, and what is lacking.

Which computation of ours an indicator is, its pack says. What we cannot count stands there with its target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, cast

from sqlalchemy import Connection

from decisions.benefit_time import last_day
from decisions.figure_words import COMPUTED, COMPUTED_OURS, OTHERS
from models.figures import Cell, Counted, Cut, Figure, FigureRow
from models.indicators import Goal, Indicator
from projections import figure_cells as cells
from projections.figure_cells import figure, within
from projections.rates import month_visit_rate
from projections.read_figures_visits import visit_counts


class Part(NamedTuple):
    """Of one village: so many of so many."""

    township_id: str
    village_id: str
    part: int
    whole: int


class IndicatorsOfMonth(NamedTuple):
    """`parts`: by computation."""

    day: date
    indicators: Sequence[Indicator]
    parts: Mapping[str, Sequence[Part]]


def indicators_of_month(
    connection: Connection, county_id: str, first: date, now: datetime, indicators: Sequence[Indicator]
) -> IndicatorsOfMonth:
    wanted = sorted({one.computation for one in indicators if one.computation is not None})
    parts = {code: COUNTS[code](connection, county_id, first, now) for code in wanted}
    return IndicatorsOfMonth(last_day(first), indicators, parts)


def _visit_rate(connection: Connection, county_id: str, first: date, now: datetime) -> Sequence[Part]:
    villages = month_visit_rate(connection, connection, county_id, first, now).villages
    return [Part(one.township_id or "", one.village_id or "", one.seen, one.listed) for one in villages]


def _coverage(connection: Connection, county_id: str, first: date, now: datetime) -> Sequence[Part]:
    """Somebody on the list there, and a scheduled visit for which somebody was sent or went."""
    given = {one.village_id for one in visit_counts(connection, county_id, first, now) if one.given}
    listed = _visit_rate(connection, county_id, first, now)
    return [one._replace(part=int(one.village_id in given), whole=1) for one in listed if one.whole]


COUNTS: Mapping[str, Callable[[Connection, str, date, datetime], Sequence[Part]]] = {
    "month_visit_rate": _visit_rate,
    "visit_scheme_coverage": _coverage,
}


# --- as a figure -----------------------------------------------------------------------------------------------------


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    """A county whose rules name none has a figure without rows."""
    held = cast(IndicatorsOfMonth, counted[-1].value)
    rows = [
        FigureRow(key=one.code, label=one.name, cells=_cells(one, held.day, held.parts.get(one.computation or ""), cut))
        for one in held.indicators
    ]
    return (figure("indicators", counted[-1].at, rows),)


def _cells(one: Indicator, day: date, parts: Sequence[Part] | None, cut: Cut) -> tuple[Cell, ...]:
    goal = _goal(one.goals, day)
    told = (*_target(goal, one.unit), *_reached(goal, parts, cut))
    how = (COMPUTED_OURS if one.ours else COMPUTED).get(one.computation or "", "-")
    return (*told, *(cells.words(said) for said in (how, one.attribute or "-", one.who or "-")))


def _goal(goals: Sequence[Goal], day: date) -> Goal | None:
    """The one in force on the day; where all have ended, the last."""
    in_time = [goal for goal in goals if goal.to_on is None or goal.to_on >= day]
    return in_time[0] if in_time else goals[-1] if goals else None


def _target(goal: Goal | None, unit: str) -> tuple[Cell, Cell]:
    if goal is None:
        return cells.NOTHING, cells.NOTHING
    sign = "" if goal.op == "=" else goal.op
    return cells.words(f"{sign}{goal.value:f}{unit}"), cells.words(goal.to_on.isoformat() if goal.to_on else "-")


def _reached(goal: Goal | None, parts: Sequence[Part] | None, cut: Cut) -> tuple[Cell, Cell, Cell]:
    if parts is None:
        return cells.words(OTHERS["cannot"]), cells.NOTHING, cells.NOTHING
    mine = within(parts, cut)
    part, whole = sum(one.part for one in mine), sum(one.whole for one in mine)
    share = cells.share(part, whole)
    return share, cells.words(f"{part}/{whole}"), _gap(goal, part, whole)


def _gap(goal: Goal | None, part: int, whole: int) -> Cell:
    """In points, to what is shown; an equals sign is reached from there on upward."""
    if goal is None or not whole:
        return cells.NOTHING
    percent, wanted = Fraction(part * 100, whole), Fraction(goal.value)
    if REACHED[goal.op](percent, wanted):
        return cells.words(OTHERS["reached"])
    shown = Decimal(part * 1000 // whole) / 10
    lacking = abs(goal.value - shown)
    return Cell(told=f"{lacking:.1f}" if lacking.as_tuple().exponent >= -1 else f"{lacking:f}", number=float(lacking))


REACHED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "=": lambda percent, wanted: percent >= wanted,
    ">=": lambda percent, wanted: percent >= wanted,
    ">": lambda percent, wanted: percent > wanted,
    "<=": lambda percent, wanted: percent <= wanted,
    "<": lambda percent, wanted: percent < wanted,
}
