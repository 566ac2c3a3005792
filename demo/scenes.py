"""What is played besides the visits: a late form, a stay in hospital, a death, a refusal; assessments; benefits, lists.

Each scene waits for its hour; all of them are over when the last month is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from adapters.database import reading
from demo.actors import Officers
from demo.assessors import STORIES, Assessments
from demo.benefits import Benefits
from demo.counter import Counter
from demo.pay_lists import PayLists
from demo.script import Cast
from models.tables import Post, table_of
from models.values import Role
from post.desk import Desk
from wiring import House

POSTS = table_of(Post)
ASSESSED = 5  # one in so many elders


class Scenes:
    """`anchor_at`: the first month begins; `every`: a month's length."""

    def __init__(
        self, house: House, desk: Desk, officers: Officers, played: Cast, anchor_at: datetime, every: timedelta,
        periods: int, say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._house = house
        self._desk = desk
        self._officers = officers
        self._played = played
        self._anchor = anchor_at
        self._every = every
        self._end = anchor_at + periods * every
        self._say = say
        everybody = list(dict.fromkeys(elder for elder, _ in played.parts))
        self._elders = len(everybody)
        self._stay = [elder for elder in everybody if elder not in played.ending]

    def begin(self) -> list[asyncio.Task[None]]:
        assessed, ended = asyncio.create_task(self._assess()), asyncio.create_task(self._endings())
        return [
            asyncio.create_task(self._enter_paper()),
            assessed,
            ended,
            asyncio.create_task(self._pay(assessed, ended)),
        ]

    async def _enter_paper(self) -> None:
        elder, period = self._played.paper
        await until(self._anchor + (period + 1) * self._every + self._every * 0.1)
        visited_at = self._anchor + period * self._every + self._every * 0.5
        await self._officers.paper_form(elder, visited_at, self._assistant_of(elder))

    async def _endings(self) -> None:
        last = self._played.ending
        await until(self._end - self._every * 0.35)
        await self._officers.hospital(last.hospital, self._assistant_of(last.hospital), self._officer_of(last.hospital))
        await self._officers.death(last.death, self._officer_of(last.death))
        await self._officers.refusal(last.refusal, self._assistant_of(last.refusal))

    async def _assess(self) -> None:
        await until(self._anchor + self._every * 0.2)
        assessed = self._stay[: max(len(STORIES), self._elders // ASSESSED)]
        await Assessments(self._house, self._desk, self._officer_of).of(assessed)

    async def _pay(self, assessed: asyncio.Task[None], ended: asyncio.Task[None]) -> None:
        """The months up to this one are listed; this one's list is approved when nothing is left to be decided."""
        people = Benefits(Counter(self._house, self._desk, "benefit"), self._officer_of, self._assistant_of)
        lists = PayLists(Counter(self._house, self._desk, "pay"), self._say)
        corrected, late, higher, not_eligible, dismissed, upheld = self._stay[-6:]
        dies = self._played.ending.death
        since = await lists.begun()
        await people.paid_already([corrected, dies], since)
        await lists.until_the_last()
        await people.corrected(corrected, since)
        await people.approved_late(late, since)
        await people.higher_of_two(higher)
        await people.not_eligible(not_eligible)
        await people.objected(dismissed, upheld=False)
        await people.objected(upheld, upheld=True)
        await assessed
        await people.found_out(self._stay)
        await ended
        await people.ended(dies)
        await lists.the_last()

    def _officer_of(self, elder: str) -> str:
        return holder(self._house, elder, Role.TOWNSHIP_OFFICER)

    def _assistant_of(self, elder: str) -> str:
        return holder(self._house, elder, Role.VILLAGE_ASSISTANT)


def holder(house: House, elder_id: str, role: Role) -> str:
    """Who holds this role's post where the elder lives."""
    territory = house.desk_store.territory_of(elder_id)
    if territory is None:
        raise LookupError(f"no elder {elder_id} in the register")
    area = territory.township_id if role is Role.TOWNSHIP_OFFICER else territory.village_id
    with reading(house.engine) as connection:
        return connection.execute(
            select(POSTS.c.holder_id).where(POSTS.c.role == role.value, POSTS.c.area_id == area)
        ).scalar_one()


async def until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
