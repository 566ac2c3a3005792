"""Months on a real engine with a movable clock: the ledger, the texts, and what an ordinary month costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from decisions.deadlines import SHANGHAI, civil_day, instant
from decisions.edition import newest
from models.messages import Acknowledge, Resolve
from models.values import Channel, Outcome, Role
from tests.decisions.case_player import CasePlayer
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, county


def month_after(world: World, n: int = 1) -> datetime:
    """The first civil instant of the n-th month from now."""
    day = civil_day(world.clock).replace(day=1)
    for _ in range(n):
        day = (day + timedelta(days=32)).replace(day=1)
    return instant(day)


def hour(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%H:%M")


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with county(tmp_path, url=url) as made:
        yield made


async def test_an_ordinary_month_is_asked_answered_confirmed_and_costs_at_most_16_events(world: World) -> None:
    start = month_after(world)
    await world.until(start + timedelta(hours=1))
    before = await world.history_length("case/E1")
    while not world.texts_to(VOLUNTEER_PHONE):
        await world.days_pass(0.5)
    text = world.texts_to(VOLUNTEER_PHONE)[0]
    assert text.startswith("【奉节民政】请在") and "看望示例一村王奶奶,编号60" in text
    world.text(VOLUNTEER_PHONE, "601")
    await world.until(month_after(world) - timedelta(hours=1))
    assert [visit.state for visit in world.visits("E1")] == ["done"]
    texts = world.texts_to(VOLUNTEER_PHONE)
    assert len(texts) == 2 and "已记:60王奶奶" in texts[1] and "平安" in texts[1]
    assert await world.history_length("case/E1") - before <= 16


async def test_a_silent_month_is_reminded_and_climbs_to_the_county_officer_and_is_resolved_by_name(
    world: World,
) -> None:
    start = month_after(world)
    await world.until(start + timedelta(days=26))
    kinds = [kind for kind, at in world.ledger("case/E1") if at >= start]
    assert kinds[0] == "VisitOpened" and kinds[-2:] == ["VisitOverdue", "EscalationOpened"]
    reminded = [at for kind, at in world.ledger("case/E1") if kind == "VisitorReminded"]
    assert reminded and all(hour(at) == "09:00" for at in reminded)
    (escalation,) = world.escalations()
    rungs = [at for kind, at in world.ledger(escalation) if kind == "RungReached"]
    assert [round((b - a) / timedelta(days=1), 2) for a, b in pairwise(rungs)][:2] == [1.0, 1.0]
    for role in (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER):
        assert any("请您在" in text for text in world.texts_to(PHONES[role])), role
    await resolve(world, escalation, Role.TOWNSHIP_OFFICER)
    assert [visit.state for visit in world.visits("E1")] == ["late"]


async def test_an_acknowledgement_that_is_forgotten_climbs_again(world: World) -> None:
    start = month_after(world)
    while not world.escalations():
        await world.days_pass(1)
    (escalation,) = world.escalations()
    message = Acknowledge(
        key="ack-1", actor=world.actor(Role.GRID_WORKER), channel=Channel.CONSOLE, received_at=world.clock
    )
    handle = world.client.get_workflow_handle(escalation)
    assert (await handle.execute_update("acknowledge", message, id="ack-1"))["accepted"]
    await world.days_pass(3)
    kinds = [kind for kind, _ in world.ledger(escalation)]
    assert kinds.count("RungReached") >= 2 and "EscalationAcknowledged" in kinds
    assert start < world.clock


async def test_the_grid_worker_answers_by_text(world: World) -> None:
    while not any("请您在" in text for text in world.texts_to(PHONES[Role.GRID_WORKER])):
        await world.days_pass(1)
    world.text(PHONES[Role.GRID_WORKER], "收到")
    await world.days_pass(0.1)
    (escalation,) = world.escalations()
    assert world.ledger(escalation)[-1][0] == "EscalationAcknowledged"
    world.text(PHONES[Role.GRID_WORKER], "601")
    await world.days_pass(0.2)
    assert world.ledger(escalation)[-1][0] == "EscalationResolved"
    assert [visit.state for visit in world.visits("E1")] == ["late"]


async def test_what_the_engine_recorded_is_what_the_pure_rules_say(world: World) -> None:
    """The same month played by the pure functions alone: the same facts at the same hours."""
    await world.days_pass(70)
    enrolled_at = world.ledger("case/E1")[0][1]
    player = CasePlayer(enrolled_at, edition=newest())
    player.until(world.clock)
    played = [(type(event).__name__, at) for event, at in player.said]
    recorded = world.ledger("case/E1")
    assert [kind for kind, _ in recorded if kind != "PolicyAdopted"] == [k for k, _ in played if k != "PolicyAdopted"]
    apart = [
        abs(a - b)
        for (k, a), (_, b) in zip(
            [r for r in recorded if r[0] != "PolicyAdopted"],
            [p for p in played if p[0] != "PolicyAdopted"],
            strict=True,
        )
    ]
    assert max(apart) < timedelta(seconds=2)


async def resolve(world: World, escalation: str, role: Role) -> None:
    message = Resolve(
        key="resolve-1", actor=world.actor(role), channel=Channel.CONSOLE, received_at=world.clock,
        outcome=Outcome.VISITED, visited_on=civil_day(world.clock), visited_at=world.clock,
    )  # fmt: skip
    await world.client.get_workflow_handle(escalation).execute_update("resolve", message, id="resolve-1")
    await world.settle()


async def test_what_a_month_costs_in_history_events(world: World) -> None:
    """Ordinary: at most 16. With one reminder: at most 22. Missed, two reminders, the ladder outside: 31."""
    await world.until(month_after(world) + timedelta(hours=1))
    costs: list[int] = []
    for answered_after in (0, 1, None):
        before = await world.history_length("case/E1")
        begun = len(world.ledger("case/E1"))
        ends = month_after(world) + timedelta(hours=1)
        while world.clock < ends:
            kinds = [kind for kind, _ in world.ledger("case/E1")[begun:]]
            asked = "VisitOpened" in kinds and "VisitReported" not in kinds
            if asked and kinds.count("VisitorReminded") == answered_after:
                world.text(VOLUNTEER_PHONE, "601")
            await world.days_pass(0.5)
        costs.append(await world.history_length("case/E1") - before)
    assert [visit.state for visit in world.visits("E1")][-3:] == ["done", "done", "missed"]
    ordinary, reminded, missed = costs
    assert ordinary <= 16 and reminded <= 22, costs
    assert missed == 31
