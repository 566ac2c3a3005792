"""A volunteer whose answers are not clear: asked once, then called; the visit is due all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.database import reading
from models.messages import RequestVisit
from models.tables import WorkItemRow, table_of
from models.values import Channel, Role
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, county

ITEMS = table_of(WorkItemRow)
HOUR = 1 / 24
STRANGER = "+8619200000099"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Two elders, both asked of the one volunteer."""
    async with county(tmp_path, elders=2) as made:
        while not any("61" in text for text in made.texts_to(VOLUNTEER_PHONE)):
            await made.days_pass(0.5)
        yield made


def items(world: World) -> list[Any]:
    with reading(world.house.engine) as connection:
        return list(connection.execute(select(ITEMS).order_by(ITEMS.c.opened_at)))


async def test_asked_once_and_after_a_day_without_a_certain_answer_a_person_has_it(world: World) -> None:
    while not 9 <= (world.clock + timedelta(hours=8)).hour < 12:
        await world.days_pass(HOUR)
    before = len(world.texts_to(VOLUNTEER_PHONE))
    world.text(VOLUNTEER_PHONE, "60")
    asked_at = world.clock
    await world.days_pass(2 * HOUR)
    question = world.texts_to(VOLUNTEER_PHONE)[before]
    assert "还没有记王奶奶(丁)的结果" in question and "平安回601" in question
    world.text(VOLUNTEER_PHONE, "61")
    await world.days_pass(HOUR)
    world.text(VOLUNTEER_PHONE, "611")
    await world.until(asked_at + timedelta(hours=23))
    assert items(world) == []
    await world.until(asked_at + timedelta(hours=26))
    [item] = items(world)
    assert (item.item, item.elder_id, item.role) == ("unclear_reply", "E1", "township_officer")
    assert timedelta(hours=23) < item.due_at - item.opened_at <= timedelta(hours=24)
    said = len(world.texts_to(VOLUNTEER_PHONE))
    world.text(VOLUNTEER_PHONE, "60看过了吧")
    await world.days_pass(2 * HOUR)
    assert "工作人员会和您联系" in world.texts_to(VOLUNTEER_PHONE)[said] and len(items(world)) == 1
    while not world.escalations():
        await world.days_pass(1)
    assert [visit.state for visit in world.visits("E1") + world.visits("E2")][:2] == ["open", "done"]
    assert any("王奶奶" in text and "还没有人见到" in text for text in world.texts_to(PHONES[Role.GRID_WORKER]))


async def test_who_opts_out_leaves_no_open_visit_behind_and_the_owner_hears_why(world: World) -> None:
    request = RequestVisit(
        key="extra-1", actor=world.actor(Role.TOWNSHIP_OFFICER), channel=Channel.CONSOLE, received_at=world.clock,
        reason="requested",
    )  # fmt: skip
    await world.client.get_workflow_handle("case/E1").execute_update("request_visit", request, id="extra-1")
    await world.settle()
    assert [visit.volunteer_id for visit in world.visits("E1")] == ["V-1", "V-1"]
    world.text(VOLUNTEER_PHONE, "退订")
    await world.days_pass(0.5)
    assert {visit.volunteer_id for elder in ("E1", "E2") for visit in world.visits(elder)} == {None}
    assert [kind for kind, _ in world.ledger("case/E1")].count("VisitReassigned") == 2
    await world.days_pass(1)
    assert any("没有人可派" in text for text in world.texts_to(PHONES[Role.GRID_WORKER]))


async def test_a_danger_from_a_phone_nobody_knows_is_texted_to_the_county_officer_at_once_at_night(
    world: World,
) -> None:
    while not 22 <= (world.clock + timedelta(hours=8)).hour < 23:
        await world.days_pass(HOUR / 2)
    world.text(STRANGER, "着火了")
    await world.settle()
    await world.days_pass(HOUR / 60)
    assert [text for text in world.texts_to(STRANGER) if "有危险请先打120或110" in text] == world.texts_to(STRANGER)
    assert len(world.texts_to(STRANGER)) == 1  # the rest of the answer waits for the morning
    [told] = [text for text in world.texts_to(PHONES[Role.COUNTY_OFFICER]) if "紧急" in text]
    assert "不知道是哪位老人" in told
    [item] = items(world)
    assert (item.item, item.role, item.township_id) == ("unknown_phone", "county_officer", None)
    assert item.due_at <= item.opened_at
