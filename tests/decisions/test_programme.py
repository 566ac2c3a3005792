"""The part of a pack that no case is decided by yet: what five counties say, and what the check refuses in it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models.policy import Category
from policies.check import check
from policies.pack import CannotDecide, GroupFacts, InGroup, RegisterOnly, calendar_of, from_content, group_of, load
from policies.schema import sourced, unsaid
from policies.telling import in_words
from tests.decisions.planting import Toml, both, drop, planted, put

FIVE = ("dianjiang", "fengjie", "guangyuan", "litong", "qingshen")
ANNEX = Path(__file__).parents[2] / "data" / "indicators" / "dianjiang_indicators.csv"
SIGNS = {">": ">", "≥": ">="}


# --- what they say ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", FIVE)
def test_a_real_county_says_who_visits_with_what_to_which_figures_and_who_answers_for_it(county: str) -> None:
    file = load(county).file
    for table in (file.performers, file.service_types, file.kpis, file.subsidies, file.duties, file.contacts):
        assert table
    quoted = [where for where, row in sourced(file) if row.quote]
    assert len(quoted) >= 40
    ours = {"month_visit_rate"} | ({"visit_scheme_coverage"} if county == "dianjiang" else set())
    assert {row.code: row.computation for row in file.kpis if row.counted_as} == {code: code for code in ours}


@pytest.mark.parametrize("county", FIVE)
def test_no_amount_is_made_up(county: str) -> None:
    file = load(county).file
    amounts = [amount for row in file.subsidies for amount in row.amounts]
    assert all(amount.quote for amount in amounts)
    assert len(amounts) == (1 if county == "fengjie" else 0), "奉节 names one ceiling; no document names any other"
    assert {f"subsidies.{row.code}.amounts" for row in file.subsidies if not row.amounts} <= file.unknown.keys()


def test_whether_a_result_decides_or_informs_is_as_each_county_wrote_it() -> None:
    uses = {county: load(county).file.assessment for county in FIVE}
    assert {county: table.use.value for county, table in uses.items() if table and table.use} == {
        "dianjiang": "依据", "litong": "依据", "qingshen": "参考依据",
    }  # fmt: skip
    assert {"assessment.standard", "assessment.valid_months"} <= set(unsaid(load("qingshen").file))


def test_the_indicators_of_dianjiang_are_its_annex_row_by_row() -> None:
    with ANNEX.open(encoding="utf-8", newline="") as file:
        printed = list(csv.DictReader(file))
    held = {row.name: row for row in load("dianjiang").file.kpis if row.attribute}
    assert len(printed) == len(held) == 24
    for line in printed:
        row = held[line["指标名称"]]
        assert (row.attribute, row.who) == (line["指标属性"], line["责任部门"])
        figures = [(figure.op, figure.value) for figure in row.targets]
        assert figures == [_figure(line[year]) for year in ("2021年", "2025年") if line[year]]
        assert row.targets[-1].to_on == date(2025, 12, 31)


def _figure(printed: str) -> tuple[str, Decimal]:
    sign = SIGNS.get(printed[0], "=")
    return sign, Decimal(printed.lstrip(">≥").rstrip("%人"))


def test_without_the_economic_flag_qingshen_cannot_decide_where_fengjie_can() -> None:
    alone = GroupFacts(age=75, rural=False, categories=(Category.LIVING_ALONE,))
    assert group_of(load("fengjie"), alone) == InGroup(codes=("special_difficulty",), tier="general")
    assert group_of(load("qingshen"), alone) == CannotDecide(missing=("poor",))
    poor, not_poor = (alone.model_copy(update={"poor": poor}) for poor in (True, False))
    assert isinstance(group_of(load("qingshen"), poor), InGroup)
    assert group_of(load("qingshen"), not_poor) == RegisterOnly(reason="in_no_group")


@pytest.mark.parametrize(
    ("county", "category", "listed"),
    [
        ("dianjiang", "失智", True), ("fengjie", "失智", False), ("litong", "高龄", True), ("dianjiang", "高龄", False),
        ("guangyuan", "特困", True), ("qingshen", "特困", False), ("litong", "重点监测人员", True),
    ],
)  # fmt: skip
def test_each_county_has_its_own_groups(county: str, category: str, listed: bool) -> None:
    facts = GroupFacts(age=82, rural=False, poor=False, categories=(category,))
    assert isinstance(group_of(load(county), facts), InGroup) is listed


def test_the_festivals_of_litong_are_days_off_there_and_nowhere_else() -> None:
    eid, first, last = date(2021, 5, 13), date(2021, 5, 1), date(2021, 5, 31)
    assert eid in calendar_of(load("litong"), first, last).off
    assert eid not in calendar_of(load("fengjie"), first, last).off
    assert "calendar.local.开斋节.2026" in load("litong").file.unknown


def test_the_rows_are_told_in_the_words_of_the_county() -> None:
    told = {where: in_words(row) for county in FIVE for where, row in sourced(load(county).file)}
    assert told["performers.property_company"] == "物业服务企业"
    assert "至2021-12-31 =1.2；2022-01-01至2025-12-31 >=4.5（每千人口，预期性，" in told["kpis.childcare_places"]
    assert told["subsidies.township_centre_award.amounts.1"] == "一次性不高于1,000,000.00元"
    assert told["subsidies.nursing_allowance"] == "经济困难失能老年人护理补贴（个人）：金额未知"
    assert told["duties.visits"].startswith("县民政局、县退役军人局、县医保局、各乡镇（街道）：做实")
    assert told["calendar.local.开斋节.2027"] == "日期未知"


def test_a_pack_of_before_there_was_room_for_all_this_is_still_read() -> None:
    def older(toml: Toml) -> None:
        for table in ("performers", "service_types", "kpis", "subsidies", "duties", "contacts"):
            del toml[table]
        for where in [where for where in toml["unknown"] if where.startswith(("subsidies.", "contacts."))]:
            del toml["unknown"][where]

    pack = planted(older)
    assert check(pack) == []
    assert from_content(pack.content).hash == pack.hash
    assert pack.file.assessment is None and pack.file.covers == ()


# --- what is refused -------------------------------------------------------------------------------------------------

RATE = "kpis.17.targets"  # of 垫江: 18 in the annex, from 0 here
GAP = [
    {"to_on": "2021-12-31", "op": "=", "value": 90},
    {"from_on": "2022-01-02", "to_on": "2025-12-31", "op": "=", "value": 100},
]
OVERLAP = [
    {"to_on": "2022-06-30", "op": "=", "value": 90},
    {"from_on": "2022-01-01", "to_on": "2025-12-31", "op": "=", "value": 100},
]
TWICE_OPEN = [{"op": "=", "value": 90}, {"from_on": "2022-01-01", "op": "=", "value": 100}]
BACKWARDS = [{"from_on": "2025-12-31", "to_on": "2022-01-01", "op": "=", "value": 100}]


def _paid(*rows: tuple[str | None, str | None], **more: object) -> list[dict[str, object]]:
    return [
        {key: value for key, value in (("from_on", first), ("to_on", last)) if value}
        | {"fen": 20000, "per": "month", "rule": "r"} | more
        for first, last in rows
    ]  # fmt: skip


AMOUNTS, NOT_SAID = "subsidies.0.amounts", "unknown.subsidies.nursing_allowance.amounts"
MISTAKES = {
    "targets with a day of none": ("dianjiang", put(RATE, GAP), "kpis.month_visit_rate.targets.2", "gap: nothing"),
    "two targets at once": ("dianjiang", put(RATE, OVERLAP), "kpis.month_visit_rate.targets.2", "overlap: from 2022"),
    "a target for ever, and another": (
        "dianjiang",
        put(RATE, TWICE_OPEN),
        "kpis.month_visit_rate.targets.2",
        "which has no last day",
    ),
    "a target that ends before it begins": (
        "dianjiang",
        put(RATE, BACKWARDS),
        "kpis.month_visit_rate.targets.1",
        "before it begins",
    ),
    "an indicator without a figure": ("dianjiang", put(RATE, []), "kpis.month_visit_rate", "at least one target"),
    "an unknown unit": ("qingshen", put("kpis.0.unit", "dozens"), "kpis.month_visit_rate", "unknown unit 'dozens'"),
    "an unknown sign": ("dianjiang", put(f"{RATE}.0.op", "≈"), "kpis.month_visit_rate", "unknown comparison"),
    "an unknown attribute": ("dianjiang", put("kpis.0.attribute", "推荐性"), "kpis.pension_insured", "attribute"),
    "a rate of nobody's": ("qingshen", put("kpis.1.counted_as", "joy"), "kpis.community_complexes", "unknown rate"),
    "one code twice": ("qingshen", put("kpis.1.code", "month_visit_rate"), "kpis.month_visit_rate", "stands 2 times"),
    "amounts with a month of none": (
        "qingshen",
        both(put(AMOUNTS, _paid((None, "2024-12-31"), ("2025-02-01", None))), drop(NOT_SAID)),
        "subsidies.nursing_allowance.amounts.2",
        "gap: nothing holds from 2025-01-01 to 2025-01-31",
    ),
    "two amounts at once": (
        "qingshen",
        both(put(AMOUNTS, _paid((None, "2024-12-31"), ("2024-12-31", None))), drop(NOT_SAID)),
        "subsidies.nursing_allowance.amounts.2",
        "overlap",
    ),
    "an amount that is our own": (
        "qingshen",
        both(
            put(AMOUNTS, [{"fen": 20000, "per": "month", "default": "as elsewhere"}]),
            drop(NOT_SAID),
            put("unknown.subsidies.nursing_allowance.amounts.1", "多少？"),
        ),
        "subsidies.nursing_allowance.amounts.1",
        "no default is ever given for money",
    ),
    "an amount of nothing": (
        "qingshen",
        both(put(AMOUNTS, _paid((None, None), fen=0)), drop(NOT_SAID)),
        "subsidies.nursing_allowance.amounts.1",
        "above zero",
    ),
    "an amount of no rhythm": (
        "qingshen",
        both(put(AMOUNTS, _paid((None, None), per="week")), drop(NOT_SAID)),
        "subsidies.nursing_allowance.amounts.1",
        "unknown rhythm 'week'",
    ),
    "an amount kept quiet": ("qingshen", drop(NOT_SAID), "subsidies.nursing_allowance.amounts", "neither given nor"),
    "an amount that is known after all": (
        "qingshen",
        put(AMOUNTS, _paid((None, None))),
        "unknown.subsidies.nursing_allowance.amounts",
        "names no value",
    ),
    "an unknown kind of subsidy": ("qingshen", put("subsidies.0.kind", "gift"), "subsidies.nursing_allowance", "gift"),
    "an unknown performer": ("qingshen", put("performers.0.code", "robot"), "performers.robot", "unknown performer"),
    "an unknown service": ("litong", put("service_types.0.code", "dance"), "service_types.dance", "service type"),
    "an unknown use": ("litong", put("assessment.use.value", "参考"), "assessment.use", "unknown use"),
    "a result that is never valid": (
        "litong",
        both(put("assessment.valid_months", {"value": 0, "rule": "r"}), drop("unknown.assessment.valid_months")),
        "assessment.valid_months",
        "at least a month",
    ),
    "a standard kept quiet": ("litong", drop("unknown.assessment.standard"), "assessment.standard", "neither given"),
    "a duty of nobody": ("litong", put("duties.1.who", [" "]), "duties.visit_scheme", "somebody's"),
    "a duty to do nothing": ("litong", put("duties.1.what", ""), "duties.visit_scheme", "what is to be done"),
    "a rung that leads nowhere": ("qingshen", drop("contacts.1"), "contacts", "'township_officer' leads to nobody"),
    "a contact beside the ladder": (
        "qingshen",
        put("contacts.0.role", "village_assistant"),
        "contacts.village_assistant",
        "not a rung",
    ),
    "a contact that is no role": ("qingshen", put("contacts.0.role", "mayor"), "contacts.mayor", "unknown role"),
    "two on one rung": (
        "qingshen",
        put("contacts.1.role", "county_officer"),
        "contacts.county_officer",
        "has 2 contacts",
    ),
    "a festival of another year": (
        "litong",
        put("calendar.local.0.days", ["2021-05-25"]),
        "calendar.local.开斋节.2020",
        "not a day of 2020",
    ),
    "a festival twice": ("litong", put("calendar.local.2.year", 2020), "calendar.local.开斋节.2020", "2 times"),
    "a festival of unknown day, kept quiet": (
        "litong",
        drop("unknown.calendar.local.古尔邦节.2026"),
        "calendar.local.古尔邦节.2026",
        "neither given",
    ),
    "a number kept quiet": ("litong", drop("unknown.document.number"), "document.number", "neither given"),
    "a county covered twice": ("guangyuan", put("covers", ["jiange", "jiange"]), "covers", "stands 2 times"),
    "a county that covers itself": ("guangyuan", put("covers", ["guangyuan"]), "covers", "the pack's own name"),
    "a false quote": ("qingshen", put("duties.0.quote", "每周探访一次"), "duties.visits", "is not in source.txt"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_by_name(name: str) -> None:
    county, change, where, what = MISTAKES[name]
    problems = check(planted(change, county))
    assert any(problem.where == where and what in problem.what for problem in problems), problems
