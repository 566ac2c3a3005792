"""What pages may ask about villages, volunteers and posts. Reads only; ids out, never names.

`areas` are those within which whoever asks may ask: a village, a township, or a county. Lists are paged by key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select, tuple_

from models.tables import (
    Area,
    AreaName,
    CaseRow,
    DigestRow,
    Elder,
    Pairing,
    Post,
    RosterFile,
    Staff,
    StaffLeave,
    TaskCode,
    VisitRow,
    Volunteer,
    VolunteerLeave,
    table_of,
)
from models.values import AreaKind, CaseStatus, Role

AREAS, CASES, ELDERS, VISITS = table_of(Area), table_of(CaseRow), table_of(Elder), table_of(VisitRow)
PAIRINGS, POSTS, VOLUNTEERS, CODES = table_of(Pairing), table_of(Post), table_of(Volunteer), table_of(TaskCode)
NAMES, STAFF, STAFF_LEAVE = table_of(AreaName), table_of(Staff), table_of(StaffLeave)
LEAVE, DIGESTS, FILES = table_of(VolunteerLeave), table_of(DigestRow), table_of(RosterFile)
MOST_VISITORS = 400
NOT_REACHED = ("undelivered", "failed")


def _lives_within(people: Table, areas: Collection[str]) -> ColumnElement[bool]:
    columns = (people.c.village_id, people.c.township_id, people.c.county_id)
    return or_(*(column.in_(sorted(areas)) for column in columns))


def people_within(connection: Connection, ids: Collection[str], areas: Collection[str]) -> set[str]:
    """Of these volunteers and staff those who live within these areas; staff live in no more than their county."""
    theirs = select(VOLUNTEERS.c.id).where(VOLUNTEERS.c.id.in_(sorted(ids)), _lives_within(VOLUNTEERS, areas))
    officers = select(STAFF.c.id).where(STAFF.c.id.in_(sorted(ids)), STAFF.c.county_id.in_(sorted(areas)))
    return set(connection.execute(theirs.union_all(officers)).scalars())


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


# --- volunteers ------------------------------------------------------------------------------------------------------


class VolunteerLine(NamedTuple):
    """`away_until`: on leave today, till then. `history`: visits that were theirs since the year began, by state."""

    id: str
    village_id: str
    capacity: int
    standing: str
    consented_on: date | None
    opted_out_at: datetime | None
    barred: bool
    open: int
    pairs: int
    away_until: date | None
    not_reached: bool
    history: Mapping[str, int]


def volunteers(
    connection: Connection, areas: Collection[str], village_id: str | None, after: str, limit: int
) -> list[str]:  # fmt: skip
    """Ids of those who live there, by id."""
    query = select(VOLUNTEERS.c.id).where(_lives_within(VOLUNTEERS, areas), VOLUNTEERS.c.id > after)
    if village_id:
        query = query.where(VOLUNTEERS.c.village_id == village_id)
    return list(connection.execute(query.order_by(VOLUNTEERS.c.id).limit(limit)).scalars())


def volunteers_of_township(connection: Connection, township_id: str) -> list[str]:
    """To whom a visit may be given by hand: not barred, has consented, takes texts."""
    fit = (VOLUNTEERS.c.barred.is_(False), VOLUNTEERS.c.consented_on.is_not(None), VOLUNTEERS.c.opted_out_at.is_(None))
    query = select(VOLUNTEERS.c.id).where(VOLUNTEERS.c.township_id == township_id, *fit)
    return list(connection.execute(query.order_by(VOLUNTEERS.c.id).limit(MOST_VISITORS)).scalars())


def volunteer_lines(
    connection: Connection, ids: Collection[str], today: date, since: datetime
) -> list[VolunteerLine]:  # fmt: skip
    """As they stand today; five questions, however many they are."""
    wanted = sorted(ids)
    mine = VISITS.c.volunteer_id
    visits = select(mine, VISITS.c.state, func.count().label("n")).where(
        mine.in_(wanted), or_(VISITS.c.state == "open", VISITS.c.starts_at >= since)
    )
    states: dict[str, dict[str, int]] = {}
    for row in connection.execute(visits.group_by(mine, VISITS.c.state)):
        states.setdefault(row.volunteer_id, {})[row.state] = row.n
    pairs = select(PAIRINGS.c.volunteer_id, func.count()).where(
        PAIRINGS.c.volunteer_id.in_(wanted), *_holds(PAIRINGS, today)
    )
    paired: dict[str, int] = {row[0]: row[1] for row in connection.execute(pairs.group_by(PAIRINGS.c.volunteer_id))}
    away = select(LEAVE.c.volunteer_id, func.max(LEAVE.c.to_on)).where(
        LEAVE.c.volunteer_id.in_(wanted), LEAVE.c.from_on <= today, LEAVE.c.to_on >= today
    )
    until: dict[str, date] = {row[0]: row[1] for row in connection.execute(away.group_by(LEAVE.c.volunteer_id))}
    last = (
        select(DIGESTS.c.recipient_id, func.max(DIGESTS.c.built_at).label("built_at"))
        .where(DIGESTS.c.recipient_id.in_(wanted), DIGESTS.c.state.in_((*NOT_REACHED, "delivered", "accepted")))
        .group_by(DIGESTS.c.recipient_id)
        .subquery()
    )
    lost = select(DIGESTS.c.recipient_id).join(
        last, (last.c.recipient_id == DIGESTS.c.recipient_id) & (last.c.built_at == DIGESTS.c.built_at)
    )
    theirs = (DIGESTS.c.recipient_id.in_(wanted), DIGESTS.c.state.in_(NOT_REACHED))  # said twice, or every text is read
    unreached = set(connection.execute(lost.where(*theirs)).scalars())
    rows = connection.execute(select(VOLUNTEERS).where(VOLUNTEERS.c.id.in_(wanted)).order_by(VOLUNTEERS.c.id)).all()
    return [
        VolunteerLine(
            row.id, row.village_id, row.capacity, row.standing, row.consented_on, row.opted_out_at, row.barred,
            states.get(row.id, {}).get("open", 0), paired.get(row.id, 0), until.get(row.id), row.id in unreached,
            states.get(row.id, {}),
        )
        for row in rows
    ]  # fmt: skip


def elders_within(connection: Connection, elder_ids: Collection[str], areas: Collection[str]) -> set[str]:
    """Of these, who lives within these areas today."""
    query = select(ELDERS.c.id).where(ELDERS.c.id.in_(sorted(elder_ids)), _lives_within(ELDERS, areas))
    return set(connection.execute(query).scalars())


def pairs_of(connection: Connection, volunteer_id: str, today: date) -> Sequence[Any]:
    """The elders they are paired with today, with code and village."""
    its_code = (CODES.c.elder_id == PAIRINGS.c.elder_id) & (CODES.c.phone_index == VOLUNTEERS.c.phone_index)
    query = (
        select(PAIRINGS.c.elder_id, PAIRINGS.c.from_on, CODES.c.code, ELDERS.c.village_id)
        .join(VOLUNTEERS, VOLUNTEERS.c.id == PAIRINGS.c.volunteer_id)
        .join(ELDERS, ELDERS.c.id == PAIRINGS.c.elder_id)
        .outerjoin(CODES, its_code)
        .where(PAIRINGS.c.volunteer_id == volunteer_id, *_holds(PAIRINGS, today))
    )
    return connection.execute(query.order_by(PAIRINGS.c.elder_id)).all()


def open_visits_by(connection: Connection, volunteer_id: str) -> Sequence[Any]:
    query = select(VISITS).where(VISITS.c.volunteer_id == volunteer_id, VISITS.c.state == "open")
    return connection.execute(query.order_by(VISITS.c.due_at, VISITS.c.id)).all()


def leaves_of(connection: Connection, volunteer_id: str, today: date) -> Sequence[Any]:
    """That go on, or are to come."""
    query = select(LEAVE.c.from_on, LEAVE.c.to_on).where(LEAVE.c.volunteer_id == volunteer_id, LEAVE.c.to_on >= today)
    return connection.execute(query.order_by(LEAVE.c.from_on)).all()


def elders_to_pair(connection: Connection, village_id: str) -> list[str]:
    """Elders of a village with a case."""
    query = select(CASES.c.elder_id).where(
        CASES.c.village_id == village_id, CASES.c.status != CaseStatus.CLOSED.value
    )  # fmt: skip
    return list(connection.execute(query.order_by(CASES.c.elder_id).limit(MOST_VISITORS)).scalars())


def open_visits_in(connection: Connection, village_id: str, after: str, limit: int) -> Sequence[Any]:
    """Open visits of a village, by id: what can be given to somebody else."""
    query = select(VISITS).where(VISITS.c.village_id == village_id, VISITS.c.state == "open", VISITS.c.id > after)
    return connection.execute(query.order_by(VISITS.c.id).limit(limit)).all()


# --- posts and villages ----------------------------------------------------------------------------------------------


def _areas_within(areas: Collection[str]) -> Select[Any]:
    """The ids of these areas and of what lies in them."""
    wanted, above = sorted(areas), AREAS.alias("above")
    query = select(AREAS.c.id).outerjoin(above, above.c.id == AREAS.c.parent_id)
    return query.where(or_(AREAS.c.id.in_(wanted), AREAS.c.parent_id.in_(wanted), above.c.parent_id.in_(wanted)))


def posts(
    connection: Connection, areas: Collection[str], after: str, limit: int, *, vacant: bool = False
) -> Sequence[Any]:  # fmt: skip
    """Posts by area, with the area's name and kind. `after`: a post; `vacant`: only those that nobody holds."""
    place = (AREAS.c.name, POSTS.c.area_id, POSTS.c.id)
    query = (
        select(POSTS, AREAS.c.name.label("area"), AREAS.c.kind)
        .join(AREAS, AREAS.c.id == POSTS.c.area_id)
        .where(POSTS.c.area_id.in_(_areas_within(areas)))
    )
    if vacant:
        query = query.where(POSTS.c.holder_id.is_(None))
    if after:
        seat = select(*place).join(AREAS, AREAS.c.id == POSTS.c.area_id).where(POSTS.c.id == after)
        found = connection.execute(seat).one_or_none()
        query = query.where(tuple_(*place) > tuple_(*found)) if found else query
    return connection.execute(query.order_by(*place).limit(limit)).all()


