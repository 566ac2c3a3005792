"""A history told again to today's code: does it still fit, and which facts does the code derive from it?

The commands of a history do not hold the facts, only the store's answers to them. An interceptor catches each fact as
the replayed workflow asks to record it, so that a decision that was changed is named by the first fact that differs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
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
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import ActivityHandle, SandboxImportNotificationPolicy

from audit.histories import Call, Position, Run, calls_of, markers_of, positions_of
from models.events import Recorded, RecordReply, RecordRequest
from workflows.assessment import AssessmentWorkflow
from workflows.benefit import BenefitWorkflow
from workflows.care_case import CareCaseWorkflow
from workflows.county import CountyWorkflow
from workflows.digest import DigestWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.roster_import import RosterImportWorkflow

WORKFLOWS: tuple[type, ...] = (
    CareCaseWorkflow, EscalationWorkflow, AssessmentWorkflow, BenefitWorkflow, CountyWorkflow, DigestWorkflow,
    RosterImportWorkflow,
)  # fmt: skip
STRICT = SandboxRestrictions.default.with_import_notification_policy(
    SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
)
EVENT_ID = re.compile(r"HistoryEvent\(id: (\d+)|\bevent[_ ]?id\W{1,3}(\d+)", re.IGNORECASE)
LOCAL_NUMBER = re.compile(r"LocalActivity\((\d+)\)")
MESSAGE = re.compile(r'message: "((?!Encoded)[^"]+)"')
TYPE = re.compile(r'r#type: "(\w+)"')


class Derived(NamedTuple):
    """A fact as the replay derives it, at the history event that holds the answer to its recording."""

    event_id: int
    recorded: Recorded


@dataclass(frozen=True)
class Witness:
    """One run and all it can say. `failure`: the replay did not fit, at `failed_at`; not `replayed`: nobody tried."""

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
    runs: Sequence[Run], converter: DataConverter, *, plugins: Sequence[Plugin] = (), strict: bool = False,
    told: Callable[[int], None] = lambda _done: None,
) -> list[Witness]:  # fmt: skip
    """Each history read and told again. `plugins` as the worker has them; `strict`: in the sandbox, as a worker.

    `told` hears how many are done.
    """
    runner: WorkflowRunner = SandboxedWorkflowRunner(restrictions=STRICT) if strict else UnsandboxedWorkflowRunner()
    asked = _Asked()
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=runner, data_converter=converter, interceptors=[asked], plugins=plugins
    )
    waiting = iter(await read(runs, converter))
    async with replayer.workflow_replay_iterator(_histories(runs)) as results:
        witnesses: list[Witness] = []
        async for result in results:
            witnesses.append(await _heard(next(waiting), asked.take(), result.replay_failure, converter))
            told(len(witnesses))
        return witnesses


async def _histories(runs: Sequence[Run]) -> AsyncIterator[WorkflowHistory]:
    for run in runs:
        yield run.history


async def _heard(
    read_: Witness, asked: Sequence[_Question], failure: Exception | None, converter: DataConverter
) -> Witness:
    """The n-th answer the replayed workflow got is the n-th its history keeps: one writer, one question at a time."""
    answered = [(question.request, reply) for question in asked if (reply := question.reply()) is not None]
    kept = [call for call in read_.calls if call.name == "record"]
    derived = [
        Derived(call.event_id, recorded)
        for (request, reply), call in zip(answered, kept, strict=False)
        if reply.status == "appended"
        for recorded in request.events
    ]
    if failure is None:
        return replace(read_, replayed=True, derived=derived)
    at = await _failed_at(read_.run, str(failure), converter)
    if at is None:  # the core names no event: it is the first answer that nobody asked for any more
        at = next((call.event_id for call in kept[len(answered) :]), read_.run.events[-1].event_id)
    return replace(read_, replayed=True, derived=derived, failure=_why(failure), failed_at=at)


async def _failed_at(run: Run, said: str, converter: DataConverter) -> int | None:
    """The history event a failure is about: named, or by the number of a local activity."""
    named = [int(next(filter(None, found.groups()))) for found in EVENT_ID.finditer(said)]
    if named:
        return named[-1]
    markers = await markers_of(run, converter)
    numbers = [int(found.group(1)) for found in LOCAL_NUMBER.finditer(said)]
    return next((markers[number] for number in numbers if number in markers), None)


def _why(failure: Exception) -> str:
    """One line. A failure's own words are sealed where they may hold a payload; then its types are what can be told."""
    said = str(failure)
    words = MESSAGE.findall(said) or [" ← ".join(dict.fromkeys(TYPE.findall(said)))]
    return f"{type(failure).__name__}: {words[0] or said}"


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
