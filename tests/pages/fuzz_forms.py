"""What is sent: values that are none, the fields of a page's own form, and how either is spelled on the wire."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx

HOSTILE = (
    "", "0", "-1", "1", "99999999999999999999", "1e9999", "NaN", "Infinity", "1_0", "²", "٣", "１２", "12.345", "0.00",
    "2026-12-08", "2026-11-30", "2027-01-31", "0001-01-01", "9999-12-31", "2026-W50-1", "20261208", "2026-13-45",
    "2026-12", "0001-01", "9999-12", "2026-12-18 09:30", "9999-12-31T23:59:59+00:00", "0001-01-01 00:00", "E1", "V2",
    "S-admin", "W2", "care_allowance", "未定", "王示福", "0~0~0", "1~9999-12-31T00:00:00+00:00~x", "a~b~c~d",
    "/elders/E1/x", "//evil.test", "\x00", "a\x00b",
    "\ud800", "\u202e\u0301é", "<script>", "' OR 1=1 --", "%00", "../..", "x" * 5000,
)  # fmt: skip
"""What a text that is no text, a day that is no day, or a number that is none may be."""
RAW = (
    ("multipart/form-data; boundary=x", b"no part at all"), ("multipart/form-data", b"--x"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"),
    ("application/x-www-form-urlencoded", b"form_token=%ff%fe&note=%"), ("application/json", b"{\"a\": [1"),
    ("application/x-www-form-urlencoded; charset=none", b"&=&" * 2000), ("text/plain", b"\x00\xff"), ("", b"[]"),
    ("application/json", b"[" * 3000), ("application/json", b"[{}, null, {\"sequence_id\": 1e400}]"),
)  # fmt: skip


class Form(HTMLParser):
    """The fields of the forms of a page that are sent to `path`, each with what may be chosen."""

    def __init__(self, html: str, path: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._here = path
        self._inside = False
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("method") == "post" and said.get("action", self._here) in ("", self._here)
        elif self._inside and tag in ("input", "textarea", "button") and said.get("name"):
            self.fields.setdefault(said["name"], []).append(said.get("value", ""))
        elif self._inside and tag == "select":
            self._select = said.get("name", "")
            self.fields.setdefault(self._select, [])
        elif self._inside and tag == "option":
            self.fields[self._select].append(said.get("value", ""))


def spelled(given: Mapping[Any, Any]) -> str:
    """As a form or a query, whatever it holds."""
    rows = [
        (str(name), one) for name, value in given.items() for one in (value if isinstance(value, list) else [value])
    ]
    return "&".join(f"{quoted(name)}={quoted(str(one))}" for name, one in rows)


def quoted(said: str) -> str:
    """Half a character too, as it would come over the wire."""
    return quote(said.encode("utf-8", "surrogatepass"), safe="")


def json_of(said: Any) -> bytes:
    try:
        return json.dumps(said).encode()
    except (TypeError, ValueError):
        return repr(said).encode("utf-8", "replace")


def with_files(typed: Mapping[str, Any], dice: random.Random) -> tuple[str, bytes]:
    plain = {name: str(one).encode("utf-8", "replace") for name, one in typed.items() if name != "file"}
    content = dice.choice((b"", b"PK\x03\x04", b"\x00" * 300, "姓名,电话\n王示福,1".encode(), dice.randbytes(200)))
    request = httpx.Request(
        "POST", "http://console.test", data={name: one.decode() for name, one in plain.items()},
        files={"file": (dice.choice(("a.xlsx", "名单.csv", "", "a\x00b")), content)},
    )  # fmt: skip
    return request.headers["Content-Type"], request.read()
