"""A closed run that is not archived by half of the retention is an alarm: in the log, and as a number to scrape."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from structlog.testing import capture_logs

from audit.histories import archived
from audit.store import Store
from audit.sweep import LATE_RUNS, retention_of, sweep, sweep_once
from embedded import RETENTION, free_port
from models.ids import case_stream
from models.messages import CloseCase
from models.values import CloseReason, Role
from tests.faults.town import Town, actor, said, town, until
from wiring import House, metrics_runtime

CASE = case_stream("E1")
EARLY, LATE = RETENTION / 2 - timedelta(hours=1), RETENTION / 2 + timedelta(hours=1)


@pytest_asyncio.fixture
async def ended(tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose one case is closed."""
    async with town(tmp_path, "E1") as there:
        async with there.working():
            await until(lambda: there.recorded(CASE), "the case has opened")
            head = said("step-close") | {"actor": actor(Role.COUNTY_OFFICER), "reason": CloseReason.NOT_ELIGIBLE}
            await there.ask(CASE, CloseCase.model_validate(head))
            await there.client.get_workflow_handle(CASE).result()
            await there.settled()
        yield there
        await there.keeps_every_promise()


async def test_the_alarm_is_raised_while_the_archive_fails_and_falls_when_it_is_done(ended: Town) -> None:
    """The store takes no writes, as with a full disk; half of the retention passes."""
    port = free_port()
    client = await ended.house.connect(metrics_runtime(port))
    house = House(ended.settings, busy_timeout_ms=100)
    store = Store(house.engine, house.sealer)
    holder = sqlite3.connect(ended.folder / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    async def swept(after: timedelta) -> dict[str, dict[str, Any]]:
        with capture_logs() as logs:
            await sweep_once(client, store, datetime.now(UTC) + after)
        return {str(line["event"]): dict(line) for line in logs}

    assert await retention_of(client) == RETENTION
    await until(lambda: listed(ended), "the engine lists the run as closed")
    assert set(await swept(EARLY)) == {"archive_waits"}
    assert await number(port) == 0
    told = await swept(LATE)
    assert set(told) == {"archive_waits", "archive_late"}
    assert (told["archive_late"]["log_level"], told["archive_late"]["count"]) == ("error", 1)
    assert await number(port) == 1
    holder.execute("ROLLBACK")
    holder.close()
    assert set(await swept(LATE)) == {"runs_archived"}
    assert await number(port) == 0
    assert [run.workflow_id for run in archived(store)] == [CASE]
    house.engine.dispose()


async def test_a_store_that_is_not_there_does_not_end_the_sweep(ended: Town, tmp_path: Path) -> None:
    """The store's folder is not mounted: nothing can be archived and nothing compared, and it goes on until told."""
    away = House(ended.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'not-there' / 'store'}"}))
    stop = asyncio.Event()
    with capture_logs() as logs:
        sweeping = asyncio.create_task(sweep(ended.client, Store(away.engine, ended.house.sealer), stop))
        await until(lambda: len(logs) == 2, "it has said so")
        assert not sweeping.done()
        stop.set()
        await sweeping
    assert [line["event"] for line in logs] == ["archive_waits", "archive_unwatched"]


async def listed(there: Town) -> bool:
    return bool([run async for run in there.client.list_workflows("ExecutionStatus = 'Completed'") if run.id == CASE])


async def number(port: int) -> float:
    async with httpx.AsyncClient() as http:
        lines = (await http.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
    (line,) = [line for line in lines if line.startswith(LATE_RUNS)]
    return float(line.rpartition(" ")[2])
