"""A visit is made, or not needed, by what ended another escalation than its own: then its own ladder ends too."""

from __future__ import annotations

import pytest

from models import events as e
from models import messages as m
from models.values import Channel, EscalationCause, Outcome, VisitState
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at


@pytest.fixture
def case() -> CasePlayer:
    """Overdue in March 2026; then the volunteer texts a danger."""
    made = CasePlayer(at("2026-03-01 00:00"), edition=2)
    made.until(at("2026-03-21 10:00"))
    made.tell(m.ReportDanger, VOLUNTEER, Channel.SMS)
    return made


@pytest.mark.parametrize(
    ("outcome", "becomes"),
    [
        (Outcome.VISITED, VisitState.LATE),
        (Outcome.REACHED_BY_PHONE, VisitState.LATE),
        (Outcome.HOSPITAL, VisitState.CANCELLED),
        (Outcome.EMERGENCY_CALLED, VisitState.CANCELLED),
    ],
)
def test_the_ladder_of_the_visit_ends_with_it(case: CasePlayer, outcome: Outcome, becomes: VisitState) -> None:
    ladder, danger = case.state.escalations
    assert (ladder.cause_of, danger.cause_of) == (EscalationCause.OVERDUE, EscalationCause.RISK)
    said = case.tell(
        m.EscalationClosed, escalation_id=danger.escalation_id, visit_id=danger.visit_id, outcome=outcome,
        resolved_by=OFFICER,
    )  # fmt: skip
    assert said[-1] == "EscalationWithdrawn"
    ended = case.last(e.EscalationWithdrawn)
    assert (ended.escalation_id, ended.outcome, ended.resolved_by) == (ladder.escalation_id, outcome, OFFICER)
    assert case.visit("2026-03").state is becomes
    assert not case.state.escalations
    assert case.until(at("2026-04-01 00:00")) == []


def test_an_end_that_says_nothing_of_the_visit_leaves_its_ladder(case: CasePlayer) -> None:
    ladder, danger = case.state.escalations
    case.tell(
        m.EscalationClosed, escalation_id=danger.escalation_id, visit_id=danger.visit_id, outcome=Outcome.WITHDRAWN,
        resolved_by=OFFICER,
    )  # fmt: skip
    assert case.state.escalations == (ladder,)
