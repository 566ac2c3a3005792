"""The tables of `docs/sms.md`, which tests run row by row."""

from __future__ import annotations

from pathlib import Path

LINES = (Path(__file__).parents[1] / "docs" / "sms.md").read_text(encoding="utf-8").splitlines()


def rows(first: str) -> list[list[str]]:
    """The rows of the table whose first heading is this."""
    start = next(n for n, line in enumerate(LINES) if line.startswith(f"| {first} |")) + 2
    end = next(n for n, line in enumerate([*LINES[start:], ""], start) if not line.startswith("|"))
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in LINES[start:end]]
