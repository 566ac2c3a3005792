"""A text whose fate nobody knows: its workflow waits for the receipt, looks it up, sends once more, then a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.database import reading
from adapters.texts import Outgoing
from models.errors import Fault, TanfangFault
from models.tables import DigestRow, SendAttempt, WorkItemRow, table_of
from models.texts import Receipt
from tests.stories.world import A_SECOND, World, at_rest, working
from workflows import options

DIGESTS, ATTEMPTS, ITEMS = table_of(DigestRow), table_of(SendAttempt), table_of(WorkItemRow)


@dataclass
class Silent:
    """A provider that says nothing: it may have the text (`keeps`) or not."""

    keeps: bool
    name: str = "silent"
    had: list[str] = field(default_factory=list[str])
    looked_up: int = 0

    def send(self, out: Outgoing) -> str:
        if self.keeps:
            self.had.append(out.client_ref)
        raise TanfangFault(Fault.SEND_UNKNOWN, self.name)

    def look_up(self, out: Outgoing) -> str | None:
        self.looked_up += 1
        return f"M-{out.client_ref}" if out.client_ref in self.had else None


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with at_rest(tmp_path) as made:
        yield made


def fates(world: World) -> list[tuple[str, list[str]]]:
    """Each text: where it stands, and its steps."""
    with reading(world.house.engine) as c:
        steps = c.execute(select(ATTEMPTS).order_by(ATTEMPTS.c.id)).all()
        return [
            (row.state, [step.step for step in steps if step.digest_id == row.id])
            for row in c.execute(select(DIGESTS).order_by(DIGESTS.c.built_at)).all()
        ]


async def until_tried(world: World) -> None:
    """No further than the moment of the first call: what follows is the test's."""
    while not any(steps for _, steps in fates(world)):
        await world.until(world.next_moment() + A_SECOND)


@pytest.mark.parametrize("told", [False, True])
async def test_it_is_found_or_its_receipt_comes_and_it_is_not_sent_again(world: World, told: bool) -> None:
    silent = Silent(keeps=True)
    world.house.providers.chosen = silent
    async with working(world):
        await until_tried(world)
        (digest_id,) = set(silent.had)
        if told:
            world.house.texts.receipt("M-1", "delivered", None, world.clock, digest_id)
            await world.house.gateway(world.client).receipt(digest_id, Receipt(key="r", status="delivered"))
        await world.env.sleep(options.UNKNOWN_WAIT + timedelta(minutes=1))
        await world.settle()
        assert fates(world) == [("delivered" if told else "accepted", ["intent", "accepted"])]
        assert (len(silent.had), silent.looked_up > 0) == (1, not told)


async def test_not_found_it_is_sent_once_more_and_then_a_person_calls(world: World) -> None:
    silent = Silent(keeps=False)
    world.house.providers.chosen = silent
    async with working(world):
        await until_tried(world)
        for _ in range(4):
            await world.env.sleep(options.UNKNOWN_WAIT + A_SECOND)
        await world.settle()
        assert fates(world)[0] == ("failed", ["intent", "intent"])
        with reading(world.house.engine) as c:
            items = c.execute(select(ITEMS.c.item).where(ITEMS.c.about.startswith("unknown"))).scalars().all()
        assert items[0] == "call_by_phone"
