"""Who of the staff can sign in, for an administrator: made, reset, disabled. A one-time password is shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from decisions.closed_words import ACCOUNT_STATES
from models.accounts import AccountLine, OneTime
from models.errors import REFUSAL_WORDS, Refusal
from web.console.ask import Ask, TurnedAway
from web.console.need import About, Need
from web.console.router import Console
from web.doors_of_accounts import SingleSignOn
from web.language import _
from web.openapi import Takes

ON_A_PAGE = 60
LONGEST_SUBJECT = 255
NO_SUBJECT = _("须写统一认证里指明这个人的那一项，最多255个字符")


def add(console: Console) -> None:
    book = console.doors.account_book

    @console.get("/accounts", Need("account"), Takes(query=("after",)))
    def accounts(ask: Ask) -> Response:
        after, lines = ask.request.query_params.get("after", ""), list[AccountLine]()
        for county in ask.scope("account"):
            ask.seen("account_list", county)
            lines += book.of_county(county, after, ON_A_PAGE + 1)
        lines.sort(key=lambda line: line.staff_id)
        return ask.page("accounts.html", lines=lines[:ON_A_PAGE], more=len(lines) > ON_A_PAGE, states=ACCOUNT_STATES)

    @console.get("/accounts/{staff_id}", Need("account", About.STAFF), Takes(query=("done",)))
    def account(ask: Ask, staff_id: str) -> Response:
        return _shown(ask, staff_id, 200)

    def step(path: str, taken: Callable[..., Any]) -> None:
        @console.post(f"/accounts/{{staff_id}}/{path}", Need("account", About.STAFF), Takes(query=("done",)))
        def done(ask: Ask, staff_id: str) -> Response:
            return _came_of(ask, path, staff_id, taken(staff_id, ask.actor, ask.now))

    step("make", book.make)
    step("reset", book.reset)
    step("disable", book.disable)
    if console.doors.single_sign_on is not None:
        _binding(console, console.doors.single_sign_on)


def _binding(console: Console, provider: SingleSignOn) -> None:
    @console.post("/accounts/{staff_id}/bind", Need("account", About.STAFF), Takes(("done",), ("subject",)))
    def bind(ask: Ask, staff_id: str) -> Response:
        subject = str(ask.form.get("subject", "")).strip()
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
            return _shown(ask, staff_id, 422, said=NO_SUBJECT)
        return _came_of(ask, "bind", staff_id, provider.subjects.bind(staff_id, subject, ask.actor, ask.now))

    @console.post("/accounts/{staff_id}/unbind", Need("account", About.STAFF), Takes(query=("done",)))
    def unbind(ask: Ask, staff_id: str) -> Response:
        return _came_of(ask, "unbind", staff_id, provider.subjects.unbind(staff_id, ask.actor, ask.now))


def _came_of(ask: Ask, what: str, staff_id: str, answer: OneTime | Refusal | None) -> Response:
    """The step and what came of it, kept; and the page."""
    refused = isinstance(answer, Refusal)
    said = answer.value if isinstance(answer, Refusal) else "recorded"
    ask.doors.counter.done(ask.actor, f"account_{what}", staff_id, said, accepted=not refused)
    if isinstance(answer, Refusal):
        return _shown(ask, staff_id, 422, said=REFUSAL_WORDS[answer])
    if isinstance(answer, OneTime):
        return _shown(ask, staff_id, 200, password=answer.password.get_secret_value())
    return ask.go(f"/accounts/{staff_id}?done=recorded")


def _shown(ask: Ask, staff_id: str, status: int, said: str | None = None, password: str | None = None) -> Response:
    ask.seen("account_list", staff_id)
    line = ask.doors.account_book.line(staff_id)
    if line is None:
        raise TurnedAway(404, "not_here")
    provider = ask.doors.single_sign_on
    return ask.page(
        "account_of.html", status, line=line, states=ACCOUNT_STATES, said=said, password=password,
        done=ask.request.query_params.get("done"), own=staff_id == ask.staff_id,
        provider=provider.name if provider else "",
    )  # fmt: skip
