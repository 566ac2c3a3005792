"""The console as one: every page mounted, every answer with its headers, and whoever is turned away told so plainly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from web import assets
from web.console import (
    access_log,
    account,
    accounts,
    assessments,
    audit,
    audit_cases,
    benefits,
    bodies,
    dashboard,
    dashboard_load,
    elders,
    escalations,
    evidence,
    find,
    items,
    lists,
    messages,
    notices,
    oidc,
    paper_forms,
    pay,
    phones,
    policies,
    policy_gains,
    policy_steps,
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
from web.console.ask import Ask, TurnedAway, is_ours, is_part
from web.console.menu import landing
from web.console.need import Need
from web.console.router import Console, session_cookie
from web.doors import ConsoleDoors
from web.language import COOKIE, LANGUAGES, _, chosen
from web.openapi import Takes, answers, told
from web.pages import render
from web.security import (
    HEADERS,
    KEPT_BY_NOBODY,
    MOST_OF_NOBODY,
    STRICT_TRANSPORT,
    form_token,
    is_address,
    is_from_here,
    is_too_long,
)

PAGES = (
    worklist, elders, account, visit_link, items, find, assessments, why, escalations, evidence, benefits,
    receipts, notices, pay, paper_forms, volunteers, lists, roster, posts, accounts, phones,
    dashboard, dashboard_load,
    audit, audit_cases, access_log,
    policies, policy_steps, policy_gains, messages,
    scans, bodies,
)  # fmt: skip
OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics", "/language", "/static/{path:path}", "/v", "/v/{token}"}
"""Paths without a permission, each for its reason: health and metrics tell nothing of anybody, a visitor's link is one,
the rest is before anybody is known."""
OPEN_BEGINNINGS = ("/sms/", "/sign-in", "/sign-out")
LANGUAGE = told("/language", Takes(fields=("language", "back")), form=True, token=False, session=False)
A_YEAR = 365 * 24 * 3600
NOT_THERE = _("没有这一页"), _("它不在您的辖区，或者没有这一项。请从待办或查找进入。")
TURNED: dict[int, tuple[str, str]] = {
    400: (_("这张表不是从本页送来的"), _("请退回上一页，刷新以后再送一次。")),
    401: (_("请先登录"), _("登录以后会回到刚才的页面。")),
    403: (_("您的岗位不能办理这一项"), _("如果应当由您办理，请管理员核对您的岗位。")),
    404: NOT_THERE,
    405: NOT_THERE,
    413: (_("送来的内容太大"), _("没有写入任何内容。请分成几份，或写短一些，再送。")),
    409: (_("这一步已经办过，或者还没有到"), _("没有写入任何内容。请回到这位老人的页面，看现在到了哪一步。")),
    500: (_("这里出了差错"), _("刚才这一步可能没有办成。请退回去看一看，稍后再试；仍不行时请告诉管理员现在的时间。")),
}


class Undeclared(Exception):
    """A route that nobody has declared a permission for: the process does not start."""


def mount(app: FastAPI, doors: ConsoleDoors) -> Console:
    made = Console(doors)
    for page in PAGES:
        page.add(made)
    _home(made)
    _described(made, app)
    app.include_router(made.routes)
    app.include_router(assets.router())
    signing_in = sign_in.SignIn(doors)
    sign_in.mount(app, signing_in)
    oidc.mount(app, doors, signing_in)
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
        first = landing(ask)
        return ask.go(first) if first else ask.page("nothing.html")


def _described(made: Console, app: FastAPI) -> None:
    @made.get("/openapi.json", Need(None))
    def described(_ask: Ask) -> Response:
        """For whoever is signed in: it shows nothing of anybody, and the public need not read our paths."""
        return JSONResponse(app.openapi())


def _language(app: FastAPI) -> None:
    @app.post("/language", responses=answers(200, 303, 400), operation_id="post /language", openapi_extra=LANGUAGE)
    async def language(request: Request) -> Response:
        """A choice, not a step: it needs no session, only our own page."""
        if not is_from_here(request.headers, request.headers.get("host", "")):
            raise TurnedAway(400, "not_from_here")
        if is_too_long(request, MOST_OF_NOBODY):
            raise TurnedAway(413, "too_long")
        form = await request.form()
        back, wanted = str(form.get("back", "/")), str(form.get("language", ""))
        answer = RedirectResponse(back if is_ours(back) else "/", 303)
        if wanted in LANGUAGES:
            answer.set_cookie(COOKIE, wanted, max_age=A_YEAR, httponly=True, samesite="lax")
        return answer


def _answers(app: FastAPI, doors: ConsoleDoors) -> None:
    @app.exception_handler(TurnedAway)
    async def turned_away(request: Request, away: Exception) -> Response:
        assert isinstance(away, TurnedAway)
        if is_part(request) and request.method == "GET" and away.to is not None:  # the whole page goes there
            return Response(status_code=401, headers={"HX-Refresh": "true"})
        if away.to is not None and (request.method == "GET" or away.status in (303, 401)):
            return RedirectResponse(away.to, 303)
        return said(request, doors, away.status)

    async def no_page(request: Request, error: Exception) -> Response:
        """What no page of ours answers: no such path, no such method, a body that is no form."""
        assert isinstance(error, HTTPException)
        if request.url.path.startswith("/sms/"):
            return await http_exception_handler(request, error)
        return said(request, doors, error.status_code if error.status_code in TURNED else 400)

    async def failed(request: Request, _error: Exception) -> Response:
        """Answered outside of what gives headers; the error itself goes to the log."""
        return _guarded(request, said(request, doors, 500), doors)

    app.add_exception_handler(HTTPException, no_page)
    app.add_exception_handler(Exception, failed)

    @app.middleware("http")
    async def headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await go_on(request) if is_address(request.scope) else said(request, doors, 404)
        return _guarded(request, answer, doors)


def _guarded(request: Request, answer: Response, doors: ConsoleDoors) -> Response:
    for name, value in (HEADERS | KEPT_BY_NOBODY).items():
        answer.headers.setdefault(name, value)
    if doors.secure:
        answer.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if is_part(request) and answer.status_code >= 400 and answer.status_code != 422:
        answer.headers["HX-Reswap"] = "none"  # what is shown stays; a whole page is no part of it
    return answer


def said(request: Request, doors: ConsoleDoors, status: int) -> HTMLResponse:
    """A plain page for whoever is turned away: what happened, and what now; with the menu of whoever is signed in."""
    title, what_now = TURNED.get(status, TURNED[500])
    token = request.cookies.get(session_cookie(secure=doors.secure), "")
    values = {
        "title": title, "what_now": what_now, "path": "/", "form_token": form_token(token), "now": doors.now(),
        "ask": getattr(request.state, "known", None),
    }  # fmt: skip
    return HTMLResponse(render("turned_away.html", chosen(request.cookies.get(COOKIE)), values), status)
