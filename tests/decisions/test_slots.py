"""When a text may go: slot, quiet hours, expiry, caps; danger passes all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from decisions import slots
from models.letters import TextClass, TextLetter
from policies import pack
from tests.decisions.case_player import at

RULES = pack.load("fengjie").texts
DEMO = pack.load("demo").texts


def letter(**more: Any) -> TextLetter:
    return TextLetter.model_validate(
        {"recipient_id": "V-1", "recipient_kind": "volunteer", "template": "task_one", **more}
    )


@pytest.mark.parametrize(
    ("created", "more", "goes"),
    [
        ("2026-03-10 08:32", {}, "2026-03-10 09:00"),  # the day's slot
        ("2026-03-10 09:00", {}, "2026-03-10 09:00"),  # the slot itself still counts
        ("2026-03-10 09:01", {}, "2026-03-11 09:00"),  # missed it: tomorrow's
        ("2026-03-10 09:01", {"send_by": "2026-03-10 12:00"}, "2026-03-10 11:30"),  # half an hour before it must go
        ("2026-03-10 22:30", {"wait_for_slot": False}, "2026-03-11 08:00"),  # quiet: from nine to eight
        ("2026-03-10 07:59", {"wait_for_slot": False}, "2026-03-10 08:00"),
        ("2026-03-10 20:59", {"wait_for_slot": False}, "2026-03-10 20:59"),
        ("2026-03-10 10:00", {"is_confirmation": True, "wait_for_slot": False}, "2026-03-10 10:10"),  # one burst
        ("2026-03-10 23:00", {"text_class": TextClass.URGENT}, "2026-03-10 23:00"),  # danger waits for nothing
    ],
)
def test_the_first_moment_it_may_go(created: str, more: dict[str, Any], goes: str) -> None:
    if "send_by" in more:
        more = more | {"send_by": at(more["send_by"])}
    assert slots.goes_at(letter(**more), at(created), RULES) == at(goes)


def test_a_county_without_quiet_hours_and_slots_sends_at_once() -> None:
    night = at("2026-03-10 23:00")
    assert slots.goes_at(letter(), night, DEMO) == night


def test_a_reminder_ends_at_its_due_time_and_the_rest_a_day_after_it_could_go() -> None:
    due = at("2026-03-21 00:00")
    assert slots.expires_at(letter(send_by=due), at("2026-03-19 09:00"), RULES) == due
    assert slots.expires_at(letter(), at("2026-03-10 08:32"), RULES) == at("2026-03-11 09:00")


@pytest.mark.parametrize(
    ("sent", "same", "more", "over"),
    [
        (3, 0, {}, False),
        (4, 0, {}, True),
        (0, 2, {}, True),
        (3, 0, {"is_confirmation": True}, True),  # near the day's cap confirmations go first
        (40, 40, {"text_class": TextClass.URGENT}, False),
    ],
)
def test_the_days_caps(sent: int, same: int, more: dict[str, Any], over: bool) -> None:
    assert slots.over_cap(sent, same, letter(**more), RULES) is over


def test_what_is_over_the_cap_goes_the_next_day_at_the_slot() -> None:
    assert slots.next_day(at("2026-03-10 15:00"), RULES) == at("2026-03-11 09:00")


@pytest.mark.parametrize("hour", range(24))
def test_no_ordinary_text_ever_goes_in_the_quiet_hours(hour: int) -> None:
    for minute in (0, 29, 59):
        created = at("2026-03-10 00:00") + timedelta(hours=hour, minutes=minute)
        for more in ({}, {"wait_for_slot": False}, {"is_confirmation": True}):
            goes: datetime = slots.goes_at(letter(**more), created, RULES)
            local = (goes + timedelta(hours=8)).hour
            assert 8 <= local < 21 and goes >= created
