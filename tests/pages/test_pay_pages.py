"""A month's list as pages: sums, lines, what is typed, the sheet and what of a changed one is wrong."""

from __future__ import annotations

import html
import io
import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.pay_sheet import SheetLine, pay_workbook, read_back
from models.tables import CommandRow, Post, table_of
from models.values import Role
from tests.pages.money_town import counted, gives, lists, turn
from tests.pages.test_benefit_pages import words
from tests.pages.town import COUNTY, NAMES, OTHER_COUNTY, Town
from web.security import form_token

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
ONE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def paid(town: Town) -> Town:
    """E1 200.00 in T1, E3 300.50 in T2; a list of March, drawn and to be checked."""
    gives(town, "E1")
    gives(town, "E3", fen=30050, row="class_2")
    gives(town, "E9", fen=77777)
    lists(town, MARCH, "checking")
    return town


async def test_sums_are_those_of_the_lines_and_a_township_sees_its_own(paid: Town) -> None:
    page = words((await paid.as_("S-county_officer").get("/pay/2026-03")).text)
    assert "应发合计（元） 500.50" in page and "白帝镇 200.00 0.00 0.00 200.00 1" in page
    assert NAMES["E1"] in page and NAMES["E3"] in page and "777.77" not in page
    own = words((await paid.as_("S-township_officer").get("/pay/2026-03")).text)
    assert "应发合计（元） 200.00" in own and "以下只是您辖区的" in own
    assert NAMES["E3"] not in own and "500.50" not in own
    filtered = words((await paid.as_("S-county_officer").get("/pay/2026-03?township=T2")).text)
    assert NAMES["E3"] in filtered and NAMES["E1"] not in filtered
    after = words((await paid.as_("S-county_officer").get("/pay/2026-03?after=0")).text)
    assert NAMES["E3"] in after and NAMES["E1"] not in after
    assert (await paid.as_("S-county_officer").get(f"/pay/2026-03?after={'9' * 20}")).status_code == 200


@ONE
async def test_another_county_has_its_own_months(paid: Town) -> None:
    assert "2026-03" not in (await paid.as_("S-county_officer-X").get("/pay")).text
    assert (await paid.as_("S-county_officer-X").get("/pay/2026-03")).status_code == 409
    assert "2026-03" in (await paid.as_("S-county_officer").get("/pay")).text
    assert (await paid.as_("S-county_officer").get("/pay/2026-13")).status_code == 404


@ONE
async def test_of_two_counties_every_link_stays_with_the_one_that_was_asked_for(paid: Town) -> None:
    """An officer here who audits there: of each county its own list, and the steps of the role that is held in it."""
    lists(paid, MARCH, "checking", county=OTHER_COUNTY)
    with writing(paid.house.engine) as c:
        there = {"id": "P-there", "role": Role.AUDITOR.value, "area_id": OTHER_COUNTY, "holder_id": "S-county_officer"}
        c.execute(insert(table_of(Post)).values(there))
    officer, asked = paid.as_("S-county_officer"), f"county={OTHER_COUNTY}"
    assert f'href="/pay?{asked}"' in (await officer.get("/pay")).text
    for path in ("/pay", "/pay/2026-03", "/pay/2026-03/adjustments", "/pay/verify"):
        page = (await officer.get(f"{path}?{asked}")).text
        links = [html.unescape(link) for link in re.findall(r'href="((?:/pay|\?)[^"]*)"', page.split("<main")[1])]
        of_own = {f"/pay?county={COUNTY}"} if path == "/pay" else set[str]()
        assert [link for link in links if asked not in link] == [*of_own], path
    page = (await officer.get(f"/pay/2026-03?{asked}")).text
    assert "777.77" in page and NAMES["E1"] not in page and f'name="county" value="{OTHER_COUNTY}"' in page
    assert "/check" not in page and "/sheet" in page
    own = (await officer.get(f"/pay/2026-03?county={COUNTY}")).text
    assert "500.50" in own and f"/pay/2026-03/check?county={COUNTY}" in own
    form = await officer.get(f"/pay/2026-03/return?county={COUNTY}")
    assert f'href="/pay/2026-03?county={COUNTY}"' in form.text
    sent = await officer.post(f"/pay/2026-03/return?county={COUNTY}", {"note": "少一笔"})
    assert sent.headers["location"] == f"/pay/2026-03?county={COUNTY}&done=later"
    for path in ("/pay", "/pay/2026-03", "/pay/2026-03/sheet"):
        assert (await paid.as_("S-county_approver").get(f"{path}?{asked}")).status_code == 404, path


