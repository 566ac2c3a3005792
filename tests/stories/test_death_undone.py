"""A death is reported while the ladder climbs: only the death is looked into; undone, nothing was lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.invariants_visits import missed_are_owned, periods_are_whole
from audit.store import Store, snapshot
from models.messages import ReportDeath, UndoDeath
from models.values import Channel, Role
from tests.stories.test_months import month_after
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, county


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with county(tmp_path) as made:
        yield made


async def test_the_ladder_of_the_visit_ends_at_once_and_stands_again_when_the_death_is_undone(world: World) -> None:
    ladder = await overdue(world)
    await tell(world, ReportDeath, Role.VILLAGE_ASSISTANT)
    assert kinds(world, ladder)[-1] == "EscalationResolved"
    (death,) = set(world.escalations()) - {ladder}
    about_it = texts(world)
    await world.days_pass(0.5)
    assert kinds(world, death)[-1] == "RungReached"
    assert texts(world) - about_it <= 1  # whoever is to confirm the death, and nobody else
    assert offending(world) == []

    await tell(world, UndoDeath, Role.TOWNSHIP_OFFICER)
    (again,) = set(world.escalations()) - {ladder, death}
    assert again.startswith(f"{ladder}-overdue-") and kinds(world, again)[-1] == "RungReached"
    assert kinds(world, death)[-1] == "EscalationResolved"
    assert world.visits("E1")[-1].escalation_id == again
    assert offending(world) == []


async def test_a_month_that_began_meanwhile_is_asked_for_when_the_death_is_undone(world: World) -> None:
    await overdue(world)
    await tell(world, ReportDeath, Role.VILLAGE_ASSISTANT)
    asked = len(world.texts_to(VOLUNTEER_PHONE))
    await world.until(month_after(world) + timedelta(days=14, hours=11))
    assert [visit.state for visit in world.visits("E1")] == ["cancelled"]
    assert len(world.texts_to(VOLUNTEER_PHONE)) == asked + 1  # that this month's visit is not to be made
    assert offending(world) == []

    await tell(world, UndoDeath, Role.TOWNSHIP_OFFICER)
    await world.days_pass(1)
    assert [visit.state for visit in world.visits("E1")] == ["cancelled", "open"]
    assert any("看望示例一村王奶奶" in text for text in world.texts_to(VOLUNTEER_PHONE)[asked + 1 :])
    assert offending(world) == []


async def overdue(world: World) -> str:
    """Nobody went, and the second rung has been asked. Answers the ladder."""
    while not world.escalations():
        await world.days_pass(1)
    await world.days_pass(1.5)
    (ladder,) = world.escalations()
    assert kinds(world, ladder).count("RungReached") == 2
    return ladder


async def tell(world: World, kind: Any, role: Role) -> None:
    message = kind(key=kind.__name__, actor=world.actor(role), channel=Channel.CONSOLE, received_at=world.clock)
    handle = world.client.get_workflow_handle("case/E1")
    await handle.execute_update(message.kind, message, id=message.key)
    await world.settle()
    await world.days_pass(0.05)  # an escalation is asked by a workflow of its own, a moment later


def kinds(world: World, stream: str) -> list[str]:
    return [kind for kind, _ in world.ledger(stream)]


def texts(world: World) -> int:
    return sum(len(world.texts_to(phone)) for phone in PHONES.values())


def offending(world: World) -> list[str]:
    """What breaks I1 or I2 now."""
    with snapshot(Store(world.house.engine, world.house.sealer)) as held:
        checks = (periods_are_whole(held, world.clock), missed_are_owned(held, world.clock, world.clock))
    assert checks[0].examined
    return [what for check in checks for what in check.offending]
