"""The stories whose histories are kept: played on a real engine by `make_golden.py` once, then only replayed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from decisions.deadlines import civil_day
from models.ability import AbilityLevel
from models.assessment import Disputed, Trigger
from models.assessment_messages import (
    ConfirmLevel,
    ConfirmSheet,
    NameAssessors,
    ObjectLevel,
    RequestAssessment,
    SettleSheet,
    SubmitSheet,
)
from models.claim_messages import (
    ApproveBenefit,
    CheckBenefit,
    ConfirmChange,
    DecideObjection,
    ObjectBenefit,
    PostNotice,
    RequestBenefit,
    TellDecision,
    WithdrawBenefit,
)
from models.claims import ClaimTrigger, ToldHow
from models.county_messages import DrawList, ReturnList
from models.ids import benefit_stream, case_stream
from models.messages import Acknowledge, ConfirmDeath, ConfirmSuspension, ReportDeath, Resolve, Suspend
from models.values import Channel, DeathSource, Outcome, Role, SuspendReason
from tests.stories.assessing import COUNTY_OFFICER, NOTE, TOWNSHIP, Counter, rounds, settle_in
from tests.stories.benefits import APPROVER, BORN, CARD, CARE, SINCE, claims, state_facts
from tests.stories.benefits import settle_in as with_benefits
from tests.stories.paying import STREAM, Months, lists
from tests.stories.world import VOLUNTEER_PHONE, World

Story = Callable[[World], Awaitable[list[str]]]


async def ordinary(world: World) -> list[str]:
    """Asked, answered; the next month asked, silent, reminded, overdue, answered late."""
    while not world.texts_to(VOLUNTEER_PHONE):
        await world.days_pass(1)
    world.text(VOLUNTEER_PHONE, "601")
    await world.days_pass(31)
    while not world.escalations():
        await world.days_pass(1)
    world.text(VOLUNTEER_PHONE, "601")
    await world.days_pass(2)
    return ["case/E1", *world.escalations()]


async def ladder(world: World) -> list[str]:
    """Silence, the ladder, an acknowledgement that is forgotten, the township officer resolves."""
    while not world.escalations():
        await world.days_pass(1)
    (escalation,) = world.escalations()
    head = {"channel": Channel.CONSOLE, "received_at": world.clock}
    acknowledged = Acknowledge(key="ack", actor=world.actor(Role.GRID_WORKER), **head)
    handle = world.client.get_workflow_handle(escalation)
    await handle.execute_update("acknowledge", acknowledged, id="ack")
    await world.days_pass(3)
    resolved = Resolve(
        key="resolve", actor=world.actor(Role.TOWNSHIP_OFFICER), channel=Channel.CONSOLE, received_at=world.clock,
        outcome=Outcome.VISITED, visited_on=civil_day(world.clock), visited_at=world.clock,
    )  # fmt: skip
    await handle.execute_update("resolve", resolved, id="resolve")
    await world.days_pass(1)
    return ["case/E1", escalation]


async def suspended_and_dead(world: World) -> list[str]:
    """A hospital stay that ends by itself, then a death reported by text and confirmed."""
    await world.days_pass(40)
    handle = world.client.get_workflow_handle("case/E1")
    suspend = Suspend(
        key="suspend", actor=world.actor(Role.VILLAGE_ASSISTANT), channel=Channel.CONSOLE, received_at=world.clock,
        reason=SuspendReason.HOSPITAL, review_on=civil_day(world.clock + timedelta(days=20)),
    )  # fmt: skip
    await handle.execute_update("suspend", suspend, id="suspend")
    confirm = ConfirmSuspension(
        key="confirm", actor=world.actor(Role.TOWNSHIP_OFFICER), channel=Channel.CONSOLE, received_at=world.clock
    )
    await handle.execute_update("confirm_suspension", confirm, id="confirm")
    await world.days_pass(35)
    report = ReportDeath(
        key="death", actor=world.actor(Role.GRID_WORKER), channel=Channel.CONSOLE, received_at=world.clock
    )
    await handle.execute_update("report_death", report, id="death")
    await world.settle()
    confirmed = ConfirmDeath(
        key="dead", actor=world.actor(Role.TOWNSHIP_OFFICER), channel=Channel.CONSOLE, received_at=world.clock,
        died_on=civil_day(world.clock), source="村医证明",
    )  # fmt: skip
    await handle.execute_update("confirm_death", confirmed, id="dead")
    await world.settle()
    return ["case/E1"]


async def objected(world: World) -> list[str]:
    """An assessment that nobody took up in time, a dispute on the sheet, a level; an objection, and others assess."""
    settle_in(world)
    counter = Counter(world)
    await counter.step(RequestAssessment, TOWNSHIP, trigger=Trigger.APPLICATION)
    await world.until(rounds(world)[-1].due_at + timedelta(hours=1))
    await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
    await world.days_pass(2)
    await counter.step(SubmitSheet, "A-1", sheet=counter.sheet(46))
    differs = Disputed(item="B.1.1", first=4, second=3)
    await counter.step(ConfirmSheet, "A-2", disputed=(differs,))
    settled = differs.model_copy(update={"settled": 3, "reason": NOTE})
    await counter.step(SettleSheet, "A-1", settled=(settled,))
    await counter.step(ConfirmLevel, COUNTY_OFFICER, level=AbilityLevel.SEVERE)
    await world.days_pass(5)
    await counter.step(ObjectLevel, TOWNSHIP, note=NOTE)
    await counter.step(NameAssessors, TOWNSHIP, first="A-3", second="A-4")
    await world.days_pass(3)
    await counter.step(SubmitSheet, "A-3", sheet=counter.sheet(50, "A-3", "A-4"))
    await counter.step(ConfirmSheet, "A-4")
    await counter.step(ConfirmLevel, COUNTY_OFFICER, level=AbilityLevel.MODERATE)
    await world.days_pass(1)
    return ["assessment/E1", "case/E1", *world.escalations()]


async def paid_until_death(world: World) -> list[str]:
    """A benefit asked for, late, approved; 80 in the second month; a death told long after, and the stop."""
    with_benefits(world)
    state_facts(world, "E1", SINCE, disability_kind="肢体", disability_grade=1)
    counter, case = Counter(world, stream=benefit_stream), Counter(world, stream=case_stream)
    await counter.step(RequestBenefit, TOWNSHIP, code=CARD, trigger=ClaimTrigger.APPLICATION)
    await counter.step(WithdrawBenefit, TOWNSHIP, code=CARD, note=NOTE)
    await counter.step(RequestBenefit, TOWNSHIP, code=CARE, trigger=ClaimTrigger.APPLICATION)
    await world.until(claims(world)[CARE].due_at + timedelta(hours=1))
    await counter.step(CheckBenefit, TOWNSHIP, code=CARE)
    await counter.step(PostNotice, TOWNSHIP, code=CARE, posted_on=civil_day(world.clock), proof=NOTE)
    await counter.step(ObjectBenefit, TOWNSHIP, code=CARE, note=NOTE)
    await counter.step(DecideObjection, COUNTY_OFFICER, code=CARE, upheld=False, note=NOTE)
    await world.days_pass(10)
    proposed = {"row": claims(world)[CARE].row, "fen": claims(world)[CARE].fen}
    await counter.step(ApproveBenefit, APPROVER, code=CARE, **proposed)
    await counter.step(TellDecision, TOWNSHIP, code=CARE, told_on=civil_day(world.clock), how=ToldHow.HANDED)
    await world.days_pass(40)
    await case.step(ReportDeath, TOWNSHIP)
    confirmed = {"died_on": civil_day(world.clock) - timedelta(days=20), "source": DeathSource.CREMATION}
    await case.step(ConfirmDeath, COUNTY_OFFICER, **confirmed)
    await world.days_pass(1)
    await counter.step(ConfirmChange, APPROVER, code=CARE, row=None, fen=None)
    await counter.step(TellDecision, TOWNSHIP, code=CARE, told_on=civil_day(world.clock), how=ToldHow.AGENT)
    return ["benefit/E1"]


async def rolled_by_age(world: World) -> list[str]:
    """80 while it is paid: another row, proposed, on the list of that month, approved with it by the list's approver.

    The list is looked at late, returned once and drawn again.
    """
    with_benefits(world)
    state_facts(world, "E1", SINCE, disability_kind="肢体", disability_grade=1)
    world.house.counties.begin(world.clock)
    await world.settle()
    counter, months = Counter(world, stream=benefit_stream), Months(world)
    await counter.step(RequestBenefit, TOWNSHIP, code=CARE, trigger=ClaimTrigger.APPLICATION)
    await counter.step(CheckBenefit, TOWNSHIP, code=CARE)
    await counter.step(PostNotice, TOWNSHIP, code=CARE, posted_on=civil_day(world.clock), proof=NOTE)
    await world.days_pass(10)
    proposed = {"row": claims(world)[CARE].row, "fen": claims(world)[CARE].fen}
    await counter.step(ApproveBenefit, APPROVER, code=CARE, **proposed)
    await counter.step(TellDecision, TOWNSHIP, code=CARE, told_on=civil_day(world.clock), how=ToldHow.HANDED)
    while (month := lists(world)[-1].month) < BORN.replace(year=BORN.year + 80, day=1):
        await months.approve(month)
        while lists(world)[-1].month == month:
            await world.days_pass(1)
    await world.days_pass(6)
    await months.step(ReturnList, APPROVER, month, note=NOTE)
    await months.step(DrawList, COUNTY_OFFICER, month)
    await months.approve(month)
    await world.days_pass(1)
    return [STREAM, "benefit/E1"]


STORIES: dict[str, Story] = {
    "ordinary": ordinary,
    "ladder": ladder,
    "suspended_and_dead": suspended_and_dead,
    "objected": objected,
    "paid_until_death": paid_until_death,
    "rolled_by_age": rolled_by_age,
}
