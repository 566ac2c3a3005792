"""Rules put in force by two persons, each in a browser of their own, the second without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.driving import Axe, PageOf, Served
from tests.pages.test_policies import JANUARY, OFFICER, another
from tests.pages.town import Town, founded, token_of

APPROVER = "S-county_approver"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    made = founded(tmp_path)
    offered = another(min_age={"value": 65, "rule": "奉节府办发〔2026〕9号"})
    monkeypatch.setattr(made.house.shelf, "offered", lambda county: offered if county == "fengjie" else None)
    yield made
    made.house.engine.dispose()


async def as_(page: Page, url: str, staff_id: str) -> Page:
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(staff_id), "url": url}])
    return page


async def test_two_persons_put_rules_in_force(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    url = await served(town.app)
    first, second = await as_(await page_of(), url, OFFICER), await as_(await page_of(js=False), url, APPROVER)
    await first.goto(f"{url}/policies/propose")
    await first.locator("#s-folder ~ form #f-from_on").fill(JANUARY)
    await first.locator("#s-folder ~ form button").click()
    await first.wait_for_url("**done=proposed")
    await axe(first)

    await second.goto(f"{url}/worklist?kind=approval")
    await second.locator("a.open").click()
    await second.locator("text=与现在适用的比较").click()
    await expect(second.locator("table.sides").first).to_be_visible()
    await second.go_back()
    shown = await second.locator("code.whole").inner_text()
    await second.locator("#f-hash").fill(shown[:8])
    await second.locator("#f-from_on").fill(JANUARY)
    await second.locator("main form button.main").click()
    await second.wait_for_url("**done=activated")
    await expect(second.locator("main")).to_contain_text("到日适用")
    assert town.house.versions.waiting("fengjie") is None

    # who gains and who loses, with a script: the page goes on by itself
    await first.goto(f"{url}/policies/gains?b={shown}")
    await first.locator("main form button").click()
    await expect(first.locator(".found")).to_be_visible()
    assert re.search(r"/policies/gains/[0-9a-f]{32}$", first.url)
    await axe(first)
