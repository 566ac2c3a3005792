"""Periods for every month, every key and every day of enrolment: in order, and no hole or overlap between two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.cadence import contains, first_period, period_after, period_at
from decisions.deadlines import civil_day, instant, is_workday
from models.policy import CadenceUnit, PolicySlice
from models.values import Period
from tests.decisions.slices import CALENDAR_CADENCES, NIGHT, POLICIES, YEARS, at, policy

KEYS = st.text(min_size=0, max_size=12)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def periods(policy_: PolicySlice, first: date, last: date, spread_key: str, elder_key: str) -> Iterator[Period]:
    period = period_at(policy_, instant(first), spread_key, elder_key)
    while period.starts_at < instant(last):
        yield period
        period = period_after(policy_, period, spread_key, elder_key)


def assert_in_order(period: Period) -> None:
    assert period.starts_at <= period.asks_at <= period.due_at <= period.ends_at
    assert list(period.remind_at) == sorted(set(period.remind_at))
    assert all(period.asks_at < remind_at < period.due_at for remind_at in period.remind_at)
    assert set(period.id) <= set("0123456789-Wabt")
    instants = (period.starts_at, period.asks_at, period.due_at, period.ends_at, *period.remind_at)
    assert {each.tzinfo for each in instants} == {UTC}
    if period.due_on is not None:
        assert period.due_at == instant(period.due_on + NIGHT)
        assert contains(period, period.due_on, None)


@pytest.mark.parametrize("unit", CALENDAR_CADENCES)
@settings(max_examples=20)
@given(spread_key=KEYS, elder_key=KEYS)
def test_every_period_of_four_years_is_in_order_and_meets_the_next(
    unit: CadenceUnit, spread_key: str, elder_key: str
) -> None:
    rules = policy(unit)
    seen: list[Period] = list(periods(rules, date(2024, 1, 1), date(2028, 1, 1), spread_key, elder_key))
    assert len(seen) in {CadenceUnit.MONTHLY: {48}, CadenceUnit.HALF_MONTHLY: {96}, CadenceUnit.WEEKLY: {209}}[unit]
    assert len({period.id for period in seen}) == len(seen)
    for period in seen:
        assert_in_order(period)
    for period, following in pairwise(seen):
        assert following.starts_at == period.ends_at


@pytest.mark.parametrize("n", range(48))
def test_every_month_asks_on_a_workday_and_is_due_on_one(n: int) -> None:
    month = date(2024 + n // 12, n % 12 + 1, 1)
    for pair in range(60):
        period = at(policy(), month, spread_key=f"pair-{pair}")
        assert period.due_on is not None and period.due_on <= month.replace(day=20)
        assert is_workday(period.due_on, YEARS) and is_workday(civil_day(period.asks_at), YEARS)
        assert civil_day(period.asks_at) <= period.due_on - timedelta(days=3)


@pytest.mark.parametrize("rules", POLICIES, ids=lambda rules: f"{rules.cadence.unit.value}-{rules.cadence.every}")
@given(moment=INSTANTS, spread_key=KEYS, elder_key=KEYS)
def test_an_instant_lies_in_exactly_its_period(
    rules: PolicySlice, moment: datetime, spread_key: str, elder_key: str
) -> None:
    period = period_at(rules, moment, spread_key, elder_key)
    assert_in_order(period)
    assert period.starts_at <= moment < period.ends_at
    assert contains(period, civil_day(moment), moment)
    assert period_at(rules, period.starts_at, spread_key, elder_key) == period
    last = period_at(rules, period.ends_at - timedelta(microseconds=1), spread_key, elder_key)
    assert last == period
    assert period_at(rules, period.ends_at, spread_key, elder_key).starts_at == period.ends_at


@pytest.mark.parametrize("rules", POLICIES, ids=lambda rules: f"{rules.cadence.unit.value}-{rules.cadence.every}")
@given(enrolled_at=INSTANTS, spread_key=KEYS, elder_key=KEYS)
def test_a_first_period_is_in_order_whenever_one_enrols(
    rules: PolicySlice, enrolled_at: datetime, spread_key: str, elder_key: str
) -> None:
    period, skipped = first_period(rules, enrolled_at, spread_key, elder_key)
    assert_in_order(period)
    assert period.starts_at <= enrolled_at < period.ends_at
    if skipped is None and enrolled_at > period.starts_at:
        assert period.asks_at == enrolled_at
        assert period.due_at > enrolled_at


@given(
    was=st.sampled_from(POLICIES), becomes=st.sampled_from(POLICIES), moment=INSTANTS, spread_key=KEYS, elder_key=KEYS
)
def test_a_change_of_cadence_leaves_no_hole(
    was: PolicySlice, becomes: PolicySlice, moment: datetime, spread_key: str, elder_key: str
) -> None:
    period = period_at(was, moment, spread_key, elder_key)
    following = period_after(becomes, period, spread_key, elder_key)
    assert_in_order(following)
    assert following.starts_at == period.ends_at < following.ends_at
    later = period_after(becomes, following, spread_key, elder_key)
    assert later.starts_at == following.ends_at
    assert later == period_at(becomes, following.ends_at, spread_key, elder_key)
