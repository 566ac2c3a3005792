"""EscalationWorkflow — one missed visit, risk or death to confirm, until a named person has dealt with it.

Id `escalation/<elder_id>/<cause_id>`. Updates: acknowledge, resolve, extend, reassign_owner, withdraw. Query: status.
"""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import escalation
    from decisions.case_time import tick_key
    from models.letters import StartEscalation
    from models.messages import (
        Acknowledge,
        EscalationMessage,
        Extend,
        Message,
        OwnerQuestion,
        ReassignOwner,
        Reply,
        Resolve,
        Tick,
        Withdraw,
    )
    from workflows.loop import Desk, Pending, answer, never_fails, store_call


@workflow.defn
class EscalationWorkflow:
    @workflow.init
    def __init__(self, start: StartEscalation) -> None:
        state = escalation.initial(start, start.workflow_id)
        self._desk = Desk(start.workflow_id, state, escalation.evolve)

    @workflow.run
    async def run(self, start: StartEscalation) -> None:
        await never_fails(self._live)

    async def _live(self) -> None:
        desk = self._desk
        await desk.catch_up()
        while not desk.state.ended:
            wakeup = escalation.next_wakeup(desk.state) or workflow.now()
            await self._handle(await desk.next(wakeup))
        await desk.drain(self._handle)

    async def _handle(self, pending: Pending | None) -> None:
        if pending is None:
            if not await self._decide(await self._tick()):
                self._desk.rest()
            return
        message: Message = pending.message
        while pending.reply is None:
            if not self._desk.state.started:
                await self._handle(None)  # a message may come before the first rung was asked
                continue
            known = self._desk.state.reply_to(message.key)
            pending.reply = known or await self._decide(message)  # pyright: ignore[reportArgumentType]

    async def _decide(self, message: EscalationMessage | Tick) -> Reply | None:
        desk = self._desk
        events = escalation.decide(desk.state, message, workflow.now())
        stood = await desk.commit(message.key, events) if events else None
        return None if stood is None else answer(message.key, desk.state.reply_to(message.key), stood)

    async def _tick(self) -> Tick:
        """Time has come: look up who answers at the rung that is due."""
        state = self._desk.state
        key = tick_key(self._desk.seq)
        rung = escalation.wanted_rung(state, workflow.now())
        if rung is None:
            return Tick(key=key)
        question = OwnerQuestion(
            township_id=state.township_id,
            village_id=state.village_id,
            roles=tuple(level.role for level in state.ladder),
            rung=rung,
            at=workflow.now(),
        )
        return Tick(key=key, owner=await store_call(LedgerActivities.owner, question))

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
