"""A caseworker's day by keyboard alone: the list, a call, the next one; and what comes meanwhile comes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.driving import Axe, PageOf, Served
from tests.pages.test_worklist import escalate, put
from tests.pages.town import Town, founded, token_of

GRID = "S-grid_worker"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    put(made, "call-1", "call_by_phone", about="failed D")
    put(made, "call-2", "call_by_phone", about="failed D")
    yield made
    made.house.engine.dispose()


async def at_the_list(town: Town, page: Page, url: str) -> None:
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(GRID), "url": url}])
    await page.goto(f"{url}/worklist")


async def test_a_call_by_keyboard_alone_and_then_the_next(
    town: Town, page_of: PageOf, served: Served, axe: Axe
) -> None:  # fmt: skip
    page = await page_of()
    await at_the_list(town, page, await served(town.app))
    for key in ("j", "j", "k"):
        await page.keyboard.press(key)
    await expect(page.locator("#open-call-1")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/items/call-1")
    await axe(page)
    await page.go_back()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/items/call-1")
    await page.locator("#f-what").focus()
    await page.keyboard.type("nj 已告知")  # in a field a letter is a letter
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/items/call-1?done=recorded")
    await axe(page)
    await page.keyboard.press("n")
    await page.wait_for_url("**/items/call-2")


async def test_what_comes_meanwhile_appears_and_nothing_that_was_begun_is_lost(
    town: Town, page_of: PageOf, served: Served, axe: Axe
) -> None:  # fmt: skip
    page = await page_of()
    await page.clock.install()
    await at_the_list(town, page, await served(town.app))
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.locator("#pick-call-1")).to_be_checked()
    await page.locator("#f-what").fill("已告知")
    await page.locator("#open-call-2").focus()
    escalate(town, "E1", urgency="urgent")
    await page.clock.run_for(21_000)
    await expect(page.locator("#work tbody tr").first).to_contain_text("紧急")
    await expect(page.locator("#news")).to_have_text("有新事项：1")
    await expect(page.locator("#pick-call-1")).to_be_checked()
    await expect(page.locator("#open-call-2")).to_be_focused()
    await expect(page.locator("#f-what")).to_have_value("已告知")
    await axe(page)
    escalate(town, "E1", "v2")
    await page.clock.run_for(21_000)
    await expect(page.locator("#work tbody tr")).to_have_count(5)


async def test_a_list_left_open_asks_no_more(town: Town, page_of: PageOf, served: Served) -> None:
    page = await page_of()
    await page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/worklist/part" in request.url else None)
    await at_the_list(town, page, await served(town.app))
    async with page.expect_response("**/worklist/part*"):
        await page.clock.run_for(21_000)
    await page.clock.fast_forward(11 * 60_000)  # the machine slept, and wakes
    asked.clear()
    await page.clock.run_for(50_000)
    assert asked == []
    await page.keyboard.press("j")
    async with page.expect_response("**/worklist/part*"):
        await page.clock.run_for(21_000)


async def test_several_at_once_without_javascript(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    page = await page_of(360, js=False)
    await at_the_list(town, page, await served(town.app))
    for id_ in ("call-1", "call-2"):
        await page.locator(f"#pick-{id_}").check()
    await page.locator("#f-what").fill("已告知家属")
    await page.get_by_role("button", name="勾选的电话都已告知").click()
    await expect(page.get_by_text("✓ 已记为告知")).to_have_count(2)
