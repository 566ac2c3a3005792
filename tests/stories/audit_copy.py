"""A copy of the story's store, to be harmed and judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, insert, select

from adapters.database import reading, writing
from audit.checks import Check, failed
from audit.invariants import run_all
from audit.replay import Witness
from audit.store import Store
from models import tables as t
from models.tables import table_of
from tests.stories.audit_county import Kept

ROWS, LETTERS, DIGESTS = table_of(t.LedgerRow), table_of(t.LetterRow), table_of(t.DigestRow)
VISITS, REASONS, ESCALATIONS = table_of(t.VisitRow), table_of(t.PeriodReason), table_of(t.EscalationRow)
ATTEMPTS, INBOUND, NOTES = table_of(t.SendAttempt), table_of(t.Inbound), table_of(t.Note)
ELDERS, LEAVE, COMMANDS = table_of(t.Elder), table_of(t.StaffLeave), table_of(t.CommandRow)
CASES, POSTS, WITHDRAWN = table_of(t.CaseRow), table_of(t.Post), "reported_by_visitor"
DAY = timedelta(days=1)


class Copy:
    """A copy of the store, to be harmed by `do` and judged by `says`."""

    def __init__(self, kept: Kept, store: Store) -> None:
        self.kept, self.store = kept, store
        self.witnesses: Sequence[Witness] = kept.witnesses

    def rows(self, table: Table, *where: Any) -> Sequence[Any]:
        with reading(self.store.engine) as connection:
            query = select(table).where(*where).order_by(*table.primary_key.columns)
            return connection.execute(query).all()

    def do(self, *statements: Any) -> None:
        for statement in statements:
            with writing(self.store.engine) as connection:
                # Without the option PostgreSQL's driver has forgotten the count of an insert when it is asked.
                assert connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount > 0

    def again(self, table: Table, row: Any, **changes: Any) -> Any:
        """The same row once more, a little different."""
        return insert(table).values({**dict(row._mapping), **changes})

    def checks(self, grace: timedelta = timedelta(0)) -> dict[str, Check]:
        as_of = self.kept.as_of
        return {check.name: check for check in run_all(self.store, self.witnesses, as_of=as_of, grace=grace)}

    def says(self, name: str, *words: str) -> None:
        """Exactly this promise is broken (and I6, which sees every table that was touched), in these words."""
        checks = self.checks()
        offending = "\n".join(checks[name].offending)
        assert checks[name].violations > 0, checks
        for word in words:
            assert word in offending, offending
        assert {check.name for check in failed(list(checks.values()))} <= {name, "I6", *self.also}

    also: tuple[str, ...] = ()
