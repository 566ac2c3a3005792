"""Finding an elder: by name or a part of it, phone, ID number; only within the territory; every search kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from models import tables as t
from tests.pages.conftest import Statements
from tests.pages.town import COUNTY, LIVES, NAMES, NOW, SINCE, Town

ELDERS, COMMANDS = t.table_of(t.Elder), t.table_of(t.CommandRow)
GRID, OFFICER, COUNTYS = "S-grid_worker", "S-township_officer", "S-county_officer"
SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def at(asked: dict[str, str]) -> str:
    return f"/elders?{urlencode(asked)}"


def found(page: str) -> list[str]:
    return re.findall(r'data-open href="/elders/([^"]+)"', page)


def enter(town: Town, id_: str, name: str, village: str = "W1", *, days: float = 0, **more: Any) -> None:
    """One more elder of T1, entered so many days from now."""
    seal = town.house.sealer.seal
    row = {
        "id": id_, "county_id": COUNTY, "township_id": "T1", "village_id": village, "household_id": id_, "sex": "F",
        "name_enc": seal(name), "id_number_enc": seal("500236194001019999"), "id_number_index": f"i-{id_}",
        "born_on_enc": seal("1940-01-01"), "standing": "case", "updated_at": NOW + timedelta(days=days),
    }  # fmt: skip
    with writing(town.house.engine) as c:
        c.execute(insert(ELDERS).values(**row | more))


async def test_by_name_part_phone_and_id_number(town: Town) -> None:
    browser = town.as_(COUNTYS)
    for typed in ("王示福", "示福", "王", " 王示福 ", "+8619200000101", "192 0000 0101", "500236195002030001",
                  "王示福 0001", "王示福0001"):  # fmt: skip
        assert found((await browser.get(at({"q": typed}))).text) == ["E1"], typed
    assert found((await browser.get(at({"q": "示"}))).text) == ["E1"]
    for typed in ("孙示宁", "王福", "19200000199", "王示福 0002", "%", "500236195002030004"):
        assert found((await browser.get(at({"q": typed}))).text) == [], typed


@SQLITE
async def test_only_within_the_territory_whatever_is_typed(town: Town) -> None:
    for staff, elders in (
        (GRID, ["E1"]), (OFFICER, ["E1", "E2"]), (COUNTYS, ["E1", "E2", "E3"]), ("S-auditor", ["E1", "E2", "E3"]),
        ("S-county_officer-X", ["E9"]),
    ):  # fmt: skip
        browser = town.as_(staff)
        assert found((await browser.get("/elders")).text) == elders
        seen = [elder for elder, name in NAMES.items() if found((await browser.get(at({"q": name}))).text)]
        assert seen == elders, staff
        page = (await browser.get(at({"area": "W3"}))).text
        assert found(page) == [elder for elder in elders if LIVES[elder][0] == "W3"]
    turned_away = await town.as_("S-assessor").get("/elders")
    assert turned_away.status_code == 403
    assert 'href="/assessments"' in turned_away.text  # what they may open stands there
    assert 'href="/elders"' not in turned_away.text


@SQLITE
async def test_numbers_are_masked_and_the_search_is_kept_without_its_words(town: Town) -> None:
    page = (await town.as_(GRID).get(at({"q": "王示福"}))).text
    assert "****0001" in page and "****0101" in page and "500236195002030001" not in page and "19200000101" not in page
    with reading(town.house.engine) as c:
        row = c.execute(select(COMMANDS).where(COMMANDS.c.action == "find_elder")).one()
    assert (row.subject_id, row.answer) == (town.house.sealer.index("search", "王示福"), "read E1")
    assert "王" not in repr(row)


@SQLITE
async def test_filters(town: Town) -> None:
    enter(town, "E4", "钱示乐", "W2", standing="register_only")
    with writing(town.house.engine) as c:
        c.execute(
            insert(t.table_of(t.ElderCategory)).values(elder_id="E4", from_on=SINCE, category="低保", source="名单")
        )
        c.execute(
            insert(t.table_of(t.LevelRow)).values(
                elder_id="E2", level="severe", round=1, assessed_on=SINCE, object_by=NOW, confirmed_by="S",
                confirmed_at=NOW, expired=False,
            )
        )  # fmt: skip
    browser = town.as_(OFFICER)
    for query, elders in (
        ("standing=register_only", ["E4"]), ("category=低保", ["E4"]), ("level=severe", ["E2"]),
        ("area=W2", ["E2", "E4"]), ("area=W2&standing=case", ["E2"]), ("standing=nonsense", ["E1", "E2", "E4"]),
        ("q=示&standing=register_only", ["E4"]), ("level=mild", []),
    ):  # fmt: skip
        assert found((await browser.get(f"/elders?{query}")).text) == elders, query


@SQLITE
@pytest.mark.parametrize("query", ["", "?q=示例"])
async def test_pages_of_fifty_cost_the_same_however_many(town: Town, queries: Statements, query: str) -> None:
    browser = town.as_(OFFICER)
    enter(town, "N120", "孙示例")
    await browser.get(f"/elders{query}")
    queries.clear()
    await browser.get(f"/elders{query}")
    few = len(queries)
    assert 0 < few <= 12, "\n".join(queries)
    for n in range(120):
        enter(town, f"N{n:03}", "孙示例", ("W1", "W2")[n % 2])
    await browser.get(f"/elders{query}")
    queries.clear()
    seen, page = list[str](), (await browser.get(f"/elders{query}")).text
    assert len(queries) == few
    while True:
        seen += found(page)
        later = re.search(r'rel="next" href="([^"]+)"', page)
        if later is None:
            break
        page = (await browser.get(later[1].replace("&amp;", "&"))).text
    assert len(seen) == len(set(seen)) == (121 if query else 123)
    assert "回到第一页" in page


@SQLITE
async def test_a_name_that_changes_or_comes_later_is_found(town: Town) -> None:
    browser = town.as_(GRID)
    assert found((await browser.get("/elders?q=周")).text) == []
    enter(town, "E5", "周示安", days=1)
    assert found((await browser.get("/elders?q=周")).text) == ["E5"]
    with writing(town.house.engine) as c:
        named = town.house.sealer.seal("郑示安")
        change = update(ELDERS).where(ELDERS.c.id == "E5")
        c.execute(change.values(name_enc=named, updated_at=NOW + timedelta(days=2)))
    assert found((await browser.get("/elders?q=周")).text) == []
    assert found((await browser.get("/elders?q=郑")).text) == ["E5"]
