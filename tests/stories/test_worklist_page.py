"""Two visits that nobody made, taken on at once from the list, on the real engine: each its own fact."""

from __future__ import annotations

import re
from pathlib import Path

from tests.pages.town import Browser, app_of
from tests.stories.world import county

GRID = "S-grid_worker"


async def test_escalations_are_taken_on_together_and_told_one_by_one(tmp_path: Path) -> None:
    async with county(tmp_path, elders=2) as world:
        browser = Browser(app_of(world.house, world.client), GRID)
        page = (await browser.get("/worklist")).text
        assert "现在没有待办" in page
        await world.days_pass(26)
        page = (await browser.get("/worklist")).text
        picked = re.findall(r'name="pick" value="([^"]+)"', page)
        assert sorted(picked) == world.escalations() and len(picked) == 2

        done = (await browser.post("/worklist/acknowledge", {"pick": picked})).text
        assert done.count("✓ 已接手") == 2
        assert [world.ledger(id_)[-1][0] for id_ in picked] == ["EscalationAcknowledged"] * 2

        page = (await browser.get("/worklist?whose=mine")).text
        assert 'name="pick"' not in page and page.count("data-open") == 2  # theirs now, and nothing more to tick
