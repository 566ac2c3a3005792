"""What pages and commands may ask of payment lists. Reads only; ids out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from models.payments import PayLine
from models.tables import Area, Elder, PayLineRow, PayListRow, WorkItemRow, table_of
from projections.county import DRAWN_AGAIN

LINES, LISTS = table_of(PayLineRow), table_of(PayListRow)
AREAS, ELDERS, ITEMS = table_of(Area), table_of(Elder), table_of(WorkItemRow)
AT_ONCE = 1000


def list_of(connection: Connection, county_id: str, month: date | None = None) -> Row[Any] | None:
    """The last drawing of the list of a month; without a month, of the list that was drawn last."""
    own = (LISTS.c.county_id == county_id, *(() if month is None else (LISTS.c.month == month,)))
    query = select(LISTS).where(*own).order_by(LISTS.c.month.desc(), LISTS.c.n.desc())
    return connection.execute(query.limit(1)).one_or_none()


def lists_of(connection: Connection, county_id: str) -> Sequence[Row[Any]]:
    """The last drawing of each month, by month."""
    own = (LISTS.c.county_id == county_id, LISTS.c.state != DRAWN_AGAIN)
    return connection.execute(select(LISTS).where(*own).order_by(LISTS.c.month)).all()


def lines_of(connection: Connection, sha256: str) -> tuple[PayLine, ...]:
    """In the order in which they are hashed."""
    query = select(LINES).where(LINES.c.sha256 == sha256).order_by(LINES.c.seq)
    return tuple(PayLine.model_validate(row, from_attributes=True) for row in connection.execute(query))


def due_of(connection: Connection, county_id: str) -> datetime | None:
    """Until when the list in hand is to be dealt with."""
    own = (ITEMS.c.item == "pay_list", ITEMS.c.county_id == county_id, ITEMS.c.closed_at.is_(None))
    return connection.execute(select(ITEMS.c.due_at).where(*own).limit(1)).scalar()


def area_names(connection: Connection, areas: Collection[str]) -> dict[str, str]:
    """As they are called today."""
    rows = connection.execute(select(AREAS.c.id, AREAS.c.name).where(AREAS.c.id.in_(sorted(areas))))
    return {row.id: row.name for row in rows}


def sealed_names(connection: Connection, elders: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for first in range(0, len(elders), AT_ONCE):
        query = select(ELDERS.c.id, ELDERS.c.name_enc).where(ELDERS.c.id.in_(elders[first : first + AT_ONCE]))
        found |= {row.id: row.name_enc for row in connection.execute(query)}
    return found
