"""One run, one volume: after a year a case goes on in a new run, and nobody who speaks to it notices."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from audit import histories
from audit.replay import replay
from audit.store import Store
from decisions import edition
from decisions.deadlines import civil_day, instant
from models.messages import ReportVisit
from models.values import Actor, ActorKind, Channel, Evidence, Method, Role, VisitResult
from tests.stories.world import VOLUNTEER_PHONE, World, county

VISITOR = Actor(id="V-1", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)
HALF_A_DAY = timedelta(hours=12)


@pytest.mark.parametrize("newest", [1, 2])
async def test_a_case_turns_its_volume_after_a_year_and_forgets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    """When a period ends; before edition 2 as soon as nobody was asked for. Runs of both replay on today's code."""
    today = edition.EDITIONS
    monkeypatch.setattr(edition, "EDITIONS", today[:newest])
    async with county(tmp_path) as world:
        handle = world.client.get_workflow_handle("case/E1")
        first_run = (await handle.describe()).run_id
        ends = world.clock + timedelta(days=430)
        last = report(world, "sms-before")
        while world.clock < ends:
            if any(visit.state == "open" for visit in world.visits("E1")):
                last = report(world, f"sms-{civil_day(world.clock)}")
                assert (await handle.execute_update("report_visit", last, id=last.key))["accepted"]
            await world.until(world.clock + HALF_A_DAY)
        description = await handle.describe()
        assert description.run_id != first_run
        began = description.start_time - instant(civil_day(description.start_time).replace(day=1))
        assert (began < timedelta(minutes=1)) is (newest == 2), description.start_time
        states = [visit.state for visit in world.visits("E1")]
        assert set(states) == {"done"} and 13 <= len(states) <= 15
        told_again = await handle.execute_update("report_visit", last, id=last.key)
        assert told_again["recorded"] == ["VisitReported"]  # the new run remembers what the old one answered
        kinds = [kind for kind, _ in world.ledger("case/E1")]
        assert kinds.count("VisitReported") == len(states) and kinds.count("CaseOpened") == 1
        assert world.texts_to(VOLUNTEER_PHONE)
        monkeypatch.setattr(edition, "EDITIONS", today)
        store = Store(world.house.engine, world.house.sealer)
        runs = [run for run in await histories.collect(world.client, store) if run.workflow_id == "case/E1"]
        assert len(runs) == 2
        assert {witness.failure for witness in await replay(runs, world.house.converter)} == {None}


def report(world: World, key: str) -> ReportVisit:
    return ReportVisit(
        key=key, actor=VISITOR, channel=Channel.SMS, received_at=world.clock, visitor_id="V-1",
        result=VisitResult.WELL, visited_on=civil_day(world.clock), visited_at=world.clock, method=Method.HOME,
        evidence=Evidence.SMS_DIGIT,
    )  # fmt: skip
