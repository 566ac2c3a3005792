"""`docs/sms.md` is run row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from decisions.reading import read
from models.reading import Rule
from tests.decisions.sms_contexts import CONTEXTS, summary

_PAGE = Path(__file__).parents[2] / "docs" / "sms.md"


def _rows() -> list[tuple[str, str, str, str]]:
    """(rule id, text, context, expected) of each row of the one table."""
    lines = _PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("|---|---|---|---|---|") + 1
    rows: list[tuple[str, str, str, str]] = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rule, _, text, context, expected = (cell.strip() for cell in line.strip("|").split("|"))
        rows.append((rule, text.strip("`").replace("⏎", "\n"), context, expected))
    return rows


@pytest.mark.parametrize(("rule", "text", "context", "expected"), _rows())
def test_the_row_holds(rule: str, text: str, context: str, expected: str) -> None:
    reading = read(text, CONTEXTS[context])
    assert summary(reading) == expected
    assert Rule(rule) in reading.rules


def test_every_rule_has_a_row() -> None:
    assert {rule for rule, *_ in _rows()} == {rule.value for rule in Rule}


def test_there_is_one_table() -> None:
    lines = _PAGE.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("|---") for line in lines) == 1 and len(_rows()) >= len(Rule)
