"""A county's months on a real engine: what was given is listed, checked and approved month by month; a birthday and a
death that is reported late come onto the lists, and no month that was frozen is written again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.database import reading, writing
from adapters.sql_county import SqlCounty
from adapters.sql_days import SqlDays
from adapters.sql_resume import resume
from audit.histories import collect
from audit.invariants import one_execution, run_all
from audit.replay import replay
from audit.restore_lists import lost_lists, write_lines
from audit.store import ENTITLEMENTS, LINES, RATES, Store, snapshot
from audit.timeline import county_timeline
from audit.verify import Name, verify
from decisions.deadlines import civil_day, instant, months_after
from decisions.pay_list import sha256_of
from models.claim_messages import (
    ApproveBenefit,
    CheckBenefit,
    ConfirmChange,
    RequestBenefit,
    TellDecision,
    WithdrawBenefit,
)
from models.claims import ClaimTrigger, ToldHow
from models.county_messages import ApproveList, CheckList, CountyQuestion, DrawList, ReturnList
from models.errors import TanfangFault
from models.ids import benefit_stream, case_stream
from models.messages import ConfirmDeath, ReportDeath
from models.tables import Elder, PolicyVersion, Post, Staff, StatedFact, WorkItemRow, table_of
from models.values import DeathSource, Role
from policies import pack
from projections.read_payments import lines_of
from tests.stories.assessing import COUNTY_OFFICER, NOTE, TOWNSHIP, Counter
from tests.stories.benefits import APPROVER
from tests.stories.harmed_money import harms, redecided_otherwise, told_of
from tests.stories.paying import STREAM, Months, lists
from tests.stories.world import COUNTY, PHONES, VOLUNTEER_PHONE, World, at_rest, working
from wiring import county_rules_of
from workflows.county import CountyWorkflow

CARE, OLD_AGE = "care_allowance", "old_age"
GRID = f"S-{Role.GRID_WORKER.value}"
BEGINS = datetime(2038, 2, 26, 1, tzinfo=UTC)
DIED_ON = date(2038, 9, 18)
ITEMS = table_of(WorkItemRow)
MARCH, MAY, JUNE, OCTOBER, NOVEMBER, DECEMBER = (date(2038, month, 1) for month in (3, 5, 6, 10, 11, 12))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The county goes by the rules of example-cq; E1 is on 低保, disabled, and 80 on 15 June. Nobody works yet."""
    async with at_rest(tmp_path, tags=("低保",), opens_at=BEGINS) as made:
        seal, index, held = made.house.sealer.seal, made.house.sealer.index, pack.load("example-cq")
        with writing(made.house.engine) as c:
            ours = {"hash": held.hash, "version": held.version, "content": held.content}
            c.execute(update(table_of(PolicyVersion)).values(ours))
            c.execute(update(table_of(Elder)).values(born_on_enc=seal("1958-06-15")))
            for n, (code, value) in enumerate((("disability_kind", '"肢体"'), ("disability_grade", "1"))):
                c.execute(
                    insert(table_of(StatedFact)).values(
                        id=code, elder_id="E1", code=code, value_enc=seal(value), source="certificate",
                        n=n, on=date(2030, 5, 1), taken_back=False, stated_by=TOWNSHIP, stated_at=made.clock,
                    )
                )  # fmt: skip
            c.execute(
                insert(table_of(Staff)).values(
                    id=APPROVER, county_id=COUNTY, name_enc=seal("孙示己"), phone_enc=seal("+8619200000088"),
                    phone_index=index("phone", "+8619200000088"),
                )
            )  # fmt: skip
            post = {"id": "P-approver", "role": Role.COUNTY_APPROVER.value, "area_id": COUNTY, "holder_id": APPROVER}
            c.execute(insert(table_of(Post)).values(post))
        yield made


def lines(world: World, month: date) -> list[tuple[Any, ...]]:
    """Of the last drawing: benefit, month, kind, fen, row or why, by age."""
    [*_, drawn] = [one for one in lists(world) if one.month == month]
    with reading(world.house.engine) as connection:
        rows = lines_of(connection, drawn.sha256)
    return [(row.code, row.month, row.kind, row.fen, row.because, row.by_age) for row in rows]


