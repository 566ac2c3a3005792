"""A village's paper forms, entered on the page of a running county: one row refused, sent twice, counted once."""

from __future__ import annotations

from pathlib import Path

from decisions.deadlines import civil_day
from tests.pages.town import Browser, app_of
from tests.stories.test_steps import GRID, reported
from tests.stories.world import county


async def test_a_villages_forms_are_entered_by_page(tmp_path: Path) -> None:
    async with county(tmp_path, elders=3) as world:
        await world.days_pass(9)
        worker = Browser(app_of(world.house, world.client), GRID)
        today = civil_day(world.clock)
        month = f"{today:%Y-%m}"
        row = {"result": "well", "visitor": "周示甲", "health": "fine", "safety": "concern"}
        typed = {"village": "W1", "month": month, "on-E3": "99"} | {
            f"{field}-{elder}": said for elder in ("E1", "E2", "E3") for field, said in row.items()
        }
        typed |= {"on-E1": str(today.day), "on-E2": str(today.day)}
        for _ in range(2):  # sent again as it stood
            page = await worker.post("/forms", typed)
            assert page.status_code == 422 and "已录入 2；没有录入 1" in page.text, page.text
            assert 'value="99"' in page.text and "不是这个月里的一天" in page.text
        for elder in ("E1", "E2"):
            (event,) = reported(world, elder)
            assert (event.visitor_id, event.actor.id, event.actor.on_behalf_of) == ("V-1", GRID, "V-1")
            assert (event.checks.health, event.checks.safety, event.checks.family) == ("fine", "concern", "not_asked")
            assert [visit.state for visit in world.visits(elder) if visit.visited_on] == ["done"]
        assert not reported(world, "E3")
        mended = await worker.post("/forms", typed | {"on-E3": str(today.day)})
        assert mended.status_code == 200 and len(reported(world, "E3")) == len(reported(world, "E1")) == 1
