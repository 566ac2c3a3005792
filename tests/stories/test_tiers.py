"""Two tiers of one county: who is in the closer group is visited each week, the others each month."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from models.tables import Elder, PolicyVersion, TaskCode, table_of
from tests.decisions.planting import closely, planted
from tests.stories.diary import broken_promises
from tests.stories.test_months import month_after
from tests.stories.world import VOLUNTEER_PHONE, World, at_rest, working

ELDERS, CODES = table_of(Elder), table_of(TaskCode)


def in_two_tiers(world: World) -> None:
    """From the beginning the county has a tier of weeks for `special_difficulty`; E1 is not in that group."""
    pack = planted(closely)
    with writing(world.house.engine) as c:
        c.execute(
            insert(table_of(PolicyVersion)).values(
                hash=pack.hash, county="fengjie", version="2", content=pack.content, active_from=date(2021, 1, 1),
                activated_by="test", at=world.clock,
            )
        )  # fmt: skip
        c.execute(update(ELDERS).where(ELDERS.c.id == "E1").values(standing_reason="rural_elder"))


async def answered(world: World, ends: datetime) -> None:
    """The volunteer sees everyone they are asked for, within a day."""
    while world.clock < ends:
        with reading(world.house.engine) as c:
            codes = {row.elder_id: row.code for row in c.execute(select(CODES))}
        for elder, code in codes.items():
            if any(visit.state == "open" for visit in world.visits(elder)):
                world.text(VOLUNTEER_PHONE, f"{code}1")
        await world.days_pass(1)


async def test_each_elder_is_visited_in_the_rhythm_of_their_group(tmp_path: Path) -> None:
    async with at_rest(tmp_path, elders=2) as world:
        in_two_tiers(world)
        async with working(world):
            start, ends = month_after(world), month_after(world, 2)
            await world.until(start)
            await answered(world, ends)
            weeks = [visit for visit in world.visits("E2") if start <= visit.starts_at and visit.ends_at <= ends]
            months = [visit for visit in world.visits("E1") if start <= visit.starts_at]
            assert {visit.state for visit in (*weeks, *months)} == {"done"}
            assert len(months) == 1 and len(weeks) in (3, 4)
            assert all(visit.ends_at - visit.starts_at == timedelta(days=7) for visit in weeks)

            # A new list no longer has them in the closer group: from the next visit on they are in months again.
            with writing(world.house.engine) as c:
                c.execute(update(ELDERS).where(ELDERS.c.id == "E2").values(standing_reason="rural_elder"))
            await world.days_pass(40)
            assert world.visits("E2")[-1].ends_at - world.visits("E2")[-1].starts_at > timedelta(days=27)
            periods = sorted((visit.starts_at, visit.ends_at) for visit in world.visits("E2"))
            assert all(after[0] == before[1] for before, after in pairwise(periods))
            assert broken_promises(world) == []
