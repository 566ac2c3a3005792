"""Figures as they were known at a moment are folded behind the page: one at a time, once, and told how far it is."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Lock

import pytest
from sqlalchemy import Connection, Engine

from adapters.database import open_engine, reading
from adapters.figures_held import Supplier
from adapters.figures_known import FiguresKnown, Told
from decisions.figure_words import THEN
from models.figures import Cell, Counted, Cut, Figure, FigureRow, Folding

AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)
PATIENCE = 10.0


class Folds:
    """A fold that tells how far it is, then waits until it may end. Two suppliers: one of two months, one beside it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.began: list[datetime] = []
        self.at_work, self.half, self.may = Lock(), Event(), Event()
        self.fails = False
        suppliers = (
            Supplier("some", self.count, self.figures, 2),
            Supplier("others", self.count, self.figures, beside=("some",), action="pay_show"),
        )
        self.known = FiguresKnown(self.known_by, suppliers)

    @contextmanager
    def known_by(self, county_id: str, first: date, at: datetime, told: Told) -> Generator[Connection]:
        assert self.at_work.acquire(blocking=False), "two are folded at once"
        assert (county_id, first) == ("C1", NOVEMBER)
        self.began.append(at)
        told(7, 20)
        self.half.set()
        try:
            assert self.may.wait(PATIENCE)
            if self.fails:
                raise ValueError("a fact that cannot be read")
            with reading(self._engine) as connection:
                yield connection
        finally:
            self.at_work.release()

    def count(self, _known: Connection, _county: str, month: date, at: datetime) -> str:
        return f"{month:%m}"

    def figures(self, counted: Sequence[Counted], _cut: Cut) -> list[Figure]:
        cells = tuple(Cell(told=one.value, number=1, behind="of=rate") for one in counted)
        row, behind = FigureRow(key="a", label="a", cells=cells), ("/dashboard/volunteers", "volunteer")
        whole = {"columns": ("", "f"), "rows": (row,), "total": row, "how": "", "known_at": AT, "behind": behind}
        return [Figure(code="load", title="f", **whole)]

    def asked(self, at: datetime = AT) -> Folding:
        return self.known.figures("C1", NOVEMBER, at, Cut())

    def ended(self, at: datetime = AT) -> Folding:
        waited = Event()
        for _ in range(1000):
            stands = self.asked(at)
            if stands.figures is not None or stands.failed:
                return stands
            waited.wait(0.01)
        raise AssertionError("it does not end")


@pytest.fixture
def folds(tmp_path: Path) -> Iterator[Folds]:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield Folds(engine)
    engine.dispose()


def test_it_begins_when_asked_and_says_how_far_it_is_and_is_folded_once(folds: Folds) -> None:
    assert folds.asked() == Folding()
    assert folds.half.wait(PATIENCE)
    assert folds.asked() == Folding(done=7, of=20)
    folds.may.set()
    figures = folds.ended().figures
    assert figures is not None
    for row in (figures[0].rows[0], figures[0].total):
        assert row is not None and [(cell.told, cell.behind) for cell in row.cells] == [("10", None), ("11", None)]
    assert len(figures) == 1 and figures[0].behind is None and figures[0].then == THEN["load"]
    assert folds.asked().figures == figures and folds.began == [AT]


def test_each_is_given_what_they_may_ask(folds: Folds) -> None:
    folds.may.set()
    assert folds.ended().figures
    more = folds.known.figures("C1", NOVEMBER, AT, Cut(), ["kpi", "pay_show"]).figures
    assert more is not None and [[cell.told for cell in one.rows[0].cells] for one in more] == [
        ["10", "11"],
        ["11", "11"],
    ]
    assert folds.known.figures("C1", NOVEMBER, AT, Cut(), []).figures == ()


def test_another_moment_waits_for_its_turn(folds: Folds) -> None:
    other = AT - timedelta(days=1)
    folds.asked()
    assert folds.half.wait(PATIENCE)
    assert folds.asked(other) == Folding()
    folds.may.set()
    assert folds.ended().figures and folds.ended(other).figures
    assert folds.began == [AT, other]


def test_no_more_than_a_few_wait(folds: Folds) -> None:
    moments = [AT - timedelta(days=n) for n in range(12)]
    for at in moments:
        assert folds.asked(at) in (Folding(), Folding(done=7, of=20))
    folds.may.set()
    for at in moments[:8]:
        assert folds.ended(at).figures
    assert set(folds.began) == set(moments[:8])
    assert folds.ended(moments[11]).figures


def test_a_fold_that_fails_says_so_once_and_is_begun_again_by_whoever_asks_again(folds: Folds) -> None:
    folds.fails = True
    folds.may.set()
    assert folds.ended().failed
    folds.fails = False
    assert folds.ended().figures
    assert folds.began == [AT, AT]


def test_only_the_last_few_are_kept(folds: Folds) -> None:
    folds.may.set()
    moments = [AT - timedelta(days=n) for n in range(10)]
    for at in moments:
        assert folds.ended(at).figures
    assert folds.ended(moments[-1]).figures and len(folds.began) == 10
    assert folds.ended(moments[0]).figures and len(folds.began) == 11
