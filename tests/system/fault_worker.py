"""A worker that kills itself right after the commit of `record`, when the last of the keys it is given is written.

`python -m tests.system.fault_worker KEY…`; with no key it is an ordinary worker. Started by `fault_town.Town.worker`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from adapters.database import BUSY_TIMEOUT_MS
from adapters.sql_ledger import SqlLedger
from models.events import RecordReply, RecordRequest
from settings import Settings
from wiring import House
from worker import work

KILLED = 9


class DyingLedger(SqlLedger):
    """The store has committed; nobody will ever hear of it."""

    deadly: frozenset[str] = frozenset()

    def record_all(self, requests: Sequence[RecordRequest]) -> list[RecordReply | Exception]:
        replies = super().record_all(requests)
        for request, reply in zip(requests, replies, strict=True):
            if isinstance(reply, RecordReply) and reply.status == "appended" and request.key in self.deadly:
                self.deadly -= {request.key}
                if not self.deadly:
                    os._exit(KILLED)
        return replies


async def main(keys: list[str]) -> None:
    house = House(Settings(), busy_timeout_ms=BUSY_TIMEOUT_MS)
    house.configure_logs()

    def committed() -> None:
        house.on_commit()  # looked up at each commit: `work` sets it when the ledger is built already

    ledger = DyingLedger(house.engine, house.sealer, committed)
    ledger.deadly = frozenset(keys)
    house.ledger = ledger
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await work(house, stop)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
