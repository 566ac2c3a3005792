"""The watch on a page is awake: each trouble that it is for fails the test, and so does one that was named in vain."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page

from tests.browser.driving import Axe, PageInTrouble, PageOf, Served, axe_faults, opened
from tests.browser.planted import planted, troubles

WELL = "<p>张村</p>"
GONE = '<img alt="门" src="/none.png">'


@pytest.mark.parametrize(
    ("body", "script", "told"),
    [
        (WELL, "console.error('not well')", "^console: not well$"),
        (WELL, "nobody.catches()", "^exception: .*nobody is not defined"),
        (WELL, "Promise.reject(new Error('not awaited'))", "^exception: .*not awaited"),
        (GONE, "", r"^404 GET /none\.png$"),
        (WELL, "fetch('/none?a=1')", r"^404 GET /none\?a=1$"),
        ('<a href="/none">门</a>', "document.querySelector('a').click()", "^404 GET /none$"),
        (WELL, "window.open('/none')", "^404 GET /none$"),
        (WELL, "fetch('http://127.0.0.1:9/')", r"^console: .* violates the following Content Security Policy"),
        ('<img alt="门" src="http://example.org/x.png">', "", r"^asks elsewhere: http://example\.org/x\.png$"),
    ],
)
async def test_a_trouble_fails_the_test(browser: Browser, served: Served, body: str, script: str, told: str) -> None:
    found = await troubles(browser, await served(planted(body, script=script)))
    assert re.search(told, found, re.MULTILINE), found


async def test_a_request_that_fails_fails_the_test(browser: Browser, served: Served) -> None:
    async def ask_in_vain(page: Page) -> None:
        await page.route("**/part", lambda asked: asked.abort("connectionrefused"))
        await page.evaluate("fetch('/part').catch(() => null)")

    found = await troubles(browser, await served(planted(WELL)), ask_in_vain)
    assert re.search(r"^failed: GET .*/part: ", found, re.MULTILINE), found


async def test_a_page_that_is_well_fails_nothing(browser: Browser, served: Served) -> None:
    assert await troubles(browser, await served(planted(WELL, script="console.warn('by the way')"))) == ""


async def test_what_is_expected_is_no_trouble_and_what_is_expected_in_vain_is_one(
    browser: Browser, served: Served
) -> None:
    url = await served(planted(GONE))

    async def opened_expecting(*meant: str) -> None:
        async with opened(browser, expects=meant) as page:
            await page.goto(url)

    await opened_expecting(r"^404 GET /none\.png$")
    with pytest.raises(PageInTrouble, match=r"^expected, and did not happen: \^422$"):
        await opened_expecting(r"^404 GET /none\.png$", "^422")


async def test_a_page_is_as_wide_and_speaks_as_it_was_asked_to(page_of: PageOf, served: Served) -> None:
    url = await served(planted(WELL))
    asked = "[innerWidth, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]"
    for width, locale in ((360, "zh-CN"), (1440, "en-GB")):
        page = await page_of(width, locale=locale)
        await page.goto(url)
        assert await page.evaluate(asked) == [width, locale, "Asia/Shanghai"]


async def test_axe_is_content_with_a_page_that_is_well(page_of: PageOf, served: Served, axe: Axe) -> None:
    page = await page_of()
    await page.goto(await served(planted(WELL)))
    await axe(page)


@pytest.mark.parametrize(
    ("body", "style", "told"),
    [
        ('<img src="data:," id="door">', "", "critical: image-alt: .*\n    #door: <img"),
        ("<input>", "", "critical: label: "),
        ('<p class="pale">张村</p>', ".pale { color: #bbb }", "serious: color-contrast: .*\n    p: <p"),
    ],
)
async def test_axe_finds_what_is_planted(
    page_of: PageOf, served: Served, axe: Axe, body: str, style: str, told: str
) -> None:
    page = await page_of()
    await page.goto(await served(planted(body, style=style)))
    with pytest.raises(PageInTrouble, match=told):
        await axe(page)
    assert len(await axe_faults(page)) == 1


async def test_axe_says_that_it_needs_a_page_with_javascript(page_of: PageOf, served: Served) -> None:
    page = await page_of(js=False)
    await page.goto(await served(planted(WELL)))
    with pytest.raises(AssertionError, match="JavaScript"):
        await axe_faults(page, patience=1)
