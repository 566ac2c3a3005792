"""Worker or web as a process that can be harmed: `python -m tests.faults.part worker KEY…`, or `… part web`.

A worker kills itself right after the commit of `record`, when the last of the keys it is given is written; with no key
it works on. What else is wrong with either is in `harm.json` (`tests.faults.harm`). Started by `town.Town`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import get_ident
from typing import Any

import uvicorn
from sqlalchemy import Connection, event, select

from adapters.database import BUSY_TIMEOUT_MS, WRITES, reading
from adapters.roster_store import RosterStore
from adapters.sql_inbox import SqlInbox
from adapters.sql_ledger import LEDGER, SqlLedger
from adapters.texts import Outgoing, Provider
from models.errors import Fault, TanfangFault
from models.events import RecordReply, RecordRequest
from models.roster import ChunkCounts, ImportChunk
from post.inbox import Inbox
from settings import Settings
from tests.faults.harm import Harm, die
from tests.faults.scale import hold_leases
from wiring import House
from worker import work


class DyingLedger(SqlLedger):
    """The store has committed; nobody will ever hear of it."""

    deadly: frozenset[str] = frozenset()

    def record_all(self, requests: Sequence[RecordRequest]) -> list[RecordReply | Exception]:
        replies = super().record_all(requests)
        for request, reply in zip(requests, replies, strict=True):
            if isinstance(reply, RecordReply) and reply.status == "appended" and request.key in self.deadly:
                self.deadly -= {request.key}
                if not self.deadly:
                    die()
        return replies


class DyingInbox(SqlInbox):
    """Ends the process around the commit of a text that came in, or when the text has had its effect.

    Nobody has heard yes in any of the three.
    """

    harm: Harm
    house: House

    def store(self, provider: str, message_id: str, phone: str, body: str, received_at: datetime) -> bool:
        dies = self.harm.of("dies")
        if dies == "before commit":
            event.listen(self.house.engine, "commit", lambda _: die())
        kept = super().store(provider, message_id, phone, body, received_at)
        if dies == "after commit":
            die()
        while dies == "after delivery" and not self._has_effect(message_id):
            time.sleep(0.05)
        if dies == "after delivery":
            die()
        return kept

    def _has_effect(self, message_id: str) -> bool:
        with reading(self.house.engine) as connection:
            theirs = select(LEDGER.c.seq).where(LEDGER.c.key.startswith(f"sms-{message_id}-"))
            return connection.execute(theirs).first() is not None


class DyingRoster(RosterStore):
    """Ends the process in the chunk that `imports` names, before its commit or after: nobody hears of it in either."""

    harm: Harm
    house: House

    def import_chunk(self, chunk: ImportChunk, beat: Callable[[int], None]) -> ChunkCounts:
        offset, dies = self.harm.of("imports") or (None, None)
        mine = get_ident()

        def last(connection: Connection) -> None:
            if connection.get_execution_options().get(WRITES) and get_ident() == mine:
                die()

        if chunk.offset == offset and dies == "before commit":
            event.listen(self.house.engine, "commit", last)
        counts = super().import_chunk(chunk, beat)
        if chunk.offset == offset:
            die()
        return counts


class FailingProvider:
    """Any provider, having a bad day. Each call, and each text it took in, is a line of `provider.jsonl`.

    As an adapter says it: 429 and 500 are PROVIDER_AWAY; a line that breaks, before or after the text was taken in,
    is an error of the network.
    """

    def __init__(self, inner: Any, harm: Harm) -> None:
        self._inner: Provider = inner
        self._harm = harm
        self.name = self._inner.name

    def send(self, out: Outgoing) -> str:
        how = self._harm.of("provider") or "well"
        self._note("called", out, how)
        match how:
            case "429" | "500":
                raise TanfangFault(Fault.PROVIDER_AWAY, how)
            case "lost":
                raise TimeoutError("the line broke before the text was taken in")
            case "slow":
                time.sleep(self._harm.of("seconds"))
        message_id = self._inner.send(out)
        self._note("accepted", out, how)
        if how == "silent":
            raise TimeoutError("the line broke after the text was taken in")
        return message_id

    def look_up(self, out: Outgoing) -> str | None:
        return self._inner.look_up(out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _note(self, what: str, out: Outgoing, how: str) -> None:
        line = {"what": what, "ref": out.client_ref, "how": how, "at": out.at.isoformat()}
        with (self._harm.folder / "provider.jsonl").open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(line) + "\n")


async def worker(house: House, harm: Harm, keys: list[str]) -> None:
    def committed() -> None:
        house.on_commit()  # looked up at each commit: `work` sets it when the ledger is built already

    ledger = DyingLedger(house.engine, house.sealer, committed)
    ledger.deadly = frozenset(keys)
    house.ledger = ledger
    rosters = DyingRoster(house.settings.data_dir / "rosters", house.sealer, house.register_of, house.settings.county)
    rosters.harm, rosters.house = harm, house
    house.rosters = rosters
    house.providers.sandbox = FailingProvider(house.providers.sandbox, harm)  # pyright: ignore[reportAttributeAccessIssue]
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await work(house, stop)


async def web(house: House, harm: Harm) -> None:
    store = DyingInbox(house.engine, house.sealer, house.home)
    store.harm, store.house = harm, house
    house.inbox = Inbox(store, house.letterbox.text_rules)
    client = await house.connect()
    async with house.clock_kept(client):
        config = uvicorn.Config(house.web(client), port=house.settings.web_port, log_config=None)
        await uvicorn.Server(config).serve()


async def main(part: str, keys: list[str]) -> None:
    settings = Settings()
    harm = Harm(settings.data_dir)
    hold_leases()
    house = House(settings, busy_timeout_ms=BUSY_TIMEOUT_MS if part == "worker" else House.busy_timeout_ms)
    house.configure_logs()
    await (worker(house, harm, keys) if part == "worker" else web(house, harm))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
