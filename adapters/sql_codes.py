"""Task codes: one per (phone, elder), given once, the same every month, retired 60 days after the pair has ended.

Two digits from 50 (60 where the digit 5 is a result), so that no code begins with a result digit; past 99, three, of
which the last is no result digit: so 601 is always 60 and 1, and 6001 always 600 and 1.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from decisions.deadlines import civil_day
from models.tables import CaseRow, EscalationRow, Pairing, Staff, TaskCode, VisitRow, Volunteer, table_of

CODES, PAIRINGS, VISITS, CASES = table_of(TaskCode), table_of(Pairing), table_of(VisitRow), table_of(CaseRow)
VOLUNTEERS, STAFF, ESCALATIONS = table_of(Volunteer), table_of(Staff), table_of(EscalationRow)
KEPT = timedelta(days=60)
RESULTS = "12345"


def code_for(connection: Connection, phone_index: str, elder_id: str, now: datetime, first: int) -> int:
    """The pair's code, allocated now if it has none. Call inside a write transaction."""
    pair = (CODES.c.phone_index == phone_index, CODES.c.elder_id == elder_id)
    held = connection.execute(select(CODES.c.code).where(*pair)).scalar()
    if held is not None:
        connection.execute(update(CODES).where(*pair).values(last_used_at=now))
        return held
    retire(connection, now, phone_index)
    taken = set(connection.execute(select(CODES.c.code).where(CODES.c.phone_index == phone_index)).scalars())
    free = next_code(taken, first)
    connection.execute(
        insert(CODES).values(phone_index=phone_index, elder_id=elder_id, code=free, given_at=now, last_used_at=now)
    )
    return free


def next_code(taken: Collection[int], first: int) -> int:
    """The first that the phone does not have: two digits from `first`, then three."""
    three = (code for code in range(first * 10, 1000) if str(code)[-1] not in RESULTS)
    return next(code for code in (*range(first, 100), *three) if code not in taken)


def retire(connection: Connection, now: datetime, phone_index: str | None = None) -> int:
    """Take back the codes (of one phone) whose pair ended 60 days ago. Answers how many."""
    query = select(CODES).where(CODES.c.last_used_at <= now - KEPT)
    if phone_index is not None:
        query = query.where(CODES.c.phone_index == phone_index)
    ended = [row for row in connection.execute(query).all() if _ended(connection, row, now)]
    for row in ended:
        pair = (CODES.c.phone_index == row.phone_index, CODES.c.elder_id == row.elder_id)
        connection.execute(delete(CODES).where(*pair))
    return len(ended)


def _ended(connection: Connection, code: Row[Any], now: datetime) -> bool:
    """A pair stands while it is a pairing, while the elder's last visit was asked of it, or while it has a ladder.

    With the case it ends for good.
    """
    closed = select(CASES.c.closed_at).where(CASES.c.elder_id == code.elder_id, CASES.c.closed_at.is_not(None))
    closed_at = connection.execute(closed).scalar()
    if closed_at is not None:
        return closed_at <= now - KEPT
    volunteers = select(VOLUNTEERS.c.id).where(VOLUNTEERS.c.phone_index == code.phone_index)
    paired = select(PAIRINGS.c.id).where(
        PAIRINGS.c.elder_id == code.elder_id,
        PAIRINGS.c.volunteer_id.in_(volunteers),
        or_(PAIRINGS.c.to_on.is_(None), PAIRINGS.c.to_on > civil_day(now - KEPT)),
    )
    last = select(VISITS.c.volunteer_id).where(VISITS.c.elder_id == code.elder_id)
    last = last.order_by(VISITS.c.opened_at.desc(), VISITS.c.id.desc()).limit(1)
    asked = select(VOLUNTEERS.c.id).where(
        VOLUNTEERS.c.phone_index == code.phone_index, VOLUNTEERS.c.id == last.scalar_subquery()
    )
    staff = select(STAFF.c.id).where(STAFF.c.phone_index == code.phone_index)
    owned = select(ESCALATIONS.c.id).where(
        ESCALATIONS.c.elder_id == code.elder_id, ESCALATIONS.c.owner_id.in_(staff), ESCALATIONS.c.state != "resolved"
    )
    return not any(connection.execute(standing).first() for standing in (paired, asked, owned))
