"""A caseworker at the browser: the overdue elder is found, taken on, called, put down, and stands in the story."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from adapters.database import reading
from decisions.deadlines import SHANGHAI, civil_day
from models.errors import REFUSAL_WORDS, Refusal
from models.ids import case_stream
from models.tables import CommandRow, EscalationRow, VisitRow, table_of
from models.values import Role
from tests.pages.town import Browser, app_of
from tests.stories.world import PHONES, World, county

ESCALATIONS, VISITS, COMMANDS = table_of(EscalationRow), table_of(VisitRow), table_of(CommandRow)
GRID = "S-grid_worker"
A_MONTH = 25.0  # from where stories begin, the visit of the next month is overdue


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with county(tmp_path) as made:
        yield made


def words(answer: httpx.Response) -> str:
    """What stands on a page, without its marks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


async def test_an_overdue_elder_is_called_and_the_story_says_so(world: World) -> None:
    await world.days_pass(A_MONTH)
    browser = Browser(app_of(world.house, world.client), GRID, tells_why=False)
    assert 'href="/elders/E1"' in (await browser.get("/worklist")).text
    page = await browser.get("/elders/E1")
    assert page.status_code == 200 and "到期没有人去" in words(page)
    (cause,) = set(re.findall(r'href="(/elders/E1/escalations/[^"]+)"', page.text))

    assert (await browser.post(f"{cause}/acknowledge")).headers["location"] == f"{cause}?done=recorded"
    taken = await browser.get(cause)
    assert "已接手" in words(taken) and "不再升级" not in words(taken)

    today = civil_day(world.clock)
    form = {"visitor": GRID, "method": "phone", "result": "well", "health": "fine", "note": "电话里声音很好"}
    wrong = await browser.post(
        "/elders/E1/record-visit", form | {"visited_on": (today + timedelta(days=1)).isoformat()}
    )
    assert wrong.status_code == 422 and REFUSAL_WORDS[Refusal.IN_THE_FUTURE] in words(wrong)
    early = form | {"visited_on": "2019-12-31", "reason": "补录"}
    wrong = await browser.post("/elders/E1/record-visit", early)
    assert wrong.status_code == 422 and f"不能办理：{REFUSAL_WORDS[Refusal.BEFORE_ENROLMENT]}" in words(wrong)
    assert 'value="2019-12-31"' in wrong.text and "电话里声音很好" in wrong.text

    done = await browser.post("/elders/E1/record-visit", form | {"visited_on": today.isoformat()})
    assert (done.status_code, done.headers["location"]) == (303, "/elders/E1?done=recorded")
    await world.settle()
    with reading(world.house.engine) as connection:
        visit = connection.execute(select(VISITS)).one()
        ladder = connection.execute(select(ESCALATIONS)).one()
        reasons = connection.execute(select(COMMANDS.c.answer).where(COMMANDS.c.action == "case_show")).scalars().all()
    assert (visit.state, visit.method, visit.visitor_id) == ("late", "phone", GRID)
    assert (ladder.state, ladder.outcome, ladder.resolved_by) == ("resolved", "reported_by_visitor", GRID)
    assert set(reasons) == {"own_work"}

    browser = Browser(app_of(world.house, world.client), GRID)  # nothing of E1 is on their list any more
    page = await browser.get("/elders/E1?done=recorded")
    assert "逾期完成" in words(page) and "电话探访，平安" in words(page) and "（附言：电话里声音很好）" in words(page)
    assert "没有督办，也没有等人办的事项" in words(page)
    of = re.findall(r'evidence\?of=([^"]+)"', page.text)
    fact = next(one for one in of if one.startswith("case/E1"))
    shown = await browser.get(f"/elders/E1/evidence?of={fact}")
    assert shown.status_code == 200 and "前一条的哈希" in words(shown) and "事件号" in words(shown)

    before = await browser.get(
        f"/elders/E1?as_of={(world.clock.astimezone(SHANGHAI) - timedelta(hours=1)):%Y-%m-%dT%H:%M}"
    )
    assert "当时所知" in words(before) and "逾期完成" not in words(before) and "记一次探访" not in words(before)


async def test_a_danger_is_told_by_form_and_whoever_is_on_duty_is_texted_at_once(world: World) -> None:
    await world.settle()  # the case has begun
    browser = Browser(app_of(world.house, world.client), f"S-{Role.VILLAGE_ASSISTANT}")
    assert "/elders/E1/report-danger" in (await browser.get("/elders/E1")).text
    empty = await browser.post("/elders/E1/report-danger", {})
    assert empty.status_code == 422 and "必须填写" in words(empty)
    assert (await browser.post("/elders/E1/report-danger", {"note": "屋里有煤气味，叫不应"})).status_code == 303
    await world.days_pass(1 / 288)
    with reading(world.house.engine) as connection:
        ladder = connection.execute(select(ESCALATIONS)).one()
    assert (ladder.cause, ladder.urgency, ladder.owner_id) == ("risk", "urgent", GRID)
    [text] = world.texts_to(PHONES[Role.GRID_WORKER])
    assert "可能有危险" in text and "煤气" not in text
    assert "煤气" not in str(world.ledger(case_stream("E1")))
