"""Once more to the same door within a month: the same day is the same visit, another day is an extra one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.errors import Refusal
from models.values import Actor, ActorKind, Channel, Method, Need, Role, VisitKind, VisitResult, VisitState
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at, fengjie

OTHER = Actor(id="V-2", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)


@pytest.fixture
def case() -> CasePlayer:
    """Asked in March 2026, visited on the 16th and told by text."""
    made = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"))
    made.until(at("2026-03-16 12:00"))
    made.report()
    return made


def extra(case: CasePlayer) -> list[Any]:
    return [event for event, _ in case.said if isinstance(event, e.VisitOpened) and event.visit_kind == "ad_hoc"]


def test_a_visit_on_another_day_is_an_extra_one_and_the_first_stays_as_it_was(case: CasePlayer) -> None:
    case.until(at("2026-03-23 10:00"))
    assert case.report() == ["VisitOpened", "VisitReported"]
    [opened] = extra(case)
    assert (opened.reason, opened.told) == ("unasked", False)
    assert case.last(e.VisitReported).visited_on == date(2026, 3, 23)
    first = case.visit("2026-03")
    assert (first.kind, first.state, first.visited_on) == (VisitKind.SCHEDULED, VisitState.DONE, date(2026, 3, 16))


def test_each_day_counts_once_however_often_it_is_told(case: CasePlayer) -> None:
    case.until(at("2026-03-23 10:00"))
    case.report()
    case.until(at("2026-03-23 18:00"))
    assert case.report() == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.ALREADY_REPORTED
    assert case.report(on=date(2026, 3, 22)) == ["VisitOpened", "VisitReported"]
    assert len(extra(case)) == 2


def test_the_code_of_the_extra_visit_names_it_and_still_each_day_counts_once(case: CasePlayer) -> None:
    """The inbox hands in the last visit recorded, which by then is the extra one."""
    case.until(at("2026-03-23 10:00"))
    case.report()
    named = extra(case)[0].visit_id
    assert case.report(visit_id=named) == ["MessageRefused"]
    case.until(at("2026-03-26 10:00"))
    assert case.report(visit_id=named) == ["VisitOpened", "VisitReported"]
    case.until(at("2026-04-02 10:00"))
    assert case.report(visit_id=extra(case)[-1].visit_id) == ["VisitOpened", "VisitReported"]
    assert case.visit("2026-04").state is VisitState.DONE


def test_somebody_elses_extra_visit_told_twice_is_recorded_once(case: CasePlayer) -> None:
    assert case.report(actor=OTHER) == ["VisitOpened", "VisitReported"]
    assert case.report(actor=OTHER) == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.ALREADY_REPORTED


def test_the_same_message_again_is_answered_the_same_when_it_made_an_extra_visit(case: CasePlayer) -> None:
    case.until(at("2026-03-23 10:00"))
    values = {
        "key": "sms-9", "actor": VOLUNTEER, "channel": Channel.SMS, "received_at": case.now, "visitor_id": "V-1",
        "result": "well", "visited_on": date(2026, 3, 23), "evidence": "sms_digit",
    }  # fmt: skip
    message = m.ReportVisit.model_validate(values)
    assert case.hand(message) == ["VisitOpened", "VisitReported"]
    first = case.state.reply_to("sms-9")
    assert case.hand(message) == []
    assert case.state.reply_to("sms-9") == first
    assert first is not None and first.accepted


def test_a_text_with_another_result_corrects_on_a_later_day_too_and_keeps_the_day(case: CasePlayer) -> None:
    case.until(at("2026-03-17 09:00"))
    assert case.report(VisitResult.NEEDS_HELP) == ["ReportCorrected", "ServiceNeeded"]
    assert case.last(e.ReportCorrected).visited_on == date(2026, 3, 16)


def test_staff_name_the_day_so_another_day_is_another_visit_with_its_needs() -> None:
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-03-16 12:00"))
    case.report(actor=OFFICER, channel=Channel.CONSOLE)
    case.until(at("2026-03-25 12:00"))
    said = case.report(
        VisitResult.NEEDS_HELP, on=date(2026, 3, 24), actor=OFFICER, channel=Channel.PAPER, needs=(Need.DAILY_CARE,)
    )
    assert said == ["VisitOpened", "VisitReported", "ServiceNeeded"]
    assert case.visit("2026-03").result is VisitResult.WELL


def test_nobody_at_the_door_on_another_day_leaves_the_visit_made(case: CasePlayer) -> None:
    case.until(at("2026-03-19 10:00"))
    assert case.report(VisitResult.NOT_SEEN) == ["AttemptRecorded"]
    made = case.visit("2026-03")
    assert (made.state, made.visited_on, made.attempts) == (VisitState.DONE, date(2026, 3, 16), 1)
    assert not case.last(e.AttemptRecorded).try_again
    assert case.until(at("2026-04-01 00:00")) == []


def test_nobody_at_the_door_said_of_the_same_day_takes_the_visit_back_though_the_text_comes_later(
    case: CasePlayer,
) -> None:
    case.until(at("2026-03-17 09:00"))
    assert case.report(VisitResult.NOT_SEEN, on=date(2026, 3, 16)) == ["ReportCorrected", "AttemptRecorded"]
    assert case.visit("2026-03").open
    assert case.until(at("2026-03-21 00:00"))[-2:] == ["VisitOverdue", "EscalationOpened"]


def test_nobody_at_the_door_takes_back_the_visit_of_that_day_and_no_other(case: CasePlayer) -> None:
    case.until(at("2026-03-23 10:00"))
    case.report()
    assert case.report(VisitResult.NOT_SEEN) == ["ReportCorrected", "VisitCancelled", "AttemptRecorded"]
    assert case.last(e.ReportCorrected).visit_id == extra(case)[0].visit_id
    assert case.visit("2026-03").state is VisitState.DONE


def test_a_way_that_does_not_count_takes_back_no_visit_of_the_same_day() -> None:
    only_at_home = fengjie().model_copy(update={"methods": (Method.HOME,)})
    case = CasePlayer(at("2026-03-01 00:00"), only_at_home)
    case.until(at("2026-03-16 12:00"))
    case.report()
    assert case.report(method=Method.PHONE) == ["AttemptRecorded"]
    assert case.visit("2026-03").state is VisitState.DONE


def test_the_code_with_wrong_takes_the_visit_back_on_any_day(case: CasePlayer) -> None:
    case.until(at("2026-03-19 10:00"))
    assert case.tell(m.CorrectReport, VOLUNTEER, Channel.SMS) == ["ReportCorrected"]
    assert case.visit("2026-03").open
