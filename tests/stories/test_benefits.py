"""An elder of 79 on 低保 with a disability gets what the county gives, turns 80, and dies: by rule proposed, by people
decided.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from adapters.sql_resume import resume
from audit.checks import Check
from audit.histories import collect
from audit.invariants import one_execution, run_all
from audit.invariants_post import nothing_missing, texts_once
from audit.replay import replay
from audit.store import ATTEMPTS, Store, snapshot
from audit.timeline import timeline
from decisions.deadlines import civil_day, instant
from models.claim_messages import (
    ApproveBenefit,
    CheckBenefit,
    ConfirmChange,
    FactsChanged,
    RequestBenefit,
    TellDecision,
    WithdrawBenefit,
)
from models.claims import ClaimTrigger, Heard, ToldHow
from models.ids import benefit_stream, case_stream
from models.letters import UpdateLetter
from models.messages import Acknowledge, ConfirmDeath, ReportDeath, Resolve, UndoDeath
from models.tables import ClaimRow, Elder, EntitlementRow, PolicyVersion, StatedFact, WorkItemRow, table_of
from models.values import Channel, DeathSource, Outcome, Role
from policies import pack
from tests.stories.assessing import COUNTY_OFFICER, NOTE, TOWNSHIP, Counter
from tests.stories.audit_county import UNGUARD
from tests.stories.world import LETTERS, PHONES, VOLUNTEER_PHONE, World, at_rest, working
from workflows.benefit import BenefitWorkflow

STREAM = "benefit/E1"
CARE, GIVES_WAY = "care_allowance", "severe_disability_care"
GRID = f"S-{Role.GRID_WORKER.value}"
JANUARY, FEBRUARY, MARCH = (date(2038, month, 1) for month in (1, 2, 3))
CLAIMS, ENTITLEMENTS, ITEMS = table_of(ClaimRow), table_of(EntitlementRow), table_of(WorkItemRow)
RUNNING, COMPLETED = WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    """The county goes by the rules of example-cq; E1 is on 低保, 79 until 15 March, and disabled. Nobody works yet."""
    async with at_rest(tmp_path, tags=("低保",), url=url) as made:
        held = pack.load("example-cq")
        with writing(made.house.engine) as c:
            ours = {"hash": held.hash, "version": held.version, "content": held.content}
            c.execute(update(table_of(PolicyVersion)).values(ours))
            c.execute(update(table_of(Elder)).values(born_on_enc=made.house.sealer.seal("1958-03-15")))
            for n, code, value in ((1, "disability_kind", '"肢体"'), (2, "disability_grade", "1")):
                c.execute(
                    insert(table_of(StatedFact)).values(
                        id=code, elder_id="E1", n=n, code=code, value_enc=made.house.sealer.seal(value),
                        source="certificate", on=date(2030, 5, 1), taken_back=False, stated_by=TOWNSHIP,
                        stated_at=made.clock,
                    )
                )  # fmt: skip
        yield made


def handle(world: World) -> WorkflowHandle[BenefitWorkflow, None]:
    return world.client.get_workflow_handle_for(BenefitWorkflow.run, STREAM)


async def status(world: World) -> WorkflowExecutionStatus | None:
    return (await handle(world).describe()).status


def claim(world: World, code: str = CARE) -> Any:
    with reading(world.house.engine) as connection:
        [row] = connection.execute(select(CLAIMS).where(CLAIMS.c.code == code)).all()
    return row


def gives(world: World) -> list[tuple[Any, ...]]:
    """Row, fen and months of what is paid for care, each with whether it is held and what it waits for."""
    query = select(ENTITLEMENTS).where(ENTITLEMENTS.c.code == CARE).order_by(ENTITLEMENTS.c.from_month)
    with reading(world.house.engine) as connection:
        rows = connection.execute(query).all()
    return [(row.row, row.fen, row.from_month, row.through, row.held, row.waits) for row in rows]


def items(world: World) -> dict[str, str]:
    """What is open on the worklists about benefits: item → role."""
    with reading(world.house.engine) as connection:
        rows = connection.execute(select(ITEMS).where(ITEMS.c.closed_at.is_(None), ITEMS.c.about == CARE)).all()
    return {row.item: row.role for row in rows}


def last_text(world: World, role: Role) -> str:
    return world.texts_to(PHONES[role])[-1]


async def test_from_a_request_to_the_stop_after_a_death(world: World) -> None:
    async with working(world):
        await world.days_pass(0.2)
        counter, case = Counter(world, stream=benefit_stream), Counter(world, stream=case_stream)
        said = await counter.step(RequestBenefit, GRID, code=CARE, trigger=ClaimTrigger.APPLICATION)
        assert said == "ClaimOpened"
        row = claim(world)
        assert (row.stage, row.row, row.fen, row.standing) == ("checking", "class_1", 20000, "stands")
        assert await handle(world).query(BenefitWorkflow.status) == {CARE: "checking"}
        assert items(world) == {"check_benefit": "township_officer"}

        # Nobody checks it: the officer is reminded, then answers for it, and has it done in a new term.
        await world.until(row.due_at - timedelta(hours=12))
        assert "手续还没有办完" in last_text(world, Role.TOWNSHIP_OFFICER)
        await world.until(row.due_at + timedelta(hours=2))
        assert "手续过期没有办" in last_text(world, Role.TOWNSHIP_OFFICER)
        ladder = Counter(world, stream=lambda _: claim(world).escalation_id)
        await ladder.step(Acknowledge, TOWNSHIP)
        assert await ladder.step(Resolve, TOWNSHIP, outcome=Outcome.OTHER, note=NOTE) == "EscalationResolved"
        again = claim(world)
        assert (again.stage, again.escalation_id) == ("checking", None) and again.due_at > row.due_at
        assert [kind for kind, _ in world.ledger(STREAM)][-2:] == ["EscalationEnded", "ClaimProlonged"]

        # Late once more, it is done: that ends the ladder.
        await world.until(again.due_at + timedelta(hours=2))
        said = await counter.step(CheckBenefit, TOWNSHIP, code=CARE)
        assert said == "EscalationWithdrawn ClaimChecked NoticeSkipped ApprovalDue"
        assert (claim(world).notice, items(world)) == ("无依据不公示", {"approve_benefit": "county_officer"})
        assert await counter.step(ApproveBenefit, COUNTY_OFFICER, code=CARE, row="class_1", fen=1) == "other_amount"
        assert await approved(counter) == "ClaimApproved"
        assert gives(world) == [("class_1", 20000, JANUARY, None, False, None)]
        assert (claim(world).decided_by, items(world)) == (COUNTY_OFFICER, {"tell_decision": "township_officer"})
        assert await told(world, counter) == "DecisionTold"
        assert (claim(world).stage, claim(world).told_on, items(world)) == ("ended", civil_day(world.clock), {})

        # In the month of the birthday another row gives it, and an allowance nobody asked for is found out.
        await visited_until(world, MARCH + timedelta(days=1))
        assert gives(world)[-1] == ("class_1", 20000, JANUARY, None, False, "changing")
        assert (claim(world, "old_age").trigger, claim(world, "old_age").fen) == ("discovered", 10000)
        assert await counter.step(ConfirmChange, COUNTY_OFFICER, code=CARE, row="class_2", fen=20000) == (
            "EntitlementChanged"
        )
        paid = ("class_1", 20000, JANUARY, FEBRUARY, False, None)
        assert gives(world) == [paid, ("class_2", 20000, MARCH, None, False, None)]

        # A report of a death holds what is paid; confirmed, its end is proposed, and what is claimed ends.
        await world.until(instant(date(2038, 3, 10)))
        await case.step(ReportDeath, TOWNSHIP)
        assert [row[4:] for row in gives(world)] == [(False, None), (True, None)]
        confirmed = {"died_on": date(2038, 3, 9), "source": DeathSource.CREMATION}
        assert "DeathConfirmed" in await case.step(ConfirmDeath, COUNTY_OFFICER, **confirmed)
        assert [row[4:] for row in gives(world)] == [(False, None), (True, "changing")]
        assert (claim(world, "old_age").stage, claim(world, "old_age").decision) == ("ended", "ended")
        assert items(world) == {"change_benefit": "county_officer"}
        stopped = await counter.step(ConfirmChange, COUNTY_OFFICER, code=CARE, row=None, fen=None)
        assert stopped == "ElderPlaced EntitlementStopped"  # there is no case any more
        assert gives(world) == [paid, ("class_2", 20000, MARCH, MARCH, False, "telling")]
        assert await status(world) is RUNNING
        assert await told(world, counter) == "DecisionTold"
        assert (await status(world), items(world)) == (COMPLETED, {})

        store = Store(world.house.engine, world.house.sealer)
        witnesses = await replay(await collect(world.client, store), world.house.converter)
        assert {STREAM, "case/E1"} <= {witness.run.workflow_id for witness in witnesses}
        checks = await asyncio.to_thread(run_all, store, witnesses, as_of=world.clock)
        assert {check.name: check.offending for check in checks if check.offending} == {}
        lines = [line.text for line in timeline(store, "E1") if line.evidence.startswith(STREAM)]
        assert all(line.startswith("【待遇】") and not line[4].isascii() for line in lines)
        assert "批准经济困难的高龄失能老年人养老服务补贴，1月起每月200.00元（class_1）" in "".join(lines)


async def test_what_never_began_has_nothing_to_hold_and_begins_with_what_changed(world: World) -> None:
    async with working(world):
        await world.days_pass(0.2)
        counter, case = Counter(world, stream=benefit_stream), Counter(world, stream=case_stream)
        assert await counter.step(CheckBenefit, TOWNSHIP, code=CARE) == "no_benefits"
        await case.step(ReportDeath, TOWNSHIP)
        await world.until(world.clock + timedelta(minutes=1))  # so that a text has gone, which is looked at
        await case.step(UndoDeath, TOWNSHIP, note=NOTE)
        with reading(world.house.engine) as connection:
            letters = connection.execute(select(LETTERS).where(LETTERS.c.workflow_id == STREAM)).all()
        assert [(row.state, row.why) for row in letters] == [("delivered", "no_benefits")] * 3
        with pytest.raises(RPCError) as nobody:
            await handle(world).describe()
        assert nobody.value.status is RPCStatusCode.NOT_FOUND and world.ledger(STREAM) == []

        await facts_changed(world)
        assert (claim(world).trigger, claim(world).stage) == ("discovered", "checking")
        assert await counter.step(WithdrawBenefit, GRID, code=CARE, note=NOTE) == "ClaimWithdrawn"
        assert (await status(world), items(world)) == (COMPLETED, {})
        assert await counter.step(CheckBenefit, TOWNSHIP, code=CARE) == "no_claim"  # begun, they answer for themselves
        assert await status(world) is COMPLETED

        # Given up, it is not found out again; what gave way to it is.
        await facts_changed(world)
        assert (claim(world).n, claim(world).decision) == (1, "withdrawn")
        assert (claim(world, GIVES_WAY).trigger, claim(world, GIVES_WAY).fen) == ("discovered", 8000)
        await world.days_pass(1)
        assert await status(world) is RUNNING and offences(world) == []


async def facts_changed(world: World) -> None:
    """As a scan of the register would say."""
    message = FactsChanged(
        key=f"scan-{world.clock.isoformat()}", actor=world.actor(Role.TOWNSHIP_OFFICER), channel=Channel.CONSOLE,
        received_at=world.clock, heard=Heard.REGISTER,
    )  # fmt: skip
    letter = UpdateLetter(workflow_id=STREAM, elder_id="E1", message=message)
    with writing(world.house.engine) as connection:
        insert_letter(connection, world.house.sealer, message.key, letter, world.clock, received_at=world.clock)
    await world.settle()
    await world.until(world.clock + timedelta(minutes=1))


async def test_a_lost_run_is_missed_and_started_again_where_the_ledger_is(world: World) -> None:
    async with working(world):
        await world.days_pass(0.2)
        counter = Counter(world, stream=benefit_stream)
        await counter.step(RequestBenefit, GRID, code=CARE, trigger=ClaimTrigger.APPLICATION)
        await counter.step(CheckBenefit, TOWNSHIP, code=CARE)
        assert (await running(world)).offending == ()
        await handle(world).terminate("as if the engine had been lost")
        assert (await running(world)).offending == (f"{STREAM}：在运行的待遇有0个",)

        assert resume(world.house.engine, world.house.sealer, world.clock).benefits == 1
        await world.settle()
        assert await status(world) is RUNNING and (await running(world)).offending == ()
        assert await handle(world).query(BenefitWorkflow.status) == {CARE: "approving"}
        assert await handle(world).query(BenefitWorkflow.wakes_at) is not None
        assert await approved(counter) == "ClaimApproved"
        await told(world, counter)
        assert await status(world) is RUNNING  # it is paid, and looked at every month


async def running(world: World) -> Check:
    store = Store(world.house.engine, world.house.sealer)
    witnesses = await replay(await collect(world.client, store), world.house.converter)
    with snapshot(store) as held:
        return one_execution(held, witnesses, world.clock, world.clock)


async def test_an_officer_who_is_reminded_after_the_step_was_done_is_a_broken_promise(world: World) -> None:
    async with working(world):
        await world.days_pass(0.2)
        counter = Counter(world, stream=benefit_stream)
        await counter.step(RequestBenefit, GRID, code=CARE, trigger=ClaimTrigger.APPLICATION)
        await world.until(claim(world).due_at - timedelta(hours=3))
        with reading(world.house.engine) as connection:
            told_of = (LETTERS.c.recipient_id == TOWNSHIP, LETTERS.c.state == "gathered")
            [digest] = connection.execute(select(LETTERS.c.digest_id).where(*told_of)).scalars()
        await counter.step(CheckBenefit, TOWNSHIP, code=CARE)
        assert offences(world) == []
        with writing(world.house.engine) as connection:
            for drop in UNGUARD[connection.dialect.name]:
                connection.execute(text(drop.format("send_attempt")))
            sent = ATTEMPTS.c.digest_id == digest
            connection.execute(update(ATTEMPTS).where(sent).values(at=world.clock + timedelta(hours=1)))
        assert f"{digest}：事由已不在才发" in offences(world)


def offences(world: World) -> list[str]:
    with snapshot(Store(world.house.engine, world.house.sealer)) as held:
        checks = [promise(held, world.clock) for promise in (texts_once, nothing_missing)]
    assert all(check.examined for check in checks)
    return [offence for check in checks for offence in check.offending]


async def visited_until(world: World, day: date) -> None:
    """The volunteer goes every month, so nobody climbs a ladder for a visit."""
    while civil_day(world.clock) < day:
        world.text(VOLUNTEER_PHONE, "601")
        await world.until(min(world.clock + timedelta(days=3), instant(day)))


async def approved(counter: Counter) -> str:
    return await counter.step(ApproveBenefit, COUNTY_OFFICER, code=CARE, row="class_1", fen=20000)


async def told(world: World, counter: Counter) -> str:
    today = civil_day(world.clock)
    return await counter.step(TellDecision, TOWNSHIP, code=CARE, told_on=today, how=ToldHow.HANDED)
