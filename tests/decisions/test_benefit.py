"""What rules propose for an elder: three outcomes, each with its trace, on the shipped example and on rules made up."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from decisions.benefit import NO_ROWS
from decisions.benefit_wording import line, near_miss
from models.benefits import Chance, OpenCase, Outcome
from models.facts import LEVELS, FactSheet, FactValue
from policies.benefits import pack_for, rules_of
from policies.pack import load
from tests.decisions.benefit_town import EXAMPLE, MARCH, STATED_ON, ask, asks, benefit, proposed, row, sheet
from tests.decisions.planting import both, planted, put

# --- an elder's months, by the example -------------------------------------------------------------------------------

ELDER: dict[str, FactValue] = {
    "born_on": date(1946, 6, 15), "economic": "低保", "lives_here": True, "gb_level": "重度失能", "gb_score": 40,
    "disability_kind": "肢体", "disability_grade": 1, "self_care": "全自理",
}  # fmt: skip


def test_a_poor_elder_of_79_gets_the_first_class_by_disability_and_the_coupon_by_level() -> None:
    told = proposed(**ELDER)
    care = told["care_allowance"]
    assert (care.outcome, care.row, care.fen, care.payable) == (Outcome.ELIGIBLE, "class_1", 20000, True)
    assert {each.fact for trace in care.rows for each in trace.when} == {"economic", "age"}, "never by the level"
    assert told["severe_disability_care"].fen == 8000
    assert (told["service_coupon"].row, told["service_coupon"].fen) == ("moderate_or_worse", 80000)
    assert not told["service_coupon"].payable, "a ceiling is no money on a list"
    assert told["old_age"].outcome is Outcome.NOT_ELIGIBLE


def test_the_month_of_80_changes_the_class_and_brings_the_allowance_of_age() -> None:
    may, june = proposed(date(2026, 5, 1), **ELDER), proposed(date(2026, 6, 1), **ELDER)
    assert (may["care_allowance"].row, june["care_allowance"].row) == ("class_1", "class_2")
    assert [trace.passed for trace in june["care_allowance"].rows] == [False, True], "never both"
    assert may["old_age"].outcome is Outcome.NOT_ELIGIBLE
    assert (june["old_age"].row, june["old_age"].fen) == ("from_80_poor", 10000)


def test_no_rule_says_whether_a_destitute_elder_gets_the_coupon() -> None:
    coupon = proposed(**ELDER | {"economic": "特困"})["service_coupon"]
    assert coupon.outcome is Outcome.CANNOT_DECIDE
    assert (coupon.open, coupon.missing, coupon.fen) == (("destitute",), (), None)
    assert coupon.possible == (Chance("moderate_or_worse", 80000),)
    milder = proposed(**ELDER | {"economic": "特困", "gb_level": "轻度失能"})["service_coupon"]
    assert milder.outcome is Outcome.NOT_ELIGIBLE, "what nobody says does not matter where no row holds"


def test_an_amount_nobody_states_is_proposed_and_not_paid() -> None:
    care = proposed(economic="特困", self_care="半护理")["destitute_care"]
    assert (care.outcome, care.row, care.fen, care.payable) == (Outcome.ELIGIBLE, "half_care", None, False)


def test_where_nobody_has_said_who_gets_it_nothing_is_decided() -> None:
    living = proposed(**ELDER)["disability_living"]
    assert (living.outcome, living.open, living.rows) == (Outcome.CANNOT_DECIDE, (NO_ROWS,), ())


def test_a_proposal_carries_the_version_and_the_hash_it_was_made_by() -> None:
    held = load(EXAMPLE)
    for each in proposed(**ELDER).values():
        assert (each.version, each.hash, each.month) == (held.version, held.hash, MARCH)


def test_the_trace_names_each_condition_with_value_source_and_day() -> None:
    tested = proposed(**ELDER)["old_age"].rows[0].when[0]
    assert (tested.fact, tested.op, tested.wanted, tested.value, tested.passed) == ("age", ">=", 80, 79, False)
    assert (tested.source, tested.on) == ("登记簿", STATED_ON), "of the day of birth it comes of"
    assert line(tested) == "周岁不低于80岁：79岁，不通过（登记簿，2026-01-05）"
    facts = [each.fact for trace in proposed(**ELDER)["care_allowance"].rows for alt in trace.any for each in alt]
    assert facts == ["disability_kind", "disability_grade", "bedridden_months"]
    assert line(proposed()["old_age"].rows[0].when[0]) == "周岁不低于80岁：缺少这一项"


# --- what is missing -------------------------------------------------------------------------------------------------

CARE = {
    "not poor, and nothing else is known": ({"economic": "其他"}, Outcome.NOT_ELIGIBLE, ()),
    "nothing is known": ({}, Outcome.CANNOT_DECIDE, (
        "economic", "age", "disability_kind", "disability_grade", "bedridden_months",
    )),
    "80, whatever the disability": (
        {"economic": "低保", "born_on": date(1940, 1, 1)}, Outcome.ELIGIBLE, (),
    ),
    "in bed for a year, whatever the disability": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": True, "bedridden_since": date(2025, 3, 1)},
        Outcome.ELIGIBLE, (),
    ),
    "in bed for a year, poor or not": (
        {"born_on": date(1950, 1, 1), "bedridden": True, "bedridden_since": date(2025, 3, 1)},
        Outcome.CANNOT_DECIDE, ("economic",),
    ),
    "not in bed, not disabled": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": False, "disability_kind": "无"},
        Outcome.NOT_ELIGIBLE, (),
    ),
    "disabled, of a grade nobody knows": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": False, "disability_kind": "视力"},
        Outcome.CANNOT_DECIDE, ("disability_grade",),
    ),
    "a kind that does not count, whatever the grade": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": False, "disability_kind": "听力"},
        Outcome.NOT_ELIGIBLE, (),
    ),
    "of several kinds, which may count or not": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": False, "disability_kind": "多重",
         "disability_grade": 1},
        Outcome.CANNOT_DECIDE, ("disability_kind",),
    ),
    "of several kinds, of a grade that does not count": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": False, "disability_kind": "多重",
         "disability_grade": 3},
        Outcome.NOT_ELIGIBLE, (),
    ),
    "in bed since nobody knows when": (
        {"economic": "低保", "born_on": date(1950, 1, 1), "bedridden": True, "disability_kind": "无"},
        Outcome.CANNOT_DECIDE, ("bedridden_months",),
    ),
    "born on a day that cannot be": (
        {"economic": "低保", "born_on": date(2050, 1, 1), "bedridden": False, "disability_kind": "无"},
        Outcome.CANNOT_DECIDE, ("age",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CARE)
def test_a_missing_fact_matters_only_where_it_could_change_what_comes_of_it(name: str) -> None:
    facts, outcome, missing = CARE[name]
    care = proposed(**facts)["care_allowance"]
    assert (care.outcome, care.missing) == (outcome, missing)


def test_what_may_yet_come_of_it_is_told() -> None:
    told = proposed(born_on=date(1940, 1, 1))["old_age"]
    assert (told.outcome, told.missing) == (Outcome.CANNOT_DECIDE, ("economic",))
    assert told.possible == (Chance("from_80", 2500), Chance("from_80_poor", 10000))


def test_one_fact_asked_about_twice_is_tried_with_each_value() -> None:
    """Kleene's logic alone cannot say it: each condition by itself may hold or not."""
    whoever = benefit(
        row(
            "all",
            asks("gb_level", ">=", "轻度失能"),
            any_of=((asks("rural", "=", True),), (asks("rural", "=", False),)),
        )
    )
    assert ask(whoever, sheet(gb_level="重度失能")).outcome is Outcome.ELIGIBLE
    nobody = benefit(row("none", asks("economic", "=", "特困"), asks("economic", "in", ("低保", "其他"))))
    assert ask(nobody, sheet()).outcome is Outcome.NOT_ELIGIBLE
    assert ask(nobody, sheet()).near is None


