"""What the receipt of a decision needs from the register beside the names of people and places."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from models.tables import AssessingBody, Note, table_of

BODIES, NOTES = table_of(AssessingBody), table_of(Note)


def body_names(connection: Connection, bodies: Collection[str]) -> dict[str, str]:
    rows = connection.execute(select(BODIES.c.id, BODIES.c.name).where(BODIES.c.id.in_(sorted(bodies))))
    return {row.id: row.name for row in rows}


def sealed_note(connection: Connection, note_id: str) -> Row[Any] | None:
    """With its hash as the register has it."""
    return connection.execute(select(NOTES).where(NOTES.c.id == note_id)).one_or_none()
