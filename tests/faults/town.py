"""A small town on a real dev server and a real store, whose parts can be killed, taken away, and given back.

One village, a volunteer or several, every rung of the ladder held; one visit was missed before (`missed.py`). The demo
pack with a month of an hour that began five minutes ago: a new case is asked for at once, and then nothing happens by
itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
from sqlalchemy import select
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from adapters import database, sms_sandbox
from adapters.database import reading
from adapters.sql_ledger import LEDGER
from audit.histories import collect
from audit.invariants import run_all
from audit.replay import replay
from audit.store import Store
from decisions.deadlines import civil_day
from demo.processes import Child
from embedded import HOUSE, EmbeddedServer, free_port
from models.messages import Message, Reply, ReportDanger, ReportVisit, RequestVisit, StreamQuestion
from models.tables import EscalationRow, TaskCode, table_of
from models.values import Actor, ActorKind, Channel, Evidence, Role, VisitResult
from settings import Settings
from tests.faults import clocks
from tests.faults.harm import Harm
from tests.faults.people import EXPIRY, MISSED, VOLUNTEER_PHONE, activate, enrol, found, phone_of, welcome
from wiring import House

HOUR = timedelta(hours=1)
ESCALATIONS = table_of(EscalationRow)
GUARD = 150  # seconds, more than the store is ever away; no assertion: what never comes ends the test, not CI
QUIET = 2  # seconds
BEGUN: list[Path] = []  # the folder that towns begin as a copy of; `missed.py` makes it
TASK_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED


class Town:
    def __init__(
        self, folder: Path, server: EmbeddedServer, every: timedelta, anchor_at: datetime, url: str | None
    ) -> None:
        self.server = server
        self.folder = folder
        self.settings = Settings(
            data_dir=folder, database_url=url, county="demo", temporal_address=server.address, every=every,
            anchor_at=anchor_at, strict_sandbox=True, web_port=free_port(), metrics_port=free_port(),
        )  # fmt: skip
        self.harm = Harm(folder)
        self.house = House(self.settings, busy_timeout_ms=database.BUSY_TIMEOUT_MS)  # as the worker's
        self.client: Client
        self.settled_at: datetime
        self._children: list[Child] = []

    # --- parts -------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def working(self, *, carried: bool = True) -> AsyncIterator[None]:
        """The worker, in this process, with the parts `house` has now; the letters are carried, or only the first."""
        with ThreadPoolExecutor(60) as threads:
            async with AsyncExitStack() as running:
                for worker in self.house.workers(self.client, threads):
                    await running.enter_async_context(worker)
                dispatch = self.house.dispatch(self.client)
                carrying = asyncio.create_task(dispatch.run() if carried else dispatch.dispatch_due())
                try:
                    yield
                finally:
                    dispatch.stop()
                    await carrying

    def worker(self, *dies_after: str) -> Child:
        """The worker as a process of its own, started; it kills itself after the commit of the last of these keys."""
        return self._part("worker", *dies_after)

    def web(self) -> Child:
        """The web process, started."""
        return self._part("web")

    def _part(self, name: str, *keys: str) -> Child:
        environment = self._environment()
        if self._hour.exists():
            environment |= clocks.goes_by(self._hour)
        if name == "worker":
            environment["TANFANG_METRICS_PORT"] = str(self.settings.metrics_port)
        child = Child(name, ["-m", "tests.faults.part", name, *keys], self.folder, environment)
        self._children.append(child)
        child.start()
        return child

    async def command(self, *words: str) -> tuple[int, str]:
        """`starter.py WORDS`: its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "starter.py", *words, cwd=HOUSE, env=self._environment(), stdout=PIPE, stderr=STDOUT
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    def clocks(self, by: str) -> None:
        """The clock of worker and web is off by so much (`-3d`, `+3h`); before they start, so that they go by it."""
        clocks.set_to(self._hour, by)

    @property
    def _hour(self) -> Path:
        return self.folder / "hour"

    def settle_in(self, url: str) -> None:
        """From here on the store is another one."""
        self.house.engine.dispose()
        self.settings = self.settings.model_copy(update={"database_url": url})
        self.house = House(self.settings, busy_timeout_ms=database.BUSY_TIMEOUT_MS)

    def _environment(self) -> dict[str, str]:
        s = self.settings
        return {
            **os.environ,
            "TANFANG_DATA_DIR": str(self.folder),
            "TANFANG_DATABASE_URL": s.store_url,
            "TANFANG_COUNTY": s.county,
            "TANFANG_TEMPORAL_ADDRESS": s.temporal_address,
            "TANFANG_WEB_PORT": str(s.web_port),
            "TANFANG_EVERY": f"PT{s.every.total_seconds():.3f}S" if s.every else "",
            "TANFANG_ANCHOR_AT": s.anchor_at.isoformat() if s.anchor_at else "",
            "TANFANG_STRICT_SANDBOX": "1",
        }

    def end(self) -> None:
        for child in self._children:
            child.stop()
        self.house.engine.dispose()

    # --- people ------------------------------------------------------------------------------------------------------

    def enrol(self, *elders: str, volunteers: int = 1) -> None:
        """Each becomes a case as soon as a worker carries the letter; the volunteers have them by turns."""
        enrol(self.house, elders, range(1, volunteers + 1))

    def texts(self) -> list[str]:
        return [body for _, phone, body in self.house.providers.sandbox.since("") if phone == VOLUNTEER_PHONE]

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

    def opened_escalations(self, of: str | None = None) -> list[str]:
        """The escalations that the cases of this story have opened; or that of one elder."""
        elder = ESCALATIONS.c.elder_id
        with reading(self.house.engine) as connection:
            theirs = elder == of if of else elder != MISSED
            return list(connection.execute(select(ESCALATIONS.c.id).where(theirs)).scalars())

    async def exists(self, workflow_id: str) -> bool:
        try:
            await self.status(workflow_id)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    # --- phones ------------------------------------------------------------------------------------------------------

    def codes(self) -> dict[str, tuple[str, int]]:
        """Each elder's phone and number, once a text has named them."""
        with reading(self.house.engine) as connection:
            index = {self.house.sealer.index("phone", phone_of(n)): phone_of(n) for n in range(1, 100)}
            rows = connection.execute(select(table_of(TaskCode))).all()
        return {row.elder_id: (index[row.phone_index], row.code) for row in rows if row.phone_index in index}

    async def post(self, http: httpx.AsyncClient, message_id: str, phone: str, body: str) -> None:
        """A text through the signed webhook, as a provider brings it: again and again until web says yes."""
        url = f"http://127.0.0.1:{self.settings.web_port}{sms_sandbox.INBOUND_PATH}"
        form = {"MessageSid": message_id, "From": phone, "To": "10690000", "Body": body}
        signed = {sms_sandbox.SIGNATURE_HEADER: sms_sandbox.sign(self.house.providers.sandbox_secret, url, form)}
        async with asyncio.timeout(GUARD):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.post(url, data=form, headers=signed)).status_code == 204:
                        return
                await asyncio.sleep(0.1)

    def effects(self) -> Counter[str]:
        """How many facts each message that came in has, by its id: `sms-<id>-<elder>` is their key."""
        with reading(self.house.engine) as connection:
            keys = connection.execute(select(LEDGER.c.stream, LEDGER.c.key).where(LEDGER.c.key.startswith("sms-")))
            return Counter(message_id for _, message_id in {(row.stream, row.key.split("-")[1]) for row in keys})

    # --- promises ----------------------------------------------------------------------------------------------------

    async def settled(self) -> float:
        """Until no letter is due, no text unread, none waiting to be sent. Answers the seconds it took."""
        began = datetime.now(UTC)
        self.settled_at = await nothing_in_flight(self.house)
        return (self.settled_at - began).total_seconds()

    async def keeps_every_promise(self) -> None:
        """All invariants 0 when all had settled, with grace 0; and each had something to look at."""
        store = Store(self.house.engine, self.house.sealer)
        witnesses = await replay(await collect(self.client, store), self.house.converter, plugins=[self.house.plugin])
        checks = await asyncio.to_thread(run_all, store, witnesses, as_of=self.settled_at)
        broken = {check.name: check.offending for check in checks if check.offending}
        assert not broken, broken
        assert not [check.name for check in checks if not check.examined]


