"""A day and a moment as a person reads them beside others of their year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from decisions.deadlines import SHANGHAI


def moment(at: datetime, year: int) -> str:
    """12月20日08:30; midnight is the end of the day before, 12月19日24:00."""
    local = at.astimezone(SHANGHAI)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{day((local - timedelta(days=1)).date(), year)}24:00"
    return f"{day(local.date(), year)}{local:%H:%M}"


def day(on: date, year: int) -> str:
    """12月20日; 2025年12月20日 where `year`, that of the line it stands in, is another."""
    return f"{on.month}月{on.day}日" if on.year == year else f"{on.year}年{on.month}月{on.day}日"
