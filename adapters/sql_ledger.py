"""The commit point: events, the tables that follow from them, and their letters, in one transaction."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    Row,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from adapters.database import reading, write_all
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letters, insert_once
from models import ids
from models.county_messages import CountyStart
from models.events import (
    AnyEvent,
    EscalationOpened,
    Event,
    MessageRefused,
    Recorded,
    RecordReply,
    RecordRequest,
    StreamPage,
    VisitMissed,
    VisitOpened,
    VisitOverdue,
    VisitReassigned,
)
from models.ids import (
    ASSESSMENT,
    BENEFIT,
    assessment_stream,
    benefit_stream,
    county_of,
    elder_of,
    kind_of,
    message_key,
)
from models.messages import CaseStart, Reply, StreamQuestion
from models.tables import (
    CaseRow,
    Elder,
    Inbound,
    LedgerRow,
    LetterRow,
    Reservation,
    StreamState,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import CaseStatus, Value
from post.ports import Sleeping
from projections import apply, streams

LEDGER = table_of(LedgerRow)
STATES = table_of(StreamState)
LETTERS = table_of(LetterRow)
INBOUND = table_of(Inbound)
CASES, ELDERS = table_of(CaseRow), table_of(Elder)
VISITS = table_of(VisitRow)
VOLUNTEERS = table_of(Volunteer)
RESERVATIONS = table_of(Reservation)

# Built once: each message of each case asks these.
LAST = (
    select(LEDGER.c.seq, LEDGER.c.hash)
    .where(LEDGER.c.stream == bindparam("which"))
    .order_by(LEDGER.c.seq.desc())
    .limit(1)
)
NEWEST = select(func.max(LEDGER.c.at))
APPEND, BEGIN, GO_ON = insert(LEDGER), insert(STATES), update(STATES).where(STATES.c.stream == bindparam("which"))

PAGE = 200
KEPT_STATES = 4000


class Body(Value):
    """What a row seals. It is read as the JSON it is: there a day is a day, and a text that looks like one is not."""

    salt: str
    event: AnyEvent


class SqlLedger:
    """The ledger, by SQL. `on_commit` is called after each commit (it wakes the dispatch loop)."""

    def __init__(self, engine: Engine, sealer: Sealer, on_commit: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self.one_writer = engine.dialect.name == "sqlite"
        self._sealer = sealer
        self._on_commit = on_commit
        self._states: OrderedDict[str, tuple[int, str, streams.State]] = OrderedDict()
        self._lock = Lock()

    def record(self, request: RecordRequest) -> RecordReply:
        reply = self.record_all([request])[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def restore(self, request: RecordRequest) -> RecordReply:
        """A commit that the engine saw and this older store has not: appended as it was, and judged by nobody again."""
        [outcome] = write_all(self._engine, [partial(self._record, request=request, again=True)])
        reply = self._reply(request, outcome)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def record_all(self, requests: Sequence[RecordRequest]) -> list[RecordReply | Exception]:
        """Each is recorded or not by itself; those that are share a commit where the store has one writer."""
        outcomes = write_all(self._engine, [partial(self._record, request=request) for request in requests])
        replies = [self._reply(request, outcome) for request, outcome in zip(requests, outcomes, strict=True)]
        if any(isinstance(reply, RecordReply) and reply.status == "appended" for reply in replies):
            self._on_commit()
        return replies

    def _reply(
        self, request: RecordRequest, outcome: tuple[RecordReply, streams.State | None] | Exception
    ) -> RecordReply | Exception:
        if isinstance(outcome, IntegrityError):
            # Somebody was first with this (stream, seq) or (stream, key): read again and let the workflow adopt.
            try:
                with reading(self._engine) as connection:
                    return self._stands_already(connection, request)
            except Exception as error:  # noqa: BLE001 — it is this request's own; the others stand
                return error
        if isinstance(outcome, Exception):
            return outcome
        reply, state = outcome
        if state is not None:
            last = request.events[-1]
            self._remember(request.stream, last.seq, last.hash, state)
        return reply

    def _record(
        self, connection: Connection, request: RecordRequest, *, again: bool = False
    ) -> tuple[RecordReply, streams.State | None]:
        last = self._last(connection, request.stream)
        seq, head = (last.seq, last.hash) if last else (0, request.expected_head)
        if seq != request.expected_seq or (last and head != request.expected_head):
            return self._stands_already(connection, request), None
        if again:
            reserve_again(connection, request.stream, [recorded.event for recorded in request.events])
        elif self._unheard(connection, request):
            return RecordReply(status="unheard", key=request.key), None
        state = self._append(connection, request)
        reply = RecordReply(
            status="appended", from_seq=request.events[0].seq, to_seq=request.events[-1].seq,
            head=request.events[-1].hash, key=request.key,
        )  # fmt: skip
        return reply, state

    def _append(self, connection: Connection, request: RecordRequest) -> streams.State:
        stream = request.stream
        state = self._state(connection, stream, request.expected_seq, request.expected_head)
        connection.execute(APPEND, [self._row(recorded) for recorded in request.events])
        for recorded in request.events:
            state = streams.evolve(state or streams.begin(stream, recorded.event), recorded.event, recorded.at)
            apply.apply(connection, recorded, state)
            insert_letters(connection, self._sealer, recorded, apply.letters_for(recorded, state))
        if state is None:
            raise ValueError(f"nothing to append to {stream}")
        last = request.events[-1]
        values = {"seq": last.seq, "head": last.hash, "state_enc": self._sealer.seal(state.model_dump_json())}
        if request.expected_seq == 0:
            connection.execute(BEGIN, {"stream": stream} | values)
        else:
            connection.execute(GO_ON, {"which": stream} | values)
        return state

    def _row(self, recorded: Recorded) -> dict[str, object]:
        body = json.dumps({"salt": recorded.salt, "event": recorded.event.model_dump(mode="json")}, ensure_ascii=False)
        return {
            "stream": recorded.stream, "seq": recorded.seq, "kind": recorded.event.kind, "at": recorded.at,
            "key": recorded.key, "prev": recorded.prev, "body_hash": recorded.body_hash, "hash": recorded.hash,
            "body_enc": self._sealer.seal(body),
        }  # fmt: skip

    def _state(self, connection: Connection, stream: str, seq: int, head: str) -> streams.State | None:
        if seq == 0:
            return None
        with self._lock:
            kept = self._states.get(stream)
        if kept is not None and kept[:2] == (seq, head):
            return kept[2]
        row = connection.execute(select(STATES).where(STATES.c.stream == stream)).one()
        return streams.load(stream, self._sealer.open(row.state_enc))

    def _remember(self, stream: str, seq: int, head: str, state: streams.State) -> None:
        with self._lock:
            self._states[stream] = (seq, head, state)
            self._states.move_to_end(stream)
            while len(self._states) > KEPT_STATES:
                self._states.popitem(last=False)

    # --- the store knows more, less, or otherwise ------------------------------------------------------------------

    def _stands_already(self, connection: Connection, request: RecordRequest) -> RecordReply:
        last = self._last(connection, request.stream)
        if last is None or last.seq < request.expected_seq:
            return RecordReply(status="behind", to_seq=last.seq if last else 0)
        known = self._under_key(connection, request.stream, request.key)
        if known and known[0].seq <= request.expected_seq:
            return RecordReply(status="known", key=request.key, events=tuple(known))
        if last.seq == request.expected_seq:
            return RecordReply(status="forked", to_seq=last.seq, head=last.hash)
        page = self._after(connection, request.stream, request.expected_seq)
        return RecordReply(
            status="adopted", from_seq=request.expected_seq + 1, to_seq=page.events[-1].seq,
            head=page.events[-1].hash, key=request.key, events=page.events, more=page.more,
        )  # fmt: skip

    def _unheard(self, connection: Connection, request: RecordRequest) -> bool:
        """A reply about this elder that reached us in time, and is still on its way to the case."""
        named = {e.event.visit_id: e.event for e in request.events if isinstance(e.event, VisitOverdue | VisitMissed)}
        if not named:
            return self._step_on_its_way(connection, request)
        elder_id = elder_of(request.stream)
        visits = connection.execute(select(VISITS).where(VISITS.c.id.in_(named))).all()
        limits = [v.ends_at if isinstance(named[v.id], VisitMissed) else v.due_at for v in visits]
        if not limits:
            return False
        by_letter = exists().where(
            LETTERS.c.elder_id == elder_id, LETTERS.c.kind == "update", LETTERS.c.state == "due",
            LETTERS.c.workflow_id.not_in([assessment_stream(elder_id), benefit_stream(elder_id)]),
            LETTERS.c.received_at <= max(limits),
        )  # fmt: skip
        phones = select(VOLUNTEERS.c.phone_index).where(VOLUNTEERS.c.id.in_([v.volunteer_id for v in visits]))
        by_text = exists().where(
            INBOUND.c.read_at.is_(None), INBOUND.c.received_at <= max(limits), INBOUND.c.phone_index.in_(phones)
        )
        on_its_way = select(literal_column("1", Integer)).where(or_(by_letter, by_text))
        return connection.execute(on_its_way).first() is not None

    def _step_on_its_way(self, connection: Connection, request: RecordRequest) -> bool:
        """A step of an assessment, or of a benefit, was handed in before its ladder begins, and is not answered yet."""
        opened = [e.at for e in request.events if isinstance(e.event, EscalationOpened)]
        if kind_of(request.stream) not in (ASSESSMENT, BENEFIT) or not opened:
            return False
        waits = select(LETTERS.c.id).where(
            LETTERS.c.workflow_id == request.stream, LETTERS.c.kind == "update", LETTERS.c.state == "due",
            LETTERS.c.received_at <= max(opened),
        )  # fmt: skip
        return connection.execute(waits.limit(1)).first() is not None

    # --- reading ---------------------------------------------------------------------------------------------------

    def events_after(self, question: StreamQuestion) -> StreamPage:
        with reading(self._engine) as connection:
            return self._after(connection, question.stream, question.after_seq)

    def newest_at(self) -> datetime | None:
        """When the newest fact of all was recorded, by the engine's clock."""
        with reading(self._engine) as connection:
            return connection.execute(NEWEST).scalar()

    def reply_under(self, stream: str, key: str) -> Reply | None:
        """What was answered to a message: from the events it caused; None if it caused none."""
        with reading(self._engine) as connection:
            events = [recorded.event for recorded in self._under_key(connection, stream, key)]
        if not events:
            return None
        refused = next((event for event in events if isinstance(event, MessageRefused)), None)
        return Reply(
            key=key, accepted=refused is None, refusal=refused.refusal if refused else None,
            recorded=tuple(e.kind for e in events), about_on=refused.about_on if refused else None,
        )  # fmt: skip

    def sleeping(self, stream: str) -> Sleeping | None:
        """Of a case that a fact has closed; of assessments and benefits, which may wait for nothing or not have begun;
        of a county's months, which the engine may have lost.

        Whether they do run is not known here. None: of any other stream.
        """
        with reading(self._engine) as connection:
            start = self._start_of(connection, stream)
            return start and Sleeping(start, self._last(connection, stream) is not None)

    def _start_of(self, connection: Connection, stream: str) -> CaseStart | CountyStart | None:
        match kind_of(stream):
            case ids.COUNTY:
                return CountyStart(county_id=county_of(stream))
            case ids.CASE:
                closed = (CASES.c.elder_id == elder_of(stream), CASES.c.status == CaseStatus.CLOSED.value)
                query = select(CASES.c.elder_id, CASES.c.county_id, CASES.c.township_id).where(*closed)
            case ids.ASSESSMENT | ids.BENEFIT:
                lives = select(ELDERS.c.id.label("elder_id"), ELDERS.c.county_id, ELDERS.c.township_id)
                query = lives.where(ELDERS.c.id == elder_of(stream))
            case _:
                return None
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return CaseStart(elder_id=row.elder_id, county_id=row.county_id, township_id=row.township_id)

    def _after(self, connection: Connection, stream: str, seq: int) -> StreamPage:
        query = select(LEDGER).where(LEDGER.c.stream == stream, LEDGER.c.seq > seq).order_by(LEDGER.c.seq)
        rows = connection.execute(query.limit(PAGE + 1)).all()
        return StreamPage(events=tuple(read_row(self._sealer, row) for row in rows[:PAGE]), more=len(rows) > PAGE)

    def _last(self, connection: Connection, stream: str) -> Row[Any, Any] | None:
        return connection.execute(LAST, {"which": stream}).first()

    def _under_key(self, connection: Connection, stream: str, key: str) -> list[Recorded]:
        first = select(LEDGER.c.seq).where(LEDGER.c.stream == stream, LEDGER.c.key == key)
        row = connection.execute(first).first()
        if row is None:
            return []
        page = self._after(connection, stream, row.seq - 1).events
        return [recorded for recorded in page if message_key(recorded.key) == key]


def reserve_again(connection: Connection, stream: str, events: Sequence[Event]) -> None:
    """The place of who was asked for a visit: it was reserved before the fact, in a transaction that is lost too."""
    for event in events:
        match event:
            case VisitOpened(volunteer_id=str(who)) | VisitReassigned(to_id=str(who)):
                place = dict(volunteer_id=who, reason=event.reason, ends_at=event.happened_at, released_at=None)
                whole = {"visit_id": event.visit_id, "elder_id": elder_of(stream), **place}
                if not insert_once(connection, RESERVATIONS, whole):
                    own = RESERVATIONS.c.visit_id == event.visit_id
                    connection.execute(update(RESERVATIONS).where(own).values(place))
            case _:
                pass


def read_row(sealer: Sealer, row: Row[tuple[object, ...]]) -> Recorded:
    """A ledger row opened. Raises SealBroken, or ValidationError when its body is no event."""
    body = Body.model_validate_json(sealer.open_bytes(row.body_enc))
    at: datetime = row.at
    return Recorded(
        stream=row.stream, seq=row.seq, key=row.key, at=at, prev=row.prev, salt=body.salt,
        body_hash=row.body_hash, hash=row.hash, event=body.event,
    )  # fmt: skip
