"""AssessmentWorkflow — all assessments of one elder, while there is something to wait for. Id `assessment/<elder_id>`.

Updates: request_assessment, name_assessors, submit_sheet, confirm_sheet, settle_sheet, record_result, confirm_level,
return_sheet, refuse_assessment, object_level, end_assessment, escalation_closed. Each answers with what was recorded,
or why not. Queries: status, wakes_at. A run ends when it rests; the next message starts one that folds the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import assessment
    from models import ids
    from models.assessment_messages import (
        AssessmentMessage,
        ConfirmLevel,
        ConfirmSheet,
        EndAssessment,
        NameAssessors,
        ObjectLevel,
        RecordResult,
        RefuseAssessment,
        RequestAssessment,
        ReturnSheet,
        SettleSheet,
        SubmitSheet,
    )
    from models.events import Event
    from models.messages import CaseStart, EscalationClosed, Reply, Tick
    from workflows.loop import Desk, never_fails, store_call


@workflow.defn
class AssessmentWorkflow:
    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        state = assessment.State.model_validate_json(start.carried) if start.carried else assessment.initial(start)
        stream = ids.assessment_stream(start.elder_id)
        self._start = start
        self._desk = Desk(stream, state, assessment.evolve, self._decide, start.seq, start.head)

    @workflow.run
    async def run(self, start: CaseStart) -> None:
        await never_fails(self._live)
        desk = self._desk
        if not assessment.rests(desk.state):
            carried = {"carried": desk.state.model_dump_json(), "seq": desk.seq, "head": desk.head}
            workflow.continue_as_new(start.model_copy(update=carried))

    async def _live(self) -> None:
        desk = self._desk
        if self._start.head is None:
            await desk.catch_up()
        while self._has_work() and not workflow.info().is_continue_as_new_suggested():
            await desk.handle(await desk.next(assessment.next_wakeup))
        await desk.drain()

    def _has_work(self) -> bool:
        return bool(self._desk.inbox) or not assessment.rests(self._desk.state)

    async def _decide(self, message: AssessmentMessage | Tick) -> Sequence[Event]:
        wanted = assessment.wants(self._desk.state, message, workflow.now())
        briefing = await store_call(LedgerActivities.assess, wanted) if wanted else None
        return assessment.decide(self._desk.state, message, workflow.now(), briefing)

    @workflow.query
    def status(self) -> str:
        return self._desk.state.stage.value

    @workflow.query
    def wakes_at(self) -> datetime | None:
        return assessment.next_wakeup(self._desk.state)

    # Every update only puts its message in the inbox; shape was checked when it was parsed, `decide` refuses.

    @workflow.update
    async def request_assessment(self, message: RequestAssessment) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def name_assessors(self, message: NameAssessors) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def submit_sheet(self, message: SubmitSheet) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def confirm_sheet(self, message: ConfirmSheet) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def settle_sheet(self, message: SettleSheet) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def record_result(self, message: RecordResult) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def confirm_level(self, message: ConfirmLevel) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def return_sheet(self, message: ReturnSheet) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def refuse_assessment(self, message: RefuseAssessment) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def object_level(self, message: ObjectLevel) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def end_assessment(self, message: EndAssessment) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def escalation_closed(self, message: EscalationClosed) -> Reply:
        return await self._desk.tell(message)
