"""Texts and receipts from a provider: verify, store, answer. Everything else happens after the provider has gone.

Unsigned, wrongly signed → 403. Malformed → 400. Stored, or had already → 204, or the answer the provider wants. Of
several in one request each is stored by its own id, and a malformed one does not lose the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from models.texts import CLIENT_REF
from post.inbox import Inbox, e164
from web.openapi import Takes, answers, told
from web.security import is_text

LARGEST_BODY = 1_000_000  # bytes
FORMS = Takes(fields=("MessageSid", "From", "To", "Body", "MessageStatus", "ErrorCode"))
T = TypeVar("T")
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
    write them. `entries`: for a provider that sends no form but a body with several, each of which `text` or `receipt`
    then reads; ValueError for a body that is none. `taken`: the JSON it wants to hear as yes.
    """

    name: str
    inbound_path: str
    receipt_path: str
    signed: Callable[[str, Mapping[str, str], Mapping[str, str]], bool]
    text: Callable[[Mapping[str, str]], TextIn] = text_of
    receipt: Callable[[Mapping[str, str]], ReceiptIn] = receipt_of
    public_url: str | None = None
    entries: Callable[[bytes], Sequence[Mapping[str, str]]] | None = None
    taken: bytes | None = None

    def yes(self) -> Response:
        if self.taken is None:
            return Response(status_code=204)
        return Response(self.taken, media_type="application/json")


def router(inbox: Inbox, doors: tuple[ProviderDoor, ...], heard: ReceiptHeard, count: Counted, now: Now) -> APIRouter:
    routes = APIRouter()
    for door in doors:
        _add(routes, inbox, door, heard, count, now)
    return routes


def _add(routes: APIRouter, inbox: Inbox, door: ProviderDoor, heard: ReceiptHeard, count: Counted, now: Now) -> None:
    @routes.post(door.inbound_path, **_told(door, door.inbound_path))
    async def inbound(request: Request) -> Response:
        form = await _form(door, request)
        if not _signed(door, door.inbound_path, request, form):
            count(door.name, "refused")
            return Response(status_code=403)
        try:
            texts = await _said(door, request, form, lambda said: _spelled(door.text(said)))
        except (KeyError, ValueError):
            count(door.name, "malformed")
            return Response(status_code=400)
        for text in texts:
            if text is None:
                count(door.name, "malformed")
                continue
            new = await asyncio.to_thread(inbox.accept, door.name, text.message_id, text.phone, text.body, now())
            count(door.name, "stored" if new else "repeated")
        return door.yes()

    @routes.post(door.receipt_path, **_told(door, door.receipt_path))
    async def receipt(request: Request) -> Response:
        form = await _form(door, request)
        if not _signed(door, door.receipt_path, request, form):
            return Response(status_code=403)
        try:
            receipts = await _said(door, request, form, lambda said: _plain(door.receipt(said)))
        except (KeyError, ValueError):
            return Response(status_code=400)
        for said in receipts:
            if said is not None:
                await heard(said, now())
        return door.yes()


def _told(door: ProviderDoor, path: str) -> dict[str, Any]:
    """For the document: a form of the provider's, or, of several at once, their array."""
    said = told(path, FORMS, form=door.entries is None, token=False, session=False)
    if door.entries is not None:
        entries = {"type": "array", "items": {"type": "object"}}
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": entries}}}
    return {"operation_id": f"post {path}", "responses": answers(200, 204, 400, 403), "openapi_extra": said}


async def _form(door: ProviderDoor, request: Request) -> dict[str, str]:
    if door.entries is not None:
        return {}
    try:
        form = await request.form()
    except HTTPException:  # cannot be parsed, so nothing signed it
        return {}
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _said(
    door: ProviderDoor, request: Request, form: Mapping[str, str], read: Callable[[Mapping[str, str]], T]
) -> list[T | None]:
    """What the request says: of a form one thing, of a body with entries each, None in place of a malformed one."""
    if door.entries is None:
        return [read({**request.query_params, **form})]
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise ValueError("the body is too large")
    return [_or_none(read, entry) for entry in door.entries(body)]


def _or_none(read: Callable[[Mapping[str, str]], T], entry: Mapping[str, str]) -> T | None:
    try:
        return read(entry)
    except (KeyError, ValueError):
        return None


def _spelled(said: TextIn) -> TextIn:
    """Its number in the one spelling. Raises ValueError for what is no number, or no id."""
    if not is_text(said.message_id):  # the words are sealed, and may hold anything
        raise ValueError("no id")
    return said._replace(phone=e164(said.phone))


def _plain(said: ReceiptIn) -> ReceiptIn:
    """Raises ValueError for what no store keeps."""
    if not all(is_text(one) for one in said):
        raise ValueError("no text")
    return said


def _signed(door: ProviderDoor, path: str, request: Request, form: Mapping[str, str]) -> bool:
    """The URL the provider signed: the public one where settings name it, else the one that was called."""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{door.public_url}{path}{query}" if door.public_url else str(request.url)
    return door.signed(url, form, request.headers)
