"""A closed case still takes what staff enter late of the time before it was closed, and nothing follows from it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models import events as e
from models import messages as m
from models.errors import Refusal
from models.values import Actor, CaseStatus, Channel, Need, NoteRef, VisitKind, VisitResult, VisitState
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at

NOTE = NoteRef(id="note-1", sha256="a" * 64)
PAPER: dict[str, Any] = dict(actor=OFFICER, channel=Channel.PAPER)


@pytest.fixture
def moved() -> CasePlayer:
    """March 2026 missed; moved out on April 25, the visit of April still open."""
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-04-25 10:00"))
    case.tell(m.CloseCase, reason="moved_out", receiving_place="in_note", note=NOTE)
    case.now = at("2026-05-03 10:00")
    assert case.state.status is CaseStatus.CLOSED
    return case


def test_a_form_of_the_month_it_was_closed_in_is_recorded_late(moved: CasePlayer) -> None:
    assert moved.report(on=date(2026, 4, 18), **PAPER) == ["VisitOpened", "VisitReported"]
    reported = moved.last(e.VisitReported)
    assert (reported.state, reported.visited_on, reported.recorded_late) == (VisitState.DONE, date(2026, 4, 18), True)
    assert moved.last(e.VisitOpened).visit_kind is VisitKind.AD_HOC  # the scheduled one keeps its reason
    assert not moved.last(e.VisitOpened).told
    assert moved.state.status is CaseStatus.CLOSED and not moved.state.open_visits()


def test_a_form_of_a_missed_month_makes_it_done(moved: CasePlayer) -> None:
    assert moved.report(on=date(2026, 3, 18), **PAPER) == ["VisitReported"]
    assert moved.visit("2026-03").state is VisitState.DONE
    assert moved.report(on=date(2026, 3, 18), **PAPER) == ["MessageRefused"]
    assert moved.last(e.MessageRefused).refusal == Refusal.ALREADY_REPORTED


def test_the_day_of_closing_counts_and_the_day_after_does_not(moved: CasePlayer) -> None:
    assert moved.report(on=date(2026, 4, 25), **PAPER) == ["VisitOpened", "VisitReported"]
    assert moved.report(on=date(2026, 4, 26), **PAPER) == ["MessageRefused"]
    assert moved.last(e.MessageRefused).refusal == Refusal.CASE_CLOSED


def test_what_was_found_stands_in_the_report_and_sends_nobody(moved: CasePlayer) -> None:
    said = moved.report(
        VisitResult.NEEDS_HELP, on=date(2026, 4, 18), needs=(Need.DAILY_CARE,), risk=True, urgent=True, **PAPER
    )
    assert said == ["VisitOpened", "VisitReported"]
    reported = moved.last(e.VisitReported)
    assert (reported.needs, reported.risk) == ((Need.DAILY_CARE,), True)
    assert not moved.state.escalations


@pytest.mark.parametrize(
    ("actor", "result"),
    [(VOLUNTEER, VisitResult.WELL), (OFFICER, VisitResult.NOT_SEEN), (OFFICER, VisitResult.CANNOT_GO)],
)
def test_anything_else_is_refused_as_closed(moved: CasePlayer, actor: Actor, result: VisitResult) -> None:
    assert moved.report(result, on=date(2026, 4, 18), actor=actor, channel=Channel.PAPER) == ["MessageRefused"]
    assert moved.last(e.MessageRefused).refusal == Refusal.CASE_CLOSED
    assert moved.tell(m.RequestVisit) == ["MessageRefused"]


def test_a_visit_before_the_death_is_recorded_and_none_after_it() -> None:
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-03-24 10:00"))
    case.tell(m.ReportDeath)
    case.tell(m.ConfirmDeath, died_on=date(2026, 3, 20), source="death_certificate")
    case.now = at("2026-04-03 10:00")
    assert case.report(on=date(2026, 3, 18), **PAPER) == ["VisitOpened", "VisitReported"]
    assert case.report(on=date(2026, 3, 21), **PAPER) == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.AFTER_DEATH
