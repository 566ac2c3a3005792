"""What is known of an elder as of a month: which day counts, what holds of two, and what nobody has said."""

from __future__ import annotations

from datetime import date

import pytest

from decisions.fact_sheet import Held, Level, Registered, Stated, asked_by, not_stated, sheet_for
from models.ability import AbilityLevel
from models.benefits import BenefitRules
from models.claims import FactSource
from models.facts import FACTS, FactValue, Known
from models.policy import Category
from tests.decisions.benefit_town import MARCH, asks, benefit, row, rules

BORN = date(1940, 5, 2)
FEBRUARY, APRIL = date(2026, 2, 1), date(2026, 4, 1)
LAST = date(2026, 3, 31)
ALL = frozenset(FACTS)
VISIT = FactSource.VISIT


def known(month: date = MARCH, /, *stated: Stated, **registered: object) -> dict[str, Known]:
    return sheet_for(month, ALL, Registered(BORN, **registered), stated).facts  # pyright: ignore[reportArgumentType]


def values(month: date = MARCH, /, *stated: Stated, **registered: object) -> dict[str, FactValue]:
    facts = known(month, *stated, **registered)
    return {code: fact.value for code, fact in facts.items() if code != "born_on"}


def said(code: str, value: FactValue | None, on: date, source: FactSource = VISIT) -> Stated:
    return Stated(code, value, source, on)


# --- the register ----------------------------------------------------------------------------------------------------


def test_when_somebody_was_born_counts_for_every_month() -> None:
    for month in (date(1930, 1, 1), MARCH):
        assert known(month) == {"born_on": Known(value=BORN, source="register", on=BORN)}


@pytest.mark.parametrize(
    ("category", "code", "value"),
    [
        (Category.DESTITUTE, "economic", "特困"),
        (Category.MINIMUM_LIVING, "economic", "低保"),
        (Category.LIVING_ALONE, "living", "独居"),
        (Category.FAMILY_PLANNING, "family_planning", True),
    ],
)
def test_a_category_tells_a_fact_from_its_day_until_it_ends(category: Category, code: str, value: FactValue) -> None:
    held = [Held(category, date(2026, 2, 10), date(2026, 4, 30))]
    assert known(FEBRUARY, held=held)[code] == Known(value=value, source="register", on=date(2026, 2, 10))
    assert code in known(MARCH, held=held)
    assert values(date(2026, 1, 1), held=held) == {} == values(APRIL, held=held)


def test_no_other_category_tells_anything_and_none_is_never_a_no() -> None:
    telling = {Category.DESTITUTE, Category.MINIMUM_LIVING, Category.LIVING_ALONE, Category.FAMILY_PLANNING}
    assert values(held=[Held(each, FEBRUARY) for each in Category if each not in telling]) == {}


def test_who_is_destitute_and_on_minimum_living_is_destitute() -> None:
    held = [Held(Category.MINIMUM_LIVING, MARCH), Held(Category.DESTITUTE, FEBRUARY)]
    assert known(held=held)["economic"] == Known(value="特困", source="register", on=FEBRUARY)
    assert values(held=[held[0], Held(Category.DESTITUTE, FEBRUARY, MARCH)]) == {"economic": "低保"}


def test_a_category_that_came_again_holds_since_then() -> None:
    again = [Held(Category.LIVING_ALONE, MARCH), Held(Category.LIVING_ALONE, date(2025, 1, 1), FEBRUARY)]
    assert known(held=again)["living"].on == MARCH
    twice = [Held(Category.LIVING_ALONE, MARCH), Held(Category.LIVING_ALONE, date(2025, 1, 1), APRIL)]
    assert known(held=twice)["living"].on == known(held=twice[::-1])["living"].on == MARCH


def test_a_level_is_known_with_its_score_in_the_months_it_is_valid_in() -> None:
    level = Level(AbilityLevel.SEVERE, 41, assessed_on=date(2026, 2, 20), valid_to=date(2026, 3, 1))
    for month in (FEBRUARY, MARCH):
        facts = known(month, level=level)
        assert facts["gb_level"] == Known(value="重度失能", source="assessment", on=level.assessed_on)
        assert facts["gb_score"] == Known(value=41, source="assessment", on=level.assessed_on)
    assert values(date(2026, 1, 1), level=level) == {} == values(APRIL, level=level)
    assert values(date(2030, 1, 1), level=level._replace(valid_to=None, score=None)) == {"gb_level": "重度失能"}


# --- what staff stated -----------------------------------------------------------------------------------------------


def test_a_statement_counts_from_the_month_of_its_day() -> None:
    stated = said("lives_here", True, LAST)
    assert known(MARCH, stated)["lives_here"] == Known(value=True, source="visit", on=LAST)
    assert values(FEBRUARY, stated) == {}


