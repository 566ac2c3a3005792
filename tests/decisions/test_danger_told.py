"""A danger reaches a person and its sender is told 120, whoever writes; escalations are answered only by staff."""

from __future__ import annotations

from datetime import timedelta

import pytest

from decisions.answering import HeldVisit, Inbound, letters_of
from decisions.asking import Asking
from decisions.reading import read
from models.letters import Letter, TextClass, TextLetter, UpdateLetter, WorkItem
from models.messages import ReportDanger
from models.reading import SenderContext, SenderKind
from models.values import Actor, ActorKind, Role
from tests.decisions.sms_contexts import CONTEXTS, arrived

NOBODYS = SenderContext(sender_kind=SenderKind.VOLUNTEER)
STAFF = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.GRID_WORKER)


def follows(body: str, context: SenderContext, text: Inbound) -> dict[str, Letter]:
    return dict(letters_of(read(body, context), context, text, Asking()))


def urgent_texts(letters: dict[str, Letter]) -> list[tuple[str, str, str]]:
    found = [letter for letter in letters.values() if isinstance(letter, TextLetter)]
    urgent = [letter for letter in found if letter.text_class is TextClass.URGENT and not letter.wait_for_slot]
    return [(letter.recipient_kind, letter.recipient_id, letter.template) for letter in urgent]


@pytest.mark.parametrize(
    ("body", "context", "text", "sender", "item"),
    [
        ("着火了", CONTEXTS["unknown"], arrived(1, {}, known=False), f"phone:{'b' * 64}", "unknown_phone"),
        ("老人摔倒了", NOBODYS, arrived(1, {}), "V-1", "call_by_phone"),
        ("老人摔倒了", CONTEXTS["staff"], arrived(1, {}).model_copy(update={"sender": STAFF}), "S-1", "call_by_phone"),
    ],
)
@pytest.mark.parametrize("on_duty", ["S-9", None])
def test_a_danger_no_case_takes_up_goes_to_who_is_on_duty_at_once(
    body: str, context: SenderContext, text: Inbound, sender: str, item: str, on_duty: str | None
) -> None:
    letters = follows(body, context, text.model_copy(update={"on_duty": on_duty}))
    kind = "staff" if sender == "S-1" else "volunteer"
    told = [("staff", "S-9", "danger_unnamed")] if on_duty else []
    assert sorted(urgent_texts(letters)) == sorted([(kind, sender, "danger"), *told])
    [waits] = [letter for letter in letters.values() if isinstance(letter, WorkItem)]
    assert (waits.item, waits.about, waits.due_at) == (item, "danger note-1", text.received_at)


def test_a_strangers_other_text_is_answered_as_before() -> None:
    text = arrived(1, {}, known=False).model_copy(update={"on_duty": "S-9"})
    letters = follows("521", CONTEXTS["unknown"], text)
    assert [letter.template for letter in letters.values() if isinstance(letter, TextLetter)] == ["unknown_phone"]
    [waits] = [letter for letter in letters.values() if isinstance(letter, WorkItem)]
    assert waits.due_at == text.received_at + timedelta(hours=24)


def test_a_danger_told_to_a_case_is_not_told_to_who_is_on_duty_too() -> None:
    letters = follows("老人摔倒了", CONTEXTS["one"], arrived(1, {}).model_copy(update={"on_duty": "S-9"}))
    assert urgent_texts(letters) == [("volunteer", "V-1", "danger")]
    assert dangers(letters) == ["elder-52"]


def test_an_elder_asked_of_this_phone_who_has_no_code_yet_is_known() -> None:
    text = arrived(1, {}).model_copy(
        update={"holds": (HeldVisit(visit_id="v", elder_id="elder-7", volunteer_id="V-1"),)}
    )
    assert dangers(follows("老人摔倒了", NOBODYS, text)) == ["elder-7"]


def test_a_danger_of_a_closed_case_goes_to_who_is_on_duty_too() -> None:
    text = arrived(1, {}).model_copy(update={"on_duty": "S-9"})
    letters = follows("56摔倒了", CONTEXTS["mixed"], text)
    assert dangers(letters) == ["elder-56"]
    assert ("staff", "S-9", "danger_unnamed") in urgent_texts(letters)


@pytest.mark.parametrize("body", ["61收到", "611", "612"])
def test_an_escalation_is_answered_by_the_member_of_staff_of_a_volunteers_phone(body: str) -> None:
    told_of = CONTEXTS["grid"].escalation_codes[0].model_copy(update={"escalation_id": "escalation/elder-61/2026-12"})
    context = CONTEXTS["one"].model_copy(update={"escalation_codes": (told_of,)})
    letters = follows(body, context, arrived(1, {}).model_copy(update={"staff": STAFF}))
    [told] = [letter.message for letter in letters.values() if isinstance(letter, UpdateLetter)]
    assert told.actor == STAFF
    mine = follows("521", context, arrived(1, {}).model_copy(update={"staff": STAFF}))
    assert [of.message.actor.id for of in mine.values() if isinstance(of, UpdateLetter)] == ["V-1"]


def dangers(letters: dict[str, Letter]) -> list[str]:
    updates = [letter for letter in letters.values() if isinstance(letter, UpdateLetter)]
    return [str(update.elder_id) for update in updates if isinstance(update.message, ReportDanger)]
