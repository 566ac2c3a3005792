"""One's own account: where one is signed in, and the password."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from models.accounts import WHY_WORDS, SignedIn, TurnedAway
from web.console.ask import Ask
from web.console.need import Need
from web.console.router import Console, session_cookie
from web.language import _
from web.openapi import Takes

CHANGED = _("密码已改，其他地方的登录都已退出。")
DIFFER = _("两次写的不一样。")


def add(console: Console) -> None:
    doors = console.doors

    @console.get("/alive", Need(None))
    def alive(_ask: Ask) -> Response:
        """Asked by a page on which somebody types: a long form is not lost to a session that nobody used."""
        return Response(status_code=204)

    @console.get("/account", Need(None), Takes(query=("done",)))
    def account(ask: Ask) -> Response:
        return _shown(ask)

    @console.post("/account/password", Need(None), Takes(("done",), ("old", "new", "again")))
    async def password(ask: Ask) -> Response:
        old, new, again = (str(ask.form.get(name, "")) for name in ("old", "new", "again"))
        if new != again:
            return await asyncio.to_thread(_shown, ask, 422, DIFFER)
        client = ask.request.client.host if ask.request.client else ""
        answer = await asyncio.to_thread(doors.accounts.change_password, ask.token, old, new, client, ask.now)
        if isinstance(answer, TurnedAway):
            return await asyncio.to_thread(_shown, ask, 422, WHY_WORDS[answer.why])
        return _with_cookie(ask, answer, ask.go("/account?done=changed"))

    @console.post("/account/sign-out-others", Need(None))
    def sign_out_others(ask: Ask) -> Response:
        doors.accounts.revoke_others(ask.token, ask.now)
        return ask.go("/account?done=recorded")

    @console.post("/account/sessions/{session_id}/end", Need(None))
    def end(ask: Ask, session_id: str) -> Response:
        doors.accounts.revoke(ask.token, session_id, ask.now)
        return ask.go("/account?done=recorded")


def _shown(ask: Ask, status: int = 200, said: str | None = None) -> Response:
    sessions = ask.doors.accounts.own_sessions(ask.token, ask.now)
    done = ask.request.query_params.get("done")
    return ask.page(
        "account.html", status, sessions=sessions, said=said, done=done, changed=CHANGED if done == "changed" else None
    )


def _with_cookie(ask: Ask, signed: SignedIn, answer: Response) -> Response:
    answer.set_cookie(
        session_cookie(secure=ask.doors.secure), signed.token.get_secret_value(), path="/", secure=ask.doors.secure,
        httponly=True, samesite="lax",
    )  # fmt: skip
    return answer
