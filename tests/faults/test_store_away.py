"""The store goes away for a while: cases wait, cheaply, and go on by themselves."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from adapters.database import open_engine
from models.events import RecordReply, RecordRequest, StreamPage
from models.ids import case_stream
from models.messages import StreamQuestion
from tests.faults.scale import SCALE, Watch, figure
from tests.faults.test_kills import asked
from tests.faults.town import Town, danger, report, town, until

LOCKED = 12.0  # seconds: longer than the 5 s a call may wait locally, and than a try of the call that waits
MOST_EVENTS = 10
SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
COMPLETED = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
RESTS = EventType.EVENT_TYPE_TIMER_STARTED
ASKED = ("E1", "E2", "E3")
NEW = "E4"
PEOPLE = ("E1", "E2", "E3", "E4", "E5", "E6")


class LedgerThatLeaves:
    """The store's port; `away` makes every call fail as a database does that cannot be reached."""

    one_writer = True

    def __init__(self, there: Town) -> None:
        self._ledger = there.house.ledger
        self.away = False
        self.refused = 0

    def _here(self) -> None:
        if self.away:
            self.refused += 1
            raise OperationalError("the store", {}, ConnectionError("cannot be reached"))

    def record_all(self, requests: Sequence[RecordRequest]) -> list[RecordReply | Exception]:
        self._here()
        return self._ledger.record_all(requests)

    def events_after(self, question: StreamQuestion) -> StreamPage:
        self._here()
        return self._ledger.events_after(question)

    def reply_under(self, stream: str, key: str) -> object:
        return self._ledger.reply_under(stream, key)

    def sleeping(self, stream: str) -> object:
        return self._ledger.sleeping(stream)


@contextmanager
def locked(there: Town) -> Iterator[None]:
    """Somebody holds the store's write lock, as a long copy or a stuck process does."""
    holder = sqlite3.connect(there.folder / "store.sqlite", isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
    finally:
        holder.close()


async def waits(there: Town, stream: str) -> bool:
    """The call that waits without limit has been scheduled."""
    return any(event.event_type == SCHEDULED for event in await there.history(stream))


async def at_rest(there: Town, stream: str) -> int:
    """How many events it has once its visit is open and it only waits. The store knows of the visit earlier."""

    async def rests() -> bool:
        opened = "VisitOpened" in there.kinds(stream)
        return opened and (await there.history(stream))[-1].event_type == RESTS

    await until(rests, f"{stream} at rest, its visit open")
    return len(await there.history(stream))


async def events_of_waiting(there: Town, stream: str, before: int) -> int:
    """Events since `before`, up to the answer of the call that waited."""
    history = await there.history(stream)
    ends = [event.event_id for event in history if event.event_type == COMPLETED]
    return (ends[0] if ends else len(history)) - before


@contextmanager
def unreachable(url: str) -> Iterator[None]:
    """Whoever is connected to this database of PostgreSQL's is thrown out, and nobody gets in."""
    database = make_url(url).database
    admin = open_engine(make_url(url).set(database="postgres").render_as_string(hide_password=False))
    with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": database}
        )
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true"))
    admin.dispose()


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True, scope="session")
async def test_a_store_that_is_away_is_waited_for(another: Callable[[], str], tmp_path: Path) -> None:
    """Three towns side by side, because each mostly waits."""
    async with asyncio.TaskGroup() as towns:
        towns.create_task(every_case_waits_in_at_most_ten_events_and_goes_on_by_itself(tmp_path / "ledger"))
        towns.create_task(worker_and_web_wait_and_lose_nothing(another(), tmp_path / "whole"))
        towns.create_task(one_that_is_locked_is_waited_for_too(tmp_path / "locked"))


