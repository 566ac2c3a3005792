"""EscalationWorkflow — one missed visit, risk or death to confirm, until a named person has dealt with it.

Id `escalation/<elder_id>/<cause_id>`. Updates: acknowledge, resolve, extend, reassign_owner, withdraw. Query: status.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import escalation
    from models.events import Event
    from models.letters import StartEscalation
    from models.messages import (
        Acknowledge,
        EscalationMessage,
        Extend,
        Owner,
        OwnerQuestion,
        ReassignOwner,
        Reply,
        Resolve,
        Tick,
        Withdraw,
    )
    from workflows.loop import Desk, never_fails, store_call


@workflow.defn
class EscalationWorkflow:
    @workflow.init
    def __init__(self, start: StartEscalation) -> None:
        state = escalation.initial(start, start.workflow_id)
        self._desk = Desk(start.workflow_id, state, escalation.evolve, self._decide)

    @workflow.run
    async def run(self, start: StartEscalation) -> None:
        await never_fails(self._live)

    async def _live(self) -> None:
        desk = self._desk
        await desk.catch_up()
        while not desk.state.ended:
            await desk.handle(await desk.next(escalation.next_wakeup))
        await desk.drain()

    async def _decide(self, message: EscalationMessage | Tick) -> Sequence[Event]:
        state = self._desk.state
        if isinstance(message, Tick):
            rung = escalation.wanted_rung(state, workflow.now())
            owner = await self._look_up(rung) if rung is not None else None
            message = message.model_copy(update={"owner": owner})
        return escalation.decide(state, message, workflow.now())

    async def _look_up(self, rung: int) -> Owner:
        """Who answers at the rung that is due."""
        state = self._desk.state
        question = OwnerQuestion(
            township_id=state.township_id,
            village_id=state.village_id,
            roles=tuple(level.role for level in state.ladder),
            rung=rung,
            at=workflow.now(),
        )
        return await store_call(LedgerActivities.owner, question)

    @workflow.query
    def status(self) -> str:
        return "ended" if self._desk.state.ended else f"rung {self._desk.state.rung}"

    @workflow.query
    def climbs_at(self) -> datetime | None:
        return escalation.next_wakeup(self._desk.state)

    @workflow.update
    async def acknowledge(self, message: Acknowledge) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def resolve(self, message: Resolve) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def extend(self, message: Extend) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def reassign_owner(self, message: ReassignOwner) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def withdraw(self, message: Withdraw) -> Reply:
        return await self._desk.tell(message)
