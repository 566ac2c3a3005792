"""The visitor's page on a small slow phone, and the sandbox's phones, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import expect
from sqlalchemy import select

from adapters.database import reading
from adapters.texts import Outgoing
from models.tables import VisitEnclosure, table_of
from models.templates import TemplateId
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.town import Town, founded, token_of
from tests.pages.visits import asked

OFFICER = "S-township_officer"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 25_000}
"""A bad 3G: milliseconds, and bytes a second."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    asked(made, "E1", "V1")
    asked(made, "E2", "V1")
    yield made
    made.house.engine.dispose()


def sent(town: Town, words: str) -> None:
    town.now += timedelta(minutes=1)
    town.house.providers.sandbox.send(
        Outgoing(f"ref-{words}", "+8619200000201", words, TemplateId.MENU, town.now)
    )  # fmt: skip


def over_the_net(said: dict[str, Any]) -> dict[str, str]:
    answer = said["response"]
    kept = answer.get("fromDiskCache") or answer["url"].startswith("data:")
    return {} if kept else {said["requestId"]: answer["url"]}


async def test_a_visit_told_on_a_slow_phone_without_a_script(town: Town, page_of: PageOf, served: Served) -> None:
    url = await served(town.app)
    [way] = town.house.visit_links.of_elder("E1", town.now)
    page = await page_of(360, js=False)
    devtools = await page.context.new_cdp_session(page)
    had, fetched = set[str](), dict[str, str]()
    devtools.on("Network.requestServedFromCache", lambda said: had.add(said["requestId"]))
    devtools.on("Network.responseReceived", lambda said: fetched.update(over_the_net(said)))
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW)
    began = time.monotonic()
    await page.goto(url + way.path)
    await page.get_by_label("平安").check()
    await page.get_by_role("button", name="送出").first.click()
    await expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    assert time.monotonic() - began < 20
    trips = [url for id_, url in fetched.items() if id_ not in had]
    assert len(trips) == 3, trips  # the page, its looks, and the answer


@pytest.mark.parametrize("js", [True, False])
async def test_a_photo_and_where_it_was_taken(
    town: Town, page_of: PageOf, served: Served, axe: Axe, tmp_path: Path, js: bool
) -> None:
    """Of a phone's photo as it is; with a script it is made small before it is sent. Without one no place is asked."""
    taken = tmp_path / "taken.png"
    Image.effect_noise((1500, 1000), 90).save(taken)
    url = await served(town.app)
    [way] = town.house.visit_links.of_elder("E1", town.now)
    where = {"geolocation": {"latitude": 31.01847, "longitude": 109.46391}, "permissions": ["geolocation"]}
    page = await page_of(360, js=js, **where)
    await page.goto(url + way.path)
    await page.get_by_label("平安").check()
    await page.get_by_label("我问过老人，老人同意").check()
    await page.get_by_label("照片", exact=True).set_input_files(taken)
    if js:
        await page.get_by_role("button", name="附上我现在的位置").click()
        await expect(page.get_by_text("位置已附上")).to_be_visible()
        await expect(page.locator("#photo")).to_have_js_property("value", r"C:\fakepath\photo.jpg")
        await axe(page)
    else:
        await expect(page.get_by_role("button", name="附上我现在的位置")).to_be_hidden()
    await page.get_by_role("button", name="送出").last.click()
    await expect(page.get_by_text("照片、位置已留下" if js else "照片已留下")).to_be_visible()
    with reading(town.house.engine) as connection:
        assert len(connection.execute(select(table_of(VisitEnclosure))).all()) == (2 if js else 1)


async def test_by_keyboard_from_the_code_to_the_next_visit(
    town: Town, page_of: PageOf, served: Served, axe: Axe
) -> None:  # fmt: skip
    url = await served(town.app)
    [way, _] = town.house.visit_links.of_volunteer("V1", town.now)
    page = await page_of(360, expects=["^422 POST /v$", "^410 GET /v/old$"])
    await page.goto(f"{url}/v")
    await axe(page)
    await page.keyboard.press("Tab")
    for said in ("22222222", way.code):
        await page.get_by_label("编码").focus()
        await page.keyboard.press("Control+A")
        await page.keyboard.type(said)
        await page.keyboard.press("Enter")
        await page.wait_for_load_state()
    await expect(page.get_by_role("heading", name="看望王爷爷")).to_be_visible()
    await axe(page)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_label("平安")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    await axe(page)
    await page.get_by_role("link", name="看下一位").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="看望李爷爷")).to_be_visible()
    await page.goto(f"{url}/v/old")
    await axe(page)


@pytest.mark.parametrize("js", [True, False])
async def test_a_newcomer_plays_the_volunteer(town: Town, page_of: PageOf, served: Served, axe: Axe, js: bool) -> None:
    url = await served(town.app)
    sent(town, "请看望示例一村王爷爷,编号52")
    page = await page_of(360, js=js)
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(OFFICER), "url": url}])
    await page.goto(f"{url}/phones")
    if js:
        sent(town, "请快看望")
        await expect(page.get_by_text("请快看望")).to_be_visible()
    await page.get_by_role("link", name="吴示1", exact=True).click()
    await expect(page.get_by_text("编号52")).to_be_visible()
    await page.get_by_label("替他回复").fill("521")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator("li.mine p")).to_have_text("521")
    sent(town, "已记:52王爷爷平安")
    if not js:
        await page.get_by_role("link", name="刷新").click()
    await expect(page.get_by_text("已记:52王爷爷平安")).to_be_visible()
    await expect(page.locator("li.came")).to_have_count(3 if js else 2)
    if js:
        await axe(page)
