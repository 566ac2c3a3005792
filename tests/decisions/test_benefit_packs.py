"""Benefits in packs: what each mistake is refused by, with file and line; what the shipped packs say and do not say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.benefits import BenefitKind, BenefitRules
from policies.benefits import rules_of
from policies.check import check
from policies.pack import from_content, load
from policies.schema import PackUnreadable, sourced, unsaid
from policies.telling import in_words
from starter import app
from tests.decisions.benefit_town import BY_MONTH, EXAMPLE, MARCH
from tests.decisions.planting import both, drop, in_a_folder, line_after, planted, put

# --- planted mistakes, found by file and line ------------------------------------------------------------------------

CLASS_2 = 'code = "class_2"\nwhen = [\n    { fact = "economic", op = "in", value = ["特困", "低保"] },\n    '
BAND_90 = 'code = "from_90"\nfrom_on = 2025-01-01\nwhen = [\n    '
LEVEL = '{ fact = "gb_level", op = ">=", value = "中度失能" }'
COUPON_FROM = "from_on = 2026-01-01\nto_on = 2026-12-31"
PLANTED = {
    "a full-width operator": (
        CLASS_2 + '{ fact = "age", op = ">="', CLASS_2 + '{ fact = "age", op = "》="',
        "benefits.care_allowance.rows.class_2.when.2：the operator '》=' is full-width or holds a blank; write '>='",
    ),
    "text for a number": (
        CLASS_2 + '{ fact = "age", op = ">=", value = 80', CLASS_2 + '{ fact = "age", op = ">=", value = "80"',
        "benefits.care_allowance.rows.class_2.when.2：'80' is text; age is a whole number",
    ),
    "an unknown fact": (
        CLASS_2 + '{ fact = "age"', CLASS_2 + '{ fact = "agee"',
        "benefits.care_allowance.rows.class_2.when.2：unknown fact 'agee'; known: age, ",
    ),
    "a fact that is stated and not asked about": (
        CLASS_2 + '{ fact = "age"', CLASS_2 + '{ fact = "born_on"',
        "benefits.care_allowance.rows.class_2.when.2：unknown fact 'born_on'",
    ),
    "a level that is none": (
        LEVEL, '{ fact = "gb_level", op = ">=", value = "中度" }',
        "benefits.service_coupon.rows.moderate_or_worse.when.3：unknown value '中度'; known: 能力完好, 轻度失能, ",
    ),
    "a misspelt key": (
        LEVEL, '{ fact = "gb_level", opp = ">=", value = "中度失能" }',
        "benefits.5.rows.0.when.2.op：Field required",
    ),
    "a misspelt key of a row": (
        COUPON_FROM, "form_on = 2026-01-01", "benefits.5.rows.0.form_on：Extra inputs",
    ),
    "an amount without source": (
        'fen = { value = 80000, quote = "每月最高抵扣800元" }', "fen = { value = 80000 }",
        "benefits.5.rows.0.fen：Value error, a value names exactly one source",
    ),
    "an amount that is not in fen": (
        'fen = { value = 80000, quote', "fen = { value = 800.5, quote", "benefits.5.rows.0.fen.value：",
    ),
    "a quote that is not in the source": (
        'fen = { value = 80000, quote = "每月最高抵扣800元" }', 'fen = { value = 80000, quote = "每月最高抵扣900元" }',
        "benefits.service_coupon.rows.moderate_or_worse.fen：the quote '每月最高抵扣900元' is not in source.txt",
    ),
    "an amount that is our own": (
        'fen = { value = 80000, quote = "每月最高抵扣800元" }', 'fen = { value = 80000, default = "as elsewhere" }',
        "benefits.service_coupon.rows.moderate_or_worse.fen：no default is ever given for money",
    ),
    "a coupon in the middle of a month": (
        COUPON_FROM, "from_on = 2026-01-15", "benefits.service_coupon.rows.moderate_or_worse：a month is paid whole",
    ),
    "an exclusivity with nobody": (
        'between = ["care_allowance", "disability_living"]', 'between = ["care_allowance", "disability_life"]',
        "exclusivity.care_and_disability_living：unknown benefit 'disability_life'",
    ),
}  # fmt: skip
TILED = {
    "two rows that both hit": (
        CLASS_2 + '{ fact = "age", op = ">=", value = 80', CLASS_2 + '{ fact = "age", op = ">=", value = 79',
        'code = "class_2"',
        "benefits.care_allowance.rows.class_2：overlap: 'class_1' and 'class_2' both hit economic 特困, age 79, ",
    ),
    "a gap in a range": (
        BAND_90 + '{ fact = "age", op = ">=", value = 90', BAND_90 + '{ fact = "age", op = ">=", value = 92',
        'code = "from_90"',
        "benefits.old_age.rows.from_90：gap: nothing hits age 90 to 91, economic 低保边缘, though",
    ),
    "a band nobody is paid in": (
        'over = [{ fact = "age", op = ">=", value = 80 }]', 'over = [{ fact = "age", op = ">=", value = 75 }]',
        'over = [{ fact = "age", op = ">=", value = 75 }]',
        "benefits.old_age：gap: nothing hits age 75 to 79, economic 特困, which is inside `over`",
    ),
    "a row that hits nobody": (
        CLASS_2, CLASS_2 + '{ fact = "economic", op = "in", value = ["其他"] },\n    ', 'code = "class_2"',
        "benefits.care_allowance.rows.class_2：hits nobody",
    ),
}  # fmt: skip


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    return in_a_folder(EXAMPLE, tmp_path, monkeypatch)


def told_by_check() -> str:
    answer = CliRunner().invoke(app, ["policy", "check", EXAMPLE])
    assert answer.exit_code == 1
    return answer.stdout


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_refused_with_its_file_and_line(name: str, plant: Callable[[str, str], Path]) -> None:
    old, new, told = PLANTED[name]
    made = plant(old, new)
    assert f"{made}:{line_after(made, new)}: {told}" in told_by_check()


@pytest.mark.parametrize("name", TILED)
def test_rows_that_are_no_table_are_refused_with_file_and_line(name: str, plant: Callable[[str, str], Path]) -> None:
    """The line is that of the row, or of what the row leaves out."""
    old, new, row, told = TILED[name]
    made = plant(old, new)
    line = line_after(made, row) - (not row.startswith("over"))  # [[benefits.rows]] stands above the code
    assert f"{made}:{line}: {told}" in told_by_check()


# --- the others, by name ---------------------------------------------------------------------------------------------

B = "benefits"
ANY_CARE = "benefits.0.rows.0.any"
MISTAKES = {
    "an unknown operator": (put(f"{B}.0.rows.0.when.1.op", "≈"), f"{B}.care_allowance.rows.class_1.when.2", "≈"),
    "a blank in an operator": (
        put(f"{B}.0.rows.0.when.1.op", "> ="), f"{B}.care_allowance.rows.class_1.when.2", "'>='",
    ),
    "an operator of another type": (
        put(f"{B}.0.rows.0.when.1.op", "in"), f"{B}.care_allowance.rows.class_1.when.2", "operator 'in' for age",
    ),
    "one value for a list": (
        put(f"{B}.0.rows.0.when.0.value", "低保"), f"{B}.care_allowance.rows.class_1.when.1", "followed by a list",
    ),
    "a list for one value": (
        put(f"{B}.0.rows.0.when.1.value", ["60"]), f"{B}.care_allowance.rows.class_1.when.2", "followed by one value",
    ),
    "a truth for a number": (
        put(f"{B}.0.rows.0.when.1.value", True), f"{B}.care_allowance.rows.class_1.when.2", "not a number",
    ),
    "a number outside its range": (
        put(f"{ANY_CARE}.0.1.value", 5), f"{B}.care_allowance.rows.class_1.any.1.2", "5 级 is outside 1 to 4",
    ),
    "an empty list": (put(f"{B}.0.rows.0.when.0.value", []), f"{B}.care_allowance.rows.class_1.when.1", "empty list"),
    "what everybody meets": (put(f"{ANY_CARE}.0.1.value", 4), f"{B}.care_allowance.rows.class_1.any.1.2", "everybody"),
    "what nobody meets": (
        both(put(f"{ANY_CARE}.0.1.value", 1), put(f"{ANY_CARE}.0.1.op", "<")),
        f"{B}.care_allowance.rows.class_1.any.1.2", "nobody",
    ),
    "a row without a condition": (
        both(put(f"{B}.0.rows.0.when", []), put(ANY_CARE, [])), f"{B}.care_allowance.rows.class_1", "asks nothing",
    ),
    "an alternative without a condition": (put(f"{ANY_CARE}.1", []), f"{B}.care_allowance.rows.class_1", "alternative"),
    "something held that is nothing": (
        put(f"{B}.0.rows.0.when.0", {"fact": "held", "op": "none_of", "value": ["lottery"]}),
        f"{B}.care_allowance.rows.class_1.when.1", "unknown code 'lottery'",
    ),
    "an unknown kind": (put(f"{B}.0.kind", "gift"), f"{B}.care_allowance.kind", "unknown kind of benefit 'gift'"),
    "an unknown start": (put(f"{B}.0.start.begins", "soon"), f"{B}.care_allowance.start", "unknown start 'soon'"),
    "a start that says nothing of who is late": (drop(f"{B}.1.start.if_late"), f"{B}.old_age.start", "if_late"),
    "a start late with the age": (
        put(f"{B}.1.start.if_late", "month_age_reached"), f"{B}.old_age.start", "unknown start",
    ),
    "a start with an age nobody asks for": (
        both(put(f"{B}.2.start.begins", "month_age_reached"), put(f"{B}.2.start.if_late", "month_of_application")),
        f"{B}.severe_disability_care.start", "an age that no row asks for",
    ),
    "no word on when it begins": (drop(f"{B}.0.start"), f"{B}.care_allowance", "`start` is missing"),
    "an unknown cause to stop": (put(f"{B}.0.stops.1.code", "mood"), f"{B}.care_allowance.stops.mood", "cause to stop"),
    "an unknown end": (put(f"{B}.0.stops.1.ends", "never"), f"{B}.care_allowance.stops.moved_out", "unknown end"),
    "no word on death": (drop(f"{B}.0.stops.0"), f"{B}.care_allowance.stops", "does not say when it ends by death"),
    "two words on one cause": (
        put(f"{B}.0.stops.1.code", "death"), f"{B}.care_allowance.stops.death", "stands 2 times",
    ),
    "an age nobody has explained": (drop(f"{B}.0.birthday"), f"{B}.care_allowance", "`birthday`"),
    "an unknown birthday": (put(f"{B}.0.birthday.leap", "02-29"), f"{B}.care_allowance.birthday", "unknown birthday"),
    "an unknown way to count": (put(f"{B}.0.birthday.counts", "虚岁"), f"{B}.care_allowance.birthday", "count an age"),
    "an unknown step": (put(f"{B}.2.deadlines.0.code", "wait"), f"{B}.severe_disability_care.deadlines.wait", "step"),
    "a deadline of no day": (
        put(f"{B}.2.deadlines.0.workdays", 0), f"{B}.severe_disability_care.deadlines.approve", "at least a workday",
    ),
    "a public notice of an unknown unit": (
        put(f"{B}.0.notice", {"days": 7, "unit": "weeks", "rule": "r"}), f"{B}.care_allowance.notice", "unknown unit",
    ),
    "a public notice of no day": (
        put(f"{B}.0.notice", {"days": 7, "again_days": 0, "unit": "workdays", "rule": "r"}),
        f"{B}.care_allowance.notice", "at least a day",
    ),
    "a public notice nobody has asked for": (
        put(f"{B}.0.notice", {"days": 7, "unit": "workdays", "default": "as elsewhere"}),
        f"{B}.care_allowance.notice", "without a rule that says so",
    ),
    "an amount of nothing": (
        put(f"{B}.0.rows.0.fen.value", 0), f"{B}.care_allowance.rows.class_1.fen", "above zero",
    ),
    "an unstated amount kept quiet": (
        drop("unknown.benefits.destitute_care.rows.full_care.fen"), f"{B}.destitute_care.rows.full_care.fen",
        "neither given nor listed",
    ),
    "a question kept quiet": (
        drop("unknown.benefits.service_coupon.open.destitute"), f"{B}.service_coupon.open.destitute", "neither given",
    ),
    "rows nobody has, kept quiet": (
        drop("unknown.benefits.disability_living.rows"), f"{B}.disability_living.rows", "neither given",
    ),
    "a start that is our own, kept quiet": (
        drop("unknown.benefits.care_allowance.start"), f"{B}.care_allowance.start", "not listed under unknown",
    ),
    "a coupon that pays no share": (drop(f"{B}.5.offsets"), f"{B}.service_coupon.offsets", "a coupon says how much"),
    "money that pays a share": (
        put(f"{B}.0.offsets", [{"code": "institution", "percent": 40, "rule": "r"}]),
        f"{B}.care_allowance.offsets", "and nothing else does",
    ),
    "a share above the bill": (
        put(f"{B}.5.offsets.0.percent", 101), f"{B}.service_coupon.offsets.home_community", "no percent",
    ),
    "a share of nowhere": (put(f"{B}.5.offsets.0.code", "moon"), f"{B}.service_coupon.offsets.moon", "unknown place"),
    "a share that is our own": (
        both(put(f"{B}.5.offsets.0.default", "ours"), drop(f"{B}.5.offsets.0.quote")),
        f"{B}.service_coupon.offsets.home_community", "no default is ever given for money",
    ),
    "one benefit twice": (put(f"{B}.1.code", "care_allowance"), f"{B}.care_allowance", "stands 2 times"),
    "one row twice": (put(f"{B}.0.rows.1.code", "class_1"), f"{B}.care_allowance.rows.class_1", "stands 2 times"),
    "an unknown exclusivity": (put("exclusivity.0.how", "both"), "exclusivity.care_or_disability_care", "exclusivity"),
    "an exclusivity of our own": (
        both(put("exclusivity.0.default", "ours"), drop("exclusivity.0.quote")),
        "exclusivity.care_or_disability_care", "no default is ever given for money",
    ),
    "an exclusivity of one": (
        put("exclusivity.0.between", ["old_age"]), "exclusivity.care_or_disability_care", "two benefits or more",
    ),
    "a coupon that is higher than money": (
        put("exclusivity.0.between", ["old_age", "service_coupon"]), "exclusivity.care_or_disability_care", "no money",
    ),
    "two words on one pair": (
        put("exclusivity.2.between", ["severe_disability_care", "care_allowance"]),
        "exclusivity.care_and_disability_living", "stand in 'care_or_disability_care' already",
    ),
    "a row that ends before it begins": (
        put(f"{B}.5.rows.0.to_on", "2025-12-31"), f"{B}.service_coupon.rows.moderate_or_worse", "before it begins",
    ),
    "a month of which nobody says anything": (
        lambda toml: toml[B][5]["rows"].append(
            toml[B][5]["rows"][0] | {"code": "again", "from_on": "2027-02-01", "to_on": "2027-12-31"}
        ),
        f"{B}.service_coupon.rows.again", "gap: nothing hits",
    ),
    "a month of which two rows speak": (
        lambda toml: toml[B][5]["rows"].append(
            toml[B][5]["rows"][0] | {"code": "again", "from_on": "2026-12-01", "to_on": "2027-12-31"}
        ),
        f"{B}.service_coupon.rows.again", "both hit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_by_name(name: str) -> None:
    change, where, what = MISTAKES[name]
    problems = check(planted(change, EXAMPLE))
    assert any(problem.where == where and what in problem.what for problem in problems), problems


def test_a_number_written_as_a_fraction_is_no_condition() -> None:
    with pytest.raises(PackUnreadable):
        planted(put(f"{B}.0.rows.0.when.1.value", 60.5), EXAMPLE)


def test_a_pack_of_before_there_were_benefits_is_still_read() -> None:
    held = planted(both(drop("benefits"), drop("exclusivity")), "fengjie")
    assert from_content(held.content).file.exclusivity == ()
    assert rules_of(held, MARCH).exclusivity == ()


# --- what the shipped packs say --------------------------------------------------------------------------------------


def test_the_example_says_that_it_is_one_and_where_each_rule_is_from() -> None:
    held = load(EXAMPLE)
    assert "示例，不是任何一个区县的文件" in held.file.document.title
    assert held.file.document.number is None
    amounts = {where: row for where, row in sourced(held.file) if where.endswith(".fen")}
    assert len(amounts) == 2 + 6 + 2 + 1
    assert all(row.quote and row.quote in held.source_text for row in amounts.values())
    assert {where for where in unsaid(held.file) if where.endswith(".fen")} == {
        f"benefits.destitute_care.rows.{code}.fen" for code in ("self_caring", "half_care", "full_care")
    }


def test_a_months_rules_are_those_of_the_pack() -> None:
    rules = rules_of(load(EXAMPLE), MARCH)
    coupon = next(each for each in rules.benefits if each.code == "service_coupon")
    assert coupon.kind is BenefitKind.COUPON
    assert [(each.place, each.percent) for each in coupon.offsets] == [("home_community", 50), ("institution", 40)]
    assert coupon.deadlines == (("pay", 5),)
    assert coupon.open[0].question.startswith("特困人员能否领取")
    assert coupon.rows[0].source.startswith("补贴对象为常住") and coupon.rows[0].fen_source == "每月最高抵扣800元"
    posted = planted(put(f"{B}.0.notice", {"days": 7, "unit": "calendar_days", "again_days": 3, "rule": "r"}), EXAMPLE)
    assert check(posted) == []
    notice = rules_of(posted, MARCH).benefits[0].notice
    assert notice is not None and (notice.days, notice.unit, notice.again_days) == (7, "calendar_days", 3)
    assert BenefitRules.model_validate_json(rules.model_dump_json()) == rules
    assert rules.benefits[0].birthday == BY_MONTH


def test_benefits_are_shown_in_the_words_of_the_county() -> None:
    told = {where: in_words(row) for where, row in sourced(load(EXAMPLE).file)}
    assert told["benefits.care_allowance"] == "经济困难的高龄失能老年人养老服务补贴（护理类）"
    assert told["benefits.care_allowance.rows.class_2"] == "经济状况属于特困、低保；周岁不低于80岁"
    assert told["benefits.care_allowance.rows.class_1"].endswith(
        "；残疾类别属于肢体、智力、精神、视力且残疾等级不超过2级，或者因病卧床不低于6个月"
    )
    assert told["benefits.care_allowance.rows.class_2.fen"] == "每月200.00元"
    assert told["benefits.destitute_care.rows.full_care"].endswith("特困生活自理能力为全护理：金额未知")
    assert told["benefits.old_age.start"] == "满龄当月；迟申请的自申请当月"
    assert told["benefits.old_age.stops.death"] == "去世：次月停发"
    assert told["benefits.service_coupon.offsets.institution"] == "机构养老服务：抵扣40%"
    assert told["benefits.service_coupon.deadlines.pay"] == "发放：5个工作日内"
    assert told["exclusivity.care_or_disability_care"] == "care_allowance、severe_disability_care：就高享受一项"


def test_a_word_that_is_none_is_shown_as_it_stands() -> None:
    """`policy show` is for a pack that is not finished, too."""
    wrong = both(
        put(f"{B}.0.kind", "gift"), put(f"{B}.0.stops.1.ends", "never"), put(f"{B}.0.rows.1.when.1.op", "》="),
    )  # fmt: skip
    told = {where: in_words(row) for where, row in sourced(planted(wrong, EXAMPLE).file)}
    assert told["benefits.care_allowance"].endswith("（gift）")
    assert told["benefits.care_allowance.stops.moved_out"] == "迁出：never"
    assert told["benefits.care_allowance.rows.class_2"] == "经济状况属于特困、低保；age 》= 80"


def test_the_demos_benefits_are_those_of_the_example_but_for_a_notice_of_its_own() -> None:
    demo, example = rules_of(load("demo"), MARCH), rules_of(load(EXAMPLE), MARCH)
    own = {benefit.code: benefit for benefit in demo.benefits}
    assert own.keys() == {benefit.code for benefit in example.benefits} - {"disability_living"}
    posted = own["destitute_care"]
    assert posted.notice is not None and (posted.notice.days, posted.notice.again_days) == (7, 3)
    own["destitute_care"] = posted.model_copy(update={"notice": None})
    assert own == {benefit.code: benefit for benefit in example.benefits if benefit.code in own}
    assert demo.exclusivity == tuple(rule for rule in example.exclusivity if "disability_living" not in rule.between)
