"""What a case asks of its elder's assessment, and what it learns from it."""

from __future__ import annotations

from typing import Any

import pytest

from decisions import escalation, ledger
from decisions.letters import letters_for
from models import messages as m
from models.ability import AbilityLevel
from models.events import CareLevelNoted, EscalationOpened, Event
from models.letters import StartEscalation, UpdateLetter
from models.values import Channel, CloseReason, EscalationCause, Need, Outcome, Role, Urgency
from tests.decisions.ability_cases import DAY
from tests.decisions.assessment_player import AssessmentPlayer
from tests.decisions.case_player import OFFICER, SECOND, CasePlayer, at


@pytest.fixture
def case() -> CasePlayer:
    made = CasePlayer(at("2026-03-01 00:00"))
    made.until(at("2026-03-17 12:00"))
    return made


def updates(case: CasePlayer, event: Event) -> list[tuple[str, Any]]:
    [recorded] = ledger.link("case/E1", 0, ledger.GENESIS, event.cause, case.now, (event,), lambda: "0" * 32)
    letters = letters_for(recorded, case.state)
    for n, letter in enumerate(letters):
        if isinstance(letter, UpdateLetter):
            assert letter.message.key == f"case/E1#1.{n}"  # the letter's id is the update's
    return [(one.workflow_id, one.message) for one in letters if isinstance(one, UpdateLetter)]


def told_of_last(case: CasePlayer, kind: str) -> list[tuple[str, str]]:
    event = next(event for event, _ in reversed(case.said) if type(event).__name__ == kind)
    return [
        (workflow, getattr(message, "trigger", None) or getattr(message, "reason", message.kind))
        for workflow, message in updates(case, event)
    ]


def decided(case: CasePlayer) -> None:
    case.tell(
        m.CareLevelDecided, SECOND, level=AbilityLevel.MODERATE, assessed_on=DAY, valid_to=None,
        confirmed_by=SECOND,
    )  # fmt: skip


def test_a_finding_of_a_visit_asks_for_an_assessment(case: CasePlayer) -> None:
    case.report(needs=(Need.ASSESSMENT,))
    assert told_of_last(case, "AssessmentDue") == [("assessment/E1", "visit")]


def test_a_change_asks_for_one_where_a_level_holds(case: CasePlayer) -> None:
    case.tell(m.ChangeCircumstances, change="injured")
    assert told_of_last(case, "CircumstancesChanged") == []
    decided(case)
    assert case.last(CareLevelNoted).level is AbilityLevel.MODERATE
    assert case.state.care_level is AbilityLevel.MODERATE
    case.tell(m.ChangeCircumstances, change="injured")
    assert told_of_last(case, "CircumstancesChanged") == [("assessment/E1", "change")]


def test_who_died_or_moved_is_not_assessed_any_more(case: CasePlayer) -> None:
    case.tell(
        m.CloseCase, reason=CloseReason.MOVED_OUT, receiving_place="in_note", note={"id": "n", "sha256": "0" * 64}
    )
    assert told_of_last(case, "CaseClosed") == [("assessment/E1", "moved_out"), ("benefit/E1", "moved_out")]


def test_who_is_visited_no_more_may_still_be_assessed(case: CasePlayer) -> None:
    case.tell(m.CloseCase, reason=CloseReason.NOT_ELIGIBLE)
    assert told_of_last(case, "CaseClosed") == [("benefit/E1", "release_benefits")]  # no death is looked into any more


def test_the_ladder_of_an_assessment_answers_to_the_assessment() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.days_pass(6)
    start = next(one for one in play.letters if isinstance(one, StartEscalation))
    opened = next(event for event in play.said if isinstance(event, EscalationOpened))
    assert (start.opened, opened.cause_of, opened.urgency) == (
        opened, EscalationCause.ASSESSMENT_LATE, Urgency.ORDINARY,
    )  # fmt: skip
    ladder = escalation.initial(start, start.workflow_id)
    owner = m.Owner(rung=escalation.first_rung(ladder), role=Role.TOWNSHIP_OFFICER, staff_id="S-1")
    resolve = m.Resolve(
        key="m-1", actor=OFFICER, channel=Channel.CONSOLE, received_at=play.now, outcome=Outcome.REACHED_BY_PHONE
    )
    letters: list[UpdateLetter] = []
    for message in (m.Tick(key="tick/0", owner=owner), resolve):
        for event in escalation.decide(ladder, message, play.now):
            ladder = escalation.evolve(ladder, event, play.now)
            [told] = ledger.link(ladder.escalation_id, 0, ledger.GENESIS, "m-1", play.now, (event,), lambda: "0")
            letters += [one for one in letters_for(told, ladder) if isinstance(one, UpdateLetter)]
    [letter] = letters
    assert (letter.workflow_id, letter.message.kind) == ("assessment/E1", "escalation_closed")
