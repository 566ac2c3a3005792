"""Signing in by way of an OpenID Connect provider, there and back in a real browser: by it alone, with a code, not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect
from pyotp.totp import TOTP

from tests.browser.driving import Axe, PageOf, Served
from tests.oidc_server import OidcServer
from tests.pages.test_oidc import ADMIN, OFFICER, SUBJECT, settings_of
from tests.pages.town import NOW, Town, founded

WAY = "用统一身份登录：县政务认证"


class Signing(NamedTuple):
    """The console at `url`, and the provider that it sends people to."""

    url: str
    provider: OidcServer
    town: Town


@pytest.fixture
async def signing(tmp_path: Path, served: Served) -> AsyncIterator[Signing]:
    door = FastAPI()  # the address is known first: the provider is told where to send people back to
    url = await served(door)
    with OidcServer(NOW, url) as provider:
        town = Town(founded(tmp_path).house.settings.data_dir, **settings_of(provider, public_url=url))
        assert town.house.single_sign_on is not None
        assert town.house.single_sign_on.subjects.bind(OFFICER, SUBJECT, ADMIN, NOW) is None
        door.mount("/", town.app)
        yield Signing(url, provider, town)
        town.house.engine.dispose()


async def goes(page: Page, url: str) -> None:
    """By the link, from a page that they wanted to see."""
    await page.goto(f"{url}/volunteers")
    await page.get_by_role("link", name=WAY).click()


@pytest.mark.parametrize("js", [True, False])
async def test_whoever_is_bound_comes_to_the_page_they_wanted(
    signing: Signing, page_of: PageOf, axe: Axe, js: bool
) -> None:
    signing.provider.says = {"amr": ["mfa"]}
    page = await page_of(360 if js else 1440, js=js)
    await goes(page, signing.url)
    await page.wait_for_url(f"{signing.url}/volunteers")
    assert {one.get("name") for one in await page.context.cookies()} >= {"tanfang"}
    assert "tanfang_oidc" not in {one.get("name") for one in await page.context.cookies()}
    await page.go_back()  # the way is not taken again
    await page.goto(f"{signing.url}/worklist")
    await expect(page.locator("h1")).to_contain_text("待办")
    if js:
        await axe(page)


async def test_without_a_second_factor_there_ours_is_asked_for(signing: Signing, page_of: PageOf, axe: Axe) -> None:
    page = await page_of()
    await goes(page, signing.url)
    await page.wait_for_url("**/sign-in/enrol?next=/volunteers")
    await axe(page)
    secret = await page.locator(".secret").inner_text()
    await page.locator("input[name=code]").fill(TOTP(re.sub(r"\s", "", secret)).at(signing.town.now))
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_contain_text("恢复码")
    await axe(page)
    await page.locator("main a").last.click()
    await page.wait_for_url("**/volunteers")


async def test_whoever_is_turned_away_is_told_so_beside_the_other_ways(
    signing: Signing, page_of: PageOf, axe: Axe
) -> None:
    signing.provider.person, signing.provider.says = "u-2002", {"amr": ["mfa"]}
    page = await page_of(360, expects=["422 GET /sign-in/oidc/back", "503 GET /sign-in/oidc"])
    await goes(page, signing.url)
    await expect(page.locator("main")).to_contain_text("还没有绑定这里的账号")
    await expect(page.locator("input[name=password]")).to_be_visible()
    await axe(page)
    signing.provider.answers = {"/token": 503}
    await page.get_by_role("link", name=WAY).click()
    await expect(page.locator("main")).to_contain_text("统一认证暂时没有应答")
    await axe(page)
