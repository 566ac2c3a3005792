"""What a strict reading found of what is due, by the pure functions alone; each was red before it was mended."""

from __future__ import annotations

from datetime import date

import pytest

from models.claim_messages import EndBenefits, FactsChanged, StopBenefit
from models.claims import EndCause, Heard
from models.values import CloseReason
from tests.decisions.claim_player import CARE, COUNTY, NOTE, OLD_AGE, ClaimPlayer

DIED = CloseReason.DEATH_CONFIRMED


@pytest.fixture
def play() -> ClaimPlayer:
    """90 on 15 June, given what an 80-year-old gets from March; now it is 2 June, and the change is proposed."""
    play = ClaimPlayer(born_on=date(1936, 6, 15))
    play.given(OLD_AGE)
    play.until_day(2026, 6, 2)
    change = play.state.holding(OLD_AGE).change
    assert change is not None and change.month == date(2026, 6, 1)
    return play


def born(play: ClaimPlayer, on: date) -> None:
    play.facts["born_on"] = (on, play.today)
    play.tell(FactsChanged, heard=Heard.REGISTER)


def changes_in(play: ClaimPlayer) -> date | None:
    change = play.state.holding(OLD_AGE).change
    return change.month if change else None


def test_a_birthday_corrected_to_earlier_moves_the_change_that_is_proposed(play: ClaimPlayer) -> None:
    born(play, date(1936, 4, 15))
    assert changes_in(play) == date(2026, 4, 1)


def test_a_birthday_corrected_to_later_moves_the_change_that_is_proposed(play: ClaimPlayer) -> None:
    play.until_day(2026, 8, 3)
    born(play, date(1936, 8, 15))
    assert changes_in(play) == date(2026, 8, 1)


@pytest.mark.parametrize("month", [4, 8])
def test_a_birthday_corrected_after_the_change_was_confirmed_is_proposed_once_more(
    play: ClaimPlayer, month: int
) -> None:
    play.confirmed(OLD_AGE)
    play.until_day(2026, 8, 20)
    born(play, date(1936, month, 15))
    assert changes_in(play) is not None


def test_a_day_of_death_corrected_to_later_gives_the_months_back() -> None:
    play = ClaimPlayer()
    play.given(CARE)
    play.until_day(2026, 9, 12)
    play.death(reported=True)
    play.reported, play.gone = False, DIED
    play.tell(EndBenefits, reason=DIED, on=date(2026, 7, 5))
    play.confirmed(CARE)
    said = play.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.DEATH, on=date(2026, 9, 5), note=NOTE)
    assert said[-1] == f"EntitlementStopped {CARE}"


def test_who_was_stopped_as_dead_and_is_back_is_paid_for_the_months_between() -> None:
    play = ClaimPlayer(born_on=date(1940, 6, 15))
    play.given(CARE)
    play.until_day(2026, 5, 4)
    play.death(reported=True)
    play.reported, play.gone = False, DIED
    play.tell(EndBenefits, reason=DIED, on=date(2026, 3, 5))
    play.confirmed(CARE)
    play.told(CARE)
    play.until_day(2026, 6, 3)
    play.gone = None
    play.tell(FactsChanged, heard=Heard.REGISTER)
    play.approved(CARE)
    assert play.state.holding(CARE).first == date(2026, 4, 1)


def test_a_correction_of_the_birthday_that_takes_money_back_is_no_change_by_age(play: ClaimPlayer) -> None:
    """It would be taken back by whoever approves the list, and no family told."""
    play.confirmed(OLD_AGE)
    play.until_day(2026, 8, 12)
    born(play, date(1936, 9, 15))
    change = play.state.holding(OLD_AGE).change
    assert change is not None and not change.by_age
