"""A roster file goes in through the workflow: chunk by chunk, watched, killed on the way, twice, and refused."""

from __future__ import annotations

import asyncio
import base64
import re
import sysconfig
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.roster import RosterActivities
from adapters.areas import townships_of
from adapters.database import migrate, open_engine, reading
from adapters.roster_store import RosterStore
from adapters.sample import write_sample
from adapters.sealing import Keyring, Sealer
from adapters.sql_register import SqlRegister
from models.ids import roster_import_workflow
from models.roster import (
    ChunkCounts,
    CloseRoster,
    CompareRoster,
    ElderFacts,
    ImportChunk,
    ImportRoster,
    OpenRoster,
    RosterKind,
    RosterProgress,
    RosterShape,
    Standing,
)
from models.tables import Elder, LetterRow, WorkItemRow, table_of
from models.values import Actor, ActorKind, Role
from workflows.options import CASES, ROSTER_CHUNK_ROWS
from workflows.roster_import import RosterImportWorkflow

BY = Actor(id="S-clerk", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)
SERVER = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
Handle = WorkflowHandle[RosterImportWorkflow, RosterProgress]


def everyone(facts: ElderFacts) -> tuple[Standing, str]:
    return Standing.CASE, "everyone"


class Halting:
    """The real store, which dies before, after or during a chunk as the story wants; `gate` holds a chunk up."""

    def __init__(self, store: RosterStore) -> None:
        self.store = store
        self.offsets: list[int] = []
        self.die_after: set[int] = set()
        self.refuses: set[int] = set()
        self.closed = 0
        self.die_comparing = False
        self.gate = threading.Event()
        self.gate.set()
        self.at_the_gate = threading.Event()

    def open_roster(self, wanted: OpenRoster, beat: Callable[[int], None]) -> RosterShape:
        return self.store.open_roster(wanted, beat)

    def import_chunk(self, chunk: ImportChunk, beat: Callable[[int], None]) -> ChunkCounts:
        if chunk.offset:
            self.at_the_gate.set()
            assert self.gate.wait(10)
        if chunk.offset in self.refuses:
            raise ApplicationError("the register will not take these", type="Refused", non_retryable=True)
        self.offsets.append(chunk.offset)
        counts = self.store.import_chunk(chunk, beat)
        if chunk.offset in self.die_after:
            self.die_after.remove(chunk.offset)
            raise ConnectionError("killed after the commit, before the answer")
        return counts

    def compare_roster(self, compare: CompareRoster, beat: Callable[[int], None]) -> ChunkCounts:
        counts = self.store.compare_roster(compare, beat)
        if self.die_comparing:
            self.die_comparing = False
            raise ConnectionError("killed after the commit, before the answer")
        return counts

    def close_roster(self, close: CloseRoster) -> None:
        self.store.close_roster(close)
        self.closed += 1


class County:
    def __init__(self, folder: Path, client: Client) -> None:
        url = f"sqlite:///{folder / 'store.sqlite'}"
        migrate(url)
        self.engine = open_engine(url)
        sealer = Sealer(Keyring.load_or_create(folder / "keys.json"))
        register = SqlRegister(self.engine, sealer, everyone, "fengjie")
        register.found_county("奉节县", townships_of("fengjie"), date(2026, 1, 1))
        self.roster = Halting(RosterStore(folder / "rosters", sealer, lambda _: register, "fengjie"))
        self.client = client
        self.folder = folder

    def file(self, elders: int) -> str:
        write_sample(self.folder / "sample", elders=elders, volunteers=4)
        return self.roster.store.keep((self.folder / "sample" / "elders.csv").read_bytes())

    def file_without(self, lines: int) -> str:
        """The same list again, its last lines cut off."""
        rows = (self.folder / "sample" / "elders.csv").read_bytes().splitlines(keepends=True)
        return self.roster.store.keep(b"".join(rows[:-lines]))

    async def start(self, sha256: str, township: str | None = None, *, full: bool = False) -> Handle:
        order = ImportRoster(sha256=sha256, kind=RosterKind.ELDERS, by=BY, township=township, full=full)
        return await self.client.start_workflow(
            RosterImportWorkflow.run, order, id=roster_import_workflow(sha256), task_queue=CASES
        )

    def count(self, model: type[Elder | LetterRow | WorkItemRow]) -> int:
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(table_of(model))).scalar_one()


@pytest_asyncio.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(SERVER)
    ) as environment:
        made = County(tmp_path, environment.client)
        activities = RosterActivities(made.roster)
        with ThreadPoolExecutor(4) as pool:
            async with Worker(
                environment.client,
                task_queue=CASES,
                workflows=[RosterImportWorkflow],
                activities=[
                    activities.open_roster,
                    activities.import_chunk,
                    activities.compare_roster,
                    activities.close_roster,
                ],
                activity_executor=pool,
            ):
                yield made
        made.engine.dispose()


def personal(folder: Path) -> Sequence[str]:
    lines = (folder / "sample" / "elders.csv").read_text().splitlines()[1:]
    return [cell for line in lines for cell in line.split(",")[:1] + line.split(",")[2:4]]


