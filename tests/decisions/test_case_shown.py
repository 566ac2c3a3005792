"""What a case offers is what it takes: each step in each standing, offered or not, is handed to it and compared."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from decisions.case_shown import OFFERS, coming, shown
from models import messages as m
from models.values import Channel, DeathSource, VisitResult
from tests.decisions.case_player import OFFICER, SECOND, CasePlayer, at, fengjie

NOW = at("2026-03-18 12:00")
REVIEW = date(2026, 4, 1)
RULES = fengjie()


def asked() -> CasePlayer:
    case = CasePlayer(at("2026-03-01 00:00"), RULES, volunteers=("V-1", "V-2"))
    case.until(NOW)
    return case


def visited() -> CasePlayer:
    case = asked()
    case.report()
    return case


def proposed() -> CasePlayer:
    case = asked()
    case.tell(m.Suspend, reason="hospital", review_on=REVIEW)
    return case


def suspended() -> CasePlayer:
    case = proposed()
    case.tell(m.ConfirmSuspension, SECOND)
    return case


def death_reported() -> CasePlayer:
    case = visited()
    case.tell(m.ReportDeath)
    return case


def died() -> CasePlayer:
    case = death_reported()
    case.tell(m.ConfirmDeath, died_on=NOW.date(), source=DeathSource.CREMATION)
    return case


def moved_out() -> CasePlayer:
    case = visited()
    case.tell(m.CloseCase, reason="not_eligible")
    return case


STANDINGS = (asked, visited, proposed, suspended, death_reported, died, moved_out)
TOLD: dict[str, Callable[[CasePlayer], tuple[type[Any], dict[str, Any]]]] = {
    "report_visit": lambda case: (m.ReportVisit, dict(
        visitor_id="S-9", result=VisitResult.WELL, visited_on=NOW.date(), evidence="staff", channel=Channel.PAPER,
    )),
    "report_danger": lambda case: (m.ReportDanger, {}),
    "correct_report": lambda case: (m.CorrectReport, dict(
        visit_id=next((visit.visit_id for visit in case.state.visits if not visit.open), "E1.2026-03"), result=None,
    )),
    "request_visit": lambda case: (m.RequestVisit, {}),
    "change_circumstances": lambda case: (m.ChangeCircumstances, dict(change="bereaved")),
    "reassign": lambda case: (m.Reassign, {}),
    "suspend": lambda case: (m.Suspend, dict(reason="away", review_on=REVIEW)),
    "confirm_suspension": lambda case: (m.ConfirmSuspension, {}),
    "resume": lambda case: (m.Resume, {}),
    "record_refusal": lambda case: (m.RecordRefusal, {}),
    "report_death": lambda case: (m.ReportDeath, {}),
    "confirm_death": lambda case: (m.ConfirmDeath, dict(died_on=NOW.date(), source=DeathSource.CREMATION)),
    "undo_death": lambda case: (m.UndoDeath, {}),
    "close": lambda case: (m.CloseCase, dict(reason="not_eligible")),
    "reopen": lambda case: (m.ReopenCase, {}),
}  # fmt: skip


@pytest.mark.parametrize("standing", STANDINGS, ids=lambda made: made.__name__)
@pytest.mark.parametrize("by", [OFFICER, SECOND], ids=lambda actor: actor.id)
@pytest.mark.parametrize("kind", OFFERS)
def test_what_is_offered_is_taken_and_nothing_else(
    standing: Callable[[], CasePlayer], by: Any, kind: str
) -> None:  # fmt: skip
    case = standing()
    offered = kind in shown(case.state, case.now, by.id).offers
    message, values = TOLD[kind](case)
    said = deepcopy(case).tell(message, by, **values)
    assert ("MessageRefused" not in said) == offered, said


def test_where_a_case_stands() -> None:
    case = asked()
    told = shown(case.state, case.now, "S-1")
    (waiting,) = told.waiting
    assert (told.status, told.cadence, waiting.volunteer_id, waiting.overdue) == ("open", "monthly", "V-1", False)
    assert told.coming is not None and told.coming.period == "2026-04" and told.coming.due_at == at("2026-04-21 00:00")
    assert shown(proposed().state, NOW, "S-1").proposed is not None
    assert coming(suspended().state) is None and shown(died().state, NOW, "S-1").died_on == NOW.date()
    assert [visit.result for visit in shown(visited().state, NOW, "S-1").told] == [VisitResult.WELL]
