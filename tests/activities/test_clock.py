"""The hour where this machine's clock is behind: as the engine has it, and said; set right, it counts once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from post.clock import NOTICED, Clock
from tests.activities.ledgers import ENROLLED, Store, Writer, opening, opening_of

TRUE = datetime(2026, 3, 20, 16, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Machine:
    """Its clock is `off` by so much; `passes` is time that truly passes."""

    def __init__(self, off: timedelta) -> None:
        self.true, self.off = TRUE, off
        self.clock = Clock(lambda: self.true + self.off, self.ticks)

    def ticks(self) -> float:
        return self.true.timestamp()

    def passes(self, by: timedelta) -> None:
        self.true += by


@pytest.mark.parametrize("behind", [timedelta(days=3), timedelta(minutes=10), NOTICED + SECOND])
def test_behind_the_hour_is_the_engine_s_and_runs_on(behind: timedelta) -> None:
    machine = Machine(-behind)
    machine.clock.compare(TRUE)
    machine.passes(timedelta(minutes=2))
    assert (machine.clock.now(), machine.clock.behind) == (machine.true, behind)


@pytest.mark.parametrize("off", [-NOTICED, timedelta(), timedelta(hours=3)])
def test_what_two_right_clocks_may_differ_by_and_a_clock_ahead_are_left_alone(off: timedelta) -> None:
    machine = Machine(off)
    machine.clock.compare(TRUE, TRUE)
    assert (machine.clock.now(), machine.clock.behind) == (TRUE + off, timedelta())


def test_set_right_it_is_at_no_moment_put_forward_twice() -> None:
    machine = Machine(timedelta(days=-3))
    machine.clock.compare(TRUE)
    machine.off = timedelta()
    machine.passes(5 * SECOND)
    assert machine.clock.now() == machine.true  # not compared yet
    machine.clock.compare(machine.true - timedelta(seconds=50))  # as old as a worker's last asking may be
    assert (machine.clock.now(), machine.clock.behind) == (machine.true, timedelta())


def test_while_the_engine_is_away_what_was_known_stands() -> None:
    machine = Machine(timedelta(days=-3))
    machine.clock.compare(TRUE)
    machine.passes(timedelta(hours=1))
    machine.clock.compare(None)
    assert machine.clock.now() == machine.true and machine.clock.behind


def test_a_fact_of_later_than_now_says_that_a_clock_is_behind_and_moves_no_hour() -> None:
    """The whole machine, its engine too, has lost three days."""
    machine = Machine(timedelta(days=-3))
    machine.clock.compare(TRUE - timedelta(days=3), TRUE)
    assert (machine.clock.now(), machine.clock.behind) == (TRUE - timedelta(days=3), timedelta(days=3))


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


def test_the_newest_fact_is_that_of_whichever_stream(store: Store) -> None:
    assert store.ledger.newest_at() is None
    store.record(Writer().request("tick/0", opening()))
    store.record(Writer(stream="case/E0").request("tick/0", opening_of("E0"), ENROLLED + SECOND))
    assert store.ledger.newest_at() == ENROLLED + SECOND
