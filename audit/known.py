"""What was known at a moment: the tables folded again, by the same fold, from the facts recorded by then."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from adapters.sql_ledger import read_row
from audit.fold import Refolded, refolding
from audit.store import CASES, Snapshot, Store, Stream, snapshot
from projections import apply, streams


class Known(NamedTuple):
    """`tables`: those that facts write, as they stood. `states`: of each stream of the elder, its fold."""

    tables: Connection
    states: Mapping[str, streams.State]


@contextmanager
def known_of(store: Store, elder_id: str, at: datetime) -> Generator[Known]:
    """What was known of one elder at `at`. Raises as `known_by` does."""
    with snapshot(store) as held, refolding() as folded:
        states: dict[str, streams.State] = {}
        for stream in held.streams(elder_id):
            for row in stream.rows:
                if row.at > at:
                    break
                recorded = read_row(held.sealer, row)
                state = states.get(stream.name) or streams.begin(stream.name, recorded.event)
                states[stream.name] = streams.evolve(state, recorded.event, recorded.at)
                apply.apply(folded.connection, recorded, states[stream.name])
        yield Known(folded.connection, states)


def nobody(done: int, of: int) -> None: ...


@contextmanager
def known_by(store: Store, at: datetime, told: Callable[[int, int], None] = nobody) -> Generator[Connection]:
    """The tables that the cases write (`case_row`, `visit_row`, `period_reason`, `follow_up`) as they stood at `at`.

    It reads every fact of every case up to then: minutes for a county of years, where "now" is a query
    (docs/runbook.md). `told` hears how many cases are folded, of how many. Raises SealBroken, or what the fold raises,
    at a fact that cannot be read or folded: a rate without it would be wrong.
    """
    with snapshot(store) as held, refolding() as folded:
        of = held.connection.execute(select(func.count()).select_from(CASES)).scalar_one()
        for done, stream in enumerate(held.cases(at)):
            told(done, of)
            fold(held, stream, folded)
        yield folded.connection


def fold(held: Snapshot, stream: Stream, folded: Refolded) -> None:
    """A stream's facts into the second store. Raises SealBroken, or what the fold raises."""
    state: streams.State | None = None
    for row in stream.rows:
        recorded = read_row(held.sealer, row)
        state = streams.evolve(state or streams.begin(stream.name, recorded.event), recorded.event, recorded.at)
        apply.apply(folded.connection, recorded, state)
