"""Task codes: one per (phone, elder), given once, the same every month.

Two digits from 50 (60 where the digit 5 is a result), so that no code begins with a result digit; past 99, three.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from models.tables import TaskCode, table_of

CODES = table_of(TaskCode)


def code_for(connection: Connection, phone_index: str, elder_id: str, now: datetime, first: int) -> int:
    """The pair's code, allocated now if it has none. Call inside a write transaction."""
    pair = (CODES.c.phone_index == phone_index, CODES.c.elder_id == elder_id)
    held = connection.execute(select(CODES.c.code).where(*pair)).scalar()
    if held is not None:
        connection.execute(update(CODES).where(*pair).values(last_used_at=now))
        return held
    taken = set(connection.execute(select(CODES.c.code).where(CODES.c.phone_index == phone_index)).scalars())
    free = next(code for code in (*range(first, 100), *range(first * 10, 1000)) if code not in taken)
    connection.execute(
        insert(CODES).values(phone_index=phone_index, elder_id=elder_id, code=free, given_at=now, last_used_at=now)
    )
    return free
