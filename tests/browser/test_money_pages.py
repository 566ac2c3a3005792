"""The county approves a list by the keyboard alone, and axe finds nothing on any page of money."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page
from sqlalchemy import select

from adapters.database import reading
from models.letters import LETTER
from models.tables import LetterRow, table_of
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.money_town import MARCH, approving, gives, lists, plays, posting, turn
from tests.pages.town import Town, founded, token_of

A4_WIDTH = 680  # pixels within its margins


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    yield made
    made.house.engine.dispose()


async def signed_in(page: Page, base: str, staff_id: str) -> None:
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(staff_id), "url": base}])


async def test_a_list_is_approved_by_the_keyboard(town: Town, served: Served, page_of: PageOf, axe: Axe) -> None:
    gives(town, "E1")
    gives(town, "E3", fen=30050, row="class_2", waits="reviewing", waits_until=town.now)
    drawn = lists(town, MARCH, "checking")
    turn(town, "approving")
    base, page = await served(town.app), await page_of()
    await signed_in(page, base, "S-county_approver")
    for path in ("/benefits", "/pay", "/pay/2026-03/adjustments", "/pay/verify", "/pay/2026-03"):
        await page.goto(base + path)
        await axe(page)
    link = page.get_by_role("link", name="批准名单")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/approve")
    await axe(page)
    for name, typed in (("sha256", drawn.sha256[:8]), ("total", "500.50")):
        field = page.locator(f"[name={name}]")
        for _ in range(40):
            if await field.evaluate("field => field === document.activeElement"):
                break
            await page.keyboard.press("Tab")
        await page.keyboard.type(typed)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/pay/2026-03?done=later")
    table = table_of(LetterRow)
    with reading(town.house.engine) as c:
        bodies = c.execute(select(table.c.body_enc).where(table.c.kind == "update")).scalars().all()
    kept = [LETTER.validate_json(town.house.sealer.open(body)) for body in bodies]
    assert [(one.message.kind, one.message.fen) for one in kept] == [("approve_list", 50050)]  # pyright: ignore


@pytest.mark.parametrize("width", [360, 1440])
async def test_axe_finds_nothing_on_a_claim(town: Town, served: Served, page_of: PageOf, axe: Axe, width: int) -> None:
    plays(town, approving())
    base, page = await served(town.app), await page_of(width)
    await signed_in(page, base, "S-county_approver")
    for path in ("/elders/E1/benefits", "/elders/E1/benefits/care_allowance/approve"):
        await page.goto(base + path)
        await page.locator("details").first.evaluate("one => one.open = true")
        await axe(page)


async def test_axe_finds_nothing_on_a_notice_which_is_one_page_of_paper(
    town: Town, served: Served, page_of: PageOf, axe: Axe
) -> None:
    plays(town, posting())
    base, page = await served(town.app), await page_of()
    await signed_in(page, base, "S-village_assistant")
    for path in ("/notices", "/notices?village=W1", "/elders/E1/benefits/severe_disability_care/notice"):
        await page.goto(base + path)
        await axe(page)
    await page.emulate_media(media="print")
    printed = await page.locator("body").inner_text()
    assert printed.split()[0] == "公示" and "打印" not in printed and "贴在" not in printed
    assert (await page.pdf(format="A4")).count(b"/Type /Page\n") == 1


async def test_a_list_on_paper_is_a_table_under_its_head_on_every_sheet(
    town: Town, served: Served, page_of: PageOf
) -> None:
    """A4 is as narrow as a phone is wide: what is stacked there stays a table here, and the menu is left out."""
    gives(town, "E1")
    gives(town, "E3", fen=30050, row="class_2")
    lists(town, MARCH, "checking")
    base, page = await served(town.app), await page_of(A4_WIDTH)
    await signed_in(page, base, "S-county_officer")
    await page.goto(base + "/pay/2026-03")
    await page.emulate_media(media="print")
    shown = await page.evaluate(
        """() => ["table.list thead", "table.list td", ".top nav"].map(
            (each) => getComputedStyle(document.querySelector(each)).display)"""
    )
    assert shown == ["table-header-group", "table-cell", "none"]
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
