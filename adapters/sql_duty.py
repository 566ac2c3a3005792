"""Who stands at a post on a day: its holder, or its deputy while the holder is away or the post is vacant."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from models.tables import Area, Elder, Post, Staff, StaffLeave, table_of
from models.values import AreaKind, Role

POSTS, LEAVE, AREAS, STAFF, ELDERS = (
    table_of(Post),
    table_of(StaffLeave),
    table_of(Area),
    table_of(Staff),
    table_of(Elder),
)

# Where a role's post is looked for: its own village, township, or the county.
VILLAGE_ROLES = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT)


class AtPost(NamedTuple):
    staff_id: str
    as_deputy: bool


def away_on(connection: Connection, day: date) -> set[str]:
    query = select(LEAVE.c.staff_id).where(LEAVE.c.from_on <= day, LEAVE.c.to_on >= day)
    return set(connection.execute(query).scalars())


def at_post(connection: Connection, role: Role, area_id: str | None, away: Collection[str]) -> AtPost | None:
    """The first who is not away, by post: holder, then deputy."""
    query = select(POSTS).where(POSTS.c.role == role.value, POSTS.c.area_id == area_id).order_by(POSTS.c.id)
    for post in connection.execute(query):
        for person, as_deputy in ((post.holder_id, False), (post.deputy_id, True)):
            if person is not None and person not in away:
                return AtPost(person, as_deputy)
    return None


def area_of(connection: Connection, role: Role, village_id: str, township_id: str) -> str | None:
    """Where the role's post for whoever lives there is looked for."""
    if role in VILLAGE_ROLES:
        return village_id
    if role is Role.TOWNSHIP_OFFICER:
        return township_id
    return connection.execute(select(AREAS.c.parent_id).where(AREAS.c.id == township_id)).scalar()


def on_duty(
    connection: Connection, township_id: str | None, county_id: str | None, phone: str, day: date, home: str
) -> str | None:
    """Who is told of a danger that no elder is known for: the township's officer, else the county's; None: nobody.

    Not the owner of the phone (its blind index) that the danger was told from. Of a stranger's, who is of no county,
    that of `home` is told, and rather another's than nobody.
    """
    own = connection.execute(select(STAFF.c.id).where(STAFF.c.phone_index == phone)).scalars()
    away = away_on(connection, day) | set(own)
    all_ = connection.execute(select(AREAS.c.id).where(AREAS.c.kind == AreaKind.COUNTY).order_by(AREAS.c.id)).scalars()
    counties = [county_id] if county_id is not None else sorted(all_, key=lambda county: county != home)
    places = [(Role.TOWNSHIP_OFFICER, township_id)] if township_id is not None else []
    places += [(Role.COUNTY_OFFICER, county) for county in counties]
    found = (at_post(connection, role, area, away) for role, area in places)
    return next((stands.staff_id for stands in found if stands is not None), None)


def townships_of_posts(connection: Connection, staff_id: str) -> list[str]:
    """The townships a member of staff has a post in, as holder or deputy; a county's post lies in none."""
    theirs = or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id)
    query = select(AREAS).join(POSTS, POSTS.c.area_id == AREAS.c.id).where(theirs)
    rows = connection.execute(query).all()
    own = [row.id for row in rows if row.kind == AreaKind.TOWNSHIP]
    above = [row.parent_id for row in rows if row.kind == AreaKind.VILLAGE and row.parent_id is not None]
    return sorted({*own, *above})


def township_of_stranger(connection: Connection, phone: str, words: str) -> tuple[str, str] | None:
    """Township and county a text of nobody's belongs to: the elders' who have this number, else the one it names.

    A township is named by its own name or by a village's. None: it names none, or more than one.
    """
    of_elders = select(ELDERS.c.township_id).where(ELDERS.c.phone_index == phone)
    found = set(connection.execute(of_elders).scalars())
    if not found:
        places = select(AREAS).where(
            AREAS.c.kind.in_([AreaKind.TOWNSHIP, AreaKind.VILLAGE]), AREAS.c.merged_into.is_(None)
        )
        named = [row for row in connection.execute(places) if row.name in words]
        found = {row.id if row.kind == AreaKind.TOWNSHIP else row.parent_id for row in named}
    if len(found) != 1:
        return None
    township = connection.execute(select(AREAS.c.id, AREAS.c.parent_id).where(AREAS.c.id == found.pop())).one()
    return township.id, township.parent_id
