"""A closed case is a case again, and one that moved sends nobody to the old village."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from decisions.case_time import enrolled_at
from models import events as e
from models import messages as m
from models.errors import Refusal
from models.values import Actor, CaseStatus, NoteRef
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at, fengjie

NOTE = NoteRef(id="note-1", sha256="a" * 64)


def closed() -> CasePlayer:
    """Moved out on April 25, the visit of April still open."""
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-03-18 10:00"))
    case.report()
    case.until(at("2026-04-25 10:00"))
    case.tell(m.CloseCase, reason="moved_out", receiving_place="in_note", note=NOTE)
    return case


def test_months_later_it_begins_anew_and_nothing_is_owed_for_the_time_between() -> None:
    case = closed()
    case.now = at("2026-09-03 10:00")
    assert case.tell(m.ReopenCase) == ["CaseReopened"]
    assert (case.state.status, case.state.closed_at, case.state.period) == (CaseStatus.OPEN, None, None)
    assert case.until(at("2026-09-05 00:00")) == ["VisitOpened"]
    opened = case.last(e.VisitOpened)
    assert (opened.visit_id, opened.period.due_at) == ("E1.2026-09", at("2026-09-12 00:00"))  # the 13th is a Sunday
    assert case.report() == ["VisitReported"]
    case.until(at("2026-10-20 00:00"))
    assert case.visit("2026-10").open


def test_after_the_day_of_late_enrolment_the_month_has_its_reason_and_the_next_one_opens() -> None:
    case = closed()
    case.now = at("2026-09-25 10:00")
    assert case.tell(m.ReopenCase) == ["CaseReopened", "PeriodSkipped"]
    assert case.last(e.PeriodSkipped).reason == "enrolled_late"
    case.until(at("2026-10-20 00:00"))
    assert case.last(e.VisitOpened).visit_id == "E1.2026-10"


def test_in_the_month_it_was_closed_in_the_cancelled_visit_stays_and_the_next_month_opens() -> None:
    case = closed()
    case.now = at("2026-04-28 10:00")
    assert case.tell(m.ReopenCase) == ["CaseReopened"]
    assert case.visit("2026-04").state == "cancelled"
    case.until(at("2026-05-19 00:00"))
    assert case.last(e.VisitOpened).visit_id == "E1.2026-05"


def test_it_goes_on_under_the_rules_and_in_the_place_of_that_day() -> None:
    case = closed()
    case.lives_in = ("T2", "W2")
    case.policy, case.edition = fengjie().model_copy(update={"version": "99"}), 2
    case.now = at("2026-09-03 10:00")
    assert case.tell(m.ReopenCase) == ["CaseReopened", "EditionAdopted", "PolicyAdopted", "CaseMoved"]
    assert (case.state.village_id, case.state.edition, case.state.rules.version) == ("W2", 2, "99")


def test_only_a_closed_case_of_a_living_elder_is_reopened_and_only_by_staff() -> None:
    case = closed()
    assert refused(case, m.ReopenCase, VOLUNTEER) == Refusal.STAFF_ONLY
    case.tell(m.ReopenCase)
    assert refused(case, m.ReopenCase) == Refusal.NOT_CLOSED
    case.tell(m.ReportDeath)
    case.tell(m.ConfirmDeath, died_on=date(2026, 4, 24), source="seen")
    assert refused(case, m.ReopenCase) == Refusal.HAS_DIED
    assert case.state.status is CaseStatus.CLOSED


def test_a_case_that_moved_sends_what_is_urgent_to_the_new_village_at_once() -> None:
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-03-12 10:00"))
    case.lives_in = ("T2", "W2")
    assert case.tell(m.PlaceChanged) == ["CaseMoved"]
    case.tell(m.ReportDanger)
    assert (case.last(e.EscalationOpened).township_id, case.last(e.EscalationOpened).village_id) == ("T2", "W2")
    assert refused(case, m.PlaceChanged) == Refusal.ALREADY_REPORTED


def test_a_closed_case_does_not_move() -> None:
    assert refused(closed(), m.PlaceChanged) == Refusal.CASE_CLOSED


@pytest.mark.parametrize(
    ("start_on", "woken", "enrolled"),
    [
        (date(2026, 3, 20), "2026-03-20 09:00", "2026-03-20 00:00"),
        (date(2026, 3, 20), "2026-03-21 09:00", "2026-03-20 00:00"),
        (date(2026, 2, 20), "2026-03-02 09:00", "2026-03-02 09:00"),  # its month is over: this one is asked for
        (date(2026, 3, 22), "2026-03-21 09:00", "2026-03-21 09:00"),
    ],
)
def test_a_case_is_enrolled_on_the_day_it_starts_not_when_the_engine_woke(
    start_on: date, woken: str, enrolled: str
) -> None:
    assert enrolled_at(fengjie(), start_on, at(woken)) == at(enrolled)


@pytest.mark.parametrize(("edition", "asked"), [(1, False), (2, True)])
def test_whom_an_outage_starts_late_has_a_visit_that_month_since_edition_2(edition: int, asked: bool) -> None:
    case = CasePlayer(at("2026-03-21 09:00"), edition=edition, start_on=date(2026, 3, 20))
    case.until(at("2026-03-22 00:00"))
    assert ("VisitOpened" in case.kinds(), "PeriodSkipped" in case.kinds()) == (asked, not asked)


def refused(case: CasePlayer, kind: type[Any], actor: Actor = OFFICER) -> str:
    assert case.tell(kind, actor) == ["MessageRefused"]
    return str(case.last(e.MessageRefused).refusal)


def test_what_a_reported_death_held_back_is_not_owed_after_a_reopening() -> None:
    case = CasePlayer(at("2026-01-01 08:00"), edition=2, start_on=date(2026, 1, 1))
    case.until(at("2026-02-02 08:00"))
    case.tell(m.ReportDeath)
    case.tell(m.CloseCase, reason="not_eligible")
    case.until(at("2026-03-10 08:00"))
    case.tell(m.ReopenCase)
    case.until(at("2026-04-02 10:00"))
    case.tell(m.ReportDeath)
    before = len(case.said)
    case.tell(m.UndoDeath)
    owed = [event.visit_id for event, _ in case.said[before:] if isinstance(event, e.EscalationOpened)]
    assert "E1.2026-01" not in owed