def gives(world: World) -> list[Any]:
    with reading(world.house.engine) as connection:
        query = select(ENTITLEMENTS).where(ENTITLEMENTS.c.code == CARE).order_by(ENTITLEMENTS.c.from_month)
        return list(connection.execute(query).all())


def frozen(world: World) -> dict[date, list[tuple[Any, ...]]]:
    """By month: township, how many were to be visited, how many were."""
    found: dict[date, list[tuple[Any, ...]]] = {}
    with reading(world.house.engine) as connection:
        for row in connection.execute(select(RATES).order_by(RATES.c.month, RATES.c.township_id)).all():
            found.setdefault(row.month, []).append((row.township_id, row.listed, row.seen))
    return found


async def offences(world: World) -> tuple[str, ...]:
    """Of what must run."""
    store = Store(world.house.engine, world.house.sealer)
    witnesses = await replay(await collect(world.client, store), world.house.converter)
    with snapshot(store) as held:
        return one_execution(held, witnesses, world.clock, world.clock).offending


def items(world: World) -> list[tuple[str, str]]:
    with reading(world.house.engine) as connection:
        mine = (ITEMS.c.item == "pay_list", ITEMS.c.closed_at.is_(None))
        return [(row.role, row.about) for row in connection.execute(select(ITEMS).where(*mine)).all()]


def handle(world: World) -> WorkflowHandle[CountyWorkflow, None]:
    return world.client.get_workflow_handle_for(CountyWorkflow.run, STREAM)


