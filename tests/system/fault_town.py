"""A small town on a real dev server and a real store, whose parts can be killed, taken away, and given back.

One village, one volunteer, every rung of the ladder held. The demo pack with a month of an hour that began five minutes
ago: a new case is asked for at once, and then nothing happens by itself.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import insert, select
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from adapters import database
from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from audit.histories import collect
from audit.replay import replay
from audit.store import Store
from audit.verify import Report, verify
from decisions.deadlines import civil_day
from demo.processes import Child
from embedded import EmbeddedServer
from models import ids
from models.letters import StartCase
from models.messages import Message, Reply, ReportDanger, ReportVisit, RequestVisit, StreamQuestion
from models.tables import Area, Elder, Pairing, Post, Staff, Volunteer, table_of
from models.values import Actor, ActorKind, Channel, Evidence, Role, VisitResult
from settings import Settings
from wiring import House

COUNTY = "county-demo"
HOUR = timedelta(hours=1)
VOLUNTEER_PHONE = "+8619200000001"
LADDER = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER)
LONG_AGO = date(2020, 1, 1)
TABLES = table_of(Area).metadata.tables
GUARD = 150  # seconds, more than the store is ever away; no assertion: what never comes ends the test, not CI
TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED


class Town:
    def __init__(self, folder: Path, server: EmbeddedServer, every: timedelta, anchor_at: datetime) -> None:
        self.server = server
        self.folder = folder
        self.settings = Settings(
            data_dir=folder, county="demo", temporal_address=server.address, every=every, anchor_at=anchor_at,
            strict_sandbox=True,
        )  # fmt: skip
        self.house = House(self.settings, busy_timeout_ms=database.BUSY_TIMEOUT_MS)  # as the worker's
        self.client: Client
        self._children: list[Child] = []

    # --- parts -------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker, in this process, with the parts `house` has now; the letters are carried."""
        with ThreadPoolExecutor(60) as threads:
            async with AsyncExitStack() as running:
                for worker in self.house.workers(self.client, threads):
                    await running.enter_async_context(worker)
                dispatch = self.house.dispatch(self.client)
                carrying = asyncio.create_task(dispatch.run())
                try:
                    yield
                finally:
                    dispatch.stop()
                    await carrying

    def worker(self, *dies_after: str) -> Child:
        """The worker as a process of its own, started; it kills itself after the commit of the last of these keys."""
        environment = {
            **os.environ,
            "TANFANG_DATA_DIR": str(self.folder),
            "TANFANG_COUNTY": "demo",
            "TANFANG_TEMPORAL_ADDRESS": self.server.address,
            "TANFANG_EVERY": f"PT{self.settings.every.total_seconds():.3f}S" if self.settings.every else "",
            "TANFANG_ANCHOR_AT": self.settings.anchor_at.isoformat() if self.settings.anchor_at else "",
            "TANFANG_STRICT_SANDBOX": "1",
        }
        child = Child("worker", ["-m", "tests.system.fault_worker", *dies_after], self.folder, environment)
        self._children.append(child)
        child.start()
        return child

    def end(self) -> None:
        for child in self._children:
            child.stop()
        self.house.engine.dispose()

    # --- people ------------------------------------------------------------------------------------------------------

    def enrol(self, *elders: str) -> None:
        """Each becomes a case as soon as a worker carries the letter."""
        seal, now = self.house.sealer.seal, datetime.now(UTC)
        with writing(self.house.engine) as c:
            for n, elder in enumerate(elders):
                c.execute(
                    insert(table_of(Elder)).values(
                        id=elder, county_id=COUNTY, township_id="T1", village_id="W1", household_id=f"H-{elder}",
                        name_enc=seal(f"王示{chr(0x4E00 + n)}"), id_number_enc=seal("0"), id_number_index=f"x{elder}",
                        tail_index=f"x{elder}", phone_textable=False, born_on_enc=seal("1940-01-01"), sex="F",
                        standing="case", standing_reason="special_difficulty", start_on=LONG_AGO, updated_at=now,
                    )
                )  # fmt: skip
                c.execute(insert(table_of(Pairing)).values(volunteer_id="V-1", elder_id=elder, from_on=LONG_AGO))
                start = StartCase(
                    workflow_id=ids.case_stream(elder), elder_id=elder, county_id=COUNTY, township_id="T1"
                )
                insert_letter(c, self.house.sealer, f"start-{elder}", start, now)

    def texts(self) -> list[str]:
        return [body for _, phone, body in self.house.sandbox.since("") if phone == VOLUNTEER_PHONE]

    # --- asking ------------------------------------------------------------------------------------------------------

    async def ask(self, workflow_id: str, message: Message) -> Reply:
        """As any caller: ask again under the same id until there is an answer."""
        kind: str = getattr(message, "kind", "")
        async with asyncio.timeout(GUARD):
            while True:
                try:
                    return await self.client.get_workflow_handle(workflow_id).execute_update(
                        kind, message, id=message.key, result_type=Reply
                    )
                except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
                    if ending():  # the SDK tells our own cancellation as its time-out
                        raise asyncio.CancelledError from None
                    await asyncio.sleep(0.2)

    async def status(self, workflow_id: str) -> WorkflowExecutionStatus | None:
        return (await self.client.get_workflow_handle(workflow_id).describe()).status

    async def history(self, workflow_id: str) -> list[HistoryEvent]:
        return list((await self.client.get_workflow_handle(workflow_id).fetch_history()).events)

    async def tasks_failed(self, workflow_id: str) -> int:
        return sum(1 for event in await self.history(workflow_id) if event.event_type == TASK_FAILED)

    def recorded(self, stream: str) -> list[tuple[str, str]]:
        """Key and kind of each fact of a stream."""
        page = self.house.ledger.events_after(StreamQuestion(stream=stream, after_seq=0))
        return [(recorded.key, recorded.event.kind) for recorded in page.events]

    def kinds(self, stream: str) -> list[str]:
        return [kind for _, kind in self.recorded(stream)]

    def opened_escalations(self) -> list[str]:
        """The escalations that cases have opened."""
        escalations = TABLES["escalation_row"]
        with reading(self.house.engine) as connection:
            return list(connection.execute(select(escalations.c.id)).scalars())

    async def exists(self, workflow_id: str) -> bool:
        try:
            await self.status(workflow_id)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def audited(self) -> Report:
        """`audit verify` over everything, with replay."""
        as_of = datetime.now(UTC)
        store = Store(self.house.engine, self.house.sealer)
        runs = await collect(self.client, store)
        witnesses = await replay(runs, self.house.converter, plugins=[self.house.plugin])
        return await asyncio.to_thread(verify, store, witnesses, as_of=as_of)


