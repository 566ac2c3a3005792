"""Months of a benefit: how old somebody counts as, when it begins, the last month it is paid for.

A month is the date of its first day, and is paid whole or not at all: no rule we know divides one by days. Which of the
ways below a county goes by is its pack's (`docs/policies.md`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from models.benefits import AgeCounts, Begins, Benefit, Birthday, Ends, LeapBirthday, Start, StopCause
from models.facts import FACTS, Known, Reckoned

_A_DAY = timedelta(days=1)


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_before(month: date) -> date:
    return month_of(month_of(month) - _A_DAY)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def last_day(month: date) -> date:
    return next_month(month) - _A_DAY


def birthday_in(year: int, born_on: date, leap: LeapBirthday) -> date:
    """The day of `year` on which who was born on `born_on` is a year older."""
    if (born_on.month, born_on.day) != (2, 29) or _is_leap(year):
        return born_on.replace(year=year)
    return date(year, 2, 28) if leap is LeapBirthday.FEBRUARY_28 else date(year, 3, 1)


def age_in(month: date, born_on: date, birthday: Birthday) -> int:
    """The age that counts in `month`; below 0 for who is not born yet."""
    day = last_day(month) if birthday.counts is AgeCounts.MONTH_REACHED else month
    return day.year - born_on.year - (day < birthday_in(day.year, born_on, birthday.leap))


def reached_in(age: int, born_on: date, birthday: Birthday) -> date:
    """The first month in which the age counts."""
    day = birthday_in(born_on.year + age, born_on, birthday.leap)
    month = month_of(day)
    return month if birthday.counts is AgeCounts.MONTH_REACHED or day == month else next_month(month)


def whole_months(since: date, until: date) -> int:
    """Months that are over; a month begun on the 31st is over on the 1st where its last month has no 31st."""
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)


def reckon(found: dict[str, Known | Reckoned], asked: Collection[str], benefit: Benefit, month: date) -> None:
    """Adds to the facts the asked ones that only a month gives: the age that counts, the months in bed it begins with.

    A date that gives none (born next year, 200 years ago) leaves the fact missing.
    """
    if "age" in asked and benefit.birthday is not None:
        born = found.get("born_on")
        if born is not None and isinstance(born.value, date):
            _add(found, "age", age_in(month, born.value, benefit.birthday), born)
    if "bedridden_months" in asked:
        in_bed, since = found.get("bedridden"), found.get("bedridden_since")
        if in_bed is not None and in_bed.value is False:
            _add(found, "bedridden_months", 0, in_bed)
        elif since is not None and isinstance(since.value, date):
            _add(found, "bedridden_months", max(whole_months(since.value, month), 0), since)


def starts_in(start: Start, *, asked_on: date, approved_on: date, reached: date | None = None) -> date:
    """The first month that is paid.

    `asked_on`: when it was applied for, or found out without being asked. `reached`: the month the age is reached, for
    a rule that begins there; who asks later begins by `if_late`. Raises ValueError if a rule needs what is not given.
    """
    begins = start.begins
    if begins is Begins.MONTH_AGE_REACHED:
        if reached is None or start.if_late is None:
            raise ValueError("a start with the age needs the month it is reached, and what holds for who asks late")
        if month_of(asked_on) <= reached:
            return reached
        begins = start.if_late
    match begins:
        case Begins.MONTH_OF_APPLICATION:
            return month_of(asked_on)
        case Begins.MONTH_OF_APPROVAL:
            return month_of(approved_on)
        case Begins.MONTH_AFTER_APPROVAL:
            return next_month(approved_on)
        case Begins.MONTH_AGE_REACHED:
            raise ValueError("who asks late cannot begin with the age")


def paid_through(benefit: Benefit, cause: StopCause, on: date) -> date | None:
    """The last month paid when `cause` happens on `on`; None: the benefit does not stop by it."""
    stop = next((stop for stop in benefit.stops if stop.cause is cause), None)
    if stop is None:
        return None
    return month_of(on) if stop.ends is Ends.FOLLOWING_MONTH else month_before(on)


def _add(found: dict[str, Known | Reckoned], code: str, number: int, of: Known | Reckoned) -> None:
    if FACTS[code].least <= number <= FACTS[code].most:
        found[code] = Reckoned(number, of.source, of.on)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
