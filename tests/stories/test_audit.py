"""The auditor on real cases: clean as they were left, and every harm to a copy of the store named where it was done."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine, delete, insert, select, update
from temporalio.worker import UnsandboxedWorkflowRunner

import wiring
from adapters.database import reading, writing
from adapters.sql_ledger import SqlLedger, read_row
from audit import bundle, histories
from audit.fold import ELDER_TABLES, refolding
from audit.replay import Witness, read, replay
from audit.store import Store
from audit.timeline import timeline
from audit.verify import Finding, Name, Report, verify
from decisions import case_time, ledger
from models.events import Recorded, RecordRequest, VisitorReminded
from models.messages import PeriodBriefing
from models.tables import LedgerRow, StreamState, VisitRow, table_of
from projections import streams
from tests.stories.audit_county import Kept, begin, story, two_months_told
from workflows import options

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
    assert set(report.examined) == set(Name)
    assert report.examined[Name.CHAIN] == report.examined[Name.REDERIVED] > 35
    assert report.examined[Name.REPLAY] == len(kept.witnesses) == 4
    assert report.in_flight == 0


def test_a_replay_derives_the_very_hashes_that_were_recorded(kept: Kept, store: Store) -> None:
    """Salts too: they come from the workflow's own randomness, which a replay seeds alike."""
    for witness in kept.witnesses:
        stored = facts(store, witness.run.workflow_id)
        assert [d.recorded for d in witness.derived] == stored
        assert all(1 < d.event_id <= witness.run.events[-1].event_id for d in witness.derived)


async def test_in_the_sandbox_a_replay_says_the_same(kept: Kept) -> None:
    strictly = await replay([w.run for w in kept.witnesses], kept.converter, strict=True)
    assert [w.derived for w in strictly] == [w.derived for w in kept.witnesses]
    assert {w.failure for w in strictly} == {None}


def test_one_case_alone_is_looked_at_alone(kept: Kept, store: Store) -> None:
    report = verify(store, kept.witnesses, "E2", as_of=kept.as_of)
    assert report.clean
    assert report.examined[Name.CHAIN] == len(facts(store)) + len(facts(store, "escalation/" + _escalation(kept)))


def _escalation(kept: Kept) -> str:
    return next(w.run.workflow_id for w in kept.witnesses if "escalation" in w.run.workflow_id).partition("/")[2]


def test_a_closed_run_is_archived_once_and_read_back_as_it_was(kept: Kept, store: Store) -> None:
    assert kept.archived == (1, 0)
    [run] = histories.archived(store)
    live = next(w.run for w in kept.witnesses if w.run.workflow_id == run.workflow_id)
    assert (run.run_id, run.archived, run.open) == (live.run_id, True, False)
    assert list(run.events) == list(live.events)
    assert histories.archived(store, "E1") == []


def test_nothing_looked_at_is_not_clean(kept: Kept, store: Store) -> None:
    report = verify(store, kept.witnesses, "E9", as_of=kept.as_of)
    assert report.findings == ()
    assert set(report.unexamined) >= {Name.CHAIN, Name.FOLD, Name.RECEIPTS}
    assert not report.clean


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


# --- the code changes ------------------------------------------------------------------------------------------------


