"""What a scan for those who are to be assessed must know of each elder of the register. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import Engine, Select, func, or_, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_placed import GONE
from decisions.deadlines import civil_day
from decisions.scanning import BY_CATEGORY, Scanned
from models.policy import Category
from models.tables import AssessmentRow, CaseRow, Elder, ElderCategory, LevelRow, table_of
from models.values import CaseStatus

ELDERS, CASES, CATEGORIES = table_of(Elder), table_of(CaseRow), table_of(ElderCategory)
ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)
ASKED = [category.value for categories in BY_CATEGORY.values() for category in categories]
REFUSED = "refused"  # as `projections.assessments` writes how a round ended
DEAD_OR_GONE = or_(
    CASES.c.status == CaseStatus.DEATH_REPORTED.value,
    (CASES.c.status == CaseStatus.CLOSED.value) & CASES.c.close_reason.in_([reason.value for reason in GONE]),
)


def living_within(areas: Collection[str]) -> Select[tuple[str]]:
    """The ids of whoever lives within these areas and is neither dead, nor said to be, nor gone."""
    within = or_(
        *(column.in_(sorted(areas)) for column in (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id))
    )
    mine = select(ELDERS.c.id).outerjoin(CASES, CASES.c.elder_id == ELDERS.c.id)
    return mine.where(within, or_(CASES.c.elder_id.is_(None), ~DEAD_OR_GONE))


class SqlScan:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def elders(self, areas: Collection[str], on: date) -> Iterator[Scanned]:
        """Whoever lives within these areas and is neither dead, nor said to be, nor gone; by id."""
        mine = living_within(areas)
        with reading(self._engine) as connection:
            since: dict[str, dict[Category, date]] = defaultdict(dict)
            held = (CATEGORIES.c.from_on <= on, or_(CATEGORIES.c.to_on.is_(None), CATEGORIES.c.to_on > on))
            query = select(CATEGORIES).where(CATEGORIES.c.category.in_(ASKED), CATEGORIES.c.elder_id.in_(mine), *held)
            for row in connection.execute(query.order_by(CATEGORIES.c.from_on)):
                since[row.elder_id][Category(row.category)] = row.from_on
            levels = {
                row.elder_id: row.valid_to or date.max
                for row in connection.execute(select(LEVELS).where(LEVELS.c.expired.is_(False)))
            }
            open_ = set(connection.execute(select(ROUNDS.c.elder_id).where(ROUNDS.c.ended_at.is_(None))).scalars())
            refusals = select(ROUNDS.c.elder_id, func.max(ROUNDS.c.ended_at).label("at"))
            refusals = refusals.where(ROUNDS.c.outcome == REFUSED).group_by(ROUNDS.c.elder_id)
            refused = {row.elder_id: civil_day(row.at) for row in connection.execute(refusals)}
            born = select(ELDERS.c.id, ELDERS.c.born_on_enc).where(ELDERS.c.id.in_(mine)).order_by(ELDERS.c.id)
            for row in connection.execute(born):
                yield Scanned(
                    elder_id=row.id, born_on=date.fromisoformat(self._sealer.open(row.born_on_enc)),
                    since=since.get(row.id, {}), level_to=levels.get(row.id), under_way=row.id in open_,
                    refused_on=refused.get(row.id),
                )  # fmt: skip
