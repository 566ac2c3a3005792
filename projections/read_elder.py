"""What the page of one elder asks: open work, who visits, who may be named, and why somebody reads. Ids out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from models.ids import escalation_stream
from models.tables import CommandRow, Elder, EscalationRow, Pairing, Post, Reservation, Volunteer, WorkItemRow, table_of

ESCALATIONS, ITEMS, PAIRINGS = table_of(EscalationRow), table_of(WorkItemRow), table_of(Pairing)
VOLUNTEERS, POSTS, RESERVATIONS = table_of(Volunteer), table_of(Post), table_of(Reservation)
COMMANDS, ELDERS = table_of(CommandRow), table_of(Elder)
REASON = "reason"
"""The action under which it stands in the log of commands why somebody reads of an elder; its `answer` says why."""


def living_within(connection: Connection, ids: Collection[str], areas: Collection[str]) -> set[str]:
    """Of these elders those who live within these areas today."""
    lives = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
    within = or_(*(column.in_(sorted(areas)) for column in lives))
    return set(connection.execute(select(ELDERS.c.id).where(ELDERS.c.id.in_(sorted(ids)), within)).scalars())


def escalation_of(connection: Connection, elder_id: str, cause_id: str) -> Row[Any] | None:
    query = select(ESCALATIONS).where(ESCALATIONS.c.id == escalation_stream(elder_id, cause_id))
    return connection.execute(query).one_or_none()


def escalations_of(connection: Connection, elder_id: str) -> Sequence[Row[Any]]:
    """All there were, the newest first."""
    query = select(ESCALATIONS).where(ESCALATIONS.c.elder_id == elder_id)
    return connection.execute(query.order_by(ESCALATIONS.c.asked_at.desc(), ESCALATIONS.c.id)).all()


def items_of(connection: Connection, elder_id: str, at: datetime | None = None) -> Sequence[Row[Any]]:
    """What was open at a moment (None: now), by deadline."""
    open_ = (
        ITEMS.c.closed_at.is_(None)
        if at is None
        else and_(ITEMS.c.opened_at <= at, or_(ITEMS.c.closed_at.is_(None), ITEMS.c.closed_at > at))
    )
    query = select(ITEMS).where(ITEMS.c.elder_id == elder_id, open_)
    return connection.execute(query.order_by(ITEMS.c.due_at, ITEMS.c.id)).all()


def paired_with(connection: Connection, elder_id: str, on: date) -> list[str]:
    """The volunteers paired with the elder on a day."""
    held = (
        PAIRINGS.c.elder_id == elder_id,
        PAIRINGS.c.from_on <= on,
        or_(PAIRINGS.c.to_on.is_(None), PAIRINGS.c.to_on > on),
    )
    query = select(PAIRINGS.c.volunteer_id).where(*held).order_by(PAIRINGS.c.from_on, PAIRINGS.c.id)
    return list(dict.fromkeys(connection.execute(query).scalars()))


def volunteers_near(
    connection: Connection, township_id: str, village_id: str
) -> Sequence[Row[Any, Any, Any, Any]]:  # fmt: skip
    """Those of the township that are not barred, the village's own first, each with how many visits are theirs now."""
    held = select(RESERVATIONS.c.volunteer_id, func.count().label("load")).where(RESERVATIONS.c.released_at.is_(None))
    load = held.group_by(RESERVATIONS.c.volunteer_id).subquery()
    query = select(
        VOLUNTEERS.c.id, VOLUNTEERS.c.village_id, VOLUNTEERS.c.capacity, func.coalesce(load.c.load, 0).label("load")
    )
    query = query.outerjoin(load, load.c.volunteer_id == VOLUNTEERS.c.id)
    query = query.where(VOLUNTEERS.c.township_id == township_id, VOLUNTEERS.c.barred.is_(False))
    return connection.execute(query.order_by(VOLUNTEERS.c.village_id != village_id, VOLUNTEERS.c.id)).all()


def posts_over(connection: Connection, areas: Collection[str], roles: Collection[str]) -> Sequence[Row[Any]]:
    """The posts of these roles in these areas that somebody holds."""
    query = select(POSTS).where(
        POSTS.c.area_id.in_(sorted(areas)), POSTS.c.role.in_(sorted(roles)), POSTS.c.holder_id.is_not(None)
    )
    return connection.execute(query.order_by(POSTS.c.id)).all()


def dealt_with(connection: Connection, staff_id: str, streams: Sequence[str], since: datetime) -> bool:
    """Whether a step of theirs was taken in one of these streams since then: what they have just done is their work."""
    theirs = (COMMANDS.c.staff_id == staff_id, COMMANDS.c.at >= since, COMMANDS.c.accepted.is_(True))
    query = select(COMMANDS.c.id).where(COMMANDS.c.subject_id.in_(streams), *theirs)
    return connection.execute(query.limit(1)).first() is not None


def reason_given(connection: Connection, staff_id: str, elder_id: str, since: datetime) -> str | None:
    """Why they last said that they read of this elder, if that was since then."""
    theirs = (COMMANDS.c.subject_id == elder_id, COMMANDS.c.at >= since, COMMANDS.c.staff_id == staff_id)
    query = select(COMMANDS.c.answer).where(*theirs, COMMANDS.c.action == REASON)
    return connection.execute(query.order_by(COMMANDS.c.at.desc()).limit(1)).scalar()
