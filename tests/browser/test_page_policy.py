"""htmx and ECharts live under the policy of every page, as `web/page_policy.py` says; what it forbids is refused."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.driving import PageOf, Served
from tests.browser.planted import FORM, REFUSED, TAKEN, planted, troubles

CHART = """
echarts.init(document.getElementById("chart"))
  .setOption({xAxis: {data: ["甲", "乙"]}, yAxis: {}, series: [{type: "bar", data: [5, 9]}], tooltip: %s})
"""
SIZED = "#chart { width: 400px; height: 300px }"
REFUSED_BY_POLICY = "violates the following Content Security Policy directive"
ANY_RED = "[...document.querySelectorAll('p')].some(p => getComputedStyle(p).color == 'rgb(255, 0, 0)')"


async def test_a_form_is_answered_in_place_also_when_it_is_refused(page_of: PageOf, served: Served) -> None:
    page = await page_of(expects=["^422 POST /visit$"])
    await page.goto(await served(planted(FORM)))
    await page.get_by_role("button", name="登记").click()
    await expect(page.locator("#said")).to_have_text(REFUSED)
    await page.get_by_label("结果").fill("平安")
    await page.get_by_role("button", name="登记").click()
    await expect(page.locator("#said")).to_have_text(TAKEN)
    await expect(page.get_by_role("heading", name="探访")).to_be_visible()


async def test_the_same_form_without_javascript_is_a_page_of_its_own(page_of: PageOf, served: Served) -> None:
    page = await page_of(js=False, expects=["^422 POST /visit$"])
    await page.goto(await served(planted(FORM)))
    await page.get_by_role("button", name="登记").click()
    await expect(page.locator("main")).to_have_text(f"探访{REFUSED}")


async def test_htmx_reads_its_settings_and_brings_no_style_of_its_own(page_of: PageOf, served: Served) -> None:
    page = await page_of()
    await page.goto(await served(planted("")))
    assert await page.evaluate("htmx.version.split('.')[0]") == "4"
    assert await page.evaluate("document.adoptedStyleSheets.length + document.querySelectorAll('style').length") == 0


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.title = 'planted'</script>",
        "<button onclick=\"document.title = 'planted'\">按</button>",
        "<button hx-on:click=\"document.title = 'planted'\">按</button>",
        '<button hx-get="/part" hx-trigger="click[document.title = \'planted\']">按</button>',
        '<button hx-get="/part" hx-vals="js:{a: document.title = \'planted\'}">按</button>',
        '<p style="color: red">红</p>',
        "<style>p { color: red }</style><p>红</p>",
    ],
)
async def test_what_is_script_or_style_in_a_page_is_refused_and_the_test_fails(
    browser: Browser, served: Served, body: str
) -> None:
    async def press(page: Page) -> None:
        for button in await page.get_by_role("button").all():
            await button.click()
        assert await page.title() == "探访"
        assert not await page.evaluate(ANY_RED)

    assert REFUSED_BY_POLICY in await troubles(browser, await served(planted(body)), press)


async def test_a_chart_shows_its_tooltip_as_rich_text(page_of: PageOf, served: Served) -> None:
    page = await page_of()
    options = "{trigger: 'axis', renderMode: 'richText'}"
    await page.goto(await served(planted('<div id="chart"></div>', script=CHART % options, style=SIZED)))
    await _point_at(page)
    await expect(page.locator("#chart canvas")).to_have_count(1)


async def test_a_chart_with_its_tooltip_as_html_is_refused(browser: Browser, served: Served) -> None:
    app = planted('<div id="chart"></div>', script=CHART % "{trigger: 'axis'}", style=SIZED)
    assert REFUSED_BY_POLICY in await troubles(browser, await served(app), _point_at)


async def _point_at(page: Page) -> None:
    await page.locator("#chart").hover(position={"x": 150, "y": 150})
    await page.locator("#chart").hover(position={"x": 151, "y": 151})
