"""The worker that brings a list in is killed by -9 in two of its chunks: the register of an import never killed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from sqlalchemy import func, select

from adapters.areas import townships_of
from adapters.database import reading
from adapters.sample import write_sample
from models.ids import roster_import_workflow
from models.roster import CloseRoster, ImportChunk, ImportRoster, OpenRoster, RosterKind
from models.tables import Elder, RosterFile, table_of
from models.values import Actor, ActorKind, Role
from tests.activities.counties import County
from tests.faults.people import LONG_AGO
from tests.faults.scale import Watch, figure
from tests.faults.town import Town, town, until
from wiring import House
from workflows.options import CASES, ROSTER_CHUNK_ROWS
from workflows.roster_import import RosterImportWorkflow

BY = Actor(id="S-county_officer", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)
FAR_OFF = date(2099, 1, 1)  # no case begins while the two registers are compared
ROWS = 1260
DEATHS = (
    (ROSTER_CHUNK_ROWS, "after commit", 2 * ROSTER_CHUNK_ROWS),
    (2 * ROSTER_CHUNK_ROWS, "before commit", 2 * ROSTER_CHUNK_ROWS),
)


def settle(house: House) -> None:
    house.register.found_county("示范县", townships_of("fengjie"), LONG_AGO)


def never_killed(folder: Path, there: Town, content: bytes, at: datetime) -> House:
    """The same list in a copy of the store as it was, brought in from the first row to the last."""
    house = House(there.settings.model_copy(update={"data_dir": folder}))
    sha256 = house.rosters.keep(content)
    order = dict(sha256=sha256, kind=RosterKind.ELDERS, on=at.date(), county="demo")
    shape = house.rosters.open_roster(OpenRoster.model_validate(order), lambda _: None)
    chunk = ImportChunk.model_validate(order | {"offset": 0, "limit": ROWS, "by": BY, "at": at, "start_on": FAR_OFF})
    house.rosters.import_chunk(chunk, lambda _: None)
    house.rosters.close_roster(
        CloseRoster(sha256=sha256, kind=RosterKind.ELDERS, by=BY, at=at, shape=shape, unchanged=0)
    )  # fmt: skip
    return house


def register_of(house: House) -> County:
    return County(house.engine, house.sealer, house.register)


def of_the_list(house: House) -> dict[str, list[dict[str, Any]]]:
    """All but the county's own months, which a worker begins who comes to work."""
    rows = register_of(house).everything()
    rows["letter"] = [row for row in rows["letter"] if row["kind"] != "start_county"]
    rows["work_item"] = [row for row in rows["work_item"] if row["item"] != "pay_list"]
    return rows


def elders(house: House) -> int:
    with reading(house.engine) as connection:
        return connection.execute(select(func.count()).select_from(table_of(Elder))).scalar_one()


def files(house: House) -> list[tuple[str, int, int, str]]:
    entered = table_of(RosterFile)
    columns = (entered.c.sha256, entered.c.rows, entered.c.accepted, entered.c.imported_by)
    with reading(house.engine) as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


async def test_a_worker_killed_in_two_chunks_of_a_list_leaves_the_register_of_one_never_killed(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", elders=1200, volunteers=4)
    content, at = (tmp_path / "sample" / "elders.csv").read_bytes(), datetime.now(UTC)
    async with town(tmp_path / "town") as there:
        settle(there.house)
        there.house.engine.dispose()
        copytree(there.folder, tmp_path / "whole", ignore=ignore_patterns("temporal.*"))
        before = elders(there.house)
        sha256 = there.house.rosters.keep(content)
        order = ImportRoster(
            sha256=sha256, kind=RosterKind.ELDERS, by=BY, at=at, start_on=FAR_OFF, county="demo"
        )  # fmt: skip
        handle = await there.client.start_workflow(
            RosterImportWorkflow.run, order, id=roster_import_workflow(sha256), task_queue=CASES
        )
        for offset, dies, held in DEATHS:
            there.harm.does(imports=(offset, dies))
            worker = there.worker()
            gone = f"the death of the worker {dies} of the chunk from {offset}"
            await until(lambda worker=worker: worker.ended, gone)
            assert elders(there.house) == before + held
        there.harm.does()
        drain, worker = Watch(), there.worker()
        result = await handle.result()
        drained = drain.seconds
        await there.settled()
        worker.stop()
        assert (result.finished, result.done, result.counts.unchanged) == (True, ROWS, ROSTER_CHUNK_ROWS)
        whole = never_killed(tmp_path / "whole", there, content, at)
        assert of_the_list(there.house) == of_the_list(whole)
        assert files(there.house) == files(whole)
        figure("worker killed in two chunks of a list", f"{result.done} rows of {ROWS}",
               before + result.done - elders(there.house), drained)  # fmt: skip
        assert elders(whole) == before + ROWS
        whole.engine.dispose()
        await there.keeps_every_promise()
