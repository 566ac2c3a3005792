"""Where pages are declared: path, and what it asks of whoever opens it. A page without a permission cannot be added."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from decisions.permits import permit, permit_over
from models.accounts import Session, Step
from models.errors import Refusal
from models.values import Actor, ActorKind
from web.console import reasons
from web.console.ask import Ask, TurnedAway, here_of
from web.console.need import LIES, About, Declared, Need
from web.doors import ConsoleDoors
from web.openapi import NOTHING, Takes, answers, told
from web.security import UNSAFE, is_form_token, is_from_here, is_text, is_too_long

SIGN_IN = "/sign-in"
STEPS: Mapping[Step, str] = {
    Step.MUST_CHANGE: "/sign-in/password", Step.NEEDS_TOTP: "/sign-in/code", Step.ENROL_TOTP: "/sign-in/enrol",
}  # fmt: skip
"""Where somebody half signed in goes on."""

Handler = Callable[..., Response | Awaitable[Response]]


def session_cookie(*, secure: bool) -> str:
    """`__Host-` where a browser lets us: bound to this host and to https."""
    return "__Host-tanfang" if secure else "tanfang"


class Console:
    """Pages of whoever is signed in. `declared`: every route with its need.

    A handler is `(ask, **the path's parameters)`; a plain one runs in a thread, since what it reads is the store.
    """

    def __init__(self, doors: ConsoleDoors) -> None:
        self.doors = doors
        self.routes = APIRouter(include_in_schema=True)
        self.declared: list[Declared] = []

    def get(self, path: str, need: Need, takes: Takes = NOTHING) -> Callable[[Handler], Handler]:
        return self._add("GET", path, need, takes)

    def post(self, path: str, need: Need, takes: Takes = NOTHING) -> Callable[[Handler], Handler]:
        return self._add("POST", path, need, takes)

    def _add(self, method: str, path: str, need: Need, takes: Takes) -> Callable[[Handler], Handler]:
        if need.about is not About.NOTHING and f"{{{need.about.value}" not in path:
            raise ValueError(f"{path} does not name the {need.about.value} it is about")
        if need.about is not About.NOTHING and need.action is None:
            raise ValueError(f"{path} is about {need.about.value} and asks for no permission")
        if need.reason and need.about is not About.ELDER:
            raise ValueError(f"{path} asks for a reason and is about no elder")
        self.declared.append(Declared(method, path, need))

        def add(handler: Handler) -> Handler:
            async def answer(request: Request) -> Response:
                found: dict[str, Any] = dict(request.path_params)
                if request.method not in UNSAFE and not iscoroutinefunction(handler):
                    return await asyncio.to_thread(self._read, request, need, handler, found)
                ask = await self._let_in(request, need)
                if iscoroutinefunction(handler):
                    return await handler(ask, **found)
                return await asyncio.to_thread(handler, ask, **found)  # pyright: ignore[reportReturnType]

            self.routes.add_api_route(
                path, answer, methods=[method], name=f"{method} {path}", response_class=Response,
                operation_id=f"{method.lower()} {path}", responses=answers(),
                openapi_extra=told(path, takes, form=method == "POST"),
            )  # fmt: skip
            return handler

        return add

    def _read(self, request: Request, need: Need, handler: Handler, found: Mapping[str, Any]) -> Any:
        """All of what only reads, in one thread: each change of threads is a wait for whoever else is answered."""
        signed, token = self._signed(request)
        return handler(self._permitted(request, signed, token, need, FormData()), **found)

    def _signed(self, request: Request) -> tuple[Session, str]:
        """Raises TurnedAway."""
        token = request.cookies.get(session_cookie(secure=self.doors.secure), "")
        signed = self.doors.accounts.session_of(token, self.doors.now()) if token else None
        if signed is None:
            over = "over=1&" if request.method in UNSAFE else ""
            raise TurnedAway(401, "not_signed_in", f"{SIGN_IN}?{over}next={quote(_wanted(request))}")
        if signed.step is not Step.FULL:
            raise TurnedAway(403, "half_signed_in", STEPS[signed.step])
        return signed, token

    async def _let_in(self, request: Request, need: Need) -> Ask:
        """Raises TurnedAway."""
        signed, token = await asyncio.to_thread(self._signed, request)
        form = FormData()
        if request.method in UNSAFE:
            if is_too_long(request):
                raise TurnedAway(413, "too_long")
            form = await request.form()
            said = form.get("form_token")
            here = is_from_here(request.headers, request.headers.get("host", ""))
            ours = is_form_token(token, said if isinstance(said, str) else None)
            if not (here and ours):
                raise TurnedAway(400, "not_from_here")
            if not all(is_text(one) for _name, one in form.multi_items()):
                raise TurnedAway(400, "no_text")
        return await asyncio.to_thread(self._permitted, request, signed, token, need, form)

    def _permitted(self, request: Request, signed: Session, token: str, need: Need, form: FormData) -> Ask:
        posts = self.doors.places.posts_of(signed.staff_id, self.doors.now())
        actor, places = None, ()
        request.state.known = Ask(request, self.doors, signed, token, posts, actor, form)  # for whoever is turned away
        if need.action is not None:
            role = permit(need.action, posts, None)
            if isinstance(role, Refusal):
                raise TurnedAway(403, role.value)
            if need.about is not About.NOTHING:
                id_ = request.path_params[need.about.value]
                places = LIES[need.about](self.doors.places, id_)
                role = permit_over(need.action, posts, places)
                if isinstance(role, Refusal):  # nobody is told whether it is there
                    raise TurnedAway(404, "not_here")
            actor = Actor(id=signed.staff_id, kind=ActorKind.STAFF, role=role)
        ask = Ask(request, self.doors, signed, token, posts, actor, form, places)
        if need.reason:
            reasons.must_say_why(ask, request.path_params[About.ELDER.value])
        return ask


def _wanted(request: Request) -> str:
    """The page to come back to after signing in: one of ours, by path."""
    if request.method != "GET":
        return "/"
    return here_of(request)