def ending() -> bool:
    """Whether somebody has asked the task we are in to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def until(holds: Callable[[], object], what: str) -> None:
    """Look again and again. Nothing is said about how long it takes; `GUARD` only ends a test that would never end."""
    try:
        async with asyncio.timeout(GUARD):
            while True:
                answer = holds()
                if await cast("Awaitable[object]", answer) if inspect.isawaitable(answer) else answer:
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"this never came: {what}") from None


def actor(role: Role = Role.GRID_WORKER) -> Actor:
    return Actor(id=f"S-{role.value}", kind=ActorKind.STAFF, role=role)


def said(key: str) -> dict[str, Any]:
    return dict(key=key, actor=actor(), channel=Channel.CONSOLE, received_at=datetime.now(UTC))


def report(key: str) -> ReportVisit:
    now = datetime.now(UTC)
    return ReportVisit(
        **said(key), visitor_id="S-grid_worker", result=VisitResult.WELL, visited_on=today(), visited_at=now,
        evidence=Evidence.PAPER_FORM,
    )  # fmt: skip


def request(key: str) -> RequestVisit:
    return RequestVisit(**said(key))


def danger(key: str) -> ReportDanger:
    return ReportDanger(**said(key))


def today() -> date:
    return civil_day(datetime.now(UTC))


@asynccontextmanager
async def town(folder: Path, *elders: str, every: timedelta = HOUR) -> AsyncIterator[Town]:
    """A town whose month is `every` long and began a twelfth of it ago; its `elders` have letters waiting."""
    async with EmbeddedServer(folder) as server:
        made = Town(folder, server, every, datetime.now(UTC) - every / 12)
        database.migrate(made.settings.store_url)  # not in a thread: alembic migrates one store at a time
        _people(made.house)
        made.enrol(*elders)
        made.client = await made.house.connect()
        try:
            yield made
        finally:
            await asyncio.to_thread(made.end)


def _people(house: House) -> None:
    seal, index = house.sealer.seal, house.sealer.index
    house.activate_policy("demo", LONG_AGO, "test")
    with writing(house.engine) as c:
        for id_, kind, name, parent in (
            (COUNTY, "county", "示范县", None),
            ("T1", "township", "示例镇", COUNTY),
            ("W1", "village", "示例一村", "T1"),
        ):
            c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=name, parent_id=parent, from_on=LONG_AGO))
        c.execute(
            insert(table_of(Volunteer)).values(
                id="V-1", county_id=COUNTY, township_id="T1", village_id="W1", name_enc=seal("周示甲"), sex="F",
                phone_enc=seal(VOLUNTEER_PHONE), phone_index=index("phone", VOLUNTEER_PHONE), capacity=200,
                standing="", consented_on=LONG_AGO,
            )
        )  # fmt: skip
        for n, role in enumerate(LADDER):
            phone = f"+861920000001{n}"
            c.execute(
                insert(table_of(Staff)).values(
                    id=f"S-{role.value}", county_id=COUNTY, name_enc=seal("吴示乙"), phone_enc=seal(phone),
                    phone_index=index("phone", phone),
                )
            )  # fmt: skip
            area = {Role.TOWNSHIP_OFFICER: "T1", Role.COUNTY_OFFICER: COUNTY}.get(role, "W1")
            c.execute(
                insert(table_of(Post)).values(
                    id=f"P-{role.value}", role=role.value, area_id=area, holder_id=f"S-{role.value}"
                )
            )
