"""The dashboard: one number a month over what it is made of, each number open to the list behind it, in one's scope."""

from __future__ import annotations

import asyncio
import html
import io
import re
from datetime import date, timedelta
from threading import enumerate as enumerate_threads
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from commands.auditing import Auditing
from console_doors import console_doors
from decisions.deadlines import instant
from models.figures import Cut
from models.tables import CaseRow, CommandRow, Elder, FrozenRateRow, PeriodReason, VisitRow, table_of
from tests.pages.conftest import Statements
from tests.pages.lived import lived
from tests.pages.town import COUNTY, LIVES, NOW, OTHER_COUNTY, Browser, Town
from web.language import catalog

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
NOVEMBER, BEGIN = date(2026, 11, 1), instant(date(2026, 10, 20))
ELDERS, LOG, CASES = table_of(Elder), table_of(CommandRow), table_of(CaseRow)
LINK = re.compile(r'href="(/dashboard/elders\?[^"]+)">([^<]+)</a>')
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def put(town: Town, model: Any, *rows: dict[str, Any]) -> None:
    with writing(town.house.engine) as connection:
        connection.execute(insert(table_of(model)), list(rows))


def listed(town: Town, elder: str, village: str, township: str, county: str, seen: bool, reason: str = "") -> None:
    """On the list since October; in November seen, or excused, or neither."""
    case = {"elder_id": elder, "county_id": county, "township_id": township, "village_id": village, "status": "open"}
    put(town, CaseRow, case | {"opened_at": BEGIN, "start_on": date(2026, 10, 20), "policy_hash": "0"})
    span = {"starts_at": instant(NOVEMBER), "ends_at": instant(date(2026, 12, 1))}
    if reason:
        put(town, PeriodReason, {"elder_id": elder, "period_id": "2026-11", "reason": reason, "given_by": "S"} | span)
        return
    visit = {
        "id": f"{elder}.2026-11", "elder_id": elder, "township_id": township, "village_id": village,
        "period_id": "2026-11", "kind": "scheduled", "reason": "paired", "state": "done" if seen else "missed",
        "opened_at": span["starts_at"], "due_at": instant(date(2026, 11, 20)), "attempts": 0, "recorded_late": False,
        "visited_on": date(2026, 11, 9) if seen else None,
    }  # fmt: skip
    put(town, VisitRow, visit | span)


def a_month(town: Town) -> None:
    """W1: E1 seen, two not; W2: E2 in hospital; W3: E3 seen. Of another county E9 seen."""
    for elder, seen, reason in (("E1", True, ""), ("E2", False, "hospital"), ("E3", True, ""), ("E9", True, "")):
        listed(town, elder, *LIVES[elder], seen, reason)
    for n in (4, 5):
        listed(town, f"E{n}", "W1", "T1", COUNTY, False)


async def shown(browser: Browser, path: str = "/dashboard?month=2026-11") -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


def row_of(page: str, figure: str, name: str) -> list[str]:
    table = page.split(f'id="table-{figure}"')[1].split("</table>", maxsplit=1)[0]
    row = next(row for row in table.split("<tr>") if re.sub(r"<[^>]*>", "", row.split("</th>")[0]).strip() == name)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


async def behind(browser: Browser, path: str) -> list[str]:
    """Everybody of a list, page after page."""
    rows: list[str] = []
    while path:
        page = await shown(browser, html.unescape(path))
        rows += re.findall(r'data-label="老人">(.*?)</td>', page)
        further = NEXT.search(page)
        path = further[1] if further else ""
    return [re.sub(r"<[^>]*>", "", row) for row in rows]


# --- what is shown to whom -------------------------------------------------------------------------------------------


async def test_a_county_sees_both_rates_of_all_of_it_by_township(town: Town) -> None:
    a_month(town)
    page = await shown(town.as_("S-county_officer"))
    assert row_of(page, "rate", "白帝镇") == ["25.0%", "1", "4", "33.3%", "3", "2", "1"]
    assert row_of(page, "rate", "草堂镇") == ["100.0%", "1", "1", "100.0%", "1", "0", "0"]
    assert row_of(page, "rate", "合计") == ["40.0%", "2", "5", "50.0%", "4", "2", "1"]
    assert row_of(page, "left_out", "白帝镇")[0] == "1"
    assert '<p class="big">40.0%</p>' in page and '<p class="big">50.0%</p>' in page
    assert "截至 2026年12月8日 10:00 所知" in page and "示例镇" not in page


