"""The auditor on real cases: clean as they were left, and every harm to a copy of the store named where it was done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine, delete, insert, select, update

from adapters.database import reading, writing
from adapters.sql_ledger import SqlLedger, read_row
from audit.fold import ELDER_TABLES, refolding
from audit.heads import heads, of_county, told
from audit.replay import Witness
from audit.store import Store
from audit.verify import Finding, Name, Report, verify
from decisions import ledger
from models.events import Recorded, RecordRequest, VisitorReminded
from models.ids import CASE, DIGEST, ESCALATION, kind_of
from models.tables import Area, DigestRow, Elder, LedgerRow, StreamState, VisitRow, table_of
from projections import streams
from tests.stories.audit_county import COUNTY, Kept, rows, two_months_told

ROWS, STATES, VISITS = table_of(LedgerRow), table_of(StreamState), table_of(VisitRow)
MISSED = "case/E2"
ORDINARY = "case/E1"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    yield await two_months_told(tmp_path_factory.mktemp("story"))


@pytest.fixture
def store(kept: Kept, tmp_path: Path) -> Iterator[Store]:
    """A copy to be harmed."""
    copied = kept.copy(tmp_path / "copy")
    yield copied
    copied.engine.dispose()


def looked_at(store: Store, kept: Kept, witnesses: list[Witness] | None = None) -> Report:
    return verify(store, kept.witnesses if witnesses is None else witnesses, as_of=kept.as_of)


def cheaply(kept: Kept) -> list[Witness]:
    """The histories as read, not replayed."""
    return [replace(witness, replayed=False, derived=()) for witness in kept.witnesses]


def only(report: Report) -> Finding:
    assert len({finding.stream for finding in report.findings}) == 1, report.findings
    [found] = report.first().values()
    return found


def write(store: Store, *statements: Any) -> None:
    with writing(store.engine) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount == 1


def at(seq: int, stream: str = MISSED) -> Any:
    return (ROWS.c.stream == stream) & (ROWS.c.seq == seq)


def facts(store: Store, stream: str = MISSED) -> list[Recorded]:
    with reading(store.engine) as connection:
        query = select(ROWS).where(ROWS.c.stream == stream).order_by(ROWS.c.seq)
        return [read_row(store.sealer, row) for row in connection.execute(query)]


# --- as it was left --------------------------------------------------------------------------------------------------


def test_what_was_left_is_clean_and_was_looked_at(kept: Kept, store: Store) -> None:
    report = looked_at(store, kept)
    assert report.clean, report.findings
    assert set(report.examined) == {*Name} - {Name.REDECIDED}  # no benefit was decided
    assert report.examined[Name.CHAIN] == report.examined[Name.REDERIVED] > 35
    kinds = Counter(kind_of(witness.run.workflow_id) for witness in kept.witnesses)
    assert (kinds[CASE], kinds[ESCALATION], kinds[DIGEST]) == (3, 1, len(rows(store.engine, table_of(DigestRow))))
    assert report.examined[Name.REPLAY] == len(kept.witnesses) == kinds.total() > 20
    assert report.in_flight == 0


def test_a_replay_derives_the_very_hashes_that_were_recorded(kept: Kept, store: Store) -> None:
    """Salts too: they come from the workflow's own randomness, which a replay seeds alike."""
    for witness in kept.witnesses:
        stored = facts(store, witness.run.workflow_id)
        assert [d.recorded for d in witness.derived] == stored
        assert all(1 < d.event_id <= witness.run.events[-1].event_id for d in witness.derived)


def test_one_case_alone_is_looked_at_alone(kept: Kept, store: Store) -> None:
    report = verify(store, kept.witnesses, "E2", as_of=kept.as_of)
    assert report.clean
    assert report.examined[Name.CHAIN] == len(facts(store)) + len(facts(store, "escalation/" + _escalation(kept)))


def _escalation(kept: Kept) -> str:
    return next(w.run.workflow_id for w in kept.witnesses if "escalation" in w.run.workflow_id).partition("/")[2]


def test_nothing_looked_at_is_not_clean(kept: Kept, store: Store) -> None:
    report = verify(store, kept.witnesses, "E9", as_of=kept.as_of)
    assert report.findings == ()
    assert set(report.unexamined) >= {Name.CHAIN, Name.FOLD, Name.RECEIPTS}
    assert not report.clean