@ONE
async def test_who_checks_types_hash_and_sum(paid: Town) -> None:
    officer, path = paid.as_("S-county_officer"), "/pay/2026-03/check"
    form = (await officer.get(path)).text
    hash_ = re.findall(r"<code>([0-9a-f]{64})</code>", form)[0]
    for typed, says in (
        ({"sha256": hash_[:7], "total": "500.50"}, "至少写前 8 位"),
        ({"sha256": "0" * 8, "total": "500.50"}, "与现在的名单不同"),
        ({"sha256": hash_[:8], "total": "500.5"}, "写到分"),
        ({"sha256": hash_[:8]}, "必须填写"),
    ):  # fmt: skip
        answer = await officer.post(path, typed)
        assert answer.status_code == 422 and says in answer.text, says
    answer = await officer.post(path, {"sha256": hash_[:8], "total": "500.50"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/pay/2026-03?done=later")


@ONE
async def test_a_list_that_no_longer_holds_is_said_when_it_is_drawn_beside(paid: Town) -> None:
    county = paid.as_("S-county_officer")
    assert "每一笔都没有变" in (await county.get("/pay/2026-03?recount=1")).text
    gives(paid, "E1", n=2, fen=10000)  # another amount of the same month
    assert "批准会被拒绝" in (await county.get("/pay/2026-03?recount=1")).text


@ONE
async def test_adjustments_are_what_is_not_of_the_month(paid: Town) -> None:
    turn(paid, "approved")
    gives(paid, "E2")
    lists(paid, APRIL, "checking")
    page = words((await paid.as_("S-county_officer").get("/pay/2026-04/adjustments")).text)
    assert NAMES["E2"] in page and "补发" in page and NAMES["E1"] not in page


@ONE
async def test_the_sheet_has_the_sums_of_the_page_and_is_recorded_as_an_export(paid: Town) -> None:
    answer = await paid.as_("S-county_approver").get("/pay/2026-03/sheet")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    [heading, *rows] = book.get_sheet_by_name("按乡镇").to_python()
    assert rows[-1][heading.index("合计")] == 500.5
    log = table_of(CommandRow)
    with reading(paid.house.engine) as c:
        [row] = c.execute(select(log).where(log.c.action == "pay_export")).all()
    assert (row.staff_id, row.subject_id, row.answer.split()[0]) == ("S-county_approver", "2026-03", "export")
    assert (await paid.as_("S-township_officer").get("/pay/2026-03/sheet")).status_code == 403


@ONE
async def test_a_sheet_that_was_changed_is_told_by_its_cells(paid: Town) -> None:
    county = paid.as_("S-county_officer")
    ours = (await county.get("/pay/2026-03/sheet")).content

    async def verified(content: bytes) -> str:
        files = {"file": ("list.xlsx", content)}
        form = {"form_token": form_token(county.token)}
        return words((await county._client.post("/pay/verify", data=form, files=files)).text)

    assert "相符" in await verified(ours)
    seen = read_back(ours)
    lines = [SheetLine._make(line) for line in seen.lines]
    changed = pay_workbook(seen.about.items(), [lines[0], lines[1]._replace(fen=99900)])
    said = await verified(changed)
    assert "不符" in said and "名单 3 金额（元） 300.50 999.00" in said
    assert "不是这里导出的名单" in await verified(b"not a workbook")


@ONE
async def test_statements_of_a_list_are_bounded(paid: Town) -> None:
    with counted(paid) as statements:
        await paid.as_("S-county_officer").get("/pay/2026-03")
    assert len(statements) <= 24, len(statements)
