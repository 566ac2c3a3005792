"""A month's ability levels for the dashboard, by village: confirmed in it, and valid now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import Connection, Subquery, and_, case, func, or_, select

from decisions.benefit_time import last_day, next_month
from decisions.deadlines import instant
from models.ability import AbilityLevel
from models.figures import Asked, Behind, Cell, Chart, Counted, Cut, Figure, OneBehind
from models.tables import AssessmentRow, Elder, LevelRow, table_of
from projections import figure_cells as cells
from projections.assessments import CONFIRMED, REFUSED
from projections.figure_cells import Opens, by_place, figure, part_of, rows_of_places, titles, within
from projections.figures_visits import townships_of
from projections.rates import names_on
from projections.read_levels import UNDER_WAY

ROUNDS, ELDERS, LEVELS = table_of(AssessmentRow), table_of(Elder), table_of(LevelRow)
EACH = tuple(level.value for level in AbilityLevel)
NAME = "levels"
ROUNDS_OF, VALID = "levels_confirmed", "levels_valid"
WHAT: Mapping[str, Sequence[str]] = {ROUNDS_OF: (*EACH, REFUSED, UNDER_WAY), VALID: EACH}
"""The columns of each figure, which are the lists behind it."""


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
    each = (_counts(connection, of) for of in (rounds_of(county_id, first), valid_of(county_id)))
    return LevelsOfMonth(names, *each)


def rounds_of(county_id: str, first: date) -> Subquery:
    """A row for each round that was ended in the month by a level or a refusal, and for each that goes on."""
    ended = and_(ROUNDS.c.ended_at >= instant(first), ROUNDS.c.ended_at < instant(next_month(first)))
    what = case(
        (ROUNDS.c.ended_at.is_(None), UNDER_WAY), (ROUNDS.c.outcome == REFUSED, REFUSED), else_=ROUNDS.c.level
    )  # fmt: skip
    told = or_(ROUNDS.c.ended_at.is_(None), and_(ended, ROUNDS.c.outcome.in_((CONFIRMED, REFUSED))))
    columns = (ROUNDS.c.elder_id, ROUNDS.c.round, ROUNDS.c.township_id, ROUNDS.c.village_id, what.label("what"))
    return select(*columns).where(told, ROUNDS.c.township_id.in_(townships_of(county_id))).subquery()


def valid_of(county_id: str) -> Subquery:
    """A row for each elder whose level holds, where they live."""
    columns = (LEVELS.c.elder_id, LEVELS.c.round, ELDERS.c.township_id, ELDERS.c.village_id)
    query = select(*columns, LEVELS.c.level.label("what")).join(ELDERS, ELDERS.c.id == LEVELS.c.elder_id)
    return query.where(ELDERS.c.county_id == county_id, LEVELS.c.expired.is_(False)).subquery()


def _counts(connection: Connection, each: Subquery) -> Sequence[LevelCount]:
    by = (each.c.township_id, each.c.village_id, each.c.what)
    return [LevelCount(*row) for row in connection.execute(select(*by, func.count()).group_by(*by))]


def figures(counted: Sequence[Counted], cut: Cut) -> Sequence[Figure]:
    month, at, held = counted[-1].month, counted[-1].at, cast(LevelsOfMonth, counted[-1].value)
    return tuple(_levels(code, month, at, rows, held.names, cut) for code, rows in zip(WHAT, held[1:], strict=True))


def _levels(
    code: str, month: date, at: datetime, each: Sequence[LevelCount], names: Mapping[str, str], cut: Cut
) -> Figure:  # fmt: skip
    def told(rows: Sequence[LevelCount], area: str | None = None) -> tuple[Cell, ...]:
        opens, of = Opens(NAME, month, cut, area), Counter[str]()
        for one in rows:
            of[one.what] += one.elders
        return tuple(opens.count(f"{code}:{what}", of[what]) for what in WHAT[code])

    rows, drawn = rows_of_places(by_place(each, cut), names, told), tuple(range(len(EACH)))
    return figure(
        code, at, rows, told(within(each, cut)), chart=Chart.STACKED, drawn=drawn, unit="people", cut=cut
    )  # fmt: skip


# --- the lists behind ------------------------------------------------------------------------------------------------


def behind(connection: Connection, asked: Asked) -> Behind | None:
    """A page of the rounds, or of the elders, that a number counts."""
    code, what = part_of(asked)
    if what not in WHAT.get(code, ()):
        return None
    each = valid_of(asked.county_id) if code == VALID else rounds_of(asked.county_id, asked.month)
    of = each.c
    elder, _, n = asked.after.rpartition("/")
    later = or_(of.elder_id > elder, and_(of.elder_id == elder, of.round > (int(n) if n.isdecimal() else 0)))
    query = select(each).where(of.what == what, later, cells.within_cut(of.township_id, of.village_id, asked.cut))
    names, column = names_on(connection, last_day(asked.month)), 1 + WHAT[code].index(what)
    found = titles(code, column)
    return Behind(
        titles=found,
        rows=tuple(
            OneBehind(
                key=f"{row.elder_id}/{row.round}", elder_id=row.elder_id,
                place=names.get(row.village_id) or row.village_id, told=found[1:],
            )
            for row in connection.execute(query.order_by(of.elder_id, of.round).limit(asked.limit))
        ),
    )  # fmt: skip
