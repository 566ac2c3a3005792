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

ON_A_PAGE = 60


def add(console: Console) -> None:
    book = console.doors.account_book

    @console.get("/accounts", Need("account"))
    def accounts(ask: Ask) -> Response:
        after, lines = ask.request.query_params.get("after", ""), list[AccountLine]()
        for county in ask.scope("account"):
            ask.seen("account_list", county)
            lines += book.of_county(county, after, ON_A_PAGE + 1)
        lines.sort(key=lambda line: line.staff_id)
        return ask.page("accounts.html", lines=lines[:ON_A_PAGE], more=len(lines) > ON_A_PAGE, states=ACCOUNT_STATES)

    @console.get("/accounts/{staff_id}", Need("account", About.STAFF))
    def account(ask: Ask, staff_id: str) -> Response:
        return _shown(ask, staff_id, 200)

    def step(path: str, taken: Callable[..., Any]) -> None:
        @console.post(f"/accounts/{{staff_id}}/{path}", Need("account", About.STAFF))
        def done(ask: Ask, staff_id: str) -> Response:
            answer = taken(staff_id, ask.actor, ask.now)
            refused = isinstance(answer, Refusal)
            said = answer.value if isinstance(answer, Refusal) else "recorded"
            ask.doors.counter.done(ask.actor, f"account_{path}", staff_id, said, accepted=not refused)
            if isinstance(answer, Refusal):
                return _shown(ask, staff_id, 422, said=REFUSAL_WORDS[answer])
            if isinstance(answer, OneTime):
                return _shown(ask, staff_id, 200, password=answer.password.get_secret_value())
            return ask.go(f"/accounts/{staff_id}?done=recorded")

    step("make", book.make)
    step("reset", book.reset)
    step("disable", book.disable)


def _shown(ask: Ask, staff_id: str, status: int, said: str | None = None, password: str | None = None) -> Response:
    ask.seen("account_list", staff_id)
    line = ask.doors.account_book.line(staff_id)
    if line is None:
        raise TurnedAway(404, "not_here")
    return ask.page(
        "account_of.html", status, line=line, states=ACCOUNT_STATES, said=said, password=password,
        done=ask.request.query_params.get("done"), own=staff_id == ask.staff_id,
    )  # fmt: skip
