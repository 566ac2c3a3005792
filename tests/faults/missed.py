"""What every town begins with: nobody came to `MISSED`, and the escalation is open and owned, before any fault.

Lived through once a session, by the real engine, worker and dispatch; each town is a copy of its folder. The case was
enrolled in the last seconds of a month of thirty days, so its next visit and its ladder's next rung are days away. On a
machine whose worker is not there in these seconds the case begins in the next month, or the month is over before the
text can go: then it is lived again, with twice as many.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from adapters import database
from adapters.database import reading
from embedded import EmbeddedServer
from models.ids import case_stream
from models.tables import CaseRow, table_of
from settings import Settings
from tests.faults.people import EXPIRY, MISSED, THEIRS, activate, enrol, found, phone_of, welcome
from tests.faults.town import BEGUN, Town, until

CASES = table_of(CaseRow)
MONTH = timedelta(days=30)
SECONDS = timedelta(seconds=8)  # till the month is over; in the first of them the case opens


async def make(folder: Path) -> None:
    seconds = SECONDS
    while not await _lived(_made(folder / f"{seconds.seconds}"), seconds):
        seconds *= 2


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def _lived(folder: Path, seconds: timedelta) -> bool:
    """Whether the case was open and the volunteer asked before the month was over."""
    database.migrate(Settings(data_dir=folder).store_url)
    async with EmbeddedServer(folder) as server:
        over = datetime.now(UTC) + seconds
        there = Town(folder, server, MONTH, over - MONTH, None)
        found(there.house)
        activate(there.house, EXPIRY, enrolled_by_day=30)
        welcome(there.house, [THEIRS])
        enrol(there.house, [MISSED], [THEIRS])
        there.client = await there.house.connect()
        async with there.working():
            await until(lambda: asked(there) or missed(there), "the text to the volunteer")
            in_time = asked(there) and opened_at(there) < over
            if in_time:
                there.house.inbox.accept("sandbox", "SM-missed", phone_of(THEIRS), "收到", datetime.now(UTC))
                await until(lambda: missed(there), "the visit that is missed")
                await until(lambda: owned(there), "an owner")
                await there.settled()
                BEGUN.append(folder)
        there.end()
    return in_time


def opened_at(there: Town) -> datetime:
    with reading(there.house.engine) as connection:
        return connection.execute(select(CASES.c.opened_at)).scalar_one()


def asked(there: Town) -> bool:
    return any(phone == phone_of(THEIRS) for _, phone, _ in there.house.providers.sandbox.since(""))


def missed(there: Town) -> bool:
    return "VisitMissed" in there.kinds(case_stream(MISSED))


def owned(there: Town) -> bool:
    return any("RungReached" in there.kinds(ladder) for ladder in there.opened_escalations(of=MISSED))
