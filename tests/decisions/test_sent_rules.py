"""The table of what is sent in `docs/sms.md` is run row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.sql_codes import KEPT, next_code
from tests.decisions.sent_rows import goes
from tests.sms_page import rows

RULES = (
    "one_task", "two_tasks", "list", "name", "slot", "quiet", "urgent", "sign_in", "cap", "expiry", "cause_gone",
    "confirmed", "question", "code", "retired",
)  # fmt: skip


def _said(rule: str, waiting: str, when: str) -> str:
    if rule == "code":
        count, _, calls = waiting.partition(" codes")
        first = 60 if calls else 50
        taken: list[int] = []
        for _ in range(int(count)):
            taken.append(next_code(taken, first))
        assert not any(str(code)[0] in ("12345" if calls else "1234") for code in taken)
        return str(next_code(taken, first))
    if rule == "retired":
        return "free" if timedelta(days=int(waiting.split()[1])) >= KEPT else "kept"
    at, *counts = when.split("; ")
    told = {word: int(count) for count, word in (said.split() for said in counts)}
    return goes(waiting, at, told.get("sent", 0), told.get("same", 0))


@pytest.mark.parametrize(("rule", "_", "waiting", "when", "expected"), rows("Sent"))
def test_the_row_holds(rule: str, _: str, waiting: str, when: str, expected: str) -> None:
    assert _said(rule, waiting, when) == expected


def test_every_rule_of_sending_has_a_row() -> None:
    assert list(dict.fromkeys(rule for rule, *_ in rows("Sent"))) == list(RULES)
