"""What pages and commands may ask of the rows of assessments. Reads only; ids out, and the names of places."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select

from models.tables import Area, AssessmentRow, Elder, LevelRow, table_of

AREAS, ELDERS = table_of(Area), table_of(Elder)
ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)


class Named(NamedTuple):
    """An assessor, and the areas in which they are one today."""

    staff_id: str
    areas: Collection[str]


def round_of(connection: Connection, elder_id: str, n: int) -> Row[Any]:
    return connection.execute(select(ROUNDS).where(ROUNDS.c.elder_id == elder_id, ROUNDS.c.round == n)).one()


def level_of(connection: Connection, elder_id: str) -> Row[Any] | None:
    return connection.execute(select(LEVELS).where(LEVELS.c.elder_id == elder_id)).one_or_none()


def rounds_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    """Every round of one elder, the newest first."""
    query = select(ROUNDS).where(ROUNDS.c.elder_id == elder_id)
    return connection.execute(query.order_by(ROUNDS.c.round.desc())).all()


def open_rounds(
    connection: Connection, areas: Collection[str], named: Named, *, stage: str | None = None,
    after: tuple[datetime, str] | None = None, at_most: int | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Under way, of whoever lives within these areas today, and those an assessor is named in; by term.

    `after`: term and elder of the last row of the page before.
    """
    query = select(ROUNDS, AREAS.c.name.label("village")).join(ELDERS, ELDERS.c.id == ROUNDS.c.elder_id)
    query = query.join(AREAS, AREAS.c.id == ELDERS.c.village_id).where(*_open(areas, named))
    if stage is not None:
        query = query.where(ROUNDS.c.stage == stage)
    if after is not None:
        due_at, elder_id = after
        later = and_(ROUNDS.c.due_at == due_at, ROUNDS.c.elder_id > elder_id)
        query = query.where(or_(ROUNDS.c.due_at > due_at, later))
    return connection.execute(query.order_by(ROUNDS.c.due_at, ROUNDS.c.elder_id).limit(at_most)).all()


def open_by_stage(connection: Connection, areas: Collection[str], named: Named, now: datetime) -> dict[str, Any]:
    """How many of these stand in each stage (`rounds`), and how many of them are `late`."""
    late = func.sum(case((ROUNDS.c.due_at <= now, 1), else_=0)).label("late")
    query = select(ROUNDS.c.stage, func.count().label("rounds"), late).join(ELDERS, ELDERS.c.id == ROUNDS.c.elder_id)
    query = query.where(*_open(areas, named)).group_by(ROUNDS.c.stage)
    return {row.stage: row for row in connection.execute(query)}


def is_named(connection: Connection, elder_id: str, staff_id: str) -> bool:
    """Whether they are one of the two in what is under way of this elder."""
    theirs = (ROUNDS.c.elder_id == elder_id, ROUNDS.c.ended_at.is_(None), _of_the_two(staff_id))
    return connection.execute(select(ROUNDS.c.round).where(*theirs)).first() is not None


def _open(areas: Collection[str], named: Named) -> tuple[ColumnElement[bool], ...]:
    return ROUNDS.c.ended_at.is_(None), or_(_lives(areas), and_(_of_the_two(named.staff_id), _lives(named.areas)))


def _of_the_two(staff_id: str) -> ColumnElement[bool]:
    return or_(ROUNDS.c.first_id == staff_id, ROUNDS.c.second_id == staff_id)


def _lives(areas: Collection[str]) -> ColumnElement[bool]:
    return or_(
        *(column.in_(sorted(areas)) for column in (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id))
    )
