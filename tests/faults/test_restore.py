"""Restored apart: the engine older than the store, the store older than the engine, the engine lost. Both databases.

Two cases, each with an open visit. What happens after the backup: E1 is visited, E2 is in danger and has a ladder.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

from adapters.sql_resume import resume
from models.messages import Acknowledge
from post.gather import gather
from tests.databases import Databases
from tests.faults.people import VOLUNTEER_PHONE
from tests.faults.town import Town, danger, report, request, said, town, until

VISITED, LADDERED = "case/E1", "case/E2"
RUNNING = WorkflowExecutionStatus.RUNNING


async def opened(there: Town) -> None:
    async with there.working():
        for case in (VISITED, LADDERED):
            await until(lambda case=case: "VisitOpened" in there.kinds(case), "the first visits")
        await until(there.texts, "the volunteer's text")
        heard(there)
        await settled(there)


def heard(there: Town) -> None:
    """The volunteer has read what was asked."""
    there.house.inbox.accept("sandbox", "SM1", VOLUNTEER_PHONE, "收到", datetime.now(UTC))


async def lived_on(there: Town) -> str:
    """Answers the escalation."""
    async with there.working():
        assert (await there.ask(VISITED, report("said-1"))).accepted
        assert (await there.ask(LADDERED, danger("said-2"))).accepted
        [ladder] = there.opened_escalations()
        await until(lambda: "RungReached" in there.kinds(ladder), "the first rung")
    return ladder


async def settled(there: Town) -> None:
    await until(lambda: there.house.letterbox.in_flight(datetime.now(UTC)) == 0, "letters and texts, settled")


async def holds(there: Town, ladder: str) -> None:
    """All run, nothing stands twice, and every promise is kept."""
    await there.settled()
    streams = (VISITED, LADDERED, ladder)
    assert [await there.status(stream) for stream in streams] == [RUNNING] * 3
    for stream in streams:
        keys = [key for key, _ in there.recorded(stream)]
        assert len(keys) == len(set(keys))
    assert there.kinds(VISITED).count("VisitReported") == 1
    assert there.kinds(ladder).count("EscalationStarted") == 1
    await there.keeps_every_promise()


async def goes_on(there: Town, ladder: str) -> None:
    """What was said already has its old answer; what is new is heard."""
    assert (await there.ask(VISITED, report("said-1"))).recorded == ("VisitReported",)
    assert (await there.ask(LADDERED, request("said-3"))).accepted
    assert (await there.ask(ladder, Acknowledge(**said("said-4")))).accepted


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("temporal.sqlite*"))


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True, scope="session")
async def test_the_engine_is_older_or_lost(another: Callable[[], str], tmp_path: Path) -> None:
    """Two towns side by side, because each mostly waits."""
    first, second = tmp_path / "older", tmp_path / "lost"
    for folder in (first, second):
        folder.mkdir()
    async with asyncio.TaskGroup() as towns:
        towns.create_task(engine_older_than_the_store(another(), first))
        towns.create_task(engine_lost(another(), second))


async def engine_older_than_the_store(url: str, tmp_path: Path) -> None:
    """Cases adopt what they missed; a ladder that this engine never saw is started again."""
    async with town(tmp_path / "town", "E1", "E2", url=url) as there:
        await opened(there)
        there.server.stop()
        (tmp_path / "kept").mkdir()
        for file in files(there.folder):
            shutil.copy(file, tmp_path / "kept")
        await there.server.start()
        ladder = await lived_on(there)
        there.server.stop()
        for file in files(there.folder):
            file.unlink()
        for file in files(tmp_path / "kept"):
            shutil.copy(file, there.folder)
        await there.server.start()
        assert not await there.exists(ladder)
        async with there.working():
            assert (await there.command("cases", "resume", "--json"))[0] == 0
            await until(lambda: there.exists(ladder), "the ladder, started again")
            await goes_on(there, ladder)
            await holds(there, ladder)


async def test_the_store_is_older_than_the_engine(url: str, databases: Databases, tmp_path: Path) -> None:
    """Cases wait, visibly; `audit restore` says what it would append, appends it, and they go on."""
    async with town(tmp_path / "town", "E1", "E2", url=url) as there:
        await opened(there)
        databases.backup(url, tmp_path / "backup")
        ladder = await lived_on(there)
        facts = {stream: there.recorded(stream) for stream in (VISITED, LADDERED, ladder)}
        there.settle_in(databases.restored(tmp_path / "backup", tmp_path))
        assert "VisitReported" not in there.kinds(VISITED) and not there.kinds(ladder)
        async with there.working():
            asking = asyncio.create_task(there.ask(VISITED, request("said-5")))
            await until(lambda: there.tasks_failed(VISITED), "the task that fails: LEDGER_BEHIND")
            assert await there.status(VISITED) is RUNNING and not asking.done()
            code, told = await there.command("audit", "restore")
            assert code == 0 and f"{VISITED} 第5—5条 可以补" in told and "什么也没有写" in told, told
            assert "VisitReported" not in there.kinds(VISITED)
            code, told = await there.command("audit", "restore", "--append")
            assert code == 0 and "已补" in told, told
            for stream, before in facts.items():
                assert there.recorded(stream)[: len(before)] == before
            assert (await asking).accepted
            await goes_on(there, ladder)
            await holds(there, ladder)


async def test_a_text_that_the_older_store_has_not_sent_goes_out(
    url: str, databases: Databases, tmp_path: Path
) -> None:
    """Its workflow runs, for the engine has seen it sent, and would wait a day for a receipt of another store's."""
    async with town(tmp_path / "town", "E1", url=url) as there:
        async with there.working(carried=False):
            await until(lambda: "VisitOpened" in there.kinds(VISITED), "the first visit")
        await until(lambda: gather(there.house.letterbox, datetime.now(UTC)), "the text, built")
        databases.backup(url, tmp_path / "backup")
        async with there.working():
            await until(there.texts, "the text, sent")
            await settled(there)
        there.settle_in(databases.restored(tmp_path / "backup", tmp_path))
        assert not there.texts()
        async with there.working():
            await until(there.texts, "the text, in this store too")
            await settled(there)
            assert len(there.texts()) == 1
            heard(there)
            assert (await there.ask(VISITED, danger("said-2"))).accepted
            await there.settled()
            await there.keeps_every_promise()


async def engine_lost(url: str, tmp_path: Path) -> None:
    """A new, empty engine: everything open is started again from the ledger, and twice is once."""
    async with town(tmp_path / "town", "E1", "E2", url=url) as there:
        await opened(there)
        ladder = await lived_on(there)
        there.server.stop()
        for file in files(there.folder):
            file.unlink()
        await there.server.start()
        assert not await there.exists(VISITED)
        assert await there.command("cases", "resume", "--json") == (
            0,
            '{"cases": 2, "escalations": 1, "assessments": 0, "benefits": 0, "counties": 0, "texts": 0}\n',
        )
        async with there.working():
            for stream in (VISITED, LADDERED, ladder):
                await until(lambda stream=stream: there.exists(stream), "all that was open")
            await goes_on(there, ladder)
            before = {stream: there.recorded(stream) for stream in (VISITED, LADDERED, ladder)}
            assert sum(resume(there.house.engine, there.house.sealer, datetime.now(UTC))) >= 3
            await settled(there)
            assert {stream: there.recorded(stream) for stream in before} == before
            await holds(there, ladder)
