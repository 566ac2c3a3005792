"""A demo whose worker is killed three times and whose engine once, at seeded moments: every promise is kept."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.database import reading
from demo import run as demo
from demo.processes import Processes
from models.tables import PeriodReason, VisitRow, table_of
from tests.faults.scale import SCALE, figure
from tests.faults.town import nothing_in_flight
from wiring import House

REASONS, VISITS = table_of(PeriodReason), table_of(VisitRow)
SEED = 7
PLAN = demo.Plan(elders=16, volunteers=4, periods=SCALE.demo_periods, seed=1)
VICTIMS = ("worker", "worker", "worker", "engine")
GUARD = 300  # seconds; no assertion: a demo that never settles ends here and not at CI's end


def moments() -> list[tuple[float, str]]:
    """When (a share of the play) and who, in order of time."""
    drawn = random.Random(SEED)
    victims = list(VICTIMS)
    drawn.shuffle(victims)
    return list(zip(sorted(drawn.uniform(0.05, 0.95) for _ in victims), victims, strict=True))


async def misfortune(stage: demo.Stage, killed: list[str]) -> None:
    processes = stage.processes
    for share, victim in moments():
        await demo.until(stage.anchor_at + PLAN.periods * PLAN.every * share)
        if victim == "worker":
            processes.worker.kill()
            await asyncio.sleep(1)
            processes.worker.start()
        else:
            processes.server.kill()
            await asyncio.sleep(1)
            await processes.server.start()
        killed.append(victim)


async def played(folder: Path, killed: list[str]) -> dict[str, Any]:
    processes = Processes(folder, demo.COUNTY, PLAN.every)
    told: list[str] = []
    try:
        stage = await demo.begin(PLAN, processes, told.append)
        harm = asyncio.create_task(misfortune(stage, killed))
        await demo.play(stage, told.append)
        await harm
        at = await settled(stage.house)
        processes.worker.stop()
        witnesses = await demo.replay_all(stage, told.append)
        said = await demo.summary(stage) | await demo.examine(stage, witnesses, at, told.append)
        return said | {"told": told, "not_asked": not_asked(stage.house)}
    finally:
        processes.stop()


async def settled(house: House) -> datetime:
    """Nothing is in flight, and no month has ended just now: its cases take a moment to see it, and grace is 0.

    The months go on, and nobody plays them: a lease of a killed worker can keep a letter in flight beyond the next.
    """
    while True:
        at = await nothing_in_flight(house)
        with reading(house.engine) as connection:
            past = select(VISITS.c.id).where(VISITS.c.state == "open", VISITS.c.ends_at <= at)
            if connection.execute(past.limit(1)).first() is None:
                return at


def not_asked(house: House) -> list[str]:
    """Why a month that was played has no visit, one for each."""
    within = REASONS.c.period_id.in_(demo.periods_of(PLAN))
    with reading(house.engine) as connection:
        return list(connection.execute(select(REASONS.c.reason).where(within)).scalars())


async def test_killed_at_any_moment_the_demo_keeps_every_promise(tmp_path: Path) -> None:
    killed: list[str] = []
    async with asyncio.timeout(GUARD):
        said = await played(tmp_path, killed)
    assert sorted(killed) == sorted(VICTIMS)
    # Where the kills hold a visit up, what is played later in the month (a refusal, a stay in hospital, a death) comes
    # first and is its reason.
    assert said["visits_opened"] + len(said["not_asked"]) == PLAN.elders * PLAN.periods
    assert set(said["not_asked"]) <= {"refused", "hospital", "death_reported"}
    assert set(said["invariants"].values()) == {0}, "\n".join(said["told"][-4:])
    figure("a demo, its worker killed 3 times, its engine once", f"{said['sms_received']} texts", 0)
    assert all(count > 0 for count in said["examined"].values())
