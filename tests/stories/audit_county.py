"""Three real cases on the time-skipping server, in a real store: what the auditor's tests look at.

E1 is ordinary and answers by text; E2 hears from nobody, climbs the ladder and is missed; E3 is suspended.
"""

from __future__ import annotations

import asyncio
import shutil
import sysconfig
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, insert, select
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.testing import WorkflowEnvironment

from adapters import database
from adapters.codec import data_converter
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from audit import histories
from audit.replay import Witness, replay
from audit.store import Store
from decisions.deadlines import civil_day, instant
from models import ids
from models import tables as t
from models.letters import StartCase
from models.messages import Acknowledge, ConfirmSuspension, Resolve, Suspend
from models.values import Actor, ActorKind, Channel, Outcome, Role, SuspendReason
from policies import pack
from post.gateway import SEARCH_ATTRIBUTES
from settings import Settings
from tests.databases import Databases
from wiring import House

SERVER = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
NAMES = {"E1": "王示福", "E2": "李例寿", "E3": "张样禄"}
PHONES = {"V-1": "+8619200000001", "V-2": "+8619200000002", "S1": "+8619200000011", "S2": "+8619200000012"}
COUNTY = "county-fengjie"
LADDER = ("grid_worker", "village_assistant", "township_officer", "county_officer")
FIRST = Actor(id="S1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)
SECOND = Actor(id="S2", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)
UNGUARD = {
    "sqlite": ("DROP TRIGGER {0}_update", "DROP TRIGGER {0}_delete"),
    "postgresql": ("DROP TRIGGER {0}_row ON {0}", "DROP TRIGGER {0}_statement ON {0}"),
}
KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD


@dataclass
class Kept:
    """What is left of the story when the server is gone: the folder with the store, the histories, the moment."""

    folder: Path
    sealer: Sealer
    converter: DataConverter
    as_of: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    witnesses: Sequence[Witness] = field(default_factory=list[Witness])
    archived: tuple[int, int] = (0, 0)
    databases: Databases | None = None
    url: str = ""

    def copy(self, to: Path) -> Store:
        """A copy of the store to be harmed: its triggers are gone, as they are for whoever holds the file."""
        if self.databases is None:
            shutil.copytree(self.folder, to, dirs_exist_ok=True)
            url = f"sqlite:///{to / 'store.sqlite'}"
        else:
            url = self.databases.copied(self.url, to)
        engine = database.open_engine(url)
        with database.writing(engine) as connection:
            for table in t.APPEND_ONLY:
                for drop in UNGUARD[engine.dialect.name]:
                    connection.exec_driver_sql(drop.format(table))
        return Store(engine, self.sealer)

    def drop(self, store: Store) -> None:
        store.engine.dispose()
        if self.databases is not None:
            self.databases.drop(store.engine.url.render_as_string(hide_password=False))


def rows(engine: Engine, table: Table, **where: Any) -> Sequence[Any]:
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    with database.reading(engine) as connection:
        return connection.execute(query.order_by(*table.primary_key.columns)).all()


def register(engine: Engine, sealer: Sealer, today: date) -> None:
    """One village, three elders, two volunteers, every post of the ladder held by S1 with S2 as deputy."""
    county = pack.load("fengjie")
    long_ago = date(2020, 1, 1)

    def person(id_: str, name: str) -> dict[str, Any]:
        phone = PHONES[id_]
        index = sealer.index("phone", phone)
        return dict(
            id=id_,
            name_enc=sealer.seal(name),
            phone_enc=sealer.seal(phone),
            phone_index=index,
            county_id=COUNTY,
        )

    def put(model: Any, *values: dict[str, Any]) -> None:
        for one in values:
            connection.execute(insert(t.table_of(model)).values(**one))

    with database.writing(engine) as connection:
        for id_, kind, name, parent in (
            (COUNTY, "county", "奉节县", None), ("T1", "township", "白帝镇", COUNTY), ("V1", "village", "示例村", "T1")
        ):  # fmt: skip
            put(t.Area, dict(id=id_, kind=kind, name=name, parent_id=parent, from_on=long_ago))
        place = dict(county_id=COUNTY, township_id="T1", village_id="V1")
        for n, (id_, name) in enumerate(NAMES.items()):
            put(
                t.Elder,
                dict(
                    id=id_, **place, household_id=f"H{n}", name_enc=sealer.seal(name), id_number_enc=sealer.seal("0"),
                    id_number_index=f"x{n}", born_on_enc=sealer.seal("1940-01-01"), sex="M", standing="case",
                    start_on=today, updated_at=instant(today),
                ),
            )  # fmt: skip
        for n, id_ in enumerate(("V-1", "V-2")):
            who = person(id_, ("赵示一", "钱示二")[n])
            put(t.Volunteer, dict(**{**who, **place}, sex="F", capacity=5, consented_on=long_ago))
        for volunteer, elder in (("V-1", "E1"), ("V-2", "E2"), ("V-1", "E3")):
            put(t.Pairing, dict(volunteer_id=volunteer, elder_id=elder, from_on=long_ago))
        put(t.Staff, person("S1", "孙示三"), person("S2", "周示四"))
        for n, (role, area) in enumerate(zip(LADDER, ("V1", "V1", "T1", COUNTY), strict=True)):
            put(t.Post, dict(id=f"P{n}", role=role, area_id=area, holder_id="S1", deputy_id="S2"))
        put(
            t.PolicyVersion,
            dict(
                hash=county.hash, county="fengjie", version=county.version, content=county.content,
                active_from=long_ago, activated_by="S1", at=instant(today),
            ),
        )  # fmt: skip


class Story:
    """The cases, their server and their post; `live` lets time pass and carries what is due twice a day."""

    def __init__(self, folder: Path, env: WorkflowEnvironment, url: str) -> None:
        self.now = datetime.now(UTC)
        self.env = env
        settings = Settings(data_dir=folder, database_url=url, key_file=folder / "keys.json")
        self.house = House(settings, now=lambda: self.now)
        self.engine = self.house.engine
        self.kept = Kept(folder, self.house.sealer, data_converter(self.house.sealer), url=url)

    async def connect(self) -> None:
        """Our own client: the environment's would turn an assertion into a failed workflow."""
        address = self.env.client.service_client.config.target_host
        self.client = await Client.connect(address, plugins=[self.house.plugin])
        await self.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(search_attributes={key.name: KEYWORD for key in SEARCH_ATTRIBUTES})
        )
        self.dispatch = self.house.dispatch(self.client)

    async def settle(self) -> None:
        self.now = await self.env.get_current_time()
        for _ in range(50):
            await asyncio.sleep(0.02)
            if not await self.dispatch.dispatch_due(self.now):
                return

    async def live(self, until: datetime, step: timedelta = timedelta(hours=12)) -> None:
        while self.now < until:
            await self.env.sleep(min(step, until - self.now))
            await self.settle()

    async def enrol(self) -> None:
        with database.writing(self.engine) as connection:
            for elder in NAMES:
                case = ids.case_stream(elder)
                letter = StartCase(workflow_id=case, elder_id=elder, county_id=COUNTY, township_id="T1")
                insert_letter(connection, self.kept.sealer, f"start-{elder}", letter, self.now)
        await self.settle()

    async def answer(self, volunteer: str, elder: str, digit: int) -> None:
        phone = PHONES[volunteer]
        index = self.kept.sealer.index("phone", phone)
        code = rows(self.engine, t.table_of(t.TaskCode), phone_index=index, elder_id=elder)[0].code
        self.house.inbox.accept("sandbox", f"IN{self.now:%Y%m%d%H%M%S}", phone, f"{code}{digit}", self.now)
        await self.settle()

    async def tell(self, workflow_id: str, message: Any) -> Any:
        handle = self.client.get_workflow_handle(workflow_id)
        reply = await handle.execute_update(message.kind, message, id=message.key)
        await self.settle()
        return reply

    def said(self, key: str, by: Actor, **more: Any) -> dict[str, Any]:
        return dict(key=key, actor=by, channel=Channel.CONSOLE, received_at=self.now, **more)


