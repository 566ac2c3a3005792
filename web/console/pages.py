"""The console as one: every page mounted, every answer with its headers, and whoever is turned away told so plainly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from web import assets
from web.console import (
    account,
    accounts,
    assessments,
    benefits,
    bodies,
    elders,
    escalations,
    evidence,
    find,
    items,
    lists,
    notices,
    paper_forms,
    pay,
    phones,
    posts,
    receipts,
    roster,
    scans,
    sign_in,
    visit_link,
    volunteers,
    why,
    worklist,
)
from web.console.ask import Ask, TurnedAway
from web.console.menu import menu
from web.console.need import Need
from web.console.router import Console, session_cookie
from web.doors import ConsoleDoors
from web.language import COOKIE, LANGUAGES, _, chosen
from web.pages import render
from web.security import HEADERS, OF_PAGES, STRICT_TRANSPORT, form_token, is_from_here

PAGES = (
    worklist, elders, account, visit_link, items, find, assessments, why, escalations, evidence, benefits,
    receipts, notices, pay, paper_forms, volunteers, lists, roster, posts, accounts, phones,
    scans, bodies,
)  # fmt: skip
OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics", "/language", "/static/{path:path}", "/v", "/v/{token}"}
"""Paths without a permission, each for its reason: health and metrics tell nothing of anybody, a visitor's link is one,
the rest is before anybody is known."""
OPEN_BEGINNINGS = ("/sms/", "/sign-in", "/sign-out")
A_YEAR = 365 * 24 * 3600
NOT_THERE = _("没有这一页"), _("它不在您的辖区，或者没有这一项。请从待办或查找进入。")
TURNED: dict[int, tuple[str, str]] = {
    400: (_("这张表不是从本页送来的"), _("请退回上一页，刷新以后再送一次。")),
    401: (_("请先登录"), _("登录以后会回到刚才的页面。")),
    403: (_("您的岗位不能办理这一项"), _("如果应当由您办理，请管理员核对您的岗位。")),
    404: NOT_THERE,
    405: NOT_THERE,
    409: (_("这一步已经办过，或者还没有到"), _("没有写入任何内容。请回到这位老人的页面，看现在到了哪一步。")),
    500: (_("这里出了差错"), _("没有写入任何内容。请稍后再试；仍不行时请告诉管理员现在的时间。")),
}


class Undeclared(Exception):
    """A route that nobody has declared a permission for: the process does not start."""


def mount(app: FastAPI, doors: ConsoleDoors) -> Console:
    made = Console(doors)
    for page in PAGES:
        page.add(made)
    _home(made)
    app.include_router(made.routes)
    app.include_router(assets.router())
    sign_in.mount(app, doors)
    _language(app)
    _answers(app, doors)
    check_declared(app, made)
    app.state.console = made
    return made


def check_declared(app: FastAPI, made: Console) -> None:
    """Raises Undeclared: a route that is neither declared nor open to all by name, or declared twice."""
    twice = [one for one, times in Counter((one.method, one.path) for one in made.declared).items() if times > 1]
    if twice:
        raise Undeclared(f"declared twice: {twice}")
    declared = {(one.method, one.path) for one in made.declared}
    for route in app.routes:
        if not isinstance(route, Route) or route.path in OPEN_TO_ALL or route.path.startswith(OPEN_BEGINNINGS):
            continue
        for method in (route.methods or set()) - {"HEAD"}:
            if (method, route.path) not in declared:
                raise Undeclared(f"{method} {route.path} has no declared permission")


def _home(made: Console) -> None:
    @made.get("/", Need(None))
    def home(ask: Ask) -> Response:
        first = next(iter(menu(ask)), None)
        return ask.go(first.path) if first else ask.page("nothing.html")


def _language(app: FastAPI) -> None:
    @app.post("/language")
    async def language(request: Request) -> Response:
        """A choice, not a step: it needs no session, only our own page."""
        if not is_from_here(request.headers, request.headers.get("host", "")):
            raise TurnedAway(400, "not_from_here")
        form = await request.form()
        back, wanted = str(form.get("back", "/")), str(form.get("language", ""))
        answer = RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/", 303)
        if wanted in LANGUAGES:
            answer.set_cookie(COOKIE, wanted, max_age=A_YEAR, httponly=True, samesite="lax")
        return answer


def _answers(app: FastAPI, doors: ConsoleDoors) -> None:
    @app.exception_handler(TurnedAway)
    async def turned_away(request: Request, away: Exception) -> Response:
        assert isinstance(away, TurnedAway)
        if away.to is not None and (request.method == "GET" or away.status in (303, 401)):
            return RedirectResponse(away.to, 303)
        return said(request, doors, away.status)

    async def not_there(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/sms/"):
            return JSONResponse({"detail": "Not Found"}, 404)
        return said(request, doors, 404)

    app.add_exception_handler(404, not_there)

    @app.middleware("http")
    async def headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await go_on(request)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        for name, value in ({**HEADERS, **OF_PAGES} if is_page else HEADERS).items():
            answer.headers.setdefault(name, value)
        if doors.secure:
            answer.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        return answer


def said(request: Request, doors: ConsoleDoors, status: int) -> HTMLResponse:
    """A plain page for whoever is turned away: what happened, and what now."""
    title, what_now = TURNED.get(status, TURNED[500])
    token = request.cookies.get(session_cookie(secure=doors.secure), "")
    values = {
        "title": title, "what_now": what_now, "path": "/", "form_token": form_token(token), "now": doors.now(),
        "ask": None,
    }  # fmt: skip
    return HTMLResponse(render("turned_away.html", chosen(request.cookies.get(COOKIE)), values), status)
