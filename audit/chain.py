"""Does each stream's chain hold from its first fact to its head? The first link that does not is named."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Row

from adapters.sealing import SealBroken
from adapters.sql_ledger import read_row
from audit.store import Snapshot, Stream
from decisions.ledger import GENESIS, body_hash, link_hash
from models.errors import TanfangFault
from models.events import Recorded


class Walked(NamedTuple):
    """A stream read to its head. `events` stops at the first break, `broken` = (seq, what)."""

    name: str
    rows: dict[int, Row[Any]]
    events: list[Recorded]
    broken: tuple[int, str] | None


def walk(held: Snapshot, stream: Stream) -> Walked:
    events: list[Recorded] = []
    rows = {row.seq: row for row in stream.rows}
    head = GENESIS
    for seq, row in enumerate(stream.rows, start=1):
        if row.seq != seq:
            return Walked(stream.name, rows, events, (seq, f"缺第{seq}条（下一条是第{row.seq}条）"))
        recorded, what = _opened(held, row)
        if recorded is None:
            return Walked(stream.name, rows, events, (seq, what))
        what = broken_link(recorded, row.kind, head)
        if what is not None:
            return Walked(stream.name, rows, events, (seq, what))
        events.append(recorded)
        head = row.hash
    return Walked(stream.name, rows, events, None)


def broken_link(recorded: Recorded, kind: str, head: str) -> str | None:
    """Why a fact does not follow from `head`, or None. `kind` is the one written beside the body."""
    if kind != recorded.event.kind:
        return f"写的是{kind}，内容是{recorded.event.kind}"
    if body_hash(recorded.salt, recorded.event) != recorded.body_hash:
        return "内容与内容哈希不符"
    this = link_hash(recorded.stream, recorded.seq, kind, recorded.at, recorded.key, recorded.prev, recorded.body_hash)
    if this != recorded.hash:
        return "这一条与它的哈希不符"
    return None if recorded.prev == head else "与上一条不相接"


def _opened(held: Snapshot, row: Row[Any]) -> tuple[Recorded | None, str]:
    try:
        return read_row(held.sealer, row), ""
    except (SealBroken, TanfangFault):
        return None, "内容打不开：密封被改动或缺少密钥"
    except (ValidationError, json.JSONDecodeError, KeyError, TypeError, ValueError):
        return None, "内容不成一条事实"
