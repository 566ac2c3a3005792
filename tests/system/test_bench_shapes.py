"""What the bench measures is what it says: the events of each month, and our case's whole path. Not how fast."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bench.measure import BARE_EVENTS, KINDS, NAIVE_EVENTS, Measured, Plan, measure
from bench.record import RecordPath, record_alone
from bench.report import page, plain

ROUNDS = 2
EVENTS_OF_A_MONTH = 16


@pytest.fixture(scope="module")
async def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """One elder; periods leave room for a busy machine, because a round that outlasts its period raises TooSlow."""
    folder: Path = tmp_path_factory.mktemp("bench") / "run"
    return await measure(Plan(1, ROUNDS, timedelta(seconds=15), 1), folder, print)


@pytest.fixture(scope="module")
def record(measured: Measured) -> RecordPath:
    return record_alone(measured.plan, measured.folder, measured.folder.parent / "again")


def test_the_bare_month_has_9_events(measured: Measured) -> None:
    assert BARE_EVENTS == 9
    assert (measured.histories["bare"].events, measured.histories["bare"].tasks) == (9, 2)


def test_the_naive_month_has_34_events(measured: Measured) -> None:
    assert NAIVE_EVENTS == 34
    assert (measured.histories["naive"].events, measured.histories["naive"].tasks) == (34, 6)


def test_our_case_goes_its_whole_path_at_the_cost_of_an_ordinary_month(measured: Measured) -> None:
    """`measure` waits for each month's visit to be done and its texts delivered: here it is only weighed."""
    case = measured.histories["case"]
    assert 9 < case.events <= EVENTS_OF_A_MONTH
    assert case.tasks >= 2
    assert measured.histories["texts"].events > 0
    assert measured.store_bytes >= 0


def test_every_kind_is_measured_in_every_round(measured: Measured) -> None:
    assert {kind: len(measured.rounds[kind]) for kind in KINDS} == dict.fromkeys(KINDS, ROUNDS)
    assert all(measured.rate(kind) > 0 for kind in KINDS)


def test_the_record_path_records_the_same_ledger_again(record: RecordPath) -> None:
    """A case opened, then for each month a visit opened and reported."""
    assert record.commits >= 1 + 2 * (ROUNDS + 1)
    assert record.events >= record.commits


def test_the_report_says_all_of_it(measured: Measured, record: RecordPath) -> None:
    table, written = plain(measured, record), page(measured, record)
    for word in ("elder-months/s", "history events", "workflow tasks", "server CPU ms", "worker CPU ms"):
        assert word in table and word in written
    assert "our case / bare month" in table and "## Machine" in written