async def worker_and_web_wait_and_lose_nothing(url: str, tmp_path: Path) -> None:
    """A real database, away for every part of both. Web says yes to no text that it could not store."""
    async with town(tmp_path, *PEOPLE, url=url) as there, httpx.AsyncClient(timeout=20) as http:
        there.web()
        worker = there.worker()
        codes = await asked(there, len(PEOPLE))
        assert (await there.ask(case_stream("E1"), danger("danger-1"))).accepted  # somebody's to mend, all the while
        words = {f"SM{elder}": (phone, f"{code}1") for elder, (phone, code) in codes.items()}
        with unreachable(url):
            posting = [asyncio.create_task(there.post(http, id_, *said)) for id_, said in words.items()]
            await asyncio.sleep(SCALE.away)
            assert not any(post.done() for post in posting)
        drain = Watch()
        await asyncio.gather(*posting)
        await until(lambda: len(there.effects()) == len(words), "the effect of each text")
        await there.settled()
        drained = drain.seconds
        worker.stop()
        effects = there.effects()
        figure(f"PostgreSQL away {SCALE.away:.0f} s under worker and web", f"{len(words)} texts",
               len(words) - len(effects), drained)  # fmt: skip
        assert effects == Counter(words.keys())
        await there.keeps_every_promise()


async def every_case_waits_in_at_most_ten_events_and_goes_on_by_itself(tmp_path: Path) -> None:
    """Three cases whose reminder is near, and one that is born while the store is away."""
    async with town(tmp_path, *ASKED, every=timedelta(seconds=36)) as there:
        ledger = LedgerThatLeaves(there)
        there.house.ledger = ledger  # pyright: ignore[reportAttributeAccessIssue]
        streams = [case_stream(elder) for elder in ASKED]
        async with there.working():
            before = {stream: await at_rest(there, stream) for stream in streams} | {case_stream(NEW): 0}
            stood = {stream: len(there.recorded(stream)) for stream in streams}
            ledger.away = True
            there.enrol(NEW)
            asking = asyncio.create_task(there.ask(streams[0], report("said-1")))
            for stream in before:
                await until(lambda stream=stream: waits(there, stream), f"{stream} waiting")
            await asyncio.sleep(SCALE.away)
            assert not asking.done() and ledger.refused > 0
            for stream, seen in before.items():
                assert await there.status(stream) is WorkflowExecutionStatus.RUNNING
                assert await events_of_waiting(there, stream, seen) <= MOST_EVENTS, stream
            ledger.away = False
            drain = Watch()
            assert (await asking).accepted
            for stream in streams[1:]:
                await until(lambda stream=stream: len(there.recorded(stream)) > stood[stream], f"{stream} going on")
            await until(lambda: "CaseOpened" in there.kinds(case_stream(NEW)), "the opening of the new case")
            figure(f"store away {SCALE.away:.0f} s", "1 step, 4 cases waiting", 0, drain.seconds)
            for stream, seen in before.items():
                assert await events_of_waiting(there, stream, seen) <= MOST_EVENTS, stream
            await there.settled()
            await there.keeps_every_promise()


async def one_that_is_locked_is_waited_for_too(tmp_path: Path) -> None:
    """Each try takes the 2 s of SQLite's busy time-out: the call is slow, not refused."""
    async with town(tmp_path, *ASKED) as there, there.working():
        streams = [case_stream(elder) for elder in ASKED]
        before = {stream: await at_rest(there, stream) for stream in streams}
        with locked(there):
            asking = [asyncio.create_task(there.ask(stream, report(f"said-{stream}"))) for stream in streams]
            for stream in streams:
                await until(lambda stream=stream: waits(there, stream), f"{stream} waiting")
            await asyncio.sleep(LOCKED)
            for stream in streams:
                assert "VisitReported" not in there.kinds(stream)
        assert all(reply.accepted for reply in await asyncio.gather(*asking))
        for stream, seen in before.items():
            assert there.kinds(stream).count("VisitReported") == 1
            assert await events_of_waiting(there, stream, seen) <= MOST_EVENTS, stream
        await there.settled()
        await there.keeps_every_promise()
