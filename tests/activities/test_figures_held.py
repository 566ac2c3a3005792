"""Figures are counted once for everybody and held; old ones are shown as they are and counted again behind the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from adapters.database import open_engine
from adapters.figures_held import AGE, FiguresHeld, Supplier
from models.figures import Asked, Behind, Cell, Counted, Cut, Figure, FigureRow

NOW = datetime(2026, 12, 8, 2, tzinfo=UTC)
NOVEMBER, JUNE = date(2026, 11, 1), date(2026, 6, 1)
PATIENCE = 10.0
WHOLE, TOWN = Cut(), Cut(areas=frozenset(["T1"]))


class Counting:
    """A supplier whose count says how many times it counted; it waits where it is told to."""

    def __init__(self, engine: Engine, age: timedelta = AGE, months: int = 1, ahead: int = 0) -> None:
        self.now = NOW
        self.times: list[date] = []
        self.cuts: list[Cut] = []
        self.counted, self.may = Event(), Event()
        self.may.set()
        self.fails = False
        supplier = Supplier("some", self.count, self.figures, months)
        self.held = FiguresHeld(engine, [supplier], lambda: self.now, age, ahead)

    def count(self, _connection: Connection, _county: str, month: date, _now: datetime) -> int:
        assert self.may.wait(PATIENCE)
        self.times.append(month)
        self.counted.set()
        if self.fails:
            raise ValueError("the store is away")
        return len(self.times)

    def figures(self, counted: Sequence[Counted], cut: Cut) -> list[Figure]:
        self.cuts.append(cut)
        cells = tuple(Cell(told=f"{one.month:%m}:{one.value}") for one in counted)
        row = FigureRow(key="a", label="a", cells=cells)
        return [Figure(code="f", title="f", columns=("", "f"), rows=(row,), how="", known_at=counted[-1].at)]

    def shown(self, month: date = NOVEMBER, cut: Cut = WHOLE) -> tuple[str, datetime]:
        figure = self.held.figures("C1", month, cut)[0]
        return " ".join(cell.told for cell in figure.rows[0].cells), figure.known_at

    def until_counted(self, times: int) -> None:
        waited = Event()
        for _ in range(1000):
            if len(self.times) == times:
                return
            waited.wait(0.01)
        raise AssertionError(f"counted {len(self.times)} times")

    def until_idle(self) -> None:
        waited = Event()
        for _ in range(1000):
            if not self.held.counting:
                return
            waited.wait(0.01)
        raise AssertionError("it counts and counts")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield made
    made.dispose()


def test_it_is_counted_once_and_shown_with_its_moment(engine: Engine) -> None:
    some = Counting(engine)
    for minutes in (0, 3, 5):
        some.now = NOW + timedelta(minutes=minutes)
        assert some.shown() == ("11:1", NOW)
    assert some.times == [NOVEMBER]


def test_an_old_one_is_shown_as_it_is_and_counted_again_behind(engine: Engine) -> None:
    some = Counting(engine)
    some.shown()
    some.may.clear()
    some.now = later = NOW + timedelta(minutes=6)
    assert some.shown() == ("11:1", NOW)  # nobody waits
    some.may.set()
    some.until_idle()
    assert some.shown() == ("11:2", later)


def test_a_month_long_over_may_be_older(engine: Engine) -> None:
    some = Counting(engine)
    some.shown(JUNE)
    some.now = NOW + timedelta(minutes=59)
    some.shown(JUNE)
    some.until_idle()
    assert some.times == [JUNE]
    some.now = NOW + timedelta(minutes=61)
    some.shown(JUNE)
    some.until_idle()
    assert some.times == [JUNE, JUNE]


def test_pressed_it_is_counted_at_once(engine: Engine) -> None:
    some = Counting(engine)
    some.shown()
    some.held.again("C1", NOVEMBER)
    assert some.shown()[0] == "11:2"


def test_an_age_of_zero_counts_on_every_page(engine: Engine) -> None:
    some = Counting(engine, timedelta(0), months=2)
    assert (some.shown()[0], some.shown()[0]) == ("10:1 11:2", "10:3 11:4")


def test_earlier_months_come_behind_the_page_the_newest_first(engine: Engine) -> None:
    some = Counting(engine, months=3)
    assert some.shown()[0].split()[-1].startswith("11:")
    some.until_idle()
    assert {said.split(":")[0] for said in some.shown()[0].split()} == {"09", "10", "11"}
    assert sorted(some.times) == [date(2026, month, 1) for month in (9, 10, 11)]


def test_all_of_the_last_months_is_counted_when_one_of_them_was_looked_at(engine: Engine) -> None:
    some = Counting(engine, ahead=3)
    some.shown(JUNE)
    assert not some.held.counting  # it is nothing that this page shows
    some.until_counted(4)
    assert some.times == [JUNE, date(2026, 12, 1), NOVEMBER, date(2026, 10, 1)]
    assert [some.shown(month)[0] for month in (NOVEMBER, JUNE)] == [
        "11:3",
        "06:1",
    ]  # none is counted anew
    some.now = NOW + timedelta(hours=2)
    some.shown(JUNE)
    some.until_counted(5)
    assert some.times[4:] == [JUNE]  # of the others nobody has asked for any


def test_the_same_counts_are_made_into_figures_once_for_each_cut(engine: Engine) -> None:
    some = Counting(engine)
    for cut in (WHOLE, TOWN, WHOLE, TOWN):
        assert some.shown(cut=cut) == ("11:1", NOW)
    assert some.cuts == [WHOLE, TOWN]
    some.held.again("C1", NOVEMBER)  # at the same moment, by this clock
    assert (some.shown()[0], some.shown(cut=TOWN)[0]) == ("11:2", "11:2")


def test_who_asks_meanwhile_waits_for_the_same_count(engine: Engine) -> None:
    some = Counting(engine)
    some.may.clear()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(some.shown) for _ in range(8)]
        some.may.set()
        assert {one.result(PATIENCE) for one in asked} == {("11:1", NOW)}
    assert some.times == [NOVEMBER]


def test_what_fails_behind_the_page_leaves_what_was_there(engine: Engine) -> None:
    some = Counting(engine)
    some.shown()
    some.fails, some.now = True, NOW + timedelta(hours=1)
    some.shown()
    some.until_idle()
    assert some.shown() == ("11:1", NOW)
    some.until_idle()
    some.fails = False
    some.shown()
    some.until_idle()
    assert some.shown()[1] == some.now


def test_no_supplier_of_that_name_has_a_list(engine: Engine) -> None:
    some: Any = Counting(engine).held
    assert some.behind("some", "C1", NOVEMBER, Cut(), "x", "", 9) is None
    assert some.behind("none", "C1", NOVEMBER, Cut(), "x", "", 9) is None


def test_a_list_is_for_those_who_may_ask_it(engine: Engine) -> None:
    asked: list[Asked] = []

    def behind(_store: Connection, one: Asked) -> Behind:
        asked.append(one)
        return Behind(titles=("f",), rows=())

    some = Counting(engine)
    supplier = Supplier("money", some.count, some.figures, behind=behind, action="pay_show")
    held = FiguresHeld(engine, [supplier], lambda: NOW, AGE)
    wanted = ("money", "C1", NOVEMBER, Cut(), "x", "k", 9)
    assert held.behind(*wanted) is None and held.behind(*wanted, ["kpi", "volunteer"]) is None and not asked
    assert held.behind(*wanted, ["pay_show"]) == Behind(titles=("f",), rows=())
    assert asked == [Asked("C1", NOVEMBER, NOW, Cut(), "x", "k", 9)]
