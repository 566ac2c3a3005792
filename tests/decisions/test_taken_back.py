"""A report corrected or taken back: what was owed is owed again by somebody who was asked, what nobody owed is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.values import (
    Actor,
    ActorKind,
    Channel,
    EscalationCause,
    Need,
    Role,
    VisitKind,
    VisitResult,
    VisitState,
)
from tests.decisions.case_player import OFFICER, SECOND, VOLUNTEER, CasePlayer, at
from tests.decisions.test_asked_again import texts_of_last

BY_STAFF: dict[str, Any] = dict(actor=OFFICER, channel=Channel.CONSOLE)
OTHER = Actor(id="V-2", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)


@pytest.fixture
def case() -> CasePlayer:
    return CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"), edition=2)


@pytest.fixture
def visited(case: CasePlayer) -> CasePlayer:
    """Asked in March 2026, visited on the 16th, told by text."""
    case.until(at("2026-03-16 12:00"))
    case.report()
    return case


@pytest.fixture
def unasked(case: CasePlayer) -> CasePlayer:
    """On March 2 a staff member was there, before the volunteer was asked."""
    case.until(at("2026-03-02 07:00"))
    case.report(**BY_STAFF)
    assert case.visit("2026-03").state is VisitState.DONE
    return case


def suspend(case: CasePlayer) -> None:
    case.tell(m.Suspend, reason="hospital", review_on=date(2026, 5, 10))
    case.tell(m.ConfirmSuspension, SECOND)


# --- corrected by staff ----------------------------------------------------------------------------------------------


def test_a_correction_to_help_needed_puts_the_need_before_a_person_once(visited: CasePlayer) -> None:
    corrected: dict[str, Any] = dict(visit_id="E1.2026-03", result=VisitResult.NEEDS_HELP)
    assert visited.tell(m.CorrectReport, **corrected) == ["ReportCorrected", "ServiceNeeded"]
    assert visited.last(e.ServiceNeeded).need is Need.UNSPECIFIED
    assert visited.tell(m.CorrectReport, **corrected, visited_on=date(2026, 3, 15)) == ["ReportCorrected"]


def test_the_visitor_of_a_corrected_report_is_who_went_and_they_may_still_correct_it(visited: CasePlayer) -> None:
    visited.tell(m.CorrectReport, visit_id="E1.2026-03", result=VisitResult.WELL, visited_on=date(2026, 3, 15))
    corrected = visited.last(e.ReportCorrected)
    assert (corrected.visitor_id, corrected.actor.id) == ("V-1", OFFICER.id)
    assert visited.visit("2026-03").reported_by == "V-1"
    assert visited.tell(m.CorrectReport, VOLUNTEER, Channel.SMS) == ["ReportCorrected"]
    assert visited.visit("2026-03").open


# --- what nobody owes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [OFFICER, OTHER])
def test_an_extra_visit_nobody_asked_for_is_cancelled_and_climbs_no_ladder(visited: CasePlayer, by: Actor) -> None:
    visited.report(actor=OTHER)
    visited.until(at("2026-03-18 12:00"))
    extra = visited.state.visits[-1]
    assert visited.tell(m.CorrectReport, by, visit_id=extra.visit_id) == ["ReportCorrected", "VisitCancelled"]
    cancelled = visited.last(e.VisitCancelled)
    assert (cancelled.reason, cancelled.given_by, cancelled.volunteer_id) == ("taken_back", by, None)
    assert visited.until(at("2026-04-01 00:00")) == []
    assert not visited.state.escalations


def test_an_extra_visit_that_was_asked_for_is_owed_again(visited: CasePlayer) -> None:
    visited.tell(m.RequestVisit)
    asked = visited.state.visits[-1]
    visited.report(visit_id=asked.visit_id)
    assert visited.tell(m.CorrectReport, visit_id=asked.visit_id) == ["ReportCorrected"]
    assert visited.state.known_visit(asked.visit_id).open


def test_while_suspended_a_visit_is_cancelled_for_the_suspension_s_reason(visited: CasePlayer) -> None:
    suspend(visited)
    visited.until(at("2026-04-05 12:00"))  # April is skipped; March was open when the suspension began
    assert visited.tell(m.CorrectReport, visit_id="E1.2026-03") == ["ReportCorrected", "VisitCancelled"]
    cancelled = visited.last(e.VisitCancelled)
    assert (cancelled.reason, cancelled.given_by, cancelled.volunteer_id) == ("hospital", OFFICER, "V-1")
    assert visited.visit("2026-03").state is VisitState.CANCELLED


def test_a_visit_of_before_the_suspension_stays_owed(visited: CasePlayer) -> None:
    visited.until(at("2026-04-01 12:00"))
    suspend(visited)
    assert visited.tell(m.CorrectReport, visit_id="E1.2026-03") == ["ReportCorrected", "EscalationOpened"]
    assert visited.visit("2026-03").state is VisitState.MISSED


# --- what is owed by somebody else -----------------------------------------------------------------------------------


def test_a_month_that_staff_had_completed_unasked_is_given_to_a_volunteer_who_is_told(unasked: CasePlayer) -> None:
    assert unasked.tell(m.CorrectReport, visit_id="E1.2026-03") == ["ReportCorrected", "VisitReassigned"]
    again = unasked.last(e.VisitReassigned)
    assert (again.from_id, again.to_id, again.reason) == (OFFICER.id, "V-1", "taken_back")
    [told] = texts_of_last(unasked, "VisitReassigned")
    assert (told.recipient_id, told.template) == ("V-1", "reassigned_to")
    unasked.until(at("2026-03-19 12:00"))
    assert unasked.last(e.VisitorReminded).volunteer_id == "V-1"


def test_with_nobody_to_send_the_ladder_has_it_at_once(unasked: CasePlayer) -> None:
    unasked.volunteers = []
    said = unasked.tell(m.CorrectReport, visit_id="E1.2026-03")
    assert said == ["ReportCorrected", "VisitReassigned", "EscalationOpened"]
    assert unasked.state.escalations[0].cause_of is EscalationCause.NO_VOLUNTEER
    assert unasked.visit("2026-03").volunteer_id is None


def test_nobody_seen_after_all_by_staff_is_given_to_a_volunteer_too(unasked: CasePlayer) -> None:
    said = unasked.report(VisitResult.NOT_SEEN, **BY_STAFF)
    assert said == ["ReportCorrected", "VisitReassigned", "AttemptRecorded"]
    assert unasked.visit("2026-03").volunteer_id == "V-1"


def test_a_volunteer_who_went_unasked_and_saw_nobody_tries_once_more(case: CasePlayer) -> None:
    case.until(at("2026-03-02 07:00"))
    case.report(actor=OTHER)
    assert case.report(VisitResult.NOT_SEEN, actor=OTHER) == ["ReportCorrected", "AttemptRecorded"]
    assert case.last(e.AttemptRecorded).try_again
    assert case.visit("2026-03").volunteer_id == "V-2"


def test_while_a_death_is_reported_nobody_is_sent_and_undone_it_is_owned(unasked: CasePlayer) -> None:
    unasked.tell(m.ReportDeath)
    said = unasked.tell(m.CorrectReport, visit_id="E1.2026-03")
    assert said == ["ReportCorrected", "VisitReassigned", "LadderHeld"]
    unasked.tell(m.UndoDeath)
    assert [standing.cause_of for standing in unasked.state.escalations] == [EscalationCause.NO_VOLUNTEER]


def test_of_a_month_that_is_over_nobody_is_sent(unasked: CasePlayer) -> None:
    unasked.until(at("2026-04-01 00:00"))
    assert unasked.tell(m.CorrectReport, visit_id="E1.2026-03") == ["ReportCorrected", "EscalationOpened"]
    assert unasked.visit("2026-03").kind is VisitKind.SCHEDULED
    assert unasked.visit("2026-03").state is VisitState.MISSED
