"""Whoever writes to the store waits for its turn: no busy store reaches a person as an error."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TURNS_OF_ITS_OWN = {"adapters/database.py", "audit/fold.py"}
"""The store's own file, and a store in a file of its own that nobody else has."""


def writers(path: Path) -> Iterator[tuple[str, bool, int]]:
    """Each function that opens a write transaction: its name, whether it is patient, how many it opens."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            opened = [
                item
                for block in ast.walk(node)
                if isinstance(block, ast.With)
                for item in block.items
                if ast.unparse(item.context_expr).split("(")[0].split(".")[-1] == "writing"
            ]
            if opened:
                patient = any(ast.unparse(one).split(".")[-1] == "patient" for one in node.decorator_list)
                yield node.name, patient, len(opened)


FILES = {
    name: found
    for path in sorted(ROOT.glob("*/*.py"))
    if (name := str(path.relative_to(ROOT))).split("/")[0] not in ("tests", "bench", "migrations")
    and name not in TURNS_OF_ITS_OWN
    and (found := list(writers(path)))
}


def test_there_are_writers() -> None:
    assert sum(map(len, FILES.values())) > 30


@pytest.mark.parametrize("name", FILES)
def test_a_write_transaction_is_a_function_of_its_own_and_patient(name: str) -> None:
    assert [(function, patient, opened) for function, patient, opened in FILES[name] if not patient or opened > 1] == []