def test_of_several_the_latest_day_holds_and_of_one_day_the_last_word() -> None:
    later, earlier, again = (
        said("disability_grade", 1, LAST), said("disability_grade", 3, MARCH), said("disability_grade", 2, LAST),
    )  # fmt: skip
    assert values(MARCH, later, earlier) == {"disability_grade": 1}
    assert values(MARCH, later, earlier, again) == {"disability_grade": 2}
    assert values(MARCH, again, later) == {"disability_grade": 1}


def test_what_is_taken_back_is_missing_and_comes_again_when_it_is_stated_again() -> None:
    stated, back = said("rural", True, FEBRUARY), said("rural", None, MARCH)
    assert values(MARCH, stated, back) == {}
    assert values(FEBRUARY, stated, back) == {"rural": True}  # it held until then
    assert values(MARCH, stated, back, said("rural", False, MARCH)) == {"rural": False}


@pytest.mark.parametrize(
    ("on", "value"), [(FEBRUARY, "特困"), (date(2026, 3, 5), "其他"), (LAST, "其他"), (APRIL, "特困")]
)
def test_between_register_and_statement_the_later_day_holds_and_of_one_day_the_statement(
    on: date, value: FactValue
) -> None:
    held = [Held(Category.DESTITUTE, date(2026, 3, 5))]
    assert values(MARCH, said("economic", "其他", on), held=held) == {"economic": value}


def test_a_statement_taken_back_takes_the_register_s_earlier_word_with_it() -> None:
    held = [Held(Category.DESTITUTE, FEBRUARY)]
    assert values(MARCH, said("economic", "其他", MARCH), said("economic", None, MARCH), held=held) == {}
    assert values(MARCH, said("economic", None, date(2026, 1, 1)), held=held) == {"economic": "特困"}


def test_an_ended_category_leaves_what_was_stated() -> None:
    held = [Held(Category.DESTITUTE, date(2026, 3, 5), date(2026, 3, 20))]
    assert values(MARCH, said("economic", "低保", FEBRUARY), held=held) == {"economic": "低保"}


# --- what stands in a sheet ------------------------------------------------------------------------------------------


def test_a_sheet_holds_what_the_rules_of_the_month_ask_and_nothing_else() -> None:
    held = [Held(category, FEBRUARY) for category in (Category.DESTITUTE, Category.LIVING_ALONE)]
    stated = [said("rural", True, FEBRUARY), said("bedridden", True, FEBRUARY)]
    asked = asked_by(_rules(asks("age", ">=", 80), asks("economic", "=", "低保"), asks("bedridden_months", ">=", 6)))
    assert asked == {"born_on", "economic", "bedridden", "bedridden_since"}
    assert set(sheet_for(MARCH, asked, Registered(BORN, held), stated).facts) == {"born_on", "economic", "bedridden"}


def test_who_is_asked_for_a_level_is_told_of_the_points_and_alternatives_and_open_cases_ask_too() -> None:
    assert asked_by(_rules(asks("gb_level", ">=", "重度失能"))) == {"gb_level", "gb_score"}
    alternatives = benefit(row("r", any_of=((asks("rural", "=", True),), (asks("held", "any_of", ("x",)),))))
    assert asked_by(rules(MARCH).model_copy(update={"benefits": (alternatives,)})) == {"rural", "held"}
    [coupon] = [each for each in rules(MARCH).benefits if each.code == "service_coupon"]
    of_coupon = rules(MARCH).model_copy(update={"benefits": (coupon.model_copy(update={"rows": ()}),)})
    assert asked_by(of_coupon) == {"economic"}


def _rules(*conditions: object) -> BenefitRules:
    of = benefit(row("r", *conditions))  # pyright: ignore[reportArgumentType]
    return rules(MARCH).model_copy(update={"benefits": (of,)})


# --- what can be stated ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "why"),
    [
        ("gb_level", "重度失能", "confirmed assessment"),
        ("gb_score", 30, "confirmed assessment"),
        ("born_on", BORN, "the register has it"),
        ("age", 80, "is not stated but reckoned"),
        ("bedridden_months", 6, "is not stated but reckoned"),
        ("shoe_size", 41, "unknown fact"),
        ("economic", "富裕", "is none of"),
        ("disability_grade", 5, "is no whole number"),
    ],
)
def test_what_comes_of_elsewhere_or_is_no_value_of_the_catalogue_is_not_stated(
    code: str, value: FactValue, why: str
) -> None:
    assert why in not_stated(code, value)


def test_the_rest_of_the_catalogue_can_be_stated() -> None:
    examples: dict[str, FactValue] = {
        "economic": "低保", "disability_grade": 1, "rural": True, "held": ("work_injury_care",), "bedridden_since": BORN
    }  # fmt: skip
    assert {code: not_stated(code, value) for code, value in examples.items()} == dict.fromkeys(examples, "")
