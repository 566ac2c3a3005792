"""Benefits of one elder beside each other: the higher is taken, one only is held, what is missing may matter."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.benefit_together import combine
from models.benefits import BenefitKind, Chance, Combined, Exclusivity, How, Outcome, Proposal, Standing
from models.facts import FactValue
from tests.decisions.benefit_town import MARCH, proposed, rules

S = Standing
Amounts = tuple[int | None, ...]


def together(month: date = MARCH, held: tuple[str, ...] = (), /, **facts: FactValue) -> dict[str, Combined]:
    told = proposed(month, **facts)
    return {each.proposal.benefit: each for each in combine(list(told.values()), rules(month).exclusivity, held)}


# --- the example -----------------------------------------------------------------------------------------------------

POOR: dict[str, FactValue] = {
    "economic": "低保", "born_on": date(1946, 6, 15), "disability_kind": "肢体", "disability_grade": 1,
}  # fmt: skip


def test_the_higher_of_two_is_taken() -> None:
    told = together(**POOR)
    assert told["care_allowance"].standing is S.STANDS
    assert told["severe_disability_care"][1:] == (S.GIVES_WAY, "care_or_disability_care", ("care_allowance",))


def test_what_gives_way_no_longer_counts_against_a_third() -> None:
    told = together(**POOR | {"economic": "特困", "self_care": "全护理"})
    assert told["severe_disability_care"].standing is S.GIVES_WAY
    assert told["destitute_care"].standing is S.STANDS, "else one of the two would have to be chosen"


def test_one_only_is_a_persons_choice_unless_one_is_held() -> None:
    young: dict[str, FactValue] = POOR | {"economic": "特困", "self_care": "全护理", "born_on": date(1970, 1, 1)}
    told = together(**young)
    assert told["severe_disability_care"][1:] == (S.TO_CHOOSE, "disability_care_or_destitute_care", ("destitute_care",))
    assert told["destitute_care"].standing is S.TO_CHOOSE
    told = together(MARCH, ("destitute_care",), **young)
    assert (told["destitute_care"].standing, told["severe_disability_care"].standing) == (S.STANDS, S.GIVES_WAY)
    told = together(MARCH, ("destitute_care", "severe_disability_care"), **young)
    assert told["destitute_care"].standing is S.TO_CHOOSE, "two held that exclude each other are put right by a person"


def test_what_is_missing_for_the_lower_does_not_hold_up_the_higher() -> None:
    told = together(**{code: value for code, value in POOR.items() if code != "disability_grade"}, bedridden=True,
                    bedridden_since=date(2025, 1, 1))  # fmt: skip
    assert told["severe_disability_care"].proposal.outcome is Outcome.CANNOT_DECIDE
    assert told["care_allowance"].standing is S.STANDS, "200 is above whatever the grade gives"
    assert told["severe_disability_care"].standing is S.GIVES_WAY


def test_what_is_missing_for_the_higher_holds_up_the_lower() -> None:
    told = together(**{code: value for code, value in POOR.items() if code != "economic"})
    assert told["severe_disability_care"][1:] == (S.CANNOT_DECIDE, "care_or_disability_care", ("care_allowance",))


def test_what_may_be_combined_is_left_alone() -> None:
    told = together(**POOR)
    assert told["disability_living"].standing is S.CANNOT_DECIDE
    assert told["care_allowance"].by is None


# --- made up ---------------------------------------------------------------------------------------------------------


def proposal(code: str, *amounts: int | None, outcome: Outcome = Outcome.ELIGIBLE) -> Proposal:
    is_sure = outcome is Outcome.ELIGIBLE
    return Proposal(
        benefit=code, kind=BenefitKind.NURSING, month=MARCH, version="1", hash="0" * 64, outcome=outcome,
        row="r" if is_sure else None, fen=amounts[0] if is_sure else None, missing=(), open=(), near=None, rows=(),
        possible=() if is_sure else tuple(Chance(f"r{n}", fen) for n, fen in enumerate(amounts)), open_rows=(),
    )  # fmt: skip


def standings(how: How, *proposals: Proposal, held: tuple[str, ...] = ()) -> list[Standing]:
    rule = Exclusivity(code="x", between=tuple(each.benefit for each in proposals), how=how, source="第一条")
    return [each.standing for each in combine(proposals, (rule,), held)]


def test_of_equal_amounts_the_first_named_is_taken_whatever_is_held_and_in_whatever_order_they_come() -> None:
    one, two = proposal("one", 8000), proposal("two", 8000)
    assert standings(How.TAKE_HIGHER, one, two, held=("two",)) == [S.STANDS, S.GIVES_WAY]
    rule = Exclusivity(code="x", between=("two", "one"), how=How.TAKE_HIGHER, source="第一条")
    assert [each.standing for each in combine((one, two), (rule,))] == [S.GIVES_WAY, S.STANDS]


def test_of_an_amount_nobody_states_nobody_can_say_whether_it_is_higher() -> None:
    known, unstated = proposal("one", 8000), proposal("two", None)
    assert standings(How.TAKE_HIGHER, known, unstated) == [S.CANNOT_DECIDE, S.CANNOT_DECIDE]


def test_one_that_may_yet_come_does_not_keep_a_person_from_the_choice() -> None:
    sure, open_ = proposal("one", 8000), proposal("two", 9000, outcome=Outcome.CANNOT_DECIDE)
    assert standings(How.EXCLUSIVE, sure, open_) == [S.TO_CHOOSE, S.CANNOT_DECIDE]
    assert standings(How.EXCLUSIVE, sure, open_, held=("one",)) == [S.STANDS, S.GIVES_WAY]


def test_one_that_is_not_due_is_left_out() -> None:
    none = proposal("two", outcome=Outcome.NOT_ELIGIBLE)
    for how in How:
        assert standings(how, proposal("one", 1), none) == [S.STANDS, S.NOT_ELIGIBLE]


FEN = st.sampled_from((7000, 8000, 20000, None))
SURE = st.tuples(st.just(Outcome.ELIGIBLE), st.tuples(FEN))
OPEN = st.tuples(st.just(Outcome.CANNOT_DECIDE), st.lists(FEN, max_size=2, unique=True).map(tuple))
GROUPS = st.lists(SURE | OPEN, min_size=2, max_size=3)


@given(GROUPS)
def test_the_higher_is_what_it_would_be_whatever_is_still_open(group: list[tuple[Outcome, Amounts]]) -> None:
    """Each that is open either comes to nothing or to one of its amounts; an unstated amount is any at all."""
    any_amount = (1, 7500, 10**9)

    def worlds(outcome: Outcome, amounts: Amounts) -> list[int | None]:
        stated = [fen for fen in amounts if fen is not None]
        unstated = any_amount if None in amounts or not amounts else ()
        return [*stated, *unstated, *([None] if outcome is Outcome.CANNOT_DECIDE else [])]

    wins: list[set[bool]] = [set() for _ in group]
    for world in product(*(worlds(*each) for each in group)):
        paid = [(fen, -n) for n, fen in enumerate(world) if fen is not None]
        best = -max(paid)[1] if paid else None
        for n, fen in enumerate(world):
            if fen is not None:
                wins[n].add(n == best)
    proposals = [proposal(f"b{n}", *amounts, outcome=outcome) for n, (outcome, amounts) in enumerate(group)]
    for n, standing in enumerate(standings(How.TAKE_HIGHER, *proposals)):
        is_sure = group[n][0] is Outcome.ELIGIBLE
        if wins[n] == {False}:
            assert standing is S.GIVES_WAY
        elif wins[n] == {True} and is_sure:
            assert standing is S.STANDS
        else:
            assert standing is S.CANNOT_DECIDE


@pytest.mark.parametrize("how", How)
def test_without_a_rule_between_them_all_stand(how: How) -> None:
    rule = Exclusivity(code="x", between=("elsewhere", "one"), how=how, source="第一条")
    told = combine((proposal("one", 1), proposal("two", 2)), (rule,))
    assert [each.standing for each in told] == [S.STANDS, S.STANDS]
