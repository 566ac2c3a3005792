"""Puts the histories of ended runs away, long before the engine's retention deletes them."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from audit.histories import archive_closed
from audit.store import Store

log = structlog.get_logger()
EVERY = timedelta(minutes=30)


async def sweep(client: Client, store: Store, stop: asyncio.Event) -> None:
    """Now, and every half hour until `stop`. A store or engine that is away is tried again the next time."""
    while not stop.is_set():
        try:
            kept = await archive_closed(client, store)
            log.info("runs_archived", count=kept)
        except (RPCError, SQLAlchemyError) as error:
            log.warning("archive_waits", error=type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY.total_seconds())
