"""Every page of the route table in a real browser: its console is silent, axe finds nothing, it fits the screen.

One role that may open it is taken for each page; wide and then narrow, since what is hidden differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from decisions.permits import MAY
from models.values import Role
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.test_matrix import path_in, prepared
from tests.pages.town import STAFF_ROLES, Town, founded, token_of
from web.console.need import Declared
from web.console.router import Console

BEGINS = "<!doctype html>"
WIDTHS = (1440, 360)
OPEN = ("/sign-in", "/sign-in/phone", "/sign-in/link?token=x")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    prepared(made)
    yield made
    made.house.engine.dispose()


def who_may(one: Declared) -> Role:
    return (
        STAFF_ROLES[0]
        if one.need.action is None
        else next(role for role in STAFF_ROLES if role in MAY[one.need.action])
    )


async def test_every_page(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    url = await served(town.app)
    console: Console = town.app.state.console
    pages: dict[Role, list[str]] = {}
    for one in console.declared:
        if one.method == "GET":
            pages.setdefault(who_may(one), []).append(path_in(one, 0))
    looked, sideways = 0, list[str]()
    for role, paths in pages.items():
        staff_id = f"S-{role.value}"
        answers = {path: await town.as_(staff_id).get(path) for path in paths}
        # Where nothing is to be done, a page says so, and its status too.
        not_now = [
            f"^{one.status_code} GET {re.escape(path)}$" for path, one in answers.items() if one.status_code >= 400
        ]
        page = await page_of(WIDTHS[0], expects=not_now)
        await page.context.add_cookies([{"name": "tanfang", "value": token_of(staff_id), "url": url}])
        for path, one in answers.items():
            if one.status_code < 400 and not (one.is_redirect or BEGINS in one.text):
                continue  # a file, or a part of a page that is fetched by itself
            await page.goto(url + path)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                await axe(page)
                if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    sideways.append(f"{path} at {width}")
            await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            looked += 1
    assert looked >= len(pages) and not sideways, sideways


async def test_pages_of_whoever_is_not_signed_in(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    url = await served(town.app)
    page = await page_of(360)
    for path in OPEN:
        await page.goto(url + path)
        await axe(page)
