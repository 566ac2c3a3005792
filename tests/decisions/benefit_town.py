"""Elders and rules for the tests of benefits: facts as a register states them, and months of the shipped example."""

from __future__ import annotations

from datetime import date
from functools import cache

from decisions.benefit import propose, ready
from models.benefits import (
    AgeCounts,
    Begins,
    Benefit,
    BenefitKind,
    BenefitRow,
    BenefitRules,
    Birthday,
    Condition,
    Ends,
    LeapBirthday,
    OpenCase,
    Proposal,
    Start,
    Stop,
    StopCause,
    Wanted,
)
from models.facts import FactSheet, FactValue, Known
from policies.benefits import rules_of
from policies.pack import load

MARCH = date(2026, 3, 1)
STATED_ON = date(2026, 1, 5)
BY_MONTH = Birthday(counts=AgeCounts.MONTH_REACHED, leap=LeapBirthday.MARCH_1)
EXAMPLE = "example-cq"


def sheet(**facts: FactValue) -> FactSheet:
    return FactSheet(facts={code: Known(value=value, source="登记簿", on=STATED_ON) for code, value in facts.items()})


@cache
def rules(month: date = MARCH) -> BenefitRules:
    return rules_of(load(EXAMPLE), month)


def proposed(month: date = MARCH, /, **facts: FactValue) -> dict[str, Proposal]:
    """What the example proposes for an elder in a month, by benefit."""
    return {each.benefit.code: propose(each, sheet(**facts)) for each in ready(rules(month))}


def asks(fact: str, op: str, wanted: Wanted) -> Condition:
    return Condition(fact=fact, op=op, wanted=wanted)


def row(
    code: str, *when: Condition, any_of: tuple[tuple[Condition, ...], ...] = (), fen: int | None = 10000
) -> BenefitRow:
    return BenefitRow(code=code, when=when, any=any_of, fen=fen, source="第一条")


def benefit(
    *rows: BenefitRow, code: str = "b", unsaid: tuple[OpenCase, ...] = (), kind: BenefitKind = BenefitKind.NURSING
) -> Benefit:
    return Benefit(
        code=code,
        name="护理补贴",
        kind=kind,
        rows=rows,
        open=unsaid,
        birthday=BY_MONTH,
        start=Start(begins=Begins.MONTH_OF_APPROVAL),
        stops=(Stop(cause=StopCause.DEATH, ends=Ends.FOLLOWING_MONTH),),
    )


def ask(of: Benefit, facts: FactSheet, month: date = MARCH) -> Proposal:
    held = BenefitRules(county="town", version="1", hash="0" * 64, month=month, benefits=(of,))
    return propose(ready(held)[0], facts)
