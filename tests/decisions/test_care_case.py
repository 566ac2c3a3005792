"""One case by its pure functions: what time, reports and people make of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.errors import Refusal
from models.values import Actor, ActorKind, CaseStatus, Channel, Need, NoteRef, Outcome, Role, VisitResult, VisitState
from tests.decisions.case_player import OFFICER, SECOND, VOLUNTEER, CasePlayer, at

OTHER = Actor(id="V-2", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)


@pytest.fixture
def case() -> CasePlayer:
    """Enrolled on the first of March 2026, in its first hour: an ordinary month from the beginning."""
    return CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"))


def asked(case: CasePlayer) -> CasePlayer:
    case.until(at("2026-03-16 12:00"))
    assert case.visit("2026-03").open
    return case


# --- an ordinary month -----------------------------------------------------------------------------------------------


def test_a_month_with_nobody_is_reminded_twice_overdue_and_missed_with_one_owner(case: CasePlayer) -> None:
    assert case.kinds() == ["CaseOpened", "PolicyAdopted"]
    said = case.until(at("2026-04-01 00:00"))
    assert said == [
        "VisitOpened", "VisitorReminded", "VisitorReminded", "VisitOverdue", "EscalationOpened", "VisitMissed",
    ]  # fmt: skip
    times = {type(event).__name__: when for event, when in case.said}
    assert times["VisitorReminded"] == at("2026-03-19 09:00")
    assert times["VisitOverdue"] == at("2026-03-21 00:00")
    assert times["VisitMissed"] == at("2026-04-01 00:00")
    assert case.last(e.VisitMissed).escalation_id == case.last(e.EscalationOpened).escalation_id


@pytest.mark.parametrize(
    ("visited_on", "reported", "state"),
    [
        ("2026-03-16", "2026-03-16 18:00", VisitState.DONE),
        ("2026-03-20", "2026-03-20 23:59", VisitState.DONE),
        ("2026-03-20", "2026-03-22 08:00", VisitState.DONE),  # said two days later: the day counts, not the text
        ("2026-03-21", "2026-03-21 00:01", VisitState.LATE),
        ("2026-03-31", "2026-03-31 23:59", VisitState.LATE),
    ],
)
def test_on_time_is_judged_by_the_day_of_the_visit(
    case: CasePlayer, visited_on: str, reported: str, state: VisitState
) -> None:
    asked(case).until(at(reported))
    case.report(on=date.fromisoformat(visited_on))
    assert case.visit("2026-03").state is state


def test_a_year_has_one_visit_a_month_in_one_state(case: CasePlayer) -> None:
    for month in range(3, 13):
        case.until(at(f"2026-{month:02d}-17 10:00"))
        case.report()
    opened = [event for event, _ in case.said if isinstance(event, e.VisitOpened)]
    assert [event.period.id for event in opened] == [f"2026-{month:02d}" for month in range(3, 13)]
    assert case.kinds().count("VisitReported") == 10


def test_enrolled_late_in_the_month_the_month_has_a_reason_and_no_visit() -> None:
    case = CasePlayer(at("2026-03-25 10:00"))
    skipped = case.last(e.PeriodSkipped)
    assert (skipped.period.id, skipped.reason) == ("2026-03", "enrolled_late")
    assert "VisitOpened" in case.until(at("2026-04-17 00:00"))


def test_a_slept_through_month_is_missed_with_an_owner_and_never_texted(case: CasePlayer) -> None:
    case.now = at("2026-05-16 10:00")
    said = case.until(at("2026-05-16 10:00"))
    assert said.count("VisitMissed") == 2
    texted = [event for event, _ in case.said if isinstance(event, e.VisitOpened) and event.told]
    assert [event.period.id for event in texted] == ["2026-05"]


# --- reports ---------------------------------------------------------------------------------------------------------


def test_the_same_message_twice_happens_once(case: CasePlayer) -> None:
    asked(case)
    message = m.ReportVisit.model_validate(
        {
            "key": "sms-1", "actor": VOLUNTEER, "channel": "sms", "received_at": case.now, "visitor_id": "V-1",
            "result": "well", "visited_on": date(2026, 3, 16), "evidence": "sms_digit",
        }
    )  # fmt: skip
    assert case.hand(message) == ["VisitReported"]
    assert case.hand(message) == []
    reply = case.state.reply_to("sms-1")
    assert reply is not None and reply.accepted


def test_a_second_text_saying_the_same_is_answered_already_recorded(case: CasePlayer) -> None:
    asked(case).report()
    assert case.report() == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.ALREADY_REPORTED


def test_another_result_from_the_same_person_is_a_correction(case: CasePlayer) -> None:
    asked(case).report()
    assert case.report(VisitResult.NEEDS_HELP) == ["ReportCorrected", "ServiceNeeded"]
    assert case.kinds().count("VisitReported") == 1


def test_taking_a_report_back_before_due_opens_the_visit_again(case: CasePlayer) -> None:
    asked(case).report()
    assert case.tell(m.CorrectReport, VOLUNTEER, Channel.SMS) == ["ReportCorrected"]
    assert case.visit("2026-03").open


def test_a_stranger_may_not_correct_another_persons_report(case: CasePlayer) -> None:
    asked(case).report()
    case.tell(m.CorrectReport, OTHER, Channel.SMS)
    assert case.last(e.MessageRefused).refusal == Refusal.NOT_THE_REPORTER


def test_an_unasked_visit_completes_the_month_and_the_month_is_never_texted(case: CasePlayer) -> None:
    case.until(at("2026-03-01 08:00"))
    assert case.report() == ["VisitOpened", "VisitReported"]
    assert not case.last(e.VisitOpened).told
    assert case.until(at("2026-03-31 23:00")) == []


def test_a_second_visit_by_somebody_else_is_an_extra_one(case: CasePlayer) -> None:
    asked(case).report()
    case.report(actor=OTHER)
    assert case.last(e.VisitOpened).visit_kind == "ad_hoc"
    assert case.visit("2026-03").state is VisitState.DONE


@pytest.mark.parametrize(
    ("on", "channel", "refusal"),
    [
        (date(2026, 3, 17), Channel.SMS, Refusal.IN_THE_FUTURE),
        (date(2026, 3, 12), Channel.SMS, Refusal.TOO_FAR_BACK),
        (date(2019, 12, 31), Channel.CONSOLE, Refusal.BEFORE_ENROLMENT),
    ],
)
def test_a_day_that_cannot_be_is_refused_by_name(
    case: CasePlayer, on: date, channel: Channel, refusal: Refusal
) -> None:
    asked(case)
    assert case.report(on=on, channel=channel) == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == refusal
    assert case.visit("2026-03").open


def test_a_paper_form_weeks_later_makes_a_missed_visit_done_and_says_recorded_late(case: CasePlayer) -> None:
    asked(case).until(at("2026-04-03 10:00"))
    said = case.report(on=date(2026, 3, 18), actor=OFFICER, channel=Channel.PAPER)
    assert said == ["VisitReported", "EscalationWithdrawn"]
    assert case.last(e.VisitReported).recorded_late
    assert case.visit("2026-03").state is VisitState.DONE


def test_nobody_at_the_door_is_an_attempt_and_the_second_goes_to_the_grid_worker(case: CasePlayer) -> None:
    asked(case)
    assert case.report(VisitResult.NOT_SEEN) == ["AttemptRecorded"]
    assert case.last(e.AttemptRecorded).try_again
    assert case.report(VisitResult.NOT_SEEN) == ["AttemptRecorded", "EscalationOpened"]
    assert case.visit("2026-03").open


def test_at_a_high_risk_elders_door_the_first_attempt_goes_to_the_grid_worker() -> None:
    case = asked(CasePlayer(at("2026-03-01 00:00"), tags=("独居",)))
    assert case.report(VisitResult.NOT_SEEN) == ["AttemptRecorded", "EscalationOpened"]


def test_needs_are_followed_up_and_a_risk_is_escalated_at_once(case: CasePlayer) -> None:
    asked(case)
    said = case.report(actor=OFFICER, channel=Channel.CONSOLE, needs=(Need.ASSESSMENT, Need.DAILY_CARE), risk=True)
    assert said == ["VisitReported", "AssessmentDue", "ServiceNeeded", "EscalationOpened"]


def test_a_later_report_ends_the_ladder_unless_it_brings_a_need(case: CasePlayer) -> None:
    asked(case).until(at("2026-03-22 10:00"))
    assert case.report(VisitResult.NEEDS_HELP) == ["VisitReported", "ServiceNeeded"]
    assert len(case.state.escalations) == 1


def test_danger_is_escalated_urgently_and_touches_no_visit(case: CasePlayer) -> None:
    asked(case)
    assert case.tell(m.ReportDanger, VOLUNTEER, Channel.SMS) == ["EscalationOpened"]
    assert case.last(e.EscalationOpened).urgency == "urgent"
    assert case.visit("2026-03").open


# --- visitors --------------------------------------------------------------------------------------------------------


def test_who_cannot_go_gives_the_visit_to_another(case: CasePlayer) -> None:
    asked(case)
    assert case.report(VisitResult.CANNOT_GO) == ["VisitReassigned"]
    assert case.last(e.VisitReassigned).to_id == "V-2"


def test_each_open_visit_of_who_opted_out_is_handed_on_by_its_own_name(case: CasePlayer) -> None:
    asked(case)
    case.tell(m.RequestVisit)
    held = [visit.visit_id for visit in case.state.open_visits() if visit.volunteer_id == "V-1"]
    assert len(held) == 2
    for visit_id in reversed(held):
        assert case.tell(m.Reassign, from_id="V-1", visit_id=visit_id, reason="opted_out") == ["VisitReassigned"]
        assert case.last(e.VisitReassigned).visit_id == visit_id
    assert {visit.volunteer_id for visit in case.state.open_visits()} == {"V-2"}
    assert case.tell(m.Reassign, from_id="V-1", visit_id=held[0], reason="opted_out") == ["MessageRefused"]


def test_when_nobody_is_left_the_ladder_owns_the_visit_at_once(case: CasePlayer) -> None:
    case.volunteers = []
    said = case.until(at("2026-03-16 12:00"))
    assert said == ["VisitOpened", "EscalationOpened"]
    assert case.last(e.EscalationOpened).cause_of == "no_volunteer"
    assert case.until(at("2026-04-01 00:00")) == ["VisitOverdue", "VisitMissed"]  # one escalation, not two


def test_a_number_that_cannot_be_reached_is_noted_and_the_visit_given_on(case: CasePlayer) -> None:
    asked(case)
    said = case.tell(m.MessageUndeliverable, recipient_id="V-1", why="bad_number")
    assert said == ["UndeliverableNoted", "VisitReassigned"]


# --- not visited for a reason ----------------------------------------------------------------------------------------


def test_a_suspension_needs_a_second_person_and_ends_by_itself(case: CasePlayer) -> None:
    asked(case)
    assert case.tell(m.Suspend, reason="hospital", review_on=date(2026, 4, 20)) == ["SuspensionProposed"]
    assert case.tell(m.ConfirmSuspension) == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.SAME_PERSON
    assert case.tell(m.ConfirmSuspension, SECOND) == ["CaseSuspended", "VisitCancelled"]
    assert case.until(at("2026-04-19 00:00")) == ["PeriodSkipped"]
    assert case.until(at("2026-04-20 00:00")) == ["CaseResumed"]
    assert "VisitOpened" in case.until(at("2026-05-18 00:00"))


def test_a_suspension_over_the_longest_time_is_refused(case: CasePlayer) -> None:
    asked(case)
    case.tell(m.Suspend, reason="away", review_on=date(2026, 3, 16) + timedelta(days=63))
    assert case.last(e.MessageRefused).refusal == Refusal.REVIEW_TOO_LATE


def test_a_refusal_ends_this_month_only_and_only_staff_may_record_it(case: CasePlayer) -> None:
    asked(case)
    case.tell(m.RecordRefusal, VOLUNTEER, Channel.SMS)
    assert case.last(e.MessageRefused).refusal == Refusal.STAFF_ONLY
    assert case.tell(m.RecordRefusal) == ["RefusalRecorded", "VisitCancelled"]
    assert "VisitOpened" in case.until(at("2026-04-17 00:00"))


def test_a_refusal_before_the_month_asks_is_the_months_reason(case: CasePlayer) -> None:
    case.until(at("2026-03-01 09:00"))
    assert case.tell(m.RecordRefusal) == ["RefusalRecorded", "PeriodSkipped"]
    assert case.until(at("2026-03-31 23:00")) == []


def test_a_death_report_stops_everything_and_can_be_undone_with_nothing_lost(case: CasePlayer) -> None:
    asked(case)
    assert case.tell(m.ReportDeath, VOLUNTEER, Channel.SMS) == ["DeathReported", "EscalationOpened"]
    assert case.until(at("2026-03-25 00:00")) == []  # no reminder, no overdue
    assert case.tell(m.UndoDeath) == ["DeathUndone", "EscalationWithdrawn"]
    assert case.state.status is CaseStatus.OPEN
    assert case.until(at("2026-03-25 00:01")) == ["VisitOverdue", "EscalationOpened"]


def test_a_confirmed_death_closes_and_leaves_nothing_open(case: CasePlayer) -> None:
    asked(case).tell(m.ReportDeath)
    said = case.tell(m.ConfirmDeath, died_on=date(2026, 3, 15), source="death_certificate")
    assert said == ["DeathConfirmed", "VisitCancelled", "EscalationWithdrawn", "CaseClosed"]
    assert not case.state.open_visits() and not case.state.escalations
    assert case.report() == ["MessageRefused"]


def test_an_unconfirmed_death_does_not_make_the_month_missed(case: CasePlayer) -> None:
    asked(case).tell(m.ReportDeath)
    assert case.until(at("2026-04-01 00:00")) == ["VisitCancelled"]
    assert case.last(e.VisitCancelled).reason == "death_reported"


def test_moving_out_needs_the_receiving_place(case: CasePlayer) -> None:
    asked(case).tell(m.CloseCase, reason="moved_out")
    assert case.last(e.MessageRefused).refusal == Refusal.NO_RECEIVING_PLACE
    note = NoteRef(id="note-1", sha256="a" * 64)
    said = case.tell(m.CloseCase, reason="moved_out", receiving_place="in_note", note=note)
    assert said == ["VisitCancelled", "CaseClosed"]
    assert (case.last(e.CaseClosed).receiving_place, case.last(e.CaseClosed).note) == ("in_note", note)


# --- what an escalation's end means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.VISITED, VisitState.LATE),
        (Outcome.REACHED_BY_PHONE, VisitState.LATE),
        (Outcome.HOSPITAL, VisitState.CANCELLED),
        (Outcome.REFUSED, VisitState.CANCELLED),
        (Outcome.MOVED, VisitState.CANCELLED),
        (Outcome.DIED, VisitState.OPEN),
        (Outcome.OTHER, VisitState.OPEN),
    ],
)
def test_what_a_named_person_found_settles_the_visit(case: CasePlayer, outcome: Outcome, state: VisitState) -> None:
    asked(case).until(at("2026-03-24 10:00"))
    case.tell(m.EscalationClosed, **closed(case, outcome))
    assert case.visit("2026-03").state is state
    assert (case.state.status is CaseStatus.DEATH_REPORTED) == (outcome is Outcome.DIED)


def test_a_visit_resolved_in_the_next_month_leaves_the_month_missed(case: CasePlayer) -> None:
    asked(case).until(at("2026-04-02 10:00"))
    assert case.tell(m.EscalationClosed, **closed(case, Outcome.VISITED)) == ["EscalationEnded"]
    assert case.visit("2026-03").state is VisitState.MISSED


def closed(case: CasePlayer, outcome: Outcome) -> dict[str, Any]:
    return {
        "escalation_id": case.last(e.EscalationOpened).escalation_id,
        "visit_id": "E1.2026-03",
        "outcome": outcome,
        "resolved_by": OFFICER,
    }


# --- extra visits ----------------------------------------------------------------------------------------------------


def test_a_major_change_is_visited_within_a_day_and_escalated_when_it_is_not(case: CasePlayer) -> None:
    asked(case)
    assert case.tell(m.ChangeCircumstances, change="discharged") == ["CircumstancesChanged", "VisitOpened"]
    opened = case.last(e.VisitOpened)
    assert opened.visit_kind == "ad_hoc" and opened.period.due_at - case.now == timedelta(hours=24)
    assert case.until(at("2026-03-17 12:00")) == ["VisitOverdue", "EscalationOpened"]


def test_every_event_says_who_why_and_under_which_rules(case: CasePlayer) -> None:
    asked(case).report()
    for event, _ in case.said:
        assert event.actor.id and event.cause and event.policy_hash == case.policy.hash
