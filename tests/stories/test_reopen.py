"""An elder who moved away comes back: the case is opened again at the counter and goes on as if nothing had been."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from audit.histories import collect
from audit.invariants import run_all
from audit.replay import replay
from audit.store import Store
from commands.acting import Ends
from decisions.deadlines import civil_day
from models.tables import Area, CaseRow, PeriodReason, Volunteer, table_of
from projections.rates import month_visit_rate
from tests.stories.test_months import month_after
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, TOWNSHIP, Counter
from tests.stories.world import COUNTY, VOLUNTEER_PHONE, World, county

AREAS, REASONS = table_of(Area), table_of(PeriodReason)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        yield made


async def test_a_closed_case_is_opened_again_and_every_promise_holds(world: World) -> None:
    do = Counter(world)
    await world.until(month_after(world) + timedelta(days=12))
    code, said = await do("case", "reopen", "E1", staff=TOWNSHIP)
    assert (code, said["refusal"]) == (Ends.REFUSED, "not_closed")
    await do("case", "close", "E1", "moved_out", "--place", "邻县", staff=TOWNSHIP)
    away = month_after(world)
    await world.until(month_after(world, 3) + timedelta(days=3))
    before = len(world.texts_to(VOLUNTEER_PHONE))

    code, said = await do("case", "reopen", "E1", staff=ASSISTANT)
    assert (code, said["said"]) == (Ends.REFUSED, "岗位无此权限")
    _, said = await do("case", "reopen", "E1", staff=COUNTY_OFFICER)
    assert (said["accepted"], said["recorded"][0]) == (True, "CaseReopened")
    with reading(world.house.engine) as connection:
        [case] = connection.execute(select(table_of(CaseRow))).all()
        [gap] = connection.execute(select(REASONS).where(REASONS.c.reason == "case_closed")).all()
        told = [month_visit_rate(connection, connection, COUNTY, first, world.clock) for first in months(world)]
    assert (case.status, case.closed_at, case.close_reason) == ("open", None, None)
    assert gap.starts_at < away < gap.ends_at <= world.clock
    assert [rate.total.listed for rate in told] == [
        1,
        0,
        0,
        1,
    ]  # the month it was closed in, two without it, the month it is back

    await world.days_pass(2)
    assert len(world.texts_to(VOLUNTEER_PHONE)) > before
    world.text(VOLUNTEER_PHONE, "601")
    await world.settle()
    assert [visit.state for visit in world.visits("E1")] == ["cancelled", "done"]
    await world.until(month_after(world) + timedelta(days=16))
    assert [visit.state for visit in world.visits("E1")] == ["cancelled", "done", "open"]

    store = Store(world.house.engine, world.house.sealer)
    runs = await collect(world.client, store)
    assert sum(run.open for run in runs if run.workflow_id == "case/E1") == 1
    checks = await asyncio.to_thread(run_all, store, await replay(runs, world.house.converter), as_of=world.clock)
    assert {check.name: check.offending for check in checks if check.offending} == {}


async def test_who_died_stays_closed(world: World) -> None:
    do = Counter(world)
    await do("case", "death", "report", "E1", staff=TOWNSHIP)
    today = civil_day(world.clock).isoformat()
    await do("case", "death", "confirm", "E1", "--died-on", today, "--source", "cremation", staff=TOWNSHIP)
    code, said = await do("case", "reopen", "E1", staff=TOWNSHIP)
    assert (code, said["refusal"]) == (Ends.REFUSED, "has_died")
    with reading(world.house.engine) as connection:
        assert connection.execute(select(table_of(CaseRow).c.status)).scalar_one() == "closed"


async def test_whom_staff_name_is_given_the_visit_or_it_stays_where_it_is(world: World) -> None:
    do = Counter(world)
    await do("case", "request-visit", "E1")
    elsewhere(world, "V-9", capacity=1)
    code, said = await do("case", "reassign", "E1", "--to", "V-9")
    assert (code, said["recorded"], world.visits("E1")[-1].volunteer_id) == (0, ["VisitReassigned"], "V-9")
    with writing(world.house.engine) as connection:
        volunteers = table_of(Volunteer)
        connection.execute(update(volunteers).where(volunteers.c.id == "V-1").values(capacity=0))
    code, words = await do("case", "reassign", "E1", "--to", "V-1")
    assert code == 2 and "手上的探访已满" in words
    assert world.visits("E1")[-1].volunteer_id == "V-9"


async def test_townships_are_not_merged_and_the_command_says_so(world: World) -> None:
    elsewhere(world, "V-9", capacity=1)
    today = civil_day(world.clock).isoformat()
    code, words = await Counter(world)("area", "merge", "T1", "T2", "--from", today, staff=COUNTY_OFFICER)
    assert code == 2 and "乡镇不能合并" in "".join(words.split())


def months(world: World) -> list[date]:
    first = civil_day(world.clock).replace(day=1)
    found = [first]
    for _ in range(3):
        found.insert(0, (found[0] - timedelta(days=1)).replace(day=1))
    return found


def elsewhere(world: World, volunteer: str, capacity: int) -> None:
    """A volunteer of another township."""
    seal, since = world.house.sealer.seal, civil_day(world.clock)
    with writing(world.house.engine) as connection:
        for id_, kind, name, parent in (("T2", "township", "夔门街道", COUNTY), ("W2", "village", "东社区", "T2")):
            connection.execute(insert(AREAS).values(id=id_, kind=kind, name=name, parent_id=parent, from_on=since))
        connection.execute(
            insert(table_of(Volunteer)).values(
                id=volunteer, county_id=COUNTY, township_id="T2", village_id="W2", name_enc=seal("吴示乙"), sex="F",
                phone_enc=seal("+8619200000099"), phone_index=world.house.sealer.index("phone", "+8619200000099"),
                capacity=capacity, standing="", consented_on=since,
            )
        )  # fmt: skip