def post(connection: Connection, post_id: str) -> Any | None:
    query = select(POSTS, AREAS.c.name.label("area"), AREAS.c.parent_id).join(AREAS, AREAS.c.id == POSTS.c.area_id)
    return connection.execute(query.where(POSTS.c.id == post_id)).one_or_none()


def away(connection: Connection, staff_ids: Collection[str], today: date) -> dict[str, date]:
    """Of these who is on leave today, and till when."""
    query = select(STAFF_LEAVE.c.staff_id, func.max(STAFF_LEAVE.c.to_on)).where(
        STAFF_LEAVE.c.staff_id.in_(sorted(staff_ids)), STAFF_LEAVE.c.from_on <= today, STAFF_LEAVE.c.to_on >= today
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(STAFF_LEAVE.c.staff_id))}


def colleagues(connection: Connection, areas: Collection[str]) -> list[str]:
    """Who holds a post, or stands in for one, within these areas; and who of their county has none."""
    within = POSTS.c.area_id.in_(_areas_within(areas))
    found: list[str] = []
    for held in (POSTS.c.holder_id, POSTS.c.deputy_id):
        query = select(held).where(within, held.is_not(None)).distinct()
        found += connection.execute(query.order_by(held).limit(MOST_VISITORS)).scalars()
    theirs = (POSTS.c.holder_id == STAFF.c.id) | (POSTS.c.deputy_id == STAFF.c.id)
    idle = select(STAFF.c.id).outerjoin(POSTS, theirs).where(POSTS.c.id.is_(None), STAFF.c.county_id.in_(sorted(areas)))
    found += connection.execute(idle.order_by(STAFF.c.id).limit(MOST_VISITORS)).scalars()
    return list(dict.fromkeys(found))


