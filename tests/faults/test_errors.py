"""A case never fails. Whatever an activity or the code of a workflow may raise, the execution is RUNNING and goes on
once the fault is removed; and no request to cancel ends it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio import exceptions as failures
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import FailureError, RetryState, TimeoutType
from temporalio.worker import UnsandboxedWorkflowRunner

import wiring
from decisions import care_case, escalation
from models.events import RecordReply, RecordRequest, StreamPage
from models.ids import CASE, ESCALATION, case_stream, digest_workflow, elder_of, kind_of
from models.letters import StartDigest
from models.messages import Acknowledge, CloseCase, StreamQuestion
from models.texts import SendOrder, SendOutcome
from models.values import CloseReason, NoteRef
from tests.faults.town import Town, danger, report, said, town, until
from workflows import options
from workflows.digest import DigestWorkflow

RUNNING = WorkflowExecutionStatus.RUNNING
COMPLETED = WorkflowExecutionStatus.COMPLETED
ENDED_FOR_GOOD = EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED


def timed_out(kind: TimeoutType | None) -> BaseException:
    return failures.TimeoutError("the time is over", type=kind, last_heartbeat_details=[])


def of_activity() -> BaseException:
    return failures.ActivityError(
        "an activity failed", scheduled_event_id=1, started_event_id=2, identity="x", activity_type="record",
        activity_id="1", retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )  # fmt: skip


def of_child() -> BaseException:
    return failures.ChildWorkflowError(
        "a child failed", namespace="default", workflow_id="w", run_id="r", workflow_type="t", initiated_event_id=1,
        started_event_id=2, retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )  # fmt: skip


def of_nexus() -> BaseException:
    return failures.NexusOperationError(
        "an operation failed", scheduled_event_id=1, endpoint="e", service="s", operation="o", operation_token="t"
    )


ERRORS: dict[str, Callable[[], BaseException]] = {
    "failure": lambda: FailureError("x"),
    "application": lambda: failures.ApplicationError("x"),
    "application-final": lambda: failures.ApplicationError("x", non_retryable=True),
    "cancelled": failures.CancelledError,
    "cancelled-asyncio": asyncio.CancelledError,
    "terminated": lambda: failures.TerminatedError("x"),
    "timeout": lambda: timed_out(None),
    "timeout-start-to-close": lambda: timed_out(TimeoutType.START_TO_CLOSE),
    "timeout-schedule-to-start": lambda: timed_out(TimeoutType.SCHEDULE_TO_START),
    "timeout-schedule-to-close": lambda: timed_out(TimeoutType.SCHEDULE_TO_CLOSE),
    "timeout-heartbeat": lambda: timed_out(TimeoutType.HEARTBEAT),
    "timeout-builtin": lambda: TimeoutError("x"),  # asyncio's too: they are one class since Python 3.11
    "server": lambda: failures.ServerError("x"),
    "server-final": lambda: failures.ServerError("x", non_retryable=True),
    "activity": of_activity,
    "child": of_child,
    "nexus": of_nexus,
    "started-already": lambda: failures.WorkflowAlreadyStartedError("w", "t"),
    "activity-started-already": lambda: failures.ActivityAlreadyStartedError("a", "t"),
    "nexus-started-already": lambda: failures.NexusOperationAlreadyStartedError("o"),
    "versioning": failures.InvalidVersioningOverrideError,
}
ELDERS = tuple(f"E-{name}" for name in ERRORS)


def error_for(elder: str) -> BaseException:
    return ERRORS[elder.removeprefix("E-")]()


class FaultyLedger:
    """The store's port; while `faulty`, `record` of a stream in `room` raises what its elder is named for."""

    one_writer = True

    def __init__(self, there: Town, room: str) -> None:
        self._ledger = there.house.ledger
        self._room = room
        self.faulty = True
        self.raised: Counter[str] = Counter()

    def record_all(self, requests: Sequence[RecordRequest]) -> list[RecordReply | BaseException]:
        return [self._one(request) for request in requests]

    def _one(self, request: RecordRequest) -> RecordReply | BaseException:
        if self.faulty and kind_of(request.stream) == self._room:
            self.raised[elder_of(request.stream)] += 1
            return error_for(elder_of(request.stream))
        return self._ledger.record_all([request])[0]

    def events_after(self, question: StreamQuestion) -> StreamPage:
        return self._ledger.events_after(question)

    def reply_under(self, stream: str, key: str) -> object:
        return self._ledger.reply_under(stream, key)

    def sleeping(self, stream: str) -> object:
        return self._ledger.sleeping(stream)


