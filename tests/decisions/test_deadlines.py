"""Workdays and delays: real festivals, the cap, the hour that stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.deadlines import (
    after,
    civil_day,
    earlier_workday,
    instant,
    is_provisional,
    is_workday,
    next_workday,
    nth_workday,
)
from models.policy import Delay, DelayUnit, WorkCalendar

# February 2026: the 16th to the 20th and Monday the 23rd are days off, Saturdays the 14th and the 28th are worked.
FEBRUARY = WorkCalendar(
    off=(*(date(2026, 2, n) for n in range(16, 21)), date(2026, 2, 23)),
    on=(date(2026, 2, 14), date(2026, 2, 28)),
    provisional_from=date(2027, 1, 1),
)
PLAIN = WorkCalendar()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 13), True),  # Friday
        (date(2026, 2, 14), True),  # a worked Saturday
        (date(2026, 2, 15), False),  # Sunday
        (date(2026, 2, 16), False),  # a Monday off
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),
    ],
)
def test_a_workday_is_what_the_calendar_says(day: date, worked: bool) -> None:
    assert is_workday(day, FEBRUARY) is worked


@pytest.mark.parametrize(
    ("day", "earlier", "following"),
    [
        (date(2026, 2, 20), date(2026, 2, 14), date(2026, 2, 24)),
        (date(2026, 2, 15), date(2026, 2, 14), date(2026, 2, 24)),
        (date(2026, 2, 14), date(2026, 2, 14), date(2026, 2, 14)),
        (date(2026, 2, 22), date(2026, 2, 14), date(2026, 2, 24)),
        (date(2026, 2, 7), date(2026, 2, 6), date(2026, 2, 9)),
    ],
)
def test_due_moves_back_and_deadlines_move_on(day: date, earlier: date, following: date) -> None:
    assert earlier_workday(day, FEBRUARY) == earlier
    assert next_workday(day, FEBRUARY) == following


@pytest.mark.parametrize(
    ("first", "n", "day"),
    [
        (date(2026, 2, 1), 1, date(2026, 2, 2)),  # the 1st is a Sunday
        (date(2026, 2, 1), 10, date(2026, 2, 13)),
        (date(2026, 2, 1), 11, date(2026, 2, 14)),
        (date(2026, 2, 1), 12, date(2026, 2, 24)),
        (date(2026, 2, 24), 1, date(2026, 2, 24)),
    ],
)
def test_the_nth_workday_counts_from_the_first_day(first: date, n: int, day: date) -> None:
    assert nth_workday(first, n, FEBRUARY) == day


def test_there_is_no_workday_zero() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        nth_workday(date(2026, 2, 1), 0, PLAIN)


FRIDAY = instant(date(2026, 2, 13), time(17, 30))
SATURDAY_WORKED = instant(date(2026, 2, 14), time(17, 30))


@pytest.mark.parametrize(
    ("delay", "from_at", "ends_at"),
    [
        (Delay(amount=900, unit=DelayUnit.SECONDS), FRIDAY, FRIDAY + timedelta(minutes=15)),
        (Delay(amount=30, unit=DelayUnit.HOURS), FRIDAY, FRIDAY + timedelta(hours=30)),
        (Delay(amount=2, unit=DelayUnit.CALENDAR_DAYS), FRIDAY, instant(date(2026, 2, 15), time(17, 30))),
        (Delay(amount=1, unit=DelayUnit.WORKDAYS, cap_days=9), FRIDAY, SATURDAY_WORKED),
        # The festival: one workday after the worked Saturday would be ten days on; the cap says four.
        (Delay(amount=1, unit=DelayUnit.WORKDAYS), SATURDAY_WORKED, instant(date(2026, 2, 24), time(17, 30))),
        (
            Delay(amount=1, unit=DelayUnit.WORKDAYS, cap_days=4),
            SATURDAY_WORKED,
            instant(date(2026, 2, 18), time(17, 30)),
        ),
        # Begun on a day off, the first workday after it is the first counted.
        (
            Delay(amount=2, unit=DelayUnit.WORKDAYS, cap_days=9),
            instant(date(2026, 2, 22), time(9)),
            instant(date(2026, 2, 25), time(9)),
        ),
        (Delay(amount=0, unit=DelayUnit.WORKDAYS, cap_days=1), FRIDAY, FRIDAY),
        (Delay(amount=0, unit=DelayUnit.CALENDAR_DAYS), SATURDAY_WORKED, SATURDAY_WORKED),
    ],
)
def test_a_delay_ends_when_the_county_would_say(delay: Delay, from_at: datetime, ends_at: datetime) -> None:
    assert after(delay, from_at, FEBRUARY) == ends_at


def test_a_workday_is_counted_in_civil_time() -> None:
    # 17:00 UTC on Friday is one in the morning of Saturday the 14th in Shanghai: one workday on is Tuesday the 24th.
    saturday_night = datetime(2026, 2, 13, 17, tzinfo=UTC)
    assert civil_day(saturday_night) == date(2026, 2, 14)
    ends_at = after(Delay(amount=1, unit=DelayUnit.WORKDAYS, cap_days=19), saturday_night, FEBRUARY)
    assert ends_at == datetime(2026, 2, 23, 17, tzinfo=UTC)


def test_an_instant_without_a_zone_or_a_negative_delay_is_refused() -> None:
    naive = datetime(2026, 2, 12, 17)  # noqa: DTZ001 the mistake under test
    with pytest.raises(ValueError, match="time zone"):
        after(Delay(amount=1, unit=DelayUnit.HOURS), naive, PLAIN)
    with pytest.raises(ValueError, match="negative"):
        after(Delay(amount=-1, unit=DelayUnit.HOURS), FRIDAY, PLAIN)


def test_a_year_without_an_official_calendar_is_provisional() -> None:
    assert not is_provisional(date(2026, 12, 31), FEBRUARY)
    assert is_provisional(date(2027, 1, 1), FEBRUARY)
    assert not is_provisional(date(2030, 1, 1), PLAIN)


DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.builds(
    WorkCalendar, off=st.lists(DAYS, max_size=40).map(tuple), on=st.lists(DAYS, max_size=10).map(tuple)
)
DELAYS = st.builds(
    Delay, amount=st.integers(0, 12), unit=st.sampled_from(DelayUnit), cap_days=st.none() | st.integers(1, 20)
)


@given(DAYS, CALENDARS)
def test_the_nearest_workdays_have_none_between(day: date, calendar: WorkCalendar) -> None:
    earlier, following = earlier_workday(day, calendar), next_workday(day, calendar)
    assert is_workday(earlier, calendar) and is_workday(following, calendar)
    between = [earlier + timedelta(days=n) for n in range(1, (following - earlier).days)]
    assert earlier <= day <= following
    assert not any(is_workday(other, calendar) for other in between)


@given(DAYS, st.integers(1, 15), CALENDARS)
def test_the_nth_workday_has_n_workdays_up_to_it(first: date, n: int, calendar: WorkCalendar) -> None:
    day = nth_workday(first, n, calendar)
    days = [first + timedelta(days=i) for i in range((day - first).days + 1)]
    assert is_workday(day, calendar)
    assert sum(is_workday(other, calendar) for other in days) == n


@given(DELAYS, INSTANTS, CALENDARS)
def test_a_delay_goes_forward_is_capped_and_keeps_the_hour(
    delay: Delay, from_at: datetime, calendar: WorkCalendar
) -> None:
    ends_at = after(delay, from_at, calendar)
    assert ends_at.tzinfo is UTC
    assert ends_at >= from_at
    if delay.unit is DelayUnit.WORKDAYS and delay.cap_days is not None:
        assert ends_at <= from_at + timedelta(days=delay.cap_days)
    if delay.unit in (DelayUnit.WORKDAYS, DelayUnit.CALENDAR_DAYS):
        shanghai = timezone(timedelta(hours=8))
        assert ends_at.astimezone(shanghai).time() == from_at.astimezone(shanghai).time()


@given(DELAYS, INSTANTS, st.integers(0, 100), CALENDARS)
def test_who_starts_later_never_ends_earlier(
    delay: Delay, from_at: datetime, days: int, calendar: WorkCalendar
) -> None:
    later_at = from_at + timedelta(days=days)
    assert after(delay, from_at, calendar) <= after(delay, later_at, calendar)
