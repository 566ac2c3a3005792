"""What is known of an elder as of a month: the register, and what staff stated, as one sheet.

A fact counts for a month if its day is not after the month's last. Of several the latest day holds, of one day what was
stated last, and a statement before the register. What was taken back is missing; what is missing is never "no": that no
list calls an elder 低保 says nothing about their means. Only what the month's rules ask for stands in the sheet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from decisions.benefit_time import last_day
from decisions.rule_rows import conditions_of
from models.ability import AbilityLevel
from models.benefits import BenefitRules
from models.claims import FactSource
from models.facts import FACTS, LEVELS, FactSheet, FactValue, Known, refused
from models.policy import Category

NAME_OF = dict(zip(AbilityLevel, LEVELS, strict=True))
BESIDE = {"gb_level": ("gb_score",)}
"""What is told beside a fact that is asked for: how many points a level was missed by."""

OF_THE_REGISTER = {
    "born_on": "the register has it, by the ID number",
    "gb_level": "it comes of a confirmed assessment",
    "gb_score": "it comes of a confirmed assessment",
}
"""What nobody states, and why."""

BY_CATEGORY: tuple[tuple[str, Category, FactValue], ...] = (
    ("economic", Category.DESTITUTE, "特困"),
    ("economic", Category.MINIMUM_LIVING, "低保"),
    ("living", Category.LIVING_ALONE, "独居"),
    ("family_planning", Category.FAMILY_PLANNING, True),
)
"""Who is in two categories of one fact is what stands first."""


class Held(NamedTuple):
    """A category of the register, from a day on and, if it has ended, until the day before another."""

    category: Category
    from_on: date
    to_on: date | None = None


class Level(NamedTuple):
    """The confirmed level that holds. `valid_to`: its last day; None: until the elder is assessed anew."""

    level: AbilityLevel
    score: int | None
    assessed_on: date
    valid_to: date | None


class Stated(NamedTuple):
    """A fact as staff stated it; `value` None: it was taken back, and nothing is known of it from `on` on."""

    code: str
    value: FactValue | None
    source: FactSource
    on: date


class Registered(NamedTuple):
    """What the register knows of one elder."""

    born_on: date
    held: Sequence[Held] = ()
    level: Level | None = None


def asked_by(rules: BenefitRules) -> frozenset[str]:
    """The facts as they stand in a sheet: what the rules of the month ask, what that comes of, what is told beside."""
    found: set[str] = set()
    for benefit in rules.benefits:
        for condition in conditions_of((*benefit.rows, *benefit.open)):
            fact = condition.fact
            found.update(FACTS[fact].comes_of or (fact, *BESIDE.get(fact, ())))
    return frozenset(found)


def sheet_for(month: date, asked: Collection[str], registered: Registered, stated: Sequence[Stated]) -> FactSheet:
    """`stated`: in the order it was stated. `asked`: as `asked_by` says."""
    until = last_day(month)
    facts: dict[str, Known | None] = dict(_of_the_register(registered, month, until))
    facts |= _of_staff(facts, stated, until)
    return FactSheet(facts={code: known for code in sorted(asked) if (known := facts.get(code)) is not None})


def not_stated(code: str, value: FactValue) -> str:
    """Why staff cannot state this; empty if they can."""
    return OF_THE_REGISTER.get(code, "") or refused(code, value)


def _of_the_register(registered: Registered, month: date, until: date) -> Iterator[tuple[str, Known]]:
    """When somebody was born counts for every month."""
    yield "born_on", Known(value=registered.born_on, source=FactSource.REGISTER.value, on=registered.born_on)
    yield from _of_categories(registered.held, until)
    level = registered.level
    if level is None or level.assessed_on > until or (level.valid_to is not None and level.valid_to < month):
        return
    for code, value in (("gb_level", NAME_OF[level.level]), ("gb_score", level.score)):
        if value is not None:
            yield code, Known(value=value, source=FactSource.ASSESSMENT.value, on=level.assessed_on)


def _of_categories(held: Sequence[Held], until: date) -> Iterator[tuple[str, Known]]:
    """By those that hold on the month's last day."""
    since = {
        each.category: each.from_on
        for each in sorted(held, key=lambda each: each.from_on)
        if each.from_on <= until and (each.to_on is None or each.to_on > until)
    }
    for code, category, value in reversed(BY_CATEGORY):
        if category in since:
            yield code, Known(value=value, source=FactSource.REGISTER.value, on=since[category])


def last_stated(stated: Sequence[Stated], until: date) -> dict[str, Stated]:
    """Of each fact what was stated of the latest day, and of one day last."""
    last: dict[str, Stated] = {}
    for each in stated:
        before = last.get(each.code)
        if each.on <= until and (before is None or each.on >= before.on):
            last[each.code] = each
    return last


def _of_staff(register: Mapping[str, Known | None], stated: Sequence[Stated], until: date) -> dict[str, Known | None]:
    """What holds instead of the register, unless the register has it of a later day."""
    return {
        code: None if each.value is None else Known(value=each.value, source=each.source.value, on=each.on)
        for code, each in last_stated(stated, until).items()
        if (known := register.get(code)) is None or each.on >= known.on
    }