def test_a_county_is_looked_at_without_another_s(kept: Kept, store: Store) -> None:
    """E2 is another county's: nothing of it is looked at, counted or told; an elder nobody has is told to everybody."""
    elders, other = table_of(Elder), "county-guangyuan"
    county = {"id": other, "kind": "county", "name": "广元市", "from_on": date(2020, 1, 1)}
    write(store, insert(table_of(Area)).values(**county))
    write(store, update(elders).where(elders.c.id == "E2").values(county_id=other))
    write(store, update(ROWS).where(at(6)).values(hash="0" * 64))
    ours, theirs = of_county(store, COUNTY), of_county(store, other)
    report = verify(store, kept.witnesses, as_of=kept.as_of, ours=ours)
    assert report.clean, report.findings
    everything = looked_at(store, kept)
    of_e2 = verify(store, kept.witnesses, "E2", as_of=kept.as_of)
    for name in (Name.CHAIN, Name.RECEIPTS, Name.FOLD, Name.REDERIVED):
        assert report.examined[name] == everything.examined[name] - of_e2.examined[name], name
    found = only(verify(store, kept.witnesses, as_of=kept.as_of, ours=theirs))
    assert (found.stream, found.seq) == (MISSED, 6)
    stood = {head.stream for head in heads(store, kept.as_of, ours)}
    assert stood == {head.stream for head in heads(store, kept.as_of)} - {MISSED, "escalation/" + _escalation(kept)}
    assert ours("case/E8") and theirs("case/E8")


def test_the_value_over_all_heads_is_of_a_moment(kept: Kept, store: Store) -> None:
    """What comes later leaves it as it was; another head does not."""
    facts_ = facts(store)
    then = facts_[6].at
    value = told(heads(store, then), then)
    assert value.newest_at == then and value.facts == sum(head.seq for head in heads(store, then))
    write(store, delete(ROWS).where(at(facts_[-1].seq)))
    assert told(heads(store, then), then) == value
    head = next(head for head in heads(store, then) if head.stream == MISSED)
    write(store, update(ROWS).where(at(head.seq)).values(hash="0" * 64))
    assert told(heads(store, then), then).digest != value.digest


# --- harm ------------------------------------------------------------------------------------------------------------


def test_one_byte_of_a_sealed_body(kept: Kept, store: Store) -> None:
    with reading(store.engine) as connection:
        body = bytearray(connection.execute(select(ROWS.c.body_enc).where(at(6))).scalar_one())
    body[-20] ^= 1
    write(store, update(ROWS).where(at(6)).values(body_enc=bytes(body)))
    found = only(looked_at(store, kept))
    assert (found.check, found.stream, found.seq) == (Name.CHAIN, MISSED, 6)


@pytest.mark.parametrize("column", ["kind", "at", "key", "prev", "body_hash", "hash"])
def test_one_column_of_a_row(kept: Kept, store: Store, column: str) -> None:
    with reading(store.engine) as connection:
        was = connection.execute(select(ROWS.c[column]).where(at(5))).scalar_one()
    other = was + timedelta(microseconds=1) if column == "at" else ("0" if was[0] != "0" else "1") + was[1:]
    write(store, update(ROWS).where(at(5)).values({column: other}))
    found = only(looked_at(store, kept))
    assert (found.check, found.stream, found.seq) == (Name.CHAIN, MISSED, 5)


def test_one_row_deleted_in_the_middle(kept: Kept, store: Store) -> None:
    write(store, delete(ROWS).where(at(6)))
    found = only(looked_at(store, kept))
    assert (found.check, found.stream, found.seq) == (Name.CHAIN, MISSED, 6)


@pytest.mark.parametrize("cheap", [True, False])
def test_the_last_row_deleted(kept: Kept, store: Store, cheap: bool) -> None:
    """The chain cannot know; the history does."""
    last = facts(store, ORDINARY)[-1].seq
    write(store, delete(ROWS).where(at(last, ORDINARY)))
    found = only(looked_at(store, kept, cheaply(kept) if cheap else None))
    assert (found.check, found.stream, found.seq) == (Name.RECEIPTS, ORDINARY, last)
    assert found.event_id is not None
    assert f"{ORDINARY}#{last}" in found.told()


def test_the_last_row_deleted_with_all_its_traces(kept: Kept, store: Store) -> None:
    """As by one who knows the house: the tables and the state are brought to fit."""
    last = facts(store, ORDINARY)[-1].seq
    write(store, delete(ROWS).where(at(last, ORDINARY)))
    refold(store, ORDINARY)
    found = only(looked_at(store, kept))
    assert (found.check, found.stream, found.seq) == (Name.RECEIPTS, ORDINARY, last)


def test_two_rows_swapped(kept: Kept, store: Store) -> None:
    for old, new in ((5, 99), (6, 5), (99, 6)):
        write(store, update(ROWS).where(at(old)).values(seq=new))
    found = only(looked_at(store, kept))
    assert (found.check, found.stream, found.seq) == (Name.CHAIN, MISSED, 5)


