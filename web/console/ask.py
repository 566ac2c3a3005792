"""One request of somebody who is signed in: who they are, what they may, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from decisions.permits import MAY, HeldPost, Territory, areas_where, permit_over
from models.accounts import Session
from models.errors import Refusal
from models.values import Actor, Role
from post.counter import new_key
from web.doors import ConsoleDoors
from web.language import COOKIE, Say, chosen, sayer
from web.pages import render
from web.security import form_token, key_of, key_token


class TurnedAway(Exception):
    """The request ends here. `status`: 401 not signed in, 403 may not, 404 not theirs or not there, 400 not from here,
    413 too long.

    `to`: where a browser goes instead.
    """

    def __init__(self, status: int, why: str, to: str | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.to = to


def here_of(request: Request) -> str:
    """The page somebody is on, to come back to; of what was sent, the page that it was sent to."""
    asked = request.url.query if request.method == "GET" else ""
    return f"{request.url.path}?{asked}" if asked else request.url.path


def is_ours(path: str) -> bool:
    """Whether a browser that is sent there stays with us."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


def is_part(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


class Ask:
    """`actor`: as whom they act here, where the page has a permission. `posts`: those they hold today.
    `places`: where what the page is about lies.

    `why`: the reason for which they read of an elder, where the page asks for one; it is kept with each reading.
    """

    def __init__(
        self, request: Request, doors: ConsoleDoors, signed: Session, token: str, posts: tuple[HeldPost, ...],
        actor: Actor | None, form: FormData, places: tuple[Territory, ...] = (),
    ) -> None:  # fmt: skip
        self.request = request
        self.doors = doors
        self.signed = signed
        self.token = token
        self.posts = posts
        self.places = places
        self._actor = actor
        self.form = form
        self.why = "read"

    @property
    def staff_id(self) -> str:
        return self.signed.staff_id

    @property
    def actor(self) -> Actor:
        """Raises ValueError on a page without a permission: nobody acts there."""
        if self._actor is None:
            raise ValueError("nobody acts on a page that asks for no permission")
        return self._actor

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(post.role for post in self.posts)

    @cached_property
    def now(self) -> datetime:
        return self.doors.now()

    @property
    def say(self) -> Say:
        return sayer(self.language)

    @property
    def language(self) -> str:
        return chosen(self.request.cookies.get(COOKIE))

    @property
    def is_part(self) -> bool:
        """htmx asks, for a part of the page that it shows already."""
        return is_part(self.request)

    def scope(self, action: str) -> tuple[str, ...]:
        """The areas within which they may ask it: the one predicate of every list, count, search and export."""
        return areas_where(action, self.posts)

    def may(self, action: str) -> bool:
        """Whether any post of theirs may ask it anywhere: what a page need not show to others."""
        return any(post.role in MAY.get(action, ()) for post in self.posts)

    def may_here(self, action: str) -> bool:
        """Whether they may ask it of what this page is about: a role that is held only elsewhere offers nothing."""
        return not isinstance(permit_over(action, self.posts, self.places), Refusal)

    def may_in(self, action: str, area_id: str) -> bool:
        """The same of an area that the path does not name."""
        places = self.doors.places.place_of_area(area_id)
        return not isinstance(permit_over(action, self.posts, places), Refusal)

    def acting(self, action: str, area_id: str) -> Actor:
        """As whom they act in an area that the path does not name. Raises TurnedAway: not theirs."""
        role = permit_over(action, self.posts, self.doors.places.place_of_area(area_id))
        if isinstance(role, Refusal):
            raise TurnedAway(404, "not_here")
        return self.actor.model_copy(update={"role": role})

    def seen(self, action: str, subject_id: str, answer: str | None = None) -> None:
        """A reading of personal data, kept before it is shown."""
        self.doors.counter.seen(self.actor, action, subject_id, answer or self.why)

    def new_key(self, path: str) -> str:
        """For the form of a step at this path, to be carried along in its field `key`."""
        return key_token(self.token, path, new_key())

    def key(self, path: str) -> str | None:
        """The step's key that the form was made with. None: it has none. Raises TurnedAway: not one of ours."""
        said = self.form.get("key")
        if not isinstance(said, str):
            return None
        key = key_of(self.token, path, said)
        if key is None:
            raise TurnedAway(400, "not_our_key")
        return key

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """`template` of `web/templates`, with what every page has: who reads, where they are, the token of forms."""
        common: Mapping[str, Any] = {
            "ask": self, "form_token": form_token(self.token), "path": self.request.url.path, "now": self.now,
            "partial": self.is_part, "this_page": here_of(self.request),
        }  # fmt: skip
        return HTMLResponse(render(template, self.language, {**common, **values}), status)

    def go(self, path: str) -> Response:
        """After a step: to a page that can be loaded again without doing it twice."""
        return RedirectResponse(path, 303)
