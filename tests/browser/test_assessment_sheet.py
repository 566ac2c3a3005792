"""The sheet at a bedside: by keyboard alone, points as one goes, a draft while the network is away, handed in once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect
from sqlalchemy import select

from adapters.database import reading
from models.assessment import Disputed
from models.assessment_messages import ConfirmSheet, SubmitSheet
from models.tables import LetterRow, table_of
from tests.browser.driving import Axe, PageOf, Served
from tests.decisions.assessment_player import FIRST, OTHER
from tests.pages.assessed import named, with_bodies
from tests.pages.test_assessments import typed
from tests.pages.town import Town, founded, token_of

PAGE = "/elders/E1/assessment"
SHEET = f"{PAGE}/sheet"
AWAY = [r"ERR_INTERNET_DISCONNECTED", r"ERR_FAILED"]
FOCUSED = "(({name, type, value, id}) => ({name, type, value, id}))(document.activeElement)"
MOST_TABS = 300


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    with_bodies(made)
    yield made
    made.house.engine.dispose()


async def signed_in(page: Page, base: str, staff: str) -> Page:
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(staff), "url": base}])
    return page


async def fill_in_by_keyboard(page: Page, said: dict[str, Any], *, only: tuple[str, ...] = ()) -> None:
    """Tab from field to field; of radio buttons, arrows go from the first to the one that is meant."""
    done: set[str] = set()
    left = set(only) or {name for name, value in said.items() if value and not name.endswith("_on")}
    for _ in range(MOST_TABS):
        if not left - done:
            return
        await page.keyboard.press("Tab")
        at = await page.evaluate(FOCUSED)
        name = at["name"]
        if name not in left - done:
            continue
        done.add(name)
        if at["type"] == "radio":
            await page.keyboard.press("Space")
            for _more in range(20):
                if (await page.evaluate(FOCUSED))["value"] == said[name]:
                    break
                await page.keyboard.press("ArrowDown")
        else:
            await page.keyboard.type(said[name])
    raise AssertionError(f"not reached by Tab: {sorted(left - done)}")


async def press(page: Page, button: str) -> None:
    """Tab to a button, and Enter."""
    for _ in range(MOST_TABS):
        if (await page.evaluate(FOCUSED))["id"] == button:
            await page.keyboard.press("Enter")
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"not reached by Tab: {button}")


async def drafts(page: Page) -> list[tuple[str, str]]:
    return await page.evaluate("Object.entries(localStorage)")


def handed_in(town: Town) -> int:
    letters = table_of(LetterRow)
    with reading(town.house.engine) as connection:
        return len(connection.execute(select(letters).where(letters.c.kind == "update")).all())


async def test_filled_in_by_keyboard_kept_while_the_network_is_away_and_handed_in_once(
    town: Town, page_of: PageOf, served: Served
) -> None:
    named(town)
    base = await served(town.app)
    page = await signed_in(await page_of(768, expects=AWAY), base, "A-1")
    await page.goto(base + SHEET)
    said = typed(46)
    await fill_in_by_keyboard(page, said)
    score = page.locator("#score .big")
    await expect(score).to_have_text("总分 46 · 初步等级 中度失能 · 等级 中度失能")

    # The network goes: what is ticked is kept here, the points say that they are old, handing in says what now.
    await page.context.set_offline(True)
    await page.keyboard.press("Tab")
    await press(page, "hand-in")
    line = page.locator("#draft")
    await expect(line).to_contain_text("网络断了，没有送出")
    [(key, kept)] = await drafts(page)
    assert key.startswith(f"draft:{SHEET}#") and "A-1" not in key
    assert not [private for name, private in said.items() if name in PRIVATE and private and private in kept]
    assert dict(json.loads(kept)["fields"])["answers.scores.B.1.1"] == said["answers.scores.B.1.1"]

    # It is back, and so is the page: what was ticked stands there again, what is words must be written again.
    await page.context.set_offline(False)
    await page.reload()
    await expect(line).to_contain_text("已恢复本机的草稿")
    await expect(score).to_contain_text("总分 46")
    assert await page.input_value("[name='provider.person']") == ""
    await fill_in_by_keyboard(page, said, only=PRIVATE)

    # The first answer is lost on its way; pressed again, the form counts once.
    async def lost(route: Route) -> None:
        await route.fetch(max_redirects=0)
        await route.abort()

    await page.route(f"**{SHEET}", lost)
    await press(page, "hand-in")
    await expect(line).to_contain_text("网络断了，没有送出")
    assert handed_in(town) == 1
    await page.unroute(f"**{SHEET}", lost)
    await press(page, "hand-in")
    await page.wait_for_url(f"**{PAGE}?done=later")
    assert (handed_in(town), await drafts(page)) == (1, [])


PRIVATE = ("place.where", "provider.person", "consent.document")


async def test_what_is_wrong_is_shown_in_place_and_nothing_typed_is_lost(
    town: Town, page_of: PageOf, served: Served, axe: Axe
) -> None:
    named(town)
    base = await served(town.app)
    page = await signed_in(await page_of(768, expects=[f"^422 POST {SHEET}$"]), base, "A-1")
    await page.goto(base + SHEET)
    await page.get_by_label("同意书或录音存放在哪里").fill("档案盒3第12页")
    await page.locator("#i-B\\.1\\.1").get_by_role("radio").first.check()
    await page.get_by_role("button", name="交表").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("同意书或录音存放在哪里")).to_have_value("档案盒3第12页")
    await page.locator("#i-B\\.1\\.2").get_by_role("radio").first.check()
    await expect(page.locator("#score .sections li").first).to_contain_text("8 / 32")
    await axe(page)


async def test_signing_out_leaves_no_draft(town: Town, page_of: PageOf, served: Served) -> None:
    named(town)
    base = await served(town.app)
    page = await signed_in(await page_of(), base, "A-1")
    await page.goto(base + SHEET)
    await page.locator("#i-B\\.1\\.1").get_by_role("radio").first.check()
    await expect(page.locator("#draft")).to_contain_text("草稿已存在本机")
    old = json.dumps({"at": 0, "fields": []})
    await page.evaluate("old => localStorage.setItem('draft:/elders/E2/assessment/sheet#old', old)", old)
    await page.reload()
    assert len(await drafts(page)) == 1
    await page.get_by_role("button", name="退出").click()
    await page.wait_for_url("**/sign-in*")
    assert await drafts(page) == []


async def test_axe_is_content_with_every_page_of_an_assessment(
    town: Town, page_of: PageOf, served: Served, axe: Axe
) -> None:
    base = await served(town.app)
    play = named(town)
    second, officer = await page_of(768), await page_of(360)
    await signed_in(second, base, "A-2")
    await signed_in(officer, base, "S-township_officer")

    async def look(page: Page, *paths: str) -> None:
        for path in paths:
            await page.goto(base + path)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            await axe(page)

    await look(officer, "/assessments", PAGE, f"{PAGE}/name", f"{PAGE}/result")
    play.tell(SubmitSheet, FIRST, sheet=play.sheet(46))
    await look(second, "/assessments", f"{PAGE}/signing")
    play.tell(ConfirmSheet, OTHER, disputed=(Disputed(item="B.1.1", first=4, second=3),))
    await look(second, PAGE, SHEET, f"{PAGE}/settle")
