"""What a visitor's form holds, read piece by piece: fields are few and short, and a photo is kept in memory only.

A photo that is too large is read past, so that the phone hears an answer, and its report is taken all the same: in the
form it comes last.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from web.security import NUL

LARGEST_FORM = 32_000  # bytes; a note of the longest is a third of it
LARGEST_PHOTO = 8_000_000
READ_PAST = 40_000_000  # no phone's photo is larger; what is, is left unread
MOST_FIELDS = 50
PHOTO = b"photo"


class Sent(NamedTuple):
    fields: Mapping[str, list[str]]
    photo: bytes = b""
    too_large: bool = False


async def form_of(request: Request, *, photos: bool = False) -> Sent:
    """`photos` False: one that came is read past. Raises HTTPException: more than any form of ours holds, or none."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"multipart/form-data" and b"boundary" in options:
        return await _in_parts(request.stream(), options[b"boundary"], LARGEST_PHOTO if photos else 0)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        typed = body.decode("utf-8", "replace").replace("%00", "").replace(NUL, "")
        return Sent(parse_qs(typed, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None


async def _in_parts(stream: AsyncIterator[bytes], boundary: bytes, largest: int) -> Sent:
    parts = _Parts(largest)
    read = 0
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.began, "on_header_field": parts.header_name,
                "on_header_value": parts.header_value, "on_header_end": parts.header_ended,
                "on_part_data": parts.data, "on_part_end": parts.ended,
            },
        )  # fmt: skip
        async for chunk in stream:
            read += len(chunk)
            if read > READ_PAST:
                break
            parser.write(chunk)
    except FormParserError:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return Sent(parts.fields, b"" if parts.too_large else bytes(parts.photo), parts.too_large)


class _Parts:
    """What is heard of a form's parts. All else than the photo together is no more than a form without one."""

    def __init__(self, largest: int) -> None:
        self.fields: dict[str, list[str]] = {}
        self.photo = bytearray()
        self.too_large = False
        self._largest = largest
        self._left = LARGEST_FORM
        self._count = 0

    def began(self) -> None:
        self._name, self._said = b"", b""
        self._header, self._value = b"", b""
        self._count += 1
        self._spend(0 if self._count <= MOST_FIELDS else self._left + 1)

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._spend(end - start)

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._spend(end - start)

    def header_ended(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"name", b"")
        self._header, self._value = b"", b""

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._name != PHOTO:
            self._said += data[start:end]
            self._spend(end - start)
        elif len(self.photo) + end - start > self._largest:
            self.too_large = True
            self.photo.clear()
            self._largest = 0
        else:
            self.photo += data[start:end]

    def ended(self) -> None:
        if self._name != PHOTO:
            name = self._name.decode("utf-8", "replace")
            self.fields.setdefault(name, []).append(self._said.decode("utf-8", "replace").replace(NUL, ""))

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