@pytest.mark.parametrize("cheap", [True, False])
def test_a_row_rewritten_with_a_correctly_recomputed_chain(kept: Kept, store: Store, cheap: bool) -> None:
    """Hashes, state and all fit again; only the history remembers what was written."""
    rewritten = next(recorded.seq for recorded in facts(store) if isinstance(recorded.event, VisitorReminded))
    rewrite(store, rewritten, {"volunteer_id": "V-1"})
    report = looked_at(store, kept, cheaply(kept) if cheap else None)
    assert report.of(Name.CHAIN, Name.FOLD) == ()
    found = only(report)
    assert (found.stream, found.seq) == (MISSED, rewritten)
    assert found.check is (Name.RECEIPTS if cheap else Name.REDERIVED)
    assert found.event_id is not None
    assert cheap or "改写" in found.what


def test_a_fact_put_at_the_end_by_somebody_else(kept: Kept, store: Store) -> None:
    last = facts(store, ORDINARY)[-1]
    forged = ledger.link(
        ORDINARY, last.seq, last.hash, "forged", last.at + timedelta(hours=1), [last.event], lambda: "0" * 32
    )
    request = RecordRequest(
        stream=ORDINARY, expected_seq=last.seq, expected_head=last.hash, key="forged", events=forged
    )
    assert SqlLedger(store.engine, store.sealer).record(request).status == "appended"
    found = only(looked_at(store, kept))
    assert (found.check, found.stream, found.seq) == (Name.RECEIPTS, ORDINARY, last.seq + 1)
    young = verify(store, kept.witnesses, as_of=kept.as_of, grace=timedelta(days=10))
    assert (young.findings, young.in_flight) == ((), 1)


def test_a_history_that_is_lost_is_said(kept: Kept, store: Store) -> None:
    found = only(looked_at(store, kept, [w for w in kept.witnesses if w.run.workflow_id != ORDINARY]))
    assert (found.stream, found.seq) == (ORDINARY, 1)
    assert "没有流程历史" in found.what


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (update(VISITS).where(VISITS.c.state == "missed").values(state="done"), "visit_row E2."),
        (delete(VISITS).where(VISITS.c.state == "missed"), "表里没有这一行"),
        (update(STATES).where(STATES.c.stream == MISSED).values(seq=1), "stream_state"),
        (update(STATES).where(STATES.c.stream == MISSED).values(state_enc=b"x"), "打不开"),
    ],
)
def test_a_table_that_is_not_the_fold(kept: Kept, store: Store, harm: Any, said: str) -> None:
    write(store, harm)
    found = only(looked_at(store, kept))
    assert (found.check, found.stream) == (Name.FOLD, MISSED)
    assert said in found.what


# --- how one who knows the house would go about it -------------------------------------------------------------------


def rewrite(store: Store, seq: int, changes: dict[str, Any]) -> None:
    """Change one fact, and recompute every hash from there on, the tables and the state."""
    held = facts(store)
    head = held[seq - 1].prev
    for recorded in held[seq - 1 :]:
        event = recorded.event.model_copy(update=changes if recorded.seq == seq else {})
        body = ledger.body_hash(recorded.salt, event)
        this = ledger.link_hash(MISSED, recorded.seq, event.kind, recorded.at, recorded.key, head, body)
        sealed = json.dumps({"salt": recorded.salt, "event": event.model_dump(mode="json")}, ensure_ascii=False)
        values = {"prev": head, "body_hash": body, "hash": this, "body_enc": store.sealer.seal(sealed)}
        write(store, update(ROWS).where(at(recorded.seq)).values(values))
        head = this
    refold(store, MISSED)


def refold(store: Store, stream: str) -> None:
    """Bring state and tables to what the ledger now says."""
    state: streams.State | None = None
    held = facts(store, stream)
    for recorded in held:
        state = streams.evolve(state or streams.begin(stream, recorded.event), recorded.event, recorded.at)
    assert state is not None
    values = {"seq": held[-1].seq, "head": held[-1].hash, "state_enc": store.sealer.seal(state.model_dump_json())}
    write(store, update(STATES).where(STATES.c.stream == stream).values(values))
    everything = sorted({row.stream for row in _all(store.engine)})
    with refolding() as refolded:
        for name in everything:
            refolded.add(facts(store, name))
        for table in ELDER_TABLES:
            with writing(store.engine) as connection:
                connection.execute(delete(table))
                rows = [dict(row) for row in refolded.connection.execute(select(table)).mappings()]
                if rows:
                    connection.execute(insert(table), rows)


def _all(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(ROWS)))