async def streams_of(there: Town, room: str) -> dict[str, str]:
    """Each elder's stream in `room`. For the ladder, every case is told of a danger, and hands it on."""
    cases = {elder: case_stream(elder) for elder in ELDERS}
    for stream in cases.values():
        await until(lambda stream=stream: there.exists(stream), f"the start of {stream}")
    if room == CASE:
        return cases
    replies = await asyncio.gather(*(there.ask(stream, danger(f"danger-{elder}")) for elder, stream in cases.items()))
    assert all(reply.accepted for reply in replies)
    await until(lambda: len(there.opened_escalations()) == len(ELDERS), "an escalation for each")
    found = {elder_of(stream): stream for stream in there.opened_escalations()}
    for stream in found.values():
        await until(lambda stream=stream: there.exists(stream), f"the start of {stream}")
    return found


async def all_running(there: Town, streams: dict[str, str]) -> None:
    ended = {elder for elder, stream in streams.items() if await there.status(stream) is not RUNNING}
    assert not ended


async def all_go_on(there: Town, streams: dict[str, str]) -> None:
    """Each one records its first facts, and answers."""
    try:
        await until(lambda: all(there.recorded(stream) for stream in streams.values()), "the first facts of each")
    except AssertionError:
        stuck = sorted(elder for elder, stream in streams.items() if not there.recorded(stream))
        raise AssertionError(f"wedged for good: {stuck}") from None
    first = next(iter(streams.values()))
    if kind_of(first) == CASE:
        asked = [there.ask(stream, report(f"said-{elder}")) for elder, stream in streams.items()]
    else:
        asked = [there.ask(stream, Acknowledge(**said(f"said-{elder}"))) for elder, stream in streams.items()]
    assert all(reply.accepted for reply in await asyncio.gather(*asked))
    await all_running(there, streams)


