"""A village's forms by keyboard alone; and each page of people with something on it, as axe sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page
from sqlalchemy import select

from adapters import database
from models.tables import LetterRow, table_of
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.peopled import cases, more_elders, visit
from tests.pages.town import Town, founded, token_of

LETTERS = table_of(LetterRow)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    cases(made)
    yield made
    made.house.engine.dispose()


async def signed_in(page: Page, url: str, staff: str) -> Page:
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(staff), "url": url}])
    return page


async def test_forms_by_keyboard_alone(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    """Nothing is clicked. The first row is right, the second has a day that is none and is mended."""
    more_elders(town, 1)
    url = await served(town.app)
    page = await signed_in(await page_of(expects=["422 POST /forms"]), url, "S-grid_worker")
    await page.goto(f"{url}/forms?village=W1&month=2026-12")
    keys = page.keyboard
    await keys.type("7")
    for said in ("Enter", "Enter", "1", "Enter", "1", "Enter", "2", "Enter", "Enter", "Enter", "Enter"):
        await keys.press(said)  # day, who went, result, five checks, and on to the next row
    await keys.type("40")
    for said in ("Tab", "Tab", "2"):
        await keys.press(said)
    for _ in range(6):
        await keys.press("Enter")
    assert await page.evaluate("document.activeElement.tagName") == "BUTTON"
    await keys.press("Enter")
    await page.wait_for_selector(".banner.bad")
    await axe(page)
    assert await page.evaluate("document.activeElement.value") == "40"  # where it is to be mended
    who = page.get_by_label("李示1 谁去的")
    assert await who.get_attribute("aria-invalid") == "true"
    await keys.press("Control+a")
    await keys.type("7")
    await keys.press("Enter")
    await keys.type("吴示1")
    for _ in range(7):
        await keys.press("Enter")
    await keys.press("Enter")
    await page.wait_for_selector(".banner.good")
    with database.reading(town.house.engine) as connection:
        kept = select(LETTERS.c.id).where(LETTERS.c.kind == "update").order_by(LETTERS.c.id)
        assert list(connection.execute(kept).scalars()) == [
            "form-E1-001-2026-12-07-not_seen-V1", "form-E1-2026-12-07-well-V1",
        ]  # fmt: skip


@pytest.mark.parametrize("width", [360, 1440])
async def test_pages_with_people_on_them(
    town: Town, width: int, page_of: PageOf, served: Served, axe: Axe
) -> None:  # fmt: skip
    visit(town, "E1", "open", "V1", id="E1/0")
    url = await served(town.app)
    page = await signed_in(await page_of(width), url, "S-township_officer")
    for path in (
        "/forms?village=W1", "/volunteers/V1", "/volunteers/V1/pair", "/villages/W1/reassign", "/staff?vacant=1",
        "/lists?which=no-case",
    ):  # fmt: skip
        await page.goto(url + path)
        await axe(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