@asynccontextmanager
async def story(folder: Path, url: str | None = None) -> AsyncIterator[Story]:
    """A server that skips time, with a worker. `url`: the store, migrated; else a file in the folder."""
    if url is None:
        url = f"sqlite:///{folder / 'store.sqlite'}"
        database.migrate(url)
    env = await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(SERVER))
    async with env:
        told = Story(folder, env, url)
        await told.connect()
        with ThreadPoolExecutor(40) as pool:
            async with AsyncExitStack() as running:
                for worker in told.house.workers(told.client, pool):
                    await running.enter_async_context(worker)
                yield told
    told.engine.dispose()


async def begin(told: Story) -> datetime:
    """Everybody is enrolled on the 2nd of next month at 08:00, whatever today is."""
    told.now = await told.env.get_current_time()
    start = instant((civil_day(told.now).replace(day=1) + timedelta(days=32)).replace(day=2)) + timedelta(hours=8)
    await told.env.sleep(start - told.now)
    told.now = await told.env.get_current_time()
    register(told.engine, told.kept.sealer, civil_day(told.now))
    await told.enrol()
    return start


async def two_months(told: Story) -> None:
    """E1 answers 平安 each time, E2's month is missed, E3 goes to hospital."""
    start = await begin(told)
    await told.live(start + timedelta(days=2))
    await told.answer("V-1", "E1", 1)
    suspend = Suspend(
        **told.said("cmd-1", FIRST), reason=SuspendReason.HOSPITAL, review_on=civil_day(told.now) + timedelta(days=50)
    )
    await told.tell("case/E3", suspend)
    await told.tell("case/E3", ConfirmSuspension(**told.said("cmd-2", SECOND)))
    await told.live(start + timedelta(days=24))
    owed = rows(told.engine, t.table_of(t.EscalationRow), elder_id="E2")[0].id
    await told.tell(owed, Acknowledge(**told.said("cmd-3", FIRST)))
    month_end = instant((civil_day(start) + timedelta(days=32)).replace(day=1))
    await told.live(month_end + timedelta(hours=9))
    reached = Outcome.REACHED_BY_PHONE
    await told.tell(owed, Resolve(**told.said("cmd-4", FIRST), outcome=reached, visited_on=civil_day(told.now)))
    await told.live(month_end + timedelta(days=15))
    await told.answer("V-1", "E1", 1)
    await told.answer("V-2", "E2", 1)
    await told.live(told.now + timedelta(hours=36))


_TOLD: dict[str, Kept] = {}


async def two_months_told(folder: Path, databases: Databases | None = None) -> Kept:
    """The story, told once a process and dialect: the store it left, its histories read and replayed, the closed one
    archived. `databases`: where its store stands; else it is a file in the folder.
    """
    url = databases.migrated(folder) if databases is not None else f"sqlite:///{folder / 'store.sqlite'}"
    dialect = url.split(":", maxsplit=1)[0]
    if dialect not in _TOLD:
        if databases is None:
            database.migrate(url)
        async with story(folder, url) as told:
            await two_months(told)
            kept, store = told.kept, Store(told.engine, told.kept.sealer)
            kept.as_of = told.now
            runs = await histories.collect(told.client, store)
            kept.witnesses = await replay(runs, kept.converter)
            first = await histories.archive_closed(told.client, store, now=told.now)
            kept.archived = (first, await histories.archive_closed(told.client, store, now=told.now))
        kept.databases = databases if dialect == "postgresql" else None
        _TOLD[dialect] = kept
    return _TOLD[dialect]
