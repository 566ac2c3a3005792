"""The only room with a Temporal client: starts workflows and delivers updates, each under its letter's own id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models import ids
from models.assessment_messages import RecordResult, RequestAssessment
from models.claim_messages import FactsChanged, RequestBenefit
from models.county_messages import CountyStart
from models.letters import (
    AnyMessage,
    StartAssessment,
    StartBenefits,
    StartCase,
    StartCounty,
    StartDigest,
    StartEscalation,
    UpdateLetter,
)
from models.messages import CaseStart, ReopenCase, Reply, ReportVisit
from models.texts import Receipt
from models.values import BY_VISITORS
from post.ports import Sleeping
from workflows.assessment import AssessmentWorkflow
from workflows.benefit import BenefitWorkflow
from workflows.care_case import CareCaseWorkflow
from workflows.county import CountyWorkflow
from workflows.digest import DigestWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.options import CASES

COUNTY = SearchAttributeKey.for_keyword("County")
TOWNSHIP = SearchAttributeKey.for_keyword("Township")
SEARCH_ATTRIBUTES = (COUNTY, TOWNSHIP)

Q = TypeVar("Q")
ANSWER_WITHIN = timedelta(seconds=10)
Stands = Callable[[str, str], Reply | None]
Sleeps = Callable[[str], Sleeping | None]
Run = Callable[[Any, Any], Awaitable[None]]

# What a stream is written by: a county's, begun by a `CountyStart`; an elder's own, begun by a `CaseStart`.
WRITERS: dict[str, Run] = {
    ids.CASE: CareCaseWorkflow.run, ids.ASSESSMENT: AssessmentWorkflow.run, ids.BENEFIT: BenefitWorkflow.run,
    ids.COUNTY: CountyWorkflow.run,
}  # fmt: skip

# Of these streams: with what one begins. One that has begun is started again for anything.
BEGINS: dict[str, tuple[type[AnyMessage], ...]] = {
    ids.ASSESSMENT: (RequestAssessment, RecordResult),
    ids.BENEFIT: (RequestBenefit, FactsChanged),
    ids.COUNTY: (),  # by no message: by its pack
}


class Fate(StrEnum):
    ANSWERED = "answered"  # the update completed: here is its reply
    GONE = "gone"  # the workflow has ended: it will never take this
    NOT_YET = "not_yet"  # ask again under the same id
    REFUSED = "refused"  # the update itself is broken: asking again will not help


class EngineAway(Exception):
    """The engine did not take a start: no letter's fault. `why` is the status it answered with."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Delivered(NamedTuple):
    fate: Fate
    reply: Reply | None = None
    why: str | None = None


