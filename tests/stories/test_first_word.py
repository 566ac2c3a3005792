"""A message may come before a workflow has done anything: it is answered after the first step, not instead of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.events import EscalationOpened
from models.letters import StartEscalation
from models.messages import Withdraw
from models.values import Actor, ActorKind, Channel, EscalationCause, Outcome, Role, Urgency
from tests.decisions.case_player import fengjie
from tests.stories.world import at_rest, working
from workflows.escalation import EscalationWorkflow
from workflows.options import CASES

VISITOR = Actor(id="V-1", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)
STREAM = "escalation/E1/2026-03"


async def test_an_escalation_withdrawn_before_its_first_step_starts_and_ends(tmp_path: Path) -> None:
    async with at_rest(tmp_path) as world:
        opened = EscalationOpened(
            happened_at=world.clock, actor=VISITOR, channel=Channel.ENGINE, cause="tick/1", policy_version="1",
            policy_hash="0" * 64, escalation_id=STREAM, cause_of=EscalationCause.OVERDUE, urgency=Urgency.ORDINARY,
            visit_id=None, first_role=None, ends_at=None, township_id="T1", village_id="W1",
        )  # fmt: skip
        start = StartEscalation(
            workflow_id=STREAM, elder_id="E1", county_id="county-fengjie", opened=opened, policy=fengjie()
        )
        handle = await world.client.start_workflow(EscalationWorkflow.run, start, id=STREAM, task_queue=CASES)
        message = Withdraw(
            key="report-1", actor=VISITOR, channel=Channel.SMS, received_at=world.clock,
            outcome=Outcome.REPORTED_BY_VISITOR, resolved_by=VISITOR,
        )  # fmt: skip
        told = asyncio.create_task(handle.execute_update(EscalationWorkflow.withdraw, message, id="report-1"))
        await asyncio.sleep(0)  # the update is on its way before any worker is there
        async with working(world), asyncio.timeout(60):  # without the first step it would wait for ever
            assert (await told).accepted
            await handle.result()
    kinds = [kind for kind, _ in world.ledger(STREAM)]
    assert kinds == ["EscalationStarted", "RungReached", "EscalationResolved"]
