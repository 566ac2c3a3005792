"""Puts the histories of ended runs away, long before the engine's retention deletes them, and says when it is late."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from audit.histories import KEPT, archive_closed
from audit.store import ARCHIVED, Store, snapshot
from post.dispatch import place

log = structlog.get_logger()
EVERY = timedelta(minutes=30)
LATE_AFTER = 0.5  # of the namespace's retention: as much again is left to mend it
LATE_RUNS = "tanfang_archive_late_runs"


async def sweep(
    client: Client,
    store: Store,
    stop: asyncio.Event,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Now, and every half hour until `stop`. Whatever fails is tried again the next time."""
    while not stop.is_set():
        await sweep_once(client, store, now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY.total_seconds())


async def sweep_once(client: Client, store: Store, now: datetime) -> None:
    """Archive what has ended; then, whether that went well or not, raise the alarm for what is late."""
    try:
        kept = await archive_closed(client, store, now=now)
        log.info("runs_archived", count=kept)
    except Exception as error:  # noqa: BLE001 — store, engine or key: no error may end the sweep of a whole process
        log.warning("archive_waits", error=type(error).__name__, where=place(error))
    try:
        await _alarm(client, store, now)
    except Exception as error:  # noqa: BLE001 — the same; who hears neither archive nor alarm is told at least this
        log.warning("archive_unwatched", error=type(error).__name__, where=place(error))


async def _alarm(client: Client, store: Store, now: datetime) -> None:
    retention = await retention_of(client)
    late = await late_runs(client, store, now - retention * LATE_AFTER)
    runtime = client.service_client.config.runtime or Runtime.default()
    runtime.metric_meter.create_gauge(LATE_RUNS, "Closed runs not archived by half of the retention").set(len(late))
    if late:
        log.error(
            "archive_late",
            count=len(late),
            oldest_closed_at=min(late).isoformat(),
            deleted_from=(min(late) + retention).isoformat(),
        )


async def retention_of(client: Client) -> timedelta:
    """How long the engine keeps a run of our namespace after it has closed."""
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    answer = await client.workflow_service.describe_namespace(asked)
    return answer.config.workflow_execution_retention_ttl.ToTimedelta()


async def late_runs(client: Client, store: Store, limit: datetime) -> list[datetime]:
    """When each run closed that did so before `limit` and is not in the archive."""
    types = " OR ".join(f"WorkflowType = '{name}'" for name in KEPT)
    query = f"({types}) AND ExecutionStatus != 'Running' AND CloseTime < '{limit.isoformat()}'"
    try:
        closed = {(run.id, run.run_id): run.close_time async for run in client.list_workflows(query)}
    except RPCError as error:
        if (
            error.status is RPCStatusCode.UNIMPLEMENTED
        ):  # the time-skipping test server has no list, and deletes nothing
            return []
        raise
    archived = await asyncio.to_thread(_archived, store)
    return [at for key, at in closed.items() if key not in archived and at is not None]


def _archived(store: Store) -> set[tuple[str, str]]:
    with snapshot(store) as held:
        rows = held.connection.execute(select(ARCHIVED.c.workflow_id, ARCHIVED.c.run_id))
        return {(row.workflow_id, row.run_id) for row in rows}
