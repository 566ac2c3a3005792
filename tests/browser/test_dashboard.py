"""A county officer reads the month, sees it drawn, and opens the list behind a number by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.driving import Axe, PageOf, Served
from tests.pages.lived import lived
from tests.pages.test_dashboard import a_month
from tests.pages.town import NOW, Town, founded, token_of

LIST = "/dashboard/elders?of=rate&which=missed&month=2026-11&area=T1"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    yield made
    made.house.engine.dispose()


async def test_the_month_is_drawn_and_a_number_opens_its_list(
    town: Town, page_of: PageOf, served: Served, axe: Axe
) -> None:  # fmt: skip
    a_month(town)
    url, page = await served(town.app), await page_of()
    await page.context.add_cookies([{"name": "tanfang", "value": token_of("S-county_officer"), "url": url}])
    await page.goto(f"{url}/dashboard?month=2026-11")
    await expect(page.locator("#figure-rate .chart canvas")).to_have_count(1)
    drawn = "echarts.getInstanceByDom(document.querySelector('#figure-rate .chart')).getOption().series"
    series = await page.evaluate(f"{drawn}.map(one => [one.name, one.data])")
    assert series == [["严格口径", [25, 100]], ["扣除口径", [33.3, 100]]]
    await page.locator("#figure-rate .chart").hover(position={"x": 300, "y": 120})  # no tooltip breaks the policy
    await axe(page)
    link = page.locator(f'#table-rate a[href^="{LIST}"]')
    await page.locator("#table-rate a").first.focus()
    for _ in range(20):
        if await link.evaluate("link => link === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/dashboard/elders?*")
    await expect(page.locator("tbody tr")).to_have_count(2)
    await axe(page)
    await page.go_back()
    await expect(page.locator("#figure-rate .chart canvas")).to_have_count(1)


async def test_without_a_script_the_tables_are_there(town: Town, page_of: PageOf, served: Served) -> None:
    a_month(town)
    url, page = await served(town.app), await page_of(360, js=False)
    await page.context.add_cookies([{"name": "tanfang", "value": token_of("S-township_officer"), "url": url}])
    await page.goto(f"{url}/dashboard?month=2026-11")
    await expect(page.locator(".chart").first).to_be_hidden()
    await expect(page.locator("#table-rate tfoot")).to_contain_text("25.0%")


async def test_what_was_known_then_comes_by_itself_and_is_drawn(town: Town, page_of: PageOf, served: Served) -> None:
    lived(town, "E2", NOW - timedelta(days=60))
    url, page = await served(town.app), await page_of()
    await page.context.add_cookies([{"name": "tanfang", "value": token_of("S-county_officer"), "url": url}])
    await page.goto(f"{url}/dashboard?month=2026-11&as_of=2026-11-20")
    await expect(page.locator("#table-rate tfoot")).to_contain_text("0.0%")
    await expect(page.locator("#figure-rate .chart canvas")).to_have_count(1)
