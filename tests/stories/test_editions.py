"""A rule changes while a case runs: it goes on in both editions, and whoever decides, folds or audits sees the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.api.enums.v1 import EventType
from typer.testing import CliRunner

from adapters.database import reading
from adapters.sql_ledger import read_row
from audit import histories
from audit.rehearse import Rehearsal, rehearse
from audit.replay import Witness, replay
from audit.store import Store
from audit.verify import verify
from decisions import edition
from models.events import EscalationStarted, Recorded, RungReached, VisitorReminded
from models.ids import case_stream
from models.messages import RequestVisit
from models.values import Channel, Role
from projections import streams
from starter import app
from tests.decisions.second_edition import BOTH, bring, change_without_an_edition, climbs_1, climbs_2
from tests.stories.test_months import month_after
from tests.stories.world import LADDER, LEDGER, VOLUNTEER_PHONE, World, county

CASE = case_stream("E1")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def first_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever editions the code has by now: these stories begin with the first alone."""
    monkeypatch.setattr(edition, "EDITIONS", BOTH[:1])


async def witnesses(world: World, *, ended: bool = True) -> tuple[Store, list[Witness]]:
    store = Store(world.house.engine, world.house.sealer)
    runs = [run for run in await histories.collect(world.client, store) if ended or run.open]
    return store, await replay(runs, world.house.converter)


async def rehearsed(world: World, *, ended: bool = False) -> Rehearsal:
    return rehearse(*await witnesses(world, ended=ended))


def facts(world: World, stream: str = CASE) -> list[Recorded]:
    with reading(world.house.engine) as connection:
        query = select(LEDGER).where(LEDGER.c.stream == stream).order_by(LEDGER.c.seq)
        return [read_row(world.house.sealer, row) for row in connection.execute(query)]


def needs(said: Rehearsal) -> dict[int, tuple[int, int, int]]:
    return {need.number: (need.cases, need.escalations, need.ended) for need in said.needs}


async def first_month_ends(world: World) -> None:
    """Enrolled early enough, this month has a visit of its own; it is answered, whatever day today is."""
    ends = month_after(world)
    while world.clock < ends:
        if any(visit.state == "open" for visit in world.visits("E1")):
            world.text(VOLUNTEER_PHONE, "601")
        await world.days_pass(0.5)


def rungs(world: World, stream: str, rule: Callable[..., datetime]) -> list[bool]:
    """Of each rung of the escalation, whether it was given the time that `rule` gives."""
    told = facts(world, stream)
    begun = streams.begin(stream, told[0].event)
    reached = [(r.event, r.at) for r in told if isinstance(r.event, RungReached)]
    return [event.climbs_at == rule(begun, event.rung, when) for event, when in reached]


