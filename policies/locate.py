"""The line of policy.toml, or of a scale, on which a dotted path stands: a problem is found where it was written.

A scanner of what TOML allows there, not a second parser: tomllib has read the text before. It notes where each key
and each row begins, within tables, inline tables and lists, over as many lines as they take.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from policies.sourced import Problem

Steps = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_NAMED_BY = ("role", "code", "day", "level")


class Found(NamedTuple):
    """A problem where it was written. `line` is None where the file holds nothing of it, or is no TOML at all."""

    where: str
    what: str
    file: Path
    line: int | None


def found(file: Path, problems: Sequence[Problem], first: int = 1) -> list[Found]:
    """The problems of a file, each with its line; `first`: the number its list rows are counted from."""
    try:
        text = file.read_text("utf-8")
        tomllib.loads(text)
    except (OSError, ValueError):
        return [Found(at.where, at.what, file, None) for at in problems]
    places = [f"{at.where}.{at.key}" if at.key else at.where for at in problems]
    return [
        Found(at.where, at.what, file, line_of(text, place, first)) for at, place in zip(problems, places, strict=True)
    ]


def line_of(text: str, where: str, first: int = 1) -> int | None:
    """The line of the value at `where`, or of the deepest table on the way to it that is there. None: none is.

    Rows of a list are named as `schema.sourced` names them: by role, code, day, level, else by number from `first` on.
    """
    lines = _lines(text)
    line: int | None = None
    for path in paths_to(_read(text), where, first):
        if path in lines:
            line = lines[path]
    return line


def paths_to(content: object, where: str, first: int = 1) -> Iterator[Steps]:
    """The way to a dotted path within what was read: each table and list on it that is there, from the top."""
    path: Steps = ()
    steps = where.split(".")
    while steps:
        taken, key, content = _step(content, steps, first)
        if not taken:
            break
        path, steps = _below(path, key), steps[taken:]
        yield path


def headers(text: str) -> list[tuple[int, Steps]]:
    """Each `[table]` and `[[row]]` of the text: its line, and the path of what follows it."""
    scanner = _Scanner(text)
    scanner.lines()
    return scanner.headers


def _step(here: object, steps: list[str], first: int) -> tuple[int, str | int, object]:
    """How many of the steps lead one level down, under which key or number, and to what. 0: none does."""
    if isinstance(here, dict):
        table = cast("dict[str, object]", here)
        for taken in range(len(steps), 0, -1):  # a key may hold dots itself: unknown."texts.slot"
            key = ".".join(steps[:taken])
            if key in table:
                return taken, key, table[key]
    if isinstance(here, list):
        for n, row in enumerate(cast("list[object]", here)):
            named = _name(row)
            for taken in range(len(steps), 0, -1):  # so may the code of a row: sections.B.1
                if ".".join(steps[:taken]) in named or (taken == 1 and steps[0] == str(n + first)):
                    return taken, n, row
    return 0, "", None


def _name(row: object) -> list[str]:
    if not isinstance(row, dict):
        return []
    table = cast("dict[str, object]", row)
    festival = [f"{table['name']}.{table['year']}"] if "name" in table and "year" in table else []
    return [str(table[key]) for key in _NAMED_BY if key in table] + festival


def _below(path: Steps, step: str | int) -> Steps:
    return (*path, step)


@cache
def _read(text: str) -> dict[str, object]:
    return tomllib.loads(text)


@cache
def _lines(text: str) -> dict[Steps, int]:
    return _Scanner(text).lines()


class _Scanner:
    """One pass over the text. `_at` is where it is; `_found` the first line of each path."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[Steps, int] = {}
        self.headers: list[tuple[int, Steps]] = []
        self._rows: dict[Steps, int] = {}  # how many [[rows]] each list has had

    def lines(self) -> dict[Steps, int]:
        table: Steps = ()
        while self._skip() < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _skip(self) -> int:
        """Past blanks and comments. Answers where that is."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at

    def _note(self, path: Steps) -> None:
        self._found.setdefault(path, self._text.count("\n", 0, self._at) + 1)

    def _header(self) -> Steps:
        is_row = self._text.startswith("[[", self._at)
        start, self._at = self._at, self._at + (2 if is_row else 1)
        path: Steps = ()
        keys = self._keys()
        for n, key in enumerate(keys):
            path = _below(path, key)
            if path in self._rows and not (is_row and n == len(keys) - 1):
                path = _below(path, self._rows[path] - 1)  # below the last row of a list
        self._at, end = start, self._at
        self._note(path)
        if is_row:
            row = self._rows.get(path, 0)
            self._rows[path] = row + 1
            path = _below(path, row)
            self._note(path)
        self.headers.append((self._text.count("\n", 0, start) + 1, path))
        self._at = self._text.index("]", end) + (2 if is_row else 1)
        return path

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip()
            match = _STRING.match(self._text, self._at) or _BARE.match(self._text, self._at)
            assert match is not None, "tomllib has read this key"
            keys.append(match[0][1:-1] if match[0][0] in "\"'" else match[0])
            self._at = match.end()
            self._skip()
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _pair(self, table: Steps) -> None:
        """`key = value`, a dotted key too."""
        start = self._at
        keys = self._keys()
        end, self._at = self._at, start
        for n in range(1, len(keys) + 1):
            self._note((*table, *keys[:n]))
        self._at = self._text.index("=", end) + 1
        self._value((*table, *keys))

    def _value(self, path: Steps) -> None:
        self._skip()
        match self._text[self._at]:
            case "[":
                self._members(path, "]")
            case "{":
                self._members(path, "}")
            case _:
                match = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
                self._at = match.end() if match else len(self._text)

    def _members(self, path: Steps, end: str) -> None:
        self._at += 1
        n = 0
        while self._text[self._skip()] != end:
            if self._text[self._at] == ",":
                self._at += 1
                continue
            if end == "}":
                self._pair(path)
            else:
                self._note((*path, n))
                self._value((*path, n))
                n += 1
        self._at += 1
