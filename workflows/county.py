"""CountyWorkflow — a county's months, one after the other. Id `county/<county_id>`.

Updates: one of the name of each `models.county_messages.CountyMessage`. Each answers with what was recorded, or why
not. Queries: status (the list in hand: month and stage), wakes_at. It never rests: a run ends only to go on as the
next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from decisions import county
    from models import ids
    from models.county_messages import (
        ApproveList,
        CheckList,
        CountyBriefing,
        CountyMessage,
        CountyQuestion,
        CountyStart,
        DrawList,
        ReturnList,
    )
    from models.events import Event
    from models.messages import Reply, Tick
    from workflows.loop import Desk, never_fails, store_call, store_work


@workflow.defn
class CountyWorkflow:
    @workflow.init
    def __init__(self, start: CountyStart) -> None:
        state = county.State.model_validate_json(start.carried) if start.carried else county.initial(start)
        stream = ids.county_stream(start.county_id)
        self._start = start
        self._desk = Desk(stream, state, county.evolve, self._decide, start.seq, start.head)

    @workflow.run
    async def run(self, start: CountyStart) -> None:
        await never_fails(self._live)
        desk = self._desk
        carried = {"carried": desk.state.model_dump_json(), "seq": desk.seq, "head": desk.head}
        workflow.continue_as_new(start.model_copy(update=carried))

    async def _live(self) -> None:
        desk = self._desk
        if self._start.head is None:
            await desk.catch_up()
        while not workflow.info().is_continue_as_new_suggested():
            await desk.handle(await desk.next(county.next_wakeup))
        await desk.drain()

    async def _decide(self, message: CountyMessage | Tick) -> Sequence[Event]:
        wanted = county.wants(self._desk.state, message, workflow.now())
        briefing = await _looked_up(wanted) if wanted else None
        return county.decide(self._desk.state, message, workflow.now(), briefing)

    @workflow.query
    def status(self) -> dict[str, str]:
        """Where the list in hand stands, by its month."""
        mine = self._desk.state.in_hand
        return {f"{mine.month:%Y-%m}": mine.stage} if mine else {}

    @workflow.query
    def wakes_at(self) -> datetime | None:
        return county.next_wakeup(self._desk.state)

    # Every update only puts its message in the inbox; shape was checked when it was parsed, `decide` refuses.

    @workflow.update
    async def check_list(self, message: CheckList) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def approve_list(self, message: ApproveList) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def return_list(self, message: ReturnList) -> Reply:
        return await self._desk.tell(message)

    @workflow.update
    async def draw_list(self, message: DrawList) -> Reply:
        return await self._desk.tell(message)


async def _looked_up(wanted: CountyQuestion) -> CountyBriefing:
    ask = store_work if wanted.draw or wanted.close or wanted.stands else store_call
    return await ask(LedgerActivities.county, wanted)
