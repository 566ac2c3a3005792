"""Sandbox phones: what every volunteer's phone shows, and a reply box that knocks at the real door for texts.

Only where texts go to the sandbox. A page asks every two seconds for what is new, and is told nothing while nothing is.
"""

from __future__ import annotations

import asyncio
import hashlib
from http import HTTPStatus

import httpx
from starlette.responses import Response

from models.shown import PhonesShown
from web.console.ask import Ask, TurnedAway
from web.console.need import About, Need
from web.console.router import Console
from web.doors import Phones
from web.language import _
from web.openapi import Takes

ACTION = "phones"
LONGEST_REPLY = 500
NO_WORDS = _("写几个字再发")
NOT_TAKEN = _("短信入口没有收下这一条。请稍后再发；仍不行时请告诉管理员。")


def add(console: Console) -> None:
    phones = console.doors.phones
    if phones is None:
        return

    @console.get("/phones", Need(ACTION), Takes(query=("after", "mark")))
    def all_phones(ask: Ask) -> Response:
        shown = phones.phones(ask.scope(ACTION), ask.request.query_params.get("after", ""))
        mark = _mark(shown)
        if ask.request.query_params.get("mark") == mark:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        ask.seen(ACTION, "")
        return ask.page("phones.html", shown=shown, mark=mark, after=ask.request.query_params.get("after", ""))

    @console.get("/phones/{person_id}", Need(ACTION, About.PERSON))
    def phone(ask: Ask, person_id: str) -> Response:
        return _phone(ask, phones, person_id)

    @console.get("/phones/{person_id}/new", Need(ACTION, About.PERSON), Takes(query=("after",)))
    def new(ask: Ask, person_id: str) -> Response:
        thread = phones.thread(person_id, ask.request.query_params.get("after", ""))
        if not thread.texts:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        ask.seen(ACTION, person_id)
        return ask.page("phone_texts.html", thread=thread, person_id=person_id)

    @console.post("/phones/{person_id}", Need(ACTION, About.PERSON), Takes(fields=("body",)))
    async def reply(ask: Ask, person_id: str) -> Response:
        body = str(ask.form.get("body", "")).strip()[:LONGEST_REPLY]
        if not body:
            return await asyncio.to_thread(_phone, ask, phones, person_id, NO_WORDS)
        if not await _posted(ask, phones, person_id, body):
            return await asyncio.to_thread(_phone, ask, phones, person_id, NOT_TAKEN, body)
        await asyncio.to_thread(ask.doors.counter.done, ask.actor, ACTION, person_id, "written")
        return ask.go(f"/phones/{person_id}")


def _phone(ask: Ask, phones: Phones, person_id: str, wrong: str = "", typed: str = "") -> Response:
    shown = phones.phone(person_id)
    if shown is None:
        raise TurnedAway(404, "not_here")
    ask.seen(ACTION, person_id)
    thread = phones.thread(person_id, "")
    status = 422 if wrong else 200
    return ask.page(
        "phone.html", status, phone=shown, person_id=person_id, thread=thread, wrong=wrong, typed=typed,
        longest=LONGEST_REPLY,
    )  # fmt: skip


async def _posted(ask: Ask, phones: Phones, person_id: str, body: str) -> bool:
    """To the webhook of this very process, signed; whether it said yes."""
    text = await asyncio.to_thread(phones.signed, person_id, str(ask.request.base_url), body)
    if text is None:
        return False
    async with httpx.AsyncClient(transport=httpx.ASGITransport(ask.request.app)) as provider:
        answer = await provider.post(text.url, data=text.params, headers=text.headers)
    return answer.is_success


def _mark(shown: PhonesShown) -> str:
    """Another one as soon as anything on the page is."""
    return hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:16]
