"""A history told again to today's code: does it still fit, and which facts does the code derive from it?

The commands of a history do not hold the facts, only the store's answers to them. An interceptor catches each fact as
the replayed workflow asks to record it, so that a decision that was changed is named by the first fact that differs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import (
    Interceptor,
    Plugin,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import ActivityHandle

from audit.histories import Call, Position, Run, calls_of, positions_of
from models.events import Recorded, RecordReply, RecordRequest
from workflows.care_case import CareCaseWorkflow
from workflows.digest import DigestWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.roster_import import RosterImportWorkflow

WORKFLOWS: tuple[type, ...] = (CareCaseWorkflow, EscalationWorkflow, DigestWorkflow, RosterImportWorkflow)
EVENT_ID = re.compile(r"\bevent[_ ]?id\W{1,3}(\d+)|\bevent (\d+)|HistoryEvent\(id: (\d+)", re.IGNORECASE)


class Derived(NamedTuple):
    """A fact as the replay derives it, at the history event that holds the answer to its recording."""

    event_id: int
    recorded: Recorded


@dataclass(frozen=True)
class Witness:
    """One run and all it can say. `failure`: the replay did not fit, at `failed_at`. Not `replayed`: cheap checks only."""

    run: Run
    calls: Sequence[Call]
    positions: Sequence[Position]
    replayed: bool = False
    derived: Sequence[Derived] = ()
    failure: str | None = None
    failed_at: int | None = None


async def read(runs: Sequence[Run], converter: DataConverter) -> list[Witness]:
    """What the histories say by themselves, without replaying them."""
    witnesses: list[Witness] = []
    for run in runs:
        calls = await calls_of(run, converter)
        witnesses.append(Witness(run, calls, await positions_of(run, calls, converter)))
    return witnesses


async def replay(
    runs: Sequence[Run], converter: DataConverter, *, plugins: Sequence[Plugin] = (), strict: bool = False
) -> list[Witness]:
    """Each history read and told again. `plugins` as the worker has them. `strict`: in the sandbox, as a worker runs it."""
    runner: WorkflowRunner = SandboxedWorkflowRunner() if strict else UnsandboxedWorkflowRunner()
    asked = _Asked()
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=runner, data_converter=converter, interceptors=[asked], plugins=plugins
    )
    witnesses: list[Witness] = []
    waiting = iter(await read(runs, converter))
    async with replayer.workflow_replay_iterator(_histories(runs)) as results:
        async for result in results:
            witnesses.append(_heard(next(waiting), asked.take(), result.replay_failure))
    return witnesses


async def _histories(runs: Sequence[Run]) -> AsyncIterator[WorkflowHistory]:
    for run in runs:
        yield run.history


def _heard(read_: Witness, asked: Sequence[_Question], failure: Exception | None) -> Witness:
    """The n-th answer the replayed workflow got is the n-th that its history keeps: one writer, one question at a time."""
    answered = [(question.request, reply) for question in asked if (reply := question.reply()) is not None]
    kept = [call for call in read_.calls if call.name == "record"]
    derived = [
        Derived(call.event_id, recorded)
        for (request, reply), call in zip(answered, kept, strict=False)
        if reply.status == "appended"
        for recorded in request.events
    ]
    why = f"{type(failure).__name__}: {failure}" if failure is not None else None
    at = None
    if why is not None:
        named = [int(next(filter(None, found.groups()))) for found in EVENT_ID.finditer(why)]
        told = [call.event_id for call in kept[: len(answered)]]
        at = named[-1] if named else max(told, default=1)
    return Witness(read_.run, read_.calls, read_.positions, True, derived, why, at)


class _Question(NamedTuple):
    request: RecordRequest
    handle: ActivityHandle[Any]

    def reply(self) -> RecordReply | None:
        done = self.handle.done() and not self.handle.cancelled() and self.handle.exception() is None
        return self.handle.result() if done else None


class _Asked(Interceptor):
    """Keeps what replayed workflows ask to record. Histories are replayed one after another; `take` empties it."""

    def __init__(self) -> None:
        self._questions: list[_Question] = []

    def take(self) -> list[_Question]:
        taken = list(self._questions)
        self._questions.clear()
        return taken

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002
        questions = self._questions

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Outbound(outbound, questions))

        return Inbound


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, outbound: WorkflowOutboundInterceptor, questions: list[_Question]) -> None:
        super().__init__(outbound)
        self._questions = questions

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        return self._kept(input, super().start_local_activity(input))

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        return self._kept(input, super().start_activity(input))

    def _kept(
        self, asked: StartActivityInput | StartLocalActivityInput, handle: ActivityHandle[Any]
    ) -> ActivityHandle[Any]:
        if asked.activity == "record" and isinstance(asked.args[0], RecordRequest):
            self._questions.append(_Question(asked.args[0], handle))
        return handle
