"""Texts that a provider could not hand to us while we were away: asked for, and taken in as if they had come by then.

The same message by its webhook too is one row of the inbox. Received is when the provider received it, so that nobody
is late for our outage. An answer is also the slow probe of a provider that did not know us.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from models.errors import Fault, TanfangFault
from post.inbox import Inbox, e164
from post.ports import Collector, PolledStore

log = structlog.get_logger()
EVERY = timedelta(minutes=1)
OVERLAP = timedelta(minutes=15)  # a text may stand in the provider's list later than its time says
FIRST = timedelta(hours=24)  # how far back the first poll looks


class PollBack:
    def __init__(self, collector: Collector, store: PolledStore, inbox: Inbox, now: Callable[[], datetime]) -> None:
        self._collector = collector
        self._store = store
        self._inbox = inbox
        self._now = now

    def once(self) -> int:
        """Fetch what came since the last time. Answers how many of them had not reached us."""
        at, provider = self._now(), self._collector.name
        polled = self._store.polled_until(provider)
        try:
            came = self._collector.collect(polled - OVERLAP if polled is not None else at - FIRST)
        except TanfangFault as fault:
            if fault.fault is Fault.PROVIDER_SHUT:
                self._store.shut(provider, at)
            raise
        fetched = 0
        for text in came:
            with contextlib.suppress(ValueError):  # a sender that is no number: nobody could be answered
                phone = e164(text.phone)
                fetched += self._inbox.accept(provider, text.message_id, phone, text.body, text.received_at)
        self._store.polled(provider, at)
        if self._store.answered(provider, at):
            log.info("texts_go_again", provider=provider)
        if fetched:
            log.info("texts_fetched", provider=provider, count=fetched)
        return fetched

    async def run(self, wake: Callable[[], None], stop: asyncio.Event) -> None:
        """Now, and every minute until `stop`; `wake` when something came of it. What fails is tried the next time."""
        while not stop.is_set():
            if await self.try_once():
                wake()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY.total_seconds())

    async def try_once(self) -> int:
        try:
            return await asyncio.to_thread(self.once)
        except TanfangFault as fault:
            log.warning("poll_back_waits", error=fault.fault.value, what=fault.what)
        except Exception as error:  # noqa: BLE001 — the store is away: look again
            log.warning("poll_back_waits", error=type(error).__name__)
        return 0
