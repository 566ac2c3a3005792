"""What changes while a case is suspended: a discharge ends the suspension, anything else is kept, no visit promised."""

from __future__ import annotations

from datetime import date

import pytest

from models import events as e
from models import messages as m
from models.values import CaseStatus, VisitKind
from tests.decisions.case_player import SECOND, CasePlayer, at


def suspended(edition: int = 2) -> CasePlayer:
    """In hospital since March 16, 2026, to be looked at again on May 10."""
    made = CasePlayer(at("2026-03-01 00:00"), edition=edition)
    made.until(at("2026-03-16 12:00"))
    made.tell(m.Suspend, reason="hospital", review_on=date(2026, 5, 10))
    made.tell(m.ConfirmSuspension, SECOND)
    made.until(at("2026-03-20 09:00"))
    return made


def test_a_discharge_resumes_the_case_and_somebody_goes_within_a_day() -> None:
    case = suspended()
    said = case.tell(m.ChangeCircumstances, change="discharged")
    assert said == ["CircumstancesChanged", "CaseResumed", "VisitOpened"]
    assert case.last(e.CaseResumed).because == "staff"
    opened = case.last(e.VisitOpened)
    assert (opened.visit_kind, opened.volunteer_id, opened.told) == (VisitKind.AD_HOC, "V-1", True)
    assert opened.period.due_at == at("2026-03-21 09:00")
    case.report(visit_id=opened.visit_id)
    case.until(at("2026-04-30 12:00"))
    assert case.visit("2026-04") is not None


def test_with_nobody_to_send_the_ladder_has_the_visit_at_once() -> None:
    case = suspended()
    case.volunteers = []
    said = case.tell(m.ChangeCircumstances, change="discharged")
    assert said == ["CircumstancesChanged", "CaseResumed", "VisitOpened", "EscalationOpened"]


@pytest.mark.parametrize("change", ["bereaved", "injured", "moved_home", "other"])
def test_any_other_change_is_kept_and_the_answer_promises_no_visit(change: str) -> None:
    case = suspended()
    assert case.tell(m.ChangeCircumstances, change=change) == ["CircumstancesChanged"]
    answer = case.state.replies[-1]
    assert (answer.accepted, answer.refusal, answer.recorded) == (True, None, ("CircumstancesChanged",))
    assert case.state.status is CaseStatus.SUSPENDED


def test_a_case_of_the_first_edition_asks_for_nothing_it_did_not_ask_for_then() -> None:
    case = suspended(edition=1)
    assert case.tell(m.ChangeCircumstances, change="discharged") == ["CircumstancesChanged"]
    assert case.state.status is CaseStatus.SUSPENDED


def test_while_a_death_is_reported_nobody_is_sent() -> None:
    case = suspended()
    case.tell(m.ReportDeath)
    assert case.tell(m.ChangeCircumstances, change="discharged") == ["CircumstancesChanged"]
    assert case.state.status is CaseStatus.DEATH_REPORTED