async def test_a_changed_decision_is_named_by_the_first_fact_that_differs(
    kept: Kept, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history's commands still fit: only the facts tell."""

    def sooner(original: Callable[..., None]) -> Callable[..., None]:
        def changed(draft: Any, visit: Any) -> None:
            original(draft, visit)
            if isinstance(draft.events[-1], VisitorReminded):
                draft.events[-1] = draft.events[-1].model_copy(update={"nth": 9})

        return changed

    monkeypatch.setattr(case_time, "_pass_visit_time", sooner(case_time._pass_visit_time))
    report = looked_at(store, kept, await replay([w.run for w in kept.witnesses], kept.converter))
    first = report.first()
    reminded = next(recorded.seq for recorded in facts(store) if isinstance(recorded.event, VisitorReminded))
    found = first[MISSED]
    assert (found.check, found.seq) == (Name.REDERIVED, reminded)
    assert found.event_id is not None
    assert "现在的代码" in found.what
    assert "VisitorReminded" in found.what
    assert set(first) == {MISSED, ORDINARY}


async def test_a_changed_course_does_not_fit_the_history(
    kept: Kept, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reminder that asks the store nothing: the workflow goes another way than its history."""

    def never(*_: object) -> PeriodBriefing | None:
        return None

    monkeypatch.setattr(case_time, "wants", never)
    report = looked_at(store, kept, await replay([w.run for w in kept.witnesses], kept.converter))
    found = next(finding for finding in report.of(Name.REPLAY) if finding.stream == MISSED)
    run = next(w.run for w in kept.witnesses if w.run.workflow_id == MISSED)
    assert found.run_id == run.run_id
    assert found.event_id is not None
    assert 1 < found.event_id <= run.events[-1].event_id
    assert MISSED in found.told()
    assert f"第{found.event_id}条" in found.told()


# --- told, and taken away --------------------------------------------------------------------------------------------


def test_the_case_is_told_as_a_person_would_with_who_was_told(kept: Kept, store: Store) -> None:
    lines = timeline(store, "E2")
    told = "\n".join(line.text for line in lines)
    for said in (
        "建档",
        "由钱示二去（结对）",
        "短信告知钱示二",
        "提醒钱示二",
        "由网格员孙示三负责",
        "孙示三（工作台）接手",
    ):
        assert said in told
    assert "记为漏访" in told
    assert "电话联系上" in told
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert all(line.evidence for line in lines)
    answered = [line.text for line in timeline(store, "E1") if "inbound" in line.evidence]
    assert len(answered) == 2
    assert all(text.startswith("收到赵示一的短信：「") and text.endswith("1」") for text in answered)
    assert timeline(store, "E9") == []


def test_as_known_at_a_moment_nothing_later_is_told(kept: Kept, store: Store) -> None:
    lines = timeline(store, "E2")
    for moment in (lines[3].at, lines[len(lines) // 2].at):
        known = timeline(store, "E2", moment)
        assert {line.evidence for line in known} <= {line.evidence for line in lines if line.at <= moment}
        assert [line for line in known if not line.text.startswith("写好")] == [
            line for line in lines if line.at <= moment
        ]


def test_a_bundle_proves_itself_without_a_store(kept: Kept, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    manifest = bundle.export(store, "E2", folder, kept.witnesses)
    assert bundle.check_bundle(folder) == []
    assert manifest["heads"][MISSED]["head"] == facts(store)[-1].hash
    assert sum(name.startswith("histories/") for name in manifest["files"]) == 2
    assert sum(name.startswith("policies/") for name in manifest["files"]) == 1
    everything = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert "李例寿" not in everything
    with pytest.raises(FileExistsError):
        bundle.export(store, "E2", folder)
    with pytest.raises(LookupError):
        bundle.export(store, "E9", tmp_path / "nobody")


def test_a_changed_bundle_says_where(kept: Kept, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    bundle.export(store, "E2", folder, kept.witnesses)
    path = folder / "ledger.jsonl"
    whole = path.read_text().splitlines()
    changed = json.loads(whole[4])
    changed["event"]["happened_at"] = "2020-01-01T00:00:00Z"
    for lines, seq in (
        ([*whole[:4], json.dumps(changed), *whole[5:]], 5),
        (whole[:4] + whole[5:], 5),
        (whole[: len(facts(store)) - 1] + whole[len(facts(store)) :], len(facts(store))),
    ):
        path.write_text("\n".join(lines) + "\n")
        found = bundle.check_bundle(folder)
        assert "ledger.jsonl" in {finding.stream for finding in found}
        assert (MISSED, seq) in {(finding.stream, finding.seq) for finding in found}
    (folder / "extra.txt").write_text("x")
    assert "extra.txt" in {finding.stream for finding in bundle.check_bundle(folder)}


def test_a_broken_case_is_not_exported_as_if_it_were_whole(kept: Kept, store: Store, tmp_path: Path) -> None:
    write(store, delete(ROWS).where(at(6)))
    with pytest.raises(bundle.BundleBroken) as told:
        bundle.export(store, "E2", tmp_path / "bundle")
    assert told.value.finding.seq == 6


# --- two volumes -----------------------------------------------------------------------------------------------------


async def test_every_run_of_a_chain_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run, one volume: here a volume is an hour, so each period's end turns the page.

    Outside the sandbox, which would give each workflow an `options` of its own.
    """
    monkeypatch.setattr(wiring, "runner", lambda *, strict: UnsandboxedWorkflowRunner())  # pyright: ignore[reportUnknownLambdaType]
    monkeypatch.setattr(options, "VOLUME", timedelta(hours=1))
    async with story(tmp_path) as told:
        start = await begin(told)
        await told.live(start + timedelta(days=50), timedelta(days=1))
        store = Store(told.engine, told.kept.sealer)
        runs = await histories.collect(told.client, store, "E1")
        cases = [run for run in runs if run.workflow_id == ORDINARY]
        assert len(cases) > 1
        assert [run.open for run in cases] == [False] * (len(cases) - 1) + [True]
        report = verify(store, await replay(runs, told.kept.converter), "E1", as_of=told.now)
        assert report.clean, report.findings
        assert await histories.archive_closed(told.client, store) >= len(cases) - 1
        cheap = await read(histories.archived(store, "E1"), told.kept.converter)
        assert {w.run.workflow_id for w in cheap} >= {ORDINARY}


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
            refolded.add(name, facts(store, name))
        for table in ELDER_TABLES:
            with writing(store.engine) as connection:
                connection.execute(delete(table))
                rows = [dict(row) for row in refolded.connection.execute(select(table)).mappings()]
                if rows:
                    connection.execute(insert(table), rows)


def _all(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(ROWS)))
