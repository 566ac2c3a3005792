"""A case's workflow as the store sees it, and a store of either kind, for the tests of `record`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from activities.ledger import LedgerActivities
from adapters.database import open_engine, reading, writing
from adapters.sealing import Keyring, Sealer
from adapters.sql_assessing import SqlAssessing
from adapters.sql_benefits import SqlBenefits
from adapters.sql_county import SqlCounty
from adapters.sql_directory import SqlDirectory
from adapters.sql_ledger import SqlLedger
from adapters.together import DirectoryFront, LedgerFront
from decisions import ledger
from decisions.assignment import Candidate, choose
from decisions.deadlines import civil_day
from models.events import Event, MessageRefused, RecordReply, RecordRequest, VisitOverdue
from models.tables import (
    LedgerRow,
    table_of,
)
from models.values import Actor, ActorKind, Channel, Role
from policies import scales
from tests.decisions.case_player import CasePlayer

STREAM = "case/E1"
ENROLLED = datetime(2026, 3, 2, 1, tzinfo=UTC)
STAFF = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)


class Writer:
    """A case's workflow as the store sees it: a place in the chain, and facts that follow from there."""

    def __init__(self, salt: int = 0, stream: str = STREAM) -> None:
        self.seq, self.head = 0, ledger.GENESIS
        self._salt = salt
        self._stream = stream

    def request(self, key: str, events: Sequence[Event], at: datetime = ENROLLED) -> RecordRequest:
        linked = ledger.link(self._stream, self.seq, self.head, key, at, events, self._new_salt)
        return RecordRequest(
            stream=self._stream, expected_seq=self.seq, expected_head=self.head, key=key, events=linked
        )

    def stands_at(self, request: RecordRequest) -> None:
        self.seq, self.head = request.events[-1].seq, request.events[-1].hash

    def _new_salt(self) -> str:
        self._salt += 1
        return f"{self._salt:032x}"


class Store:
    def __init__(self, url: str, folder: Path) -> None:
        self.engine: Engine = open_engine(url)
        self.sealer = Sealer(Keyring.load_or_create(folder / "keys.json"))
        self.woken = 0
        self.ledger = SqlLedger(self.engine, self.sealer, self._woke)
        directory = SqlDirectory(self.engine, slice_of, choose, Candidate, civil_day)
        assessing = SqlAssessing(self.engine, self.sealer, slice_of, rules_of, scales.load(), civil_day)
        benefits = SqlBenefits(self.engine, self.sealer, slice_of, month_of, rules_of, civil_day)
        county = SqlCounty(self.engine, slice_of, rules_of, civil_day)
        front = DirectoryFront(directory, assessing, benefits, county)
        self.activities = LedgerActivities(LedgerFront(self.ledger), front)

    def _woke(self) -> None:
        self.woken += 1

    def record(self, request: RecordRequest) -> RecordReply:
        return self.ledger.record(request)

    def rows(self, model: Any = LedgerRow) -> Sequence[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(table_of(model)).order_by(*table_of(model).primary_key.columns)).all()

    def write(self, statement: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(statement)


def slice_of(content: str, around: date, groups: str, level: str | None) -> Any:
    raise AssertionError("no test here opens a period")


def rules_of(content: str) -> Any:
    raise AssertionError("no test here begins an assessment, or a claim")


def month_of(contents: Sequence[str], month: date) -> Any:
    raise AssertionError("no test here looks at a month's benefits")


def opening_of(elder: str) -> tuple[Event, ...]:
    """The same facts of another elder."""
    changes = {"CaseOpened": {"elder_id": elder}, "PolicyAdopted": {}, "VisitOpened": {"visit_id": f"{elder}.2026-03"}}
    return tuple(fact.model_copy(update=changes[getattr(fact, "kind", "")]) for fact in opening())


def opening() -> tuple[Event, ...]:
    """A case's first three facts: opened, policy, visit."""
    player = CasePlayer(ENROLLED)
    player.until(ENROLLED + timedelta(minutes=1))
    facts = tuple(event for event, _ in player.said)
    assert [getattr(fact, "kind", "") for fact in facts] == ["CaseOpened", "PolicyAdopted", "VisitOpened"]
    return facts


def refused(key: str) -> tuple[Event, ...]:
    first = opening()[0]
    return (
        MessageRefused(
            happened_at=ENROLLED, actor=STAFF, channel=Channel.CONSOLE, cause=key, message_kind="resume",
            policy_version=first.policy_version, policy_hash=first.policy_hash, refusal="not_suspended",
        ),
    )  # fmt: skip


def overdue(visit_id: str) -> tuple[Event, ...]:
    first = opening()[0]
    return (
        VisitOverdue(
            happened_at=ENROLLED, actor=first.actor, channel=first.channel, cause="tick/3", visit_id=visit_id,
            policy_version=first.policy_version, policy_hash=first.policy_hash,
        ),
    )  # fmt: skip


def begun(store: Store) -> Writer:
    writer = Writer()
    request = writer.request("tick/0", opening())
    assert store.record(request).status == "appended"
    writer.stands_at(request)
    return writer
