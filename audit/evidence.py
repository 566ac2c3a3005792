"""What a line of a story stands on: the fact as the ledger has it, a text as it came, or a text as it was sent.

Only what the elder's own story names is opened, so nobody reads through it what is another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Row

from adapters.sql_ledger import LEDGER, read_row
from audit.store import ATTEMPTS, DIGESTS, INBOUND, LETTERS, NOTES, RECEIPTS, Snapshot, Store, snapshot
from audit.timeline import timeline
from audit.timeline_people import People, ids_in, opened
from models.ids import digest_workflow


class Step(NamedTuple):
    """One thing that became of a text: an attempt to send it, or the provider's word on it."""

    at: datetime
    what: str
    by: str
    said: str


class Evidence(NamedTuple):
    """`values`: of a fact, each by its name. `stream`, `seq`: where it stands in the ledger, if it is a fact.

    `workflow_id`: where the engine's history of it is. `persons`: the names of whoever the values name.
    """

    of: str
    told: Sequence[str]
    kind: str
    happened_at: datetime | None = None
    recorded_at: datetime | None = None
    actor: str = ""
    channel: str = ""
    stream: str = ""
    seq: int = 0
    hash: str = ""
    prev: str = ""
    body_hash: str = ""
    key: str = ""
    values: Sequence[tuple[str, str]] = ()
    persons: Sequence[tuple[str, str]] = ()
    words: str = ""
    steps: Sequence[Step] = ()
    workflow_id: str = ""


def evidence(store: Store, elder_id: str, of: str) -> Evidence | None:
    """None: the elder's story names nothing like it."""
    told = [line.text for line in timeline(store, elder_id) if line.evidence == of]
    if not told:
        return None
    kind, _, rest = of.partition(" ")
    with snapshot(store) as held:
        if kind == "inbound":
            return _received(held, of, told, rest)
        if kind in ("digest", "receipt"):
            return _sent(held, of, told, rest if kind == "digest" else _digest_of(held, rest))
        if kind == "letter":
            return _not_sent(held, of, told, rest)
        return _fact(held, of, told)


def _fact(held: Snapshot, of: str, told: Sequence[str]) -> Evidence | None:
    stream, _, seq = of.rpartition("#")
    row = next(iter(held.rows(LEDGER, LEDGER.c.stream == stream, LEDGER.c.seq == int(seq))), None)
    if row is None:
        return None
    recorded = read_row(held.sealer, row)
    event, people = recorded.event, People(held)
    ids = list(dict.fromkeys(ids_in(event)))
    people.meet(ids)
    held_values = event.model_dump(exclude={"kind", "actor", "channel", "happened_at"}, exclude_none=True)
    return Evidence(
        of, told, event.kind, happened_at=event.happened_at, recorded_at=recorded.at,
        actor=people.called(event.actor.id), channel=event.channel.value, stream=stream, seq=recorded.seq,
        hash=recorded.hash, prev=recorded.prev, body_hash=recorded.body_hash, key=recorded.key,
        values=[pair for name, value in held_values.items() for pair in _flat(name, value)],
        persons=[(id_, people.called(id_)) for id_ in ids if people.called(id_) != id_], workflow_id=stream,
    )  # fmt: skip


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    match value:
        case dict():
            named = cast("dict[str, Any]", value).items()
            return [pair for key, held in named for pair in _flat(f"{name}.{key}", held)]
        case list() | tuple():
            each = enumerate(cast("list[Any]", value), 1)
            return [pair for n, held in each for pair in _flat(f"{name}.{n}", held)]
        case datetime() | date():
            return [(name, value.isoformat())]
        case _:
            return [] if value is None else [(name, str(value))]


# --- texts -----------------------------------------------------------------------------------------------------------


def _received(held: Snapshot, of: str, told: Sequence[str], rest: str) -> Evidence | None:
    provider, _, message = rest.partition("/")
    where = (INBOUND.c.provider == provider, INBOUND.c.provider_message_id == message)
    row = next(iter(held.rows(INBOUND, *where)), None)
    if row is None:
        return None
    words = "".join(opened(held, note.text_enc) for note in held.rows(NOTES, NOTES.c.id == row.note_id))
    read = (Step(row.read_at, "read", "", row.reading or ""),) if row.read_at is not None else ()
    return Evidence(
        of, told, "inbound", recorded_at=row.received_at, channel=provider, key=message, words=words, steps=read
    )


def _digest_of(held: Snapshot, message: str) -> str:
    return next((row.digest_id for row in held.rows(ATTEMPTS, ATTEMPTS.c.provider_message_id == message)), "")


def _sent(held: Snapshot, of: str, told: Sequence[str], digest_id: str) -> Evidence | None:
    row = next(iter(held.rows(DIGESTS, DIGESTS.c.id == digest_id)), None)
    if row is None:
        return None
    tries = held.rows(ATTEMPTS, ATTEMPTS.c.digest_id == digest_id)
    messages = sorted({one.provider_message_id for one in tries if one.provider_message_id})
    receipts = held.rows(RECEIPTS, RECEIPTS.c.provider_message_id.in_(messages))
    steps = [Step(one.at, one.step, one.provider, one.error or "") for one in tries]
    steps += [Step(one.at, one.status, one.provider_message_id, one.error or "") for one in receipts]
    return Evidence(
        of, told, "digest", recorded_at=row.built_at, key=digest_id, words=opened(held, row.body_enc),
        steps=sorted(steps), values=_of_text(row), workflow_id=digest_workflow(digest_id),
    )  # fmt: skip


def _of_text(row: Row[Any]) -> list[tuple[str, str]]:
    return [(name, str(getattr(row, name))) for name in ("template", "text_class", "segments", "state")]


def _not_sent(held: Snapshot, of: str, told: Sequence[str], letter_id: str) -> Evidence | None:
    row = next(iter(held.rows(LETTERS, LETTERS.c.id == letter_id)), None)
    if row is None:
        return None
    values = [(name, str(getattr(row, name))) for name in ("state", "why") if getattr(row, name)]
    return Evidence(of, told, "letter", recorded_at=row.created_at, key=row.id, values=values)
