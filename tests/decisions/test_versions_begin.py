"""From which day a version of a county's rules may be in force."""

from __future__ import annotations

from datetime import date

import pytest

from decisions.versions import first_month, too_early

TODAY = date(2026, 3, 12)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def test_a_month_goes_by_what_is_in_force_on_its_first_day() -> None:
    assert [first_month(date(2026, 3, 1)), first_month(date(2026, 3, 2))] == [MARCH, APRIL]
    assert first_month(date(2026, 12, 31)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("since", "begun", "listed", "early"),
    [
        (date(2020, 1, 1), False, None, False),  # a county begins whenever it likes
        (date(2026, 2, 28), True, None, True),
        (MARCH, True, None, False),
        (MARCH, True, date(2026, 2, 1), False),
        (MARCH, True, MARCH, True),  # March's list is drawn
        (date(2026, 3, 2), True, MARCH, False),  # benefits go by it from April on
        (APRIL, True, APRIL, True),
        (date(2026, 5, 1), True, APRIL, False),
    ],
)
def test_no_month_that_is_listed_is_ruled_anew(since: date, begun: bool, listed: date | None, early: bool) -> None:
    assert too_early(since, TODAY, begun=begun, listed=listed) is early
