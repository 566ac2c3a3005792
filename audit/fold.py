"""Are the tables what the ledger says? Every stream is folded again into an empty store and compared row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Table
from sqlalchemy.exc import SQLAlchemyError

from adapters.database import open_engine, writing
from adapters.sealing import SealBroken
from audit.heads import Ours, anybody
from audit.store import (
    CASES,
    CLAIMS,
    COUPON_USES,
    ENTITLEMENTS,
    ESCALATIONS,
    FOLLOW_UPS,
    LEVELS,
    LINES,
    LISTS,
    RATES,
    REASONS,
    RESERVATIONS,
    ROUNDS,
    STATES,
    VISITS,
    Snapshot,
)
from models.errors import TanfangFault
from models.events import Recorded
from models.ids import assessment_stream, benefit_stream, case_stream, county_stream, own_streams
from projections import apply, streams

ELDER_TABLES = (CASES, VISITS, ESCALATIONS, REASONS, FOLLOW_UPS, ROUNDS, LEVELS, CLAIMS, ENTITLEMENTS, COUPON_USES)
COUNTY_TABLES = (LISTS, RATES)
WRITTEN_BY = {
    ROUNDS: assessment_stream,
    LEVELS: assessment_stream,
    CLAIMS: benefit_stream,
    ENTITLEMENTS: benefit_stream,
    COUPON_USES: benefit_stream,
}


class Difference(NamedTuple):
    """`seq` is known only where the row itself names its fact, or the fold broke at one."""

    stream: str
    seq: int | None
    what: str


class Refolded:
    """The second store. `states` is each stream's fold; `broken` the streams that could not be folded."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.states: dict[str, tuple[int, str, streams.State]] = {}
        self.broken: list[Difference] = []
        self._stopped: set[str] = set()

    def add(self, events: Iterable[Recorded]) -> None:
        """Of one stream or several, each in its order. What comes after a fact that cannot be folded is left out."""
        for recorded in events:
            stream = recorded.stream
            if stream in self._stopped:
                continue
            _, _, state = self.states.get(stream, (0, "", None))
            try:
                state = streams.evolve(state or streams.begin(stream, recorded.event), recorded.event, recorded.at)
                apply.apply(self.connection, recorded, state)
            except (ValueError, AssertionError, LookupError, SQLAlchemyError) as error:
                self._stopped.add(stream)
                self.broken.append(Difference(stream, recorded.seq, f"台账折不成表：{type(error).__name__}"))
            else:
                self.states[stream] = (recorded.seq, recorded.hash, state)


@contextmanager
def refolding(beside: Sequence[Table] = ()) -> Generator[Refolded]:
    """An empty store of the same schema, gone at the end. `beside`: tables that it has besides those of the fold."""
    with tempfile.TemporaryDirectory(prefix="tanfang-fold-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'fold.sqlite'}")
        try:
            CASES.metadata.create_all(engine, tables=[*ELDER_TABLES, *COUNTY_TABLES, LINES, RESERVATIONS, *beside])
            with writing(engine) as connection:
                yield Refolded(connection)
        finally:
            engine.dispose()


def compare(
    held: Snapshot, refolded: Refolded, case: str | None, skip: frozenset[str], ours: Ours = anybody
) -> tuple[int, list[Difference]]:  # fmt: skip
    """How many rows were looked at, and those that differ. Streams in `skip` have a difference of their own already."""
    left_out = skip | {broken.stream for broken in refolded.broken}
    found = list(refolded.broken)
    examined = 0
    for table in (*ELDER_TABLES, *(COUNTY_TABLES if case is None else ())):
        mine = [table.c.elder_id == case] if case is not None else []
        kept = _by_key(table, held.rows(table, *mine))
        folded = _by_key(table, refolded.connection.execute(table.select()).all())
        for key in sorted(kept.keys() | folded.keys()):
            row = kept.get(key) or folded[key]
            stream, seq = _stream_of(table, row)
            if not ours(stream):
                continue
            examined += 1
            what = _unlike(table, key, kept.get(key), folded.get(key))
            if what and not left_out & {stream, *_askers(table, row)}:
                found.append(Difference(stream, seq, what))
    states, unlike = _compare_states(held, refolded, case, ours)
    return examined + states, found + [one for one in unlike if one.stream not in left_out]


def _by_key(table: Table, rows: Sequence[Row[Any]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    keys = [column.name for column in table.primary_key.columns]
    return {tuple(row._mapping[key] for key in keys): dict(row._mapping) for row in rows}  # pyright: ignore[reportPrivateUsage]


def _stream_of(table: Table, row: Mapping[str, Any]) -> tuple[str, int | None]:
    if table is ESCALATIONS:
        return row["id"], None
    if table is FOLLOW_UPS:
        stream, _, seq = str(row["id"]).rpartition("#")
        return stream, int(seq) if seq.isdigit() else None
    if table in COUNTY_TABLES:
        return county_stream(row["county_id"]), None
    return WRITTEN_BY.get(table, case_stream)(row["elder_id"]), None


def _askers(table: Table, row: Mapping[str, Any]) -> set[str]:
    """Who began the row of an escalation: the elder's case, their assessments or their benefits."""
    return set(own_streams(row["elder_id"])) if table is ESCALATIONS else set()


def _unlike(
    table: Table, key: tuple[Any, ...], kept: Mapping[str, Any] | None, folded: Mapping[str, Any] | None
) -> str | None:
    name = f"{table.name} {'/'.join(str(part) for part in key)}"
    if kept is None or folded is None:
        return f"{name}：{'表里没有这一行' if kept is None else '台账里没有这一行的来由'}"
    columns = [column for column in kept if kept[column] != folded[column]]
    if not columns:
        return None
    said = "、".join(f"{column} 表里是 {kept[column]}，台账折出 {folded[column]}" for column in columns)
    return f"{name}：{said}"


def _compare_states(
    held: Snapshot, refolded: Refolded, case: str | None, ours: Ours
) -> tuple[int, list[Difference]]:  # fmt: skip
    found: list[Difference] = []
    kept = {row.stream: row for row in held.states(case) if ours(row.stream)}
    for stream in sorted(kept.keys() | refolded.states.keys()):
        row, folded = kept.get(stream), refolded.states.get(stream)
        if row is None or folded is None:
            where = STATES.name if row is None else "台账"
            found.append(Difference(stream, None, f"{where}里没有这一流"))
            continue
        seq, head, state = folded
        if (row.seq, row.head) != (seq, head):
            found.append(Difference(stream, None, f"{STATES.name}：停在第{row.seq}条，台账到第{seq}条"))
            continue
        try:
            same = streams.load(stream, held.open(row.state_enc)) == state
        except (SealBroken, TanfangFault, ValidationError) as error:
            found.append(Difference(stream, None, f"{STATES.name}：打不开（{type(error).__name__}）"))
            continue
        if not same:
            found.append(Difference(stream, None, f"{STATES.name}：状态与台账折出的不同"))
    return len(kept.keys() | refolded.states.keys()), found
