"""Escalations whose owner is on leave go to whoever stands in: each once for each leave, whatever happens after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from decisions.deadlines import civil_day
from decisions.permits import CASEWORKERS
from models.letters import UpdateLetter
from models.messages import ReassignOwner
from models.tables import Area, EscalationRow, LetterRow, Post, RegisterChange, StaffLeave, table_of
from models.values import ENGINE, Actor, ActorKind, Channel, Role

AREAS, ESCALATIONS, LETTERS = table_of(Area), table_of(EscalationRow), table_of(LetterRow)
POSTS, LEAVE, CHANGES = table_of(Post), table_of(StaffLeave), table_of(RegisterChange)


def hand_on(connection: Connection, sealer: Sealer, now: datetime) -> int:
    """A letter for each open escalation of somebody on leave today. Answers how many; none for which nobody stands in.

    Whoever gives it back to them during that leave is not overruled.
    """
    today = civil_day(now)
    at_leave = (LEAVE.c.from_on <= today, LEAVE.c.to_on >= today)
    away = set(connection.execute(select(LEAVE.c.staff_id).where(*at_leave)).scalars())
    query = (
        select(ESCALATIONS, LEAVE.c.id.label("leave_id"), LEAVE.c.from_on, LEAVE.c.to_on)
        .join(LEAVE, LEAVE.c.staff_id == ESCALATIONS.c.owner_id)
        .where(ESCALATIONS.c.state != "resolved", *at_leave)
    )
    found = connection.execute(query.order_by(ESCALATIONS.c.id, LEAVE.c.id)).all()
    known = set(connection.execute(select(LETTERS.c.id).where(LETTERS.c.id.in_({_key(r) for r in found}))).scalars())
    asked = {row.id for row in found if _key(row) in known}  # two leaves may cover one day
    before = len(asked)
    for row in found:
        to = None if row.id in asked else stands_in(connection, row, away)
        if to is None:
            continue
        asked.add(row.id)
        message = ReassignOwner(
            key=_key(row), actor=entered_by(connection, sealer, row.owner_id, f"{row.from_on}/{row.to_on}"),
            channel=Channel.CONSOLE, received_at=now, staff_id=to,
        )  # fmt: skip
        letter = UpdateLetter(workflow_id=row.id, elder_id=row.elder_id, message=message)
        insert_letter(connection, sealer, _key(row), letter, now)
    return len(asked) - before


def _key(row: Row[Any]) -> str:
    """The escalation's id stands in it as a digest: whole, it might be longer than a key may be."""
    return f"away-{row.leave_id}-{sha256(row.id.encode()).hexdigest()[:32]}"


def stands_in(connection: Connection, escalation: Row[Any], away: set[str]) -> str | None:
    """The deputy of the owner's post; else who holds or deputises, at its level, then upward, and last below it."""
    county = connection.execute(select(AREAS.c.parent_id).where(AREAS.c.id == escalation.township_id)).scalar()
    places = (escalation.village_id, escalation.township_id, county)
    posts = connection.execute(select(POSTS).where(POSTS.c.area_id.in_(places)).order_by(POSTS.c.id)).all()
    return next((who for who in _in_turn(posts, escalation) if who is not None and who not in away), None)


def _in_turn(posts: Sequence[Row[Any]], escalation: Row[Any]) -> Iterator[str | None]:
    ladder = [role.value for role in CASEWORKERS]
    own = [post for post in posts if (post.role, post.holder_id) == (escalation.role, escalation.owner_id)]
    yield from (post.deputy_id for post in own)
    rung = ladder.index(escalation.role) if escalation.role in ladder else 0
    for role in (*ladder[rung:], *reversed(ladder[:rung])):
        for post in posts:
            if post.role == role:
                yield from (post.holder_id, post.deputy_id)


def entered_by(connection: Connection, sealer: Sealer, person_id: str, leave: str) -> Actor:
    """Who entered this leave (`from/to`) of a volunteer or a member of staff; the engine, if nobody is known to."""
    query = select(CHANGES).where(CHANGES.c.subject_id == person_id, CHANGES.c.field == "leave")
    for row in connection.execute(query.order_by(CHANGES.c.id.desc())):
        if row.new_enc is not None and sealer.open(row.new_enc) == leave:
            return who_changed(row)
    return ENGINE


def who_changed(row: Row[Any]) -> Actor:
    """Who is behind a line of the register of changes, under the role they had then."""
    return Actor(id=row.by, kind=ActorKind.STAFF, role=Role(row.by_role) if row.by_role else None)
