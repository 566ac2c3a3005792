"""What an imported sheet changes, line by line, in the words of the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from policies.pack import Pack
from policies.sheet_out import sheets_of
from policies.sheet_words import ABOUT, CODE, ITEM

Key = tuple[str, str, int]  # what the line is, its code, and which of several


def changes(old: Pack, new: Pack) -> list[str]:
    """Empty where nothing is another. A line is the same line while its 项目 and 代号 are."""
    before, after = _lines(old), _lines(new)
    told: list[str] = []
    for name in (*after, *(name for name in before if name not in after)):
        told += (f"{name}：{what}" for what in _of_one(before.get(name, {}), after.get(name, {})))
    return told


def _of_one(before: dict[Key, dict[str, str]], after: dict[Key, dict[str, str]]) -> Iterator[str]:
    for key, cells in after.items():
        was = before.get(key)
        if was is None:
            yield f"新增“{_named(key)}”：{'，'.join(f'{heading} {cell}' for heading, cell in cells.items() if cell)}"
            continue
        for heading in dict.fromkeys((*was, *cells)):
            if (cell := cells.get(heading, "")) != was.get(heading, ""):
                yield f"“{_named(key)}”的{heading}：{was.get(heading) or '空'} → {cell or '空'}"
    for key in before:
        if key not in after:
            yield f"删去“{_named(key)}”"
    if (kept := [key for key in before if key in after]) != [key for key in after if key in before]:
        yield f"{len(kept)}行的次序改了"


def _named(key: Key) -> str:
    return " ".join(part for part in key[:2] if part) + (f"（第{key[2] + 1}行）" if key[2] else "")


def _lines(pack: Pack) -> dict[str, dict[Key, dict[str, str]]]:
    """Of each benefit by its code, of what holds between them under the name of that sheet."""
    found: dict[str, dict[Key, dict[str, str]]] = {}
    for sheet in sheets_of(pack):
        if sheet.name == ABOUT:
            continue
        heading, *rows = sheet.rows
        lines = [dict(zip(heading, row, strict=True)) for row in rows]
        name = f"{lines[0][CODE]}" if ITEM in heading else sheet.name
        numbered: dict[tuple[str, str], count[int]] = {}
        of = found.setdefault(name, {})
        for line in lines:
            pair = (line.pop(ITEM, ""), line.pop(CODE))
            of[*pair, next(numbered.setdefault(pair, count()))] = line
    return found
