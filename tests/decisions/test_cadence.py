"""Periods by table: where they begin, when they ask, when they are due, what a visit in them counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from decisions.cadence import ENROLLED_LATE, contains, first_period, on_time, period_after, period_at
from decisions.deadlines import civil_day, instant
from models.policy import Cadence, CadenceUnit, DueRule, ReminderRule
from tests.decisions.slices import ANCHOR, CALENDAR_CADENCES, NIGHT, at, every, policy

MONTHLY, HALF_MONTHLY, WEEKLY = CALENDAR_CADENCES

# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "day", "id_", "first", "last", "due_on"),
    [
        (MONTHLY, date(2026, 11, 22), "2026-11", date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 20)),
        (MONTHLY, date(2026, 12, 31), "2026-12", date(2026, 12, 1), date(2026, 12, 31), date(2026, 12, 18)),
        (MONTHLY, date(2025, 2, 28), "2025-02", date(2025, 2, 1), date(2025, 2, 28), date(2025, 2, 20)),
        (MONTHLY, date(2024, 2, 29), "2024-02", date(2024, 2, 1), date(2024, 2, 29), date(2024, 2, 20)),
        # Spring Festival 2026 is the 15th to the 23rd; Saturday the 14th is worked.
        (MONTHLY, date(2026, 2, 22), "2026-02", date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 14)),
        (HALF_MONTHLY, date(2026, 11, 15), "2026-11a", date(2026, 11, 1), date(2026, 11, 15), date(2026, 11, 10)),
        (HALF_MONTHLY, date(2026, 11, 16), "2026-11b", date(2026, 11, 16), date(2026, 11, 30), date(2026, 11, 25)),
        (HALF_MONTHLY, date(2025, 2, 20), "2025-02b", date(2025, 2, 16), date(2025, 2, 28), date(2025, 2, 25)),
        (WEEKLY, date(2026, 11, 22), "2026-W47", date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 20)),
        (WEEKLY, date(2027, 1, 1), "2026-W53", date(2026, 12, 28), date(2027, 1, 3), date(2027, 1, 1)),
        (WEEKLY, date(2024, 12, 30), "2025-W01", date(2024, 12, 30), date(2025, 1, 5), date(2025, 1, 3)),
        # Thursday the 1st and Friday the 2nd of October are off: due falls back to Wednesday.
        (WEEKLY, date(2026, 10, 1), "2026-W40", date(2026, 9, 28), date(2026, 10, 4), date(2026, 9, 30)),
        # A week of nothing but holidays: there is no earlier workday in it, so due stays on Friday.
        (WEEKLY, date(2026, 2, 18), "2026-W08", date(2026, 2, 16), date(2026, 2, 22), date(2026, 2, 20)),
    ],
)  # fmt: skip
def test_a_day_lies_in_its_period(
    unit: CadenceUnit, day: date, id_: str, first: date, last: date, due_on: date
) -> None:
    period = at(policy(unit), day)
    assert period.id == id_
    assert period.starts_at == instant(first)
    assert period.ends_at == instant(last + NIGHT)
    assert period.due_on == due_on
    assert period.due_at == instant(due_on + NIGHT)


@pytest.mark.parametrize(
    ("due", "due_on"),
    [
        (DueRule(day_of_month=31), date(2026, 11, 30)),
        (DueRule(day_of_month=None), date(2026, 11, 30)),
        (DueRule(day_of_month=None, after=timedelta(days=5)), date(2026, 11, 5)),
        (DueRule(day_of_month=None, after=timedelta(days=90)), date(2026, 11, 30)),
        (DueRule(day_of_month=1), date(2026, 11, 1)),  # a Sunday with no workday before it in the month
    ],
)
def test_due_never_leaves_the_period(due: DueRule, due_on: date) -> None:
    assert at(policy(due=due), date(2026, 11, 22)).due_on == due_on


def test_midnight_is_shanghais() -> None:
    before = period_at(policy(), datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), "p", "e")
    after_ = period_at(policy(), datetime(2026, 11, 30, 16, 0, tzinfo=UTC), "p", "e")
    assert (before.id, after_.id) == ("2026-11", "2026-12")


def test_reminders_fall_between_the_ask_and_due() -> None:
    period = at(policy(), date(2026, 11, 22))
    assert period.remind_at == (instant(date(2026, 11, 15), time(9)), instant(date(2026, 11, 19), time(9)))
    # In February 2026 due is the 14th: a pair asked on the 10th is reminded on the 13th only.
    february = {at(policy(), date(2026, 2, 1), spread_key=f"pair-{n}").remind_at for n in range(200)}
    second = instant(date(2026, 2, 13), time(9))
    assert february == {(instant(date(2026, 2, 9), time(9)), second), (second,)}


def test_nobody_is_asked_and_reminded_in_one_moment() -> None:
    enrolled_at = instant(date(2026, 11, 10), time(9))
    rules = policy(reminders=(ReminderRule(days_before=10), ReminderRule(days_before=3)))
    period, _ = first_period(rules, enrolled_at, "p", "e")
    assert (period.asks_at, period.due_on) == (enrolled_at, date(2026, 11, 20))
    assert period.remind_at == (instant(date(2026, 11, 17), time(9)),)


def test_asks_are_spread_over_the_first_ten_workdays_and_no_further() -> None:
    asked = {civil_day(at(policy(), date(2026, 11, 22), spread_key=f"pair-{n}").asks_at) for n in range(500)}
    assert asked == {date(2026, 11, n) for n in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)}


def test_a_festival_month_still_leaves_three_days() -> None:
    # October 2025: the 1st to the 8th are off, so the tenth workday is the 21st, after due.
    asked = {civil_day(at(policy(), date(2025, 10, 1), spread_key=f"pair-{n}").asks_at) for n in range(500)}
    assert asked == {date(2025, 10, n) for n in (9, 10, 11, 13, 14, 15, 16, 17)}


def test_a_pair_is_asked_on_one_day_and_its_elders_minutes_apart() -> None:
    asked = [at(policy(), date(2026, 11, 1), elder_key=f"elder-{n}").asks_at for n in range(100)]
    day = civil_day(asked[0])
    assert {civil_day(asks_at) for asks_at in asked} == {day}
    assert len(set(asked)) > 50
    assert instant(day, time(8, 30)) <= min(asked) <= max(asked) <= instant(day, time(8, 50))


def test_the_spread_is_the_same_in_every_process() -> None:
    # Written down once: `hash()` would give another day after each start.
    asks_at = at(policy(), date(2026, 11, 1), spread_key="pair-1", elder_key="e1").asks_at
    assert asks_at == instant(date(2026, 11, 13), time(8, 40, 53))


# --- enrolment -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled_on", "due_on"),
    [
        (date(2026, 11, 2), date(2026, 11, 12)),
        (date(2026, 11, 12), date(2026, 11, 20)),  # ten days on is Sunday the 22nd
        (date(2026, 11, 20), date(2026, 11, 30)),
        (date(2025, 2, 20), date(2025, 2, 28)),  # ten days on is March
        (date(2026, 2, 13), date(2026, 2, 23)),  # a festival: the workday before would leave one day
        (date(2026, 2, 20), date(2026, 2, 28)),  # a worked Saturday
    ],
)
def test_who_comes_in_time_is_asked_at_once(enrolled_on: date, due_on: date) -> None:
    enrolled_at = instant(enrolled_on, time(10, 15))
    period, skipped = first_period(policy(), enrolled_at, "p", "e")
    assert skipped is None
    assert period.asks_at == enrolled_at
    assert period.due_on == due_on
    assert period.due_at == instant(due_on + NIGHT)
    assert period.id == period_at(policy(), enrolled_at, "p", "e").id


@pytest.mark.parametrize("day", range(1, 31))
def test_enrolled_by_the_twentieth_counts_this_month(day: int) -> None:
    period, skipped = first_period(policy(), instant(date(2026, 11, day), time(23, 59)), "p", "e")
    assert skipped == (None if day <= 20 else ENROLLED_LATE)
    assert period.id == "2026-11"
    assert period_after(policy(), period, "p", "e").id == "2026-12"


def test_a_list_that_starts_on_the_first_is_spread_like_any_month() -> None:
    start_at = instant(date(2026, 12, 1))
    assert first_period(policy(), start_at, "p", "e") == (period_at(policy(), start_at, "p", "e"), None)
    asked = {first_period(policy(), start_at, f"pair-{n}", "e")[0].asks_at for n in range(200)}
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("unit", "last_in_time", "first_too_late"),
    [
        (HALF_MONTHLY, date(2026, 11, 10), date(2026, 11, 11)),
        (HALF_MONTHLY, date(2026, 11, 25), date(2026, 11, 26)),
        (WEEKLY, date(2026, 11, 20), date(2026, 11, 21)),
    ],
)
def test_the_twentieth_scales_to_shorter_periods(unit: CadenceUnit, last_in_time: date, first_too_late: date) -> None:
    assert first_period(policy(unit), instant(last_in_time, time(12)), "p", "e")[1] is None
    assert first_period(policy(unit), instant(first_too_late, time(12)), "p", "e")[1] == ENROLLED_LATE


@pytest.mark.parametrize(
    ("second", "due_second", "skipped"),
    [(1, 1 + 40 / 3, None), (26, 26 + 40 / 3, None), (27, 24, ENROLLED_LATE), (39, 24, ENROLLED_LATE)],
)
def test_a_month_of_forty_seconds_has_the_same_rules(second: int, due_second: float, skipped: str | None) -> None:
    period, reason = first_period(every(), ANCHOR + timedelta(seconds=second), "p", "e")
    assert reason == skipped
    assert period.due_at == ANCHOR + timedelta(seconds=due_second)
    assert period.id == "t0"


# --- a visit in a period ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visited_on", "inside", "in_time"),
    [
        (date(2026, 10, 31), False, True),
        (date(2026, 11, 1), True, True),
        (date(2026, 11, 20), True, True),
        (date(2026, 11, 21), True, False),
        (date(2026, 11, 30), True, False),
        (date(2026, 12, 1), False, False),
    ],
)
def test_a_civil_day_decides(visited_on: date, inside: bool, in_time: bool) -> None:
    period = at(policy(), date(2026, 11, 22))
    elsewhere = instant(date(2027, 6, 1))  # where a period has a due day, the instant says nothing
    for visited_at in (None, elsewhere):
        assert contains(period, visited_on, visited_at) is inside
        assert on_time(period, visited_on, visited_at) is in_time


@pytest.mark.parametrize(
    ("second", "inside", "in_time"),
    [(-0.5, False, True), (0, True, True), (23.9, True, True), (24, True, False), (39.9, True, False),
     (40, False, False)]
)  # fmt: skip
def test_an_instant_decides_in_a_short_period(second: float, inside: bool, in_time: bool) -> None:
    period = period_at(every(), ANCHOR, "p", "e")
    visited_at = ANCHOR + timedelta(seconds=second)
    assert contains(period, civil_day(visited_at), visited_at) is inside
    assert on_time(period, civil_day(visited_at), visited_at) is in_time


def test_a_short_period_takes_a_day_it_touches_when_no_instant_is_told() -> None:
    period = period_at(every(), ANCHOR, "p", "e")
    today = civil_day(ANCHOR)
    assert contains(period, today, None) and on_time(period, today, None)
    assert not contains(period, today - NIGHT, None)
    assert not on_time(period, today + NIGHT, None)


def test_an_every_cadence_needs_its_length_and_its_anchor() -> None:
    for cadence in (Cadence(unit=CadenceUnit.EVERY), Cadence(unit=CadenceUnit.EVERY, every=timedelta(seconds=4))):
        with pytest.raises(ValueError, match="length and an anchor"):
            period_at(policy(cadence=cadence), ANCHOR, "p", "e")
