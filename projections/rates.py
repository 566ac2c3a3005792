"""月探访率 as the county counts it. A percent is cut down, never up; nothing out of nothing is `-`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select, text

from decisions.deadlines import instant
from models.tables import Area, AreaName, table_of
from models.values import Id, Value

AREAS, NAMES = table_of(Area), table_of(AreaName)
SQL = Path(__file__).resolve().parent / "kpis" / "0001_month_visit_rate.sql"


class Rate(Value):
    """One township's month. strict = seen / listed; adjusted = seen / (listed - excused)."""

    township_id: Id
    name: str
    listed: int
    seen: int
    excused: int


def month_visit_rate(connection: Connection, first: date, known_by: datetime) -> list[Rate]:
    """By township as it was that month; what was recorded after `known_by` does not count."""
    over = (first + timedelta(days=32)).replace(day=1)
    rows = connection.execute(
        text(SQL.read_text(encoding="utf-8")),
        {
            "starts_at": _stored(instant(first)), "ends_at": _stored(instant(over)), "first_on": first.isoformat(),
            "last_on": (over - timedelta(days=1)).isoformat(), "known_by": _stored(known_by),
        },
    ).all()  # fmt: skip
    names = _names(connection, over - timedelta(days=1))
    return [
        Rate(
            township_id=row.township_id, name=names.get(row.township_id) or row.township_id, listed=row.listed,
            seen=row.seen, excused=row.excused,
        )
        for row in rows
    ]  # fmt: skip


def _names(connection: Connection, day: date) -> dict[str, str]:
    """What each area was called on a day: the last name it took by then, or the first it is known to have had."""
    present = select(AREAS.c.id, AREAS.c.from_on, AREAS.c.name)
    named = connection.execute(present.union_all(select(NAMES.c.area_id, NAMES.c.from_on, NAMES.c.name))).all()
    in_order = sorted(named, key=lambda row: row.from_on)
    first = {row.id: row.name for row in reversed(in_order)}
    return first | {row.id: row.name for row in in_order if row.from_on <= day}


def percent(part: int, whole: int) -> str:
    """`99.96%` shown with one place is 99.9 %, never 100."""
    if whole <= 0:
        return "-"
    return f"{part * 1000 // whole / 10:.1f}%"


def _stored(at: datetime) -> str:
    """As `models.tables.Instant` stores it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