def assessors(connection: Connection, counties: Collection[str]) -> list[str]:
    """Who holds the post of an assessor in these counties."""
    held = (POSTS.c.role == Role.ASSESSOR.value, POSTS.c.area_id.in_(_areas_within(counties)))
    query = select(POSTS.c.holder_id).where(*held, POSTS.c.holder_id.is_not(None)).distinct()
    return list(connection.execute(query.order_by(POSTS.c.holder_id).limit(MOST_VISITORS)).scalars())


def villages_and_changes(connection: Connection, areas: Collection[str], after: str, limit: int) -> Sequence[Any]:
    """Villages by id of their township, those that were merged too, with the name of where they went."""
    township, into = AREAS.alias("township"), AREAS.alias("into")
    place = (AREAS.c.parent_id, AREAS.c.id)
    query = (
        select(AREAS, township.c.name.label("township"), into.c.name.label("into"))
        .join(township, township.c.id == AREAS.c.parent_id)
        .outerjoin(into, into.c.id == AREAS.c.merged_into)
        .where(AREAS.c.kind == AreaKind.VILLAGE.value, AREAS.c.id.in_(_areas_within(areas)))
    )
    if after:
        found = connection.execute(select(*place).where(AREAS.c.id == after)).one_or_none()
        query = query.where(tuple_(*place) > tuple_(*found)) if found else query
    return connection.execute(query.order_by(*place).limit(limit)).all()


def names_to_come(connection: Connection, area_ids: Collection[str], today: date) -> dict[str, tuple[date, str]]:
    """Renamings that were entered for a later day."""
    query = select(NAMES).where(NAMES.c.area_id.in_(sorted(area_ids)), NAMES.c.from_on > today)
    return {row.area_id: (row.from_on, row.name) for row in connection.execute(query.order_by(NAMES.c.from_on.desc()))}


# --- lists that were brought in --------------------------------------------------------------------------------------


def files(connection: Connection, county_id: str, limit: int) -> Sequence[Any]:
    """The last lists that somebody of this county brought in."""
    theirs = select(STAFF.c.id).where(STAFF.c.county_id == county_id)
    query = select(FILES).where(FILES.c.imported_by.in_(theirs))
    return connection.execute(query.order_by(FILES.c.at.desc(), FILES.c.sha256).limit(limit)).all()