def test_of_a_case_no_rule_speaks_of_it_is_not_asked_what_else_is_missing() -> None:
    unsaid = (
        OpenCase(code="poor", when=(asks("economic", "=", "特困"),), question="?"),
        OpenCase(code="insured", when=(asks("held", "any_of", ("long_term_care_insurance",)),), question="?"),
    )
    of = benefit(row("severe", asks("gb_level", ">=", "重度失能")), unsaid=unsaid)
    told = ask(of, sheet(gb_level="重度失能", economic="特困"))
    assert (told.outcome, told.open, told.missing) == (Outcome.CANNOT_DECIDE, ("poor",), ())
    told = ask(of, sheet(gb_level="重度失能", economic="低保"))
    assert (told.outcome, told.open, told.missing) == (Outcome.CANNOT_DECIDE, (), ("held",))
    assert ask(of, sheet(gb_level="重度失能", economic="低保", held=())).outcome is Outcome.ELIGIBLE


def test_a_condition_that_names_several_kinds_takes_them_as_stated() -> None:
    either = ((asks("disability_kind", "in", ("视力",)),), (asks("disability_kind", "not_in", ("视力",)),))
    named = benefit(row("named", asks("disability_kind", "in", ("肢体", "多重")), any_of=either))
    assert ask(named, sheet(disability_kind="多重")).outcome is Outcome.ELIGIBLE
    unnamed = benefit(row("unnamed", asks("disability_kind", "in", ("肢体",)), any_of=either))
    assert ask(unnamed, sheet(disability_kind="多重")).outcome is Outcome.CANNOT_DECIDE


