"""Where every stream of a county stood at a moment, in one value that can be printed and compared later.

It covers, of each stream, the last fact recorded by then: one line `stream seq hash`, sorted by stream as bytes, each
ended by a newline; the value is the SHA-256 of these lines. Each hash is made of all facts before it in its stream, so
whoever changes one of these breaks the chain (`audit.chain`) or changes the value; the value alone does not walk it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, select

from adapters.sql_ledger import LEDGER
from audit.store import ELDERS, Store, snapshot
from models.checks import Heads
from models.ids import COUNTY, OF_ELDERS, county_of, elder_of, kind_of

Ours = Callable[[str], bool]
"""Whether a stream is looked at."""


class Head(NamedTuple):
    stream: str
    seq: int
    hash: str
    at: datetime


def anybody(_stream: str) -> bool:
    return True


def of_county(store: Store, county_id: str) -> Ours:
    """All but what is known to be another county's: a stream whose elder nobody has is everybody's affair."""
    with snapshot(store) as held:
        others = frozenset(
            held.connection.execute(select(ELDERS.c.id).where(ELDERS.c.county_id != county_id)).scalars()
        )

    def ours(stream: str) -> bool:
        kind = kind_of(stream)
        if kind in OF_ELDERS:
            return elder_of(stream) not in others
        return kind != COUNTY or county_of(stream) == county_id

    return ours


def heads(store: Store, until: datetime, ours: Ours = anybody) -> Sequence[Head]:
    """The last fact of each stream that was recorded by then, sorted by stream."""
    last = select(LEDGER.c.stream, func.max(LEDGER.c.seq).label("seq")).where(LEDGER.c.at <= until)
    last = last.group_by(LEDGER.c.stream).subquery()
    query = select(LEDGER.c.stream, LEDGER.c.seq, LEDGER.c.hash, LEDGER.c.at).join(
        last, (LEDGER.c.stream == last.c.stream) & (LEDGER.c.seq == last.c.seq)
    )
    with snapshot(store) as held:
        found = [Head(*row) for row in held.connection.execute(query) if ours(row.stream)]
    return sorted(found, key=lambda head: head.stream.encode())


def line(head: Head) -> str:
    return f"{head.stream} {head.seq} {head.hash}\n"


def digest(lines: Iterable[str]) -> str:
    made = sha256()
    for one in lines:
        made.update(one.encode())
    return made.hexdigest()


def told(found: Sequence[Head], until: datetime) -> Heads:
    return Heads(
        until=until, streams=len(found), facts=sum(head.seq for head in found),
        newest_at=max((head.at for head in found), default=None), digest=digest(map(line, found)),
    )  # fmt: skip
