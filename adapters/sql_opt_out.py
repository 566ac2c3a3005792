"""Somebody wants no more texts, by a text of theirs or by the provider's word: marked, and what they hold handed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from decisions.opted_out import handed_on
from models.tables import VisitRow, Volunteer, table_of
from models.values import ENGINE, Channel

VISITS, VOLUNTEERS = table_of(VisitRow), table_of(Volunteer)


def mark(connection: Connection, phone: str, at: datetime) -> None:
    """Everybody of this phone (its blind index): a number is what opts out."""
    own = (VOLUNTEERS.c.phone_index == phone, VOLUNTEERS.c.opted_out_at.is_(None))
    connection.execute(update(VOLUNTEERS).where(*own).values(opted_out_at=at))


def open_visits(connection: Connection, volunteer_ids: Sequence[str]) -> Sequence[Row[Any]]:
    query = select(VISITS).where(VISITS.c.volunteer_id.in_(volunteer_ids), VISITS.c.state == "open")
    return connection.execute(query.order_by(VISITS.c.opened_at, VISITS.c.id)).all()


def by_the_provider(connection: Connection, sealer: Sealer, phone: str, cause: str, at: datetime) -> None:
    """The provider says so: as if they had written 退订. `cause` is the text it refused; twice is once."""
    mark(connection, phone, at)
    own = select(VOLUNTEERS.c.id).where(VOLUNTEERS.c.phone_index == phone)
    for visit in open_visits(connection, connection.execute(own).scalars().all()):
        key = f"stop-{cause}-{visit.id}"
        head = {"key": key, "actor": ENGINE, "channel": Channel.ENGINE, "received_at": at}
        letter = handed_on(visit.elder_id, visit.volunteer_id, visit.id, head)
        insert_letter(connection, sealer, key, letter, at, received_at=at)
