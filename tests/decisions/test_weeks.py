"""Who is visited each week: forms of a year ago, weeks that cross the end of a month."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from decisions import care_case
from decisions.cadence import first_period
from decisions.deadlines import civil_day, instant
from models.events import PeriodSkipped, VisitReported
from models.policy import CadenceUnit
from models.values import Channel, Method, VisitState
from tests.decisions.case_player import OFFICER, CasePlayer, at
from tests.decisions.slices import policy

WEEKLY = policy(CadenceUnit.WEEKLY)


def test_a_form_of_a_year_ago_completes_its_week() -> None:
    case = CasePlayer(at("2026-01-05 00:00"), WEEKLY, edition=2)
    case.until(at("2027-01-05 12:00"))
    assert sum(visit.state is VisitState.MISSED for visit in case.state.visits) == 52
    for day, state in ((date(2026, 1, 7), VisitState.DONE), (date(2026, 1, 18), VisitState.LATE)):
        week = f"2026-W{day.isocalendar().week:02d}"
        assert "VisitOpened" not in case.report(on=day, actor=OFFICER, channel=Channel.CONSOLE, method=Method.HOME)
        assert case.visit(week).state is state
    assert len(case.state.model_dump_json()) < 64_000


# --- the month of the enrolment --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled", "due_on"),
    [
        ("2026-01-29 09:00", date(2026, 1, 31)),  # a Thursday; the week ends on February 1
        ("2026-03-30 00:00", date(2026, 3, 31)),  # the Monday on which the week begins
        ("2026-01-26 00:00", date(2026, 1, 30)),  # due on its Friday, as always
        ("2026-01-22 09:00", date(2026, 1, 25)),
    ],
)
def test_the_first_visit_is_due_in_the_month_of_the_enrolment(enrolled: str, due_on: date) -> None:
    period, skipped = first_period(WEEKLY, at(enrolled), "p", "e")
    assert (period.due_on, skipped) == (due_on, None)
    assert at(enrolled) <= period.asks_at < period.due_at <= period.ends_at


@pytest.mark.parametrize("day", [date(2026, 1, 1) + timedelta(days=n) for n in range(120)])
def test_who_goes_on_the_last_day_that_is_in_time_leaves_no_month_empty(day: date) -> None:
    """Whatever day an elder comes on: each month has a visit, or the reason why not."""
    case = CasePlayer(instant(day), WEEKLY, edition=2, start_on=day)
    until = instant((day.replace(day=1) + timedelta(days=62)).replace(day=1))
    while case.now < until:
        if case.state.open_visits():
            [visit] = case.state.open_visits()
            case.until(visit.period.due_at - timedelta(hours=1))
            case.report()
        case.until(max(case.now, care_case.next_wakeup(case.state) or until))
    seen = {said.visited_on for said, _ in case.said if isinstance(said, VisitReported)}
    assert {said.state for said, _ in case.said if isinstance(said, VisitReported)} == {VisitState.DONE}
    excused = [said.period.starts_at + timedelta(days=7) for said, _ in case.said if isinstance(said, PeriodSkipped)]
    months = {on.month for on in seen} | ({day.month} if any(civil_day(end) > day for end in excused) else set())
    assert {day.month, day.month % 12 + 1} <= months