async def test_a_list_goes_in_chunk_by_chunk_and_can_be_watched(county: County) -> None:
    sha256 = county.file(elders=1100)
    county.roster.gate.clear()
    handle = await county.start(sha256)
    assert await asyncio.to_thread(county.roster.at_the_gate.wait, 10)
    seen = await handle.query(RosterImportWorkflow.progress)
    assert (seen.done, seen.counts.created, seen.finished) == (ROSTER_CHUNK_ROWS, ROSTER_CHUNK_ROWS, False)
    assert seen.shape is not None
    assert (seen.shape.accepted, seen.shape.refused) == (1155, 0)
    assert county.count(Elder) == ROSTER_CHUNK_ROWS
    county.roster.gate.set()
    result = await handle.result()
    assert (result.finished, result.done, result.counts.created, result.counts.letters) == (True, 1155, 1155, 1155)
    assert county.roster.offsets == [0, 500, 1000]
    assert county.count(Elder) == county.count(LetterRow) == 1155

    told = (await handle.fetch_history()).to_json()
    told += "".join(base64.b64decode(data).decode() for data in re.findall(r'"data":\s*"([^"]+)"', told))
    assert "S-clerk" in told
    assert sha256 in told
    assert [word for word in personal(county.folder) if word in told] == []


async def test_a_chunk_that_dies_after_its_commit_runs_again_and_writes_nothing(county: County) -> None:
    county.roster.die_after = {0, 500}
    result = await (await county.start(county.file(elders=700))).result()
    assert county.roster.offsets == [0, 0, 500, 500]
    assert result.counts.unchanged == result.done == 735
    assert county.count(Elder) == county.count(LetterRow) == 735


async def test_the_same_file_again_finds_everything_as_it_was(county: County) -> None:
    sha256 = county.file(elders=60)
    first = await (await county.start(sha256)).result()
    again = await (await county.start(sha256)).result()
    assert (first.counts.created, first.counts.letters) == (63, 63)
    assert (again.counts.unchanged, again.counts.letters, again.counts.updated) == (63, 0, 0)
    assert county.count(LetterRow) == 63


async def test_a_full_list_asks_about_who_is_not_on_it_once_even_when_it_dies_over_it(county: County) -> None:
    whole = await (await county.start(county.file(elders=60), full=True)).result()
    assert (whole.counts.off_list, county.count(WorkItemRow)) == (0, 0)
    shorter = county.file_without(2)
    county.roster.die_comparing = True
    result = await (await county.start(shorter, full=True)).result()
    assert (result.counts.off_list, county.count(WorkItemRow)) == (2, 2)
    again = await (await county.start(shorter, full=True)).result()
    assert (again.counts.off_list, again.counts.asked, county.count(WorkItemRow)) == (2, 0, 2)
    back = await (await county.start(county.file(elders=60), full=True)).result()
    assert (back.counts.off_list, back.counts.ended, county.roster.closed) == (0, 2, 4)


async def test_a_list_that_is_not_full_is_compared_with_nothing(county: County) -> None:
    await (await county.start(county.file(elders=60))).result()
    result = await (await county.start(county.file_without(2))).result()
    assert (result.counts.off_list, county.count(WorkItemRow)) == (0, 0)


async def test_a_file_that_is_no_roster_ends_with_the_reason(county: County) -> None:
    for sha256, township in ((county.roster.store.keep(b"a,b\n"), None), (county.file(elders=4), "外县镇")):
        result = await (await county.start(sha256, township)).result()
        assert result.shape is not None
        assert result.shape.unreadable
        assert (result.done, county.roster.offsets) == (0, [])


async def test_a_wrong_list_can_be_stopped_and_its_starter_hears_it(county: County) -> None:
    sha256 = county.file(elders=1100)
    county.roster.gate.clear()
    handle = await county.start(sha256)
    assert await asyncio.to_thread(county.roster.at_the_gate.wait, 10)
    await handle.cancel()
    county.roster.gate.set()
    with pytest.raises(WorkflowFailureError) as told:
        await handle.result()
    assert isinstance(told.value.cause, CancelledError)
    assert (county.roster.closed, county.count(Elder) % ROSTER_CHUNK_ROWS) == (0, 0)
    await goes_in_whole(county, sha256)


async def test_an_error_that_calls_itself_final_reaches_the_starter(county: County) -> None:
    sha256 = county.file(elders=1100)
    county.roster.refuses = {ROSTER_CHUNK_ROWS}
    with pytest.raises(WorkflowFailureError) as told:
        await (await county.start(sha256)).result()
    assert isinstance(told.value.cause, ActivityError)
    assert isinstance(told.value.cause.cause, ApplicationError) and told.value.cause.cause.type == "Refused"
    assert (county.roster.closed, county.count(Elder)) == (0, ROSTER_CHUNK_ROWS)
    county.roster.refuses = set()
    await goes_in_whole(county, sha256)


async def goes_in_whole(county: County, sha256: str) -> None:
    """The same file again: what was in is found, what was not is brought, and the register enters it once."""
    result = await (await county.start(sha256)).result()
    assert (result.finished, result.counts.created + result.counts.unchanged) == (True, 1155)
    assert county.count(Elder) == county.count(LetterRow) == 1155
    assert county.roster.closed == 1
