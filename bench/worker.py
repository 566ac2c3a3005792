"""The worker process of the bench: the product's own worker and dispatch, with the two yardsticks added to it.

Bare and naive months run in the very same worker as the cases: one queue, one cache, one thread pool, one codec.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import cached_property

import wiring
from adapters.database import BUSY_TIMEOUT_MS
from bench import notice
from bench.bare import BareMonth
from bench.county import BenchHouse
from bench.naive import NaiveMonth, ask_visitor, choose_visitor, keep_report
from settings import Settings
from worker import work


class WorkingHouse(BenchHouse):
    @cached_property
    def roster_activities(self) -> list[Callable[..., object]]:
        """Beside the cases' own activities, those of the naive month; no roster is imported here."""
        return [choose_visitor, ask_visitor, keep_report]


async def main() -> None:
    workflows: list[type] = wiring.WORKFLOWS
    workflows += [BareMonth, NaiveMonth]
    house = WorkingHouse(Settings(), busy_timeout_ms=BUSY_TIMEOUT_MS)
    house.configure_logs()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)

    def told() -> None:
        """The bench holds our stdin: it says whether texts may go, and when it dies, however it dies, we end too."""
        words = os.read(sys.stdin.fileno(), 1000).decode().split()
        if not words:
            stop.set()
            return
        house.letterbox.held = words[-1] == "hold"
        for word in words:
            notice.say("texts", "all", word)

    loop.add_reader(sys.stdin, told)
    await work(house, stop)


if __name__ == "__main__":
    asyncio.run(main())
