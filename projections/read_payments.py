"""What pages and commands may ask of payment lists. Reads only; ids out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select

from decisions.pay_told import Summed, sums, totals
from models.payments import LineKind, PayLine
from models.tables import Area, Elder, PayLineRow, PayListRow, WorkItemRow, table_of
from projections.county import DRAWN_AGAIN

LINES, LISTS = table_of(PayLineRow), table_of(PayListRow)
AREAS, ELDERS, ITEMS = table_of(Area), table_of(Elder), table_of(WorkItemRow)
AT_ONCE = 1000
COLUMNS = (
    "month", "n", "state", "sha256", "lines", "fen", "back_pay_fen", "claw_back_fen", "held", "unstated", "drawn_at",
    "checked_by", "decided_by", "decided_at",
)  # fmt: skip
WAITING = ("checking", "approving", "returned")


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


def page_of(
    connection: Connection, sha256: str, areas: Collection[str] | None, after: int, most: int, township: str = "",
    *, adjusted: bool = False,
) -> Sequence[tuple[int, PayLine]]:  # fmt: skip
    """Lines with their places in the list, those after place `after`, `most` of them.

    `areas`: only within these townships and villages; None: all. `adjusted`: only what is not of the list's own month
    as it was before: back pay, taken back, changed by an age.
    """
    query = _within(select(LINES), sha256, areas, township).where(LINES.c.seq > after).order_by(LINES.c.seq)
    if adjusted:
        query = query.where(or_(LINES.c.kind != LineKind.PAY.value, LINES.c.by_age))
    rows = connection.execute(query.limit(most))
    return [(row.seq, PayLine.model_validate(row, from_attributes=True)) for row in rows]


def summed(connection: Connection, sha256: str, areas: Collection[str] | None) -> tuple[Summed, ...]:
    by = (LINES.c.township_id, LINES.c.code, LINES.c.kind)
    lines, fen = func.count().label("lines"), func.sum(LINES.c.fen).label("fen")
    by_age = func.sum(case((LINES.c.by_age, 1), else_=0)).label("by_age")
    query = _within(select(*by, lines, fen, by_age), sha256, areas, "").group_by(*by)
    return tuple(
        Summed(row.township_id, row.code, row.kind, row.lines, int(row.fen), int(row.by_age))
        for row in connection.execute(query)
    )


def _within(
    query: Select[*tuple[Any, ...]], sha256: str, areas: Collection[str] | None, township: str
) -> Select[*tuple[Any, ...]]:
    where: list[ColumnElement[bool]] = [LINES.c.sha256 == sha256]
    if areas is not None:
        where.append(or_(LINES.c.township_id.in_(sorted(areas)), LINES.c.village_id.in_(sorted(areas))))
    if township:
        where.append(LINES.c.township_id == township)
    return query.where(*where)


def told(
    connection: Connection, county_id: str, month: date | None, areas: Collection[str] | None,
    benefits: Mapping[str, str],
) -> dict[str, Any] | None:  # fmt: skip
    """A list as data, with its sums. `areas`: of its lines only those within; `benefits`: what each is called.

    None: there is none of this month.
    """
    row = list_of(connection, county_id, month)
    if row is None:
        return None
    rows = summed(connection, row.sha256, areas)
    names = area_names(connection, {each.township_id for each in rows})
    found: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS} | {
        "county": county_id, "due_at": due_of(connection, county_id) if row.state in WAITING else None,
        "whole": areas is None, "by_age": sum(each.by_age for each in rows),
        "by_benefit": totals(rows, lambda each: each.code, benefits),
        "by_township": totals(rows, lambda each: each.township_id, names),
    }  # fmt: skip
    if areas is not None:
        found |= sums(rows) | {"held": None, "unstated": None}  # of the whole county, which is not theirs to see
    return found


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
