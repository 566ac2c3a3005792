"""The indicators of a county's document for the dashboard: what we can count of them, the target, and what is lacking.

Which computation of ours an indicator is, its pack says. What we cannot count stands there with its target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, cast

from decisions.benefit_time import last_day
from decisions.figure_words import COMPUTED, COMPUTED_OURS, OTHERS
from models.figures import Cell, Counted, Cut, Figure, FigureRow
from models.indicators import Goal, Indicator
from projections import figure_cells as cells
from projections import figures_rate, figures_visits
from projections.figure_cells import Opens, figure, within
from projections.figures_rate import MonthCounted
from projections.figures_visits import VisitsOfMonth

OF_ELDERS = "month_visit_rate"
NAME, BESIDE = "annex", (figures_rate.NAME, figures_visits.NAME)


class Part(NamedTuple):
    """Of one village: so many of so many."""

    township_id: str
    village_id: str
    part: int
    whole: int


def _visit_rate(rate: MonthCounted, _visits: VisitsOfMonth) -> list[Part]:
    return [Part(one.township_id or "", one.village_id or "", one.seen, one.listed) for one in rate.rate.villages]


def _coverage(rate: MonthCounted, visits: VisitsOfMonth) -> list[Part]:
    """Villages with somebody on the list; of these where there was a visit for which somebody was sent or went."""
    given = {one.village_id for one in visits.visits if one.given}
    return [one._replace(part=int(one.village_id in given), whole=1) for one in _visit_rate(rate, visits) if one.whole]


COMPUTATIONS: Mapping[str, Callable[[MonthCounted, VisitsOfMonth], list[Part]]] = {
    OF_ELDERS: _visit_rate,
    "visit_scheme_coverage": _coverage,
}


# --- as a figure -----------------------------------------------------------------------------------------------------


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    """Of the rate, the visits, and the indicators themselves. Where the rules name none, it has no rows.

    What counts elders opens the lists of the rate; what counts villages opens none.
    """
    rate, visits, (month, _at, indicators) = counted
    wanted = {one.computation for one in indicators} & COMPUTATIONS.keys()
    parts = {code: within(COMPUTATIONS[code](rate.value, visits.value), cut) for code in sorted(wanted)}
    mine, others = list[FigureRow](), list[FigureRow]()
    opens = Opens(figures_rate.NAME, month, cut)
    for one in cast(Sequence[Indicator], indicators):
        held, goal = parts.get(one.computation or ""), _goal(one.goals, last_day(month))
        said = [*_target(goal, one.unit)], [cells.words(told or "-") for told in (one.attribute, one.who)]
        told = _elsewhere(*said) if held is None else _counted(goal, held, how_of(one), *said)
        if held is not None and one.computation == OF_ELDERS:
            part, whole = _sum(held)
            told = (opens("not_seen", told[0], whole - part), opens("listed", told[1], whole), *told[2:])
        (others if held is None else mine).append(FigureRow(key=one.code, label=one.name, cells=told))
    at = min(one.at for one in counted)
    found = (figure("indicators", at, mine, worded=(5, 6, 7)),)
    return (*found, figure("indicators_elsewhere", at, others, worded=(0, 3, 4))) if others else found


def _elsewhere(target: Sequence[Cell], beside: Sequence[Cell]) -> tuple[Cell, ...]:
    return (cells.words(OTHERS["cannot"]), *target, *beside)


def _counted(
    goal: Goal | None, parts: Sequence[Part], how: str, target: Sequence[Cell], beside: Sequence[Cell]
) -> tuple[Cell, ...]:
    part, whole = _sum(parts)
    reached = (cells.share(part, whole), cells.words(f"{part}/{whole}"))
    return (*reached, *target, _gap(goal, part, whole), cells.words(how), *beside)


def _sum(parts: Sequence[Part]) -> tuple[int, int]:
    return sum(one.part for one in parts), sum(one.whole for one in parts)


def how_of(one: Indicator) -> str:
    return (COMPUTED_OURS if one.ours else COMPUTED)[one.computation or ""]


def _goal(goals: Sequence[Goal], day: date) -> Goal | None:
    """The one in force on the day; where all have ended, the last."""
    in_time = [goal for goal in goals if goal.to_on is None or goal.to_on >= day]
    return in_time[0] if in_time else goals[-1] if goals else None


def _target(goal: Goal | None, unit: str) -> tuple[Cell, Cell]:
    if goal is None:
        return cells.NOTHING, cells.NOTHING
    sign = "" if goal.op == "=" else goal.op
    return cells.words(f"{sign}{goal.value:f}{unit}"), cells.words(goal.to_on.isoformat() if goal.to_on else "-")


def _gap(goal: Goal | None, part: int, whole: int) -> Cell:
    """In points, to what is shown; an equals sign is reached from there on upward."""
    if goal is None or not whole:
        return cells.NOTHING
    percent, wanted = Fraction(part * 100, whole), Fraction(goal.value)
    if REACHED[goal.op](percent, wanted):
        return cells.words(OTHERS["reached"])
    shown = Decimal(part * 1000 // whole).scaleb(-1)
    lacking = abs(goal.value - shown)  # with as many places as the more exact of the two
    return Cell(told=f"{lacking:f}", number=float(lacking))


REACHED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "=": lambda percent, wanted: percent >= wanted,
    ">=": lambda percent, wanted: percent >= wanted,
    ">": lambda percent, wanted: percent > wanted,
    "<=": lambda percent, wanted: percent <= wanted,
    "<": lambda percent, wanted: percent < wanted,
}
