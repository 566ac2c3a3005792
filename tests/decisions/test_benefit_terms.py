"""The terms of a benefit: what a pack says, what ours fills in where it is silent, and what the check refuses."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from models.benefits import BenefitKind, PublicNotice
from models.claims import ClaimStage
from models.policy import Delay, DelayUnit
from policies.benefit_tables import STEPS
from policies.benefit_terms import STAGE_OF, asked, defaults, filled_in, terms_of
from policies.check import check
from policies.pack import counties, load
from policies.schema import sourced
from policies.telling import in_words
from starter import app
from tests.decisions.planting import Toml, both, planted, put

EXAMPLE = "example-cq"
OURS = {
    ClaimStage.PAPERS: 15, ClaimStage.CHECKING: 15, ClaimStage.POSTING: 3, ClaimStage.RECHECKING: 15,
    ClaimStage.APPROVING: 10, ClaimStage.TELLING: 3, ClaimStage.CHANGING: 10, ClaimStage.REVIEWING: 15,
}  # fmt: skip


def _workdays(days: dict[ClaimStage, int]) -> dict[ClaimStage, Delay]:
    return {stage: Delay(amount=amount, unit=DelayUnit.WORKDAYS) for stage, amount in days.items()}


def _says(code: str, workdays: int) -> dict[str, object]:
    return {"code": code, "workdays": workdays, "rule": "r"}


# --- what holds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", counties())
def test_every_benefit_of_every_county_has_a_term_for_each_stage_but_the_one_only_time_ends(county: str) -> None:
    pack = load(county)
    terms = terms_of(pack)
    assert list(terms) == [table.code for table in pack.file.benefits]
    for of_one in terms.values():
        assert set(of_one.terms) == set(ClaimStage) - {ClaimStage.POSTED}
        assert (of_one.remind_days, of_one.review_months, of_one.appeal_days) == (1, 12, 60)


def test_where_a_pack_is_silent_ours_holds_and_nothing_is_shown_or_asked_for() -> None:
    coupon = terms_of(load(EXAMPLE))["service_coupon"]
    assert (coupon.kind, coupon.notice, coupon.documents) == (BenefitKind.COUPON, None, ())
    assert coupon.terms == _workdays(OURS)  # its own 5 workdays are to the first payment, which no stage waits for


def test_a_pack_goes_by_its_own_word_for_that_benefit_alone() -> None:
    def says(toml: Toml) -> None:
        toml["benefits"][0] |= {
            "deadlines": [_says("check", 20), _says("tell", 5), _says("change", 7), _says("papers", 9)],
            "review_months": {"value": 6, "rule": "r"}, "remind_days": {"value": 0, "rule": "r"},
            "documents": [{"code": "id_card", "name": "身份证", "rule": "r"}],
            "notice": {"days": 7, "unit": "calendar_days", "again_days": 3, "rule": "r"},
        }  # fmt: skip

    pack = planted(says, EXAMPLE)
    assert check(pack) == []
    mine, other = (terms_of(pack)[code] for code in ("care_allowance", "old_age"))
    said = {
        ClaimStage.CHECKING: 20, ClaimStage.TELLING: 5, ClaimStage.CHANGING: 7, ClaimStage.PAPERS: 9,
    }  # fmt: skip
    assert mine.terms == _workdays(OURS | said)
    assert (mine.review_months, mine.remind_days, mine.documents) == (6, 0, ("id_card",))
    assert mine.notice == PublicNotice(days=7, unit="calendar_days", again_days=3)
    assert (other.terms, other.review_months, other.remind_days) == (_workdays(OURS), 12, 1)


def test_steps_no_stage_waits_for_are_told_and_give_no_term() -> None:
    assert set(STEPS) - set(STAGE_OF) == {"accept", "refuse", "pay", "level_reported"}
    pack = planted(put("benefits.0.deadlines", [_says(code, 1) for code in ("accept", "refuse", "pay")]), EXAMPLE)
    assert check(pack) == []
    assert terms_of(pack)["care_allowance"].terms == _workdays(OURS)


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_our_defaults_are_sourced_and_asked_about_and_the_time_to_appeal_is_a_law_s() -> None:
    rows = dict(sourced(defaults().benefits, "benefits.*"))
    by_default = {where for where, row in rows.items() if row.default is not None}
    assert defaults().unknown.keys() == by_default and all(why.strip() for why in defaults().unknown.values())
    assert {where: row.rule for where, row in rows.items() if where not in by_default} == {
        "benefits.*.appeal_days": "行政复议法（2023）第二十条：自知道或者应当知道该行政行为之日起六十日内"
    }


def test_what_is_filled_in_is_shown_until_every_benefit_says_it() -> None:
    told = {where: in_words(row) for where, row in filled_in(load(EXAMPLE))}
    assert told["benefits.*.deadlines.change"] == "变更、停发审批：10个工作日内"
    assert "benefits.*.deadlines.approve" in told  # one of six says it

    def says(toml: Toml) -> None:
        for table in toml["benefits"]:
            table |= {"deadlines": [_says("approve", 9)], "review_months": {"value": 6, "rule": "r"}}

    pack = planted(says, EXAMPLE)
    filled = dict(filled_in(pack))
    gone = {"benefits.*.deadlines.approve", "benefits.*.review_months"}
    assert told.keys() - filled.keys() == gone and told.keys() - asked(pack).keys() == {*gone, "benefits.*.appeal_days"}
    shown = CliRunner().invoke(app, ["policy", "show", EXAMPLE]).stdout
    assert "benefits.*.deadlines.check = 核查：15个工作日内  〔文件未规定·系统默认〕" in shown
    assert "  benefits.*.deadlines.check：受理后几个工作日内核查完？" in shown


def test_a_pack_without_benefits_is_told_nothing_of_their_terms() -> None:
    pack = planted(both(put("benefits", []), put("exclusivity", [])), EXAMPLE)
    assert (list(filled_in(pack)), asked(pack), terms_of(pack)) == ([], {}, {})


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "what"), [("review_months", 0, "after a month"), ("remind_days", -1, "not after it")]
)
def test_a_mistake_is_refused_by_name(field: str, value: int, what: str) -> None:
    [problem] = check(planted(put(f"benefits.0.{field}", {"value": value, "rule": "r"}), EXAMPLE))
    assert problem.where == f"benefits.care_allowance.{field}" and what in problem.what
