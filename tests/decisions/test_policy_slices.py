"""What a case gets of a pack: its slice, its calendar, its texts, and whether there is a case at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from decisions.cadence import period_after, period_at
from decisions.deadlines import after, instant
from models.policy import CadenceUnit, Delay, DelayUnit, PolicySlice
from models.values import EscalationCause, Method, Role
from policies.check import check
from policies.pack import (
    CannotDecide,
    GroupFacts,
    GroupResult,
    InGroup,
    Pack,
    RegisterOnly,
    group_of,
    load,
    official_years,
    slice_of,
)
from tests.decisions.planting import FENGJIE, Toml, both, drop, planted, put

# --- the slice -------------------------------------------------------------------------------------------------------


def test_fengjies_slice_says_what_the_rules_say() -> None:
    policy = slice_of(FENGJIE, "general", date(2026, 11, 22))
    assert (policy.county, policy.version, policy.hash) == ("fengjie", FENGJIE.version, FENGJIE.hash)
    assert policy.cadence.unit is CadenceUnit.MONTHLY
    assert (policy.due.day_of_month, policy.due.enrolled_days, policy.due.enrolled_by_day) == (20, 10, 20)
    assert (policy.ask.spread_workdays, policy.suspend_max_days, policy.extend_max) == (10, 62, 2)
    assert [(rule.days_before, rule.at) for rule in policy.reminders] == [(5, time(9)), (1, time(9))]
    assert policy.methods == (Method.HOME, Method.PHONE, Method.VIDEO, Method.GROUP)
    assert policy.high_risk == ("独居", "失能", "高风险")
    assert policy.first_role[EscalationCause.OVERDUE] is Role.GRID_WORKER
    assert len(policy.model_dump_json().encode()) < 8192
    assert PolicySlice.model_validate_json(policy.model_dump_json()) == policy


def test_fengjies_ladder_climbs_at_once_and_one_two_four_days_after_due() -> None:
    policy = slice_of(FENGJIE, "general", date(2026, 11, 22))
    due_at = at = instant(date(2026, 11, 21))
    reached: list[tuple[Role, timedelta]] = []
    for rung in policy.ladder:
        at = after(rung.after, at, policy.calendar)
        reached.append((rung.role, at - due_at))
    assert reached == [
        (Role.GRID_WORKER, timedelta(0)),
        (Role.VILLAGE_ASSISTANT, timedelta(days=1)),
        (Role.TOWNSHIP_OFFICER, timedelta(days=2)),
        (Role.COUNTY_OFFICER, timedelta(days=4)),
    ]
    assert [rung.after for rung in policy.urgent_ladder[1:]] == [Delay(amount=900, unit=DelayUnit.SECONDS)] * 3


def test_fengjies_texts() -> None:
    texts = FENGJIE.texts
    assert texts.sender == "奉节民政"
    assert (texts.quiet_from, texts.quiet_to, texts.slot) == (time(21), time(8), time(9))
    assert (texts.max_per_day, texts.max_identical) == (4, 2)
    assert (texts.slot_lead, texts.expiry, texts.burst) == (
        timedelta(minutes=30),
        timedelta(hours=24),
        timedelta(minutes=10),
    )
    assert texts.answer_within == timedelta(hours=24)
    assert load("demo").texts.answer_within == timedelta(seconds=24)
    assert load("demo").texts.quiet_from is None and load("demo").texts.slot is None


def test_a_pack_activated_before_questions_had_a_time_gives_them_a_day() -> None:
    old = planted(both(drop("texts.answer_within"), drop("unknown.texts.answer_within")), "demo")
    assert check(old) == [] and old.texts.answer_within == timedelta(hours=24)


# --- the calendar ----------------------------------------------------------------------------------------------------


def test_a_slice_carries_the_festivals_near_its_day() -> None:
    calendar = slice_of(FENGJIE, "general", date(2026, 2, 1)).calendar
    assert {date(2026, 2, 16), date(2026, 2, 23), date(2026, 1, 1)} <= set(calendar.off)
    assert {date(2026, 2, 14), date(2026, 2, 28)} <= set(calendar.on)
    assert all(day.weekday() < 5 for day in calendar.off) and all(day.weekday() >= 5 for day in calendar.on)
    assert date(2025, 10, 1) not in calendar.off


def test_a_year_without_an_official_calendar_is_provisional() -> None:
    last = official_years()[-1]
    assert slice_of(FENGJIE, "general", date(last, 11, 1)).calendar.provisional_from == date(last + 1, 1, 1)
    assert slice_of(FENGJIE, "general", date(last - 2, 6, 1)).calendar.provisional_from is None


def test_the_packs_own_days_win_and_can_make_a_year_official() -> None:
    last = official_years()[-1]
    rule = "local"
    pack = planted(
        put(
            "calendar",
            {
                "official_through": {"value": last + 1, "rule": rule},
                "off": [{"day": "2026-03-20", "rule": rule}, {"day": "2026-02-14", "rule": rule}],
                "on": [{"day": "2026-03-22", "rule": rule}],
            },
        )
    )
    calendar = slice_of(pack, "general", date(2026, 3, 1)).calendar
    assert date(2026, 3, 20) in calendar.off and date(2026, 3, 22) in calendar.on
    assert date(2026, 2, 14) not in calendar.on
    assert slice_of(pack, "general", date(last, 11, 1)).calendar.provisional_from is None
    assert check(pack) == []


# --- the demo's month ------------------------------------------------------------------------------------------------


def test_the_demos_month_is_forty_seconds_from_its_anchor() -> None:
    anchor_at = datetime(2026, 11, 22, 3, 0, 5, tzinfo=UTC)
    policy = slice_of(load("demo"), "general", date(2026, 11, 22), anchor_at=anchor_at)
    first = period_at(policy, anchor_at, "p", "e")
    assert (first.id, first.starts_at, first.due_on) == ("t0", anchor_at, None)
    assert first.due_at - first.starts_at == timedelta(seconds=24)
    assert first.ends_at - first.starts_at == timedelta(seconds=40)
    assert period_after(policy, first, "p", "e").id == "t1"


def test_the_demos_delays_shrink_and_grow_with_its_month() -> None:
    pack, day = load("demo"), date(2026, 11, 22)
    policy = slice_of(pack, "general", day, every=timedelta(seconds=10))
    assert policy.cadence.every == timedelta(seconds=10)
    assert policy.due.after == timedelta(seconds=6)
    assert policy.ask.spread == timedelta(seconds=2)
    assert policy.reminders[0].before == timedelta(seconds=1.5)
    assert [rung.after.amount for rung in policy.ladder] == [0, 1, 1, 1]
    assert policy.urgent_visit_within == timedelta(seconds=1.25)
    slow = slice_of(pack, "general", day, every=timedelta(seconds=400))
    assert [rung.after.amount for rung in slow.ladder] == [0, 20, 20, 40]
    assert policy.hash == slow.hash == pack.hash


def test_a_calendar_month_cannot_be_given_another_length() -> None:
    with pytest.raises(ValueError, match="only an `every` tier"):
        slice_of(FENGJIE, "general", date(2026, 11, 22), every=timedelta(seconds=40))
    with pytest.raises(ValueError, match="above zero"):
        slice_of(load("demo"), "general", date(2026, 11, 22), every=timedelta(0))
    with pytest.raises(KeyError):
        slice_of(FENGJIE, "weekly", date(2026, 11, 22))


# --- who becomes a case ----------------------------------------------------------------------------------------------


# As 青神 writes it: the group counts only for the poor.
POOR_ALONE = {"code": "poor_alone", "name": "经济困难的独居老年人", "tier": "general", "any_of": ["独居"], "poor": True}
POOR = planted(put("groups", [{**POOR_ALONE, "rule": "r"}]))
RURAL, SPECIAL = "rural_elder", "special_difficulty"
BOTH = InGroup(codes=(RURAL, SPECIAL), tier="general")


@pytest.mark.parametrize(
    ("pack", "facts", "result"),
    [
        (FENGJIE, GroupFacts(age=59, rural=True, categories=("独居",)), RegisterOnly(reason="under_age")),
        (FENGJIE, GroupFacts(age=60, rural=True, categories=()), InGroup(codes=(RURAL,), tier="general")),
        (FENGJIE, GroupFacts(age=80, rural=True, categories=("独居",)), BOTH),
        (FENGJIE, GroupFacts(age=80, rural=False, categories=("留守",)), InGroup(codes=(SPECIAL,), tier="general")),
        (FENGJIE, GroupFacts(age=80, rural=False, categories=("低收入",)), RegisterOnly(reason="in_no_group")),
        (FENGJIE, GroupFacts(age=80, rural=False, categories=None), CannotDecide(missing=("categories",))),
        (FENGJIE, GroupFacts(age=80, rural=None, categories=("高龄",)), CannotDecide(missing=("rural",))),
        (FENGJIE, GroupFacts(age=80), CannotDecide(missing=("categories", "rural"))),
        # One group that holds is enough, whatever else is unknown.
        (FENGJIE, GroupFacts(age=80, rural=None, categories=("失能",)), InGroup(codes=(SPECIAL,), tier="general")),
        (FENGJIE, GroupFacts(age=80, rural=True, categories=None), InGroup(codes=(RURAL,), tier="general")),
        (FENGJIE, GroupFacts(age=None, rural=True), CannotDecide(missing=("age",))),
        (POOR, GroupFacts(age=80, poor=True, categories=("独居",)), InGroup(codes=("poor_alone",), tier="general")),
        (POOR, GroupFacts(age=80, poor=False, categories=("独居",)), RegisterOnly(reason="in_no_group")),
        (POOR, GroupFacts(age=80, poor=None, categories=("独居",)), CannotDecide(missing=("poor",))),
        # Not alone: whether poor or not no longer matters, so nothing is missing.
        (POOR, GroupFacts(age=80, poor=None, categories=("空巢",)), RegisterOnly(reason="in_no_group")),
    ],
)  # fmt: skip
def test_the_group_rule_decides_or_says_what_is_missing(pack: Pack, facts: GroupFacts, result: GroupResult) -> None:
    assert group_of(pack, facts) == result


def test_in_two_groups_the_closer_cadence_holds() -> None:
    def closer(toml: Toml) -> None:
        toml["tiers"]["weekly"] = {**toml["tiers"]["general"], "cadence": {"value": "weekly", "rule": "r"}}
        toml["groups"][1]["tier"] = "weekly"

    facts = GroupFacts(age=80, rural=True, categories=("独居",))
    assert group_of(planted(closer), facts) == InGroup(codes=(RURAL, SPECIAL), tier="weekly")
