"""Two assessors with a sheet each, where a county wants two: what differs is in dispute, and settled like on one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.assessment import AbilitySheet, Stage
from models.assessment_messages import ConfirmSheet, SettleSheet, SubmitSheet
from models.errors import Refusal
from models.events import LevelProposed, SheetConfirmed
from tests.decisions.assessment_player import FIRST, NOTE, OTHER, RULES, AssessmentPlayer, sheet

ITEM, ANOTHER = "B.1.1", "B.1.2"


@pytest.fixture
def play() -> AssessmentPlayer:
    """The first has handed in 50 points."""
    play = AssessmentPlayer()
    play.rules = RULES.model_copy(update={"independent": True})
    play.asked()
    play.named()
    assert play.state.law.independent
    play.tell(SubmitSheet, FIRST, sheet=sheet(play.now.date()))
    return play


def own(play: AssessmentPlayer, points: dict[str, int] | None = None, **answers: Any) -> AbilitySheet:
    """Of the second, signed by the second alone."""
    made = sheet(play.now.date(), **answers)
    one, two = made.assessors
    signed = (one.model_copy(update={"signed_on": None}), two.model_copy(update={"signed_on": one.signed_on}))
    scores = made.answers.scores | (points or {})
    return made.model_copy(update={"assessors": signed, "answers": made.answers.model_copy(update={"scores": scores})})


def handed_in(play: AssessmentPlayer, of: AbilitySheet | None, **more: Any) -> list[str]:
    return play.tell(ConfirmSheet, OTHER, own=of, **more)


def refused(why: Refusal) -> list[str]:
    return [f"MessageRefused {why}"]


def test_two_that_agree_are_scored_at_once(play: AssessmentPlayer) -> None:
    handed_in(play, own(play))
    assert [event.own is not None for event in play.said if isinstance(event, SheetConfirmed)] == [True]
    assert play.state.stage is Stage.CONFIRMING
    assert isinstance(play.said[-1], LevelProposed) and play.said[-1].scored is not None
    assert play.said[-1].scored.total == 50


def test_what_differs_is_in_dispute_and_what_they_settle_counts(play: AssessmentPlayer) -> None:
    ours = sheet(play.now.date()).answers.scores
    theirs = {ITEM: int(ours[ITEM]) - 1, ANOTHER: int(ours[ANOTHER]) - 1}
    handed_in(play, own(play, theirs))
    disputed = play.state.in_hand.disputed
    assert [(one.item, one.first - one.second) for one in disputed] == [(ITEM, 1), (ANOTHER, 1)]
    settled = [one.model_copy(update={"settled": one.second, "reason": NOTE}) for one in disputed]
    play.tell(SettleSheet, FIRST, settled=settled)
    proposed = play.said[-1]
    assert isinstance(proposed, LevelProposed) and proposed.scored is not None and proposed.scored.total == 48


def test_the_second_writes_their_own_and_marks_nothing_on_the_first(play: AssessmentPlayer) -> None:
    assert handed_in(play, None) == refused(Refusal.OWN_SHEET)
    assert play.tell(ConfirmSheet, FIRST, own=own(play)) == refused(Refusal.NOT_THE_ASSESSOR)
    assert handed_in(play, sheet(play.now.date())) == refused(Refusal.NOT_SIGNED)  # by the first
    early = play.now.date() - timedelta(days=30)
    old = own(play).model_copy(update={"answers": own(play).answers.model_copy(update={"assessed_on": early})})
    assert handed_in(play, old) == refused(Refusal.TOO_OLD)
    without = {item: points for item, points in own(play).answers.scores.items() if item != ITEM}
    short = own(play).model_copy(update={"answers": own(play).answers.model_copy(update={"scores": without})})
    assert handed_in(play, short) == refused(Refusal.SHEET_INCOMPLETE)
    assert play.state.stage is Stage.SIGNING


def test_what_has_its_paper_must_be_the_same_on_both(play: AssessmentPlayer) -> None:
    assert handed_in(play, own(play, coma=True)) == refused(Refusal.OTHER_RECORDS)
    assert play.state.stage is Stage.SIGNING


def test_where_a_county_has_not_said_so_there_is_one_sheet() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.named()
    play.tell(SubmitSheet, FIRST, sheet=sheet(play.now.date()))
    assert handed_in(play, own(play)) == refused(Refusal.ONE_SHEET)
    play.tell(ConfirmSheet, OTHER)
    assert play.state.stage is Stage.CONFIRMING
