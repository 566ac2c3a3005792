"""The clock of worker and web jumps ahead of the engine's and is set right again: nothing is missed, doubled, late."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
from sqlalchemy import select

from adapters.database import reading
from models.ids import case_stream
from models.tables import LetterRow, VisitRow, table_of
from tests.faults.scale import figure
from tests.faults.test_disk_full import told
from tests.faults.test_kills import asked
from tests.faults.town import HOUR, Town, danger, town, until

AHEAD = 3 * HOUR.total_seconds()  # past the end of the month they are in
ELDERS = ("E1", "E2", "E3", "E4", "E5", "E6")
LETTERS, VISITS = table_of(LetterRow), table_of(VisitRow)


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
    """Ahead: three replies are on time, by the engine's clock. While the engine is away what is put off is put off by
    the wrong clock; set right, it is carried all the same.
    """
    async with town(tmp_path, *ELDERS, expiry="P1D") as there, httpx.AsyncClient(timeout=20) as http:
        there.web()
        worker = there.worker()
        codes = await asked(there, len(ELDERS))
        await there.settled()
        there.harm.does(clock=AHEAD)
        for n, elder in enumerate(ELDERS[:3]):
            await there.post(http, f"SM{n}", *told(codes[elder]))
        await until(lambda: len(there.effects()) == 3, "the effects of the first three")
        assert {states(there)[elder] for elder in ELDERS[:3]} == {"done"}
        there.server.kill()
        for n, elder in enumerate(ELDERS[3:], 3):
            await there.post(http, f"SM{n}", *told(codes[elder]))
        await until(lambda: len(due(there)) >= 3, "the letters of the others")
        there.harm.does()
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
