"""An assessment from the request to a level that stands, each step on its page, through the real engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from decisions.deadlines import civil_day
from tests.pages.test_assessments import typed
from tests.pages.town import Browser, app_of
from tests.stories.assessing import COUNTY_OFFICER, TOWNSHIP, level, rounds, settle_in
from tests.stories.test_assessment_counter import nothing_in_words
from tests.stories.world import World, county

PAGE = "/elders/E1/assessment"
GRID = "S-grid_worker"
SECRETS = ("王示丁的女儿", "示例一村1组2号", "档案盒3第12页", "两人一起看老人吃饭", "女儿申请")


class Pages:
    """Takes one step on its page: the form with its own key, then sent, twice where it is said."""

    def __init__(self, world: World, app: FastAPI) -> None:
        self._world = world
        self._app = app

    async def read(self, staff: str, path: str = PAGE) -> str:
        answer = await Browser(self._app, staff).get(path)
        assert answer.status_code == 200, answer.headers
        return answer.text

    async def step(self, staff: str, path: str, form: dict[str, Any], times: int = 1) -> str:
        """`recorded`, `later`, or the sentence that says why not."""
        key = re.search(r'name="key" value="([^"]+)"', await self.read(staff, f"{PAGE}/{path}"))
        assert key
        said = ""
        for _ in range(times):
            answer = await Browser(self._app, staff).post(f"{PAGE}/{path}", form | {"key": key[1]})
            if answer.status_code == 303:
                said = answer.headers["location"].removeprefix(f"{PAGE}?done=")
            else:
                refused = re.search(r'role="alert">([^<]+)<', answer.text)
                said = refused[1] if refused else f"{answer.status_code}"
            await self._world.settle()
        return said

    def sheet(self, total: int) -> dict[str, Any]:
        today = civil_day(self._world.clock).isoformat()
        return {name: today if value == "2026-12-08" else value for name, value in typed(total).items()}


async def test_request_name_sheet_dispute_settle_confirm_each_on_its_page(tmp_path: Path) -> None:
    async with county(tmp_path) as world:
        settle_in(world)
        do = Pages(world, app_of(world.house, world.client))
        assert await do.step(GRID, "request", {"trigger": "application", "note": "女儿申请"}, times=2) == "recorded"
        assert [(row.trigger, row.stage) for row in rounds(world)] == [("application", "naming")]

        twice = await do.step(TOWNSHIP, "name", {"first": "A-1", "second": "A-1"})
        assert twice.startswith("不能办理：") and rounds(world)[0].stage == "naming"
        assert await do.step(TOWNSHIP, "name", {"first": "A-1", "second": "A-2"}) == "recorded"
        assert "填写评估表" in await do.read("A-1", "/assessments")

        assert "要填或要改" in await do.step("A-1", "sheet", do.sheet(46) | {"answers.coma": ""})
        assert await do.step("A-1", "sheet", do.sheet(46), times=2) == "recorded"
        assert [kind for kind, _ in world.ledger("assessment/E1")].count("SheetSubmitted") == 1
        assert "核对签字" in await do.read("A-2", "/assessments")

        assert await do.step("A-2", "signing", {"B.1.1": "3"}) == "recorded"
        assert "待两人定下有争议的项" in await do.read("A-2")
        settled = {"B.1.1": "3", "why.B.1.1": "两人一起看老人吃饭"}
        assert await do.step("A-1", "settle", settled) == "recorded"

        page = await do.read(COUNTY_OFFICER, f"{PAGE}/level")
        assert "拟定的等级：重度失能" in page and "总分45分" in page
        other = await do.step(COUNTY_OFFICER, "level", {"level": "mild"})
        assert "确认的等级与拟定的不同" in other and level(world) is None
        assert await do.step(COUNTY_OFFICER, "level", {"level": "severe"}) == "recorded"
        assert level(world).level == "severe"
        stands = await do.read(GRID)
        assert "没有在办的评估" in stands and "重度失能" in stands and "对照国标原文核对: 否" in stands
        nothing_in_words(world, SECRETS)
