"""The hour. Cases go by the engine's clock; where this machine's is behind it, the hour is put forward, and it is said.

Behind, and believed, a machine would stamp a reply earlier than it came, and carry no letter until its hour had come
here too: not even the one that tells somebody of a danger. A clock that is *ahead* is put right where a message is
decided (`decisions.hearing`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()
NOTICED = timedelta(seconds=10)  # two machines that are kept right differ by less
LOOK = 5.0  # seconds
CLOCK_BEHIND = "tanfang_clock_behind_seconds"  # the metric of web and worker

EngineAt = Callable[[], Awaitable[datetime | None]]
RecordedAt = Callable[[], datetime | None]
Tell = Callable[[float], None]


class Clock:
    """`behind`: by how much this machine's clock is known to be, as last compared; zero while it is not."""

    def __init__(self, machine: Callable[[], datetime], ticks: Callable[[], float] = time.monotonic) -> None:
        """`ticks`: seconds that run on whatever the machine's clock is set to."""
        self._machine = machine
        self._ticks = ticks
        self._engine: tuple[datetime, float] | None = None  # its hour, and our ticks then, while ours is behind it
        self.behind = timedelta()

    def now(self) -> datetime:
        """Behind, the engine's hour and what has passed since: set right meanwhile, a clock must not count twice."""
        engine = self._engine
        if engine is None:
            return self._machine()
        hour, then = engine
        return hour + timedelta(seconds=self._ticks() - then)

    def compare(self, engine_at: datetime | None, recorded_at: datetime | None = None) -> None:
        """`engine_at`: an hour that the engine has had; None: not known now, and what was known stands.

        `recorded_at`: the newest fact's. It says that a clock is behind, the engine's own too, but moves no hour: of
        two clocks the engine's may be the wrong one, and a fact of a morning to come cannot be unsaid.
        """
        machine = self._machine()
        if engine_at is not None:
            self._engine = (engine_at, self._ticks()) if engine_at - machine > NOTICED else None
        known = [hour for hour in (self._engine and self._engine[0], recorded_at) if hour is not None]
        by = max((hour - machine for hour in known), default=timedelta())
        self.behind = by if by > NOTICED else timedelta()


@asynccontextmanager
async def kept(clock: Clock, engine_at: EngineAt, recorded_at: RecordedAt, tell: Tell) -> AsyncGenerator[None]:
    """While inside, it is compared every few seconds. `tell`: how many it is behind, each time."""
    keeping = asyncio.create_task(_keep(clock, engine_at, recorded_at, tell))
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _keep(clock: Clock, engine_at: EngineAt, recorded_at: RecordedAt, tell: Tell) -> None:
    """Said in the log when it falls behind, and when it is right again."""
    was = timedelta()
    while True:
        try:
            clock.compare(await engine_at(), await asyncio.to_thread(recorded_at))
        except Exception as error:  # noqa: BLE001 — the store is away: what was known stands, and we look again
            log.warning("clock_unwatched", error=type(error).__name__)
        if clock.behind and not was:
            log.error("clock_behind", seconds=int(clock.behind.total_seconds()))
        elif was and not clock.behind:
            log.info("clock_right_again")
        was = clock.behind
        tell(was.total_seconds())
        await asyncio.sleep(LOOK)
