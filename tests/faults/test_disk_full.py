"""The disk is full: the kernel lets web and worker write nothing past the first 512 bytes of any file, logs too.

A limit of their own (`RLIMIT_FSIZE`), set from outside while they run: SQLite meets a write that the kernel cuts short
in the middle of a page and then refuses. A full file system of our own only root could mount.
"""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections import Counter
from pathlib import Path

import httpx
from temporalio.api.enums.v1 import EventType

from demo.processes import Child
from models.ids import case_stream
from tests.faults.scale import figure
from tests.faults.test_kills import asked, stored
from tests.faults.town import Town, report, town, until

FULL, FREE = 512, resource.RLIM_INFINITY
ELDERS = ("E1", "E2", "E3", "E4")
SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED


def room(size: int, *children: Child) -> None:
    for child in children:
        assert child.pid is not None
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, FREE))


def whole(there: Town) -> bool:
    """SQLite finds no page that does not fit the others."""
    store = sqlite3.connect(there.folder / "store.sqlite")
    try:
        return store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        store.close()


async def waits(there: Town, stream: str) -> bool:
    """The call that waits without limit has been scheduled."""
    return any(event.event_type == SCHEDULED for event in await there.history(stream))


async def test_a_full_disk_is_waited_for_and_nothing_is_half_written(tmp_path: Path) -> None:
    async with town(tmp_path, *ELDERS) as there, httpx.AsyncClient(timeout=20) as http:
        web, worker = there.web(), there.worker()
        codes = await asked(there, len(ELDERS))
        await there.post(http, "SM0", *told(codes["E1"]))
        await until(lambda: there.effects()["SM0"], "the effect of the first text")
        await there.settled()
        before = stored(there)
        facts = {elder: there.kinds(case_stream(elder)) for elder in ELDERS}
        room(FULL, worker)
        await there.post(http, "SM9", *told(codes["E1"]))  # kept, but nobody can read it now
        room(FULL, web)
        before += 1
        posting = [
            asyncio.create_task(there.post(http, f"SM{n}", *told(codes[elder])))
            for n, elder in enumerate(ELDERS[1:], 1)
        ]
        asking = [asyncio.create_task(there.ask(case_stream(elder), report(f"said-{elder}"))) for elder in ELDERS]
        for elder in ELDERS:
            await until(lambda elder=elder: waits(there, case_stream(elder)), f"{elder} waiting for room")
        assert not any(task.done() for task in (*posting, *asking))
        assert stored(there) == before and whole(there)
        assert {elder: there.kinds(case_stream(elder)) for elder in ELDERS} == facts
        room(FREE, web, worker)
        await asyncio.gather(*posting)
        replies = await asyncio.gather(*asking)
        drained = await there.settled()
        texts = ("SM0", "SM1", "SM2", "SM3", "SM9")
        effects = there.effects()
        figure("disk full", f"{len(texts)} texts, {len(replies)} steps", len(texts) - len(effects), drained)
        assert effects == Counter(texts) and whole(there)
        assert not worker.ended and not web.ended
        worker.stop()
        await there.keeps_every_promise()


def told(code: tuple[str, int]) -> tuple[str, str]:
    phone, number = code
    return phone, f"{number}1"
