"""Under which version of a county's rules a visit is judged: the one in force when its period opened."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.errors import Refusal
from models.policy import CadenceUnit
from models.values import Channel, Method, Outcome, VisitKind, VisitState
from tests.decisions.case_player import OFFICER, CasePlayer, at, fengjie
from tests.decisions.slices import policy

PAPER: dict[str, Any] = dict(actor=OFFICER, channel=Channel.PAPER)
ONLY_AT_HOME = fengjie().model_copy(update={"methods": (Method.HOME,), "hash": "1" * 64, "version": "2026.2"})


@pytest.fixture
def case() -> CasePlayer:
    """March 2026 under a version that counts calls; on April 1 another comes into force that does not."""
    made = CasePlayer(at("2026-03-01 00:00"), edition=2)
    assert Method.PHONE in made.state.rules.methods
    made.until(at("2026-04-01 00:00"))
    made.policy = ONLY_AT_HOME
    return made


def test_a_form_of_march_is_judged_by_march_s_version(case: CasePlayer) -> None:
    case.until(at("2026-04-17 00:00"))
    assert case.state.rules == ONLY_AT_HOME and case.visit("2026-04").open
    said = case.report(on=date(2026, 3, 18), method=Method.PHONE, visit_id="E1.2026-03", **PAPER)
    assert said == ["VisitReported", "EscalationWithdrawn"]
    assert case.visit("2026-03").state is VisitState.DONE
    assert case.report(on=date(2026, 4, 16), method=Method.PHONE, **PAPER) == ["AttemptRecorded"]


def test_so_is_a_form_that_comes_after_closing(case: CasePlayer) -> None:
    case.until(at("2026-04-17 00:00"))
    case.tell(m.CloseCase, reason="not_eligible")
    assert case.report(on=date(2026, 3, 18), method=Method.PHONE, **PAPER) == ["VisitReported"]


def test_so_is_what_ends_an_escalation(case: CasePlayer) -> None:
    case.until(at("2026-04-17 00:00"))
    (march,) = case.state.escalations
    said = case.tell(
        m.EscalationClosed, escalation_id=march.escalation_id, visit_id=march.visit_id, resolved_by=OFFICER,
        outcome=Outcome.REACHED_BY_PHONE, visited_on=date(2026, 3, 30),
    )  # fmt: skip
    assert said == ["EscalationEnded", "VisitReported"]


def test_an_unasked_visit_that_completes_the_month_opens_it_under_the_version_in_force(case: CasePlayer) -> None:
    case.until(at("2026-04-01 08:00"))
    assert case.report() == ["PolicyAdopted", "VisitOpened", "VisitReported", "EscalationWithdrawn"]  # of March
    assert case.last(e.VisitOpened).policy_version == "2026.2"
    assert case.visit("2026-04").methods == (Method.HOME,)


def test_what_that_version_does_not_count_completes_nothing(case: CasePlayer) -> None:
    case.until(at("2026-04-01 08:00"))
    assert case.report(method=Method.PHONE) == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.NOTHING_OPEN
    assert case.visit("2026-04") is None


def test_a_case_of_the_first_edition_asks_for_nothing_it_did_not_ask_for_then() -> None:
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-04-01 08:00"))
    case.policy = ONLY_AT_HOME
    assert case.report() == ["VisitOpened", "VisitReported"]


@pytest.mark.parametrize("month", range(1, 13))
def test_a_first_period_cut_otherwise_before_it_asked_is_told_and_the_next_one_asks(month: int) -> None:
    """Enrolled on the 1st by the month; before it asks, the county visits by the week, which may be nearly over."""
    case = CasePlayer(
        at(f"2026-{month:02d}-01 08:00"), policy(CadenceUnit.MONTHLY), edition=2, start_on=date(2026, month, 1)
    )
    case.policy = policy(CadenceUnit.WEEKLY)
    case.until(at(f"2026-{month:02d}-28 08:00"))
    assert len([visit for visit in case.state.visits if visit.kind is VisitKind.SCHEDULED]) >= 2
