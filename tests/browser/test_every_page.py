"""Every page of the route table in a real browser: its console is silent, axe finds nothing, it fits the screen
however long people and places are called.

One role that may open it is taken for each page; wide and then narrow, since what is hidden differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from adapters.database import writing
from decisions.permits import MAY
from models.tables import Area, Elder, ElderAddress, Staff, Volunteer, table_of
from models.values import Role
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.test_matrix import path_in, prepared
from tests.pages.town import STAFF_ROLES, Town, founded, token_of
from web.console.need import Declared
from web.console.router import Console

BEGINS = "<!doctype html>"
WIDTHS = (1440, 360)
LONG_NAME = "阿不都热合曼·吐尔逊买买提·阿卜杜克热木·艾克拜尔江·玉素甫艾力·买合木提"
LONG_PLACE = "新疆生产建设兵团第十师一八三团克孜勒苏柯尔克孜自治州阿合奇县联合村民委员会"
LONG_DOOR = "示例一村第十二村民小组原供销合作社家属院三号楼二单元七层东户（老水塔旁边第二个巷子进去左手边红色铁门）"
OPEN = ("/sign-in", "/sign-in/phone", "/sign-in/link?token=x")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    prepared(made)
    long_named(made)
    yield made
    made.house.engine.dispose()


def long_named(town: Town) -> None:
    """Everybody, every place and every door is called as long as any is."""
    seal = town.house.sealer.seal
    with writing(town.house.engine) as connection:
        for table in map(table_of, (Elder, Volunteer, Staff)):
            connection.execute(update(table).values(name_enc=seal(LONG_NAME)))
        connection.execute(update(table_of(Area)).values(name=LONG_PLACE))
        connection.execute(update(table_of(ElderAddress)).values(text_enc=seal(LONG_DOOR)))


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
