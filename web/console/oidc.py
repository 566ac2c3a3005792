"""Signing in by way of an OpenID Connect provider: there by a link of the sign-in page, and back. Where it is set up.

A link and no form, since a form of ours may lead nowhere else (`form-action 'self'`). Where nothing comes of it one is
on the sign-in page again, which says why.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from models.accounts import WHY_WORDS, Arrived, TurnedAway, Why
from web.console.sign_in import SignIn, next_of
from web.doors import ConsoleDoors
from web.doors_of_accounts import SingleSignOn
from web.openapi import Takes, answers, told
from web.security import client_of

THERE, BACK = "/sign-in/oidc", "/sign-in/oidc/back"
STATUS: Mapping[Why, int] = {Why.WAIT: 429, Why.AWAY: 503}


def way_cookie(*, secure: bool) -> str:
    return "__Host-tanfang_oidc" if secure else "tanfang_oidc"


def mount(app: FastAPI, doors: ConsoleDoors, pages: SignIn) -> None:
    provider = doors.single_sign_on
    if provider is None:
        return
    for path, query, answer in (
        (THERE, ("next",), _there(doors, provider, pages)),
        (BACK, ("code", "state", "iss", "error", "error_description", "next"), _back(doors, provider, pages)),
    ):
        app.add_api_route(
            path, answer, methods=["GET"], response_class=Response, responses=answers(200, 303, 422, 429, 503),
            operation_id=f"get {path}", openapi_extra=told(path, Takes(query), session=False),
        )  # fmt: skip


def _there(doors: ConsoleDoors, provider: SingleSignOn, pages: SignIn):
    cookie = way_cookie(secure=doors.secure)

    async def there(request: Request) -> Response:
        sent = await pages.ask(provider.begin, next_of(request), doors.now())
        if isinstance(sent, TurnedAway):
            return _said(pages, request, sent)
        answer = RedirectResponse(sent.to, 303)
        answer.set_cookie(
            cookie, sent.way.get_secret_value(), path="/", secure=doors.secure, httponly=True, samesite="lax",
            max_age=600,
        )  # fmt: skip
        return answer

    return there


def _back(doors: ConsoleDoors, provider: SingleSignOn, pages: SignIn):
    cookie = way_cookie(secure=doors.secure)

    async def back(request: Request) -> Response:
        way, said = request.cookies.get(cookie, ""), dict(request.query_params)
        came = await pages.ask(provider.back, way, said, client_of(request), doors.now())
        answer = pages.on(came.signed_in, came.wanted) if isinstance(came, Arrived) else _said(pages, request, came)
        answer.delete_cookie(cookie, path="/", secure=doors.secure, httponly=True, samesite="lax")
        return answer

    return back


def _said(pages: SignIn, request: Request, away: TurnedAway) -> Response:
    """The sign-in page, with why."""
    status = STATUS.get(away.why, 422)
    return pages.page(request, "sign_in.html", status, said=WHY_WORDS[away.why], until=away.until)
