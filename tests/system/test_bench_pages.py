"""The stores that the bench of pages measures hold what they say: each copy a life of its own, its chain whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from adapters.database import reading
from audit.chain import walk
from audit.store import Store, snapshot
from bench.pages import asked, load, make, report
from models.ids import STREAMS
from models.tables import CaseRow, Elder, FrozenRateRow, PayListRow, VisitRow, table_of
from settings import Settings
from wiring import House

PLAN = make.Plan(elders=18, villages=3, townships=2, lived=1, until=date(2026, 11, 27), months=1)
CASES, ELDERS, VISITS = table_of(CaseRow), table_of(Elder), table_of(VisitRow)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder: Path = tmp_path_factory.mktemp("pages")
    make.make(PLAN, folder, ("sqlite",), print)
    return House(Settings(data_dir=folder / "sqlite", county="example-cq"))


def test_every_copy_is_an_elder_with_visits_of_their_own(house: House) -> None:
    with reading(house.engine) as c:
        elders = c.execute(select(func.count()).select_from(CASES)).scalar_one()
        villages = c.execute(select(func.count(CASES.c.village_id.distinct()))).scalar_one()
        townships = c.execute(select(func.count(CASES.c.township_id.distinct()))).scalar_one()
        visits = c.execute(select(VISITS.c.elder_id, func.count()).group_by(VISITS.c.elder_id)).all()
        numbers = c.execute(select(func.count(ELDERS.c.id_number_index.distinct()), func.count())).one()
    assert (elders, villages, townships) == (18, 3, 2)
    assert len(visits) == 18 and all(1 <= times <= 3 for _, times in visits)
    assert numbers[0] == numbers[1]


def test_every_chain_of_every_copy_holds(house: House) -> None:
    with snapshot(Store(house.engine, house.sealer)) as held:
        walked = [walk(held, stream) for kind in STREAMS for stream in held.of_kind(kind)]
    assert len(walked) > 18
    assert [one.name for one in walked if one.broken is not None] == []


def test_the_county_has_closed_months_and_lists_of_all_its_villages(house: House) -> None:
    rates, lists = table_of(FrozenRateRow), table_of(PayListRow)
    with reading(house.engine) as c:
        closed = c.execute(select(func.sum(rates.c.listed)).where(rates.c.month == date(2026, 10, 1))).scalar_one()
        drawn = c.execute(select(func.count()).select_from(lists)).scalar_one()
    assert (closed, drawn) == (18, 2)


def test_every_page_that_is_measured_is_answered_and_its_statements_are_counted(house: House) -> None:
    pages = asked.pages(house, house.now(), PLAN.seed)
    names = {page.name for page in pages}
    assert {"worklist", "elder", "search: a surname", "search: a phone", "search: an ID number"} <= names
    told = load.counted(house, pages)
    assert all(0 < one.number < 60 for one in told)
    answer = load.Answered(10, 5.0, 20.0, 30.0, 0, 10.0, 50.0)
    made = json.loads((house.settings.data_dir / "made.json").read_text(encoding="utf-8"))
    measured = load.Measured("sqlite", made, house.now(), 1, 0.0)
    measured.pages = [
        (page, dict.fromkeys(load.CONCURRENCY, answer), one) for page, one in zip(pages, told, strict=True)
    ]
    assert f"{len(pages)} of {len(pages)} pages" in report.plain(report.rows(measured))
