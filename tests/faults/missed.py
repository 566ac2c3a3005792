"""What every town begins with: nobody came to `MISSED`, and the escalation is open and owned, before any fault.

Lived through once a session, by the real engine, worker and dispatch; each town is a copy of its folder. The case was
enrolled in the last seconds of a month of thirty days, so its next visit and its ladder's next rung are days away.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters import database
from embedded import EmbeddedServer
from models.ids import case_stream
from settings import Settings
from tests.faults.people import EXPIRY, MISSED, THEIRS, activate, enrol, found, phone_of, welcome
from tests.faults.town import BEGUN, Town, until

MONTH = timedelta(days=30)
SECONDS = timedelta(seconds=8)  # till the month is over; in the first of them the case opens


async def make(folder: Path) -> None:
    database.migrate(Settings(data_dir=folder).store_url)
    async with EmbeddedServer(folder) as server:
        there = Town(folder, server, MONTH, datetime.now(UTC) + SECONDS - MONTH, None)
        found(there.house)
        activate(there.house, EXPIRY, enrolled_by_day=30)
        welcome(there.house, [THEIRS])
        enrol(there.house, [MISSED], [THEIRS])
        there.client = await there.house.connect()
        async with there.working():
            await until(lambda: asked(there), "the text to the volunteer")
            there.house.inbox.accept("sandbox", "SM-missed", phone_of(THEIRS), "收到", datetime.now(UTC))
            await until(lambda: "VisitMissed" in there.kinds(case_stream(MISSED)), "the visit that is missed")
            await until(lambda: owned(there), "an owner")
            await there.settled()
        there.end()
    BEGUN.append(folder)


def asked(there: Town) -> bool:
    return any(phone == phone_of(THEIRS) for _, phone, _ in there.house.providers.sandbox.since(""))


def owned(there: Town) -> bool:
    return any("RungReached" in there.kinds(ladder) for ladder in there.opened_escalations(of=MISSED))
