"""I1, each month has a visit, an escalation or a reason: a week crosses the month's end, and the engine was away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from audit.invariants_visits import periods_are_whole
from audit.store import Store as Audited
from audit.store import snapshot
from models.policy import CadenceUnit
from models.tables import VisitRow, table_of
from models.values import VisitState
from tests.activities.ledgers import Store, Writer
from tests.decisions.case_player import CasePlayer, at
from tests.decisions.slices import policy

BACK = at("2026-02-03 09:00")
VISITS = table_of(VisitRow)


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


def recorded(store: Store, case: CasePlayer) -> None:
    """The case's facts as they were decided, each in its own transaction."""
    writer = Writer()
    for n, (fact, when) in enumerate(case.said):
        request = writer.request(f"m-{n}", (fact,), when)
        assert store.record(request).status == "appended"
        writer.stands_at(request)


def offending(store: Store, limit: datetime = BACK) -> tuple[str, ...]:
    with snapshot(Audited(store.engine, store.sealer)) as held:
        return periods_are_whole(held, limit).offending


def enrolled() -> CasePlayer:
    """Visited each week from Thursday, January 29, 2026: this week is due on the 31st and ends on February 1."""
    begins_on = date(2026, 1, 29)
    case = CasePlayer(at("2026-01-29 00:00"), policy(CadenceUnit.WEEKLY), edition=2, start_on=begins_on)
    case.until(at("2026-01-31 12:00"))
    return case


def heard_when_it_is_back(case: CasePlayer, came_at: str) -> None:
    """From noon on the 31st the engine is away; what came meanwhile is heard before anything else."""
    case.now = BACK
    came = at(came_at)
    case.report(on=came.date(), visited_at=came, received_at=came)
    case.until(BACK)


def test_who_went_late_with_the_engine_away_over_due_leaves_the_month_its_late_visit(store: Store) -> None:
    case = enrolled()
    heard_when_it_is_back(case, "2026-02-01 10:00")
    assert case.visit("2026-W05").state is VisitState.LATE and "EscalationOpened" not in case.kinds()
    recorded(store, case)
    assert offending(store) == ()


def test_with_the_engine_there_somebody_was_asked_about_it(store: Store) -> None:
    case = enrolled()
    case.until(at("2026-02-01 10:00"))
    case.report()
    assert case.kinds()[-3:] == ["EscalationOpened", "VisitReported", "EscalationWithdrawn"]
    case.until(BACK)
    recorded(store, case)
    assert offending(store) == ()


def test_a_late_visit_answers_for_the_month_it_was_due_in_and_for_no_other(store: Store) -> None:
    case = enrolled()
    heard_when_it_is_back(case, "2026-02-01 10:00")
    recorded(store, case)
    store.write(update(VISITS).where(VISITS.c.id == "E1.2026-W05").values(due_at=at("2026-02-01 10:00")))
    assert offending(store) == ("E1 2026-01：没有探访、督办或缘由",)


def test_nobody_went_and_it_is_owned_when_the_engine_is_back(store: Store) -> None:
    case = enrolled()
    case.now = BACK
    case.until(BACK)
    assert case.visit("2026-W05").state is VisitState.MISSED
    recorded(store, case)
    assert offending(store) == ()
