"""The worker is killed inside `record`, after the commit: the store knows what no history does. It is adopted.

A tick, an update, two updates in one task; each with the engine living on, and with the engine killed too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from demo.processes import Child
from models.messages import Reply
from tests.faults.town import Town, report, request, town, until

CASE = "case/E1"
RUNNING = WorkflowExecutionStatus.RUNNING
ACCEPTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
ASKED = "tick/3"  # the tick that opens the first visit: three facts stand before it


async def killed(child: Child) -> None:
    await until(lambda: child.ended, "the worker's death inside record")


async def side_by_side(folder: Path, *, engine_too: bool) -> None:
    """A town for each moment of death, all at once: they mostly wait for what the dead had begun to run out."""
    stories: tuple[Callable[[Path, bool], Coroutine[None, None, None]], ...] = (
        a_tick, an_update, two_updates_in_one_task
    )  # fmt: skip
    async with asyncio.TaskGroup() as towns:
        for story in stories:
            towns.create_task(story(folder / story.__name__, engine_too))


@asynccontextmanager
async def begun_again(there: Town, *, engine_too: bool) -> AsyncIterator[None]:
    """The engine killed and started, where that is asked; then an ordinary worker."""
    if engine_too:
        there.server.kill()
        await there.server.start()
    async with there.working():
        yield


async def opened(there: Town) -> None:
    """The case has its first visit, and its worker has gone home."""
    async with there.working():
        await until(lambda: "VisitOpened" in there.kinds(CASE), "the first visit")
        await until(lambda: bool(there.texts()), "the volunteer's text")


async def holds(there: Town) -> None:
    """RUNNING, nothing twice, and every promise kept."""
    assert await there.status(CASE) is RUNNING
    keys = [key for key, _ in there.recorded(CASE)]
    assert len(keys) == len(set(keys))
    await there.settled()
    await there.keeps_every_promise()


async def updates_accepted(there: Town) -> int:
    return sum(1 for event in await there.history(CASE) if event.event_type == ACCEPTED)


async def test_killed_after_the_commit_and_the_engine_lives(tmp_path: Path) -> None:
    await side_by_side(tmp_path, engine_too=False)


async def test_killed_after_the_commit_and_the_engine_dies_too(tmp_path: Path) -> None:
    await side_by_side(tmp_path, engine_too=True)


async def a_tick(folder: Path, engine_too: bool) -> None:
    async with town(folder, "E1") as there:
        await killed(there.worker(ASKED))
        assert there.kinds(CASE)[-1] == "VisitOpened" and not there.texts()
        async with begun_again(there, engine_too=engine_too):
            await until(lambda: len(there.texts()) == 1, "the text of the visit")
            assert (await there.ask(CASE, report("said-1"))).accepted
            assert there.kinds(CASE).count("VisitOpened") == there.kinds(CASE).count("VisitReported") == 1
            assert len([text for text in there.texts() if "看望" in text]) == 1
            await holds(there)


async def an_update(folder: Path, engine_too: bool) -> None:
    async with town(folder, "E1") as there:
        await opened(there)
        asking = asyncio.create_task(there.ask(CASE, report("said-1")))
        await killed(there.worker("said-1"))
        assert there.kinds(CASE)[-1] == "VisitReported" and not asking.done()
        async with begun_again(there, engine_too=engine_too):
            first, again = await asking, await there.ask(CASE, report("said-1"))
            assert first.accepted and first == again
            assert there.kinds(CASE).count("VisitReported") == 1
            await holds(there)


async def two_updates_in_one_task(folder: Path, engine_too: bool) -> None:
    async with town(folder, "E1") as there:
        await opened(there)
        both = (report("said-1"), request("said-2"))
        asking = [asyncio.create_task(there.ask(CASE, message)) for message in both]
        await asyncio.sleep(1)  # both have reached the engine, where no worker takes them
        await killed(there.worker("said-1", "said-2"))
        assert {"said-1", "said-2"} <= {key for key, _ in there.recorded(CASE)}
        assert not await updates_accepted(there), "both are in one task, and it never ended"
        async with begun_again(there, engine_too=engine_too):
            replies: list[Reply] = await asyncio.gather(*asking)
            assert [reply.accepted for reply in replies] == [True, True]
            assert there.kinds(CASE).count("VisitReported") == 1
            assert there.kinds(CASE).count("VisitOpened") == 2  # the month's, and the one that was asked for
            assert replies == [await there.ask(CASE, message) for message in both]
            await holds(there)
