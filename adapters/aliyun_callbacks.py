"""What Alibaba Cloud's SMS pushes to us: replies (SmsUp) and receipts (SmsReport), several in one JSON array.

Source: help.aliyun.com, 短信服务, SmsUp and SmsReport by HTTP. A push carries no signature: what shows that it is
theirs is a secret in the path, known to them and to us, so the path is given out nowhere and the front speaks TLS.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from typing import cast

NAME = "aliyun"
INBOUND_PATH = "/sms/aliyun/{key}/inbound"
RECEIPT_PATH = "/sms/aliyun/{key}/receipt"
TAKEN = b'{"code":0,"msg":"\xe6\x88\x90\xe5\x8a\x9f"}'  # {"code":0,"msg":"成功"}: anything else is pushed again

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def knows(key: str, url: str) -> bool:
    """Whether the path holds our secret; compared in constant time."""
    given = url.partition("?")[0].rsplit("/", 2)[-2]
    return hmac.compare_digest(given.encode(), key.encode())


def entries(body: bytes) -> list[dict[str, str]]:
    """Each entry with its plain values as text; what is no object is empty. ValueError unless it is a JSON array."""
    try:
        pushed = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(pushed, list):
        raise ValueError("no JSON array")
    return [_plain(entry) for entry in cast("list[object]", pushed)]


def _plain(entry: object) -> dict[str, str]:
    if not isinstance(entry, dict):
        return {}
    return {
        name: json.dumps(value) if isinstance(value, bool | int) else value.encode(errors="replace").decode()
        for name, value in cast("dict[str, object]", entry).items()
        if isinstance(value, str | bool | int)
    }


def reply_of(entry: Mapping[str, str]) -> tuple[str, str, str]:
    """Message id, phone, words. KeyError, ValueError for an entry that is none."""
    return _id(entry["sequence_id"]), entry["phone_number"], entry["content"]


def receipt_of(entry: Mapping[str, str]) -> tuple[str, str, str | None, str]:
    """Message id, delivered or undelivered, the carrier's code, our reference. KeyError, ValueError: it is none.

    The text is named by the `out_id` it was sent with, so both are our reference: known before we hear that it was
    accepted.
    """
    arrived = {"true": True, "false": False}[entry["success"]]
    code = entry.get("err_code", "")
    said = None if arrived else code if _CODE.fullmatch(code) else "unreadable"
    ref = _id(entry["out_id"])
    return ref, "delivered" if arrived else "undelivered", said, ref


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("an id of another shape")
    return value
