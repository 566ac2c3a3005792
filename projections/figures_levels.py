"""A month's ability levels for the dashboard, by village: confirmed in it, and valid now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import Connection, and_, case, func, or_, select

from decisions.benefit_time import last_day, next_month
from decisions.deadlines import instant
from models.ability import AbilityLevel
from models.figures import Cell, Chart, Counted, Cut, Figure
from models.tables import AssessmentRow, Elder, LevelRow, table_of
from projections import figure_cells as cells
from projections.assessments import CONFIRMED, REFUSED
from projections.figure_cells import by_place, figure, rows_of_places, within
from projections.figures_visits import townships_of
from projections.rates import names_on
from projections.read_levels import UNDER_WAY

ROUNDS, ELDERS, LEVELS = table_of(AssessmentRow), table_of(Elder), table_of(LevelRow)
EACH = tuple(level.value for level in AbilityLevel)
NAME = "levels"


class LevelCount(NamedTuple):
    """Elders of one village. `what`: a level, `refused`, `under_way`."""

    township_id: str
    village_id: str
    what: str
    elders: int


class LevelsOfMonth(NamedTuple):
    names: Mapping[str, str]
    rounds: Sequence[LevelCount]
    valid: Sequence[LevelCount]


def count(connection: Connection, county_id: str, first: date, now: datetime) -> LevelsOfMonth:
    """The same numbers as `read_levels.month_levels`, by village."""
    names = names_on(connection, last_day(first))
    return LevelsOfMonth(names, _rounds(connection, county_id, first), _valid(connection, county_id))


def _rounds(connection: Connection, county_id: str, first: date) -> Sequence[LevelCount]:
    ended = and_(ROUNDS.c.ended_at >= instant(first), ROUNDS.c.ended_at < instant(next_month(first)))
    what = case(
        (ROUNDS.c.ended_at.is_(None), UNDER_WAY), (ROUNDS.c.outcome == REFUSED, REFUSED), else_=ROUNDS.c.level
    )  # fmt: skip
    told = or_(ROUNDS.c.ended_at.is_(None), and_(ended, ROUNDS.c.outcome.in_((CONFIRMED, REFUSED))))
    within_county = ROUNDS.c.township_id.in_(townships_of(county_id))
    each = select(ROUNDS.c.township_id, ROUNDS.c.village_id, what.label("what")).where(told, within_county).subquery()
    return [LevelCount(*row) for row in connection.execute(select(*each.c, func.count()).group_by(*each.c))]


def _valid(connection: Connection, county_id: str) -> Sequence[LevelCount]:
    by = (ELDERS.c.township_id, ELDERS.c.village_id, LEVELS.c.level)
    query = select(*by, func.count()).join(LEVELS, LEVELS.c.elder_id == ELDERS.c.id)
    query = query.where(ELDERS.c.county_id == county_id, LEVELS.c.expired.is_(False))
    return [LevelCount(*row) for row in connection.execute(query.group_by(*by))]


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    at, held = counted[-1].at, cast(LevelsOfMonth, counted[-1].value)
    drawn = tuple(range(len(EACH)))
    return (
        figure(
            "levels_confirmed", at, rows_of_places(by_place(held.rounds, cut), held.names, _rounds_told),
            _rounds_told(within(held.rounds, cut)), chart=Chart.STACKED, drawn=drawn, unit="people", cut=cut,
        ),
        figure(
            "levels_valid", at, rows_of_places(by_place(held.valid, cut), held.names, _valid_told),
            _valid_told(within(held.valid, cut)), chart=Chart.STACKED, drawn=drawn, unit="people", cut=cut,
        ),
    )  # fmt: skip


def _rounds_told(each: Sequence[LevelCount]) -> tuple[Cell, ...]:
    return _told(each, (*EACH, REFUSED, UNDER_WAY))


def _valid_told(each: Sequence[LevelCount]) -> tuple[Cell, ...]:
    return _told(each, EACH)


def _told(each: Sequence[LevelCount], columns: Sequence[str]) -> tuple[Cell, ...]:
    of = Counter[str]()
    for one in each:
        of[one.what] += one.elders
    return tuple(cells.count(of[what]) for what in columns)
