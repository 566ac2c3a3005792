"""The dashboard's figures beside the rate: whose numbers, who is told of money, the list behind the load."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from decisions.deadlines import instant
from models.tables import CaseRow, CommandRow, PayLineRow, PayListRow, Post, table_of
from models.values import Role
from tests.pages.conftest import Statements
from tests.pages.peopled import cases, more_elders, visit
from tests.pages.town import COUNTY, LIVES, Town, climbing

COUNTY_OFFICER, TOWNSHIP_OFFICER, ADMIN = "S-county_officer", "S-township_officer", "S-admin"
NOVEMBER = instant(date(2026, 11, 1))
DUE = {"starts_at": NOVEMBER, "due_at": instant(date(2026, 11, 21)), "ends_at": instant(date(2026, 12, 1))}
ENDED = {"resolved_at": NOVEMBER + timedelta(hours=50), "outcome": "visited"}
LOG = table_of(CommandRow)
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def lived(town: Town) -> Town:
    """In November E1 was visited in time and E2 late, by one volunteer; E3 and E9 were missed. Each was paid 300 元."""
    cases(town)
    with writing(town.house.engine) as c:
        c.execute(update(table_of(CaseRow)).values(opened_at=NOVEMBER))
    visit(town, "E1", "done", "V1", visitor_id="V1", visited_on=date(2026, 11, 9), **DUE)
    visit(town, "E2", "late", "V1", visitor_id="V1", visited_on=date(2026, 11, 29), **DUE)
    visit(town, "E3", "missed", "V3", **DUE)
    visit(town, "E9", "missed", "V9", **DUE)
    climbing(town.house, "E3", "c1", state="resolved", asked_at=NOVEMBER, **ENDED)
    month = date(2026, 11, 1)
    with writing(town.house.engine) as c:
        none = {"fen": 0, "back_pay_fen": 0, "claw_back_fen": 0, "held": 0, "unstated": 0, "lines": 3}
        held = {"county_id": COUNTY, "month": month, "n": 1, "state": "approved", "sha256": "1" * 64, **none}
        c.execute(insert(table_of(PayListRow)).values(drawn_at=town.now, **held))
        for seq, elder in enumerate(("E1", "E2", "E3")):
            village, township, _county = LIVES[elder]
            where = {"township_id": township, "village_id": village}
            line = {"sha256": "1" * 64, "seq": seq, "elder_id": elder, "code": "care_allowance", "n": 1, "kind": "pay"}
            more = {"fen": 30000, "due_fen": 30000, "row": "r", "because": "r", "by_age": False, "month": month}
            c.execute(insert(table_of(PayLineRow)).values(**line, **where, **more))
    return town


def told(page: str, figure: str) -> dict[str, list[str]]:
    """Each row of a figure's table by its label."""
    table = re.search(rf'id="table-{figure}".*?</table>', page, re.DOTALL)
    assert table is not None, figure
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table[0], re.DOTALL)
    return {text(label): [text(cell) for cell in re.findall(r"<td.*?</td>", cells)] for label, cells in rows}


def text(html: str) -> str:
    return re.sub(r"<.*?>", "", html).strip()


async def dashboard(town: Town, staff: str, more: str = "") -> str:
    answer = await town.as_(staff).get(f"/dashboard?month=2026-11{more}")
    assert answer.status_code == 200
    return answer.text


async def test_a_scope_chooses_rows(lived: Town) -> None:
    page = await dashboard(lived, COUNTY_OFFICER)
    assert told(page, "on_time") == {
        "白帝镇": ["50.0%", "1", "2", "1", "0", "0", "0", "0"],
        "草堂镇": ["0.0%", "0", "1", "0", "1", "0", "0", "0"],
        "合计": ["33.3%", "1", "3", "1", "1", "0", "0", "0"],
    }
    assert told(page, "resolve_time")["网格员"] == ["1", "50.0", "50.0", "0"]
    assert told(page, "indicators")["特殊困难老年人月探访率"][:3] == ["66.6%", "2/3", "100%"]
    page = await dashboard(lived, TOWNSHIP_OFFICER)
    assert told(page, "on_time") == {
        "示例一村": ["100.0%", "1", "1", "0", "0", "0", "0", "0"],
        "示例二村": ["0.0%", "0", "1", "1", "0", "0", "0", "0"],
        "合计": ["50.0%", "1", "2", "1", "0", "0", "0", "0"],
    }
    assert told(page, "resolve_time")["网格员"] == ["0", "-", "-", "0"]
    assert told(page, "load")["合计"] == ["2", "2", "0", "0", "2", "0", "0.0%"]


