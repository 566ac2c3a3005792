"""An elder with some months behind them, in a real browser: found, read, and a visit put down after a slip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.driving import Axe, PageOf, Served
from tests.pages.lived import lived
from tests.pages.town import NOW, Town, climbing, founded, token_of

TOWNSHIP = "S-township_officer"
TODAY, TOMORROW = NOW.date().isoformat(), (NOW + timedelta(days=1)).date().isoformat()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    lived(made, "E1", datetime(2026, 9, 30, 17, tzinfo=UTC))
    climbing(made.house, "E1", "ladder")
    yield made
    made.house.engine.dispose()


@pytest.mark.parametrize("width", [360, 1440])
async def test_a_visit_is_put_down_after_a_slip(
    town: Town, width: int, page_of: PageOf, served: Served, axe: Axe
) -> None:
    url = await served(town.app)
    page = await page_of(width, expects=[r"422 POST /elders/E1/record-visit"])
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(TOWNSHIP), "url": url}])
    await page.goto(f"{url}/worklist")
    await page.click('a[href="/elders/E1"] >> nth=0')
    await page.click("details.more summary")
    await axe(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    await page.click("text=记一次探访")
    await page.check('input[name=result][value="well"]')
    await page.fill("input[name=visited_on]", TOMORROW)
    await page.click("button.main")
    assert "不能晚于今天" in await page.inner_text("#e-visited_on")
    await axe(page)
    await page.fill("input[name=visited_on]", TODAY)
    await page.click("button.main")
    assert "已收下" in await page.inner_text(".banner")  # no engine here: it is kept, and answered later


async def test_pages_of_an_elder_that_has_lived(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    url = await served(town.app)
    page = await page_of(360)
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(TOWNSHIP), "url": url}])
    for path in (
        "?as_of=2026-10-22", "/evidence?of=case/E1%233", "/escalations/ladder", "/escalations/ladder/resolve",
        "/state-fact?code=held", "/reason",
    ):  # fmt: skip
        await page.goto(f"{url}/elders/E1{path}")
        await axe(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