class Gateway:
    def __init__(self, client: Client, stands: Stands, sleeps: Sleeps = lambda _: None) -> None:
        """`stands(stream, key)`: the answer the ledger holds for a message, if it was recorded.

        `sleeps(stream)`: how one that does not run may be started; None for whatever a message does not start.
        """
        self._client = client
        self._stands = stands
        self._sleeps = sleeps

    async def deliver(self, letter: UpdateLetter) -> Delivered:
        """Send an update and wait until it has completed; accepted is not delivered."""
        handle = self._client.get_workflow_handle(letter.workflow_id)
        update = handle.execute_update(  # pyright: ignore[reportUnknownMemberType]  # the SDK's own overload
            letter.message.kind, letter.message, id=letter.message.key, result_type=Reply
        )
        try:
            return await self._answered(update)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return await self._not_running(letter)
            return Delivered(Fate.NOT_YET, why=error.status.name)

    async def _answered(self, update: Awaitable[Reply]) -> Delivered:
        """Raises RPCError: the engine did not take it."""
        try:
            # A case that cannot answer now must not keep the others waiting: it is asked again under the same id.
            reply = await asyncio.wait_for(update, ANSWER_WITHIN.total_seconds())
        except WorkflowUpdateFailedError as error:
            return _failed(error)
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError from None  # it is we who were told to stop
            return Delivered(Fate.NOT_YET, why="timed out")
        return Delivered(Fate.ANSWERED, reply)

    async def _has_ended(self, workflow_id: str) -> bool:
        """Closed for good: not one that has yet to start, nor one that went on as a new run."""
        try:
            description = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError:
            return False
        return description.status is not WorkflowExecutionStatus.RUNNING

    async def _not_running(self, letter: UpdateLetter) -> Delivered:
        """It has ended, perhaps by this very message: what the ledger holds is the answer. Or it has yet to start."""
        sleeping = await asyncio.to_thread(self._sleeps, letter.workflow_id)
        if sleeping is None and not await self._has_ended(letter.workflow_id):
            return Delivered(Fate.NOT_YET, why=RPCStatusCode.NOT_FOUND.name)
        reply = await asyncio.to_thread(self._stands, letter.workflow_id, letter.message.key)
        if reply is not None:
            return Delivered(Fate.ANSWERED, reply)
        if sleeping is not None and _wakes(letter, sleeping):
            return await self._started(letter, sleeping.start)
        return Delivered(Fate.GONE)

    async def _started(self, letter: UpdateLetter, start: CaseStart | CountyStart) -> Delivered:
        """It runs, once more or for the first time, and hears it. With nothing to wait for after it, it ends again."""
        operation: WithStartWorkflowOperation[Any, None] = WithStartWorkflowOperation(
            WRITERS[ids.kind_of(letter.workflow_id)],
            start,
            id=letter.workflow_id,
            task_queue=CASES,
            search_attributes=_attributes(start.county_id, _township_of(start)),
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        update = self._client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType]
            letter.message.kind,
            letter.message,
            start_workflow_operation=operation,
            id=letter.message.key,
            result_type=Reply,
        )
        try:
            return await self._answered(update)
        except RPCError as error:
            return Delivered(Fate.NOT_YET, why=error.status.name)

    async def start_stream(self, letter: StartCase | StartAssessment | StartBenefits | StartCounty) -> None:
        start = (
            CountyStart(county_id=letter.county_id)
            if isinstance(letter, StartCounty)
            else CaseStart(elder_id=letter.elder_id, county_id=letter.county_id, township_id=letter.township_id)
        )
        run = WRITERS[ids.kind_of(letter.workflow_id)]
        await self._start(run, start, letter.workflow_id, letter.county_id, _township_of(start))

    async def start_escalation(self, letter: StartEscalation) -> None:
        await self._start(
            EscalationWorkflow.run, letter, letter.workflow_id, letter.county_id, letter.opened.township_id
        )

    async def start_digest(self, letter: StartDigest) -> None:
        """One that runs or has ended looks at the store again: a text that a restored store lost is sent once more."""
        try:
            await self._client.start_workflow(
                DigestWorkflow.run,
                letter,
                id=ids.digest_workflow(letter.digest_id),
                task_queue=CASES,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            await self._look_again(letter)
        except RPCError as error:
            raise EngineAway(error.status.name) from error

    async def _look_again(self, letter: StartDigest) -> None:
        handle = self._client.get_workflow_handle(ids.digest_workflow(letter.digest_id))
        try:
            await handle.signal(DigestWorkflow.look_again)
        except RPCError as error:  # NOT_FOUND: it ended in between, and its letter starts it when it comes again
            raise EngineAway(error.status.name) from error

    async def engine_at(self) -> datetime | None:
        """The hour the engine had when a worker last asked it for work: at most a minute ago, while one runs.

        None: no worker has asked for some minutes, or the engine does not answer.
        """
        asked = DescribeTaskQueueRequest(
            namespace=self._client.namespace, task_queue=TaskQueue(name=CASES),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )  # fmt: skip
        try:
            answer = await self._client.workflow_service.describe_task_queue(asked, timeout=ANSWER_WITHIN)
        except RPCError:
            return None
        return max((poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers), default=None)

    async def receipt(self, digest_id: str, receipt: Receipt) -> None:
        """Tell a digest what the provider said; a digest that has ended does not need it (the table has it)."""
        handle = self._client.get_workflow_handle(ids.digest_workflow(digest_id))
        try:
            await handle.execute_update(  # pyright: ignore[reportUnknownMemberType]  # the SDK's own overload
                DigestWorkflow.receipt, receipt, id=receipt.key
            )
        except (RPCError, WorkflowUpdateFailedError):
            return

    async def _start(
        self, run: Callable[[Any, Q], Awaitable[None]], start: Q, workflow_id: str, county: str, township: str | None
    ) -> None:
        """A workflow of this id that is open already is the one meant; a closed one may be started again."""
        try:
            await self._client.start_workflow(
                run,
                start,
                id=workflow_id,
                task_queue=CASES,
                search_attributes=_attributes(county, township),
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
                if workflow_id.startswith(ids.ESCALATION)
                else WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise EngineAway(error.status.name) from error


def _wakes(letter: UpdateLetter, sleeping: Sleeping) -> bool:
    """Whether it is started for this."""
    begins = BEGINS.get(ids.kind_of(letter.workflow_id))
    if begins is None:
        return _reopens(letter.message)
    return sleeping.begun or isinstance(letter.message, begins)


def _reopens(message: AnyMessage) -> bool:
    """For which a closed case runs again: to be reopened, or for a visit of the time before it was closed."""
    late = isinstance(message, ReportVisit) and message.channel not in BY_VISITORS
    return late or isinstance(message, ReopenCase)


def _township_of(start: CaseStart | CountyStart) -> str | None:
    """A county's months are of none."""
    return start.township_id if isinstance(start, CaseStart) else None


def _attributes(county: str, township: str | None) -> TypedSearchAttributes:
    place = [SearchAttributePair(TOWNSHIP, township)] if township is not None else []
    return TypedSearchAttributes([SearchAttributePair(COUNTY, county), *place])


def _failed(error: WorkflowUpdateFailedError) -> Delivered:
    cause = error.cause
    kind = cause.type if isinstance(cause, ApplicationError) else None
    if kind == "AcceptedUpdateCompletedWorkflow":
        return Delivered(Fate.NOT_YET, why=kind)
    return Delivered(Fate.REFUSED, why=kind or type(cause).__name__)
