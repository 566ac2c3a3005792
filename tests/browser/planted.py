"""Pages made for a test, under the policy of every page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape

from fastapi import FastAPI, Form, Request, Response
from playwright.async_api import Browser, Page
from starlette.responses import HTMLResponse

from tests.browser.driving import PageInTrouble, opened
from web import assets
from web.assets import url_for_asset
from web.page_policy import CONTENT_SECURITY_POLICY, HTMX_CONFIG

FORM = """
<form method="post" action="/visit" hx-post="/visit" hx-target="#said">
  <label>结果 <input name="result"></label> <button>登记</button>
</form>
<div id="said"></div>
"""
REFUSED, TAKEN = "请填写结果", "已登记"


def planted(body: str, *, script: str = "", style: str = "") -> FastAPI:
    """A page at `/` with this in it, its script and style as files; `/visit` takes the form, `/part` is a fragment."""
    app = FastAPI()
    app.include_router(assets.router())

    @app.middleware("http")
    async def under_policy(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await go_on(request)
        answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return answer

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(_whole(body))

    @app.get("/page.js")
    async def page_js() -> Response:
        return Response(script, media_type="text/javascript")

    @app.get("/page.css")
    async def page_css() -> Response:
        return Response(style, media_type="text/css")

    @app.get("/part")
    async def part() -> HTMLResponse:
        return HTMLResponse("<p>片段</p>")

    @app.post("/visit")
    async def visit(request: Request, result: str = Form("")) -> HTMLResponse:
        said = f"<p>{TAKEN if result else REFUSED}</p>"
        whole = said if "HX-Request" in request.headers else _whole(said)
        return HTMLResponse(whole, 200 if result else 422)

    return app


async def troubles(browser: Browser, url: str, act: Callable[[Page], Awaitable[object]] | None = None) -> str:
    """What a test fails with that opens this address and does this there; empty where it holds."""
    try:
        async with opened(browser) as page:
            await page.goto(url)
            if act:
                await act(page)
            await page.wait_for_load_state("networkidle")
    except PageInTrouble as told:
        return str(told)
    return ""


def _whole(body: str) -> str:
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>探访</title>
<meta name="htmx-config" content="{escape(HTMX_CONFIG)}">
<link rel="stylesheet" href="/page.css">
<script src="{url_for_asset("htmx.min.js")}" defer></script>
<script src="{url_for_asset("echarts.min.js")}" defer></script>
<script src="/page.js" defer></script>
</head><body><main><h1>探访</h1>{body}</main></body></html>"""
