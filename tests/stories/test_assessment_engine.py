"""An elder's assessments as the engine runs them: they end when nothing is waited for, and go on where they stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

import wiring
from adapters.database import reading, writing
from adapters.sql_resume import resume
from audit.checks import Check
from audit.histories import collect, run_of
from audit.invariants import one_execution, run_all
from audit.invariants_post import nothing_missing, texts_once
from audit.replay import Witness, replay
from audit.store import ATTEMPTS, Store, snapshot
from audit.timeline import timeline
from models.ability import AbilityLevel
from models.assessment import Stage, Trigger
from models.assessment_messages import (
    ConfirmLevel,
    ConfirmSheet,
    NameAssessors,
    RefuseAssessment,
    RequestAssessment,
    SubmitSheet,
)
from models.letters import UpdateLetter
from models.messages import CaseStart
from models.values import Channel, Role
from tests.stories.assessing import COUNTY_OFFICER, NOTE, TOWNSHIP, Counter, level, rounds, settle_in
from tests.stories.test_steps import Counter as Typed
from tests.stories.world import COUNTY, LETTERS, STREAMS, World, at_rest, working
from workflows.assessment import AssessmentWorkflow
from workflows.options import CASES

STREAM = "assessment/E1"
RUNNING, COMPLETED = WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED
Handle = WorkflowHandle[AssessmentWorkflow, None]


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Nobody has come to work yet."""
    async with at_rest(tmp_path) as made:
        settle_in(made)
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        yield made


def handle(world: World) -> Handle:
    return world.client.get_workflow_handle_for(AssessmentWorkflow.run, STREAM)


async def status(world: World) -> WorkflowExecutionStatus | None:
    return (await handle(world).describe()).status


async def replayed(world: World, *run_ids: str) -> list[Witness]:
    """These runs of the assessments, told again to today's code."""
    runs = [(id_, world.client.get_workflow_handle(STREAM, run_id=id_)) for id_ in run_ids]
    told = [run_of(STREAM, id_, (await run.fetch_history()).events) for id_, run in runs]
    return await replay(told, world.house.converter)


async def test_a_run_ends_when_it_rests_and_the_next_message_begins_another_that_knows_all(world: World) -> None:
    async with working(world):
        counter = Counter(world)
        assert await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.STAFF) == "AssessmentRequested"
        assert await handle(world).query(AssessmentWorkflow.status) == Stage.NAMING.value
        first = (await handle(world).describe()).run_id
        assert await counter.step(RefuseAssessment, TOWNSHIP, note=NOTE) == "AssessmentRefused"
        assert await status(world) is COMPLETED

        # Asked again, it answers from the ledger and nothing runs for it.
        again = Counter(world)
        assert await again.step(RequestAssessment, TOWNSHIP, trigger=Trigger.STAFF) == "AssessmentRequested"
        assert (await handle(world).describe()).run_id == first and len(rounds(world)) == 1

        # A step that has no round is refused by the assessments themselves: it is a fact of theirs.
        assert await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2") == "not_this_step"
        second = (await handle(world).describe()).run_id
        assert second != first and await status(world) is COMPLETED

        await world.days_pass(3)
        assert await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.CHANGE) == "AssessmentRequested"
        third = (await handle(world).describe()).run_id
        assert third not in (first, second) and await status(world) is RUNNING
        assert [(row.round, row.outcome) for row in rounds(world)] == [(1, "refused"), (2, None)]
        kinds = [kind for kind, _ in world.ledger(STREAM)]
        assert kinds.count("AssessmentOpened") == 1 and kinds.count("MessageRefused") == 1

        witnesses = await replayed(world, first or "", second or "", third or "")
        assert [witness.failure for witness in witnesses] == [None] * 3
        assert [witness.run.open for witness in witnesses] == [False, False, True]
        assert sum(len(witness.derived) for witness in witnesses) == len(kinds)
        assert {witness.positions[0].seq for witness in witnesses[1:]} == {1}  # read from the beginning
        with snapshot(Store(world.house.engine, world.house.sealer)) as held:
            assert nothing_missing(held, world.clock).offending == ()


async def test_a_level_that_ends_is_waited_for_and_every_promise_holds(world: World) -> None:
    async with working(world):
        counter = Counter(world)
        await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.APPLICATION)
        await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
        await counter.step(SubmitSheet, "A-1", sheet=counter.sheet(50))
        await counter.step(ConfirmSheet, "A-2")
        await counter.step(ConfirmLevel, COUNTY_OFFICER, level=AbilityLevel.MODERATE)
        assert await status(world) is RUNNING  # it ends one day
        wakes = await handle(world).query(AssessmentWorkflow.wakes_at)
        assert wakes is not None and wakes.date() < level(world).valid_to
        assert await handle(world).query(AssessmentWorkflow.status) == Stage.RESTING.value
        store = Store(world.house.engine, world.house.sealer)
        witnesses = await replay(await collect(world.client, store), world.house.converter)
        checks = await asyncio.to_thread(run_all, store, witnesses, as_of=world.clock)
        assert {check.name: check.offending for check in checks if check.offending} == {}
        assert STREAM in {witness.run.workflow_id for witness in witnesses}
        told = [line.text for line in timeline(store, "E1") if line.evidence.startswith(STREAM)]
        assert [line.removeprefix("【评估】")[:6] for line in told][:2] == ["开始办理能力", "第1次评估（"]
        assert any("（示例评估中心）" in line for line in told)
        assert "确认中度失能" in told[-1] and all(line.startswith("【评估】") for line in told)


