"""BenefitWorkflow — all benefits of one elder, while there is something to wait for. Id `benefit/<elder_id>`.

Updates: one of the name of each `models.claim_messages.BenefitMessage`. Each answers with what was recorded, or why
not. Queries: status (what is waited for), wakes_at. A run ends when it rests; the next message starts one that folds
the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import claims
    from models import ids
    from models.claim_messages import (
        ApproveBenefit,
        AskPapers,
        BenefitMessage,
        CheckBenefit,
        ChooseBenefit,
        ConfirmChange,
        ConfirmListed,
        DecideObjection,
        EndBenefits,
        FactsChanged,
        HandInPapers,
        HoldBenefits,
        KeepBenefit,
        ObjectBenefit,
        PostNotice,
        RefuseBenefit,
        ReleaseBenefits,
        RequestBenefit,
        ReturnBenefit,
        ReviewBenefit,
        StopBenefit,
        TellDecision,
        WithdrawBenefit,
    )
    from models.events import Event
    from models.messages import CaseStart, EscalationClosed, Reply, Tick
    from workflows.loop import Desk, never_fails, store_call


@workflow.defn
class BenefitWorkflow:
    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        state = claims.State.model_validate_json(start.carried) if start.carried else claims.initial(start)
        stream = ids.benefit_stream(start.elder_id)
        self._start = start
        self._desk = Desk(stream, state, claims.evolve, self._decide, start.seq, start.head)

    @workflow.run
    async def run(self, start: CaseStart) -> None:
        await never_fails(self._live)
        desk = self._desk
        if not claims.rests(desk.state):
            carried = {"carried": desk.state.model_dump_json(), "seq": desk.seq, "head": desk.head}
            workflow.continue_as_new(start.model_copy(update=carried))

    async def _live(self) -> None:
        desk = self._desk
        if self._start.head is None:
            await desk.catch_up()
        while self._has_work() and not workflow.info().is_continue_as_new_suggested():
            await desk.handle(await desk.next(claims.next_wakeup))
        await desk.drain()

    def _has_work(self) -> bool:
        return bool(self._desk.inbox) or not claims.rests(self._desk.state)

    async def _decide(self, message: BenefitMessage | Tick) -> Sequence[Event]:
        now = workflow.now()  # the month that is looked up is the month that is decided, however long the store is away
        wanted = claims.wants(self._desk.state, message, now)
        briefing = await store_call(LedgerActivities.benefits, wanted) if wanted else None
        return claims.decide(self._desk.state, message, now, briefing)

    @workflow.query
    def status(self) -> dict[str, str]:
        """What each benefit waits for, by its code; of claim and entitlement the claim's."""
        waiting = reversed(list(self._desk.state.steps()))
        return {of.code: step.stage.value for of, step in waiting}

    @workflow.query
    def wakes_at(self) -> datetime | None:
        return claims.next_wakeup(self._desk.state)

    # Every update only puts its message in the inbox; shape was checked when it was parsed, `decide` refuses.

    @workflow.update
    async def request_benefit(self, message: RequestBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def ask_papers(self, message: AskPapers) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def hand_in_papers(self, message: HandInPapers) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def check_benefit(self, message: CheckBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def post_notice(self, message: PostNotice) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def object_benefit(self, message: ObjectBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def decide_objection(self, message: DecideObjection) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def choose_benefit(self, message: ChooseBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def approve_benefit(self, message: ApproveBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def refuse_benefit(self, message: RefuseBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def return_benefit(self, message: ReturnBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def withdraw_benefit(self, message: WithdrawBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def tell_decision(self, message: TellDecision) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def confirm_change(self, message: ConfirmChange) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def confirm_listed(self, message: ConfirmListed) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def keep_benefit(self, message: KeepBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def stop_benefit(self, message: StopBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def review_benefit(self, message: ReviewBenefit) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def facts_changed(self, message: FactsChanged) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def hold_benefits(self, message: HoldBenefits) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def release_benefits(self, message: ReleaseBenefits) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def end_benefits(self, message: EndBenefits) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def escalation_closed(self, message: EscalationClosed) -> Reply:
        return await self._desk.tell(message)
