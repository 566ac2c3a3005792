"""The counter of a county's months: who checks and approves its lists, and the lists as they stand."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from adapters.database import reading
from audit.store import LISTS
from models.county_messages import ApproveList, CheckList
from models.ids import county_stream
from models.values import Channel
from tests.stories.assessing import COUNTY_OFFICER
from tests.stories.benefits import APPROVER
from tests.stories.world import COUNTY, World

STREAM = county_stream(COUNTY)


class Months:
    """One step after the other, by the people of the county."""

    def __init__(self, world: World, first: int = 0) -> None:
        self._world = world
        self._desk = world.house.desk(world.client)
        self._steps = first

    async def step(self, kind: type[Any], staff: str, month: date, **said: Any) -> str:
        self._steps += 1
        head = {
            "key": f"step-{STREAM}-{self._steps}", "channel": Channel.CONSOLE, "received_at": self._world.clock,
            "actor": self._desk.actor(staff, kind.model_fields["kind"].default, None), "month": month,
        }  # fmt: skip
        reply = await self._desk.hand_in(STREAM, None, kind.model_validate(head | said))
        await self._world.settle()
        return reply.refusal or " ".join(reply.recorded)

    async def seen(self, kind: type[Any], staff: str, month: date) -> str:
        """Of the list as it stands."""
        drawn = lists(self._world)[-1]
        seen = {"sha256": drawn.sha256, "fen": drawn.fen, "claw_back_fen": drawn.claw_back_fen}
        return await self.step(kind, staff, month, **seen)

    async def approve(self, month: date) -> None:
        assert await self.seen(CheckList, COUNTY_OFFICER, month) == "ListChecked"
        assert await self.seen(ApproveList, APPROVER, month) == "ListApproved"


def lists(world: World) -> list[Any]:
    with reading(world.house.engine) as connection:
        return list(connection.execute(select(LISTS).order_by(LISTS.c.month, LISTS.c.n)).all())
