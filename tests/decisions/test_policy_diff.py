"""Two versions of a county's rules side by side: each kind of change, and sums that come out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from decisions.claim_state import Claim, Holding, State
from decisions.policy_diff import Given, Judged, Kind, Lives, Says, Tally, compare, kind_of
from models.benefits import (
    Benefit,
    BenefitKind,
    BenefitRow,
    BenefitRules,
    Exclusivity,
    How,
    OpenCase,
    Outcome,
    Standing,
)
from models.claims import ClaimTerms, ClaimTrigger, Entitlement, Proposed
from models.facts import FactSheet, FactValue
from tests.decisions.benefit_town import MARCH, asks, benefit, row, rules, sheet

OLD: dict[str, FactValue] = {"born_on": date(1940, 1, 1)}  # 86
RURAL: dict[str, FactValue] = {"rural": True}
TERMS = ClaimTerms.model_construct()


def aged(least: int, fen: int | None, code: str = "from") -> BenefitRow:
    return row(code, asks("age", ">=", least), fen=fen)


def version(*benefits: Benefit, exclusivity: tuple[Exclusivity, ...] = ()) -> BenefitRules:
    return BenefitRules(
        county="town", version="1", hash="0" * 64, month=MARCH, benefits=benefits, exclusivity=exclusivity
    )


def rivals(how: How) -> tuple[Exclusivity, ...]:
    return (Exclusivity(code="x", between=("b", "c"), how=how, source="第二条"),)


def one(a: BenefitRules, b: BenefitRules, state: State | None = None, /, **facts: FactValue) -> Judged:
    (found,) = compare(a, b, [Lives("E1", "T1", sheet(**facts), state)])
    return found


def kinds(of: Judged) -> dict[str, Kind]:
    return {line.code: line.kind for line in of.changed if line.kind}


def holding(code: str, fen: int | None, since: date = MARCH, **more: Any) -> Holding:
    entitlement = Entitlement(row="from", fen=fen, from_month=since, approved_by="S-2", review_on=MARCH)
    return Holding(code=code, n=1, terms=TERMS, entitlement=entitlement, first=since, **more)


def state(claims: Mapping[str, Claim] | None = None, **holdings: Holding) -> State:
    return State(elder_id="E1", county_id="C1", township_id="T1", holdings=holdings, claims=dict(claims or {}))


def refused(code: str) -> dict[str, Claim]:
    proposed = Proposed(
        month=MARCH, version="1", hash="0" * 64, outcome=Outcome.NOT_ELIGIBLE, standing=Standing.NOT_ELIGIBLE, row=None,
        fen=None, sheet=FactSheet(facts={}),
    )  # fmt: skip
    of: dict[str, Any] = {"code": code, "n": 1, "trigger": ClaimTrigger.STAFF, "asked_on": MARCH, "terms": TERMS}
    return {code: Claim(**of, proposed=proposed, step=None, decision="refused")}


# --- each kind -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "facts", "kind", "fen"),
    [
        (aged(80, 10000), aged(80, 10000), OLD, None, (10000, 10000)),
        (aged(90, 10000), aged(80, 10000), OLD, Kind.GAINS, (0, 10000)),
        (aged(80, 10000), aged(90, 10000), OLD, Kind.LOSES, (10000, 0)),
        (aged(80, 10000), aged(80, 10001), OLD, Kind.UP, (10000, 10001)),
        (aged(80, 10000), aged(80, 9999), OLD, Kind.DOWN, (10000, 9999)),
        (aged(80, 10000), aged(70, 10000, "younger"), OLD, None, (10000, 10000)),  # by another row, and nothing more
        (aged(80, 10000), aged(80, None), OLD, Kind.AMOUNT, (10000, 0)),
        (aged(80, None), aged(80, 10000), OLD, Kind.AMOUNT, (0, 10000)),
        (aged(90, 10000), aged(80, None), OLD, Kind.GAINS, (0, 0)),
        (aged(80, None), aged(90, 10000), OLD, Kind.LOSES, (0, 0)),
        (aged(80, 10000), aged(90, 10000), {}, None, (0, 0)),  # by neither can it be said
        (row("r", asks("rural", "=", True)), aged(80, 10000), RURAL, Kind.NEWLY_CANNOT, (10000, 0)),
        (row("r", asks("rural", "=", False)), aged(80, 10000), RURAL, Kind.NEWLY_CANNOT, (0, 0)),
        (aged(80, 10000), row("r", asks("rural", "=", True), fen=7), RURAL, Kind.DECIDED, (0, 7)),
        (aged(80, 10000), row("r", asks("rural", "=", False)), RURAL, Kind.DECIDED, (0, 0)),
    ],
)
def test_each_kind_of_change(
    before: BenefitRow, after: BenefitRow, facts: dict[str, FactValue], kind: Kind | None, fen: tuple[int, int]
) -> None:
    found = one(version(benefit(before)), version(benefit(after)), **facts)
    assert (kinds(found), (found.a_fen, found.b_fen)) == ({"b": kind} if kind else {}, fen)


def test_every_pair_of_answers_has_a_kind_or_is_no_change() -> None:
    same = {(a, b) for a in Given for b in Given if kind_of(Says(a, fen=1), Says(b, fen=1)) is None}
    assert same == {(given, given) for given in Given}


def test_a_benefit_that_is_new_or_gone() -> None:
    none, some = version(), version(benefit(aged(80, 10000)))
    assert kinds(one(none, some, **OLD)) == {"b": Kind.GAINS}
    assert kinds(one(some, none, **OLD)) == {"b": Kind.LOSES}
    assert kinds(one(none, some, born_on=date(1980, 1, 1))) == {}


def test_what_is_missing_is_named_and_so_is_a_case_no_rule_speaks_of() -> None:
    case = OpenCase(code="who", when=(asks("rural", "=", True),), question="?")
    some = version(benefit(aged(80, 10000)))
    (line,) = one(version(), some).lines
    assert (line.b.given, line.b.missing) == (Given.CANNOT, ("age",))
    (line,) = one(some, version(benefit(aged(80, 10000), unsaid=(case,))), **OLD, **RURAL).lines
    assert (line.kind, line.b.missing) == (Kind.NEWLY_CANNOT, ("who",))


# --- beside each other -----------------------------------------------------------------------------------------------


def test_of_two_of_which_the_higher_is_taken_one_takes_the_others_place() -> None:
    low, high = benefit(aged(80, 8000), code="c"), benefit(aged(80, 30000), code="c")
    other = benefit(aged(80, 20000))
    take = rivals(How.TAKE_HIGHER)
    found = one(version(other, low, exclusivity=take), version(other, high, exclusivity=take), **OLD)
    assert kinds(found) == {"b": Kind.LOSES, "c": Kind.GAINS}
    assert (found.a_fen, found.b_fen) == (20000, 30000)
    assert found.lines[0].b.to == ("c",)


def test_what_may_be_had_together_no_more_must_be_chosen_and_is_no_money_for_certain() -> None:
    both = (benefit(aged(80, 20000)), benefit(aged(80, 8000), code="c"))
    a, b = version(*both), version(*both, exclusivity=rivals(How.EXCLUSIVE))
    found = one(a, b, **OLD)
    assert (kinds(found), found.a_fen, found.b_fen) == ({"b": Kind.CHOICE, "c": Kind.CHOICE}, 28000, 0)
    held = one(a, b, state(b=holding("b", 20000)), **OLD)
    assert (kinds(held), held.b_fen) == ({"c": Kind.LOSES}, 20000), "what is held stays"


def test_what_cannot_be_decided_beside_the_other_names_what_is_missing_for_that() -> None:
    asked = benefit(row("r", asks("rural", "=", True), fen=30000), code="c")
    a, b = (
        version(benefit(aged(80, 20000))),
        version(benefit(aged(80, 20000)), asked, exclusivity=rivals(How.TAKE_HIGHER)),
    )
    lines = {line.code: line for line in one(a, b, **OLD).lines}
    assert (lines["b"].kind, lines["b"].b.missing, lines["b"].b.to) == (Kind.NEWLY_CANNOT, ("rural",), ("c",))
    assert lines["c"].kind is Kind.NEWLY_CANNOT


def test_what_was_refused_costs_nothing_until_it_is_asked_for_again_and_is_told() -> None:
    a, b = version(benefit(aged(90, 10000))), version(benefit(aged(80, 10000)))
    found = one(a, b, state(refused("b")), **OLD)
    assert (kinds(found), found.a_fen, found.b_fen) == ({"b": Kind.ASIDE}, 0, 0)
    back = one(b, a, state(refused("b")), **OLD)
    assert (kinds(back), back.a_fen) == ({}, 0)


# --- sums ------------------------------------------------------------------------------------------------------------


def test_a_coupon_is_no_money() -> None:
    few, more = (benefit(aged(80, fen), kind=BenefitKind.COUPON) for fen in (80000, 90000))
    tally = Tally()
    for found in compare(version(few), version(more), [Lives("E1", "T1", sheet(**OLD))]):
        tally.add(found)
    total = tally.total
    assert (total.a.fen, total.b.fen, total.a.ceiling_fen, total.b.ceiling_fen) == (0, 0, 80000, 90000)
    assert (total.kinds, tally.more, tally.other) == ({Kind.UP: 1}, 0, 1)


def test_sums_by_benefit_and_township_beside_what_is_given_today() -> None:
    a = version(benefit(aged(80, 10000)), benefit(row("r", asks("rural", "=", True), fen=500), code="c"))
    b = version(benefit(aged(90, 25000)), benefit(row("r", asks("rural", "=", True), fen=700), code="c"))
    elders = [
        Lives("E1", "T1", sheet(**OLD, **RURAL), state(b=holding("b", 9000))),  # 10500 → 700
        Lives("E2", "T1", sheet(born_on=date(1930, 1, 1), rural=False)),  # 10000 → 25000
        Lives("E3", "T2", sheet(born_on=date(1980, 1, 1))),  # neither; rural: nobody knows
        Lives("E4", "T2", sheet(**RURAL), state(d=holding("d", 300, date(2026, 4, 1)))),  # 500 → 700; not before April
    ]
    tally = Tally()
    for found in compare(a, b, elders):
        tally.add(found)
    assert (tally.elders, tally.more, tally.less, tally.other) == (4, 2, 1, 0)
    total = tally.total
    assert (total.a.given, total.a.fen, total.b.given, total.b.fen) == (4, 21000, 3, 26400)
    assert (total.a.cannot, total.b.cannot) == (2, 2)  # c of E3, b of E4
    assert total.kinds == {Kind.LOSES: 1, Kind.UP: 3}
    assert (total.paid, total.paid_fen) == (1, 9000)
    assert {code: (of.a.fen, of.b.fen) for code, of in tally.by_benefit.items()} == {
        "b": (20000, 25000), "c": (1000, 1400),
    }  # fmt: skip
    assert {id_: (of.a.fen, of.b.fen) for id_, of in tally.by_township.items()} == {
        "T1": (20500, 25700), "T2": (500, 700),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("since", "through", "held", "is_paid"),
    [
        (MARCH, None, False, True), (MARCH, MARCH, False, True), (date(2026, 2, 1), date(2026, 2, 1), False, False),
        (date(2026, 4, 1), None, False, False), (MARCH, None, True, False),
    ],
)  # fmt: skip
def test_what_is_given_today_is_what_was_approved_for_the_month(
    since: date, through: date | None, held: bool, is_paid: bool
) -> None:
    of = holding("b", 100, since, held=held)
    of = of.model_copy(update={"entitlement": of.entitlement.model_copy(update={"through": through})})
    lines = one(version(), version(), state(b=of), **OLD).lines
    assert [(line.code, line.kind, line.paid) for line in lines] == ([("b", None, 100)] if is_paid else [])


def test_the_example_against_itself_changes_nothing() -> None:
    facts: dict[str, FactValue] = {**OLD, "economic": "低保", "disability_kind": "肢体", "disability_grade": 1}
    found = one(rules(), rules(), **facts)
    assert (kinds(found), found.a_fen, found.b_fen) == ({}, 30000, 30000)
