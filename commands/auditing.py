"""What the console is told by audit. An entry point hands it over, so that no room below imports audit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.service import RPCError

from audit.evidence import Evidence, evidence
from audit.histories import found_at
from audit.known import Known, known_by, known_of
from audit.store import Store
from audit.timeline import Line, timeline
from wiring import House

HISTORY_WITHIN = timedelta(seconds=3)  # a page waits no longer for the engine


class Auditing:
    """`client` None: the engine is away, and what it remembers is looked for in the archive only."""

    def __init__(self, house: House, client: Client | None = None) -> None:
        self._house = house
        self._client = client

    @property
    def _store(self) -> Store:
        return Store(self._house.engine, self._house.sealer)

    def timeline(self, elder_id: str, as_of: datetime | None) -> Sequence[Line]:
        return timeline(self._store, elder_id, as_of)

    def known(self, elder_id: str, at: datetime) -> AbstractContextManager[Known]:
        return known_of(self._store, elder_id, at)

    def known_by(self, at: datetime, told: Callable[[int, int], None]) -> AbstractContextManager[Connection]:
        return known_by(self._store, at, told)

    def evidence(self, elder_id: str, of: str) -> Evidence | None:
        return evidence(self._store, elder_id, of)

    async def in_history(self, stream: str, seq: int) -> tuple[str, int] | None:
        """None: it cannot be said now."""
        try:
            async with asyncio.timeout(HISTORY_WITHIN.total_seconds()):
                return await found_at(self._client, self._store, stream, seq)
        except (RPCError, TimeoutError):
            return None
