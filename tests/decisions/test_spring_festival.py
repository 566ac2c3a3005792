"""February 2026, Spring Festival (15–23 off, the 14th and 28th worked) in the middle, by the pure rules alone.

Calendar: State Council notice for 2026, as `chinesecalendar` has it. The same month lived by engine and post, with
every text: `tests/stories/test_spring_festival.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from decisions.deadlines import SHANGHAI
from models import events as e
from models import messages as m
from models.values import Outcome, VisitState
from tests.decisions.case_player import OFFICER, CasePlayer, at
from tests.decisions.test_escalation import LadderPlayer


def said(when: datetime) -> str:
    return when.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def test_february_2026_hour_by_hour() -> None:
    case = CasePlayer(at("2026-02-01 00:00"))
    case.until(at("2026-02-15 00:00"))
    assert [(type(event).__name__, said(when)) for event, when in case.said[2:]] == [
        ("VisitOpened", "02-03 08:32"),
        ("VisitorReminded", "02-09 09:00"),
        ("VisitorReminded", "02-13 09:00"),
        ("VisitOverdue", "02-15 00:00"),  # due on Saturday the 14th: the 20th is a holiday, and the 14th is worked
        ("EscalationOpened", "02-15 00:00"),
    ]
    ladder = LadderPlayer(at("2026-02-15 00:00"))
    ladder.until(at("2026-02-16 10:00"))
    assert ladder.tell(m.Acknowledge) == "EscalationAcknowledged"
    ladder.until(at("2026-02-19 15:30"))
    assert [
        (event.role.value, said(when), event.because) for event, when in ladder.said if isinstance(event, e.RungReached)
    ] == [
        ("grid_worker", "02-15 00:00", "opened"),
        ("village_assistant", "02-16 00:00", "not_acknowledged"),
        ("township_officer", "02-18 10:00", "not_resolved"),  # acknowledged on the 16th at 10, forgotten for two days
    ]
    ladder.tell(m.Resolve, actor=OFFICER, outcome=Outcome.VISITED, visited_on=date(2026, 2, 19))
    assert ladder.state.ended and ladder.state.resolved_by == OFFICER
    case.until(at("2026-02-19 15:30"))
    case.tell(
        m.EscalationClosed, escalation_id=case.last(e.EscalationOpened).escalation_id, visit_id="E1.2026-02",
        outcome=Outcome.VISITED, visited_on=date(2026, 2, 19), resolved_by=OFFICER,
    )  # fmt: skip
    assert case.visit("2026-02").state is VisitState.LATE
    assert case.until(at("2026-03-01 00:00")) == []