async def test_a_year_of_an_elder_who_turns_80_and_whose_death_is_reported_late(world: World) -> None:
    assert world.house.counties.begin(world.clock) == 1
    async with working(world):
        await world.days_pass(0.2)
        months, counter = Months(world), Counter(world, stream=benefit_stream)
        case = Counter(world, stream=case_stream)

        # In February nothing is given to anybody; that, too, is checked and approved.
        assert lists(world)[0].lines == 0 and items(world) == [("county_officer", "2038-02 checking")]
        await months.approve(date(2038, 2, 1))
        assert items(world) == []

        # March: applied for, checked, approved; so it stands on the list of March, which nobody looks at in time.
        await visited_until(world, date(2038, 3, 2))
        await given(world, counter)
        assert lines(world, await listed(world)) == [(CARE, MARCH, "pay", 20000, "class_1", False)]
        await visited_until(world, date(2038, 3, 17))
        assert "本月的名单要在" in world.texts_to(PHONES[Role.COUNTY_OFFICER])[-1]
        assert await handle(world).query(CountyWorkflow.status) == {"2038-03": "checking"}
        assert await months.seen(ApproveList, APPROVER, MARCH) == "list_not_there"
        assert await months.seen(CheckList, COUNTY_OFFICER, MARCH) == "ListChecked"
        assert await months.seen(ApproveList, COUNTY_OFFICER, MARCH) == "same_person"
        assert await months.step(ReturnList, APPROVER, MARCH, note=NOTE) == "ListReturned"
        assert items(world) == [("county_officer", "2038-03 returned")]
        assert await months.step(DrawList, COUNTY_OFFICER, MARCH) == "ListDrawn"
        assert [one.state for one in lists(world) if one.month == MARCH] == ["drawn_again", "checking"]
        await months.approve(MARCH)
        assert frozen(world)[date(2038, 2, 1)] == [("T1", 1, 0)]  # in February nobody had come

        # The month of the birthday: another row gives it, which stands on the list and takes effect with it.
        while (month := await listed(world)) < JUNE:
            assert lines(world, month) == [(CARE, month, "pay", 20000, "class_1", False)]
            await months.approve(month)
        assert [row.waits for row in gives(world)] == ["changing"]
        assert lines(world, JUNE) == [(CARE, JUNE, "pay", 20000, "class_2", True)]
        assert await counter.step(WithdrawBenefit, GRID, code=OLD_AGE, note=NOTE) == "ClaimWithdrawn"
        await months.approve(JUNE)
        await world.days_pass(0.1)
        assert [(row.row, row.through, row.approved_by) for row in gives(world)] == [
            ("class_1", MAY, COUNTY_OFFICER), ("class_2", None, APPROVER)
        ]  # fmt: skip
        while (month := await listed(world)) < OCTOBER:
            assert lines(world, month) == [(CARE, month, "pay", 20000, "class_2", False)]
            await months.approve(month)
        await months.approve(OCTOBER)  # the elder died in September, and nobody has said so yet
        before = stored(world)
        assert len(before) == 9 and all(sha256 == drawn for sha256, drawn in before.values())

        # Reported in November, the death holds what is paid; the stop is a person's, and brings October back.
        await visited_until(world, date(2038, 11, 5))
        await case.step(ReportDeath, TOWNSHIP)
        assert await listed(world) == NOVEMBER
        held = lists(world)[-1]
        assert (held.lines, held.held, held.fen) == (0, 1, 0)
        await months.approve(NOVEMBER)
        died = {"died_on": DIED_ON, "source": DeathSource.CREMATION}
        assert "DeathConfirmed" in await case.step(ConfirmDeath, COUNTY_OFFICER, **died)
        stopped = await counter.step(ConfirmChange, COUNTY_OFFICER, code=CARE, row=None, fen=None)
        assert stopped.endswith("EntitlementStopped")
        assert gives(world)[-1].through == date(2038, 9, 1)
        await told(world, counter)
        assert await listed(world) == DECEMBER
        assert lines(world, DECEMBER) == [(CARE, OCTOBER, "claw_back", -20000, "death", False)]
        await months.approve(DECEMBER)
        assert (lists(world)[-1].fen, lists(world)[-1].claw_back_fen) == (0, -20000)

        # What was frozen is as it was; and all that is promised of money holds.
        assert {month: drawn for month, drawn in stored(world).items() if month in before} == before
        paid = sum(row.fen + row.claw_back_fen for row in lists(world) if row.state == "approved")
        assert paid == 7 * 20000  # March to September
        assert await handle(world).query(CountyWorkflow.wakes_at) is not None
        store = Store(world.house.engine, world.house.sealer)
        witnesses = await replay(await collect(world.client, store), world.house.converter)
        assert STREAM in {witness.run.workflow_id for witness in witnesses}
        report = await asyncio.to_thread(verify, store, witnesses, as_of=world.clock)
        assert report.clean and report.examined[Name.REDECIDED] > 5
        checks = await asyncio.to_thread(run_all, store, witnesses, as_of=world.clock, report=report)
        assert {check.name: check.offending for check in checks if check.offending} == {}
        [money] = [check for check in checks if check.name == "I8"]
        assert "名单行9，待遇2，名单12" in money.promise and money.in_flight == 0

        lines_told = [line.text for line in county_timeline(store, COUNTY)]
        assert not {kind for kind, _ in world.ledger(STREAM)} & set(lines_told)
        said = "汇总2038年12月的发放名单（第1次）：1笔，应发0.00元，追回200.00元（"
        assert any(line.startswith(said) for line in lines_told)
        assert "满龄变更1项随之生效" in "".join(lines_told)

        # Of each kind of difference it tells, and while it is there of nothing else's.
        for harm in harms(MARCH, JUNE):
            harmed = told_of(store, harm, report, world.clock)
            assert harmed is not None and harm.told in "\n".join(harmed.offending), (harm.told, harmed)
        assert any("重算" in told for told in redecided_otherwise(store, world.clock))
        lost_and_told_again(world, store)


