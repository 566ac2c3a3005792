"""What was known at a moment: the tables folded again, by the same fold, from the facts recorded by then."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from adapters.sql_ledger import read_row
from audit.fold import refolding
from audit.store import Store, snapshot
from projections import apply, streams


@contextmanager
def known_by(store: Store, at: datetime) -> Generator[Connection]:
    """The tables that the cases write (`case_row`, `visit_row`, `period_reason`, `follow_up`) as they stood at `at`.

    It reads every fact of every case up to then: minutes for a county of years, where "now" is a query
    (docs/runbook.md). Raises SealBroken, or what the fold raises, at a fact that cannot be read or folded: a rate
    without it would be wrong.
    """
    with snapshot(store) as held, refolding() as folded:
        for stream in held.cases(at):
            state: streams.State | None = None
            for row in stream.rows:
                recorded = read_row(held.sealer, row)
                state = streams.evolve(state or streams.begin(stream.name, recorded.event), recorded.event, recorded.at)
                apply.apply(folded.connection, recorded, state)
        yield folded.connection
