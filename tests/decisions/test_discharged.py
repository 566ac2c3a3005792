"""While a case is suspended: a discharge ends it, other changes are kept, who goes all the same made an extra visit."""

from __future__ import annotations

from datetime import date

import pytest

from models import events as e
from models import messages as m
from models.values import Actor, ActorKind, CaseStatus, Role, VisitKind, VisitState
from tests.decisions.case_player import SECOND, CasePlayer, at

OTHER = Actor(id="V-2", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)


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


# --- seen all the same -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", [1, 2])
@pytest.mark.parametrize("when", ["2026-03-20 09:00", "2026-04-01 08:00", "2026-04-20 12:00", "2026-05-01 08:00"])
def test_another_volunteers_visit_is_an_extra_one_whatever_month_it_is(when: str, edition: int) -> None:
    """In the month that was broken off, on the 1st before the next is skipped, and after: none is asked for."""
    case = suspended(edition)
    case.until(at(when))
    assert case.report(actor=OTHER) == ["VisitOpened", "VisitReported"]
    opened = case.last(e.VisitOpened)
    assert (opened.visit_kind, opened.reason, opened.told) == (VisitKind.AD_HOC, "unasked", False)
    assert case.last(e.VisitReported).visitor_id == OTHER.id
    assert (case.state.status, case.visit("2026-03").state) == (CaseStatus.SUSPENDED, VisitState.CANCELLED)
    case.until(at("2026-05-09 23:00"))
    skipped = [fact.period.id for fact, _ in case.said if isinstance(fact, e.PeriodSkipped)]
    assert "2026-04" in skipped and case.visit("2026-04") is None


def test_told_twice_it_is_one_and_another_day_is_another() -> None:
    case = suspended()
    case.report(actor=OTHER)
    assert case.report(actor=OTHER) == ["MessageRefused"]
    case.until(at("2026-03-23 09:00"))
    assert case.report(actor=OTHER) == ["VisitOpened", "VisitReported"]


def test_it_ends_the_ladder_of_a_month_that_was_missed_before_the_suspension() -> None:
    case = CasePlayer(at("2026-03-01 00:00"), edition=2)
    case.until(at("2026-04-02 12:00"))
    case.tell(m.Suspend, reason="away", review_on=date(2026, 5, 10))
    case.tell(m.ConfirmSuspension, SECOND)
    assert [open_.visit_id for open_ in case.state.escalations] == ["E1.2026-03"]
    assert case.report(actor=OTHER) == ["VisitOpened", "VisitReported", "EscalationWithdrawn"]
    assert case.last(e.VisitOpened).visit_kind is VisitKind.AD_HOC
    assert case.visit("2026-03").state is VisitState.MISSED


def test_resumed_the_month_is_asked_for_all_the_same() -> None:
    """What was seen while nobody was to go counts for nothing that is owed afterwards."""
    case = suspended()
    case.until(at("2026-04-01 08:00"))
    case.report(actor=OTHER)
    case.tell(m.Resume)
    case.until(at("2026-04-20 12:00"))
    assert case.visit("2026-04").open
