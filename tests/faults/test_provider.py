"""The provider has a bad day: no text goes out twice unseen, none is stuck, none goes after its time.

In a real worker the failing provider (`part.FailingProvider`) stands in front of the sandbox, or of any other.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.database import reading
from models.ids import case_stream
from models.tables import DigestRow, SendAttempt, WorkItemRow, table_of
from tests.faults.harm import Harm
from tests.faults.part import FailingProvider
from tests.faults.scale import SCALE, figure, texts
from tests.faults.test_december import keeps_every_promise
from tests.faults.town import Town, request, town, until
from tests.stories.world import VOLUNTEER_PHONE, World, at_rest, working

DIGESTS, ATTEMPTS, ITEMS = table_of(DigestRow), table_of(SendAttempt), table_of(WorkItemRow)
CALLS = {"429": 3, "500": 3, "lost": 1, "silent": 1, "slow": 1}  # how it fails, and in how many calls at least
BAD = tuple(CALLS)
JANUARY = datetime(2037, 12, 31, 17, tzinfo=UTC)  # the 1st, at one in the morning
MONTH = timedelta(minutes=4)  # a visit on request is due half a minute after it was asked for


def notes(folder: Path, what: str, how: str | None = None) -> list[dict[str, Any]]:
    file = folder / "provider.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    return [line for line in lines if line["what"] == what and how in (None, line["how"])]


def rows(there: Town | World, table: Any) -> list[Any]:
    with reading(there.house.engine) as connection:
        return list(connection.execute(select(table)))


def once_or_seen(there: Town) -> list[str]:
    """Texts that the provider has taken in more often than our attempts whose end nobody knows explain."""
    taken = Counter(line["ref"] for line in notes(there.folder, "accepted"))
    steps: Counter[tuple[str, str]] = Counter((row.digest_id, row.step) for row in rows(there, ATTEMPTS))
    calls = {ref: steps[ref, "intent"] - steps[ref, "refused"] - steps[ref, "withheld"] for ref in taken}
    return [ref for ref, times in taken.items() if times > max(1, calls[ref])]


def too_late(there: Town) -> list[str]:
    """Texts that were handed over after their time."""
    by = {row.id: row.send_by for row in rows(there, DIGESTS)}
    called = notes(there.folder, "called")
    return [line["ref"] for line in called if by[line["ref"]] and datetime.fromisoformat(line["at"]) > by[line["ref"]]]


async def asks_for_visits(there: Town, elders: list[str], key: str) -> None:
    """A visit on request for each: each is a text to the volunteer."""
    for elder in elders:
        assert (await there.ask(case_stream(elder), request(f"{key}-{elder}"))).accepted


async def test_a_provider_that_fails_and_is_well_again_or_not_in_time(tmp_path: Path) -> None:
    """Three towns side by side, because each mostly waits till it is tried again."""
    async with asyncio.TaskGroup() as towns:
        for n, bad in enumerate((BAD[::2], BAD[1::2])):
            towns.create_task(it_fails_and_is_well_again(tmp_path / f"again-{n}", bad))
        towns.create_task(it_is_away_until_the_texts_have_expired(tmp_path / "expired"))


async def it_fails_and_is_well_again(tmp_path: Path, bad: Sequence[str]) -> None:
    elders = [f"E{n}" for n in range(1, 4)]
    async with town(tmp_path, *elders) as there:
        worker = there.worker()
        await until(lambda: len(there.codes()) == len(elders), "a text about each")
        await there.settled()
        drained = dict.fromkeys(bad, 0.0)
        for n, how in enumerate(tuple(bad) * SCALE.provider_rounds):
            enough = len(notes(there.folder, "called", how)) + CALLS[how]
            there.harm.does(provider=how, seconds=SCALE.slow)
            await asks_for_visits(there, elders, f"asked-{n}")

            def failing(how: str = how, enough: int = enough) -> bool:
                return len(notes(there.folder, "called", how)) >= enough

            await until(failing, f"it failing: {how}")
            there.harm.does()
            drained[how] = max(drained[how], await there.settled())
        worker.stop()
        taken = Counter(line["ref"] for line in notes(there.folder, "accepted"))
        sent = [row.id for row in rows(there, DIGESTS) if row.state in ("accepted", "delivered")]
        for how, seconds in drained.items():
            met = {line["ref"] for line in notes(there.folder, "called", how)}
            theirs = [id_ for id_ in sent if id_ in met]
            figure(f"provider: {how}", texts(len(theirs)), sum(taken[id_] == 0 for id_ in theirs), seconds)
        assert not once_or_seen(there) and not too_late(there)
        slow = {line["ref"] for line in notes(there.folder, "called", "slow")}
        assert {ref for ref, times in taken.items() if times > 1} <= slow  # only while a try went on past its time
        await there.keeps_every_promise()


async def it_is_away_until_the_texts_have_expired(tmp_path: Path) -> None:
    """A text may go until the visit it asks for is due; none may any more when it is back: a person calls instead."""
    elders = [f"E{n}" for n in range(1, 4)]
    async with town(tmp_path, *elders, every=MONTH) as there:
        worker = there.worker()
        await until(lambda: len(there.codes()) == len(elders), "a text about each")
        await there.settled()
        there.harm.does(provider="500")
        await asks_for_visits(there, elders, "asked")
        await until(lambda: any(row.state == "expired" for row in rows(there, DIGESTS)), "a text that expires")
        there.harm.does()
        drained = await there.settled()
        worker.stop()
        digests = rows(there, DIGESTS)
        expired = [row.id for row in digests if row.state == "expired"]
        calls = {row.id for row in rows(there, ITEMS) if row.item == "call_by_phone"}
        lost = [id_ for id_ in expired if f"call-{id_}" not in calls]
        figure("provider away till texts expire", f"{texts(len(expired))}, a call for each", len(lost), drained)
        assert not too_late(there)
        assert not set(expired) & {line["ref"] for line in notes(there.folder, "accepted")}
        await there.keeps_every_promise()


async def test_half_an_hour_down_each_text_goes_once_when_it_is_back(tmp_path: Path) -> None:
    """By the engine's clock and a real pack: it is tried again, more and more seldom, and a text may wait a day.

    Nobody went in December, so on the day there is somebody for each to be mended by.
    """
    harm = Harm(tmp_path)
    async with at_rest(tmp_path, elders=3) as world:
        sandbox = world.house.providers.sandbox
        world.house.providers.sandbox = FailingProvider(sandbox, harm)  # pyright: ignore[reportAttributeAccessIssue]
        async with working(world):
            await world.until(JANUARY)
            world.text(VOLUNTEER_PHONE, "收到")
            await world.days_pass(0.02)
            harm.does(provider="500")
            before = len(rows(world, DIGESTS))
            while len(rows(world, DIGESTS)) == before:
                await world.days_pass(0.02)
            await world.until(world.clock + timedelta(minutes=30))
            assert len(sandbox.since("")) == before and len(notes(tmp_path, "called", "500")) > 1
            harm.does()
            await world.until(world.clock + timedelta(minutes=10))
            sent = [row.id for row in rows(world, DIGESTS) if row.state == "accepted"]
            taken = Counter(line["ref"] for line in notes(tmp_path, "accepted"))
            assert len(sent) > before and taken == Counter(sent) and len(sandbox.since("")) == len(sent)
            waited = len(rows(world, DIGESTS)) - before
            figure("provider half an hour down (奉节)", texts(waited), before + waited - len(sent))
            await keeps_every_promise(world)
