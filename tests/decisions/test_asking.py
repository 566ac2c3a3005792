"""What an unclear text makes: a question the first time, a person the next, and no silence in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from decisions.answering import asking_of, letters_of
from decisions.asking import Asking, Phase, Question
from decisions.reading import read
from models.letters import Letter, TextLetter, WorkItem
from models.values import Role
from tests.decisions.sms_contexts import CONTEXTS, arrived

WAITING = {"visit-52": Question(phase=Phase.WAITING, note_id="note-first", elder_id="elder-52")}
TOLD = {"visit-52": Question(phase=Phase.TOLD, note_id="note-first", elder_id="elder-52")}
CALLED = ["person_will_call"]


def follows(body: str, context: str, asked: dict[str, Question]) -> dict[str, Letter]:
    text = arrived(7, asked)
    meant = read(body, CONTEXTS[context])
    return dict(letters_of(meant, CONTEXTS[context], text, asking_of(meant, CONTEXTS[context], text)))


def texts(letters: dict[str, Letter]) -> list[TextLetter]:
    return [letter for letter in letters.values() if isinstance(letter, TextLetter)]


def items(letters: dict[str, Letter]) -> dict[str, WorkItem]:
    return {id_: letter for id_, letter in letters.items() if isinstance(letter, WorkItem)}


def test_the_first_is_a_question_that_names_whom_it_is_about_and_no_item() -> None:
    letters = follows("看过了", "one", {})
    assert [(text.template, text.params) for text in texts(letters)] == [
        ("ask_back_no_result", {"about": "elder-52"})
    ]  # fmt: skip
    assert items(letters) == {}


@pytest.mark.parametrize("body", ["应该平安", "平安就好", "王奶奶平安吗？"])
def test_no_uncertainty_is_before_a_person_the_first_time(body: str) -> None:
    letters = follows(body, "one", {})
    assert [text.template for text in texts(letters)] == ["ask_back_uncertain"] and items(letters) == {}


def test_the_second_is_an_item_about_the_elder_with_owner_and_deadline() -> None:
    letters = follows("应该平安", "one", WAITING)
    assert [text.template for text in texts(letters)] == CALLED
    [(id_, item)] = items(letters).items()
    assert id_ == "unclear-note-first-visit-52"
    assert (item.item, item.elder_id, item.township_id, item.role) == (
        "unclear_reply", "elder-52", "T1", Role.TOWNSHIP_OFFICER,
    )  # fmt: skip
    assert (item.due_at, item.about) == (arrived(7, {}).received_at + timedelta(hours=24), "uncertain note-7")


def test_while_a_person_has_it_the_sender_is_answered_and_no_item_is_added() -> None:
    letters = follows("应该平安", "one", TOLD)
    assert [text.template for text in texts(letters)] == CALLED and items(letters) == {}


def test_only_whom_it_has_not_been_about_yet_is_asked_about() -> None:
    letters = follows("991", "two", WAITING)
    assert [text.params for text in texts(letters)] == [{"about": "elder-53"}]
    assert list(items(letters)) == ["unclear-note-first-visit-52"]


def test_what_is_certain_beside_it_is_recorded_all_the_same() -> None:
    letters = follows("521 991", "two", WAITING)
    assert "sms-SM7-elder-52" in letters and items(letters) == {}


@pytest.mark.parametrize(
    ("body", "context", "answered"),
    [
        ("521，53明天去", "two", []),  # the case names what it recorded, and nothing else is said
        ("52没了，53明天去", "two", []),
        ("52，53明天去", "two", ["ask_back_no_result"]),
        ("52明天去", "two", ["acknowledged"]),
        ("521 991", "two", ["ask_back_unknown_code"]),
    ],
)
def test_no_second_answer_says_that_nothing_was_recorded(body: str, context: str, answered: list[str]) -> None:
    assert [text.template for text in texts(follows(body, context, {}))] == answered


@pytest.mark.parametrize(("body", "waits"), [("521 991", True), ("991", False)])
@pytest.mark.parametrize("asked", [{}, WAITING | {"visit-53": WAITING["visit-52"]}])
def test_a_question_beside_a_record_goes_after_what_names_the_record(
    body: str, waits: bool, asked: dict[str, Question]
) -> None:
    """With the confirmation, so that `还没有记` is read of what is left."""
    assert [text.in_burst for text in texts(follows(body, "two", asked))] == [waits]


def test_danger_is_told_at_once_however_often_was_asked() -> None:
    letters = follows("看不懂短信 快来 有人晕了", "one", TOLD)
    assert "sms-SM7-danger-elder-52" in letters
    assert texts(letters)[0].template == "danger"


def test_of_several_escalations_each_is_named() -> None:
    letters = follows("收到", "grid_two", {})
    assert [text.params for text in texts(letters)] == [{"about": "elder-61,elder-62"}]


def test_a_stranger_has_no_questions() -> None:
    text = arrived(7, {}, known=False)
    assert asking_of(read("52", CONTEXTS["unknown"]), CONTEXTS["unknown"], text) == Asking()
