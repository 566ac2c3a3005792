"""The engine is away for three days, over a due day and over the end of a month, while replies wait at the door.

The real embedded server, killed. The demo's month is a minute here, so three days are six seconds: every length of its
pack is a share of that month (`pack.slice_of(every=…)`), and so is every timer that fires while nobody is there. The
server that skips time cannot be left alone: its time stands still while a task waits for a worker.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from adapters.database import reading
from decisions import deadlines
from decisions.deadlines import civil_day
from models.events import RungReached
from models.messages import StreamQuestion
from models.tables import VisitRow, table_of
from policies import pack
from tests.faults.people import MISSED
from tests.faults.scale import figure
from tests.faults.test_disk_full import told
from tests.faults.test_kills import asked
from tests.faults.town import Town, town, until
from wiring import House

VISITS = table_of(VisitRow)
MONTH = timedelta(seconds=60)
THREE_DAYS = MONTH / 10
BEFORE = timedelta(seconds=3)  # from the engine's death to what it is away over
ELDERS = ("E1", "E2", "E3", "E4", "E5", "E6")
ANSWERED, SILENT, LATE = ELDERS[:3], ELDERS[3:], ELDERS[3]


def visits(house: House) -> dict[tuple[str, str], Any]:
    """The scheduled visits of this story, by elder and period."""
    scheduled = select(VISITS).where(VISITS.c.kind == "scheduled", VISITS.c.elder_id != MISSED)
    with reading(house.engine) as connection:
        rows = connection.execute(scheduled).all()
    return {(row.elder_id, row.period_id): row for row in rows}


def rungs_keep_their_time(house: House, streams: Sequence[str]) -> int:
    """No rung was reached before the pack's time for it was over. Answers how many were looked at."""
    held = pack.load("demo")
    rules = pack.slice_of(held, next(iter(held.file.tiers)), civil_day(datetime.now(UTC)), every=MONTH)
    delays = {rung.role: rung.after for rung in rules.ladder}
    looked = 0
    for stream in streams:
        page = house.ledger.events_after(StreamQuestion(stream=stream, after_seq=0))
        rungs = [(recorded.at, recorded.event) for recorded in page.events if isinstance(recorded.event, RungReached)]
        for (before_at, _), (at, after) in pairwise(rungs):
            looked += 1
            assert at >= deadlines.after(delays[after.role], before_at, rules.calendar), (stream, after.role)
    return looked


async def away_over(there: Town, moment: datetime, texts: dict[str, tuple[str, str]]) -> None:
    """The engine is killed a little before `moment`, these texts come in in time, and three days pass."""
    await asyncio.sleep(max(0.0, (moment - BEFORE - datetime.now(UTC)).total_seconds()))
    there.server.kill()
    async with httpx.AsyncClient(timeout=20) as http:
        await asyncio.gather(*(there.post(http, id_, phone, words) for id_, (phone, words) in texts.items()))
    assert datetime.now(UTC) < moment, "the replies came in time"
    await asyncio.sleep((moment + THREE_DAYS - datetime.now(UTC)).total_seconds())
    await there.server.start()


async def test_the_embedded_server_away_over_a_due_day_and_the_end_of_a_month(tmp_path: Path) -> None:
    async with town(tmp_path, *ELDERS, every=MONTH, expiry="P1D") as there:
        there.web()
        worker = there.worker()
        codes = await asked(there, len(ELDERS))
        first = {elder: row for (elder, _), row in visits(there.house).items()}
        in_time = {f"due{elder}": told(codes[elder]) for elder in ANSWERED}
        await away_over(there, min(row.due_at for row in first.values()), in_time)
        await until(lambda: len(there.effects()) == len(in_time), "the effects of the first replies")
        await until(lambda: len(there.opened_escalations()) == len(SILENT), "an escalation for each who was silent")
        ends = first["E1"].ends_at
        following = str(int(first["E1"].period_id[1:]) + 1)
        late = {"lateE4": told(codes[LATE])}
        await away_over(there, ends, late)

        def next_month() -> bool:
            opened = {elder for elder, period in visits(there.house) if period == f"t{following}"}
            return opened == set(ELDERS)

        await until(next_month, "the next month's visit of each")
        drained = await there.settled()
        worker.stop()
        states = {elder: visits(there.house)[elder, first[elder].period_id].state for elder in ELDERS}
        assert states == dict.fromkeys(ANSWERED, "done") | dict.fromkeys(SILENT, "missed") | {LATE: "late"}
        said = [*in_time, *late]
        assert there.effects() == Counter(said)
        assert rungs_keep_their_time(there.house, there.opened_escalations())
        figure("engine away three days over a due day, and over the end of a month", f"{len(said)} texts",
               len(said) - len(there.effects()), drained)  # fmt: skip
        await there.keeps_every_promise()
