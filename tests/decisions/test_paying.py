"""The rules of a county's months: what its pack says, what ours fills in where it is silent, what the check refuses."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from models.payments import CountyRules
from models.policy import Delay, DelayUnit
from policies.check import check
from policies.check_programme import problems_of_payment
from policies.pack import counties, load
from policies.paying import asked, county_rules, defaults, filled_in
from policies.schema import sourced
from starter import app
from tests.decisions.planting import Toml, planted, put

THREE = Delay(amount=3, unit=DelayUnit.WORKDAYS)
OURS = CountyRules(day=10, checking=THREE, approving=THREE, remind_days=1)
PATHS = {"payment.day", "payment.checking", "payment.approving", "payment.remind_days"}


@pytest.mark.parametrize("county", sorted({*counties()} - {"demo"}))
def test_no_real_county_says_it_and_ours_holds_marked_and_asked_about(county: str) -> None:
    pack = load(county)
    assert county_rules(pack) == OURS
    assert dict(filled_in(pack)).keys() == asked(pack).keys() == PATHS


def test_our_defaults_are_sourced_asked_about_and_pass_the_check_of_a_pack() -> None:
    ours = defaults()
    assert list(problems_of_payment(ours.payment)) == []
    by_default = {where for where, row in sourced(ours.payment, "payment") if row.default is not None}
    assert ours.unknown.keys() == by_default == PATHS and all(why.strip() for why in ours.unknown.values())


def test_a_county_that_says_it_goes_by_its_own_word_and_the_rest_is_filled_in() -> None:
    def says(toml: Toml) -> None:
        toml["payment"] = {
            "day": {"value": 31, "rule": "r"},
            "approving": {"value": {"amount": 5, "unit": "calendar_days"}, "rule": "r"},
        }

    pack = planted(says)
    assert check(pack) == []
    five = Delay(amount=5, unit=DelayUnit.CALENDAR_DAYS)
    assert county_rules(pack) == OURS.model_copy(update={"day": 31, "approving": five})
    assert asked(pack).keys() == {"payment.checking", "payment.remind_days"}


def test_what_is_filled_in_is_shown_with_its_question() -> None:
    shown = CliRunner().invoke(app, ["policy", "show", "fengjie"]).stdout
    assert "payment.day = 10  〔文件未规定·系统默认〕" in shown
    assert "payment.checking = 3个工作日  〔文件未规定·系统默认〕" in shown
    assert "  payment.day：每月几日结算上月的探访、汇总当月发放名单？" in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", 0), ("day", 32), ("day", -1), ("remind_days", -1),
        ("checking", {"amount": 0, "unit": "workdays"}), ("approving", {"amount": -1, "unit": "hours"}),
    ],
)  # fmt: skip
def test_a_day_no_month_has_and_a_term_of_nothing_are_refused_where_they_stand(field: str, value: object) -> None:
    [problem] = check(planted(put("payment", {field: {"value": value, "rule": "r"}})))
    assert problem.where == f"payment.{field}"


def test_a_default_of_the_packs_own_must_be_asked_about() -> None:
    [problem] = check(planted(put("payment", {"day": {"value": 5, "default": "d"}})))
    assert (problem.where, problem.what) == ("payment.day", "is a default but is not listed under unknown")
