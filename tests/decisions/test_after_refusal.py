"""The month after a refused one opens again by the pack's refusal method, and whoever is asked reads so."""

from __future__ import annotations

import pytest

from models import events as e
from models import messages as m
from models.letters import TextLetter
from models.values import Channel, Method
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at, fengjie
from tests.decisions.test_asked_again import texts_of_last

MAY = at("2026-05-17 00:00")


def refused(case: CasePlayer) -> CasePlayer:
    """March was refused, and April's visit has opened."""
    case.until(at("2026-03-16 12:00"))
    case.tell(m.RecordRefusal)
    case.until(at("2026-04-17 00:00"))
    return case


@pytest.fixture
def case() -> CasePlayer:
    return refused(CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2")))


def how(letters: list[TextLetter]) -> list[tuple[str, str | None]]:
    return [(letter.template, letter.params.get("method")) for letter in letters]


def test_the_month_after_a_refused_one_is_asked_for_by_a_call(case: CasePlayer) -> None:
    assert case.last(e.VisitOpened).method is Method.PHONE
    assert how(texts_of_last(case, "VisitOpened")) == [("task_one", "phone")]
    case.until(at("2026-04-19 12:00"))
    assert how(texts_of_last(case, "VisitorReminded")) == [("reminder_one", "phone")]


def test_whoever_it_is_given_to_is_told_too(case: CasePlayer) -> None:
    case.tell(m.Reassign, OFFICER, reason="staff")
    assert how(texts_of_last(case, "VisitReassigned")) == [("reassigned_away", None), ("reassigned_to", "phone")]
    case.tell(m.ReportDeath, VOLUNTEER, Channel.SMS)
    case.tell(m.UndoDeath)
    assert how(texts_of_last(case, "DeathUndone")) == [("task_one", "phone")]


def test_the_month_after_that_is_asked_for_as_ever(case: CasePlayer) -> None:
    case.report()
    case.until(MAY)
    assert case.last(e.VisitOpened).period.id == "2026-05" and case.last(e.VisitOpened).method is None
    assert how(texts_of_last(case, "VisitOpened")) == [("task_one", None)]


def test_a_refusal_before_the_month_asked_is_one_too() -> None:
    case = CasePlayer(at("2026-03-01 00:00"))
    case.until(at("2026-03-01 09:00"))
    assert case.tell(m.RecordRefusal) == ["RefusalRecorded", "PeriodSkipped"]
    case.until(at("2026-04-17 00:00"))
    assert case.last(e.VisitOpened).method is Method.PHONE


def test_a_county_that_names_no_method_asks_as_ever() -> None:
    case = refused(CasePlayer(at("2026-03-01 00:00"), fengjie().model_copy(update={"after_refusal": None})))
    assert case.last(e.VisitOpened).period.id == "2026-04" and case.last(e.VisitOpened).method is None
