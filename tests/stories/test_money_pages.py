"""Money through the pages on a real engine: a benefit from the request to the telling, and a month's list approved."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decisions.deadlines import civil_day
from tests.pages.town import Browser, app_of
from tests.stories.benefits import APPROVER, CARE, amounts, claims, settle_in, state_facts
from tests.stories.paying import lists
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, GRID, TOWNSHIP
from tests.stories.world import World, at_rest, working

BEGINS = datetime(2037, 11, 26, 1, tzinfo=UTC)
BASE = f"/elders/E1/benefits/{CARE}"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with at_rest(tmp_path, opens_at=BEGINS) as made:
        settle_in(made)
        assert made.house.counties.begin(made.clock) == 1
        async with working(made):
            await made.days_pass(0.2)
            yield made


class Desk:
    """Somebody at their browser. `does` answers what the page says of the step: `recorded`, or the sentence."""

    def __init__(self, world: World, staff_id: str) -> None:
        self._world = world
        self.browser = Browser(app_of(world.house, world.client), staff_id)

    async def does(self, path: str, **typed: str) -> str:
        answer = await self.browser.post(path, typed)
        await self._world.settle()
        if answer.status_code == 303:
            return answer.headers["location"].partition("?done=")[2]
        [said] = re.findall(r'role="alert">([^<]*)<', answer.text) or [answer.text]
        return said

    async def reads(self, path: str) -> str:
        return (await self.browser.get(path)).text


async def test_a_benefit_and_the_month_in_which_it_is_paid(world: World) -> None:
    grid, assistant, township, officer, approver = (
        Desk(world, id_) for id_ in (GRID, ASSISTANT, TOWNSHIP, COUNTY_OFFICER, APPROVER)
    )
    state_facts(world, "E1", civil_day(world.clock), disability_kind="肢体", disability_grade=1)

    # November's list has nobody yet, and is checked and approved by two.
    [november] = lists(world)
    hash_, path = november.sha256[:8], "/pay/2037-11"
    assert await officer.does(f"{path}/check", sha256=hash_, total="0.00") == "recorded"
    assert "须由第二人确认" in await officer.does(f"{path}/approve", sha256=hash_, total="0.00")
    assert await approver.does(f"{path}/approve", sha256=hash_, total="0.00") == "recorded"

    # Asked for, checked, posted, and approved by another than who checked.
    assert await grid.does("/elders/E1/benefits/request", code=CARE) == "recorded"
    assert await township.does(f"{BASE}/check") == "recorded"
    notice = await assistant.reads(f"{BASE}/notice")
    assert "拟定结果：拟享受" in notice and "200.00" not in notice
    today = civil_day(world.clock)
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert "还缺一项" in await assistant.does(f"{BASE}/post", posted_on=tomorrow, proof="照片")
    assert await assistant.does(f"{BASE}/post", posted_on=today.isoformat(), proof="照片") == "recorded"

    # Somebody objects; whoever looks into that is not who approves it.
    assert await grid.does(f"{BASE}/object", note="邻居说有房") == "recorded"
    dismissed = {"upheld": "dismissed", "note": "查过没有房"}
    assert "须由第二人确认" in await township.does(f"{BASE}/objection", **dismissed)
    assert await officer.does(f"{BASE}/objection", **dismissed) == "recorded"
    await world.days_pass(9)
    assert "档次或金额与拟定的不同" in await approver.does(f"{BASE}/approve", row="class_1", amount="999.00")
    typed = {"row": "class_1", "amount": "200.00"}
    checked_by = claims(world)[CARE].checked_by
    assert (
        checked_by == TOWNSHIP
        and (await Desk(world, TOWNSHIP).browser.post(f"{BASE}/approve", typed)).status_code == 403
    )
    assert "须由第二人确认" in await officer.does(f"{BASE}/approve", **typed)
    assert await approver.does(f"{BASE}/approve", **typed) == "recorded"
    assert [row[:3] for row in amounts(world)] == [(CARE, "class_1", 20000)]
    told_on = civil_day(world.clock).isoformat()
    assert await grid.does(f"{BASE}/tell", told_on=told_on, how="handed") == "recorded"
    page = await grid.reads("/elders/E1/benefits")
    assert "待遇批准告知书" in page and "/receipts/benefit/" in page and "已批准" in page

    # On its day the list is drawn with it; who checked may not approve.
    while len(lists(world)) < 2:
        await world.days_pass(1)
    december = lists(world)[-1]
    path, seen = f"/pay/{december.month:%Y-%m}", {"sha256": december.sha256[:8], "total": "200.00"}
    assert december.fen == 20000 and "200.00" in await township.reads(path)
    assert await officer.does(f"{path}/check", **seen) == "recorded"
    assert "须由第二人确认" in await officer.does(f"{path}/approve", **seen)
    assert "与现在的名单不同" in await approver.does(f"{path}/approve", **(seen | {"total": "100.00"}))
    assert await approver.does(f"{path}/approve", **seen) == "recorded"
    assert lists(world)[-1].state == "approved" and "已批准" in await approver.reads(path)