# --- the nearest miss ------------------------------------------------------------------------------------------------

SEVERE = benefit(row("severe", asks("gb_level", ">=", "重度失能")))
NEAR = {
    "two points": (SEVERE, {"gb_level": "中度失能", "gb_score": 47}, "还差2分到重度失能"),
    "raised by one for dementia: 67 points are mild, raised to middle; 65 would be severe": (
        SEVERE, {"gb_level": "中度失能", "gb_score": 67}, "还差2分到重度失能",
    ),
    "the score is not known": (
        SEVERE, {"gb_level": "轻度失能"}, "还差2级：能力等级（GB/T 42195）轻度失能，须不低于重度失能",
    ),
    "three years": (
        benefit(row("eighty", asks("age", ">=", 80))), {"born_on": date(1949, 3, 31)},
        "还差3岁：周岁77岁，须不低于80岁",
    ),
    "a grade": (
        benefit(row("grade", asks("disability_grade", "<=", 2))), {"disability_grade": 3},
        "还差1级：残疾等级3级，须不超过2级",
    ),
    "below, and not at": (
        benefit(row("grade", asks("disability_grade", "<", 2))), {"disability_grade": 2},
        "还差1级：残疾等级2级，须低于2级",
    ),
    "no order": (
        benefit(row("poor", asks("economic", "in", ("特困", "低保")))), {"economic": "低保边缘"},
        "须经济状况属于特困、低保",
    ),
    "held from elsewhere": (
        benefit(row("alone", asks("held", "none_of", ("work_injury_care",)))), {"held": ("work_injury_care",)},
        "须已享受的其他待遇不含工伤生活护理费",
    ),
    "the row of which least is wanting": (
        benefit(
            row("far", asks("age", ">=", 90), asks("economic", "=", "特困")),
            row("near", asks("age", "<", 90), asks("rural", "=", True)),
        ),
        {"born_on": date(1950, 1, 1), "economic": "其他", "rural": False}, "须农村户籍：是",
    ),
    "the alternative of which least is wanting": (
        benefit(
            row(
                "either",
                any_of=(
                    (asks("economic", "=", "特困"), asks("disability_grade", "<=", 2)),
                    (asks("insurance_level", ">=", 3),),
                ),
            )
        ),
        {"economic": "其他", "disability_grade": 4, "insurance_level": 1},
        "还差2级：长期护理保险失能等级1级，须不低于3级",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_the_nearest_miss_in_words(name: str) -> None:
    of, facts, told = NEAR[name]
    proposal = ask(of, sheet(**facts))
    assert proposal.outcome is Outcome.NOT_ELIGIBLE
    assert proposal.near is not None
    assert near_miss(proposal.near) == told


@pytest.mark.parametrize("points", range(91))
def test_the_points_that_are_short_are_those_after_which_the_level_is_reached(points: int) -> None:
    def level(of: int) -> str:
        return next(name for name, least in zip(LEVELS, (90, 66, 46, 30, 0), strict=True) if of >= least)

    proposal = ask(SEVERE, sheet(gb_level=level(points), gb_score=points))
    if points <= 45:
        assert proposal.outcome is Outcome.ELIGIBLE
        return
    assert proposal.near is not None
    gap = proposal.near.shorts[0].gap
    assert gap is not None
    assert (level(points - gap), level(points - gap + 1)) == ("重度失能", "中度失能")


# --- months ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "outcome"),
    [
        (date(2025, 12, 1), Outcome.NOT_ELIGIBLE), (date(2026, 1, 1), Outcome.ELIGIBLE),
        (date(2026, 12, 1), Outcome.ELIGIBLE), (date(2027, 1, 1), Outcome.NOT_ELIGIBLE),
    ],
)  # fmt: skip
def test_a_month_goes_by_the_rows_that_are_in_force_then(month: date, outcome: Outcome) -> None:
    coupon = proposed(month, **ELDER)["service_coupon"]
    assert coupon.outcome is outcome
    assert len(coupon.rows) == (outcome is Outcome.ELIGIBLE)


def test_a_month_goes_by_the_version_in_force_on_its_first_day() -> None:
    raised = planted(
        both(
            put("version", "2026.9"), put("effective_from", "2026-07-01"),
            put("benefits.0.rows.0.fen", {"value": 22000, "rule": "某民发〔2026〕1号"}),
        ),
        EXAMPLE,
    )  # fmt: skip
    versions = (raised, load(EXAMPLE))
    got: list[tuple[str, int | None]] = []
    for month in (date(2026, 6, 1), date(2026, 7, 1)):
        held = pack_for(versions, month)
        assert held is not None
        care = ask(rules_of(held, month).benefits[0], sheet(**ELDER | {"born_on": date(1950, 1, 1)}), month)
        got.append((held.version, care.fen))
    assert got == [(load(EXAMPLE).version, 20000), ("2026.9", 22000)]
    assert pack_for(versions, date(2024, 12, 1)) is None
    assert raised.hash != load(EXAMPLE).hash


def test_a_month_is_the_date_of_its_first_day() -> None:
    with pytest.raises(ValueError, match="first day"):
        rules_of(load(EXAMPLE), date(2026, 3, 2))


# --- facts are of the catalogue --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "why"),
    [
        ("economic", "贫困", "none of"), ("disability_grade", 5, "no whole"), ("disability_grade", True, "no whole"),
        ("disability_grade", "2", "no whole"), ("rural", "是", "neither true nor false"), ("mood", 1, "unknown fact"),
        ("age", 80, "not stated but reckoned, from born_on"), ("born_on", "1946", "no day"), ("held", "x", "no list"),
        ("gb_level", "重度", "none of"),
    ],
)  # fmt: skip
def test_a_fact_outside_the_catalogue_is_refused_where_it_is_stated(code: str, value: FactValue, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        sheet(**{code: value})


def test_a_sheet_comes_back_from_its_json_as_it_was() -> None:
    whole = sheet(**ELDER, held=("work_injury_care",), bedridden=True, bedridden_since=date(2025, 1, 31))
    assert FactSheet.model_validate_json(whole.model_dump_json()) == whole
