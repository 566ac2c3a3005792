"""On which days a visit can have been made: one rule for a report, a correction and what ends an escalation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from decisions import escalation
from models import events as e
from models import messages as m
from models.errors import REFUSAL_WORDS, Refusal
from models.letters import StartEscalation
from models.values import Channel, EscalationCause, Outcome, VisitKind, VisitResult, VisitState
from tests.decisions.case_player import OFFICER, CasePlayer, at

ENROLLED_ON = date(2026, 3, 12)


@pytest.fixture
def case() -> CasePlayer:
    """Asked in March 2026, visited on the 16th; then an extra visit is asked for on the 18th at nine."""
    made = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"), edition=2)
    made.until(at("2026-03-16 12:00"))
    made.report()
    made.until(at("2026-03-18 09:00"))
    made.tell(m.ChangeCircumstances, change="injured")
    return made


@pytest.fixture
def overdue() -> CasePlayer:
    """Enrolled on March 12, 2026, and nobody went until the 24th."""
    made = CasePlayer(at("2026-03-12 09:00"), edition=2, start_on=ENROLLED_ON)
    made.until(at("2026-03-24 10:00"))
    assert [standing.cause_of for standing in made.state.escalations] == [EscalationCause.OVERDUE]
    return made


def asked(case: CasePlayer) -> Any:
    return next(visit for visit in case.state.visits if visit.kind is VisitKind.AD_HOC)


def end(case: CasePlayer, **said: Any) -> list[str]:
    (standing,) = case.state.escalations
    return case.tell(
        m.EscalationClosed, escalation_id=standing.escalation_id, visit_id=standing.visit_id, resolved_by=OFFICER,
        outcome=Outcome.VISITED, **said,
    )  # fmt: skip


# --- an extra visit that was asked for -------------------------------------------------------------------------------


def test_a_visit_of_the_day_before_it_was_asked_for_is_another_one(case: CasePlayer) -> None:
    named = asked(case).visit_id
    assert case.report(on=date(2026, 3, 17), visit_id=named) == ["VisitOpened", "VisitReported"]
    assert asked(case).visit_id == named and asked(case).open
    assert case.last(e.VisitReported).visit_id != named


def test_a_visit_of_an_hour_before_it_was_asked_for_is_another_one(case: CasePlayer) -> None:
    named, earlier = asked(case).visit_id, at("2026-03-18 08:00")
    case.until(at("2026-03-18 11:00"))
    case.report(visit_id=named, visited_at=earlier, actor=OFFICER, channel=Channel.CONSOLE)
    assert asked(case).visit_id == named and asked(case).open
    case.report(visit_id=named, visited_at=earlier + timedelta(hours=2), actor=OFFICER, channel=Channel.CONSOLE)
    assert case.state.visit(named).state is VisitState.DONE  # type: ignore[union-attr]


def test_of_the_day_it_was_asked_for_the_hour_is_not_asked(case: CasePlayer) -> None:
    named = asked(case).visit_id
    assert case.report(visit_id=named) == ["VisitReported"]
    assert case.last(e.VisitReported).visit_id == named


# --- an escalation's end ---------------------------------------------------------------------------------------------


def test_a_day_before_enrolment_ends_the_escalation_and_the_visit_is_owned_by_another(overdue: CasePlayer) -> None:
    assert end(overdue, visited_on=ENROLLED_ON - timedelta(days=1)) == ["EscalationEnded", "EscalationOpened"]
    assert overdue.visit("2026-03").open
    assert [standing.cause_of for standing in overdue.state.escalations] == [EscalationCause.OVERDUE]


def test_a_visit_of_before_the_extra_one_was_asked_for_does_not_end_it(case: CasePlayer) -> None:
    case.until(at("2026-03-19 10:00"))
    assert end(case, visited_on=date(2026, 3, 17)) == ["EscalationEnded", "EscalationOpened"]
    assert asked(case).open


def test_of_an_earlier_day_the_hour_is_not_known(overdue: CasePlayer) -> None:
    assert end(overdue, visited_on=date(2026, 3, 22)) == ["EscalationEnded", "VisitReported"]
    reported = overdue.last(e.VisitReported)
    assert (reported.visited_on, reported.visited_at) == (date(2026, 3, 22), None)
    assert reported.reported_at == overdue.now


def test_of_today_the_hour_is_when_it_was_told(overdue: CasePlayer) -> None:
    end(overdue)
    assert overdue.last(e.VisitReported).visited_at == overdue.now


def test_a_day_that_proves_nothing_proves_nobody_alive() -> None:
    case = CasePlayer(at("2026-03-12 09:00"), edition=2, start_on=ENROLLED_ON)
    case.tell(m.ReportDeath)
    assert "DeathUndone" not in end(case, visited_on=ENROLLED_ON - timedelta(days=1))
    assert [standing.cause_of for standing in case.state.escalations] == [EscalationCause.DEATH_TO_CONFIRM]
    assert "DeathUndone" in end(case)


def test_the_escalation_itself_refuses_a_day_to_come_and_goes_on(overdue: CasePlayer) -> None:
    opened = overdue.last(e.EscalationOpened)
    start = StartEscalation(
        workflow_id=opened.escalation_id, elder_id="E1", county_id="C1", opened=opened, policy=overdue.state.rules,
        edition=2,
    )  # fmt: skip
    state = escalation.initial(start, opened.escalation_id).model_copy(update={"started": True, "owner_id": "S-1"})
    head: dict[str, Any] = dict(actor=OFFICER, channel=Channel.CONSOLE, received_at=overdue.now)

    def resolved(key: str, **said: Any) -> e.Event:
        message = m.Resolve(key=key, outcome=Outcome.VISITED, **said, **head)
        (event,) = escalation.decide(state, message, overdue.now)
        return event

    tomorrow = resolved("m-1", visited_on=date(2026, 3, 25))
    assert isinstance(tomorrow, e.MessageRefused) and tomorrow.refusal == Refusal.IN_THE_FUTURE
    assert REFUSAL_WORDS[Refusal.IN_THE_FUTURE] == "探访日期不能晚于今天"
    tonight = resolved("m-2", visited_on=date(2026, 3, 24), visited_at=overdue.now + timedelta(hours=1))
    assert isinstance(tonight, e.MessageRefused)
    assert isinstance(resolved("m-3", visited_on=date(2026, 3, 24)), e.EscalationResolved)


# --- a correction ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "refusal"),
    [(date(2026, 3, 11), Refusal.BEFORE_ENROLMENT), (date(2026, 3, 25), Refusal.IN_THE_FUTURE)],
)
def test_a_correction_to_a_day_that_cannot_be_is_refused(overdue: CasePlayer, on: date, refusal: Refusal) -> None:
    overdue.report()
    said = overdue.tell(m.CorrectReport, visit_id="E1.2026-03", result=VisitResult.WELL, visited_on=on)
    assert said == ["MessageRefused"]
    assert overdue.last(e.MessageRefused).refusal == refusal
    assert overdue.visit("2026-03").visited_on == date(2026, 3, 24)
