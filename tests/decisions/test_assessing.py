"""The rules of assessment: what a county says, what ours fills in where it is silent, and what the check refuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.ability import AbilityLevel
from models.assessment import Stage
from models.policy import Delay, DelayUnit
from models.values import EscalationCause, Role
from policies.assessing import asked, assessment_rules, defaults, filled_in
from policies.check import check
from policies.check_programme import problems_of_assessment
from policies.drafting import still_to_do
from policies.locate import found
from policies.pack import counties, from_content, load, slice_of
from policies.scales import load as load_scale
from policies.schema import sourced
from policies.telling import in_words
from starter import app
from tests.decisions.planting import Toml, both, drop, in_a_folder, line_after, planted, put

DAYS = DelayUnit.CALENDAR_DAYS
USES = {"dianjiang": "依据", "litong": "依据", "qingshen": "参考依据"}
TERMS = {stage: {"value": {"amount": 2, "unit": "hours"}, "rule": "r"} for stage in Stage if stage != "resting"}

# --- what holds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", counties())
def test_every_county_has_rules_and_says_no_more_than_its_document(county: str) -> None:
    rules = assessment_rules(load(county))
    assert rules.use == USES.get(county)
    assert (rules.valid_months, rules.endless, rules.renew_days, rules.remind_days) == (12, (), 30, 1)
    assert rules.object_within == Delay(amount=30, unit=DAYS)
    assert set(rules.terms) == set(Stage) - {Stage.RESTING}
    assert rules.elsewhere_from == date(2024, 7, 1)


def test_the_five_terms_are_together_the_thirty_days_of_the_old_standard() -> None:
    terms = assessment_rules(load("fengjie")).terms.values()
    assert {term.unit for term in terms} == {DAYS} and sum(term.amount for term in terms) == 30


def test_the_scale_we_score_by_is_one_of_the_standards_that_are_taken() -> None:
    assert load_scale().standard.code in assessment_rules(load("fengjie")).elsewhere


def test_our_defaults_are_sourced_asked_about_and_pass_the_check_of_a_pack() -> None:
    ours = defaults()
    assert list(problems_of_assessment(ours.assessment)) == []
    by_default = {where for where, row in sourced(ours.assessment, "assessment") if row.default is not None}
    assert ours.unknown.keys() == by_default and all(why.strip() for why in ours.unknown.values())


def test_a_county_that_says_it_goes_by_its_own_word_and_the_rest_is_filled_in() -> None:
    def says(toml: Toml) -> None:
        toml["assessment"] |= {
            "valid_months": {"value": 6, "rule": "r"}, "endless": {"value": ["complete"], "rule": "r"},
            "terms": TERMS,
        }  # fmt: skip
        del toml["unknown"]["assessment.valid_months"]

    pack = planted(says, "litong")
    assert check(pack) == []
    rules = assessment_rules(pack)
    assert (rules.valid_months, rules.endless) == (6, (AbilityLevel.COMPLETE,))
    assert rules.terms[Stage.SIGNING] == Delay(amount=2, unit=DelayUnit.HOURS)
    assert rules.renew_days == 30
    filled = dict(filled_in(pack))
    assert "assessment.renew_days" in filled and not filled.keys() & {"assessment.terms.naming", "assessment.endless"}
    assert asked(pack).keys() - pack.file.unknown.keys() == {
        "assessment.renew_days", "assessment.remind_days", "assessment.object_within", "assessment.independent",
    }  # fmt: skip


def test_a_pack_of_before_there_was_room_for_rules_has_them_all_the_same() -> None:
    old = planted(
        both(drop("first_role.assessment_late"), drop("unknown.first_role.assessment_late"), put("version", "2026.3"))
    )
    pack = from_content(old.content)
    assert assessment_rules(pack) == assessment_rules(load("fengjie"))
    assert EscalationCause.ASSESSMENT_LATE not in slice_of(pack, "general", date(2026, 12, 1)).first_role
    now = slice_of(load("fengjie"), "general", date(2026, 12, 1)).first_role
    assert now[EscalationCause.ASSESSMENT_LATE] is Role.TOWNSHIP_OFFICER


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_what_is_filled_in_is_shown_with_its_source_and_counts_among_what_a_county_has_to_confirm() -> None:
    told = {where: in_words(row) for where, row in filled_in(load("fengjie"))}
    assert told["assessment.terms.naming"] == "5天"
    assert told["assessment.endless"] == "无"
    assert told["assessment.independent"] == "否"
    assert told["assessment.elsewhere"] == "gbt42195-2022、aligned-local"
    workdays = planted(put("assessment", {"terms": _workdays(10)}))
    assert in_words(dict(sourced(workdays.file))["assessment.terms.naming"]) == "5个工作日，最多10天"
    shown = CliRunner().invoke(app, ["policy", "show", "fengjie"])
    assert "assessment.renew_days = 30  〔文件未规定·系统默认〕" in shown.stdout
    assert "assessment.elsewhere_from = 2024-07-01  〔依据：民政部答问" in shown.stdout
    assert "  assessment.terms.confirming：拟定等级后几天内由工作人员确认？" in shown.stdout
    pack = load("fengjie")
    defaults_of_it = sum(row.default is not None for _, row in sourced(pack.file))
    of_assessment, of_benefits, of_payment = 11, 10, 4
    ours = of_assessment + of_benefits + of_payment
    assert any(f"有{defaults_of_it + ours}个值" in step for step in still_to_do(pack))


# --- what is refused -------------------------------------------------------------------------------------------------


def _workdays(cap: int | None) -> Toml:
    value = {"amount": 5, "unit": "workdays", "cap_days": cap}
    return TERMS | {"naming": {"value": value, "rule": "r"}}


def _term(stage: str, amount: int) -> Toml:
    return TERMS | {stage: {"value": {"amount": amount, "unit": "hours"}, "rule": "r"}}


MISTAKES = {
    "a term of nothing": (put("assessment.terms", _term("signing", 0)), "terms.signing", "longer than nothing"),
    "a stage without a term": (
        put("assessment.terms", {"naming": TERMS[Stage.NAMING]}),
        "terms",
        "'signing' has no term: a pack gives all",
    ),
    "a stage nobody knows": (put("assessment.terms", _term("resting", 3)), "terms", "unknown stage 'resting'"),
    "workdays without end": (put("assessment.terms", _workdays(None)), "terms.naming", "needs cap_days"),
    "an objection heard never": (
        put("assessment.object_within", {"value": {"amount": -1, "unit": "hours"}, "rule": "r"}),
        "object_within",
        "longer than nothing",
    ),
    "a level nobody knows": (put("assessment.endless", {"value": ["total"], "rule": "r"}), "endless", "'total'"),
    "a standard of nobody's": (
        put("assessment.elsewhere", {"value": ["mzt039"], "rule": "r"}),
        "elsewhere",
        "unknown standard 'mzt039'",
    ),
    "a level renewed at once": (
        put("assessment.renew_days", {"value": 28, "rule": "r"}),
        "renew_days",
        "on the day it is confirmed",
    ),
    "a reminder afterwards": (put("assessment.remind_days", {"value": -1, "rule": "r"}), "remind_days", "not after"),
    "a default of a pack's own, kept quiet": (
        put("assessment.renew_days", {"value": 9, "default": "d"}),
        "renew_days",
        "not listed under unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_by_name(name: str) -> None:
    change, field, what = MISTAKES[name]
    month = both(put("assessment.valid_months", {"value": 1, "rule": "r"}), drop("unknown.assessment.valid_months"))
    problems = check(planted(both(month, change), "litong"))
    assert [problem.where for problem in problems] == [f"assessment.{field}"] * len(problems)
    assert any(what in problem.what for problem in problems), problems


def test_a_mistake_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = in_a_folder("litong", tmp_path, monkeypatch)
    said = 'quote = "将评估结果作为老年人补贴、接受基本养老服务的依据" }'
    wrong = 'terms.naming = { value = { amount = 0, unit = "hours" }, rule = "r" }'
    made = write(said, f"{said}\n{wrong}")
    [at] = [at for at in found(made, check(load("litong", tmp_path))) if at.where == "assessment.terms.naming"]
    assert at.line == line_after(made, wrong)
