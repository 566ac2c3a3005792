"""What protects every page: headers, and the proof that a form was sent from our own page.

A form is taken only from our own origin (`Sec-Fetch-Site`, or `Origin` where a browser does not send it) and with the
token of the session that it was made in. Nothing inline runs: scripts and styles come from our own files.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fastapi import Request

from web.page_policy import CONTENT_SECURITY_POLICY

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
KEPT_BY_NOBODY = {"Cache-Control": "no-store"}
"""Of whatever does not say otherwise: what is downloaded tells of people too."""
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
NUL = "\x00"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
MOST_OF_NOBODY = 32 * 1024  # bytes, of whoever is not signed in
MOST_OF_A_FORM = 1024 * 1024
MOST_WITH_A_FILE = 65 * 1024 * 1024


def form_token(secret: str) -> str:
    """The token of the forms of a session; `secret` is in its cookie, where no other origin can read it."""
    return hmac.new(secret.encode(), b"tanfang form", hashlib.sha256).hexdigest()


def is_form_token(secret: str, said: str | None) -> bool:
    return said is not None and hmac.compare_digest(form_token(secret).encode(), said.encode())


def key_token(secret: str, path: str, key: str) -> str:
    """A step's key as a form of this path carries it, from when it is made: sent twice, it is the same step."""
    proof = hmac.new(secret.encode(), f"tanfang key {path} {key}".encode(), hashlib.sha256).hexdigest()
    return f"{key}.{proof}"


def key_of(secret: str, path: str, said: str) -> str | None:
    """None: we made no such key for a form of this session and path."""
    key = said.partition(".")[0]
    return key if hmac.compare_digest(key_token(secret, path, key).encode(), said.encode()) else None


def is_from_here(headers: Mapping[str, str], host: str) -> bool:
    """Whether a browser says that one of our own pages sent it. Who says nothing at all is not believed."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and origin.split("://", 1)[-1] == host


def is_too_long(request: Request, most: int | None = None) -> bool:
    """Whether more is sent than any form of ours holds, or it does not say how much. Asked before any of it is read."""
    length = request.headers.get("content-length", "")
    with_file = request.headers.get("content-type", "").startswith("multipart/")
    most = most or (MOST_WITH_A_FILE if with_file else MOST_OF_A_FORM)
    return not (length.isascii() and length.isdecimal() and len(length) < 12 and int(length) <= most)


def is_text(said: object) -> bool:
    """Whether every store can keep it. A file is no text, and kept otherwise."""
    return not isinstance(said, str) or NUL not in said


def is_address(scope: Mapping[str, Any]) -> bool:
    """The same of a request's path and query, as they are read later."""
    return NUL not in scope["path"] and NUL not in unquote(scope["query_string"].decode("latin-1"))


def client_of(request: Request) -> str:
    """The address a request came from, by which tries are counted."""
    return request.client.host if request.client else ""
