"""`record`, the commit point: append, adopt, known, unheard, forked, behind; two writers at once; rows that stay."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from adapters.database import writing
from adapters.sql_ledger import PAGE, SqlLedger
from adapters.sql_letters import insert_letter
from decisions import ledger
from models.assessment_messages import RefuseAssessment
from models.events import RecordReply, RecordRequest
from models.letters import UpdateLetter
from models.messages import Resume, StreamQuestion
from models.tables import (
    Area,
    Inbound,
    LetterRow,
    StreamState,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import Channel, NoteRef
from projections import streams
from tests.activities.ledgers import ENROLLED, STAFF, STREAM, Store, Writer, begun, opening, overdue, refused


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


# --- append ----------------------------------------------------------------------------------------------------------


def test_facts_tables_letters_and_state_are_written_together(store: Store) -> None:
    request = Writer().request("tick/0", opening())
    reply = store.record(request)
    assert (reply.status, reply.from_seq, reply.to_seq, reply.head) == ("appended", 1, 3, request.events[-1].hash)
    assert [(row.seq, row.key, row.kind) for row in store.rows()] == [
        (1, "tick/0", "CaseOpened"),
        (2, "tick/0+1", "PolicyAdopted"),
        (3, "tick/0+2", "VisitOpened"),
    ]
    assert [row.state for row in store.rows(VisitRow)] == ["open"]
    assert [row.id for row in store.rows(LetterRow)] == ["case/E1#3.0"]
    [state] = store.rows(StreamState)
    assert (state.seq, state.head) == (3, reply.head)
    held = streams.load(STREAM, store.sealer.open(state.state_enc))
    assert getattr(held, "opened", False)
    assert store.woken == 1
    assert b"CaseOpened" not in store.rows()[0].body_enc


def test_a_later_commit_goes_on_from_the_stored_state_also_in_another_process(store: Store) -> None:
    writer = begun(store)
    another = SqlLedger(store.engine, store.sealer)  # its memory is empty
    assert another.record(writer.request("m-1", refused("m-1"))).status == "appended"
    [state] = store.rows(StreamState)
    held = streams.load(STREAM, store.sealer.open(state.state_enc))
    reply = held.reply_to("m-1")
    assert reply is not None
    assert reply.refusal == "not_suspended"


def test_nothing_is_written_when_a_fact_cannot_be(store: Store) -> None:
    """The chain may not begin with what is no beginning: neither rows nor letters nor state stay behind."""
    with pytest.raises(ValueError, match="begins with MessageRefused"):
        store.record(Writer().request("m-1", refused("m-1")))
    assert (store.rows(), store.rows(StreamState), store.rows(LetterRow)) == ([], [], [])


# --- the store knows more --------------------------------------------------------------------------------------------


def test_the_same_commit_again_is_adopted(store: Store) -> None:
    """A worker died between the commit and the end of its task: the task runs again, later, with other salts."""
    written = Writer().request("tick/0", opening())
    store.record(written)
    again = store.record(Writer(salt=100).request("tick/0", opening(), ENROLLED + timedelta(seconds=7)))
    assert (again.status, again.from_seq, again.to_seq, again.head) == ("adopted", 1, 3, written.events[-1].hash)
    assert again.events == written.events
    assert ledger.first_break(ledger.GENESIS, 0, again.events) is None
    assert len(store.rows()) == 3
    assert len(store.rows(LetterRow)) == 1


def test_a_workflow_far_behind_adopts_page_by_page(store: Store) -> None:
    writer = begun(store)
    behind = Writer(salt=10_000)
    behind.stands_at(Writer().request("tick/0", opening()))
    for n in range(PAGE + 5):
        request = writer.request(f"m-{n}", refused(f"m-{n}"))
        store.record(request)
        writer.stands_at(request)
    reply = store.record(behind.request("m-x", refused("m-x")))
    assert (reply.status, reply.more, len(reply.events), reply.from_seq) == ("adopted", True, PAGE, 4)
    question = StreamQuestion(stream=STREAM, after_seq=reply.to_seq)
    page = store.ledger.events_after(question)
    assert (page.more, [recorded.seq for recorded in page.events]) == (False, list(range(204, 209)))
    assert ledger.first_break(behind.head, behind.seq, (*reply.events, *page.events)) is None


def test_a_key_that_stands_is_known_wherever_the_workflow_thinks_it_is(store: Store) -> None:
    writer = begun(store)
    request = writer.request("m-1", refused("m-1"))
    store.record(request)
    writer.stands_at(request)
    known = store.record(writer.request("m-1", refused("m-1"), ENROLLED + timedelta(days=60)))
    assert (known.status, [recorded.seq for recorded in known.events]) == ("known", [4])
    other = store.record(writer.request("tick/0", refused("tick/0")))
    assert (other.status, len(other.events)) == ("known", 3)  # every fact that message caused
    assert len(store.rows()) == 4


# --- faults ----------------------------------------------------------------------------------------------------------


def test_another_head_at_the_same_place_is_a_fork(store: Store) -> None:
    begun(store)
    forked = Writer(salt=50)
    forked.stands_at(forked.request("tick/0", opening()))
    reply = store.record(forked.request("m-1", refused("m-1")))
    assert (reply.status, reply.to_seq, reply.head) == ("forked", 3, store.rows()[-1].hash)
    assert len(store.rows()) == 3


@pytest.mark.parametrize("kept", [True, False])
def test_a_store_that_holds_less_is_behind(store: Store, kept: bool) -> None:
    ahead = begun(store) if kept else Writer()
    ahead.stands_at(ahead.request("m-1", [*opening(), *refused("m-1")]))
    reply = store.record(ahead.request("m-2", refused("m-2")))
    assert (reply.status, reply.to_seq) == ("behind", 3 if kept else 0)


# --- unheard ---------------------------------------------------------------------------------------------------------


def a_volunteer(store: Store) -> None:
    place = dict(county_id="C1", township_id="C1", village_id="C1")
    store.write(insert(table_of(Area)).values(id="C1", kind="county", name="奉节县", from_on=date(2026, 1, 1)))
    store.write(
        insert(table_of(Volunteer)).values(
            id="V-1", **place, name_enc=b"", phone_enc=b"", phone_index="p1", sex="F", standing="", capacity=5,
            barred=False,
        )
    )  # fmt: skip


def test_no_visit_is_overdue_while_a_reply_that_came_in_time_is_on_its_way(store: Store) -> None:
    writer = begun(store)
    [visit] = store.rows(VisitRow)
    request = writer.request("tick/3", overdue(visit.id), visit.due_at)
    message = Resume(key="m-9", actor=STAFF, channel=Channel.CONSOLE, received_at=visit.due_at)
    letter = UpdateLetter(workflow_id=STREAM, elder_id="E1", message=message)
    with writing(store.engine) as connection:
        insert_letter(connection, store.sealer, "m-9", letter, visit.due_at, received_at=visit.due_at)
    reply = store.record(request)
    assert (reply.status, reply.events, len(store.rows())) == ("unheard", (), 3)
    letters = table_of(LetterRow)
    store.write(update(letters).where(letters.c.id == "m-9").values(state="delivered"))
    assert store.record(request).status == "appended"


def test_what_is_on_its_way_to_the_assessments_says_nothing_of_a_visit(store: Store) -> None:
    writer = begun(store)
    [visit] = store.rows(VisitRow)
    message = RefuseAssessment(
        key="m-9", actor=STAFF, channel=Channel.CONSOLE, received_at=visit.due_at, note=NoteRef(id="n", sha256="0" * 64)
    )
    letter = UpdateLetter(workflow_id="assessment/E1", elder_id="E1", message=message)
    with writing(store.engine) as connection:
        insert_letter(connection, store.sealer, "m-9", letter, visit.due_at, received_at=visit.due_at)
    assert store.record(writer.request("tick/3", overdue(visit.id), visit.due_at)).status == "appended"


@pytest.mark.parametrize(("late", "status"), [(timedelta(0), "unheard"), (timedelta(seconds=1), "appended")])
def test_an_unread_text_counts_by_when_it_came(store: Store, late: timedelta, status: str) -> None:
    a_volunteer(store)
    writer = begun(store)
    [visit] = store.rows(VisitRow)
    values = dict(provider="sandbox", phone_enc=b"", note_id="n", tries=0)
    came = visit.due_at + late
    inbound = table_of(Inbound)
    store.write(insert(inbound).values(provider_message_id="1", phone_index="p1", received_at=came, **values))
    store.write(insert(inbound).values(provider_message_id="2", phone_index="p2", received_at=ENROLLED, **values))
    assert store.record(writer.request("tick/3", overdue(visit.id), came)).status == status
    if status == "unheard":
        store.write(update(inbound).values(read_at=came))
        assert store.record(writer.request("tick/3", overdue(visit.id), came)).status == "appended"


# --- two at once, and rows that stay ---------------------------------------------------------------------------------


def until_it_answers(store: Store, request: RecordRequest) -> RecordReply:
    """As the workflow does: a busy store, or a serialization failure, is asked again."""
    for _ in range(20):
        try:
            return store.record(request)
        except OperationalError:
            continue
    raise AssertionError("the store never answered")


@pytest.mark.parametrize("round_", range(3))
def test_of_two_writers_one_appends_and_the_other_adopts(store: Store, round_: int) -> None:
    writer = begun(store)
    other = Writer(salt=1000)
    other.seq, other.head = writer.seq, writer.head
    requests = [writer.request("m-1", refused("m-1")), other.request("m-2", refused("m-2"))]
    gate = Barrier(2)

    def go(request: RecordRequest) -> RecordReply:
        gate.wait()
        return until_it_answers(store, request)

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(go, requests))
    assert sorted(reply.status for reply in replies) == ["adopted", "appended"]
    winner = next(reply for reply in replies if reply.status == "appended")
    adopted = next(reply for reply in replies if reply.status == "adopted")
    assert adopted.events[-1].hash == winner.head
    assert len(store.rows()) == 4
    assert store.rows(StreamState)[0].head == winner.head


def test_one_message_sent_twice_at_once_has_one_effect(store: Store) -> None:
    writer = begun(store)
    gate = Barrier(4)

    def go(request: RecordRequest) -> RecordReply:
        gate.wait()
        return until_it_answers(store, request)

    requests = [writer.request("m-1", refused("m-1"), ENROLLED + timedelta(seconds=n)) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(reply.status for reply in pool.map(go, requests))
    assert statuses == ["adopted", "adopted", "adopted", "appended"]
    assert [row.key for row in store.rows()][3:] == ["m-1"]


@pytest.mark.parametrize(
    "harm", ["UPDATE ledger SET kind = 'x' WHERE seq = 2", "DELETE FROM ledger WHERE seq = 3", "DELETE FROM ledger"]
)
def test_a_recorded_fact_can_be_neither_changed_nor_deleted(store: Store, harm: str) -> None:
    begun(store)
    before = store.rows()
    with pytest.raises(DBAPIError, match="append-only"):
        store.write(text(harm))
    assert store.rows() == before


def test_a_fact_cannot_be_replaced(store: Store) -> None:
    begun(store)
    before = store.rows()
    if store.engine.dialect.name == "sqlite":
        harm = "INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE seq = 2"
        with pytest.raises(DBAPIError, match="append-only"):
            store.write(text(harm))
    else:
        with pytest.raises(DBAPIError, match="append-only"):
            store.write(text("TRUNCATE ledger"))
    assert store.rows() == before
