"""What pages may ask about villages, volunteers and posts. Reads only; ids out, never names.

`areas` are those within which whoever asks may ask: a village, a township, or a county. Lists are paged by key.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from models.tables import (
    Area,
    CaseRow,
    Elder,
    Pairing,
    Post,
    TaskCode,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import AreaKind, CaseStatus

AREAS, CASES, ELDERS, VISITS = table_of(Area), table_of(CaseRow), table_of(Elder), table_of(VisitRow)
PAIRINGS, POSTS, VOLUNTEERS, CODES = table_of(Pairing), table_of(Post), table_of(Volunteer), table_of(TaskCode)
MOST_VISITORS = 400


def _lives_within(people: Table, areas: Collection[str]) -> ColumnElement[bool]:
    columns = (people.c.village_id, people.c.township_id, people.c.county_id)
    return or_(*(column.in_(sorted(areas)) for column in columns))


def _holds(table: Table, today: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.from_on <= today, or_(table.c.to_on.is_(None), table.c.to_on > today)


# --- villages --------------------------------------------------------------------------------------------------------


def villages(connection: Connection, areas: Collection[str], today: date) -> Sequence[Any]:
    """Those that are there today, township by township."""
    township, wanted = AREAS.alias("township"), sorted(areas)
    return connection.execute(
        select(AREAS.c.id, AREAS.c.name, township.c.id.label("township_id"), township.c.name.label("township"))
        .join(township, township.c.id == AREAS.c.parent_id)
        .where(
            AREAS.c.kind == AreaKind.VILLAGE.value,
            or_(AREAS.c.id.in_(wanted), township.c.id.in_(wanted), township.c.parent_id.in_(wanted)),
            or_(AREAS.c.to_on.is_(None), AREAS.c.to_on > today),
        )
        .order_by(township.c.name, township.c.id, AREAS.c.name, AREAS.c.id)
    ).all()


# --- a village's month -----------------------------------------------------------------------------------------------


def cases_of_village(connection: Connection, village_id: str, since: datetime, after: str, limit: int) -> Sequence[Any]:
    """Elders with a case there, also one that was closed after `since`: what was done before is still entered."""
    query = select(CASES.c.elder_id, CASES.c.status).where(
        CASES.c.village_id == village_id,
        CASES.c.elder_id > after,
        or_(CASES.c.status != CaseStatus.CLOSED.value, CASES.c.closed_at >= since),
    )
    return connection.execute(query.order_by(CASES.c.elder_id).limit(limit)).all()


def paired_with(connection: Connection, elder_ids: Collection[str], today: date) -> Sequence[Any]:
    """Who is paired with each today, and the code by which they name the elder; None before the first text."""
    its_code = (CODES.c.elder_id == PAIRINGS.c.elder_id) & (CODES.c.phone_index == VOLUNTEERS.c.phone_index)
    query = (
        select(PAIRINGS.c.elder_id, PAIRINGS.c.volunteer_id, CODES.c.code)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == PAIRINGS.c.volunteer_id)
        .outerjoin(CODES, its_code)
        .where(PAIRINGS.c.elder_id.in_(sorted(elder_ids)), *_holds(PAIRINGS, today))
    )
    return connection.execute(query.order_by(PAIRINGS.c.from_on, PAIRINGS.c.id)).all()


def seen_between(connection: Connection, elder_ids: Collection[str], first: date, last: date) -> Sequence[Any]:
    """Visits of these elders that were made on these days."""
    query = select(VISITS.c.elder_id, VISITS.c.visited_on, VISITS.c.visitor_id, VISITS.c.result).where(
        VISITS.c.elder_id.in_(sorted(elder_ids)), VISITS.c.visited_on >= first, VISITS.c.visited_on <= last
    )
    return connection.execute(query.order_by(VISITS.c.visited_on, VISITS.c.id)).all()


def who_may_have_gone(connection: Connection, village_id: str, township_id: str) -> list[str]:
    """The township's volunteers, the village's own first, and who holds a post in either."""
    near = VOLUNTEERS.c.village_id == village_id
    volunteers = select(VOLUNTEERS.c.id).where(VOLUNTEERS.c.township_id == township_id, VOLUNTEERS.c.barred.is_(False))
    posts = POSTS.c.area_id.in_([village_id, township_id])
    found = list(connection.execute(volunteers.order_by(near.desc(), VOLUNTEERS.c.id).limit(MOST_VISITORS)).scalars())
    for held in (POSTS.c.holder_id, POSTS.c.deputy_id):
        found += connection.execute(select(held).where(posts, held.is_not(None)).order_by(POSTS.c.id)).scalars()
    return list(dict.fromkeys(found))
