"""One check, of a case or of a county: histories first, then the store; and the same beside a web process.

Replaying is work for a processor: a moment for a case, minutes where a county is large. It is never done in the loop
that answers people. Whoever does it finds the order in its row, and writes there how far it is, and what it found.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Semaphore, Thread

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.service import RPCError

import wiring
from adapters import logs
from adapters.sql_checks import SqlChecks
from audit.heads import Ours, anybody, of_county
from audit.histories import collect, is_of
from audit.replay import Witness, replay
from audit.store import Store
from audit.verify import Report, verify
from models.checks import Check, CheckedRun, CheckFailure, CheckPhase, CheckResult, Differs
from post.dispatch import place
from post.gateway import EngineAway
from settings import Settings
from wiring import House

GRACE = timedelta(seconds=30)
BEAT = 1.0  # seconds
BEHIND_PEOPLE = 5  # how much nicer than the web process, which answers people meanwhile
MOST = 200  # differences told
AT_ONCE = 2  # cases
GATE = Semaphore(AT_ONCE)
SPAWN = multiprocessing.get_context("spawn")
log = structlog.get_logger()


@dataclass
class Progress:
    phase: CheckPhase = CheckPhase.BEGUN
    done: int = 0
    total: int = 0

    def at(self, phase: CheckPhase, done: int = 0, total: int = 0) -> None:
        self.phase, self.done, self.total = phase, done, total


async def witnesses_of(
    house: House, client: Client, case: str | None, ours: Ours = anybody, progress: Progress | None = None
) -> list[Witness]:
    """Every history of a case, of a county or of all, told again."""
    at = progress or Progress()
    at.at(CheckPhase.COLLECT)
    store = Store(house.engine, house.sealer)
    runs = [run for run in await collect(client, store, case) if ours(run.workflow_id)]
    at.at(CheckPhase.REPLAY, 0, len(runs))
    return await replay(
        runs, house.converter, plugins=[house.plugin], told=lambda n: at.at(CheckPhase.REPLAY, n, len(runs))
    )


async def look(
    house: House, client: Client, case: str | None, as_of: datetime, ours: Ours = anybody,
    progress: Progress | None = None,
) -> tuple[Report, Sequence[Witness]]:  # fmt: skip
    """Raises RPCError when the engine goes away."""
    at = progress or Progress()
    witnesses = await witnesses_of(house, client, case, ours, at)
    at.at(CheckPhase.COMPARE)
    store = Store(house.engine, house.sealer)
    report = await asyncio.to_thread(verify, store, witnesses, case, as_of=as_of, grace=GRACE, ours=ours)
    return report, witnesses


def result_of(
    report: Report, witnesses: Sequence[Witness], case: str | None, ours: Ours = anybody
) -> tuple[bool, CheckResult]:  # fmt: skip
    """Whether all of it agrees, and what is kept of it."""
    differ = [finding for finding in report.findings if ours(finding.stream)]
    result = CheckResult(
        examined={name.value: count for name, count in report.examined.items()},
        differ=tuple(Differs(**finding._asdict()) for finding in differ[:MOST]), more=max(0, len(differ) - MOST),
        in_flight=report.in_flight,
        runs=tuple(_run_of(one) for one in witnesses if case is not None and is_of(one.run.workflow_id, case)),
        types=dict(sorted(Counter(one.run.workflow_type for one in witnesses).items())),
    )  # fmt: skip
    return not differ and not report.unexamined, result


def _run_of(witness: Witness) -> CheckedRun:
    run = witness.run
    return CheckedRun(
        workflow_id=run.workflow_id, run_id=run.run_id, workflow_type=run.workflow_type, events=len(run.events),
        is_open=run.open, archived=run.archived, fits=witness.failure is None,
    )  # fmt: skip


# --- beside the web process ------------------------------------------------------------------------------------------


def begin(settings: Settings, check_id: str, *, of_case: bool) -> None:
    """A case is replayed in a moment, in a thread with a loop of its own; a county in a process of its own."""
    if of_case:
        Thread(target=live, args=(settings, check_id, GATE), name=check_id, daemon=True).start()
    else:
        SPAWN.Process(target=apart, args=(settings, check_id), name=check_id, daemon=True).start()


def apart(settings: Settings, check_id: str) -> None:
    os.nice(BEHIND_PEOPLE)
    logs.configure()
    live(settings, check_id)


def live(settings: Settings, check_id: str, gate: Semaphore | None = None) -> None:
    """The order is its row; what comes of it is written there. One that has ended is left as it is."""
    house = House(settings)
    checks = SqlChecks(house.engine)
    try:
        with _turn(gate, checks, check_id):
            asked = checks.get(check_id)
            if asked is not None and asked.ended_at is None:
                asyncio.run(_live(house, checks, asked))
    finally:
        house.engine.dispose()


@contextmanager
def _turn(gate: Semaphore | None, checks: SqlChecks, check_id: str) -> Generator[None]:
    """Waited for as a sign of life is given: one that waits is not lost."""
    while gate is not None and not gate.acquire(timeout=BEAT):
        _said_to_live(checks, check_id, Progress())
    try:
        yield
    finally:
        if gate is not None:
            gate.release()


async def _live(house: House, checks: SqlChecks, asked: Check) -> None:
    progress, begun = Progress(), time.monotonic()
    beating = asyncio.create_task(_beat(checks, asked.id, progress))
    failure, clean, result = None, None, None
    try:
        client = await _connected(house)
        ours = await asyncio.to_thread(of_county, Store(house.engine, house.sealer), asked.county_id)
        report, witnesses = await look(house, client, asked.elder_id, asked.begun_at, ours, progress)
        clean, result = result_of(report, witnesses, asked.elder_id, ours)
    except (RPCError, EngineAway) as error:
        log.warning("check_without_engine", check_id=asked.id, error=type(error).__name__, where=place(error))
        failure = CheckFailure.ENGINE_AWAY
    except Exception as error:  # noqa: BLE001 — whoever waits for it is told that it broke
        log.error("check_broke", check_id=asked.id, error=type(error).__name__, where=place(error))
        failure = CheckFailure.BROKE
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    ended_at = asked.begun_at + timedelta(seconds=time.monotonic() - begun)
    await asyncio.to_thread(checks.end, asked.id, ended_at, failure, clean, result)


async def _connected(house: House) -> Client:
    """Raises EngineAway, RPCError."""
    try:
        return await house.connect()
    except RuntimeError as error:
        raise EngineAway(type(error).__name__) from error


async def _beat(checks: SqlChecks, check_id: str, progress: Progress) -> None:
    while True:
        await asyncio.to_thread(_said_to_live, checks, check_id, progress)
        await asyncio.sleep(BEAT)


def _said_to_live(checks: SqlChecks, check_id: str, at: Progress) -> None:
    """What the store does not hear this time it hears the next: nothing of the check depends on it."""
    try:
        checks.beat(check_id, at.phase, at.done, at.total, wiring.now())
    except DBAPIError as error:
        log.warning("check_beat_unheard", check_id=check_id, error=type(error).__name__)
