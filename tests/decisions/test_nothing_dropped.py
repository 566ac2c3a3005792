"""What must not be lost between two facts: an owner, a risk, a need, a status."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from decisions.case_time import enrolled_at
from models import events as e
from models import messages as m
from models.errors import Refusal
from models.values import CaseStatus, Channel, Outcome, VisitResult, VisitState
from policies import pack
from tests.decisions.case_player import OFFICER, SECOND, CasePlayer, at, fengjie
from tests.decisions.test_escalation import LadderPlayer


@pytest.fixture
def case() -> CasePlayer:
    made = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"))
    made.until(at("2026-03-16 12:00"))
    return made


def end(case: CasePlayer, outcome: Outcome, **more: Any) -> list[str]:
    opened = case.last(e.EscalationOpened)
    return case.tell(
        m.EscalationClosed, escalation_id=opened.escalation_id, visit_id=opened.visit_id, outcome=outcome,
        resolved_by=OFFICER, **more,
    )  # fmt: skip


def test_a_visit_whose_escalation_has_ended_is_owned_again_when_it_is_due(case: CasePlayer) -> None:
    case.report(VisitResult.NOT_SEEN)
    case.report(VisitResult.NOT_SEEN)
    first = case.last(e.EscalationOpened).escalation_id
    end(case, Outcome.OTHER)
    assert case.until(at("2026-03-21 00:00"))[-2:] == ["VisitOverdue", "EscalationOpened"]
    assert case.last(e.EscalationOpened).escalation_id != first


def test_a_missed_visit_a_person_has_dealt_with_is_not_asked_about_again(case: CasePlayer) -> None:
    case.until(at("2026-03-22 10:00"))
    end(case, Outcome.OTHER)
    assert case.until(at("2026-04-01 00:00"))[-1] == "VisitMissed"
    assert case.kinds().count("EscalationOpened") == 1


@pytest.mark.parametrize("result", [VisitResult.WELL, VisitResult.NOT_SEEN, VisitResult.NEEDS_HELP])
def test_danger_in_a_second_report_is_escalated(case: CasePlayer, result: VisitResult) -> None:
    case.report()
    case.report(result, urgent=True, risk=True)
    assert case.last(e.EscalationOpened).urgency == "urgent"


def test_danger_with_nothing_open_is_escalated_all_the_same(case: CasePlayer) -> None:
    far = date(2025, 1, 5)
    said = case.report(VisitResult.NOT_SEEN, on=far, actor=OFFICER, channel=Channel.PAPER, urgent=True)
    assert said == ["MessageRefused", "EscalationOpened"]


def test_a_death_looked_into_and_not_settled_keeps_an_owner(case: CasePlayer) -> None:
    case.tell(m.ReportDeath)
    assert end(case, Outcome.OTHER)[-1] == "EscalationOpened"
    assert case.state.status is CaseStatus.DEATH_REPORTED


def test_who_was_seen_alive_is_not_dead(case: CasePlayer) -> None:
    case.tell(m.ReportDeath)
    assert end(case, Outcome.VISITED, visited_on=date(2026, 3, 16))[-1] == "DeathUndone"
    assert case.state.status is CaseStatus.OPEN


def test_a_death_found_while_suspended_is_reported(case: CasePlayer) -> None:
    case.tell(m.ReportDanger)
    case.tell(m.Suspend, reason="hospital", review_on=date(2026, 4, 10))
    case.tell(m.ConfirmSuspension, SECOND)
    assert "DeathReported" in end(case, Outcome.DIED)


def test_a_suspension_is_not_confirmed_over_a_death_nor_after_its_review_day(case: CasePlayer) -> None:
    case.tell(m.Suspend, reason="hospital", review_on=date(2026, 3, 18))
    case.until(at("2026-03-18 09:00"))
    case.tell(m.ConfirmSuspension, SECOND)
    assert case.last(e.MessageRefused).refusal == Refusal.REVIEW_TOO_LATE
    case.tell(m.ReportDeath)
    case.tell(m.ConfirmSuspension, SECOND)
    assert case.state.status is CaseStatus.DEATH_REPORTED


def test_a_refusal_takes_its_ladder_with_it(case: CasePlayer) -> None:
    case.until(at("2026-03-22 10:00"))
    assert case.tell(m.RecordRefusal) == ["RefusalRecorded", "VisitCancelled", "EscalationWithdrawn"]
    assert not case.state.escalations


def test_a_day_that_has_not_come_settles_nothing(case: CasePlayer) -> None:
    case.until(at("2026-03-22 10:00"))
    assert end(case, Outcome.VISITED, visited_on=date(2026, 3, 26)) == ["EscalationEnded", "EscalationOpened"]
    assert case.visit("2026-03").open


def test_a_correction_to_a_day_outside_the_month_is_refused(case: CasePlayer) -> None:
    case.report()
    case.tell(m.CorrectReport, visit_id="E1.2026-03", result=VisitResult.WELL, visited_on=date(2026, 1, 5))
    assert case.last(e.MessageRefused).refusal == Refusal.UNKNOWN_VISIT
    assert case.visit("2026-03").state is VisitState.DONE


def test_a_text_about_a_month_that_is_over_is_asked_back_and_staff_may_enter_it(case: CasePlayer) -> None:
    case.until(at("2026-04-01 10:00"))
    case.report(on=date(2026, 3, 31))
    assert case.last(e.MessageRefused).refusal == Refusal.TOO_FAR_BACK
    assert "VisitReported" in case.report(on=date(2026, 3, 31), actor=OFFICER, channel=Channel.PAPER)


def test_leave_moves_the_visits_of_who_is_away_and_no_others(case: CasePlayer) -> None:
    case.tell(m.RequestVisit)
    first, second = case.state.open_visits()
    case.tell(m.Reassign, from_id="V-9", reason="on_leave")
    assert case.last(e.MessageRefused).refusal == Refusal.NOTHING_OPEN
    assert {v.volunteer_id for v in case.state.open_visits()} == {first.volunteer_id, second.volunteer_id}


def test_saying_it_again_does_not_buy_time() -> None:
    ladder = LadderPlayer(at("2026-03-21 00:00"))
    ladder.tell(m.Acknowledge)
    held = ladder.state.due_at
    ladder.now += timedelta(hours=20)
    ladder.tell(m.Acknowledge)
    assert ladder.state.due_at == held


def test_where_a_day_holds_many_periods_a_case_begins_now_and_not_at_midnight() -> None:
    demo = pack.load("demo")
    now = at("2026-03-10 15:00")
    policy = pack.slice_of(demo, next(iter(demo.file.tiers)), date(2026, 1, 1), anchor_at=at("2026-03-10 14:59"))
    assert enrolled_at(policy, date(2026, 3, 10), now) == now
    assert enrolled_at(fengjie(), date(2026, 3, 10), now) == at("2026-03-10 00:00")
