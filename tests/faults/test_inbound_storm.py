"""The same texts again and again, at once and out of order, and after the case is closed: each has one effect."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx
from sqlalchemy import select

from adapters.database import reading
from models.ids import case_stream
from models.messages import CloseCase
from models.tables import WorkItemRow, table_of
from models.values import CloseReason, Role
from tests.faults.scale import SCALE, Watch, figure
from tests.faults.test_kills import asked, stored
from tests.faults.town import GUARD, Town, actor, said, town, until

SEED = 5
AT_ONCE = 16
ELDERS = tuple(f"E{n}" for n in range(1, 31))
CLOSED = ELDERS[:3]
ITEMS = table_of(WorkItemRow)
Text = tuple[str, str, str]  # message id, phone, words


async def posted(there: Town, texts: list[Text]) -> None:
    """All of them in this order, `AT_ONCE` at a time."""
    waiting = iter(texts)
    async with httpx.AsyncClient(timeout=60) as http, asyncio.TaskGroup() as posting:

        async def one_lane() -> None:
            for text in waiting:
                await there.post(http, *text)

        for _ in range(AT_ONCE):
            posting.create_task(one_lane())


def kept(there: Town) -> Counter[str]:
    """Texts about a closed case: each waits on the worklist, by its message id."""
    with reading(there.house.engine) as connection:
        items = connection.execute(select(ITEMS.c.id).where(ITEMS.c.id.startswith("sms-"))).scalars()
        return Counter(item.split("-")[1] for item in items)


async def test_each_text_has_one_effect_however_often_it_comes(tmp_path: Path) -> None:
    order = random.Random(SEED)
    async with town(tmp_path, *ELDERS, volunteers=3) as there:
        there.web()
        worker = there.worker()
        codes = await asked(there, len(ELDERS))
        texts: list[Text] = []
        for n in range(SCALE.texts):
            phone, code = codes[ELDERS[n % len(ELDERS)]]
            texts.append((f"SM{n:06d}", phone, f"{code}{order.choice('12')}"))
        posts = [text for text in texts for _ in range(order.randint(1, 5))]
        order.shuffle(posts)
        await posted(there, posts)
        drain = Watch()
        await until(lambda: len(there.effects()) == len(texts), "an effect of each", within=GUARD + len(texts) / 4)
        await there.settled()
        drained = drain.seconds
        effects = there.effects()
        figure(
            "the same texts again, at once, out of order", f"{len(texts)} texts in {len(posts)} posts",
            len(texts) - len(effects), drained,
        )  # fmt: skip
        assert effects == Counter(message_id for message_id, _, _ in texts)
        await after_closing(there, codes, texts)
        worker.stop()
        await there.keeps_every_promise()


async def after_closing(there: Town, codes: dict[str, tuple[str, int]], texts: list[Text]) -> None:
    """What was said before is said again, and something new: nothing is told twice, what is new waits for a person."""
    for elder in CLOSED:
        head = said(f"close-{elder}") | {"actor": actor(Role.COUNTY_OFFICER), "reason": CloseReason.NOT_ELIGIBLE}
        assert (await there.ask(case_stream(elder), CloseCase.model_validate(head))).accepted
    await there.settled()
    before, rows, items = there.effects(), stored(there), kept(there)
    again = [text for n, text in enumerate(texts) if ELDERS[n % len(ELDERS)] in CLOSED]
    new = [(f"SN{n}", codes[elder][0], f"{codes[elder][1]}1") for n, elder in enumerate(CLOSED)]
    await posted(there, [*again, *new, *again, *new])
    await there.settled()
    assert stored(there) == rows + len(new)
    assert there.effects() == before
    assert kept(there) - items == Counter(message_id for message_id, _, _ in new)