async def test_a_case_goes_on_from_one_edition_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with county(tmp_path) as world:
        await first_month_ends(world)
        await world.days_pass(27)
        (first,) = world.escalations()
        assert needs(await rehearsed(world)) == {1: (1, 1, 0)}

        with monkeypatch.context() as careless:
            change_without_an_edition(careless)
            stops = await rehearsed(world)
            code, said = await typed(world, monkeypatch)
        assert code == 1 and "不能部署" in said and CASE in said and first in said
        assert not stops.fits
        assert {finding.stream for finding in stops.findings} == {CASE, first}

        bring(monkeypatch)
        before = await rehearsed(world)  # decided under 1, replayed by code that knows both
        assert before.fits and before.removable == ()
        assert needs(before) == {1: (1, 1, 0), 2: (0, 0, 0)} and before.replayed >= 2
        code, said = await typed(world, monkeypatch)
        assert code == 0 and said.splitlines() == [
            f"重放：{before.replayed}个流程",  # a text may be on its way, by the weekday
            "规则第1版次（最初的规则）：在运行的个案1个、督办1个、评估0个、待遇0个、县的月份0个需要",
            "规则第2版次（不提醒，每级多等一天）：在运行的个案0个、督办0个、评估0个、待遇0个、县的月份0个需要",
            "可以部署",
        ]

        await world.until(month_after(world) + 27 * DAY)
        second = next(escalation for escalation in world.escalations() if escalation != first)
        told = facts(world)
        kinds = [recorded.event.kind for recorded in told]
        adopted = kinds.index("EditionAdopted")
        opened = kinds.index("VisitOpened", adopted)
        assert kinds.count("EditionAdopted") == 1 and told[opened].event.cause == told[adopted].event.cause
        reminders = [isinstance(recorded.event, VisitorReminded) for recorded in told]
        assert any(reminders[:adopted]) and not any(reminders[adopted:])

        begun = {id_: facts(world, id_)[0].event for id_ in (first, second)}
        assert [e.edition for e in begun.values() if isinstance(e, EscalationStarted)] == [1, 2]
        assert len(rungs(world, first, climbs_1)) > len(LADDER) and all(rungs(world, first, climbs_1))
        assert rungs(world, second, climbs_2) and all(rungs(world, second, climbs_2))

        store, all_runs = await witnesses(world)
        report = verify(store, all_runs, as_of=world.clock)
        assert report.clean, report.findings
        after = rehearse(store, all_runs)
        assert after.fits and needs(after) == {1: (1, 1, 0), 2: (1, 1, 0)}
        code, said = await typed(world, monkeypatch, "--archived", "--json", "--case", "E1")
        assert code == 0
        assert json.loads(said) | {"editions": len(after.needs)} == {
            "fits": True, "replayed": 3, "removable": [], "findings": [], "editions": 2
        }  # fmt: skip


async def test_code_that_does_not_know_an_edition_waits_and_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with county(tmp_path) as world:
        with monkeypatch.context() as newer:
            bring(newer)
            await world.until(month_after(world) + 16 * DAY)
        assert "EditionAdopted" in [kind for kind, _ in world.ledger(CASE)]
        stood = len(world.ledger(CASE))

        earlier = await rehearsed(world)  # rolling back is a deploy too
        assert not earlier.fits and needs(earlier)[2] == (1, 0, 0)
        (finding,) = earlier.findings
        assert finding.stream == CASE and "不认识规则第2版次" in finding.what

        handle = world.client.get_workflow_handle(CASE)
        message = RequestVisit(
            key="asked", actor=world.actor(Role.TOWNSHIP_OFFICER), channel=Channel.CONSOLE, received_at=world.clock
        )
        asking = asyncio.ensure_future(handle.execute_update("request_visit", message, id="asked"))
        await failed_task(handle)
        assert not asking.done()
        description = await handle.describe()
        assert description.status is not None and description.status.name == "RUNNING"
        assert len(world.ledger(CASE)) == stood
        bring(monkeypatch)  # the deploy that mends it
        assert (await asyncio.wait_for(asking, 60))["accepted"]
        assert len(world.ledger(CASE)) > stood


async def test_an_edition_that_no_open_run_needs_can_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(monkeypatch)
    async with county(tmp_path) as world:  # a case that begins under 2 and decides nothing under 1
        await world.until(month_after(world) + 16 * DAY)
        said = await rehearsed(world)
        assert said.fits and said.removable == (1,)
        assert rehearse(*await witnesses(world), "E1").removable == ()
        assert needs(said) == {1: (0, 0, 0), 2: (1, 0, 0)}
        monkeypatch.setattr(edition, "EDITIONS", BOTH[1:])  # its row has gone
        assert (await rehearsed(world)).fits


async def test_a_rehearsal_of_nothing_proves_nothing(tmp_path: Path) -> None:
    async with county(tmp_path, elders=0) as world:
        assert not (await rehearsed(world)).fits


async def typed(world: World, monkeypatch: pytest.MonkeyPatch, *more: str) -> tuple[int, str]:
    """`audit rehearse` as a person types it."""
    monkeypatch.setenv("TANFANG_DATA_DIR", str(world.house.settings.data_dir))
    monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", world.house.settings.temporal_address)
    result = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "rehearse", *more])
    return result.exit_code, result.stdout


async def failed_task(handle: Any) -> None:
    """Waits until a workflow task has failed."""
    for _ in range(200):
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                return
        await asyncio.sleep(0.1)
    raise AssertionError("no workflow task failed")
