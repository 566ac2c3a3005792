"""Every page of the route table in a real browser: no error in its console, nothing serious or critical for axe.

One role that may open it is taken for each page; wide and narrow, since what is hidden differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import database
from decisions.permits import MAY
from models.values import Role
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.test_matrix import path_in
from tests.pages.town import STAFF_ROLES, Town, found, token_of
from web.console.need import Declared
from web.console.router import Console

A_PAGE = "text/html"
OPEN = ("/sign-in", "/sign-in/phone", "/sign-in/link?token=x")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    database.migrate(made.house.settings.store_url)
    found(made.house)
    yield made
    made.house.engine.dispose()


def who_may(one: Declared) -> Role:
    return (
        STAFF_ROLES[0]
        if one.need.action is None
        else next(role for role in STAFF_ROLES if role in MAY[one.need.action])
    )


@pytest.mark.parametrize("width", [360, 1440])
async def test_every_page(town: Town, width: int, page_of: PageOf, served: Served, axe: Axe) -> None:
    url = await served(town.app)
    console: Console = town.app.state.console
    pages: dict[Role, list[str]] = {}
    for one in console.declared:
        if one.method == "GET":
            pages.setdefault(who_may(one), []).append(path_in(one, 0))
    looked = 0
    for role, paths in pages.items():
        page = await page_of(width)
        await page.context.add_cookies([{"name": "tanfang", "value": token_of(f"S-{role.value}"), "url": url}])
        for path in paths:
            answer = await page.context.request.get(url + path)
            if not answer.headers.get("content-type", "").startswith(A_PAGE):
                continue
            await page.goto(url + path)
            await axe(page)
            looked += 1
    assert looked >= len(pages)


async def test_pages_of_whoever_is_not_signed_in(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    url = await served(town.app)
    page = await page_of(360)
    for path in OPEN:
        await page.goto(url + path)
        await axe(page)
