"""All cases begin, ask and are answered at once, on the embedded server: the queue drains, and no task times out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sized
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from temporalio.api.enums.v1 import EventType

from adapters.database import reading
from audit.histories import collect
from audit.store import Store
from models.tables import LetterRow, table_of
from tests.faults.scale import SCALE, Watch, figure
from tests.faults.town import Town, town, until

PER_VOLUNTEER = 40
ELDERS = tuple(f"E{n}" for n in range(1, SCALE.due_at_once + 1))
VOLUNTEERS = -(-len(ELDERS) // PER_VOLUNTEER)
LETTERS = table_of(LetterRow)
TIMED_OUT = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
)


async def drained(there: Callable[[], Sized]) -> float:
    """Seconds until there is one for each elder. How long it takes is a figure; that it comes is the test."""
    watch = Watch()
    await until(lambda: len(there()) >= len(ELDERS), "one for each", within=60 + len(ELDERS))
    return watch.seconds


async def timed_out(there: Town) -> list[str]:
    """Tasks that the engine says have timed out, in any history; and letters that waited too long for an answer."""
    runs = await collect(there.client, Store(there.house.engine, there.house.sealer))
    tasks = [
        f"{run.workflow_id}#{event.event_id}" for run in runs for event in run.events if event.event_type in TIMED_OUT
    ]
    with reading(there.house.engine) as connection:
        waited = select(LETTERS.c.id).where(LETTERS.c.why == "timed out")
        return [*tasks, *connection.execute(waited).scalars()]


async def test_all_that_is_due_at_once_drains_without_a_time_out(tmp_path: Path) -> None:
    async with town(tmp_path, *ELDERS, volunteers=VOLUNTEERS) as there:
        worker = there.worker()
        asked = await drained(there.codes)
        await there.settled()
        order = random.Random(1)
        for n, (phone, code) in enumerate(there.codes().values()):
            there.house.inbox.accept("sandbox", f"SM{n}", phone, f"{code}{order.choice('12')}", datetime.now(UTC))
        answered = await drained(there.effects)
        await there.settled()
        worker.stop()
        late = await timed_out(there)
        figure(
            f"{len(ELDERS)} due at once", f"{len(ELDERS)} cases begun and asked in {asked:.1f} s, then "
            f"{len(ELDERS)} texts; time-outs {len(late)}", len(ELDERS) - len(there.effects()), answered,
        )  # fmt: skip
        assert there.effects() == Counter(f"SM{n}" for n in range(len(ELDERS)))
        assert not late
        await there.keeps_every_promise()
