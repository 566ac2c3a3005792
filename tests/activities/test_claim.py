"""What may be carried now, whatever the clock of whoever wrote it or held it before said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.database import writing
from adapters.sql_letters import insert_letter
from bench.county import BenchHouse
from models.letters import StartCase, StartDigest
from settings import Settings

NOW = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)
AHEAD = NOW + timedelta(hours=3)
DIGEST = StartDigest(digest_id="D1")


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[BenchHouse]:
    made = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    yield made
    made.engine.dispose()


def claimed(house: BenchHouse, now: datetime) -> list[str]:
    return [letter.id for letter in house.letterbox.claim(now, 10, "me", 10)]


def test_a_letter_dated_by_a_clock_that_was_ahead_goes_now(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "one", DIGEST, AHEAD)
    assert claimed(house, NOW) == ["one"]


def test_a_case_that_begins_on_a_later_day_waits_for_it(house: BenchHouse) -> None:
    start = StartCase(workflow_id="case/E1", elder_id="E1", county_id="C1", township_id="T1")
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "start", start, NOW, not_before=AHEAD)
    assert claimed(house, NOW) == []
    assert claimed(house, AHEAD) == ["start"]


def test_a_lease_is_kept_for_its_time_and_no_longer(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "one", DIGEST, NOW)
    assert claimed(house, NOW) == ["one"]
    assert claimed(house, NOW + timedelta(seconds=59)) == []
    assert claimed(house, NOW + timedelta(seconds=60)) == ["one"]


@pytest.mark.parametrize("put_off", [False, True])
def test_a_lease_or_a_next_try_by_a_clock_that_was_ahead_holds_nobody_up(house: BenchHouse, put_off: bool) -> None:
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "one", DIGEST, NOW)
    assert claimed(house, AHEAD) == ["one"]
    if put_off:
        house.letterbox.try_again("one", AHEAD + timedelta(seconds=60), "not yet")
    assert claimed(house, NOW) == ["one"]


def test_a_next_try_is_waited_for(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "one", DIGEST, NOW)
    assert claimed(house, NOW) == ["one"]
    house.letterbox.try_again("one", NOW + timedelta(seconds=60), "not yet")
    assert claimed(house, NOW + timedelta(seconds=59)) == []
    assert claimed(house, NOW + timedelta(seconds=60)) == ["one"]
