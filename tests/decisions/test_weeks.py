"""Who is visited each week: forms of a year ago, weeks that cross the end of a month."""

from __future__ import annotations

from datetime import date

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
