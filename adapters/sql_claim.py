"""Which letters to workflows are free to be carried now, and who takes them up.

The starts of cases, which a list writes by the thousand, are taken up in pace: so many in any second by all workers of
the store together. What was taken up is only looked at when there is a case to start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, func, insert, or_, select, update

from adapters.database import patient, reading, writing
from models.tables import LetterRow, StartsTaken, table_of

LETTERS, TAKEN = table_of(LetterRow), table_of(StartsTaken)
LEASE = timedelta(seconds=60)
START_CASE = ("start_case",)
OTHER_KINDS = ("update", "start_escalation", "start_assessment", "start_benefits", "start_county", "start_digest")
LONGEST_WAIT = timedelta(seconds=60)  # between two tries of one letter
A_SECOND = timedelta(seconds=1)


@patient
def take_up(
    engine: Engine, now: datetime, limit: int, owner: str, kinds: Sequence[str], a_second: int | None = None
) -> Sequence[Row[Any]]:
    """Lease due letters of these kinds to `owner`. `a_second`: the most that all owners may take up in any second."""
    query = free_to_go(kinds, now)
    with reading(engine) as connection:  # most looks find nothing, and need not wait for the write lock
        if connection.execute(query.with_only_columns(LETTERS.c.id).limit(1)).first() is None:
            return []
        if a_second is not None and _left(connection, now, a_second) == 0:
            return []
    if engine.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    with writing(engine) as connection:
        most = limit if a_second is None else min(limit, _left(connection, now, a_second))
        rows = connection.execute(query.limit(most)).all()
        if rows:
            leased = {"lease_owner": owner, "lease_until": now + LEASE, "tries": LETTERS.c.tries + 1}
            connection.execute(update(LETTERS).where(LETTERS.c.id.in_([row.id for row in rows])).values(leased))
        if rows and a_second is not None:
            connection.execute(delete(TAKEN).where(_past(TAKEN.c.until, now, LONGEST_WAIT)))
            connection.execute(insert(TAKEN).values(starts=len(rows), until=now + A_SECOND))
    return rows


def _left(connection: Connection, now: datetime, a_second: int) -> int:
    still = select(func.sum(TAKEN.c.starts)).where(~_past(TAKEN.c.until, now, LONGEST_WAIT))
    return max(a_second - (connection.execute(still).scalar() or 0), 0)


def free_to_go(kinds: Sequence[str], now: datetime) -> Select[Any]:
    """Due, not leased, not waiting for another try; the oldest first. Only a case's start has a day of its own."""
    return (
        select(LETTERS)
        .where(
            LETTERS.c.state == "due",
            LETTERS.c.kind.in_(kinds),
            or_(LETTERS.c.kind.not_in(START_CASE), LETTERS.c.send_not_before <= now),
            _past(LETTERS.c.next_try_at, now, LONGEST_WAIT),
            _past(LETTERS.c.lease_until, now, LEASE),
        )
        .order_by(LETTERS.c.created_at)
    )


def _past(moment: ColumnElement[datetime | None], now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """It has passed; or it is further off than it can be, so the clock that set it was ahead and has been set right."""
    return or_(moment.is_(None), moment <= now, moment > now + longest)
