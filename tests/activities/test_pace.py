"""How many cases dispatch may begin: never more than so many in any second, by all workers of a store together."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from adapters.database import writing
from adapters.sql_letters import insert_letter
from bench.county import BenchHouse
from models.letters import StartCase, StartDigest
from settings import Settings

NOW = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)
A_SECOND, STEP = timedelta(seconds=1), timedelta(milliseconds=90)


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[BenchHouse]:
    made = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    yield made
    made.engine.dispose()


def bring(house: BenchHouse, first: int, last: int, at: datetime = NOW) -> None:
    with writing(house.engine) as connection:
        for n in range(first, last):
            start = StartCase(workflow_id=f"case/E{n}", elder_id=f"E{n}", county_id="C", township_id="T")
            insert_letter(connection, house.sealer, f"start-E{n}", start, at)


def begun(house: BenchHouse, owner: str, now: datetime, pace: int | None = 20) -> list[str]:
    return [letter.id for letter in house.letterbox.claim(now, 60, owner, pace)]


def test_no_second_has_more_than_its_share_whoever_takes_it(house: BenchHouse) -> None:
    """While a list comes in, two workers look by turns."""
    taken: list[tuple[datetime, str]] = []
    now = NOW
    for turn in range(40):
        bring(house, turn * 7, turn * 7 + 7 if turn < 15 else turn * 7, now)
        taken += [(now, letter) for letter in begun(house, f"worker-{turn % 2}", now)]
        now += STEP
    for at, _ in taken:
        assert sum(at <= one < at + A_SECOND for one, _ in taken) <= 20
    assert len({letter for _, letter in taken}) == len(taken) == 80, "the pace is used up in each of four seconds"


def test_workers_that_look_at_once_share_what_a_second_has(house: BenchHouse) -> None:
    bring(house, 0, 60)
    with ThreadPoolExecutor(3) as pool:
        shares = list(pool.map(lambda n: begun(house, f"worker-{n}", NOW), range(3)))
    assert sum(len(share) for share in shares) == 20
    assert begun(house, "worker-0", NOW + A_SECOND - timedelta(microseconds=1)) == []
    assert len(begun(house, "worker-1", NOW + A_SECOND)) == 20


def test_a_clock_that_was_ahead_holds_no_start_up(house: BenchHouse) -> None:
    bring(house, 0, 60)
    assert len(begun(house, "worker-0", NOW + timedelta(hours=3))) == 20
    assert len(begun(house, "worker-1", NOW)) == 20


def test_without_a_pace_as_many_begin_as_are_due(house: BenchHouse) -> None:
    bring(house, 0, 60)
    assert len(begun(house, "a test", NOW, None)) == 60


def test_with_nothing_to_start_nobody_asks_for_the_pace(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "one", StartDigest(digest_id="D1"), NOW)
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(house.engine, "before_cursor_execute", hear)
    assert begun(house, "worker-0", NOW) == ["one"]
    assert said and not any("starts_taken" in statement for statement in said)
    bring(house, 0, 1)
    said.clear()
    begun(house, "worker-0", NOW)
    assert any("starts_taken" in statement for statement in said)