def lost_and_told_again(world: World, store: Store) -> None:
    """Without the lines of what is approved nothing more is drawn; the ledger tells them again, by their hash."""
    county = SqlCounty(world.house.engine, world.house.slice_of, county_rules_of, civil_day)
    whole, asked = stored(world), CountyQuestion(county_id=COUNTY, at=world.clock, draw=DECEMBER)
    some = LINES.c.month.in_((MAY, JUNE, OCTOBER))
    with writing(world.house.engine) as connection:
        gone = connection.execute(delete(LINES).where(some)).rowcount
    assert gone == 4  # October stands on its own list and on December's
    with pytest.raises(TanfangFault, match="lines_missing: county-fengjie 2038-05"):
        county.brief(asked)
    lost = lost_lists(store)
    assert [(one.month, one.n) for one in lost] == [(MAY, 1), (JUNE, 1), (OCTOBER, 1), (DECEMBER, 1)]
    assert write_lines(lost, county.keep) == 4 and stored(world) == whole and lost_lists(store) == []
    assert county.brief(asked).drawn is not None
    with writing(world.house.engine) as connection:
        connection.execute(update(LINES).where(some).values(fen=1))
        connection.execute(update(table_of(Elder)).values(county_id="T1"))
    assert [one.drawing for one in lost_lists(store)] == [None] * 4  # not as it was then: the hash says so


async def given(world: World, counter: Counter) -> None:
    """Care is applied for, checked, approved and told."""
    said = await counter.step(RequestBenefit, GRID, code=CARE, trigger=ClaimTrigger.APPLICATION)
    assert said == "ClaimOpened"
    await counter.step(CheckBenefit, TOWNSHIP, code=CARE)
    assert await counter.step(ApproveBenefit, COUNTY_OFFICER, code=CARE, row="class_1", fen=20000) == "ClaimApproved"
    await told(world, counter)


async def told(world: World, counter: Counter) -> None:
    said = {"told_on": civil_day(world.clock), "how": ToldHow.HANDED}
    assert await counter.step(TellDecision, TOWNSHIP, code=CARE, **said) == "DecisionTold"


async def listed(world: World) -> date:
    """The next month whose list is drawn, on the morning of the 11th."""
    month = months_after(lists(world)[-1].month, 1)
    await visited_until(world, month.replace(day=11))
    assert lists(world)[-1].month == month
    return month


async def visited_until(world: World, day: date) -> None:
    """The volunteer goes every month; who has died is not met any more."""
    while civil_day(world.clock) < day:
        if civil_day(world.clock) < DIED_ON:
            world.text(VOLUNTEER_PHONE, "601")
        await world.until(min(world.clock + timedelta(days=5), instant(day)))


def stored(world: World) -> dict[date, tuple[str, str]]:
    """Of each frozen month: the hash that was approved, and that of its lines as they stand."""
    kept = [row for row in lists(world) if row.state == "approved"]
    with reading(world.house.engine) as connection:
        return {row.month: (row.sha256, sha256_of(lines_of(connection, row.sha256))) for row in kept}


async def test_a_lost_run_is_missed_and_goes_on_where_the_ledger_is(world: World) -> None:
    world.house.counties.begin(world.clock)
    async with working(world):
        await world.days_pass(0.2)
        assert await offences(world) == ()
        await handle(world).terminate("as if the engine had been lost")
        assert await offences(world) == (f"{STREAM}：在运行的有0个",)
        assert world.house.counties.begin(world.clock) == 0
        assert resume(world.house.engine, world.house.sealer, world.clock).counties == 1
        await world.settle()
        assert await offences(world) == ()
        await Months(world).approve(date(2038, 2, 1))

        # A step that comes while it is lost starts it again, and a worker that begins does so without a step.
        await handle(world).terminate("lost again")
        assert await Months(world, first=100).step(DrawList, COUNTY_OFFICER, MARCH) == "no_such_list"
        assert await offences(world) == ()
        await handle(world).terminate("and again")
        world.house.counties.begin(world.clock, again=True)
        await world.settle()
        assert await offences(world) == ()


async def test_before_its_pack_is_in_force_a_county_has_no_list(world: World) -> None:
    async with working(world):
        assert await Months(world).step(DrawList, COUNTY_OFFICER, MARCH) == "no_such_list"
        with pytest.raises(RPCError) as nobody:
            await handle(world).describe()
        assert nobody.value.status is RPCStatusCode.NOT_FOUND and world.ledger(STREAM) == []
        assert SqlDays(world.house.engine, world.house.sealer, world.house.counties).take_effect(world.clock) == 1
        await world.days_pass(0.1)
        assert [kind for kind, _ in world.ledger(STREAM)] == ["CountyOpened", "MonthClosed", "ListDrawn"]
