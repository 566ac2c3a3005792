"""The dashboard's figures beside the rate: whose numbers, who is told of money, the list behind the load."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from decisions.deadlines import instant
from models.tables import (
    AssessmentRow,
    CaseRow,
    CommandRow,
    DigestRow,
    Inbound,
    LevelRow,
    PayLineRow,
    PayListRow,
    Post,
    Volunteer,
    table_of,
)
from models.values import Role
from tests.pages.conftest import Statements
from tests.pages.peopled import cases, more_elders, visit
from tests.pages.town import COUNTY, LIVES, Town, climbing

COUNTY_OFFICER, TOWNSHIP_OFFICER, ADMIN = "S-county_officer", "S-township_officer", "S-admin"
NOVEMBER = instant(date(2026, 11, 1))
DUE = {"starts_at": NOVEMBER, "due_at": instant(date(2026, 11, 21)), "ends_at": instant(date(2026, 12, 1))}
ENDED = {"resolved_at": NOVEMBER + timedelta(hours=50), "outcome": "visited"}
LOG, VOLUNTEERS = table_of(CommandRow), table_of(Volunteer)
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


def text(markup: str) -> str:
    return re.sub(r"<.*?>", "", markup).strip()


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


# --- the lists behind the numbers ------------------------------------------------------------------------------------

OPENS = re.compile(r'href="(/dashboard/(?:elders|volunteers)\?[^"]+)">([^<]+)</a>')
LISTS = {
    "rate", "left_out", "on_time", "cancelled", "load", "resolve_time", "causes", "texts", "texts_lost", "replies",
    "levels_confirmed", "levels_valid", "benefit_cost", "indicators",
}  # fmt: skip


@pytest.fixture
def full(lived: Town) -> Town:
    """Beside it something of every other number: a suspended visit, texts both ways, levels and a round."""
    visit(lived, "E1", "cancelled", "V1", id="E1.gone", cancel_reason="hospital", **DUE)
    climbing(lived.house, "E1", "c2", asked_at=NOVEMBER, urgency="urgent")
    text = {
        "text_class": "ordinary",
        "template": "reminder_one",
        "body_enc": lived.house.sealer.seal("字"),
        "segments": 1,
        "body_index": "b",
    }
    with writing(lived.house.engine) as c:
        for n, (who, state, why) in enumerate((("V1", "delivered", None), ("V3", "failed", "bad_number"))):
            own = {"id": f"D{n}", "recipient_id": who, "recipient_kind": "volunteer", "phone_index": "p", "why": why}
            c.execute(insert(table_of(DigestRow)).values(**text, **own, state=state, built_at=NOVEMBER))
        phone = c.execute(select(VOLUNTEERS.c.phone_index).where(VOLUNTEERS.c.id == "V2")).scalar_one()
        came = {"provider": "sandbox", "provider_message_id": "m", "note_id": "sms-sandbox-m", "tries": 0}
        c.execute(insert(table_of(Inbound)).values(**came, phone_index=phone, phone_enc=b"x", received_at=NOVEMBER))
        for elder in ("E1", "E3"):
            village, township, _county = LIVES[elder]
            round_ = {"elder_id": elder, "round": 1, "township_id": township, "village_id": village, "reason": ""}
            more = {"stage": "resting", "trigger": "staff", "requested_at": NOVEMBER, "ended_at": NOVEMBER}
            c.execute(insert(table_of(AssessmentRow)).values(**round_, **more, outcome="confirmed", level="severe"))
            held = {"elder_id": elder, "level": "severe", "round": 1, "assessed_on": date(2026, 11, 1)}
            by = {"object_by": NOVEMBER, "confirmed_by": "S", "confirmed_at": NOVEMBER, "expired": False}
            c.execute(insert(table_of(LevelRow)).values(**held, **by))
    return lived


def figure_of(page: str, at: int) -> str:
    return re.findall(r'id="figure-(\w+)"', page[:at])[-1]


@pytest.mark.parametrize("role", ["county_officer", "township_officer", "auditor", "admin"])
async def test_every_number_opens_its_list(full: Town, role: str) -> None:
    browser = full.as_(f"S-{role}")
    page = await dashboard(full, f"S-{role}")
    opened: set[str] = set()
    for link in OPENS.finditer(page):
        figure, path, number = figure_of(page, link.start()), html.unescape(link[1]), link[2]
        opened.add(figure)
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        rows = re.findall(r"<tr>\s*<td", answer.text)
        if number.isdigit():
            assert len(rows) == int(number), path
            assert "volunteers" in path or f"看板上的数是 {number}" in answer.text, path
        elif figure == "benefit_cost":
            each = re.findall(r'data-label="情况">([\d.,]+)<', answer.text)
            assert sum(map(_fen, each)) == _fen(number), path
        else:
            assert rows, path
    assert opened >= LISTS - ({"benefit_cost"} if role == "admin" else set()) - (
        {"left_out", "texts_lost"} if role == "township_officer" else {"left_out"}
    )


def _fen(told: str) -> int:
    return int(told.replace(",", "").replace(".", ""))


async def test_the_list_of_an_amount_is_for_those_who_see_payment_lists(full: Town) -> None:
    path = "/dashboard/elders?of=benefits&which=2026-11:care_allowance&month=2026-11"
    page = (await full.as_(COUNTY_OFFICER).get(path)).text
    assert "王示福" in page and "300.00" in page
    assert (await full.as_(ADMIN).get(path)).status_code == 404
    assert "赵样康" not in (await full.as_(TOWNSHIP_OFFICER).get(path)).text


async def test_a_list_of_texts_names_whom_the_reader_may_see_and_opens_them(full: Town) -> None:
    path = "/dashboard/elders?of=texts&which=texts&month=2026-11"
    county = (await full.as_(COUNTY_OFFICER).get(path)).text
    assert "吴示1" in county and 'href="/messages/sent~D0"' in county and "志愿者或工作人员" in county
    assert (await full.as_(COUNTY_OFFICER).get("/messages/sent~D0")).status_code == 200
    admin = (await full.as_(ADMIN).get(path)).text
    assert "吴示1" not in admin and "<code>V1</code>" in admin and "/messages/" not in admin
    township = (await full.as_(TOWNSHIP_OFFICER).get(path)).text
    assert "D0" in township and "D1" not in township
    with reading(full.house.engine) as c:
        kept = select(LOG.c.subject_id, LOG.c.answer).where(LOG.c.action == "kpi_elders", LOG.c.staff_id == ADMIN)
        assert [tuple(row) for row in c.execute(kept)] == [("2026-11 texts texts", "read V1 V3")]


async def test_the_volunteers_over_their_places_are_listed_alone(full: Town) -> None:
    with writing(full.house.engine) as c:
        c.execute(update(VOLUNTEERS).where(VOLUNTEERS.c.id == "V1").values(capacity=1))
    page = await dashboard(full, COUNTY_OFFICER)
    assert "/dashboard/volunteers?month=2026-11&amp;area=T1&amp;over=1" in page.replace("%2F", "/")
    listed = (await full.as_(COUNTY_OFFICER).get("/dashboard/volunteers?month=2026-11&over=1")).text
    assert re.findall(r'href="/volunteers/(\w+)"', listed) == ["V1"]


async def test_no_number_of_volunteers_opens_for_who_may_not_see_them(full: Town) -> None:
    for staff in (ADMIN, "S-auditor"):
        assert "/dashboard/volunteers" not in await dashboard(full, staff)
        assert (await full.as_(staff).get("/dashboard/volunteers?month=2026-11")).status_code == 403
