"""The hash chain of one stream: link new events to a head, and verify that stored ones follow from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from models.events import Event, Recorded
from models.ids import event_key

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """One spelling per value: sorted keys, no spaces, UTF-8 kept."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def body_hash(salt: str, event: Event) -> str:
    """H(salt ‖ canonical body)."""
    return hashlib.sha256((salt + canonical(event.model_dump(mode="json"))).encode()).hexdigest()


def link_hash(stream: str, seq: int, kind: str, at: datetime, key: str, prev: str, body: str) -> str:
    """H(stream, seq, kind, at, key, prev, body_hash); `at` in UTC to the microsecond."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(canonical([stream, seq, kind, moment, key, prev, body]).encode()).hexdigest()


def link(
    stream: str, seq: int, head: str, key: str, at: datetime, events: Sequence[Any], new_salt: Callable[[], str]
) -> tuple[Recorded, ...]:
    """Chain `events` after (`seq`, `head`). `new_salt` gives 32 hex characters from the workflow's own randomness."""
    linked: list[Recorded] = []
    for index, event in enumerate(events):
        seq += 1
        salt = new_salt()
        body = body_hash(salt, event)
        event_key_ = event_key(key, index)
        this = link_hash(stream, seq, event.kind, at, event_key_, head, body)
        linked.append(
            Recorded(
                stream=stream,
                seq=seq,
                key=event_key_,
                at=at,
                prev=head,
                salt=salt,
                body_hash=body,
                hash=this,
                event=event,
            )
        )
        head = this
    return tuple(linked)


def first_break(head: str, seq: int, events: Iterable[Recorded]) -> Recorded | None:
    """The first event that does not follow from (`seq`, `head`), or None when all do."""
    for recorded in events:
        seq += 1
        body = body_hash(recorded.salt, recorded.event)
        this = link_hash(
            recorded.stream, recorded.seq, recorded.event.kind, recorded.at, recorded.key, recorded.prev, body
        )
        if (recorded.seq, recorded.prev, recorded.body_hash, recorded.hash) != (seq, head, body, this):
            return recorded
        head = recorded.hash
    return None
