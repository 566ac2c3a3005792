"""Histories told again to the code: the same facts to the byte, or the first that differs named; and their archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from temporalio.client import WorkflowHandle
from temporalio.plugin import SimplePlugin
from temporalio.worker import UnsandboxedWorkflowRunner

import wiring
from adapters.areas import townships_of
from adapters.database import reading
from adapters.sample import write_sample
from adapters.sql_ledger import read_row
from audit import histories
from audit.replay import Witness, read, replay
from audit.store import Store
from audit.verify import Name, Report, verify
from decisions import case_time
from models.events import Recorded, VisitorReminded
from models.ids import roster_import_workflow
from models.messages import PeriodBriefing
from models.roster import ImportRoster, RosterKind, RosterProgress
from models.tables import LedgerRow, table_of
from tests.stories.audit_county import FIRST, Kept, Story, begin, story, two_months_told
from workflows import options
from workflows.digest import DigestWorkflow
from workflows.roster_import import RosterImportWorkflow

ROWS = table_of(LedgerRow)
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


def facts(store: Store, stream: str = MISSED) -> list[Recorded]:
    with reading(store.engine) as connection:
        query = select(ROWS).where(ROWS.c.stream == stream).order_by(ROWS.c.seq)
        return [read_row(store.sealer, row) for row in connection.execute(query)]


async def test_in_the_sandbox_a_replay_says_the_same(kept: Kept) -> None:
    as_a_worker = SimplePlugin("tanfang", data_converter=kept.converter)
    runs = [w.run for w in kept.witnesses]
    strictly = await replay(runs, kept.converter, plugins=[as_a_worker], strict=True)
    assert [w.derived for w in strictly] == [w.derived for w in kept.witnesses]
    assert {w.failure for w in strictly} == {None}


def test_a_closed_run_is_archived_once_and_read_back_as_it_was(kept: Kept, store: Store) -> None:
    assert kept.archived == (1, 0)
    [run] = histories.archived(store)
    live = next(w.run for w in kept.witnesses if w.run.workflow_id == run.workflow_id)
    assert (run.run_id, run.archived, run.open) == (live.run_id, True, False)
    assert list(run.events) == list(live.events)
    assert histories.archived(store, "E1") == []


def test_texts_are_replayed_while_the_engine_has_them_and_not_archived(kept: Kept, store: Store) -> None:
    texts = [w for w in kept.witnesses if w.run.workflow_type == "DigestWorkflow"]
    assert {(w.replayed, w.failure) for w in texts} == {(True, None)}
    assert sum(not w.run.open for w in texts) > 10
    assert {run.workflow_type for run in histories.archived(store)} == {"EscalationWorkflow"}


async def test_an_import_is_replayed_while_it_runs_and_after_and_archived(tmp_path: Path) -> None:
    """One goes through, one waits for a file that is not there and is stopped."""
    async with story(tmp_path) as told:
        told.house.register.found_county("奉节县", townships_of("fengjie"), date(2020, 1, 1))
        write_sample(tmp_path / "sample", elders=12, volunteers=2)
        done = await bring(told, told.house.rosters.keep((tmp_path / "sample" / "staff.csv").read_bytes()))
        assert (await done.result()).counts.created > 0
        stuck = await bring(told, "0" * 64)
        waiting = await run_of(told, stuck)
        await stuck.terminate()
        runs = [await run_of(told, done), waiting, await run_of(told, stuck)]
        assert [run.open for run in runs] == [False, True, False]
        assert {w.failure for w in await replay(runs, told.kept.converter)} == {None}

        store = Store(told.engine, told.kept.sealer)
        assert done.id in {run.workflow_id for run in await histories.collect(told.client, store)}
        assert await histories.archive_closed(told.client, store) == 1
        [kept] = histories.archived(store)
        assert (kept.workflow_id, kept.workflow_type) == (done.id, "RosterImportWorkflow")
        report = verify(store, await replay([kept], told.kept.converter), as_of=told.now)
        assert report.of(Name.REPLAY) == () and report.examined[Name.REPLAY] == 1


async def bring(told: Story, sha256: str) -> WorkflowHandle[RosterImportWorkflow, RosterProgress]:
    order = ImportRoster(sha256=sha256, kind=RosterKind.STAFF, by=FIRST)
    return await told.client.start_workflow(
        RosterImportWorkflow.run, order, id=roster_import_workflow(sha256), task_queue=options.CASES
    )


async def run_of(told: Story, handle: WorkflowHandle[Any, Any]) -> histories.Run:
    history = await told.client.get_workflow_handle(handle.id).fetch_history()
    return histories.run_of(handle.id, handle.first_execution_run_id or "", history.events)


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


async def test_a_changed_course_of_a_text_is_found(kept: Kept, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that asks first what became of it: its history has no place for that, and no fact to name."""

    async def settled_first(self: DigestWorkflow) -> None:
        await self._settle()

    monkeypatch.setattr(DigestWorkflow, "_live", settled_first)
    report = looked_at(store, kept, await replay([w.run for w in kept.witnesses], kept.converter))
    texts = {w.run.workflow_id for w in kept.witnesses if w.run.workflow_type == "DigestWorkflow"}
    assert {finding.stream for finding in report.findings} == texts
    assert {(finding.check, finding.seq) for finding in report.findings} == {(Name.REPLAY, None)}
    assert "重放：digest/" in report.findings[0].told()


# --- two volumes -----------------------------------------------------------------------------------------------------


def unsandboxed(*, strict: bool) -> UnsandboxedWorkflowRunner:
    return UnsandboxedWorkflowRunner()


async def test_every_run_of_a_chain_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run, one volume: here a volume is an hour, so each period's end turns the page.

    Outside the sandbox, which would give each workflow an `options` of its own.
    """
    monkeypatch.setattr(wiring, "runner", unsandboxed)
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