async def test_a_township_sees_its_villages_only(town: Town) -> None:
    a_month(town)
    officer = town.as_("S-township_officer")
    page = await shown(officer)
    assert row_of(page, "rate", "示例一村") == ["33.3%", "1", "3", "33.3%", "3", "2", "0"]
    assert row_of(page, "rate", "合计")[1:3] == ["1", "4"]
    assert "示例三村" not in page and "草堂镇" not in page
    for path in ("area=T2", "area=W3", "area=T9", f"area={COUNTY}", "area=nowhere"):
        assert (await officer.get(f"/dashboard?month=2026-11&{path}")).status_code == 404
        assert (await officer.get(f"/dashboard/elders?of=rate&which=seen&month=2026-11&{path}")).status_code == 404
    assert row_of(await shown(officer, "/dashboard?month=2026-11&area=W2"), "rate", "合计")[1:3] == ["0", "1"]
    assert (await officer.get(f"/dashboard?month=2026-11&county={OTHER_COUNTY}")).status_code == 404


@pytest.mark.parametrize("role", ["county_officer", "township_officer", "auditor", "admin"])
async def test_behind_every_number_are_so_many(town: Town, role: str) -> None:
    a_month(town)
    browser = town.as_(f"S-{role}")
    links = LINK.findall(await shown(browser))
    numbers = [(path, int(told)) for path, told in links if told.isdigit()]
    assert len(numbers) > 8
    for path, number in numbers:
        assert len(await behind(browser, path)) == number, path


async def test_names_are_for_those_who_may_see_them_today(town: Town) -> None:
    a_month(town)
    with writing(town.house.engine) as connection:  # E2 has moved to the other township since
        connection.execute(update(ELDERS).where(ELDERS.c.id == "E2").values(village_id="W3", township_id="T2"))
    path = "/dashboard/elders?of=rate&which=not_seen&month=2026-11&area=T1"
    assert "李例寿" in await behind(town.as_("S-county_officer"), path)
    officer = await shown(town.as_("S-township_officer"), path)
    assert "E2" in officer and "李例寿" not in officer
    assert await behind(town.as_("S-admin"), path) == ["E2", "E4", "E5"]
    with reading(town.house.engine) as connection:
        kept = connection.execute(select(LOG).where(LOG.c.action == "kpi_elders", LOG.c.staff_id == "S-admin")).all()
    assert [(row.subject_id, row.answer) for row in kept] == [("2026-11 rate not_seen T1", "read E2 E4 E5")]


async def test_long_lists_are_paged_by_key(town: Town) -> None:
    for n in range(120):
        listed(town, f"F{n:03}", "W3", "T2", COUNTY, True)
    path = "/dashboard/elders?of=rate&which=seen&month=2026-11"
    assert await behind(town.as_("S-county_officer"), path) == [f"F{n:03}" for n in range(120)]
    assert "看板上的数是 120" in await shown(town.as_("S-county_officer"), path)


# --- months ----------------------------------------------------------------------------------------------------------


async def test_a_closed_month_says_so_and_what_came_later_stands_beside_it(town: Town) -> None:
    a_month(town)
    closed = {"county_id": COUNTY, "month": NOVEMBER, "known_at": instant(date(2026, 12, 6))}
    rows = [{"township_id": "T1", "listed": 4, "seen": 1, "excused": 1}]
    rows += [{"township_id": "T2", "listed": 1, "seen": 0, "excused": 0}]
    put(town, FrozenRateRow, *(closed | row for row in rows))
    county = await shown(town.as_("S-county_officer"))
    assert "2026年12月6日 00:00 结算，不再改动" in county and '<p class="big">20.0%</p>' in county
    assert "结算以后有补记" in county and "<strong>40.0%</strong> (2/5)" in county
    township = await shown(town.as_("S-township_officer"))
    assert '<p class="big">25.0%</p>' in township and "今天所知与结算时相同" in township
    assert "不再改动" not in await shown(town.as_("S-township_officer"), "/dashboard?month=2026-11&area=W1")


async def test_the_last_month_that_is_over_is_shown_or_the_first_that_runs(town: Town) -> None:
    county = town.as_("S-county_officer")
    case = {"elder_id": "E1", "county_id": COUNTY, "township_id": "T1", "village_id": "W1", "status": "open"}
    put(town, CaseRow, case | {"opened_at": NOW, "start_on": date(2026, 12, 8), "policy_hash": "0"})
    assert "2026-12 · 本月，还没有过完" in await shown(county, "/dashboard")
    with writing(town.house.engine) as connection:
        connection.execute(update(CASES).values(opened_at=BEGIN))
    assert '<span class="count">奉节县 · 2026-11</span>' in await shown(county, "/dashboard")


@pytest.mark.parametrize("said", ["2027-01", "2026-13", "november", "2026-11-01"])
async def test_what_is_no_month_yet_is_not_there(town: Town, said: str) -> None:
    assert (await town.as_("S-county_officer").get(f"/dashboard?month={said}")).status_code == 404


async def test_what_is_no_number_is_not_there(town: Town) -> None:
    county = town.as_("S-county_officer")
    for path in ("elders?of=rate&which=everybody", "elders?of=none&which=seen", "none.xlsx", "none/print"):
        assert (await county.get(f"/dashboard/{path}")).status_code == 404


# --- as it was known -------------------------------------------------------------------------------------------------