def test_every_failure_there_is_is_in_the_list() -> None:
    def below(kind: type[FailureError]) -> set[type[FailureError]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    ours = {type(make()) for make in ERRORS.values()}
    theirs = {kind for kind in below(FailureError) if kind.__module__ == failures.__name__}
    assert theirs <= ours
    assert {TimeoutError, asyncio.CancelledError} <= ours and asyncio.TimeoutError is TimeoutError


async def test_whatever_an_activity_raises_each_runs_and_goes_on(tmp_path: Path) -> None:
    """A town for each side by side, because they mostly wait till they are tried again."""
    async with asyncio.TaskGroup() as towns:
        for room in (CASE, ESCALATION):
            towns.create_task(whatever_the_store_raises(tmp_path / room, room))
        towns.create_task(whatever_a_sending_raises(tmp_path / "text"))


async def whatever_the_store_raises(tmp_path: Path, room: str) -> None:
    async with town(tmp_path, *ELDERS) as there:
        faulty = FaultyLedger(there, room)
        there.house.ledger = faulty  # pyright: ignore[reportAttributeAccessIssue]

        async def hit(elder: str, stream: str) -> bool:
            """Raised by the local call and by the one that waits, which has ended where it cannot be tried again."""
            failed = any(event.event_type == ENDED_FOR_GOOD for event in await there.history(stream))
            return failed or faulty.raised[elder] >= 3

        async with there.working():
            streams = await streams_of(there, room)
            for elder, stream in streams.items():
                await until(lambda elder=elder, stream=stream: hit(elder, stream), f"{elder} being raised")
            await all_running(there, streams)
            faulty.faulty = False
            await all_go_on(there, streams)
            await there.settled()
            await there.keeps_every_promise()


@pytest.mark.parametrize("room", [CASE, ESCALATION])
async def test_whatever_the_code_raises_each_runs_and_goes_on(
    tmp_path: Path, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules: Any = care_case if room == CASE else escalation
    decide = rules.decide
    faulty = True

    def raises(state: Any, message: Any, now: datetime, *more: Any) -> Any:
        if faulty:
            raise error_for(state.elder_id)
        return decide(state, message, now, *more)

    monkeypatch.setattr(rules, "decide", raises)
    async with town(tmp_path, *ELDERS) as there, there.working():
        streams = await streams_of(there, room)
        for elder, stream in streams.items():
            await until(lambda stream=stream: there.tasks_failed(stream), f"{elder} being raised")
        await all_running(there, streams)
        faulty = False
        await all_go_on(there, streams)
        await there.settled()
        await there.keeps_every_promise()


# --- a text ----------------------------------------------------------------------------------------------------------


async def texts_begin(there: Town) -> dict[str, str]:
    """One text for each error, named for it."""
    texts = {name: digest_workflow(name) for name in ELDERS}
    for name, id_ in texts.items():
        start = StartDigest(digest_id=name)
        await there.client.start_workflow(DigestWorkflow.run, start, id=id_, task_queue=options.CASES)
    return texts


def delivered(_: SendOrder) -> SendOutcome:
    return SendOutcome(status="delivered")


async def all_end(there: Town, texts: dict[str, str]) -> None:
    """With the fault gone each text is sent, and its workflow has done its work."""
    for name, id_ in texts.items():
        await until(lambda id_=id_: has_status(there, id_, COMPLETED), f"the end of {name}")


async def whatever_a_sending_raises(tmp_path: Path) -> None:
    raised: Counter[str] = Counter()
    faulty = True

    def send(order: SendOrder) -> SendOutcome:
        raised[order.digest_id] += 1
        if faulty:
            raise error_for(order.digest_id)
        return delivered(order)

    async with town(tmp_path) as there:
        there.house.texts.send = send

        async def hit(name: str, id_: str) -> bool:
            failed = any(event.event_type == ENDED_FOR_GOOD for event in await there.history(id_))
            return failed or raised[name] >= 2

        async with there.working():
            texts = await texts_begin(there)
            for name, id_ in texts.items():
                await until(lambda name=name, id_=id_: hit(name, id_), f"{name} being raised")
            await all_running(there, texts)
            faulty = False
            await all_end(there, texts)
            await there.settled()
            await there.keeps_every_promise()


async def test_whatever_the_code_of_a_text_raises_it_runs_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside the sandbox, which would give the worker a workflow of its own, without the fault."""
    faulty, send = True, DigestWorkflow._send

    async def raises(text: DigestWorkflow) -> SendOutcome:
        if faulty:
            raise error_for(text._order.digest_id)
        return await send(text)

    def unsandboxed(*, strict: bool) -> UnsandboxedWorkflowRunner:
        return UnsandboxedWorkflowRunner()

    monkeypatch.setattr(wiring, "runner", unsandboxed)
    monkeypatch.setattr(DigestWorkflow, "_send", raises)
    async with town(tmp_path) as there:
        monkeypatch.setattr(there.house.texts, "send", delivered)
        async with there.working():
            texts = await texts_begin(there)
            for name, id_ in texts.items():
                await until(lambda id_=id_: there.tasks_failed(id_), f"{name} being raised")
            await all_running(there, texts)
            faulty = False
            await all_end(there, texts)
            await there.settled()
            await there.keeps_every_promise()


# --- a request to cancel ---------------------------------------------------------------------------------------------


async def test_a_request_to_cancel_ends_nothing(tmp_path: Path) -> None:
    """Idle, waiting for the store, twice; a case and an escalation. Then `close` ends the case, and only that."""
    async with town(tmp_path, "E-application") as there:
        faulty = FaultyLedger(there, CASE)
        there.house.ledger = faulty  # pyright: ignore[reportAttributeAccessIssue]
        case = case_stream("E-application")
        async with there.working():
            await until(lambda: faulty.raised["E-application"] >= 3, "the case waiting for the store")
            await cancelled(there, case, times=1)
            faulty.faulty = False
            await until(lambda: "VisitOpened" in there.kinds(case), "the first visit")
            await cancelled(there, case, times=2)
            assert (await there.ask(case, danger("danger-1"))).accepted
            await until(there.opened_escalations, "the escalation")
            (climbing,) = there.opened_escalations()
            await until(lambda: there.recorded(climbing), "the first rung")
            await cancelled(there, climbing, times=2)
            assert (await there.ask(climbing, Acknowledge(**said("ack-1")))).accepted
            assert (await there.ask(case, report("said-1"))).accepted
            assert await there.status(case) is RUNNING and await there.status(climbing) is RUNNING
            place = NoteRef(id="note-place", sha256="a" * 64)
            moved = {"reason": CloseReason.MOVED_OUT, "receiving_place": "in_note", "note": place}
            close = CloseCase.model_validate({**said("close-1"), **moved})
            assert (await there.ask(case, close)).accepted
            await until(lambda: has_status(there, case, COMPLETED), "the end of the case")
            await until(lambda: has_status(there, climbing, COMPLETED), "the ladder hearing of it")
            await there.settled()
            await there.keeps_every_promise()


async def cancelled(there: Town, workflow_id: str, times: int) -> None:
    for _ in range(times):
        await there.client.get_workflow_handle(workflow_id).cancel()
    asked = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
    done = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED

    async def heard() -> bool:
        history = await there.history(workflow_id)
        last = max((event.event_id for event in history if event.event_type == asked), default=0)
        return bool(last) and any(event.event_type == done and event.event_id > last for event in history)

    await until(heard, "the request being heard")
    assert await there.status(workflow_id) is RUNNING


async def has_status(there: Town, workflow_id: str, status: WorkflowExecutionStatus) -> bool:
    return await there.status(workflow_id) is status
