"""Proposals against brute force: rows by a die, and every world that fits what is stated of an elder."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from models.benefits import Benefit, Condition, OpenCase, Outcome
from models.facts import ASKED, FACTS, FactType, FactValue
from tests.decisions.benefit_town import ask, asks, benefit, proposed, row, rules, sheet

TRIED = ("economic", "disability_kind", "disability_grade", "rural", "self_care", "insurance_level", "age")
NUMBER_OPS = ("=", ">", ">=", "<", "<=")
VAGUE = {option: members for fact in FACTS.values() for option, members in fact.vague}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    code = draw(st.sampled_from(TRIED))
    fact = FACTS[code]
    match fact.type:
        case FactType.NUMBER:
            wanted = draw(st.integers(fact.least, fact.most) if code != "age" else st.integers(58, 102))
            return asks(code, draw(st.sampled_from(NUMBER_OPS)), wanted)
        case FactType.YES_NO:
            return asks(code, "=", draw(st.booleans()))
        case FactType.ORDERED:
            return asks(code, draw(st.sampled_from(NUMBER_OPS)), draw(st.sampled_from(fact.options)))
        case _:
            some = draw(st.lists(st.sampled_from(fact.options), min_size=1, max_size=3, unique=True))
            return asks(code, draw(st.sampled_from(("in", "not_in"))), tuple(some))


@st.composite
def benefits(draw: st.DrawFn) -> Benefit:
    some = st.lists(conditions(), max_size=2).map(tuple)
    any_ = st.lists(st.lists(conditions(), min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)
    rows = [row(f"r{n}", *draw(some), any_of=draw(any_)) for n in range(draw(st.integers(1, 2)))]
    open_ = [OpenCase(code="o", when=draw(some), any=draw(any_), question="?")] if draw(st.booleans()) else []
    return benefit(*rows, unsaid=tuple(open_))


def values(code: str) -> st.SearchStrategy[FactValue]:
    fact = FACTS[code]
    match fact.type:
        case FactType.NUMBER:
            return st.integers(fact.least, fact.most)
        case FactType.YES_NO:
            return st.booleans()
        case FactType.DAY:
            return st.dates(date(1921, 1, 1), date(1968, 12, 31))
        case _:
            return st.sampled_from(fact.options)


STATED = st.fixed_dictionaries(
    {}, optional={code: values(code) for code in ("born_on", *(code for code in TRIED if code != "age"))}
)


def passes(condition: Condition, value: FactValue) -> bool:
    fact, wanted = FACTS[condition.fact], condition.wanted
    if isinstance(wanted, tuple):
        return (value in wanted) == (condition.op == "in")
    at, to = (fact.options.index(str(each)) if fact.options else each for each in (value, wanted))
    assert isinstance(at, int) and isinstance(to, int)
    return {"=": at == to, ">": at > to, ">=": at >= to, "<": at < to, "<=": at <= to}[condition.op]


def brute(of: Benefit, stated: dict[str, FactValue]) -> list[bool | None]:
    """Of each row and open case: true or false in every world that fits what is stated, or None."""
    facts = dict(stated)
    born = facts.pop("born_on", None)
    if isinstance(born, date):
        facts["age"] = 2026 - born.year - ((born.month, born.day) > (3, 31))
    groups = [*of.rows, *of.open]
    asked = {c.fact for each in groups for c in (*each.when, *(c for alt in each.any for c in alt))}

    def worlds(code: str) -> list[FactValue]:
        if code in facts and facts[code] not in VAGUE:
            return [facts[code]]
        fact = FACTS[code]
        if code in facts:
            return list(VAGUE[str(facts[code])])
        if fact.type is FactType.NUMBER:
            return list(range(fact.least, fact.most + 1))
        return [False, True] if fact.type is FactType.YES_NO else [each for each in fact.options if each not in VAGUE]

    def holds(condition: Condition, world: dict[str, FactValue]) -> bool:
        stated_as = facts.get(condition.fact)
        named = condition.wanted if isinstance(condition.wanted, tuple) else (condition.wanted,)
        return passes(condition, stated_as if stated_as in VAGUE and stated_as in named else world[condition.fact])

    seen: list[set[bool]] = [set() for _ in groups]
    codes = sorted(asked)
    for chosen in product(*(worlds(code) for code in codes)):
        world = dict(zip(codes, chosen, strict=True))
        for found, each in zip(seen, groups, strict=True):
            alternatives = not each.any or any(all(holds(c, world) for c in alt) for alt in each.any)
            found.add(alternatives and all(holds(c, world) for c in each.when))
    return [found.pop() if len(found) == 1 else None for found in seen]


@settings(max_examples=200, deadline=None)
@given(benefits(), STATED)
def test_the_evaluator_agrees_with_every_world_tried(of: Benefit, stated: dict[str, FactValue]) -> None:
    sizes = {"age": 151, "economic": 5, "disability_kind": 7, "insurance_level": 6, "disability_grade": 4}
    asked = {c.fact for each in (*of.rows, *of.open) for c in (*each.when, *(c for alt in each.any for c in alt))}
    missing = [code for code in asked if ("born_on" if code == "age" else code) not in stated]
    worlds = 1
    for code in missing:
        worlds *= sizes.get(code, 3)
    if worlds > 5_000:
        return
    verdicts = brute(of, stated)
    proposal = ask(of, sheet(**stated))
    assert [trace.passed for trace in (*proposal.rows, *proposal.open_rows)] == verdicts
    rows, open_ = verdicts[: len(of.rows)], verdicts[len(of.rows) :]
    if True not in rows and None not in rows:
        expected = Outcome.NOT_ELIGIBLE
    elif True in rows and open_ in ([], [False]):
        expected = Outcome.ELIGIBLE
    else:
        expected = Outcome.CANNOT_DECIDE
    assert proposal.outcome is expected
    assert bool(proposal.missing or proposal.open) == (expected is Outcome.CANNOT_DECIDE)
    assert set(proposal.missing) <= asked


@given(
    st.dates(date(1910, 1, 1), date(1946, 3, 31)),
    st.sampled_from(FACTS["economic"].options),
    st.sampled_from(FACTS["self_care"].options),
)
def test_inside_the_declared_ranges_exactly_one_row_hits(born_on: date, economic: str, self_care: str) -> None:
    told = proposed(born_on=born_on, economic=economic, self_care=self_care)
    assert [trace.passed for trace in told["old_age"].rows].count(True) == 1
    assert [trace.passed for trace in told["destitute_care"].rows].count(True) == (economic == "特困")
    assert None not in [trace.passed for trace in told["old_age"].rows]


def test_every_fact_can_be_asked_about_or_stated() -> None:
    assert {code for code, fact in FACTS.items() if fact.comes_of} == {"age", "bedridden_months"}
    assert {code for each in rules().benefits for r in each.rows for c in r.when for code in [c.fact]} <= ASKED.keys()
