"""Calls that come together share a transaction, and each is answered as if it had come alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from adapters.together import AT_ONCE, LedgerFront, Together
from models.events import RecordRequest
from tests.activities.ledgers import ENROLLED, Store, Writer, opening_of

MANY = AT_ONCE * 2


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


def first_of(elder: str, salt: int = 0) -> RecordRequest:
    return Writer(salt, stream=f"case/{elder}").request("tick/0", opening_of(elder), ENROLLED)


async def test_many_cases_at_once_are_all_recorded_in_few_commits(store: Store) -> None:
    front = LedgerFront(store.ledger)
    requests = [first_of(f"E{n}") for n in range(MANY)]
    replies = await asyncio.gather(*(front.record(request) for request in requests))
    assert {reply.status for reply in replies} == {"appended"}
    assert [reply.head for reply in replies] == [request.events[-1].hash for request in requests]
    assert len(store.rows()) == 3 * MANY
    assert store.woken == (MANY / AT_ONCE if store.ledger.one_writer else MANY)


async def test_one_that_cannot_be_written_leaves_the_others_written(store: Store) -> None:
    front = LedgerFront(store.ledger)
    ahead = Writer(stream="case/E1")
    ahead.stands_at(first_of("E1"))  # this one believes its stream begun; the store has never heard of it
    lost = ahead.request("tick/3", opening_of("E1")[1:])
    good = [first_of(f"E{n}") for n in range(2, 6)]
    replies = await asyncio.gather(*(front.record(request) for request in (good[0], lost, *good[1:])))
    assert [reply.status for reply in replies] == ["appended", "behind", "appended", "appended", "appended"]
    assert {row.stream for row in store.rows()} == {request.stream for request in good}


async def test_a_fact_half_written_is_taken_back_alone(store: Store) -> None:
    """The second of two facts of one case cannot be written (its visit exists): nothing of that case is."""
    front = LedgerFront(store.ledger)
    await front.record(first_of("E1"))
    opened, adopted, visit = opening_of("E2")
    taken = visit.model_copy(update={"visit_id": "E1.2026-03"})
    broken = Writer(stream="case/E2").request("tick/0", (opened, adopted, taken), ENROLLED)
    outcomes = await asyncio.gather(
        front.record(broken), front.record(first_of("E3")), front.record(first_of("E4")), return_exceptions=True
    )
    assert getattr(outcomes[0], "status", "raised") != "appended"
    assert [getattr(one, "status", "") for one in outcomes[1:]] == ["appended", "appended"]
    assert {row.stream for row in store.rows()} == {"case/E1", "case/E3", "case/E4"}


async def test_two_of_one_case_in_one_commit_are_one_appended_and_one_adopted(store: Store) -> None:
    front = LedgerFront(store.ledger)
    replies = await asyncio.gather(front.record(first_of("E1", salt=0)), front.record(first_of("E1", salt=100)))
    assert sorted(reply.status for reply in replies) == ["adopted", "appended"]
    assert len(store.rows()) == 3


async def test_a_caller_who_leaves_while_it_is_written_finds_it_written(store: Store) -> None:
    front = LedgerFront(store.ledger)
    leaving = asyncio.create_task(front.record(first_of("E1")))
    while not store.woken:
        await asyncio.sleep(0)
        leaving.cancel("as a time-out does")
        if leaving.done():
            break
    await asyncio.gather(leaving, return_exceptions=True)
    assert (await front.record(first_of("E1"))).status in ("appended", "adopted")
    assert len(store.rows()) == 3


async def test_what_nobody_waits_for_any_more_is_not_asked() -> None:
    asked: list[int] = []
    heard, go = threading.Event(), threading.Event()

    def slow(questions: Sequence[int]) -> list[int | BaseException]:
        asked.extend(questions)
        heard.set()
        go.wait()
        return list(questions)

    together = Together[int, int](slow, one_writer=True)
    first = asyncio.create_task(together(1))
    await asyncio.to_thread(heard.wait)
    second, third = asyncio.create_task(together(2)), asyncio.create_task(together(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    go.set()
    assert (await first, await third) == (1, 3)
    assert asked == [1, 3]


def test_without_a_thread_every_caller_hears_it() -> None:
    def never(questions: Sequence[int]) -> list[int | BaseException]:
        raise AssertionError(questions)

    async def ask() -> list[int | BaseException]:
        closed = ThreadPoolExecutor(1)
        closed.shutdown()
        asyncio.get_running_loop().set_default_executor(closed)
        return await asyncio.gather(
            *(Together[int, int](never, one_writer=True)(n) for n in range(3)), return_exceptions=True
        )

    assert [type(error) for error in asyncio.run(ask())] == [RuntimeError] * 3


async def test_an_error_of_the_whole_call_is_every_callers() -> None:
    calls: list[int] = []

    def away(questions: Sequence[int]) -> list[int | BaseException]:
        calls.append(len(questions))
        if len(calls) == 1:
            raise OperationalError("the store", {}, ConnectionError("cannot be reached"))
        return [question * 2 for question in questions]

    together = Together[int, int](away, one_writer=True)
    first = await asyncio.gather(*(together(n) for n in range(3)), return_exceptions=True)
    assert [type(error) for error in first] == [OperationalError] * 3
    assert await together(21) == 42  # and the next call is made
