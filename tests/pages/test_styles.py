"""Style sheets are whole: a brace left open takes all that follows with it, and no browser says so."""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path

import pytest

from web.assets import STATIC

SHEETS = sorted(STATIC.rglob("*.css"))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_every_block_is_closed_and_no_rule_stands_inside_another_by_mistake(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    depths = list(accumulate(text.count("{", at, at + 1) - text.count("}", at, at + 1) for at in range(len(text))))
    assert min(depths) == 0 and max(depths) <= 2 and depths[-1] == 0
    for line, depth in zip(text.splitlines(), line_depths(text), strict=True):
        assert depth == 0 or line.startswith((" ", "}")) or not line, f"inside another block: {line}"


def line_depths(text: str) -> list[int]:
    """How deep each line begins."""
    opened = [line.count("{") - line.count("}") for line in text.splitlines()]
    return [0, *accumulate(opened)][:-1]
