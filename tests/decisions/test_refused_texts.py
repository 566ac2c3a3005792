"""A report by text that cannot be recorded: only where nobody is to go any more is the volunteer told so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from decisions import ledger
from decisions.letters import letters_for
from models import events as e
from models import messages as m
from models.errors import Refusal
from models.letters import TextLetter, WorkItem
from models.values import Channel, CloseReason, NoteRef, SuspendReason
from tests.decisions.case_player import OFFICER, VOLUNTEER, CasePlayer, at

NOTE = NoteRef(id="sms-sandbox-SM1", sha256="a" * 64)


@pytest.fixture
def case() -> CasePlayer:
    """Asked by the 16th of March 2026."""
    made = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"))
    made.until(at("2026-03-16 12:00"))
    return made


def answer(case: CasePlayer) -> tuple[str, str]:
    """What the volunteer reads, and what the item beside it is about."""
    event = case.last(e.MessageRefused)
    [recorded] = ledger.link("case/E1", 0, ledger.GENESIS, event.cause, case.now, (event,), lambda: "0" * 32)
    letters = letters_for(recorded, case.state)
    [text] = [letter for letter in letters if isinstance(letter, TextLetter)]
    [item] = [letter for letter in letters if isinstance(letter, WorkItem)]
    return text.template, item.about


@pytest.mark.parametrize(
    ("values", "refusal", "template"),
    [
        ({"on": date(2026, 3, 17)}, Refusal.IN_THE_FUTURE, "ask_back_which_day"),
        ({"on": date(2019, 12, 31)}, Refusal.BEFORE_ENROLMENT, "ask_back_which_day"),
        ({"visit_id": "E1.2025-01"}, Refusal.UNKNOWN_VISIT, "not_recorded"),
    ],
)
def test_of_an_open_case_nobody_is_told_to_stay_at_home(
    case: CasePlayer, values: dict[str, Any], refusal: Refusal, template: str
) -> None:
    assert case.report(note=NOTE, **values) == ["MessageRefused"]
    assert answer(case) == (template, f"{refusal} {NOTE.id}")
    assert case.visit("2026-03").open


def test_of_a_suspended_case_it_is_kept(case: CasePlayer) -> None:
    case.tell(m.Suspend, OFFICER, reason=SuspendReason.HOSPITAL, review_on=date(2026, 4, 1))
    case.tell(m.ConfirmSuspension, OFFICER.model_copy(update={"id": "S-second"}))
    assert case.report(on=date(2026, 3, 17)) == ["MessageRefused"]
    assert answer(case) == ("kept", "in_the_future")


def test_of_a_closed_case_it_is_kept(case: CasePlayer) -> None:
    case.tell(m.CloseCase, OFFICER, reason=CloseReason.NOT_ELIGIBLE)
    assert case.report(channel=Channel.SMS, actor=VOLUNTEER) == ["MessageRefused"]
    assert answer(case) == ("kept", "case_closed")
