"""What is on its way and not yet settled, counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, select

from models.tables import DigestRow, Inbound, LetterRow, table_of

LETTERS, DIGESTS, INBOUND = table_of(LetterRow), table_of(DigestRow), table_of(Inbound)


def in_flight(connection: Connection, now: datetime) -> int:
    """Letters due now or leased, digests not yet accepted, texts not yet read."""
    due = (LETTERS.c.state == "due", LETTERS.c.send_not_before <= now)
    return (
        _count(connection, LETTERS, *due)
        + _count(connection, DIGESTS, DIGESTS.c.state == "built")
        + _count(connection, INBOUND, INBOUND.c.read_at.is_(None))
    )


def _count(connection: Connection, table: Table, *of: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*of)).scalar_one()
