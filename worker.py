"""The worker: runs the workflows, their activities, and the loop that carries letters. `python worker.py`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from concurrent.futures import ThreadPoolExecutor

import structlog

from adapters.database import BUSY_TIMEOUT_MS
from adapters.sql_days import SqlDays, watch
from audit.store import Store
from audit.sweep import sweep
from settings import load
from wiring import THREADS, House, metrics_runtime

log = structlog.get_logger()


async def work(house: House, stop: asyncio.Event) -> None:
    """Until `stop` is set. The inbox is drained before the case queue is polled, so that no reply comes too late."""
    loop = asyncio.get_running_loop()
    client = await house.connect(metrics_runtime(house.settings.metrics_port))
    dispatch = house.dispatch(client)

    def wake() -> None:
        loop.call_soon_threadsafe(dispatch.wake)

    house.on_commit = wake
    with ThreadPoolExecutor(THREADS) as threads:
        loop.set_default_executor(threads)
        for poll_back in house.poll_backs:
            await poll_back.try_once()
        while await asyncio.to_thread(house.inbox.read_all, house.now()):
            pass
        await asyncio.to_thread(house.counties.begin, house.now(), again=True)
        async with contextlib.AsyncExitStack() as running:
            for worker in house.workers(client, threads):
                await running.enter_async_context(worker)
            await running.enter_async_context(house.clock_kept(client))
            carrying = asyncio.create_task(dispatch.run())
            sweeping = asyncio.create_task(sweep(client, Store(house.engine, house.sealer), stop, house.now))
            days = SqlDays(house.engine, house.sealer, house.counties)
            watching = asyncio.create_task(watch(days, house.now, dispatch.wake, stop))
            polling = [asyncio.create_task(one.run(dispatch.wake, stop)) for one in house.poll_backs]
            await stop.wait()
            dispatch.stop()
            await carrying
            await sweeping
            await watching
            for one in polling:
                await one


async def main() -> None:
    house = House(load(), busy_timeout_ms=BUSY_TIMEOUT_MS)  # a store call has 4 s in all
    house.configure_logs()
    for county, without in house.templates_missing().items():
        log.warning("templates_missing", county=county, count=len(without), templates=list(without))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await work(house, stop)


if __name__ == "__main__":
    asyncio.run(main())