async def nothing_in_flight(house: House) -> datetime:
    """The moment from which nothing was in flight any more."""

    async def nothing_due() -> bool:
        moments.append(datetime.now(UTC))
        if house.letterbox.in_flight(moments[-1]):
            return False
        await asyncio.sleep(QUIET)  # what a task decided before that moment may be recorded a little after it
        return not house.letterbox.in_flight(moments[-1])

    moments: list[datetime] = []
    await until(nothing_due, "all settled")
    return moments[-1]


def ending() -> bool:
    """Whether somebody has asked the task we are in to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def until(holds: Callable[[], object], what: str, *, within: float = GUARD) -> None:
    """Look again and again. Nothing is said about how long it takes; `within` only ends a test that would never end."""
    try:
        async with asyncio.timeout(within):
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
async def town(
    folder: Path,
    *elders: str,
    every: timedelta = HOUR,
    volunteers: int = 1,
    expiry: str = EXPIRY,
    url: str | None = None,
) -> AsyncIterator[Town]:
    """A town whose month is `every` long and began a twelfth of it ago; its `elders` have letters waiting.

    `expiry`: how long a text may go, which does not grow with the month. `url`: its store, migrated, and an engine that
    knows nothing; else store and engine are the copies of those in which a visit was missed.
    """
    if url is None:
        shutil.copytree(BEGUN[0], folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.log"))
    async with EmbeddedServer(folder) as server:
        made = Town(folder, server, every, datetime.now(UTC) - every / 12, url)
        if url is not None:
            found(made.house)
        activate(made.house, expiry)
        welcome(made.house, range(1, volunteers + 1))
        made.enrol(*elders, volunteers=volunteers)
        made.client = await made.house.connect()
        try:
            yield made
        finally:
            await asyncio.to_thread(made.end)