async def test_who_was_never_assessed_has_nothing_to_end_and_is_told_so(world: World) -> None:
    async with working(world):
        await world.days_pass(1)
        counter = Counter(world)
        assert await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2") == "not_assessed"
        await Typed(world)("case", "close", "E1", "moved_out", "--place", "邻县", staff=TOWNSHIP)
        await world.settle()
        with reading(world.house.engine) as connection:
            told = connection.execute(select(LETTERS).where(LETTERS.c.workflow_id == STREAM)).all()
        assert [(row.state, row.why) for row in told] == [("delivered", "not_assessed")] * 2
        with pytest.raises(RPCError) as nobody:
            await handle(world).describe()
        assert nobody.value.status is RPCStatusCode.NOT_FOUND
        assert world.ledger(STREAM) == [] and rounds(world) == []


async def test_a_round_outlives_its_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next worker, which has seen nothing, tells the history again, and hears what was handed in meanwhile.

    No run is kept in memory, so each step of both is decided by what the history says.
    """
    monkeypatch.setattr(wiring, "CACHED_RUNS", 0)
    async with working(world):
        counter = Counter(world)
        await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.STAFF)
        await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
        before = (await handle(world).describe()).run_id
    message = SubmitSheet(
        key="step-meanwhile", actor=world.actor(Role.ASSESSOR).model_copy(update={"id": "A-1"}),
        channel=Channel.CONSOLE, received_at=world.clock, sheet=counter.sheet(50),
    )  # fmt: skip
    letter = UpdateLetter(workflow_id=STREAM, elder_id="E1", message=message)
    world.house.desk_store.hand_in(message.key, letter, world.clock)
    world.house.desk_store.leave(message.key)
    async with working(world):
        assert rounds(world)[-1].stage == "signing"
        assert await counter.step(ConfirmSheet, "A-2") == "SheetConfirmed LevelProposed"
        assert (await handle(world).describe()).run_id == before
        [witness] = await replayed(world, before or "")
        assert witness.failure is None and len(witness.derived) == len(world.ledger(STREAM))


async def test_a_lost_run_is_missed_and_started_again_where_the_ledger_is(world: World) -> None:
    async with working(world):
        counter = Counter(world)
        await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.STAFF)
        await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
        assert (await running(world)).offending == ()
        await handle(world).terminate("as if the engine had been lost")
        assert (await running(world)).offending == (f"{STREAM}：在运行的评估有0个",)

        assert resume(world.house.engine, world.house.sealer, world.clock).assessments == 1
        await world.settle()
        assert await status(world) is RUNNING and (await running(world)).offending == ()
        assert await handle(world).query(AssessmentWorkflow.status) == Stage.ASSESSING.value
        assert await counter.step(SubmitSheet, "A-1", sheet=counter.sheet(50)) == "SheetSubmitted"


async def test_a_new_volume_goes_on_with_what_the_old_one_carries(world: World) -> None:
    async with working(world):
        counter = Counter(world)
        await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.STAFF)
        await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
        await handle(world).terminate("another run goes on for it")
        with reading(world.house.engine) as connection:
            held = connection.execute(select(STREAMS).where(STREAMS.c.stream == STREAM)).one()
        start = CaseStart(
            elder_id="E1", county_id=COUNTY, township_id="T1", seq=held.seq, head=held.head,
            carried=world.house.sealer.open(held.state_enc),
        )  # fmt: skip
        await world.client.start_workflow(AssessmentWorkflow.run, start, id=STREAM, task_queue=CASES)
        assert await counter.step(SubmitSheet, "A-1", sheet=counter.sheet(50)) == "SheetSubmitted"
        run_id = (await handle(world).describe()).run_id
        [witness] = await replayed(world, run_id or "")
        assert witness.failure is None and len(witness.derived) == 1
        assert [(position.seq, position.hash) for position in witness.positions][:1] == [(held.seq, held.head)]
        assert {call.name for call in witness.calls} == {"record"}  # nothing was read again


async def test_an_assessor_who_is_asked_after_the_step_was_done_is_a_broken_promise(world: World) -> None:
    async with working(world):
        counter = Counter(world)
        await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.STAFF)
        await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
        await world.days_pass(1)
        await counter.step(SubmitSheet, "A-1", sheet=counter.sheet(50))
        with reading(world.house.engine) as connection:
            asked = (LETTERS.c.recipient_id == "A-2", LETTERS.c.state == "gathered")
            [digest] = connection.execute(select(LETTERS.c.digest_id).where(*asked)).scalars()
        assert offences(world) == ()
        with writing(world.house.engine) as connection:
            connection.execute(text("DROP TRIGGER send_attempt_update"))
            sent = ATTEMPTS.c.digest_id == digest
            connection.execute(update(ATTEMPTS).where(sent).values(at=world.clock + timedelta(hours=1)))
        assert offences(world) == (f"{digest}：事由已不在才发",)


def offences(world: World) -> tuple[str, ...]:
    with snapshot(Store(world.house.engine, world.house.sealer)) as held:
        check = texts_once(held, world.clock)
    assert check.examined
    return check.offending


async def running(world: World) -> Check:
    store = Store(world.house.engine, world.house.sealer)
    witnesses = await replay(await collect(world.client, store), world.house.converter)
    with snapshot(store) as held:
        return one_execution(held, witnesses, world.clock, world.clock)
