"""From which day a version of a county's rules may be in force: no month that was listed is ruled anew by it."""

from __future__ import annotations

from datetime import date

from decisions.benefit_time import month_of, next_month


def first_month(active_from: date) -> date:
    """The first month whose benefits go by it: a month goes by what is in force on its first day."""
    return active_from if active_from.day == 1 else next_month(active_from)


def too_early(active_from: date, today: date, *, begun: bool, listed: date | None) -> bool:
    """A county that has no rules yet (`begun` False) may begin on any day.

    Afterwards: not before this month, nor so that a month goes by it whose payment list is drawn; `listed`: the last.
    """
    listed_too = listed is not None and first_month(active_from) <= listed
    return begun and (active_from < month_of(today) or listed_too)
