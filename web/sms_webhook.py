"""Texts and receipts from a provider: verify, store, answer. Everything else happens after the provider has gone.

Unsigned, wrongly signed → 403. Malformed → 400. Stored, or had already → 204.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from models.texts import CLIENT_REF
from post.inbox import Inbox, e164

Counted = Callable[[str, str], None]
Now = Callable[[], datetime]


class TextIn(NamedTuple):
    message_id: str
    phone: str
    body: str


class ReceiptIn(NamedTuple):
    """The provider's word on one message. `client_ref`: our own reference, where it is said back."""

    message_id: str
    status: str
    error: str | None
    client_ref: str | None = None


ReceiptHeard = Callable[[ReceiptIn, datetime], Awaitable[None]]


def text_of(said: Mapping[str, str]) -> TextIn:
    return TextIn(said["MessageSid"], said["From"], said["Body"])


def receipt_of(said: Mapping[str, str]) -> ReceiptIn:
    return ReceiptIn(said["MessageSid"], said["MessageStatus"], said.get("ErrorCode"), said.get(CLIENT_REF))


@dataclass(frozen=True)
class ProviderDoor:
    """How one provider knocks. `signed` judges the exact public URL, the form and the headers.

    `text` and `receipt` read the form, and what stands in the query of the URL; by default as Twilio and the sandbox
    write them.
    """

    name: str
    inbound_path: str
    receipt_path: str
    signed: Callable[[str, Mapping[str, str], Mapping[str, str]], bool]
    text: Callable[[Mapping[str, str]], TextIn] = text_of
    receipt: Callable[[Mapping[str, str]], ReceiptIn] = receipt_of
    public_url: str | None = None


def router(inbox: Inbox, doors: tuple[ProviderDoor, ...], heard: ReceiptHeard, count: Counted, now: Now) -> APIRouter:
    routes = APIRouter()
    for door in doors:
        _add(routes, inbox, door, heard, count, now)
    return routes


def _add(routes: APIRouter, inbox: Inbox, door: ProviderDoor, heard: ReceiptHeard, count: Counted, now: Now) -> None:
    @routes.post(door.inbound_path)
    async def inbound(request: Request) -> Response:
        form = await _form(request)
        if not _signed(door, door.inbound_path, request, form):
            count(door.name, "refused")
            return Response(status_code=403)
        try:
            said = door.text({**request.query_params, **form})
            phone = e164(said.phone)
        except (KeyError, ValueError):
            count(door.name, "malformed")
            return Response(status_code=400)
        new = await asyncio.to_thread(inbox.accept, door.name, said.message_id, phone, said.body, now())
        count(door.name, "stored" if new else "repeated")
        return Response(status_code=204)

    @routes.post(door.receipt_path)
    async def receipt(request: Request) -> Response:
        form = await _form(request)
        if not _signed(door, door.receipt_path, request, form):
            return Response(status_code=403)
        try:
            said = door.receipt({**request.query_params, **form})
        except (KeyError, ValueError):
            return Response(status_code=400)
        await heard(said, now())
        return Response(status_code=204)


async def _form(request: Request) -> dict[str, str]:
    try:
        form = await request.form()
    except HTTPException:  # cannot be parsed, so nothing signed it
        return {}
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _signed(door: ProviderDoor, path: str, request: Request, form: Mapping[str, str]) -> bool:
    """The URL the provider signed: the public one where settings name it, else the one that was called."""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{door.public_url}{path}{query}" if door.public_url else str(request.url)
    return door.signed(url, form, request.headers)
