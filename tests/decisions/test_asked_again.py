"""A death that was reported by mistake: what was asked of a volunteer stands again, and they are told so."""

from __future__ import annotations

from typing import Any

import pytest

from decisions import ledger
from decisions.letters import letters_for
from models import messages as m
from models.events import Event
from models.letters import TextLetter
from models.values import Channel
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at


@pytest.fixture
def case() -> CasePlayer:
    """Asked on the 16th of March 2026, due on the 20th; on the 17th the volunteer texts that the elder has died."""
    made = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"))
    made.until(at("2026-03-17 12:00"))
    made.tell(m.ReportDeath, VOLUNTEER, Channel.SMS)
    return made


def texts_of_last(case: CasePlayer, kind: str) -> list[TextLetter]:
    """The texts that follow from the last event of this kind, with the state as it is now."""
    event: Event = next(event for event, _ in reversed(case.said) if type(event).__name__ == kind)
    [recorded] = ledger.link("case/E1", 0, ledger.GENESIS, event.cause, case.now, (event,), lambda: "0" * 32)
    return [letter for letter in letters_for(recorded, case.state) if isinstance(letter, TextLetter)]


def undo(case: CasePlayer, when: str) -> list[TextLetter]:
    case.until(at(when))
    case.tell(m.UndoDeath, OFFICER)
    return texts_of_last(case, "DeathUndone")


def test_who_was_told_not_to_go_is_asked_again_before_the_visit_is_due(case: CasePlayer) -> None:
    [told] = texts_of_last(case, "DeathReported")
    assert (told.recipient_id, told.template) == ("V-1", "death_noted")
    [asked] = undo(case, "2026-03-18 10:00")
    assert (asked.recipient_id, asked.template, asked.elder_id) == ("V-1", "task_one", "E1")
    assert (asked.cause_visit_id, asked.cause_volunteer_id) == ("E1.2026-03", "V-1")
    assert asked.send_by == case.visit("2026-03").period.due_at


@pytest.mark.parametrize(
    ("kind", "values", "asked"),
    [
        (m.ReportVisit, {"visitor_id": "S-1", "result": "well", "visited_on": "2026-03-17", "evidence": "staff"}, []),
        (m.Reassign, {"reason": "staff"}, ["V-2"]),
    ],
)
def test_a_visit_that_was_done_or_given_away_meanwhile_is_not_asked_of_them_again(
    case: CasePlayer, kind: type[Any], values: dict[str, Any], asked: list[str]
) -> None:
    case.tell(kind, OFFICER, **values)
    assert [text.recipient_id for text in undo(case, "2026-03-18 10:00")] == asked


def test_after_the_due_day_the_ladder_has_it_and_nobody_is_asked(case: CasePlayer) -> None:
    assert undo(case, "2026-03-21 10:00") == []
    assert case.until(at("2026-03-21 10:01")) == ["VisitOverdue", "EscalationOpened"]


def test_a_visit_nobody_was_asked_for_is_not_asked_by_it() -> None:
    case = CasePlayer(at("2026-03-01 00:00"), volunteers=())
    case.until(at("2026-03-17 12:00"))
    case.tell(m.ReportDeath)
    assert undo(case, "2026-03-18 10:00") == []


# --- given to somebody else ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (("V-2",), [("V-1", "reassigned_away"), ("V-2", "reassigned_to")]),
        ((), [("V-1", "cancelled_visit")]),  # nobody was found: it is not said that somebody goes
    ],
)
def test_who_need_not_go_hears_of_another_only_where_one_was_asked(
    others: tuple[str, ...], told: list[tuple[str, str]]
) -> None:
    case = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", *others))
    case.until(at("2026-03-17 12:00"))
    case.tell(m.Reassign, OFFICER, reason="on_leave")
    texts = texts_of_last(case, "VisitReassigned")
    assert [(text.recipient_id, text.template) for text in texts] == told
