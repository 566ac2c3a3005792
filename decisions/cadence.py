"""Which period an instant belongs to, and when its visit opens, is due and ends.

How a county chooses its cadence, and how days of a month scale to it: `docs/policies.md`. Civil time is Asia/Shanghai;
every instant that comes out is UTC. Periods tile time: half-open, the end of one is the start of the next. Pure: the
slice holds the calendar, and the day a visit opens is a hash of the pairing, so a pair keeps its place in every month.

| Cadence | Period | Id | Due by default |
|---|---|---|---|
| monthly | calendar month | `2026-11` | the 20th |
| half_monthly | 1–15, 16–end | `2026-11a` `2026-11b` | its 10th day: the 10th, the 25th |
| weekly | ISO week, Monday to Sunday | `2026-W47` | its 5th day: Friday |
| every | a fixed length from the anchor | `t12` (`t-1` before it) | after a length, else the end |
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from decisions.deadlines import civil_day, earlier_workday, instant, is_workday, next_workday
from models.policy import CadenceUnit, PolicySlice
from models.values import Period

ENROLLED_LATE = "enrolled_late"

_DAY = timedelta(days=1)
_DAYS_OF_A_MONTH = 30


class _Frame(NamedTuple):
    """A calendar period before anything is placed in it.

    `first`–`last` are its civil days, both counted. `opens_on` is later than `first` only where a new cadence begins
    inside it. `length` is its nominal days: what the days of a month scale to.
    """

    id: str
    first: date
    last: date
    length: int
    opens_on: date


def period_at(policy: PolicySlice, at: datetime, spread_key: str, elder_key: str) -> Period:
    """The period that holds the aware instant `at`.

    `spread_key` (the volunteer's pairing, or the village) chooses the day the visit opens, `elder_key` the minutes.
    Raises ValueError for a naive `at`, or an `every` cadence without length or anchor.
    """
    if policy.cadence.unit is CadenceUnit.EVERY:
        return _every(policy, at, spread_key, elder_key)
    frame = _frame(policy.cadence.unit, civil_day(at))
    return _placed(policy, frame, instant(frame.first), spread_key, elder_key)


def period_after(policy: PolicySlice, period: Period, spread_key: str, elder_key: str) -> Period:
    """The period that begins where `period` ends.

    Under another cadence than the one `period` had, the new one may have begun already (a month ends inside a week):
    it then starts where `period` ends, so no instant is in two periods or in none.
    """
    following = period_at(policy, period.ends_at, spread_key, elder_key)
    if following.starts_at == period.ends_at:
        return following
    if policy.cadence.unit is CadenceUnit.EVERY:
        asks_at = max(following.asks_at, period.ends_at)
        return following.model_copy(
            update={
                "starts_at": period.ends_at,
                "asks_at": asks_at,
                "due_at": max(following.due_at, asks_at),
                "remind_at": tuple(at for at in following.remind_at if at > asks_at),
            }
        )
    frame = _frame(policy.cadence.unit, civil_day(period.ends_at))._replace(opens_on=civil_day(period.ends_at))
    return _placed(policy, frame, period.ends_at, spread_key, elder_key)


def first_period(
    policy: PolicySlice, enrolled_at: datetime, spread_key: str, elder_key: str
) -> tuple[Period, str | None]:
    """The period an elder is enrolled in, and why it is skipped, if it is.

    Reason `enrolled_late`: enrolled after `enrolled_by_day`; the period is returned as the one without a visit, and
    the first visit is `period_after` it. Otherwise it asks at once, and due is `enrolled_days` later, within the
    period and the month (a week may cross its end, and each month owes a visit), moved to the earlier workday where
    that leaves `least_days`. Enrolled at the very instant the period starts (`--start-on` the 1st), it is an ordinary
    period, spread like everybody's, unless it is due next month.
    """
    period = period_at(policy, enrolled_at, spread_key, elder_key)
    enrolled_on = civil_day(enrolled_at)
    month = _frame(CadenceUnit.MONTHLY, enrolled_on)
    if enrolled_at == period.starts_at and (period.due_on is None or period.due_on <= month.last):
        return period, None
    if policy.cadence.unit is CadenceUnit.EVERY:
        every = period.ends_at - period.starts_at
        if enrolled_at - period.starts_at > every * policy.due.enrolled_by_day / _DAYS_OF_A_MONTH:
            return period, ENROLLED_LATE
        due_at = min(enrolled_at + every * policy.due.enrolled_days / _DAYS_OF_A_MONTH, period.ends_at)
        return _asked_at_once(policy, period, enrolled_at, None, due_at), None
    frame = _frame(policy.cadence.unit, enrolled_on)
    if enrolled_on > _nth_day(frame, policy.due.enrolled_by_day):
        return period, ENROLLED_LATE
    wanted = min(enrolled_on + timedelta(days=policy.due.enrolled_days), frame.last, month.last)
    moved = earlier_workday(wanted, policy.calendar)
    due_on = moved if moved >= enrolled_on + timedelta(days=policy.ask.least_days) else wanted
    return _asked_at_once(policy, period, enrolled_at, due_on, instant(due_on + _DAY)), None


def contains(period: Period, visited_on: date, visited_at: datetime | None) -> bool:
    """Whether a visit lies in the period: by its civil day, or by its instant where the period has no due day.

    Without an instant, a period shorter than a day takes any visit of a day it touches.
    """
    if period.due_on is None and visited_at is not None:
        return period.starts_at <= visited_at < period.ends_at
    return civil_day(period.starts_at) <= visited_on <= civil_day(period.ends_at - timedelta(microseconds=1))


def precedes(period: Period, visited_on: date, visited_at: datetime | None) -> bool:
    """Whether a visit was made before the period began: before its first day, or, where known, its first instant."""
    return visited_on < civil_day(period.starts_at) or (visited_at is not None and visited_at < period.starts_at)


def on_time(period: Period, visited_on: date, visited_at: datetime | None) -> bool:
    """Whether a visit that lies in the period (`contains`) was on time: `visited_on` ≤ due.

    Where the period has no due day, the instant decides, strictly before `due_at`; a visit told without one counts by
    the first instant of its day.
    """
    if period.due_on is not None:
        return visited_on <= period.due_on
    return (visited_at or instant(visited_on)) < period.due_at


def _frame(unit: CadenceUnit, day: date) -> _Frame:
    if unit is CadenceUnit.WEEKLY:
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return _Frame(f"{year}-W{week:02d}", monday, monday + timedelta(days=6), 7, monday)
    month = f"{day.year}-{day.month:02d}"
    last = day.replace(day=monthrange(day.year, day.month)[1])
    if unit is CadenceUnit.MONTHLY:
        return _Frame(month, day.replace(day=1), last, 30, day.replace(day=1))
    if day.day <= 15:
        return _Frame(f"{month}a", day.replace(day=1), day.replace(day=15), 15, day.replace(day=1))
    return _Frame(f"{month}b", day.replace(day=16), last, 15, day.replace(day=16))


def _nth_day(frame: _Frame, day_of_month: int) -> date:
    """A day of the month, scaled to the frame and rounded up: the 20th is a week's 5th day. May lie past its end."""
    scaled = -(-day_of_month * frame.length // _DAYS_OF_A_MONTH)
    return frame.first + timedelta(days=scaled - 1)


def _due_on(policy: PolicySlice, frame: _Frame) -> date:
    if policy.due.after is not None:
        wanted = frame.first + timedelta(days=(policy.due.after - timedelta(microseconds=1)).days)
    elif policy.due.day_of_month is not None:
        wanted = _nth_day(frame, policy.due.day_of_month)
    else:
        wanted = frame.last
    if not frame.opens_on <= wanted <= frame.last:
        wanted = frame.last
    moved = earlier_workday(wanted, policy.calendar)
    # In a week of nothing but holidays the earlier workday is last week's: the day then stays where it was.
    return moved if moved >= frame.opens_on else wanted


def _asks_on(policy: PolicySlice, frame: _Frame, due_on: date, spread_key: str) -> date:
    days = [day for day in _days(frame.opens_on, due_on) if is_workday(day, policy.calendar)]
    latest = due_on - timedelta(days=policy.ask.least_days)
    days = [day for day in days[: policy.ask.spread_workdays] if day <= latest]
    if days:
        return days[share(spread_key, len(days))]
    return min(next_workday(frame.opens_on, policy.calendar), due_on)


def _placed(policy: PolicySlice, frame: _Frame, starts_at: datetime, spread_key: str, elder_key: str) -> Period:
    due_on = _due_on(policy, frame)
    due_at = instant(due_on + _DAY)
    asks_at = instant(_asks_on(policy, frame, due_on, spread_key), policy.ask.at) + _jitter(policy, elder_key)
    asks_at = min(max(asks_at, starts_at), due_at)
    return Period(
        id=frame.id,
        starts_at=starts_at,
        asks_at=asks_at,
        remind_at=_reminders(policy, asks_at, due_on, due_at),
        due_at=due_at,
        ends_at=instant(frame.last + _DAY),
        due_on=due_on,
    )


def _every(policy: PolicySlice, at: datetime, spread_key: str, elder_key: str) -> Period:
    every, anchor_at = policy.cadence.every, policy.cadence.anchor_at
    if every is None or anchor_at is None or every <= timedelta(0):
        raise ValueError(f"{policy.county}: an `every` cadence needs a length and an anchor")
    n = (at - anchor_at) // every
    starts_at = anchor_at.astimezone(UTC) + n * every
    due_at = starts_at + (every if policy.due.after is None else min(policy.due.after, every))
    spread = timedelta(microseconds=share(spread_key, policy.ask.spread // timedelta(microseconds=1) + 1))
    asks_at = min(starts_at + policy.ask.lead + spread + _jitter(policy, elder_key), due_at)
    return Period(
        id=f"t{n}",
        starts_at=starts_at,
        asks_at=asks_at,
        remind_at=_reminders(policy, asks_at, None, due_at),
        due_at=due_at,
        ends_at=starts_at + every,
    )


def _asked_at_once(
    policy: PolicySlice, period: Period, asks_at: datetime, due_on: date | None, due_at: datetime
) -> Period:
    return Period(
        id=period.id,
        starts_at=period.starts_at,
        asks_at=asks_at.astimezone(UTC),
        remind_at=_reminders(policy, asks_at, due_on, due_at),
        due_at=due_at,
        ends_at=period.ends_at,
        due_on=due_on,
    )


def _reminders(policy: PolicySlice, asks_at: datetime, due_on: date | None, due_at: datetime) -> tuple[datetime, ...]:
    """Those strictly between the ask and due, in order; one that two rules name is one."""
    wanted: set[datetime] = set()
    for rule in policy.reminders:
        if rule.before is not None:
            wanted.add(due_at - rule.before)
        elif rule.days_before is not None and due_on is not None:
            wanted.add(instant(due_on - timedelta(days=rule.days_before), rule.at))
    return tuple(at for at in sorted(wanted) if asks_at < at < due_at)


def _jitter(policy: PolicySlice, elder_key: str) -> timedelta:
    return timedelta(seconds=share(elder_key, policy.ask.jitter // timedelta(seconds=1) + 1))


def share(key: str, n: int) -> int:
    """The key's place among n, 0…n-1: early among 8 is early among 10. `hash()` would differ between two processes."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") * n >> 64


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
