"""退订: no further text, to whoever it is. Staff are texted on, so they are told that, and not promised an end."""

from __future__ import annotations

import pytest

from decisions.answering import Inbound, letters_of
from decisions.asking import Asking
from decisions.reading import read
from models.letters import TextLetter, WorkItem
from models.values import Actor, ActorKind, Role
from tests.decisions.sms_contexts import CONTEXTS, arrived

OFFICER = Actor(id="S-1", kind=ActorKind.STAFF, role=Role.GRID_WORKER)
VOLUNTEER = arrived(1, {})
STRANGER = arrived(1, {}, known=False)
STAFF = VOLUNTEER.model_copy(update={"sender": OFFICER, "staff": OFFICER})
BOTH = VOLUNTEER.model_copy(update={"staff": OFFICER})


@pytest.mark.parametrize("body", ["退订", "T", "TD", "不要再发"])
@pytest.mark.parametrize(
    ("context", "text", "said", "item"),
    [
        ("one", VOLUNTEER, [], "undeliverable"),
        ("grid", STAFF, [("S-1", "opted_out_staff")], "undeliverable"),
        ("one", BOTH, [("S-1", "opted_out_staff")], "undeliverable"),
        ("unknown", STRANGER, [], "unknown_phone"),
    ],
)
def test_each_is_told_what_happens_and_a_person_reads_it(
    body: str, context: str, text: Inbound, said: list[tuple[str, str]], item: str
) -> None:
    letters = dict(letters_of(read(body, CONTEXTS[context]), CONTEXTS[context], text, Asking())).values()
    assert [(of.recipient_id, of.template) for of in letters if isinstance(of, TextLetter)] == said
    assert [of.item for of in letters if isinstance(of, WorkItem)] == [item]


def test_a_stranger_in_danger_is_told_whom_to_call_whatever_else_they_write() -> None:
    letters = dict(letters_of(read("有人晕倒 退订", CONTEXTS["unknown"]), CONTEXTS["unknown"], STRANGER, Asking()))
    assert [of.template for of in letters.values() if isinstance(of, TextLetter)] == ["danger"]
    assert [of.item for of in letters.values() if isinstance(of, WorkItem)] == ["unknown_phone"]
