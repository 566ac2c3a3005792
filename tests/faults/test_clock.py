"""The clock of worker and web is set wrong, and right again, under the real processes; the engine's is right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from adapters.database import reading
from models.ids import case_stream
from models.tables import EscalationRow, Inbound, LetterRow, VisitRow, table_of
from post.clock import CLOCK_BEHIND
from tests.faults.people import MISSED
from tests.faults.scale import figure
from tests.faults.test_disk_full import told
from tests.faults.test_kills import asked
from tests.faults.town import Town, danger, today, town, until

ELDERS = ("E1", "E2", "E3", "E4", "E5", "E6")
PARTS = ("worker", "web")
INBOUND, LETTERS = table_of(Inbound), table_of(LetterRow)
VISITS, ESCALATIONS = table_of(VisitRow), table_of(EscalationRow)


def states(there: Town) -> dict[str, str]:
    with reading(there.house.engine) as connection:
        scheduled = select(VISITS).where(VISITS.c.kind == "scheduled", VISITS.c.elder_id.in_(ELDERS))
        return {row.elder_id: row.state for row in connection.execute(scheduled)}


def due(there: Town) -> list[str]:
    """Whatever is not carried yet, whenever its row says that it may go."""
    with reading(there.house.engine) as connection:
        carried = LETTERS.c.kind.in_(("update", "start_escalation", "start_digest"))
        return list(connection.execute(select(LETTERS.c.id).where(carried, LETTERS.c.state == "due")).scalars())


async def test_a_clock_that_jumps_ahead_and_back(tmp_path: Path) -> None:
    """Ahead, past the end of the month they are in: three replies are on time, by the engine's clock. While the engine
    is away what is put off is put off by the wrong clock; set right, it is carried all the same.
    """
    async with town(tmp_path, *ELDERS, expiry="P1D") as there, httpx.AsyncClient(timeout=20) as http:
        there.clocks("+0")
        there.web()
        worker = there.worker()
        codes = await asked(there, len(ELDERS))
        await there.settled()
        there.clocks("+3h")
        for n, elder in enumerate(ELDERS[:3]):
            await there.post(http, f"SM{n}", *told(codes[elder]))
        await until(lambda: len(there.effects()) == 3, "the effects of the first three")
        assert {states(there)[elder] for elder in ELDERS[:3]} == {"done"}
        there.server.kill()
        for n, elder in enumerate(ELDERS[3:], 3):
            await there.post(http, f"SM{n}", *told(codes[elder]))
        await until(lambda: len(due(there)) >= 3, "the letters of the others")
        there.clocks("+0")
        await there.server.start()
        await until(lambda: len(there.effects()) == len(ELDERS), "the effects of the others")
        await until(lambda: not due(there), "every letter carried")
        drained = await there.settled()
        assert set(states(there).values()) == {"done"}
        assert (await there.ask(case_stream("E1"), danger("danger-1"))).accepted
        drained += await there.settled()
        effects = there.effects()
        figure("clock of worker and web three hours ahead, and back", f"{len(ELDERS)} texts",
               len(ELDERS) - len(effects), drained)  # fmt: skip
        assert effects == Counter(f"SM{n}" for n in range(len(ELDERS)))
        worker.stop()
        await there.keeps_every_promise()


async def test_a_clock_three_days_behind_is_seen_and_wrongs_nobody(tmp_path: Path) -> None:
    """Cases begin, a reply counts on the day it came, and who is in danger is not left waiting for three days."""
    async with town(tmp_path, *ELDERS, expiry="P1D") as there, httpx.AsyncClient(timeout=20) as http:
        there.clocks("-3d")
        there.web()
        worker = there.worker()
        codes = await asked(there, len(ELDERS))
        assert await seconds_behind(there, http) > timedelta(days=2, hours=23).total_seconds()
        came_at = datetime.now(UTC)
        for n, elder in enumerate(ELDERS):
            await there.post(http, f"SM{n}", *told(codes[elder]))
        await until(lambda: len(there.effects()) == len(ELDERS), "the effect of each reply")
        with reading(there.house.engine) as connection:
            came = INBOUND.c.provider_message_id.in_([f"SM{n}" for n in range(len(ELDERS))])
            stamped = list(connection.execute(select(INBOUND.c.received_at).where(came)).scalars())
            days = set(connection.execute(select(VISITS.c.visited_on).where(VISITS.c.elder_id != MISSED)).scalars())
        assert min(stamped) > came_at - timedelta(minutes=2) and max(stamped) <= datetime.now(UTC)
        assert (set(states(there).values()), days) == ({"done"}, {today()})
        assert (await there.ask(case_stream("E1"), danger("danger-1"))).accepted
        await until(lambda: owner(there), "an owner of the danger")
        there.clocks("+0")
        await until(lambda: all("clock_right_again" in said(there, part) for part in PARTS), "both clocks right again")
        drained = await there.settled()
        figure("clock of worker and web three days behind, and right again", f"{len(ELDERS)} texts, 1 step",
               len(ELDERS) - len(there.effects()), drained)  # fmt: skip
        worker.stop()
        assert all(said(there, part).count("clock_behind") == 1 for part in PARTS)
        await there.keeps_every_promise()


async def seconds_behind(there: Town, http: httpx.AsyncClient) -> float:
    """As the web's metrics say it."""
    lines = (await http.get(f"http://127.0.0.1:{there.settings.web_port}/metrics")).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{CLOCK_BEHIND} "))


def said(there: Town, part: str) -> str:
    return (there.folder / f"{part}.log").read_text(encoding="utf-8")


def owner(there: Town) -> str | None:
    with reading(there.house.engine) as connection:
        return connection.execute(select(ESCALATIONS.c.owner_id).where(ESCALATIONS.c.elder_id != MISSED)).scalar()
