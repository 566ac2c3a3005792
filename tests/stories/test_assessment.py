"""An elder is found in need of an assessment at the door, and months later has a level that a person confirmed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from adapters.database import writing
from models.ability import AbilityLevel
from models.assessment import Disputed
from models.assessment_messages import (
    ConfirmLevel,
    ConfirmSheet,
    NameAssessors,
    ObjectLevel,
    SettleSheet,
    SubmitSheet,
)
from models.messages import ReportVisit
from models.tables import Elder, PolicyVersion, table_of
from models.values import Channel, Evidence, Need, Role, VisitResult
from tests.decisions.planting import both, closely, planted, put
from tests.stories.assessing import ASSESSOR_PHONES, COUNTY_OFFICER, NOTE, TOWNSHIP, Counter, level, rounds, settle_in
from tests.stories.diary import broken_promises
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, at_rest, working


async def found_at_the_door(world: World) -> None:
    """A caseworker's visit finds that the elder needs to be assessed."""
    message = ReportVisit(
        key="found", actor=world.actor(Role.GRID_WORKER), channel=Channel.CONSOLE, received_at=world.clock,
        visitor_id="S-grid_worker", result=VisitResult.WELL, visited_on=(world.clock + timedelta(hours=8)).date(),
        evidence=Evidence.STAFF, needs=(Need.ASSESSMENT,),
    )  # fmt: skip
    await world.client.get_workflow_handle("case/E1").execute_update("report_visit", message, id="found")
    await world.settle()


def close_by_level(world: World) -> None:
    """E1 is visited by months, and, in this county, whoever is severely disabled by weeks."""
    by_level = put("assessment", {"tiers": {"severe": {"value": "close", "rule": "r"}}})
    pack = planted(both(closely, by_level))
    with writing(world.house.engine) as c:
        c.execute(
            insert(table_of(PolicyVersion)).values(
                hash=pack.hash, county="fengjie", version="2", content=pack.content, active_from=date(2021, 1, 1),
                activated_by="test", at=world.clock,
            )
        )  # fmt: skip
        c.execute(update(table_of(Elder)).values(standing_reason="rural_elder"))


async def test_a_finding_becomes_a_level_that_a_person_confirmed(tmp_path: Path, url: str) -> None:
    async with at_rest(tmp_path, url=url) as world:
        settle_in(world)
        close_by_level(world)
        async with working(world):
            await world.days_pass(10)
            await found_at_the_door(world)
            (asked,) = rounds(world)
            assert (asked.stage, asked.trigger, asked.reason) == ("naming", "visit", "first")
            counter = Counter(world)

            # Nobody names anybody: the township officer is told, and has two named after all.
            await world.until(asked.due_at + timedelta(hours=1))
            assert "评估过期没有办" in world.texts_to(PHONES[Role.TOWNSHIP_OFFICER])[-1]
            said = await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-2")
            assert said == "EscalationWithdrawn AssessorsNamed"
            await world.days_pass(1)
            for who in ("A-1", "A-2"):
                assert "一起到示例一村" in world.texts_to(ASSESSOR_PHONES[who])[-1]

            assert await counter.step(SubmitSheet, "A-1", sheet=counter.sheet(46)) == "SheetSubmitted"
            differs = Disputed(item="B.1.1", first=4, second=3)
            assert await counter.step(ConfirmSheet, "A-2", disputed=(differs,)) == "SheetConfirmed"
            agreed = differs.model_copy(update={"settled": 3, "reason": NOTE})
            assert await counter.step(SettleSheet, "A-2", settled=(agreed,)) == "SheetSettled LevelProposed"
            said = await counter.step(ConfirmLevel, COUNTY_OFFICER, level=AbilityLevel.SEVERE)
            assert said == "LevelConfirmed"
            held = level(world)
            assert (held.level, held.confirmed_by, held.round) == ("severe", COUNTY_OFFICER, 1)
            assert [kind for kind, _ in world.ledger("case/E1")].count("CareLevelNoted") == 1

            # The family objects; others find less, and the level of before holds until that is confirmed.
            await world.days_pass(3)
            said = await counter.step(ObjectLevel, "S-grid_worker", note=NOTE)
            assert said == "LevelObjected AssessmentRequested"
            assert await counter.step(NameAssessors, TOWNSHIP, first="A-1", second="A-3") == "assessed_before"
            await counter.step(NameAssessors, TOWNSHIP, first="A-3", second="A-4")
            assert level(world).level == "severe"
            for _ in range(19):
                world.text(VOLUNTEER_PHONE, "601")
                await world.days_pass(2)
            assert [row.stage for row in rounds(world)] == ["resting", "assessing"]
            seen = [visit for visit in world.visits("E1") if visit.kind == "scheduled"]
            assert seen[0].ends_at - seen[0].starts_at > timedelta(days=27)
            assert seen[-1].ends_at - seen[-1].starts_at == timedelta(days=7)
            assert broken_promises(world) == []
