"""The packs that ship are clean, and each planted mistake is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from decisions.cadence import period_at
from decisions.deadlines import instant
from models.policy import CadenceUnit
from models.values import Role
from policies.check import check
from policies.pack import counties, from_content, load, slice_of, tier_of
from policies.schema import PackUnreadable, sourced, unsaid
from tests.decisions.planting import FENGJIE, Toml, both, closely, drop, planted, put

# --- the packs that ship ---------------------------------------------------------------------------------------------


def test_the_packs_that_ship_are_these() -> None:
    assert counties() == ("demo", "dianjiang", "example-cq", "fengjie", "guangyuan", "litong", "qingshen")


@pytest.mark.parametrize("county", counties())
def test_a_pack_that_ships_is_clean(county: str) -> None:
    assert check(load(county)) == []


@pytest.mark.parametrize("county", counties())
def test_each_default_stands_under_unknown_and_nothing_else_does(county: str) -> None:
    pack = load(county)
    defaults = {where for where, value in sourced(pack.file) if value.default is not None}
    assert defaults | set(unsaid(pack.file)) == {
        where for where in pack.file.unknown if not where.startswith("silent.")
    }
    assert all(question.strip() for question in pack.file.unknown.values())


def test_fengjies_source_is_the_seed() -> None:
    assert "奉节府办发〔2021〕70号" in FENGJIE.source_text
    assert "对农村老年人普遍开展定期巡访" in FENGJIE.source_text
    assert sum(value.quote is not None for _, value in sourced(FENGJIE.file)) >= 2


# --- every planted mistake is refused by name ------------------------------------------------------------------------


RUNG = {"after": {"amount": 0, "unit": "hours"}, "resolve_by": {"amount": 1, "unit": "hours"}, "rule": "r"}


def without_contacts(change: Callable[[Toml], object]) -> Callable[[Toml], object]:
    """What is wrong with a ladder is wrong also where the pack does not say who stands on its rungs."""
    return both(drop("contacts"), change)


MISTAKES = {
    "a quote that is not in the source": (
        put("groups.0.quote", "对农村老年人普遍开展每日巡访"),
        "groups.rural_elder",
        "is not in source.txt",
    ),
    "a quote of nothing": (put("groups.0.quote", "巡访"), "groups.rural_elder", "proves nothing"),
    "another document's number": (put("document.number", "奉节府办发〔2021〕71号"), "document.number", "not in source"),
    "a default not listed": (drop("unknown.texts.slot"), "texts.slot", "not listed under unknown"),
    "a rung's default not listed": (
        drop("unknown.ladder.county_officer"),
        "ladder.county_officer",
        "not listed under unknown",
    ),
    "unknown lists what is known": (
        put("limits.extend_max", {"value": 2, "rule": "奉节民政〔2026〕3号"}),
        "unknown.limits.extend_max",
        "so it is known",
    ),
    "unknown names nothing": (put("unknown.texts.slots", "几点?"), "unknown.texts.slots", "names no value"),
    "a default for money": (
        both(
            put("money", {"allowance_fen": {"value": 20000, "default": "as elsewhere"}}),
            put("unknown.money.allowance_fen", "金额?"),
        ),
        "money.allowance_fen",
        "no default is ever given for money",
    ),
    "money that is not in fen": (
        put("money", {"allowance_yuan": {"value": 200, "rule": "r"}}),
        "money.allowance_yuan",
        "in fen",
    ),
    "a quarter": (put("tiers.general.cadence.value", "quarterly"), "tiers.general.cadence", "longer than a month"),
    "a cadence nobody knows": (
        put("tiers.general.cadence.value", "fortnightly"),
        "tiers.general.cadence",
        "unknown cadence",
    ),
    "a due day and a due length": (
        put("tiers.general.due.after", {"value": "P5D", "rule": "r"}),
        "tiers.general.due",
        "either",
    ),
    "no hour to ask at": (
        both(drop("tiers.general.ask.at"), drop("unknown.tiers.general.ask.at")),
        "tiers.general.ask.at",
        "is missing",
    ),
    "asks after the slot": (put("tiers.general.ask.at.value", "08:50"), "tiers.general.ask.at", "misses the slot"),
    "a reminder without an hour": (drop("tiers.general.reminders.0.at"), "tiers.general.reminders.1", "days_before"),
    "a ladder too slow for February": (
        put("ladder.3.after.amount", 6),
        "ladder",
        "-02 (",
    ),
    "due too late for its ladder": (put("tiers.general.due.day_of_month.value", 27), "ladder", "county_officer"),
    "a workday delay without a cap": (
        put("ladder.1.after", {"amount": 2, "unit": "workdays"}),
        "ladder.village_assistant.after",
        "cap_days",
    ),
    "a resolve-by in workdays without a cap": (
        put("ladder.1.resolve_by", {"amount": 2, "unit": "workdays"}),
        "ladder.village_assistant.resolve_by",
        "cap_days",
    ),
    "danger that waits for a workday": (
        put("urgent_ladder.1.after", {"amount": 1, "unit": "workdays", "cap_days": 1}),
        "urgent_ladder.village_assistant.after",
        "danger to life",
    ),
    "a negative delay": (put("ladder.2.after.amount", -1), "ladder.township_officer.after", "negative"),
    "no ladder": (put("urgent_ladder", []), "urgent_ladder", "at least one rung"),
    "a rung nobody who may deal with it can hold": (
        without_contacts(put("ladder.1.role", "auditor")),
        "ladder.auditor",
        "leads to nobody",
    ),
    "an urgent rung of volunteers": (
        without_contacts(put("urgent_ladder.0.role", "volunteer")),
        "urgent_ladder.volunteer",
        "leads to nobody",
    ),
    "a ladder that ends in the village": (
        without_contacts(put("ladder", [RUNG | {"role": "grid_worker"}])),
        "ladder.grid_worker",
        "no rung above it",
    ),
    "an urgent ladder that ends in the township": (
        without_contacts(drop("urgent_ladder.3")),
        "urgent_ladder.township_officer",
        "no rung above it",
    ),
    "a ladder that leads down": (
        without_contacts(both(put("ladder.2.role", "county_officer"), put("ladder.3.role", "township_officer"))),
        "ladder.township_officer",
        "leads down",
    ),
    "a top after the period's end, whoever is on it": (
        without_contacts(put("ladder.3.after.amount", 30)),
        "ladder",
        "the top, county_officer, is reached",
    ),
    "danger that reaches the top after the period's end": (
        without_contacts(put("urgent_ladder.3.after", {"amount": 12, "unit": "calendar_days"})),
        "urgent_ladder",
        "the top, county_officer, is reached",
    ),
    "a role nobody holds": (put("ladder.1.role", "mayor"), "ladder.mayor", "unknown role 'mayor'"),
    "one role twice": (put("ladder.1.role", "grid_worker"), "ladder", "on two rungs"),
    "a first role nobody holds": (put("first_role.need.value", "cook"), "first_role.need", "unknown role"),
    "a first role off the ladder": (put("first_role.need.value", "auditor"), "first_role.need", "not a rung"),
    "a cause nobody knows": (put("first_role.flood", {"value": "grid_worker", "rule": "r"}), "first_role", "flood"),
    "a cause without a first role": (drop("first_role.risk"), "first_role", "'risk' has no first role"),
    "an unknown method": (put("tiers.general.methods.value", ["home", "letter"]), "tiers.general.methods", "'letter'"),
    "no method at all": (put("tiers.general.methods.value", []), "tiers.general.methods", "no method"),
    "an unknown category": (put("groups.1.any_of", ["独居", "单身"]), "groups.special_difficulty", "'单身'"),
    "an unknown high-risk tag": (put("high_risk.value", ["高危"]), "high_risk", "unknown category '高危'"),
    "a group of no tier": (put("groups.0.tier", "weekly"), "groups.rural_elder", "unknown tier"),
    "an unknown template": (
        put("texts.templates", {"birthday": {"value": "SMS_1", "rule": "r"}}),
        "texts.templates",
        "unknown template id 'birthday'",
    ),
    "no sender": (both(drop("texts.sender"), drop("unknown.texts.sender")), "texts.sender", "sender is missing"),
    "a blank sender": (put("texts.sender.value", " "), "texts.sender", "sender is missing"),
    "a sender of a listed topic": (put("texts.sender.value", "奉节养老"), "texts.sender", "'敏感词:养老'"),
    "a sender with a sign": (put("texts.sender.value", "奉节★民政"), "texts.sender", "'符号:★'"),
    "a sender that is an address": (put("texts.sender.value", "fengjie.gov.cn"), "texts.sender", "'网址:"),
    "a sender in its brackets": (put("texts.sender.value", "【奉节民政】"), "texts.sender", "brackets of its own"),
    "half of the quiet hours": (put("texts.quiet_to.value", "off"), "texts.quiet_to", "both ends"),
    "a question back that waits two days": (
        put("texts.answer_within.value", "P2D"),
        "texts.answer_within",
        "at most 1 day",
    ),
    "one that waits for nothing": (put("texts.answer_within.value", "PT0S"), "texts.answer_within", "at most 1 day"),
    "no text a day": (put("texts.max_per_day.value", 0), "texts.max_per_day", "silences"),
    "suspended for a quarter": (put("limits.suspend_max_days.value", 63), "limits.suspend_max_days", "at most 62"),
    "a third extension": (put("limits.extend_max.value", 3), "limits.extend_max", "at most 2"),
    "a slice nobody can carry": (
        both(
            put("tiers.general.reminders", [{"days_before": 1, "at": "09:00:00", "rule": "r"}] * 300),
            drop("unknown.tiers.general.reminders.1"),
            drop("unknown.tiers.general.reminders.2"),
        ),
        "tiers.general",
        "at most 8192",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_by_name(name: str) -> None:
    change, where, what = MISTAKES[name]
    problems = check(planted(change))
    assert any(problem.where == where and what in problem.what for problem in problems), problems


def test_only_a_festival_breaks_this_ladder_and_a_cap_mends_it() -> None:
    # One workday after the eve of Spring Festival 2023 (20 January) is the 28th; the top would be reached on the 31st.
    for cap_days, broken in ((10, True), (4, False)):
        delay = {"amount": 1, "unit": "workdays", "cap_days": cap_days}
        pack = planted(
            both(
                put("ladder.1.after", delay),
                put("ladder.2.after.amount", 1),
                put("ladder.3.after.amount", 2),
            )
        )
        assert [problem.what[:10] for problem in check(pack)] == (["in 2023-01"] if broken else [])


def test_a_week_needs_a_ladder_of_its_own() -> None:
    without = both(closely, drop("tiers.close.ladder"))
    assert [(problem.where, problem.what[:5]) for problem in check(planted(without))] == [("ladder", "in 20")]
    pack = planted(closely)
    assert check(pack) == []
    policy = slice_of(pack, "close", date(2026, 11, 22))
    assert policy.cadence.unit is CadenceUnit.WEEKLY
    assert [rung.role for rung in policy.ladder] == [Role.GRID_WORKER, Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER]
    assert period_at(policy, instant(date(2026, 11, 22)), "p", "e").due_on == date(2026, 11, 18)


def test_a_tier_that_visits_nobody_is_refused() -> None:
    [problem] = check(planted(both(closely, put("groups.1.tier", "general"))))
    assert problem[:2] == ("tiers.close", "is no group's: nobody would be visited by it")


def test_of_two_tiers_an_elder_in_both_groups_is_visited_by_the_closer() -> None:
    pack = planted(closely)
    assert check(pack) == []
    codes = ("rural_elder", "special_difficulty")
    assert [tier_of(pack, {code}) for code in codes] == ["general", "close"]
    assert tier_of(pack, set(codes)) == "close" and tier_of(pack, {"a_group_of_before"}) == "close"


def test_an_elder_who_refused_is_not_met_by_a_method_that_does_not_count() -> None:
    [problem] = check(planted(put("tiers.general.methods.value", ["home"])))
    assert problem[:2] == ("tiers.general.after_refusal", "'phone' is none of the methods that count")


@pytest.mark.parametrize(("every", "what"), [("P29D", "longer than the shortest month"), ("PT0S", "above zero")])
def test_an_every_longer_than_february_or_without_length_is_refused(every: str, what: str) -> None:
    problems = check(planted(put("tiers.general.every.value", every), "demo"))
    assert [problem.where for problem in problems] == ["tiers.general.every"]
    assert what in problems[0].what


# --- what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (drop("limits.extend_max.default"), "limits.extend_max"),
        (put("limits.extend_max.rule", "and a rule"), "limits.extend_max"),
        (put("limits.extend_max.default", " "), "limits.extend_max"),
        (put("limits.extend_max", 2), "limits.extend_max"),
        (put("limits.extend_max.value", "two"), "limits.extend_max.value"),
        (put("limits.patience", {"value": 1, "rule": "r"}), "limits.patience"),
        (drop("limits.extend_max"), "limits.extend_max"),
        (drop("ladder.0.default"), "ladder.0"),
        (put("ladder.0.after.unit", "fortnights"), "ladder.0.after.unit"),
        (put("texts.slot.value", "noonish"), "texts.slot.value"),
        (drop("unknown"), "unknown"),
    ],
)
def test_a_value_of_the_wrong_shape_or_without_its_one_source_cannot_be_read(
    change: Callable[[Toml], object], where: str
) -> None:
    with pytest.raises(PackUnreadable) as refused:
        planted(change)
    assert any(problem.where.startswith(where) for problem in refused.value.problems), refused.value.problems


def test_a_folder_that_holds_no_pack_cannot_be_read(tmp_path: Path) -> None:
    for county in ("nowhere", "../main", "Fengjie", ""):
        with pytest.raises(PackUnreadable):
            load(county, tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "source.txt").write_text("原文", "utf-8")
    (tmp_path / "broken" / "policy.toml").write_text("county = ", "utf-8")
    with pytest.raises(PackUnreadable):
        load("broken", tmp_path)
    _copy(tmp_path / "elsewhere")
    with pytest.raises(PackUnreadable, match="the pack says 'fengjie'"):
        load("elsewhere", tmp_path)


def test_the_hash_is_of_the_content_not_of_comments_or_order(tmp_path: Path) -> None:
    toml = _copy(tmp_path / "fengjie")
    county, version = 'county = "fengjie"\n', f'version = "{FENGJIE.version}"\n'
    assert county + version in toml.read_text("utf-8")
    toml.write_text("# a remark\n" + toml.read_text("utf-8").replace(county + version, version + county), "utf-8")
    assert load("fengjie", tmp_path).hash == FENGJIE.hash
    assert from_content(FENGJIE.content) == FENGJIE
    assert from_content(FENGJIE.content).hash == FENGJIE.hash
    source = tmp_path / "fengjie" / "source.txt"
    source.write_text(source.read_text("utf-8") + "。", "utf-8")
    assert load("fengjie", tmp_path).hash != FENGJIE.hash
    assert planted(put("version", "2026.9")).hash != FENGJIE.hash


def _copy(folder: Path) -> Path:
    folder.mkdir()
    own = Path(__file__).parents[2] / "policies" / "fengjie"
    for name in ("policy.toml", "source.txt"):
        (folder / name).write_text((own / name).read_text("utf-8"), "utf-8")
    return folder / "policy.toml"
