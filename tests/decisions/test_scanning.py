"""Whom a scan of the register asks for: a new fact, once, of an elder whom nothing else speaks for or against."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from decisions.scanning import Scanned, ToAsk, to_ask
from models.assessment import Trigger
from models.policy import Category

ON = date(2026, 3, 31)
C = Category


def elder(**known: Any) -> Scanned:
    return Scanned.model_validate({"elder_id": "E1", "born_on": date(1950, 5, 5), "since": {}, **known})


def asked(on: date = ON, back: int = 31, **known: Any) -> tuple[Trigger, date] | None:
    found = list(to_ask([elder(**known)], on, back))
    assert len(found) <= 1
    return (found[0].trigger, found[0].on) if found else None


def since(**days: int) -> dict[Category, date]:
    return {C[name]: ON - timedelta(days=back) for name, back in days.items()}


@pytest.mark.parametrize(
    ("born_on", "turned"),
    [
        (date(1946, 3, 31), date(2026, 3, 31)),
        (date(1946, 3, 1), date(2026, 3, 1)),
        (date(1946, 2, 28), None),
        (date(1946, 4, 1), None),
    ],
)
def test_who_turned_80_on_that_day_or_in_the_days_before(born_on: date, turned: date | None) -> None:
    assert asked(born_on=born_on) == ((Trigger.TURNED_80, turned) if turned else None)


def test_who_was_born_on_a_leap_day_turns_80_on_it_and_where_there_is_none_on_the_first_of_march() -> None:
    assert asked(date(2028, 3, 1), born_on=date(1948, 2, 29)) == (Trigger.TURNED_80, date(2028, 2, 29))
    assert asked(date(2100, 2, 28), born_on=date(2020, 2, 29)) is None
    assert asked(date(2100, 3, 1), born_on=date(2020, 2, 29)) == (Trigger.TURNED_80, date(2100, 3, 1))


@pytest.mark.parametrize(
    ("known", "trigger", "back"),
    [
        (since(MINIMUM_LIVING=3), Trigger.POOR, 3),
        (since(DESTITUTE=0), Trigger.POOR, 0),
        (since(DESTITUTE=9, MINIMUM_LIVING=400), Trigger.POOR, 9),
        (since(DISABLED_CARE=30), Trigger.DISABLED, 30),
        (since(DEMENTIA=30, DISABLED_CARE=2), Trigger.DISABLED, 2),
        (since(DEMENTIA=30, DESTITUTE=1), Trigger.DISABLED, 30),
        (since(DISABLED_CARE=31), None, 0),
        (since(DISABLED_CARE=-1), None, 0),
        (since(LIVING_ALONE=1), None, 0),
    ],
)
def test_the_gravest_new_fact_is_the_reason(known: dict[Category, date], trigger: Trigger | None, back: int) -> None:
    assert asked(since=known) == ((trigger, ON - timedelta(days=back)) if trigger else None)


NEW = {"since": since(DESTITUTE=3)}


@pytest.mark.parametrize(
    ("known", "is_asked"),
    [
        ({}, True),
        ({"under_way": True}, False),
        ({"level_to": ON}, False),
        ({"level_to": date.max}, False),
        ({"level_to": ON - timedelta(days=1)}, True),
        ({"refused_on": ON}, False),
        ({"refused_on": date(2025, 4, 1)}, False),
        ({"refused_on": date(2025, 3, 31)}, True),
    ],
)
def test_whoever_has_a_level_or_a_round_or_refused_lately_is_left_alone(known: dict[str, Any], is_asked: bool) -> None:
    assert (asked(**NEW, **known) is not None) is is_asked


def test_the_key_is_of_the_fact_so_that_a_scan_again_asks_nothing_new() -> None:
    first, second = (next(to_ask([elder(**NEW)], on, 31)) for on in (ON, ON + timedelta(days=7)))
    assert first.key == second.key == f"scan-E1-poor-{ON - timedelta(days=3)}"
    assert first.key != ToAsk(elder_id="E1", trigger=Trigger.POOR, on=ON).key