async def test_as_known_then_is_folded_behind_the_page(town: Town) -> None:
    lived(town, "E1", NOW - timedelta(days=60))
    county, path = town.as_("S-county_officer"), "/dashboard?month=2026-11&as_of=2026-11-20"
    page = await shown(county, path)
    for _ in range(500):
        if "正在从台账重新汇总" not in page:
            break
        assert 'hx-trigger="every 2s"' in page and ">刷新</a>" in page
        await asyncio.sleep(0.02)
        page = await shown(county, path)
    assert row_of(page, "rate", "合计") == ["0.0%", "0", "1", "0.0%", "1", "1", "0"]
    assert "截至 2026年11月20日 24:00 所知" in page and not LINK.search(page) and "every 2s" not in page


@pytest.mark.parametrize("said", ["2026-12-08", "2027-01-01"])
async def test_a_day_that_is_not_over_is_now(town: Town, said: str) -> None:
    page = await shown(town.as_("S-county_officer"), f"/dashboard?as_of={said}")
    assert "从台账重新汇总" not in page and f'value="{said}"' not in page


@pytest.mark.parametrize("said", ["2026-02-30", "yesterday"])
async def test_what_is_no_day_is_refused_with_its_sentence(town: Town, said: str) -> None:
    answer = await town.as_("S-county_officer").get(f"/dashboard?as_of={said}")
    assert answer.status_code == 422 and "请写一个已经过去的日期" in answer.text


# --- leaving the house -----------------------------------------------------------------------------------------------


async def test_a_figure_leaves_as_a_sheet_and_as_a_page_to_print_and_each_is_kept(town: Town) -> None:
    a_month(town)
    officer = town.as_("S-township_officer")
    sheet = await officer.get("/dashboard/rate.xlsx?month=2026-11")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert rows[2] == ["示例一村", "33.3%", 1.0, 3.0, "33.3%", 3.0, 2.0, 0.0]
    assert rows[4][0] == "合计" and "所知" in str(rows[6][0])
    paper = await shown(officer, "/dashboard/left_out/print?month=2026-11")
    assert row_of(paper, "left_out", "合计")[0] == "1" and "table-rate" not in paper
    with reading(town.house.engine) as connection:
        kept = connection.execute(select(LOG.c.subject_id, LOG.c.answer).where(LOG.c.action == "kpi_export")).all()
    assert {tuple(row) for row in kept} == {
        ("2026-11", f"export rate xlsx {COUNTY}"), ("2026-11", f"export left_out print {COUNTY}"),
    }  # fmt: skip


# --- how much is asked of the store ----------------------------------------------------------------------------------


async def test_a_page_asks_as_much_whatever_there_is(town: Town, queries: Statements) -> None:
    county, asked = town.as_("S-county_officer"), list[int]()
    await shown(county, "/dashboard?month=2026-11")  # the rules in force are read once
    for n in range(2):
        for m in range(1 + 9 * n):
            listed(town, f"G{n}{m}", "W1" if m % 2 else "W3", "T1" if m % 2 else "T2", COUNTY, m % 3 > 0)
        for path in ("/dashboard?month=2026-11", "/dashboard/elders?of=rate&which=listed&month=2026-11"):
            queries.clear()
            await shown(county, path)
            asked.append(len(queries))
    assert asked[:2] == asked[2:] and max(asked) <= 70, asked  # an age of zero: twelve months are counted each time


async def test_what_is_held_is_not_asked_again(town: Town, queries: Statements) -> None:
    a_month(town)
    doors = console_doors(town.house, None, Auditing(town.house))
    town.app = town.house.web(None, doors)
    county = town.as_("S-county_officer")
    first = await shown(county)
    for _ in range(1500):  # what is counted ahead is asked of the store too
        if not any(thread.name == "figures" for thread in enumerate_threads()):
            break
        await asyncio.sleep(0.02)
    town.days_pass(1 / 24 / 60)
    listed(town, "G1", "W3", "T2", COUNTY, True)
    queries.clear()
    again = await shown(county)
    assert row_of(again, "rate", "合计") == row_of(first, "rate", "合计")
    assert not [one for one in queries if "visit_row" in one] and len(queries) <= 12, len(queries)
    assert (await county.post("/dashboard/again?month=2026-11")).is_redirect
    assert row_of(await shown(county), "rate", "合计")[1:3] == ["3", "6"]


# --- words -----------------------------------------------------------------------------------------------------------


async def test_every_figure_is_told_in_english_too(town: Town) -> None:
    a_month(town)
    said: set[str] = set()
    doors = console_doors(town.house, None, Auditing(town.house), timedelta(0))
    for figure in doors.figures.figures(COUNTY, NOVEMBER, Cut()):
        said |= {figure.title, figure.how, *figure.columns, figure.unit}
    chinese = {one for one in said if re.search(r"[㐀-鿿]", one)}
    assert chinese and chinese <= set(catalog("en")), chinese - set(catalog("en"))
