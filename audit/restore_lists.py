"""The lines of payment lists whose drawing is a fact, where the store lost them: drawn again as the ledger stood then.

A list's fact holds totals and the hash of its lines, not the lines. Every fact of benefits until the drawing gives the
same entitlements, and these the same lines, which the hash says; what does not is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import insert, select

from adapters.sql_county import drawing_of
from audit.chain import walk
from audit.fold import Refolded, refolding
from audit.store import ELDERS, LINES, Snapshot, Store, snapshot
from decisions.pay_list import Drawing, drawn
from models.events import ListDrawn, Recorded
from models.ids import BENEFIT, COUNTY, county_of, kind_of
from models.payments import Drawn, PayLine


class Lost(NamedTuple):
    """A drawing that has not its lines. `drawing` None: they cannot be told again."""

    county: str
    month: date
    n: int
    drawn: Drawn
    drawing: Drawing | None


def lost_lists(store: Store) -> list[Lost]:
    """In the order in which they were drawn."""
    with snapshot(store) as held:
        if all(_kept(held, event.drawn) is not None for event in _drawings(held)):
            return []
        with refolding() as refolded:
            return list(_told_again(held, refolded))


def write_lines(lost: Sequence[Lost], keep: Callable[[Drawing], Drawn]) -> int:
    """How many lists have their lines again."""
    return sum(1 for one in lost if one.drawing is not None and keep(one.drawing) == one.drawn)


def _told_again(held: Snapshot, refolded: Refolded) -> Iterator[Lost]:
    homes: dict[str, list[str]] = {}
    for row in held.rows(ELDERS):
        homes.setdefault(row.county_id, []).append(row.id)
    for fact in _in_time(held):
        event = fact.event
        if isinstance(event, ListDrawn):
            county = county_of(fact.stream)
            drawing = _kept(held, event.drawn)
            if drawing is None:
                drawing = _again(refolded, county, event, sorted(homes.get(county, ())))
                yield Lost(county, event.month, event.n, event.drawn, drawing)
            if drawing is not None:
                _copy(refolded, event.drawn.sha256, drawing.lines)
        refolded.add([fact])


def _again(refolded: Refolded, county: str, event: ListDrawn, elders: Sequence[str]) -> Drawing | None:
    drawing = drawing_of(refolded.connection, county, event.month, elders)
    return drawing if drawn(drawing) == event.drawn else None


def _in_time(held: Snapshot) -> Iterator[Recorded]:
    """Every fact of benefits and of the counties' months, as they were recorded; a county's after those before it."""
    facts = [fact for kind in (BENEFIT, COUNTY) for stream in held.of_kind(kind) for fact in walk(held, stream).events]
    return iter(sorted(facts, key=lambda fact: (fact.at, kind_of(fact.stream) == COUNTY, fact.stream, fact.seq)))


def _drawings(held: Snapshot) -> Iterator[ListDrawn]:
    for stream in held.of_kind(COUNTY):
        yield from (fact.event for fact in walk(held, stream).events if isinstance(fact.event, ListDrawn))


def _kept(held: Snapshot, of: Drawn) -> Drawing | None:
    rows = held.connection.execute(select(LINES).where(LINES.c.sha256 == of.sha256).order_by(LINES.c.seq))
    lines = tuple(PayLine.model_validate(row, from_attributes=True) for row in rows)
    drawing = Drawing(lines, of.held, of.unstated)
    return drawing if drawn(drawing) == of else None


def _copy(refolded: Refolded, sha256: str, lines: Sequence[PayLine]) -> None:
    rows = [{"sha256": sha256, "seq": seq, **line.model_dump()} for seq, line in enumerate(lines)]
    known = select(LINES.c.seq).where(LINES.c.sha256 == sha256).limit(1)
    if rows and refolded.connection.execute(known).first() is None:
        refolded.connection.execute(insert(LINES), rows)
