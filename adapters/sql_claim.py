"""Which letters to workflows are free to be carried now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from models.tables import LetterRow, table_of

LETTERS = table_of(LetterRow)
LEASE = timedelta(seconds=60)
START_CASE = ("start_case",)
OTHER_KINDS = ("update", "start_escalation", "start_digest")
LONGEST_WAIT = timedelta(seconds=60)  # between two tries of one letter


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
