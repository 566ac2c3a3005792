"""The tables of `docs/sms.md` are run row by row."""

from __future__ import annotations

import pytest

from adapters.provider_codes import TABLES
from decisions.answering import asking_of
from decisions.asking import Asking, Phase, Question, after
from decisions.digest import OwnedTask, owner_texts
from decisions.reading import read
from decisions.wording import OWNER_TEMPLATE
from models.reading import Rule
from models.values import EscalationCause
from tests.decisions.sms_contexts import CONTEXTS, arrived, summary
from tests.sms_page import LINES, rows

# first heading → columns: every table of the page, each run by a test here, or by one that it names
_TABLES = {"Sent": 5, "Cause": 3, "Fault": 4, "Id": 5, "Who writes": 2, "Case": 4}


@pytest.mark.parametrize(("rule", "_", "text", "context", "expected"), rows("Id"))
def test_the_row_holds(rule: str, _: str, text: str, context: str, expected: str) -> None:
    reading = read(text.replace("⏎", "\n"), CONTEXTS[context])
    assert summary(reading) == expected
    assert Rule(rule) in reading.rules


def test_every_rule_has_a_row() -> None:
    assert {rule for rule, *_ in rows("Id")} == {rule.value for rule in Rule}


@pytest.mark.parametrize(("cause", "alone", "listed"), rows("Cause"))
def test_the_words_to_an_owner_are_these(cause: str, alone: str, listed: str) -> None:
    first, second = CONTEXTS["two"].open_tasks
    words = OWNER_TEMPLATE[EscalationCause(cause)]
    (one,) = owner_texts([OwnedTask(first, words)], "12月20日(含)", "奉节民政")
    assert one.made.text.startswith(f"【奉节民政】{alone}接手请回:52收到。")
    (both,) = owner_texts([OwnedTask(first, words), OwnedTask(second, words)], "12月20日(含)", "奉节民政")
    assert f"。{listed};53东坪村李爷爷。接手" in both.made.text


def test_every_cause_has_a_row() -> None:
    assert [cause for cause, *_ in rows("Cause")] == list(EscalationCause)


@pytest.mark.parametrize(("provider", "column"), [("twilio", 1), ("aliyun", 2)])
def test_each_code_of_a_provider_has_the_fault_of_its_row(provider: str, column: int) -> None:
    """What follows from each is seen in `tests/activities/test_twilio.py` and `test_aliyun_held.py`."""
    told = {code: row[0] for row in rows("Fault") for code in row[column].split(", ") if code != "–"}
    assert told == {code: row.fault.value for code, row in TABLES[provider].items()}


def test_every_table_of_the_page_is_run() -> None:
    assert sum(line.startswith("|---") for line in LINES) == len(_TABLES)
    assert all(len(row) == columns for first, columns in _TABLES.items() for row in rows(first))
    assert len(rows("Id")) >= len(Rule)


# --- asked back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("_", "texts", "context", "expected"), rows("Case"))
def test_the_turns_are_these(_: str, texts: str, context: str, expected: str) -> None:
    asked: dict[str, Question] = {}
    said: list[str] = []
    for n, body in enumerate(texts.split(" → ")):
        if body == "closed":
            asked = {task: one.model_copy(update={"phase": Phase.OVER}) for task, one in asked.items()}
            continue
        text = arrived(n, asked, known=context != "unknown")
        asking = asking_of(read(body, CONTEXTS[context]), CONTEXTS[context], text)
        asked = after(asked, asking, text.note.id)
        said.append(_asking(asking))
    assert " → ".join(said) == expected


def _asking(asking: Asking) -> str:
    lines = {
        "ask": [task.elder_id for task in asking.put],
        "person": [task.elder_id for task, _ in asking.told],
        "certain": list(asking.certain),
    }
    words = [" ".join([word, *(elder[-2:] for elder in elders if elder)]) for word, elders in lines.items() if elders]
    return "; ".join(words) or "nothing"
