"""Months of a benefit: the age that counts, the first month paid, the last one; and what a coupon pays in a month."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.benefit_time import (
    age_in,
    last_day,
    month_of,
    next_month,
    paid_through,
    reached_in,
    starts_in,
    whole_months,
)
from decisions.coupon import Redeemed, left, redeem
from models.benefits import AgeCounts, Begins, Birthday, Ends, LeapBirthday, Start, Stop, StopCause
from tests.decisions.benefit_town import asks, benefit, row

REACHED, FIRST = AgeCounts.MONTH_REACHED, AgeCounts.FIRST_DAY
FEBRUARY, MARCH = LeapBirthday.FEBRUARY_28, LeapBirthday.MARCH_1
BORN, LEAP = date(1946, 6, 15), date(1944, 2, 29)

AGES = [
    # born, month, counts, leap, age
    (BORN, date(2026, 5, 1), REACHED, MARCH, 79), (BORN, date(2026, 6, 1), REACHED, MARCH, 80),
    (BORN, date(2026, 6, 1), FIRST, MARCH, 79), (BORN, date(2026, 7, 1), FIRST, MARCH, 80),
    (date(1946, 6, 1), date(2026, 6, 1), FIRST, MARCH, 80), (date(1946, 6, 30), date(2026, 6, 1), REACHED, MARCH, 80),
    (date(1946, 12, 31), date(2026, 12, 1), REACHED, MARCH, 80),
    (date(1946, 1, 1), date(2025, 12, 1), REACHED, MARCH, 79),
    # born on 29 February: 80 in the leap year 2024, 82 in 2026, which has no such day
    (LEAP, date(2024, 2, 1), REACHED, MARCH, 80), (LEAP, date(2024, 2, 1), FIRST, MARCH, 79),
    (LEAP, date(2024, 3, 1), FIRST, MARCH, 80),
    (LEAP, date(2026, 2, 1), REACHED, MARCH, 81), (LEAP, date(2026, 3, 1), REACHED, MARCH, 82),
    (LEAP, date(2026, 2, 1), REACHED, FEBRUARY, 82), (LEAP, date(2026, 2, 1), FIRST, FEBRUARY, 81),
    (LEAP, date(2026, 3, 1), FIRST, FEBRUARY, 82), (LEAP, date(2026, 3, 1), FIRST, MARCH, 82),
]  # fmt: skip


@pytest.mark.parametrize(("born_on", "month", "counts", "leap", "age"), AGES)
def test_the_age_that_counts_in_a_month(
    born_on: date, month: date, counts: AgeCounts, leap: LeapBirthday, age: int
) -> None:
    assert age_in(month, born_on, Birthday(counts=counts, leap=leap)) == age


@given(
    st.dates(date(1900, 1, 1), date(1970, 12, 31)), st.integers(50, 110), st.sampled_from(AgeCounts),
    st.sampled_from(LeapBirthday),
)  # fmt: skip
def test_the_month_an_age_is_reached_is_the_first_in_which_it_counts(
    born_on: date, age: int, counts: AgeCounts, leap: LeapBirthday
) -> None:
    rule = Birthday(counts=counts, leap=leap)
    month = reached_in(age, born_on, rule)
    assert age_in(month, born_on, rule) == age
    assert age_in(month_of(month - timedelta(days=1)), born_on, rule) == age - 1


@pytest.mark.parametrize("month", range(1, 13))
def test_months_follow_each_other(month: int) -> None:
    first = date(2028, month, 1)
    assert last_day(first) + timedelta(days=1) == next_month(first) == next_month(last_day(first))


def test_a_month_in_bed_is_over_on_its_day() -> None:
    assert whole_months(date(2025, 9, 1), date(2026, 3, 1)) == 6
    assert whole_months(date(2025, 9, 2), date(2026, 3, 1)) == 5
    assert whole_months(date(2025, 8, 31), date(2026, 2, 28)) == 5
    assert whole_months(date(2025, 8, 31), date(2026, 3, 1)) == 6


# --- from when, until when -------------------------------------------------------------------------------------------

AGE_80 = Start(begins=Begins.MONTH_AGE_REACHED, if_late=Begins.MONTH_OF_APPLICATION)
STARTS = {
    "the month of application": (Start(begins=Begins.MONTH_OF_APPLICATION), date(2026, 3, 31), date(2026, 5, 4), 3),
    "the month of approval": (Start(begins=Begins.MONTH_OF_APPROVAL), date(2026, 3, 31), date(2026, 5, 4), 5),
    "the month after approval": (Start(begins=Begins.MONTH_AFTER_APPROVAL), date(2026, 3, 31), date(2026, 5, 31), 6),
    "the month of the age, asked for before": (AGE_80, date(2026, 3, 31), date(2026, 4, 2), 6),
    "the month of the age, asked for in it": (AGE_80, date(2026, 6, 30), date(2026, 7, 2), 6),
    "the month of the age, asked for later": (AGE_80, date(2026, 8, 1), date(2026, 9, 2), 8),
    "the month of the age, asked for later, by approval": (
        AGE_80.model_copy(update={"if_late": Begins.MONTH_AFTER_APPROVAL}), date(2026, 8, 1), date(2026, 9, 2), 10,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STARTS)
def test_the_first_month_paid(name: str) -> None:
    start, asked_on, approved_on, month = STARTS[name]
    first = starts_in(start, asked_on=asked_on, approved_on=approved_on, reached=date(2026, 6, 1))
    assert first == date(2026, month, 1)


def test_a_start_with_the_age_needs_the_month_of_it() -> None:
    with pytest.raises(ValueError, match="month it is reached"):
        starts_in(AGE_80, asked_on=date(2026, 3, 1), approved_on=date(2026, 3, 1))


def test_the_last_month_paid() -> None:
    of = benefit(row("all", asks("age", ">=", 60))).model_copy(
        update={
            "stops": (
                Stop(cause=StopCause.DEATH, ends=Ends.FOLLOWING_MONTH),
                Stop(cause=StopCause.INSTITUTION, ends=Ends.SAME_MONTH),
            )
        }
    )
    assert paid_through(of, StopCause.DEATH, date(2026, 9, 1)) == date(2026, 9, 1)
    assert paid_through(of, StopCause.DEATH, date(2026, 9, 30)) == date(2026, 9, 1)
    assert paid_through(of, StopCause.INSTITUTION, date(2026, 1, 20)) == date(2025, 12, 1)
    assert paid_through(of, StopCause.MOVED_OUT, date(2026, 1, 20)) is None


# --- the coupon ------------------------------------------------------------------------------------------------------

CEILING = 80_000


def test_a_coupon_pays_its_share_as_far_as_it_reaches_and_is_gone_with_the_month() -> None:
    used: list[Redeemed] = []
    for day, percent, bill, paid in (
        (date(2026, 3, 2), 50, 60_001, 30_000), (date(2026, 3, 9), 40, 100_000, 40_000),
        (date(2026, 3, 31), 50, 90_000, 10_000), (date(2026, 3, 31), 50, 1_000, 0),
        (date(2026, 4, 1), 50, 90_000, 45_000),
    ):  # fmt: skip
        used.append(redeem(CEILING, percent, bill, day, used))
        assert used[-1].paid_fen == paid
    assert left(CEILING, date(2026, 3, 1), used) == 0
    assert left(CEILING, date(2026, 4, 1), used) == 35_000
    assert left(CEILING, date(2026, 5, 1), used) == CEILING, "nothing is carried on, up or down"


def test_a_bill_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        redeem(CEILING, 50, -1, date(2026, 3, 1), ())


BILLS = st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 3, 31)), st.integers(0, 300_000)), max_size=12)


@given(BILLS, st.sampled_from((40, 50)))
def test_no_month_pays_more_than_its_ceiling_and_no_bill_more_than_its_share(
    bills: list[tuple[date, int]], percent: int
) -> None:
    used: list[Redeemed] = []
    for day, bill in bills:
        used.append(redeem(CEILING, percent, bill, day, used))
        assert 0 <= used[-1].paid_fen <= bill * percent / 100
    for month in (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)):
        assert sum(each.paid_fen for each in used if month_of(each.on) == month) <= CEILING
