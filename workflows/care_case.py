"""CareCaseWorkflow — one elder's case, from enrolment to closing. Id `case/<elder_id>`.

Updates: report_visit, report_danger, correct_report, request_visit, change_circumstances, suspend, confirm_suspension,
resume, record_refusal, report_death, confirm_death, undo_death, close, reopen, place_changed, reassign,
escalation_closed, care_level_decided, message_undeliverable. Each answers with what was recorded, or why not. Query:
status.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import care_case
    from decisions.care_case import State
    from decisions.edition import under
    from models import ids
    from models.digests import policy_digest
    from models.events import Event
    from models.messages import (
        BriefingQuestion,
        CareLevelDecided,
        CaseMessage,
        CaseStart,
        ChangeCircumstances,
        CloseCase,
        ConfirmDeath,
        ConfirmSuspension,
        CorrectReport,
        EscalationClosed,
        MessageUndeliverable,
        PeriodBriefing,
        PlaceChanged,
        Reassign,
        RecordRefusal,
        ReopenCase,
        Reply,
        ReportDanger,
        ReportDeath,
        ReportVisit,
        RequestVisit,
        Resume,
        Suspend,
        Tick,
        UndoDeath,
        Wanted,
    )
    from models.values import CaseStatus, VisitKind
    from workflows import options
    from workflows.loop import Desk, never_fails, store_call


@workflow.defn
class CareCaseWorkflow:
    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        state = (
            State.model_validate_json(start.carried)
            if start.carried
            else State(elder_id=start.elder_id, county_id=start.county_id, township_id=start.township_id)
        )
        self._start = start
        self._desk = Desk(ids.case_stream(start.elder_id), state, care_case.evolve, self._decide, start.seq, start.head)

    @workflow.run
    async def run(self, start: CaseStart) -> None:
        await never_fails(self._live)
        if self._desk.state.status is not CaseStatus.CLOSED:
            workflow.continue_as_new(
                start.model_copy(
                    update={
                        "carried": self._desk.state.model_dump_json(),
                        "seq": self._desk.seq,
                        "head": self._desk.head,
                    }
                )
            )

    async def _live(self) -> None:
        desk = self._desk
        if self._start.head is None:
            await desk.catch_up()
        while desk.state.status is not CaseStatus.CLOSED and not self._volume_is_full():
            pending = await desk.next(self._wakes_at)
            if pending is not None or not self._volume_ends():
                await desk.handle(pending)
        await desk.drain()

    async def _decide(self, message: CaseMessage | Tick) -> Sequence[Event]:
        state = self._desk.state
        wanted = care_case.wants(state, message, workflow.now())
        briefing = await self._look_up(wanted) if wanted else None
        return care_case.decide(state, message, workflow.now(), briefing)

    async def _look_up(self, wanted: Wanted) -> PeriodBriefing:
        state = self._desk.state
        question = BriefingQuestion(
            elder_id=state.elder_id, at=workflow.now(), known_policy=policy_digest(state.policy), wanted=wanted
        )
        return await store_call(LedgerActivities.brief, question)

    def _wakes_at(self, state: State) -> datetime | None:
        wakes_at, turns_at = care_case.next_wakeup(state), self._turns_at()
        return min(wakes_at, turns_at) if wakes_at and turns_at else wakes_at

    def _volume_is_full(self) -> bool:
        """One run, one volume: at the first period end after a year, or when the engine asks."""
        if self._volume_ends():
            return True
        if any(visit.kind is VisitKind.SCHEDULED for visit in self._desk.state.open_visits()):
            return False
        return under(self._desk.state.edition, {1: self._is_old(), 2: False}) or (
            workflow.info().is_continue_as_new_suggested()
        )

    def _volume_ends(self) -> bool:
        turns_at = self._turns_at()
        return turns_at is not None and turns_at <= workflow.now()

    def _turns_at(self) -> datetime | None:
        """The end of the period in hand, where this run is a year old by then; no end is awaited before edition 2."""
        period = under(self._desk.state.edition, {1: None, 2: self._desk.state.period})
        if period is None or period.ends_at - workflow.info().workflow_start_time < options.VOLUME:
            return None
        return period.ends_at

    def _is_old(self) -> bool:
        return workflow.now() - workflow.info().workflow_start_time >= options.VOLUME

    @workflow.query
    def status(self) -> str:
        return self._desk.state.status.value

    @workflow.query
    def wakes_at(self) -> datetime | None:
        return care_case.next_wakeup(self._desk.state)

    # Every update only puts its message in the inbox; shape was checked when it was parsed, `decide` refuses.

    @workflow.update
    async def report_visit(self, message: ReportVisit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def report_danger(self, message: ReportDanger) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def correct_report(self, message: CorrectReport) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def request_visit(self, message: RequestVisit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def change_circumstances(self, message: ChangeCircumstances) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def suspend(self, message: Suspend) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def confirm_suspension(self, message: ConfirmSuspension) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def resume(self, message: Resume) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def record_refusal(self, message: RecordRefusal) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def report_death(self, message: ReportDeath) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def confirm_death(self, message: ConfirmDeath) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def undo_death(self, message: UndoDeath) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def close(self, message: CloseCase) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def reopen(self, message: ReopenCase) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def place_changed(self, message: PlaceChanged) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def reassign(self, message: Reassign) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def escalation_closed(self, message: EscalationClosed) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def care_level_decided(self, message: CareLevelDecided) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def message_undeliverable(self, message: MessageUndeliverable) -> Reply:
        return await self._desk.tell(message)