async def test_money_is_for_those_who_see_payment_lists(lived: Town) -> None:
    page = await dashboard(lived, COUNTY_OFFICER)
    assert told(page, "benefit_cost")["2026-11"] == ["900.00", "900.00"]
    assert told(await dashboard(lived, TOWNSHIP_OFFICER), "benefit_cost")["合计"] == ["600.00", "600.00"]
    assert "benefit_cost" not in await dashboard(lived, ADMIN)
    path = "/dashboard/benefit_cost.xlsx?month=2026-11"
    assert (await lived.as_(ADMIN).get(path)).status_code == 404
    assert (await lived.as_(COUNTY_OFFICER).get(path)).status_code == 200


async def test_who_sees_the_county_and_the_lists_of_a_township_is_told_of_the_townships_money(lived: Town) -> None:
    with writing(lived.house.engine) as c:
        own = {"role": Role.TOWNSHIP_OFFICER.value, "area_id": "T2", "holder_id": ADMIN}
        c.execute(insert(table_of(Post)).values(id="P-both", **own))
    assert "benefit_cost" not in await dashboard(lived, ADMIN)
    assert "benefit_cost" not in await dashboard(lived, ADMIN, "&area=T1")
    assert told(await dashboard(lived, ADMIN, "&area=T2"), "benefit_cost")["合计"] == ["300.00", "300.00"]


async def test_the_list_behind_the_load_names_who_carries_most_first(lived: Town) -> None:
    assert 'href="/dashboard/volunteers?month=2026-11' in await dashboard(lived, COUNTY_OFFICER)
    assert "/dashboard/volunteers" not in await dashboard(lived, "S-auditor")
    page = (await lived.as_(COUNTY_OFFICER).get("/dashboard/volunteers?month=2026-11")).text
    assert re.findall(r'href="/volunteers/(\w+)"', page) == ["V1", "V2", "V3"]
    first = re.findall(r"<tr>\s*<td><a.*?</tr>", page, re.DOTALL)[0]
    assert "吴示1" in first and re.findall(r'class="number">(\d+)<', first) == ["2", "0", "2", "2", "9"]
    page = (await lived.as_("S-township_officer-T2").get("/dashboard/volunteers?month=2026-11")).text
    assert re.findall(r'href="/volunteers/(\w+)"', page) == ["V3"]
    with reading(lived.house.engine) as c:
        kept = select(LOG.c.subject_id).where(LOG.c.action == "volunteer", LOG.c.staff_id == COUNTY_OFFICER)
        assert list(c.execute(kept).scalars()) == ["2026-11"]
    after = await lived.as_(COUNTY_OFFICER).get("/dashboard/volunteers?month=2026-11&after=V1")
    assert re.findall(r'href="/volunteers/(\w+)"', after.text) == ["V2", "V3"]
    assert (await lived.as_(COUNTY_OFFICER).get("/dashboard/volunteers?after=V9")).status_code == 404


@pytest.mark.parametrize("path", ["/dashboard?month=2026-11", "/dashboard/volunteers?month=2026-11"])
async def test_the_store_is_asked_as_often_for_many_as_for_few(lived: Town, queries: Statements, path: str) -> None:
    browser = lived.as_(COUNTY_OFFICER)
    await browser.get(path)
    queries.clear()
    await browser.get(path)
    few = len(queries)
    more_elders(lived, 30)
    for n in range(1, 31):
        visit(lived, "E1", "done", "V1", id=f"E1.{n}", visitor_id=f"V{1 + n % 3}", visited_on=date(2026, 11, 9), **DUE)
    queries.clear()
    await browser.get(path)
    assert len(queries) <= few
