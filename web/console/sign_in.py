"""Signing in and out. Whoever comes here is nobody yet, or half signed in; what a session may do next is its step.

Forms of somebody without a session carry the token of a cookie of their own: nobody is signed in by another site.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.accounts import WHY_WORDS, Choose, Enrolment, Session, SignedIn, Step, TurnedAway, Why
from web.console.ask import TurnedAway as Away
from web.console.ask import is_ours
from web.console.router import SIGN_IN, STEPS, session_cookie
from web.doors import ConsoleDoors
from web.language import COOKIE, _, chosen
from web.openapi import Takes, answers, told
from web.pages import render, said_moment
from web.pictures import qr_source
from web.security import MOST_OF_NOBODY, client_of, form_token, is_form_token, is_from_here, is_text, is_too_long

FORM_COOKIE = "tanfang_form"
FULLY = "/"
ANSWERS = answers(200, 303, 400, 422, 429)
FIELDS: Mapping[str, tuple[str, ...]] = {
    SIGN_IN: ("staff_id", "password"), f"{SIGN_IN}/code": ("code",), f"{SIGN_IN}/password": ("new", "again"),
    f"{SIGN_IN}/enrol": ("code", "secret", "uri"), f"{SIGN_IN}/phone": ("phone",),
    f"{SIGN_IN}/phone/code": ("phone", "code", "staff_id"), f"{SIGN_IN}/link": ("token",),
}  # fmt: skip
LOST = _("登录已过期，刚才送出的没有记下。请登录以后重新填写。")


class SignIn:
    """The pages of one process. Each answer is a page, or a new cookie and the way on."""

    def __init__(self, doors: ConsoleDoors) -> None:
        self._doors = doors
        self._cookie = session_cookie(secure=doors.secure)

    # --- by password ---------------------------------------------------------------------------------------------

    async def begin(self, request: Request) -> Response:
        over = "over" in request.query_params
        return self.page(request, "sign_in.html", said=LOST if over else None, out="out" in request.query_params)

    async def password(self, request: Request, form: FormData) -> Response:
        login, typed = _line(form, "staff_id"), str(form.get("password", ""))
        answer = await self.ask(self._doors.accounts.sign_in, login, typed, client_of(request), self._doors.now())
        if isinstance(answer, SignedIn):
            return self.on(answer, next_of(request))
        return self._wrong(request, "sign_in.html", answer, staff_id=login)

    async def code_page(self, request: Request) -> Response:
        return await self._half(request, Step.NEEDS_TOTP, "sign_in_code.html")

    async def code(self, request: Request, form: FormData) -> Response:
        token, code = self._token(request), _line(form, "code").replace(" ", "")
        answer = await self.ask(self._doors.accounts.second_factor, token, code, client_of(request), self._doors.now())
        if isinstance(answer, SignedIn):
            return self.on(answer, next_of(request))
        return self._wrong(request, "sign_in_code.html", answer)

    async def change_page(self, request: Request) -> Response:
        return await self._half(request, Step.MUST_CHANGE, "sign_in_password.html")

    async def change(self, request: Request, form: FormData) -> Response:
        new, again = str(form.get("new", "")), str(form.get("again", ""))
        if new != again:
            return self.page(request, "sign_in_password.html", 422, differ=True)
        answer = await self.ask(
            self._doors.accounts.change_password, self._token(request), "", new, client_of(request), self._doors.now()
        )
        if isinstance(answer, SignedIn):
            return self.on(answer, next_of(request))
        return self._wrong(request, "sign_in_password.html", answer)

    # --- the second factor, for the first time -------------------------------------------------------------------

    async def enrol_page(self, request: Request) -> Response:
        answer = await self.ask(self._doors.accounts.enrol, self._token(request), self._doors.now())
        if isinstance(answer, TurnedAway):
            return self._elsewhere(request, answer)
        assert isinstance(answer, Enrolment)
        return self._enrol(request, answer.secret.get_secret_value(), answer.uri.get_secret_value())

    async def enrol(self, request: Request, form: FormData) -> Response:
        code = _line(form, "code").replace(" ", "")
        answer = await self.ask(
            self._doors.accounts.confirm_enrolment, self._token(request), code, client_of(request), self._doors.now()
        )
        if isinstance(answer, TurnedAway):
            if answer.why is not Why.WRONG:
                return self._elsewhere(request, answer)
            return self._enrol(request, _line(form, "secret"), str(form.get("uri", "")), 422, WHY_WORDS[answer.why])
        codes = [code.get_secret_value() for code in answer.recovery_codes]
        page = self.page(request, "sign_in_recovery.html", codes=codes, on=next_of(request))
        return self._with_cookie(page, answer.signed_in)

    def _enrol(self, request: Request, secret: str, uri: str, status: int = 200, said: str | None = None) -> Response:
        return self.page(
            request, "sign_in_enrol.html", status, secret=secret, uri=uri, said=said,
            picture=qr_source(uri or secret),
        )  # fmt: skip

    # --- by a code to one's own phone ----------------------------------------------------------------------------

    async def phone_page(self, request: Request) -> Response:
        return self.page(request, "sign_in_phone.html")

    async def phone(self, request: Request, form: FormData) -> Response:
        """Whoever asks hears the same, whether anybody has that number or not."""
        number = _line(form, "phone")
        answer = await self.ask(self._doors.phone_codes.ask, number, client_of(request), self._doors.now())
        if isinstance(answer, TurnedAway):
            return self._wrong(request, "sign_in_phone.html", answer, phone=number)
        return self.page(request, "sign_in_phone_code.html", phone=number)

    async def phone_code(self, request: Request, form: FormData) -> Response:
        number, code, who = _line(form, "phone"), _line(form, "code").replace(" ", ""), _line(form, "staff_id") or None
        answer = await self.ask(
            self._doors.phone_codes.sign_in, number, code, client_of(request), self._doors.now(), who
        )
        if isinstance(answer, SignedIn):
            return self.on(answer, next_of(request))
        if isinstance(answer, Choose):
            return self.page(request, "sign_in_phone_code.html", phone=number, code=code, people=answer.people)
        return self._wrong(request, "sign_in_phone_code.html", answer, phone=number)

    # --- by a link of the demo -----------------------------------------------------------------------------------

    async def link_page(self, request: Request) -> Response:
        """It is opened by a button, so that nothing that only looks at addresses uses it up."""
        return self.page(request, "sign_in_link.html", link=request.query_params.get("token", ""))

    async def link(self, request: Request, form: FormData) -> Response:
        answer = await self.ask(self._doors.sign_in_links.open, _line(form, "token"), self._doors.now())
        if isinstance(answer, SignedIn):
            return self.on(answer, next_of(request))
        return self.page(request, "sign_in.html", 422, said=WHY_WORDS[answer.why])

    # --- out -----------------------------------------------------------------------------------------------------

    async def out(self, request: Request, form: FormData) -> Response:
        await self.ask(self._doors.accounts.sign_out, self._token(request), self._doors.now())
        answer = RedirectResponse(f"{SIGN_IN}?out=1", 303)
        answer.delete_cookie(self._cookie, path="/", secure=self._doors.secure, httponly=True, samesite="lax")
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    # --- parts ---------------------------------------------------------------------------------------------------

    async def ask(self, step: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.to_thread(step, *args)

    def _token(self, request: Request) -> str:
        return request.cookies.get(self._cookie, "")

    async def _half(self, request: Request, step: Step, template: str) -> Response:
        """The page of a step, to whose session is at it."""
        session: Session | None = await self.ask(
            self._doors.accounts.session_of, self._token(request), self._doors.now()
        )
        if session is None:
            return RedirectResponse(SIGN_IN, 303)
        if session.step is not step:
            return RedirectResponse(STEPS.get(session.step, FULLY), 303)
        return self.page(request, template)

    def on(self, signed: SignedIn, wanted: str) -> Response:
        """To the next step, or to where they wanted to go."""
        step = signed.session.step
        to = wanted if step is Step.FULL else f"{STEPS[step]}?next={quote(wanted)}"
        return self._with_cookie(RedirectResponse(to, 303), signed)

    def _with_cookie(self, answer: Response, signed: SignedIn) -> Response:
        answer.set_cookie(
            self._cookie, signed.token.get_secret_value(), path="/", secure=self._doors.secure, httponly=True,
            samesite="lax",
        )  # fmt: skip
        return answer

    def _elsewhere(self, request: Request, away: TurnedAway) -> Response:
        """What cannot go on here: signed in anew, or over to the page of the step."""
        return RedirectResponse(SIGN_IN if away.why is Why.OVER else FULLY, 303)

    def _wrong(self, request: Request, template: str, away: TurnedAway, **values: Any) -> Response:
        if away.why in (Why.OVER, Why.NOT_NOW):
            return self._elsewhere(request, away)
        status = 429 if away.why is Why.WAIT else 422
        return self.page(request, template, status, said=WHY_WORDS[away.why], until=away.until, **values)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        secret = self._token(request) or request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
        language = chosen(request.cookies.get(COOKIE))
        until = values.pop("until", None)
        common: Mapping[str, Any] = {
            "ask": None, "path": request.url.path, "now": self._doors.now(), "form_token": form_token(secret),
            "next": next_of(request), "said": None, "out": False, "until": said_moment(until, language),
            "staff_id": "", "phone": "", "code": "", "people": (), "differ": False,
            "provider": self._doors.single_sign_on.name if self._doors.single_sign_on else "",
        }  # fmt: skip
        page = HTMLResponse(render(template, language, {**common, **values}), status)
        if not self._token(request) and FORM_COOKIE not in request.cookies:
            page.set_cookie(FORM_COOKIE, secret, path="/", secure=self._doors.secure, httponly=True, samesite="lax")
        return page

    async def form(self, request: Request) -> FormData:
        """What was typed on a page of ours. Raises TurnedAway (of the console) for any other."""
        if is_too_long(request, MOST_OF_NOBODY):
            raise Away(413, "too_long")
        form = await request.form()
        said = form.get("form_token")
        typed = said if isinstance(said, str) else None
        secrets_ = [self._token(request), request.cookies.get(FORM_COOKIE, "")]
        ours = any(secret and is_form_token(secret, typed) for secret in secrets_)
        if not ours or not is_from_here(request.headers, request.headers.get("host", "")):
            raise Away(400, "not_from_here")
        if not all(is_text(one) for one in form.values()):
            raise Away(400, "no_text")
        return form


def mount(app: FastAPI, pages: SignIn) -> None:
    shows = {
        "": pages.begin, "/code": pages.code_page, "/password": pages.change_page, "/enrol": pages.enrol_page,
        "/phone": pages.phone_page, "/link": pages.link_page,
    }  # fmt: skip
    takes = {
        SIGN_IN: pages.password, f"{SIGN_IN}/code": pages.code, f"{SIGN_IN}/password": pages.change,
        f"{SIGN_IN}/enrol": pages.enrol, f"{SIGN_IN}/phone": pages.phone, f"{SIGN_IN}/phone/code": pages.phone_code,
        f"{SIGN_IN}/link": pages.link, "/sign-out": pages.out,
    }  # fmt: skip
    for path, show in shows.items():
        app.add_api_route(
            SIGN_IN + path, show, methods=["GET"], response_class=HTMLResponse, responses=ANSWERS,
            operation_id=f"get {SIGN_IN}{path}", openapi_extra=told(path, Takes(("next", "token")), session=False),
        )  # fmt: skip
    for path, take in takes.items():
        app.add_api_route(
            path, _taking(pages, take), methods=["POST"], response_class=HTMLResponse, responses=ANSWERS,
            operation_id=f"post {path}",
            openapi_extra=told(path, Takes(("next",), FIELDS.get(path, ())), form=True, session=False),
        )  # fmt: skip


def _taking(
    pages: SignIn, take: Callable[[Request, FormData], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def taken(request: Request) -> Response:
        return await take(request, await pages.form(request))

    return taken


def _line(form: FormData, name: str) -> str:
    said = form.get(name, "")
    return said.strip()[:200] if isinstance(said, str) else ""


def next_of(request: Request) -> str:
    """Where they wanted to go: a path of ours, or the first page."""
    wanted = request.query_params.get("next", "/")
    return wanted if is_ours(wanted) and not wanted.startswith(SIGN_IN) else "/"
