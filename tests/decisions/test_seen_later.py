"""A later visit ends the ladder of a month that was missed, which stays missed; taken back, it is owed again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.values import (
    Actor,
    ActorKind,
    CaseStatus,
    Channel,
    EscalationCause,
    Method,
    Need,
    Outcome,
    Role,
    VisitResult,
    VisitState,
)
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at

BY_STAFF: dict[str, Any] = dict(actor=OFFICER, channel=Channel.CONSOLE, method=Method.HOME)
OTHER = Actor(id="V-2", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)
MARCH = "escalation/E1/2026-03"


def missed(edition: int = 2) -> CasePlayer:
    """Nobody went in March; its ladder climbs."""
    case = CasePlayer(at("2026-03-01 00:00"), edition=edition)
    case.until(at("2026-04-01 00:00"))
    assert case.visit("2026-03").state is VisitState.MISSED
    assert standing(case) == [MARCH]
    return case


@pytest.fixture
def case() -> CasePlayer:
    return missed()


def standing(case: CasePlayer) -> list[str]:
    return [open_.escalation_id for open_ in case.state.escalations]


@pytest.mark.parametrize("when", ["2026-04-01 08:00", "2026-04-18 12:00"])
def test_a_visit_of_april_ends_march_s_ladder_with_the_visitor_as_the_named_one(case: CasePlayer, when: str) -> None:
    """On the 1st it completes April before anybody was asked; on the 18th it was asked for."""
    case.until(at(when))
    assert case.report()[-2:] == ["VisitReported", "EscalationWithdrawn"]
    ended = case.last(e.EscalationWithdrawn)
    assert (ended.escalation_id, ended.outcome) == (MARCH, Outcome.REPORTED_BY_VISITOR)
    assert (ended.resolved_by, ended.by_visit_id) == (VOLUNTEER, "E1.2026-04")
    assert standing(case) == []
    assert case.visit("2026-03").state is VisitState.MISSED


def test_an_officer_who_ends_april_s_ladder_with_a_visit_ends_march_s(case: CasePlayer) -> None:
    case.until(at("2026-04-22 12:00"))
    assert standing(case) == [MARCH, "escalation/E1/2026-04"]
    case.tell(
        m.EscalationClosed, escalation_id="escalation/E1/2026-04", visit_id="E1.2026-04", outcome=Outcome.VISITED,
        visited_on=date(2026, 4, 22), visited_at=None, resolved_by=OFFICER,
    )  # fmt: skip
    assert standing(case) == []
    assert case.last(e.EscalationWithdrawn).resolved_by == OFFICER


@pytest.mark.parametrize(
    "brings", [dict(risk=True), dict(needs=(Need.UNSPECIFIED,)), dict(result=VisitResult.NEEDS_HELP)]
)
def test_one_that_brings_a_risk_or_a_need_ends_nothing(case: CasePlayer, brings: dict[str, Any]) -> None:
    case.until(at("2026-04-18 12:00"))
    case.report(**brings)
    assert MARCH in standing(case)


def test_an_attempt_ends_nothing(case: CasePlayer) -> None:
    case.until(at("2026-04-18 12:00"))
    case.report(VisitResult.NOT_SEEN)
    assert standing(case) == [MARCH]


def test_a_visit_of_before_the_missed_month_ends_nothing() -> None:
    """The paper form of a visit in February, entered in April."""
    case = CasePlayer(at("2026-02-01 00:00"), edition=2)
    case.until(at("2026-04-01 00:00"))
    assert standing(case) == ["escalation/E1/2026-02", MARCH]
    case.report(on=date(2026, 2, 10), **BY_STAFF)
    assert standing(case) == [MARCH]


def test_every_month_that_was_missed_before_is_answered_at_once() -> None:
    case = CasePlayer(at("2026-02-01 00:00"), edition=2)
    case.until(at("2026-04-18 12:00"))
    case.report()
    assert standing(case) == []


def test_what_a_risk_opened_stands(case: CasePlayer) -> None:
    case.tell(m.ReportDanger, VOLUNTEER, Channel.SMS, visit_id=None)
    danger = [open_.escalation_id for open_ in case.state.escalations if open_.cause_of is EscalationCause.RISK]
    case.until(at("2026-04-18 12:00"))
    case.report()
    assert standing(case) == danger


def test_before_edition_2_a_ladder_ended_with_its_own_visit_only() -> None:
    case = missed(edition=1)
    case.until(at("2026-04-18 12:00"))
    case.report()
    assert standing(case) == [MARCH]


# --- taken back ------------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(case: CasePlayer) -> CasePlayer:
    case.until(at("2026-04-10 12:00"))
    case.report()
    assert standing(case) == []
    return case


@pytest.mark.parametrize("how", ["52错", "没见到", "staff"])
def test_taken_back_march_is_owned_again(answered: CasePlayer, how: str) -> None:
    if how == "没见到":
        answered.report(VisitResult.NOT_SEEN)
    elif how == "52错":
        answered.tell(m.CorrectReport, VOLUNTEER, Channel.SMS)
    else:
        answered.tell(m.CorrectReport, visit_id="E1.2026-04")
    [again] = answered.state.escalations
    assert (again.visit_id, again.cause_of) == ("E1.2026-03", EscalationCause.NOT_SEEN)
    assert again.escalation_id != MARCH
    assert answered.visit("2026-03").escalation_id == again.escalation_id
    assert answered.visit("2026-04").open


def test_once_only_and_the_next_report_ends_it_again(answered: CasePlayer) -> None:
    answered.tell(m.CorrectReport, visit_id="E1.2026-04")
    answered.report()
    assert standing(answered) == []
    answered.tell(m.CorrectReport, visit_id="E1.2026-04")
    assert len(standing(answered)) == 1


def test_another_s_report_taken_back_leaves_it_ended(answered: CasePlayer) -> None:
    answered.until(at("2026-04-12 12:00"))
    answered.report(actor=OTHER)
    extra = answered.state.visits[-1]
    answered.tell(m.CorrectReport, OTHER, Channel.SMS, visit_id=extra.visit_id)
    assert standing(answered) == []


def test_what_a_person_had_ended_is_not_owed_again(case: CasePlayer) -> None:
    case.tell(
        m.EscalationClosed, escalation_id=MARCH, visit_id="E1.2026-03", outcome=Outcome.OTHER,
        visited_on=None, visited_at=None, resolved_by=OFFICER,
    )  # fmt: skip
    case.until(at("2026-04-10 12:00"))
    case.report()
    case.tell(m.CorrectReport, visit_id="E1.2026-04")
    assert standing(case) == []


def test_while_a_death_is_reported_it_waits(answered: CasePlayer) -> None:
    answered.tell(m.ReportDeath)
    answered.tell(m.CorrectReport, visit_id="E1.2026-04")
    assert answered.visit("2026-03").held is EscalationCause.NOT_SEEN
    answered.tell(m.UndoDeath)
    assert answered.state.status is CaseStatus.OPEN
    assert [open_.visit_id for open_ in answered.state.escalations] == ["E1.2026-03"]
