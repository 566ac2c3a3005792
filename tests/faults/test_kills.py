"""Worker, engine and web killed by -9 while replies come in: what web said yes to has one effect, and all settles."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from itertools import count
from pathlib import Path

import httpx
from sqlalchemy import func, select

from adapters.database import reading
from models.ids import case_stream
from models.tables import Inbound, table_of
from tests.faults.scale import SCALE, Watch, figure
from tests.faults.town import Town, town, until

SEED = 11
BETWEEN = 0.1  # seconds from one text to the next
ELDERS = tuple(f"E{n}" for n in range(1, 21))
INBOUND = table_of(Inbound)


async def asked(there: Town, elders: int = len(ELDERS)) -> dict[str, tuple[str, int]]:
    """Each elder's phone and number, when all have been asked for."""
    await until(lambda: len(there.codes()) == elders, "a text about each")
    return there.codes()


async def write_on(there: Town, codes: dict[str, tuple[str, int]], enough: asyncio.Event) -> list[str]:
    """One text after the other until told; answers the ids that web has said yes to."""
    said: list[str] = []
    order = random.Random(SEED)
    async with httpx.AsyncClient(timeout=20) as http:
        for n in count(1):
            phone, code = codes[order.choice(ELDERS)]
            await there.post(http, f"SM{n:06d}", phone, f"{code}{order.choice('12')}")
            said.append(f"SM{n:06d}")
            if enough.is_set() and n >= len(ELDERS):
                return said
            await asyncio.sleep(BETWEEN)
    raise AssertionError("unreachable")


async def test_worker_and_engine_killed_while_replies_come_in(tmp_path: Path) -> None:
    order = random.Random(SEED)
    victims = ["worker"] * SCALE.worker_kills + ["engine"] * SCALE.engine_kills
    order.shuffle(victims)
    async with town(tmp_path, *ELDERS, volunteers=2) as there:
        there.web()
        worker = there.worker()
        enough = asyncio.Event()
        writing = asyncio.create_task(write_on(there, await asked(there), enough))
        for victim in victims:
            await asyncio.sleep(order.uniform(0.2, 3))
            if victim == "worker":
                worker.kill()
                worker.start()
            else:
                there.server.kill()
                await there.server.start()
        drain = Watch()
        enough.set()
        said = await writing
        await there.settled()
        drained = drain.seconds
        worker.stop()
        effects = there.effects()
        lost = sum(1 for one in said if effects[one] == 0)
        figure(
            f"worker killed {SCALE.worker_kills} times, engine {SCALE.engine_kills}",
            f"{len(said)} texts", lost, drained,
        )  # fmt: skip
        assert effects == Counter(said)
        await there.keeps_every_promise()


def stored(there: Town) -> int:
    with reading(there.house.engine) as connection:
        return connection.execute(select(func.count()).select_from(INBOUND)).scalar_one()


async def test_web_killed_around_the_commit_and_after_delivery(tmp_path: Path) -> None:
    """The provider heard nothing, so it posts again under the same id: one effect, whenever web died."""
    deaths = [("before commit", 0), ("after commit", 1), ("after delivery", 1)] * SCALE.web_rounds
    async with town(tmp_path, "E1") as there, there.working():
        web = there.web()
        phone, code = (await asked(there, 1))["E1"]
        async with httpx.AsyncClient(timeout=60) as http:
            for n, (dies, kept) in enumerate(deaths):
                there.harm.does(dies=dies)
                before = stored(there)
                posting = asyncio.create_task(there.post(http, f"SM{n}", phone, f"{code}{n % 2 + 1}"))
                await until(lambda: web.ended, f"the death of web {dies}")
                assert not posting.done() and stored(there) == before + kept
                there.harm.does()
                web.start()
                await posting
                await until(lambda n=n: there.effects()[f"SM{n}"], "the effect of the text")
        drained = await there.settled()
        effects = there.effects()
        figure("web killed before commit, after commit, after delivery", f"{len(deaths)} texts, each posted again",
               len(deaths) - len(effects), drained)  # fmt: skip
        assert effects == Counter(f"SM{n}" for n in range(len(deaths)))
        assert there.kinds(case_stream("E1")).count("VisitReported") >= 1
        await there.keeps_every_promise()
