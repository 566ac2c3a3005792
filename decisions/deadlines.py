"""Civil time and workdays: when a delay the county thinks in ("two workdays") ends.

Source: 民法典 201 (the first day is not counted), 202 (months) and 203 (a deadline on a day off moves to the next
workday); how a delay is written: `docs/policies.md`. Pure: the calendar comes in as a value, nothing is looked up.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone

from models.policy import Delay, DelayUnit, WorkCalendar

# Asia/Shanghai has been UTC+8 without summer time since 1991, so no time-zone file is read inside a workflow.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_DAY = timedelta(days=1)
_SATURDAY = 5


def civil_day(at: datetime) -> date:
    """The Asia/Shanghai day of an aware instant."""
    return _aware(at).astimezone(SHANGHAI).date()


def instant(day: date, at: time = time(0)) -> datetime:
    """The UTC instant of an Asia/Shanghai civil day and hour; without `at`, the day's first instant."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def is_yet_to_come(day: date, at: datetime | None, told_at: datetime) -> bool:
    """Whether somebody told, at `told_at`, of a day, or of an instant, that had not come."""
    return day > civil_day(told_at) or (at is not None and at > told_at)


def is_long_ago(day: date, today: date) -> bool:
    """Told later than a text may tell of a visit: whoever enters it then says why."""
    return (today - day).days > 3


def is_workday(day: date, calendar: WorkCalendar) -> bool:
    """Monday to Friday, unless the calendar says otherwise; a worked weekend day (调休) wins over a day off."""
    if day in calendar.on:
        return True
    return day.weekday() < _SATURDAY and day not in calendar.off


def is_provisional(day: date, calendar: WorkCalendar) -> bool:
    """True where no official calendar exists yet: a deadline on that day is 暂定."""
    return calendar.provisional_from is not None and day >= calendar.provisional_from


def earlier_workday(day: date, calendar: WorkCalendar) -> date:
    """`day` itself or the last workday before it: the move of a visit's due day."""
    while not is_workday(day, calendar):
        day -= _DAY
    return day


def next_workday(day: date, calendar: WorkCalendar) -> date:
    """`day` itself or the first workday after it: the move of an administrative deadline (民法典 203)."""
    while not is_workday(day, calendar):
        day += _DAY
    return day


def nth_workday(first_day: date, n: int, calendar: WorkCalendar) -> date:
    """The n-th workday on or after `first_day`; n counts from 1. Raises ValueError for n < 1."""
    if n < 1:
        raise ValueError(f"workdays are counted from 1, not {n}")
    day = next_workday(first_day, calendar)
    for _ in range(n - 1):
        day = next_workday(day + _DAY, calendar)
    return day


def months_after(day: date, months: int) -> date:
    """The last day of a time of so many months begun on `day`: the same day of that month, or its last (民法典 202)."""
    whole = day.year * 12 + day.month - 1 + months
    year, month = whole // 12, whole % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def after(delay: Delay, from_at: datetime, calendar: WorkCalendar) -> datetime:
    """When `delay`, begun at `from_at`, is over, in UTC.

    Calendar days and workdays keep the civil hour of `from_at`; the day it begins on is not counted. A workday delay
    never lasts longer than its `cap_days` calendar days. Nothing (`amount` 0) is over at once, on any day.
    Raises ValueError for a naive `from_at` or a negative amount.
    """
    if delay.amount < 0:
        raise ValueError(f"a delay cannot be negative: {delay.amount}")
    from_at = _aware(from_at).astimezone(UTC)
    match delay.unit:
        case DelayUnit.SECONDS:
            return from_at + timedelta(seconds=delay.amount)
        case DelayUnit.HOURS:
            return from_at + timedelta(hours=delay.amount)
        case DelayUnit.CALENDAR_DAYS:
            return from_at + timedelta(days=delay.amount)
        case DelayUnit.WORKDAYS:
            return _after_workdays(delay, from_at, calendar)


def _after_workdays(delay: Delay, from_at: datetime, calendar: WorkCalendar) -> datetime:
    if delay.amount == 0:
        return from_at
    civil = from_at.astimezone(SHANGHAI)
    ends_on = nth_workday(civil.date() + _DAY, delay.amount, calendar)
    ends_at = datetime.combine(ends_on, civil.timetz()).astimezone(UTC)
    if delay.cap_days is None:
        return ends_at
    return min(ends_at, from_at + timedelta(days=delay.cap_days))


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; instants are UTC")
    return at
