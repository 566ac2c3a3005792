"""What the auditor reads of a store: one snapshot of it, by Core, with sealed columns opened. Nothing here writes.

The tables are taken from the ledger's own metadata, so that `models.tables` stays the adapters' affair.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Connection, Engine, Row, Table, and_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_ledger import LEDGER
from models.ids import CASE, ESCALATION, case_stream, digest_workflow, own_streams, roster_import_workflow

TABLES = LEDGER.metadata.tables
STATES, ARCHIVED = TABLES["stream_state"], TABLES["archived_run"]
CASES, VISITS, ESCALATIONS = TABLES["case_row"], TABLES["visit_row"], TABLES["escalation_row"]
REASONS, FOLLOW_UPS, RESERVATIONS = TABLES["period_reason"], TABLES["follow_up"], TABLES["reservation"]
LETTERS, DIGESTS, ATTEMPTS = TABLES["letter"], TABLES["digest"], TABLES["send_attempt"]
RECEIPTS, INBOUND, NOTES, COMMANDS = TABLES["send_receipt"], TABLES["inbound"], TABLES["note"], TABLES["command"]
ELDERS, VOLUNTEERS, STAFF, AREAS = TABLES["elder"], TABLES["volunteer"], TABLES["staff"], TABLES["area"]
POSTS, STAFF_LEAVE, POLICIES = TABLES["post"], TABLES["staff_leave"], TABLES["policy_version"]
FILES, ITEMS = TABLES["roster_file"], TABLES["work_item"]
ROUNDS, LEVELS, BODIES = TABLES["assessment_row"], TABLES["level_row"], TABLES["assessing_body"]
CLAIMS, ENTITLEMENTS, COUPON_USES = TABLES["claim_row"], TABLES["entitlement_row"], TABLES["coupon_use"]
LISTS, LINES, RATES = TABLES["pay_list"], TABLES["pay_line"], TABLES["frozen_rate"]

PAGE = 500  # rows in hand at a time: a county's ledger does not fit into memory


class Store(NamedTuple):
    """A store and the key to it."""

    engine: Engine
    sealer: Sealer


class Stream(NamedTuple):
    """One stream's rows, oldest first."""

    name: str
    rows: Sequence[Row[Any]]


class Snapshot:
    """One moment of the store. `case` is an elder's id; None = everybody."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self.connection = connection
        self.sealer = sealer

    def streams(self, case: str | None = None) -> Iterator[Stream]:
        """Escalations last, because whoever asks for one writes the row that it goes on with."""
        return self._streams(*of_case(LEDGER.c.stream, case))

    def cases(self, until: datetime) -> Iterator[Stream]:
        """The streams of all cases, each as far as it was recorded by then."""
        return self._streams(LEDGER.c.stream.startswith(f"{CASE}/"), LEDGER.c.at <= until)

    def until(self, at: datetime) -> Iterator[Stream]:
        """The streams of everybody, each as far as it was recorded by then; escalations last."""
        return self._streams(LEDGER.c.at <= at)

    def one(self, stream: str) -> Iterator[Stream]:
        """This stream, if it has begun."""
        return self._streams(LEDGER.c.stream == stream)

    def of_kind(self, kind: str) -> Iterator[Stream]:
        """All streams of one kind."""
        return self._streams(LEDGER.c.stream.startswith(f"{kind}/"))

    def _streams(self, *where: ColumnElement[bool]) -> Iterator[Stream]:
        query = select(LEDGER).where(*where).order_by(LEDGER.c.stream, LEDGER.c.seq)
        rows = self.connection.execute(query, execution_options={"yield_per": PAGE})
        for name, held in groupby(rows, key=lambda row: row.stream):
            yield Stream(name, list(held))

    def names(self, case: str | None = None) -> list[str]:
        """Every stream that has a fact."""
        query = select(LEDGER.c.stream).where(*of_case(LEDGER.c.stream, case)).distinct().order_by(LEDGER.c.stream)
        return list(self.connection.execute(query).scalars())

    def rows(self, table: Table, *where: ColumnElement[bool]) -> Sequence[Row[Any]]:
        return self.connection.execute(select(table).where(*where).order_by(*table.primary_key.columns)).all()

    def states(self, case: str | None = None) -> Sequence[Row[Any]]:
        return self.rows(STATES, *of_case(STATES.c.stream, case))

    def open(self, sealed: bytes) -> str:
        return self.sealer.open(sealed)


@contextmanager
def snapshot(store: Store) -> Generator[Snapshot]:
    with reading(store.engine) as connection:
        yield Snapshot(connection, store.sealer)


def streams_of(store: Store, case: str | None = None) -> list[str]:
    """The workflow ids that ought to have a history: each stream of the ledger, and each elder who is a case."""
    with snapshot(store) as held:
        elders = [ELDERS.c.standing == "case", *([ELDERS.c.id == case] if case else [])]
        cases = [case_stream(row.id) for row in held.rows(ELDERS, *elders)]
        asked = held.rows(ESCALATIONS, *([ESCALATIONS.c.elder_id == case] if case else []))
        return sorted({*held.names(case), *cases, *(row.id for row in asked)})


def texts_and_imports_of(store: Store) -> list[str]:
    """The workflow ids of every text and of every file that was entered."""
    with snapshot(store) as held:
        texts = held.connection.execute(select(DIGESTS.c.id).order_by(DIGESTS.c.id)).scalars()
        files = held.connection.execute(select(FILES.c.sha256).order_by(FILES.c.sha256)).scalars()
        return [*map(digest_workflow, texts), *map(roster_import_workflow, files)]


def of_case(stream: ColumnElement[str], case: str | None) -> list[ColumnElement[bool]]:
    """The condition that a column names a stream of this elder; none for everybody."""
    if case is None:
        return []
    return [or_(stream.in_(own_streams(case)), Begins(stream, f"{ESCALATION}/{case}/"))]


class Begins(FunctionElement[bool]):
    """Whether an id begins so, asked so that an index answers it: on SQLite no LIKE is, on PostgreSQL no range, because
    there ids are sorted as a language sorts words."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, id_: ColumnElement[str], beginning: str) -> None:
        after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        super().__init__(and_(id_ >= beginning, id_ < after).self_group(), id_.startswith(beginning, autoescape=True))

    def self_group(self, against: Any = None) -> Begins:
        """Not `= 1`, which SQLite would be given otherwise, and then takes no index."""
        return self


@compiles(Begins)
def _by_range(element: Begins, compiler: SQLCompiler, **how: Any) -> str:
    by_range, _ = element.clauses
    return compiler.process(by_range, **how)


@compiles(Begins, "postgresql")
def _by_pattern(element: Begins, compiler: SQLCompiler, **how: Any) -> str:
    _, by_pattern = element.clauses
    return compiler.process(by_pattern, **how)


def before(at: datetime | None, limit: datetime) -> bool:
    """Whether something of `at` is old enough to be judged."""
    return at is not None and at <= limit
