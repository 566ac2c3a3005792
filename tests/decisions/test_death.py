"""A death is reported: nobody is sent to the door but to confirm it; undone, all stands as if it had not been said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.errors import Refusal
from models.values import CaseStatus, Channel, EscalationCause, Outcome, VisitKind, VisitResult, VisitState
from tests.decisions.case_player import OFFICER, SECOND, VOLUNTEER, CasePlayer, at


@pytest.fixture
def case() -> CasePlayer:
    return CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"), edition=2)


@pytest.fixture
def overdue(case: CasePlayer) -> CasePlayer:
    """Asked in March 2026, nobody went, the ladder climbs since the 21st."""
    case.until(at("2026-03-22 10:00"))
    return case


def standing(case: CasePlayer) -> list[EscalationCause]:
    return [open_.cause_of for open_ in case.state.escalations]


def looked_into(case: CasePlayer, outcome: Outcome, cause: EscalationCause = EscalationCause.DEATH_TO_CONFIRM) -> Any:
    (open_,) = [found for found in case.state.escalations if found.cause_of is cause]
    return case.tell(
        m.EscalationClosed, escalation_id=open_.escalation_id, visit_id=open_.visit_id, outcome=outcome,
        resolved_by=OFFICER, visited_on=date(2026, 3, 24) if outcome is Outcome.VISITED else None,
    )  # fmt: skip


# --- reported --------------------------------------------------------------------------------------------------------


def test_a_ladder_that_climbs_stops_and_the_death_is_the_only_one_to_look_into(overdue: CasePlayer) -> None:
    said = overdue.tell(m.ReportDeath, VOLUNTEER, Channel.SMS)
    assert said == ["DeathReported", "EscalationOpened", "EscalationWithdrawn", "LadderHeld"]
    withdrawn = overdue.last(e.EscalationWithdrawn)
    assert (withdrawn.outcome, withdrawn.resolved_by) == (Outcome.WITHDRAWN, VOLUNTEER)
    assert standing(overdue) == [EscalationCause.DEATH_TO_CONFIRM]
    assert overdue.until(at("2026-03-31 23:00")) == []


def test_under_the_first_edition_the_ladder_climbs_on() -> None:
    """As kept histories have it."""
    case = CasePlayer(at("2026-03-01 00:00"), edition=1)
    case.until(at("2026-03-22 10:00"))
    assert case.tell(m.ReportDeath) == ["DeathReported", "EscalationOpened"]
    assert standing(case) == [EscalationCause.OVERDUE, EscalationCause.DEATH_TO_CONFIRM]
    assert case.tell(m.UndoDeath) == ["DeathUndone", "EscalationWithdrawn"]
    assert standing(case) == [EscalationCause.OVERDUE]


def test_a_danger_that_was_told_is_still_looked_into(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDanger)
    overdue.tell(m.ReportDeath)
    assert standing(overdue) == [EscalationCause.RISK, EscalationCause.DEATH_TO_CONFIRM]


@pytest.mark.parametrize(
    ("cause", "step"),
    [
        (EscalationCause.NOT_SEEN, lambda case: [case.report(VisitResult.NOT_SEEN) for _ in range(2)]),
        (EscalationCause.NO_VOLUNTEER, lambda case: [case.volunteers.clear(), case.report(VisitResult.CANNOT_GO)]),
    ],
)
def test_no_ladder_begins_before_it_is_confirmed_or_undone(case: CasePlayer, cause: EscalationCause, step: Any) -> None:
    case.until(at("2026-03-16 12:00"))
    case.tell(m.ReportDeath)
    step(case)
    assert standing(case) == [EscalationCause.DEATH_TO_CONFIRM]
    assert case.tell(m.UndoDeath) == ["DeathUndone", "EscalationWithdrawn", "EscalationOpened"]
    assert standing(case) == [cause]


# --- undone ----------------------------------------------------------------------------------------------------------


def test_undone_an_overdue_visit_is_owned_again_at_once(overdue: CasePlayer) -> None:
    first = overdue.visit("2026-03").escalation_id
    overdue.tell(m.ReportDeath)
    overdue.until(at("2026-03-24 10:00"))
    assert overdue.tell(m.UndoDeath) == ["DeathUndone", "EscalationWithdrawn", "EscalationOpened"]
    assert standing(overdue) == [EscalationCause.OVERDUE]
    assert overdue.visit("2026-03").escalation_id != first
    assert overdue.until(at("2026-04-01 00:00")) == ["VisitMissed"]
    assert overdue.last(e.VisitMissed).escalation_id == overdue.visit("2026-03").escalation_id


def test_who_is_seen_alive_has_their_ladder_again(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath)
    overdue.until(at("2026-03-24 10:00"))
    assert looked_into(overdue, Outcome.VISITED) == ["EscalationEnded", "DeathUndone", "EscalationOpened"]
    assert standing(overdue) == [EscalationCause.OVERDUE]


def test_undone_a_missed_visit_is_owned_again_at_once(overdue: CasePlayer) -> None:
    overdue.until(at("2026-04-02 10:00"))
    overdue.tell(m.ReportDeath)
    overdue.tell(m.UndoDeath)
    assert standing(overdue) == [EscalationCause.OVERDUE]
    assert overdue.last(e.EscalationOpened).visit_id == "E1.2026-03"


def test_undone_a_visit_without_a_volunteer_is_owned_again_at_once(case: CasePlayer) -> None:
    case.volunteers.clear()
    case.until(at("2026-03-16 12:00"))
    case.tell(m.ReportDeath)
    case.tell(m.UndoDeath)
    assert standing(case) == [EscalationCause.NO_VOLUNTEER]


def test_undone_a_report_taken_back_meanwhile_leaves_the_visit_owned(case: CasePlayer) -> None:
    case.until(at("2026-03-16 12:00"))
    case.report()
    case.until(at("2026-04-01 01:00"))
    case.tell(m.ReportDeath)
    case.tell(m.CorrectReport, visit_id="E1.2026-03")
    assert standing(case) == [EscalationCause.DEATH_TO_CONFIRM]
    case.tell(m.UndoDeath)
    assert standing(case) == [EscalationCause.NOT_SEEN]
    assert case.visit("2026-03").state is VisitState.MISSED


def test_undone_what_was_visited_or_dealt_with_before_is_left_alone(overdue: CasePlayer) -> None:
    looked_into(overdue, Outcome.OTHER, EscalationCause.OVERDUE)
    overdue.tell(m.ReportDeath)
    assert overdue.tell(m.UndoDeath) == ["DeathUndone", "EscalationWithdrawn"]


def test_undone_a_visit_made_meanwhile_is_owned_by_nobody(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath)
    overdue.report(actor=OFFICER, channel=Channel.PAPER)
    assert overdue.tell(m.UndoDeath) == ["DeathUndone", "EscalationWithdrawn"]
    overdue.tell(m.ReportDeath)
    overdue.tell(m.CorrectReport, visit_id="E1.2026-03")
    overdue.tell(m.UndoDeath)
    assert standing(overdue) == [EscalationCause.NOT_SEEN]


def test_a_death_that_an_owner_reports_leaves_the_visit_to_wait(overdue: CasePlayer) -> None:
    said = looked_into(overdue, Outcome.DIED, EscalationCause.OVERDUE)
    assert said == ["EscalationEnded", "DeathReported", "EscalationOpened", "LadderHeld"]
    assert overdue.visit("2026-03").open
    overdue.tell(m.UndoDeath)
    assert standing(overdue) == [EscalationCause.OVERDUE]


def test_a_month_that_begins_meanwhile_is_asked_for_once_it_is_undone(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath)
    assert overdue.until(at("2026-04-16 10:00")) == ["VisitCancelled"]
    assert overdue.last(e.VisitCancelled).reason == "death_reported"
    overdue.tell(m.UndoDeath)
    assert overdue.until(at("2026-04-16 10:01"))[0] == "VisitOpened"
    opened = overdue.last(e.VisitOpened)
    assert (opened.visit_id, opened.visit_kind, opened.told) == ("E1.2026-04", VisitKind.SCHEDULED, True)


def test_undone_after_the_day_the_new_month_was_due_the_ladder_has_it_at_once(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath)
    overdue.until(at("2026-04-25 10:00"))
    overdue.tell(m.UndoDeath)
    assert overdue.until(at("2026-04-25 10:01")) == ["VisitOpened", "VisitOverdue", "EscalationOpened"]
    assert not overdue.last(e.VisitOpened).told


def test_a_month_that_is_over_before_it_is_undone_has_its_reason(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath)
    assert overdue.until(at("2026-05-01 00:00")) == ["VisitCancelled", "PeriodSkipped"]
    skipped = overdue.last(e.PeriodSkipped)
    assert (skipped.period.id, skipped.reason) == ("2026-04", "death_reported")


def test_a_suspension_outlasts_a_death_undone_and_skips_its_month_then(case: CasePlayer) -> None:
    case.until(at("2026-03-16 12:00"))
    case.tell(m.Suspend, reason="hospital", review_on=date(2026, 5, 1))
    case.tell(m.ConfirmSuspension, SECOND)
    case.tell(m.ReportDeath)
    case.until(at("2026-04-16 10:00"))
    case.tell(m.UndoDeath)
    assert case.state.status is CaseStatus.SUSPENDED
    assert case.until(at("2026-04-16 10:01")) == ["PeriodSkipped"]
    assert case.last(e.PeriodSkipped).reason == "hospital"


def test_an_unasked_visit_of_the_new_month_is_that_months_though_a_death_is_reported(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath)
    overdue.until(at("2026-04-16 10:00"))
    overdue.report(actor=OFFICER, channel=Channel.CONSOLE)
    assert overdue.visit("2026-04").state is VisitState.DONE
    overdue.tell(m.UndoDeath)
    assert overdue.until(at("2026-04-30 23:00")) == []


# --- who gave the reason ---------------------------------------------------------------------------------------------


def test_who_reported_the_death_gave_the_reason_for_a_visit_nobody_was_asked_for(overdue: CasePlayer) -> None:
    overdue.tell(m.ReportDeath, VOLUNTEER, Channel.SMS)
    overdue.until(at("2026-05-01 00:00"))
    assert overdue.last(e.VisitCancelled).given_by == VOLUNTEER
    assert overdue.last(e.PeriodSkipped).given_by == VOLUNTEER


def test_not_who_had_proposed_the_suspension_before_it(case: CasePlayer) -> None:
    case.until(at("2026-03-16 12:00"))
    case.tell(m.Suspend, reason="hospital", review_on=date(2026, 5, 10))
    case.tell(m.ConfirmSuspension, SECOND)
    case.tell(m.ReportDeath, VOLUNTEER, Channel.SMS)
    case.until(at("2026-05-01 00:00"))
    skipped = case.last(e.PeriodSkipped)
    assert (skipped.reason, skipped.given_by) == ("death_reported", VOLUNTEER)


# --- a visit on a later day ------------------------------------------------------------------------------------------


@pytest.fixture
def seen(case: CasePlayer) -> CasePlayer:
    """Visited on March 16, 2026; reported dead on the 18th."""
    case.until(at("2026-03-16 12:00"))
    case.report()
    case.until(at("2026-03-18 12:00"))
    case.tell(m.ReportDeath)
    return case


def confirm(case: CasePlayer, died_on: date) -> list[str]:
    return case.tell(m.ConfirmDeath, died_on=died_on, source="village_doctor")


def test_a_death_before_a_visit_is_refused_and_the_answer_names_the_day(seen: CasePlayer) -> None:
    assert confirm(seen, date(2026, 3, 10)) == ["MessageRefused"]
    answer = seen.state.replies[-1]
    assert (answer.refusal, answer.about_on) == (Refusal.VISIT_AFTER_DEATH, date(2026, 3, 16))
    assert seen.state.status is CaseStatus.DEATH_REPORTED
    assert confirm(seen, date(2026, 3, 16))[0] == "DeathConfirmed"


def test_once_the_visit_is_corrected_the_death_is_confirmed(seen: CasePlayer) -> None:
    seen.tell(m.CorrectReport, visit_id="E1.2026-03")
    assert confirm(seen, date(2026, 3, 10)) == [
        "DeathConfirmed", "VisitCancelled", "EscalationWithdrawn", "CaseClosed",
    ]  # fmt: skip


def test_a_visit_of_a_month_that_is_over_taken_back_was_not_owed_by_who_had_died(seen: CasePlayer) -> None:
    seen.until(at("2026-04-05 12:00"))
    assert seen.tell(m.CorrectReport, visit_id="E1.2026-03") == ["ReportCorrected", "LadderHeld"]
    confirm(seen, date(2026, 3, 10))
    assert seen.visit("2026-03").state is VisitState.CANCELLED
    assert seen.last(e.VisitCancelled).reason == "death_confirmed"
    assert seen.state.status is CaseStatus.CLOSED


def test_a_month_missed_before_the_death_stays_missed(overdue: CasePlayer) -> None:
    overdue.until(at("2026-04-02 12:00"))
    overdue.tell(m.ReportDeath)
    confirm(overdue, date(2026, 4, 1))
    assert overdue.visit("2026-03").state is VisitState.MISSED
