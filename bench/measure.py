"""The run: one server, one worker, and in turn our case, its texts, the bare month and the naive month, by rounds.

Every elder of a kind is due at the same instant, and whoever is asked answers at once, so a round is work and not
waiting. A month of our case has four stretches, each begun when the one before is at rest: the visits open; their
texts go out and are received; the replies come in and are recorded; the confirmations go out. The first and third
are timed as the case, the second and fourth as its texts: in a county they are hours or days apart.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.exc import OperationalError
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from adapters import database
from adapters.database import reading
from bench import county
from bench.bare import BareMonth
from bench.county import BenchHouse, elder_ids
from bench.naive import Month, NaiveMonth
from bench.processes import WorkerProcess, cpu_seconds, machine_cpu_seconds, pids_of
from demo.actors import codes_of
from embedded import EmbeddedServer
from models import ids
from models.tables import DigestRow, LetterRow, SandboxText, VisitRow, table_of
from models.texts import Receipt
from projections import read
from settings import Settings
from workflows.options import CASES as QUEUE

TEXTS, VISITS = table_of(SandboxText), table_of(VisitRow)
DIGESTS, LETTERS = table_of(DigestRow), table_of(LetterRow)
BARE_EVENTS = 9
NAIVE_EVENTS = 34
AT_ONCE = 60  # signals under way, as many as dispatch carries letters at once
LOOK = 0.05
NAIVE_AT = 0.6  # where in the period the naive months' timers end
ENROL_BEFORE = 0.3  # of a period: a case enrolled in a period's last third skips it
KINDS = ("case", "texts", "bare", "naive")
Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """`every`: a period, and so a round of all three kinds; `elders_each`: how many one volunteer visits."""

    elders: int = 240
    rounds: int = 4
    every: timedelta = timedelta(seconds=48)
    elders_each: int = 8


@dataclass
class Round:
    """What one round of one kind took: seconds of the clock, and CPU seconds by process."""

    seconds: float
    cpu: dict[str, float]

    def __add__(self, other: Round) -> Round:
        return Round(self.seconds + other.seconds, {name: self.cpu[name] + other.cpu[name] for name in self.cpu})


@dataclass
class Histories:
    """What the engine keeps of one elder-month."""

    events: float
    tasks: float
    size: float


@dataclass
class Measured:
    plan: Plan
    folder: Path
    rounds: dict[str, list[Round]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    histories: dict[str, Histories] = field(default_factory=dict[str, Histories])
    store_bytes: float = 0.0
    store_locked: int = 0  # posts to the webhook that found the store locked for its whole busy time-out
    other_share: float = 0.0  # of the machine's CPU, used by others during the run
    load_before: float = 0.0
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def rate(self, kind: str) -> float:
        """Elder-months a second over all rounds."""
        rounds = self.rounds[kind]
        return self.plan.elders * len(rounds) / sum(one.seconds for one in rounds)

    @property
    def whole_rate(self) -> float:
        """Elder-months a second of our case together with every text of it."""
        seconds = sum(one.seconds for kind in ("case", "texts") for one in self.rounds[kind])
        return self.plan.elders * len(self.rounds["case"]) / seconds

    def rates(self, kind: str) -> list[float]:
        return [self.plan.elders / one.seconds for one in self.rounds[kind]]

    def cpu_ms(self, kind: str, process: str) -> float:
        rounds = self.rounds[kind]
        return 1000 * sum(one.cpu[process] for one in rounds) / (self.plan.elders * len(rounds))


class TooSlow(Exception):
    """A round did not end before the next had to begin: take a longer period (`--every`), or fewer elders."""


async def measure(plan: Plan, folder: Path, say: Say) -> Measured:
    """Everything but the record path. Leaves the store in `folder`."""
    measured = Measured(plan, folder, load_before=os.getloadavg()[0])
    async with EmbeddedServer(folder) as server:
        house = BenchHouse(Settings(data_dir=folder, county="demo", temporal_address=server.address, every=plan.every))
        database.migrate(house.settings.store_url)
        county.found(house, plan.elders, plan.elders_each)
        anchor = datetime.now(UTC) + plan.every  # set late, so that a slow start takes nothing from the first month
        settings = house.settings = house.settings.model_copy(update={"anchor_at": anchor})
        async with WorkerProcess(settings) as worker:
            bench = Bench(plan, house, await house.connect(), worker, pids_of(server, worker), anchor, say)
            say("starting")
            await bench.warm_up()
            await bench.all_rounds(measured)
        house.engine.dispose()
    return measured


class Bench:
    def __init__(
        self,
        plan: Plan,
        house: BenchHouse,
        client: Client,
        worker: WorkerProcess,
        pids: dict[str, int],
        anchor: datetime,
        say: Say,
    ) -> None:
        self._plan = plan
        self._house = house
        self._client = client
        self._worker = worker
        self._notices = worker.notices
        self._pids = pids
        self._anchor = anchor
        self._say = say
        self._gateway = house.gateway(client)
        self.store_locked = 0
        self._seen: set[str] = set()
        self._answered = 0
        self._elders = elder_ids(plan.elders)
        self._gate = asyncio.Semaphore(AT_ONCE)

    # --- before ------------------------------------------------------------------------------------------------------

    async def warm_up(self) -> None:
        """Start everything. Cases are enrolled so late in their period that they skip it, and open at the anchor."""
        naive_ends = self._anchor + self._plan.every * NAIVE_AT
        async with self._until_limit(self._anchor, "starting"):
            await asyncio.gather(*(self._start(elder, naive_ends) for elder in self._elders))
            await self._hear("bare", "waits")
            await self._naive_month()
            await _until(self._anchor - self._plan.every * ENROL_BEFORE)
            await asyncio.to_thread(county.enrol, self._house, self._plan.elders)
            await self._until_opened()

    async def _start(self, elder: str, naive_ends: datetime) -> None:
        async with self._gate:
            await self._client.start_workflow(BareMonth.run, elder, id=f"bare/{elder}", task_queue=QUEUE)
            month = Month(elder=elder, ends_at=naive_ends, every=self._plan.every)
            await self._client.start_workflow(NaiveMonth.run, month, id=f"naive/{elder}", task_queue=QUEUE)

    async def _until_opened(self) -> None:
        def opened() -> bool:
            with reading(self._house.engine) as connection:
                return len(read.cases(connection)) == self._plan.elders

        await _until_seen(opened)

    # --- the rounds --------------------------------------------------------------------------------------------------

    async def all_rounds(self, measured: Measured) -> None:
        """The first round is not counted: caches are filled, modules imported, every case has met its policy."""
        self._say(f"warming up: {self._plan.elders} elders of each kind, one month")
        await self._round(0)
        before, pages = await self._case_sizes(), self._store_bytes()
        began, used, ours = time.monotonic(), machine_cpu_seconds(), self._ours()
        for n in range(1, self._plan.rounds + 1):
            for kind, round_ in (await self._round(n)).items():
                measured.rounds[kind].append(round_)
            rates = ", ".join(f"{kind} {measured.rates(kind)[-1]:.1f}/s" for kind in KINDS)
            self._say(f"round {n} of {self._plan.rounds}: {rates}")
        cores = (os.cpu_count() or 1) * (time.monotonic() - began)
        measured.other_share = max(0.0, machine_cpu_seconds() - used - (self._ours() - ours)) / cores
        await self._weigh(measured, before, pages)

    async def _round(self, n: int) -> dict[str, Round]:
        opens_at = self._anchor + n * self._plan.every
        naive_at = opens_at + self._plan.every * NAIVE_AT
        if datetime.now(UTC) > opens_at:
            raise TooSlow(f"round {n} opened before the one before it was weighed")
        await _until(opens_at)
        async with self._until_limit(naive_at, f"round {n}: cases and bare months"):
            case, texts = await self._case_month(f"t{n}")
            bare = await self._timed(self._bare_month)
        await _until(naive_at)
        async with self._until_limit(opens_at + self._plan.every, f"round {n}: naive months"):
            naive = await self._timed(self._naive_month)
        return {"case": case, "texts": texts, "bare": bare, "naive": naive}

    @asynccontextmanager
    async def _until_limit(self, limit: datetime, what: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout((limit - datetime.now(UTC)).total_seconds()):
                yield
        except TimeoutError:
            seconds = self._plan.every.total_seconds()
            raise TooSlow(f"{what}: not done within periods of {seconds:.0f} s (see also worker.log)") from None

    def _ours(self) -> float:
        return sum(cpu_seconds(pid) for pid in self._pids.values())

    async def _timed(self, round_: Callable[[], Awaitable[None]]) -> Round:
        used = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        began = time.monotonic()
        await round_()
        seconds = time.monotonic() - began
        return Round(seconds, {name: cpu_seconds(pid) - used[name] for name, pid in self._pids.items()})

    # --- the yardsticks ----------------------------------------------------------------------------------------------

    async def _bare_month(self) -> None:
        await asyncio.gather(*(self._tell(f"bare/{elder}", BareMonth.told) for elder in self._elders))
        await self._hear("bare", "waits")

    async def _naive_month(self) -> None:
        waits, told = self._notices.of("naive", "waits"), list[asyncio.Task[None]]()
        for _ in self._elders:
            elder = await waits.get()
            told.append(asyncio.create_task(self._tell(f"naive/{elder}", NaiveMonth.told)))
        await asyncio.gather(*told)
        await self._hear("naive", "done")

    async def _tell(self, workflow_id: str, signal: Any) -> None:
        async with self._gate:
            await self._client.get_workflow_handle(workflow_id).signal(signal)

    async def _hear(self, kind: str, what: str) -> None:
        notices = self._notices.of(kind, what)
        for _ in self._elders:
            await notices.get()

    # --- our case ----------------------------------------------------------------------------------------------------

    async def _case_month(self, period: str) -> tuple[Round, Round]:
        """The month of every case: what the case did, and what its texts did."""
        await self._worker.hold_texts()
        opened = await self._timed(lambda: self._until_visits(period, "open"))
        asked: list[tuple[str, int]] = []

        async def carried() -> None:
            asked.extend(await self._texts_carried())

        sent = await self._timed(lambda: self._while_texts_go(carried))
        if len(asked) != self._plan.elders:
            raise AssertionError(f"{len(asked)} elders were asked for, not {self._plan.elders}")
        answered = await self._timed(lambda: self._answered_all(asked, period))
        confirmed = await self._timed(lambda: self._while_texts_go(self._texts_carried))
        return opened + answered, sent + confirmed

    async def _until_visits(self, period: str, state: str) -> None:
        def there() -> bool:
            return self._count(VISITS, VISITS.c.period_id == period, VISITS.c.state == state) == self._plan.elders

        await _until_seen(there)

    async def _answered_all(self, asked: list[tuple[str, int]], period: str) -> None:
        """Each elder in a text of its own, the dearest way to answer, stored as the webhook stores it."""
        for phone, code in asked:
            self._answered += 1
            await self._posted(self._reply, f"SM{self._answered:08}", phone, f"{code}1")
        await self._until_visits(period, "done")
        await _until_seen(lambda: not self._count(LETTERS, LETTERS.c.kind == "update", LETTERS.c.state == "due"))

    def _count(self, table: Table, *where: ColumnElement[bool]) -> int:
        with reading(self._house.engine) as connection:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    async def _while_texts_go(self, carried: Callable[[], Awaitable[Any]]) -> None:
        await self._worker.let_texts_go()
        await carried()
        await self._worker.hold_texts()

    async def _texts_carried(self) -> list[tuple[str, int]]:
        """Play phones and provider until every text is delivered. Answers whom they asked for: (phone, code)."""
        asked: list[tuple[str, int]] = []
        while True:
            texts = await asyncio.to_thread(self._new_texts)
            asked += [(phone, code) for _, phone, body in texts for code in codes_of(body)]
            await asyncio.gather(*(self._received(message_id) for message_id, _, _ in texts))
            if not texts and await asyncio.to_thread(self._at_rest):
                return asked
            await asyncio.sleep(LOOK)

    def _new_texts(self) -> list[tuple[str, str, str]]:
        with reading(self._house.engine) as connection:
            known = connection.execute(select(TEXTS.c.id)).scalars()
            new = [id_ for id_ in known if id_ not in self._seen]
            rows = connection.execute(select(TEXTS).where(TEXTS.c.id.in_(new))).all() if new else []
        self._seen.update(new)
        opened = self._house.sealer.open
        return [(row.id, opened(row.phone_enc), opened(row.body_enc)) for row in rows]

    async def _received(self, message_id: str) -> None:
        """What the webhook does with the provider's receipt."""
        digest_id = await self._posted(self._receipt, message_id)
        while digest_id is None:  # the phone may hold a text before it is written down here that it was accepted
            await asyncio.sleep(LOOK)
            digest_id = await self._posted(self._receipt, message_id)
        await self._gateway.receipt(digest_id, Receipt(key=f"receipt-{message_id}", status="delivered", why=None))

    def _receipt(self, message_id: str) -> str | None:
        return self._house.texts.receipt(message_id, "delivered", None, datetime.now(UTC))

    async def _posted(self, take: Callable[..., T], *said: str) -> T:
        """The webhook answers 500 when the store is locked for longer than it waits; a provider posts again."""
        while True:
            try:
                return await asyncio.to_thread(take, *said)
            except OperationalError:
                self.store_locked += 1

    def _reply(self, message_id: str, phone: str, body: str) -> bool:
        return self._house.inbox.accept("sandbox", message_id, phone, body, datetime.now(UTC))

    def _at_rest(self) -> bool:
        """As of a burst from now, so that a confirmation that waits for its neighbours is waited for."""
        on_their_way = self._count(DIGESTS, DIGESTS.c.state != "delivered")
        return not on_their_way and not self._house.letterbox.in_flight(datetime.now(UTC) + county.BURST)

    # --- what it weighs ----------------------------------------------------------------------------------------------

    async def _case_sizes(self) -> tuple[int, int, int]:
        """Events, tasks and bytes of all cases up to now."""
        return await self._sum([(ids.case_stream(elder), None) for elder in self._elders])

    async def _sum(self, runs: list[tuple[str, str | None]]) -> tuple[int, int, int]:
        found = await asyncio.gather(*(self._weigh_run(*run) for run in runs))
        return sum(one[0] for one in found), sum(one[1] for one in found), sum(one[2] for one in found)

    async def _weigh_run(self, workflow_id: str, run_id: str | None) -> tuple[int, int, int]:
        async with self._gate:
            handle = self._client.get_workflow_handle(workflow_id, run_id=run_id)
            history = await handle.fetch_history()
            info = (await handle.describe()).raw_description.workflow_execution_info
        tasks = sum(1 for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
        return len(history.events), tasks, info.history_size_bytes

    async def _weigh(self, measured: Measured, before: tuple[int, int, int], pages: int) -> None:
        """Each whole month of the yardsticks must have its events; our case's are counted from its histories."""
        plan, months = self._plan, self._plan.elders * self._plan.rounds
        after = await self._case_sizes()
        measured.histories["case"] = Histories(*((b - a) / months for a, b in zip(before, after, strict=True)))
        texts = await self._runs("DigestWorkflow", WorkflowExecutionStatus.COMPLETED)
        share = len(texts) / (plan.elders * (plan.rounds + 1))  # the warm-up's month has its texts too
        weight = [value / max(1, len(texts)) for value in await self._sum(texts)]
        measured.histories["texts"] = Histories(*(value * share for value in weight))
        for kind, name, events in (("bare", "BareMonth", BARE_EVENTS), ("naive", "NaiveMonth", NAIVE_EVENTS)):
            runs = await self._runs(name, WorkflowExecutionStatus.CONTINUED_AS_NEW)
            weights = await asyncio.gather(*(self._weigh_run(*run) for run in runs))
            if len(runs) < plan.elders * plan.rounds or {one[0] for one in weights} != {events}:
                raise AssertionError(f"a {kind} month has {events} events, not {sorted({one[0] for one in weights})}")
            measured.histories[kind] = Histories(*(sum(one[n] for one in weights) / len(runs) for n in range(3)))
        measured.store_locked = self.store_locked
        measured.store_bytes = (self._store_bytes() - pages) / months

    async def _runs(self, name: str, status: WorkflowExecutionStatus) -> list[tuple[str, str | None]]:
        listed = self._client.list_workflows(f"WorkflowType = '{name}'")
        return [(one.id, one.run_id) async for one in listed if one.status is status]

    def _store_bytes(self) -> int:
        with reading(self._house.engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())


async def _until_seen(there: Callable[[], bool]) -> None:
    while True:  # another process writes what is looked at, so no event of ours can tell
        if await asyncio.to_thread(there):
            return
        await asyncio.sleep(LOOK)


async def _until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
