"""A visit missed in December is resolved in February; between, the case turned its year: a new run, a new volume."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.histories import collect
from audit.invariants import run_all
from audit.replay import replay
from audit.store import Store
from decisions.deadlines import civil_day
from models.messages import Resolve
from models.values import Channel, Outcome, Role
from tests.faults.scale import figure
from tests.faults.test_three_days_away import visits
from tests.stories.world import VOLUNTEER_PHONE, World, at_rest, working

OPENS_AT = datetime(2035, 12, 29, 1, tzinfo=UTC)
DECEMBER = "2036-12"
LOOK = timedelta(hours=12)


async def answers_until(world: World, until: datetime) -> None:
    while world.clock < until:
        if any(row.state == "open" for row in visits(world.house).values()):
            world.text(VOLUNTEER_PHONE, "601")
        await world.until(min(world.clock + LOOK, until))


async def test_a_visit_missed_in_december_is_resolved_in_february(tmp_path: Path) -> None:
    async with at_rest(tmp_path, opens_at=OPENS_AT) as world, working(world):
        case = world.client.get_workflow_handle("case/E1")
        first_run = (await case.describe()).run_id
        await answers_until(world, datetime(2036, 11, 30, tzinfo=UTC))
        await world.until(datetime(2037, 1, 2, tzinfo=UTC))
        assert visits(world.house)["E1", DECEMBER].state == "missed"
        (escalation,) = world.escalations()
        await world.until(datetime(2037, 2, 9, 2, tzinfo=UTC))  # no word in January either: one would end the ladder
        assert (await case.describe()).run_id != first_run
        ladder = world.client.get_workflow_handle(escalation)
        resolve = Resolve(
            key="resolve", actor=world.actor(Role.COUNTY_OFFICER), channel=Channel.CONSOLE, received_at=world.clock,
            outcome=Outcome.VISITED, visited_on=civil_day(world.clock), visited_at=world.clock,
        )  # fmt: skip
        assert (await ladder.execute_update("resolve", resolve, id="resolve"))["accepted"]
        await world.until(datetime(2037, 2, 28, tzinfo=UTC))  # the same visit is February's, and ends January's ladder
        told = [kind for kind, _ in world.ledger("case/E1")]
        assert told.count("VisitMissed") == told.count("EscalationOpened") == 2
        states = [row.state for row in visits(world.house).values()]
        assert states.count("missed") == 2 and set(states) == {"done", "missed"} and len(states) == 14
        assert visits(world.house)["E1", "2037-02"].state == "done"
        figure("a visit missed in December, resolved in February", "11 texts, 1 step", 0)
        await keeps_every_promise(world)


async def keeps_every_promise(world: World) -> None:
    """All invariants 0, with grace 0; and each had something to look at."""
    store = Store(world.house.engine, world.house.sealer)
    runs = await collect(world.client, store)
    witnesses = await replay(runs, world.house.converter, plugins=[world.house.plugin])
    checks = run_all(store, witnesses, as_of=world.clock)
    broken = {check.name: check.offending for check in checks if check.offending}
    assert not broken, broken
    assert not [check.name for check in checks if not check.examined]
