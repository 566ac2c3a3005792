"""A ladder ends with a visit of after its month: that month stays missed, the visit is one of the month it lies in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.policy import CadenceUnit
from models.values import Channel, Method, Outcome, VisitKind, VisitState
from tests.decisions.case_player import OFFICER, SECOND, CasePlayer, at, fengjie
from tests.decisions.slices import policy

MARCH = "escalation/E1/2026-03"


def missed(edition: int = 2, **more: Any) -> CasePlayer:
    """Nobody went in March; its ladder climbs."""
    case = CasePlayer(at("2026-03-01 00:00"), edition=edition, **more)
    case.until(at("2026-04-01 00:00"))
    assert case.visit("2026-03").state is VisitState.MISSED
    return case


def resolved(
    case: CasePlayer, on: date | None = None, outcome: Outcome = Outcome.VISITED, by: Any = OFFICER
) -> list[str]:
    return case.tell(
        m.EscalationClosed, escalation_id=MARCH, visit_id="E1.2026-03", outcome=outcome, visited_on=on,
        visited_at=None, resolved_by=by,
    )  # fmt: skip


@pytest.mark.parametrize("outcome", [Outcome.VISITED, Outcome.REACHED_BY_PHONE])
def test_it_is_the_visit_that_april_had_asked_for(outcome: Outcome) -> None:
    case = missed()
    case.until(at("2026-04-18 12:00"))
    assert case.visit("2026-04").open
    assert resolved(case, outcome=outcome) == ["EscalationEnded", "VisitReported"]
    assert case.visit("2026-03").state is VisitState.MISSED
    april = case.last(e.VisitReported)
    assert (april.visit_id, april.state, april.visitor_id) == ("E1.2026-04", VisitState.DONE, OFFICER.id)
    assert (april.visited_on, april.visited_at) == (date(2026, 4, 18), case.now)
    assert case.until(at("2026-05-01 00:00")) == []


def test_before_april_asks_for_anybody_it_is_not_asked_for_any_more() -> None:
    case = missed()
    case.until(at("2026-04-01 08:00"))
    assert resolved(case) == ["EscalationEnded", "VisitOpened", "VisitReported"]
    opened = case.last(e.VisitOpened)
    assert (opened.visit_id, opened.visit_kind, opened.reason, opened.told) == (
        "E1.2026-04", VisitKind.SCHEDULED, "unasked", False,
    )  # fmt: skip
    assert case.until(at("2026-05-01 00:00")) == []


def test_it_opens_april_under_the_version_in_force_that_day() -> None:
    case = missed()
    case.until(at("2026-04-01 08:00"))
    case.policy = fengjie().model_copy(update={"version": "2", "hash": "2" * 64})
    assert resolved(case) == ["EscalationEnded", "PolicyAdopted", "VisitOpened", "VisitReported"]
    assert case.last(e.VisitOpened).policy_version == "2"


def test_overdue_in_april_too_both_ladders_end() -> None:
    case = missed()
    case.until(at("2026-04-22 12:00"))
    assert len(case.state.escalations) == 2
    assert resolved(case) == ["EscalationEnded", "VisitReported", "EscalationWithdrawn"]
    assert (case.visit("2026-04").state, case.state.escalations) == (VisitState.LATE, ())


def test_of_two_months_that_were_missed_both_are_answered() -> None:
    case = missed()
    case.until(at("2026-05-18 12:00"))
    said = resolved(case)
    assert said == ["EscalationEnded", "VisitReported", "EscalationWithdrawn"]
    assert case.last(e.EscalationWithdrawn).by_visit_id == "E1.2026-05"
    assert [case.visit(month).state for month in ("2026-03", "2026-04", "2026-05")] == [
        VisitState.MISSED, VisitState.MISSED, VisitState.DONE,
    ]  # fmt: skip


def test_where_april_is_done_it_is_an_extra_one() -> None:
    case = missed()
    case.until(at("2026-04-10 12:00"))
    case.report(risk=True, actor=SECOND, channel=Channel.CONSOLE)  # leaves March's ladder as it is
    case.until(at("2026-04-18 12:00"))
    assert resolved(case) == ["EscalationEnded", "VisitOpened", "VisitReported"]
    assert case.last(e.VisitOpened).visit_kind is VisitKind.AD_HOC


def test_what_the_same_person_had_reported_of_that_day_is_not_counted_twice() -> None:
    case = missed()
    case.until(at("2026-04-18 12:00"))
    case.report(risk=True, actor=OFFICER, channel=Channel.CONSOLE)
    assert resolved(case) == ["EscalationEnded"]


def test_a_way_that_does_not_count_completes_nothing() -> None:
    case = missed(policy=fengjie().model_copy(update={"methods": (Method.HOME,)}))
    case.until(at("2026-04-18 12:00"))
    assert resolved(case, outcome=Outcome.REACHED_BY_PHONE) == ["EscalationEnded"]
    assert case.visit("2026-04").open


def test_a_day_of_before_march_proves_nothing_and_march_is_owned_again() -> None:
    case = missed()
    case.until(at("2026-04-18 12:00"))
    assert resolved(case, on=date(2026, 2, 27)) == ["EscalationEnded", "EscalationOpened"]


def test_while_suspended_it_is_an_extra_one() -> None:
    case = missed()
    case.until(at("2026-04-02 12:00"))
    case.tell(m.Suspend, reason="away", review_on=date(2026, 5, 10))
    case.tell(m.ConfirmSuspension, SECOND)
    assert resolved(case) == ["EscalationEnded", "VisitOpened", "VisitReported"]
    assert case.last(e.VisitOpened).visit_kind is VisitKind.AD_HOC


def test_a_week_that_was_missed_is_answered_in_the_next() -> None:
    case = CasePlayer(at("2026-03-02 00:00"), policy(CadenceUnit.WEEKLY), edition=2, start_on=date(2026, 3, 2))
    case.until(at("2026-03-11 12:00"))
    [ladder] = case.state.escalations
    case.tell(
        m.EscalationClosed, escalation_id=ladder.escalation_id, visit_id=ladder.visit_id, outcome=Outcome.VISITED,
        visited_on=None, visited_at=None, resolved_by=OFFICER,
    )  # fmt: skip
    assert (case.visit("2026-W10").state, case.visit("2026-W11").state) == (VisitState.MISSED, VisitState.DONE)


def test_before_edition_2_it_stood_in_the_escalations_own_facts_only() -> None:
    case = missed(edition=1)
    case.until(at("2026-04-18 12:00"))
    assert resolved(case) == ["EscalationEnded"]
    assert case.visit("2026-04").open
