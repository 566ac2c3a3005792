"""Levels of a county by township: confirmed in a month, and valid now. For `kpi --levels`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, func, select

from decisions.benefit_time import next_month
from decisions.deadlines import instant
from models.ability import AbilityLevel
from models.tables import Area, AssessmentRow, Elder, LevelRow, table_of
from models.values import Id, Value
from projections.assessments import CONFIRMED, REFUSED
from projections.rates import TOTAL

AREAS, ROUNDS = table_of(Area), table_of(AssessmentRow)
ELDERS, LEVELS = table_of(Elder), table_of(LevelRow)
UNDER_WAY = "under_way"


class Levels(Value):
    """Of one township, or, without an id, of the county. `valid`: elders, each by the level that holds now."""

    township_id: Id | None
    name: str
    confirmed: dict[AbilityLevel, int]
    refused: int
    under_way: int
    valid: dict[AbilityLevel, int]

    @property
    def any_of_it(self) -> bool:
        return any((*self.confirmed.values(), self.refused, self.under_way, *self.valid.values()))


class MonthLevels(Value):
    month: str
    townships: tuple[Levels, ...]
    total: Levels


def month_levels(connection: Connection, county_id: Id, first: date) -> MonthLevels:
    """A round counts where the elder lived in it, and in the month in which it ended."""
    query = select(AREAS.c.id, AREAS.c.name).where(AREAS.c.parent_id == county_id, AREAS.c.kind == "township")
    names = {row.id: row.name for row in connection.execute(query.order_by(AREAS.c.id))}
    ended: Counter[tuple[str, str]] = Counter()
    ours = ROUNDS.c.township_id.in_(names)
    within = (ROUNDS.c.ended_at >= instant(first), ROUNDS.c.ended_at < instant(next_month(first)))
    rounds = select(ROUNDS.c.township_id, ROUNDS.c.outcome, ROUNDS.c.level, func.count().label("times"))
    by = (ROUNDS.c.township_id, ROUNDS.c.outcome, ROUNDS.c.level)
    for row in connection.execute(rounds.where(ours, *within).group_by(*by)):
        if row.outcome in (CONFIRMED, REFUSED):
            ended[row.township_id, row.level if row.outcome == CONFIRMED else REFUSED] += row.times
    open_ = select(ROUNDS.c.township_id, func.count().label("times")).where(ours, ROUNDS.c.ended_at.is_(None))
    for row in connection.execute(open_.group_by(ROUNDS.c.township_id)):
        ended[row.township_id, UNDER_WAY] = row.times
    held = select(ELDERS.c.township_id, LEVELS.c.level, func.count().label("elders"))
    held = held.join(LEVELS, LEVELS.c.elder_id == ELDERS.c.id)
    own = (ELDERS.c.county_id == county_id, LEVELS.c.expired.is_(False))
    valid = {
        (row.township_id, row.level): row.elders
        for row in connection.execute(held.where(*own).group_by(ELDERS.c.township_id, LEVELS.c.level))
    }
    townships = tuple(
        Levels(
            township_id=id_, name=name, confirmed={level: ended[id_, level.value] for level in AbilityLevel},
            refused=ended[id_, REFUSED], under_way=ended[id_, UNDER_WAY],
            valid={level: valid.get((id_, level.value), 0) for level in AbilityLevel},
        )
        for id_, name in names.items()
    )  # fmt: skip
    return MonthLevels(month=f"{first:%Y-%m}", townships=townships, total=_total(townships))


def _total(townships: Iterable[Levels]) -> Levels:
    rows = list(townships)
    return Levels(
        township_id=None, name=TOTAL, confirmed={one: sum(row.confirmed[one] for row in rows) for one in AbilityLevel},
        refused=sum(row.refused for row in rows), under_way=sum(row.under_way for row in rows),
        valid={one: sum(row.valid[one] for row in rows) for one in AbilityLevel},
    )  # fmt: skip
