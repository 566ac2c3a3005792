"""What pages and commands may ask of payment lists and of frozen months. Reads only; ids out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from models.payments import PayLine
from models.tables import FrozenRateRow, PayLineRow, PayListRow, table_of

LINES, LISTS, FROZEN = table_of(PayLineRow), table_of(PayListRow), table_of(FrozenRateRow)


def list_of(connection: Connection, county_id: str, month: date | None = None) -> Row[Any] | None:
    """The last drawing of the list of a month; without a month, of the list that was drawn last."""
    own = (LISTS.c.county_id == county_id, *(() if month is None else (LISTS.c.month == month,)))
    query = select(LISTS).where(*own).order_by(LISTS.c.month.desc(), LISTS.c.n.desc())
    return connection.execute(query.limit(1)).one_or_none()


def lines_of(connection: Connection, sha256: str) -> tuple[PayLine, ...]:
    """In the order in which they are hashed."""
    query = select(LINES).where(LINES.c.sha256 == sha256).order_by(LINES.c.seq)
    return tuple(PayLine.model_validate(row, from_attributes=True) for row in connection.execute(query))


def frozen_rates(connection: Connection, county_id: str, month: date) -> Sequence[Row[Any]]:
    """月探访率 of a closed month by township, as it was known then. Empty: it is not closed."""
    query = select(FROZEN).where(FROZEN.c.county_id == county_id, FROZEN.c.month == month)
    return connection.execute(query.order_by(FROZEN.c.township_id)).all()
