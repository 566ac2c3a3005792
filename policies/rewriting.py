"""policy.toml with other benefits in it, a new version if it has one, and every byte beside them as it was.

Written plainly, not by a library that keeps a document's form: such a one holds the remarks before a table for the end
of the table above, and would drop or move them with it. Here a benefit that says the same keeps its text, remarks
within it too; one that says something else is written anew from its heading to its last value; what stands before a
heading is never touched.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from policies.locate import headers, line_of
from policies.pack import canonical

Table = Mapping[str, Any]
WIDEST = 120
_DAYS = ("from_on", "to_on")
_ORDER = (
    "code", "name", "kind", "fact", "op", "value", "from_on", "to_on", "when", "any", "fen", "days", "unit",
    "again_days", "place", "counts", "leap", "begins", "if_late", "ends", "workdays", "percent", "between", "how",
    "quote", "rule", "default", "over", "birthday", "start", "stops", "notice", "deadlines", "review_months",
    "remind_days", "documents", "offsets", "rows", "open",
)  # fmt: skip
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class _Block(NamedTuple):
    """Lines of the text, from the heading of a row to its last value; the second is the first that is not of it."""

    first: int
    after: int


class NotEditable(ValueError):
    """The benefits are not written as `[[benefits]]`, or a question of `[unknown]` is not on a line of its own."""


def rewritten(text: str, old: Table, new: Table) -> str:
    """`text` holds `old`, the answer `new`, which differs in version, benefits, exclusivity and unknown only.

    Raises NotEditable.
    """
    lines = _LINE.findall(text)
    edits: dict[_Block, str] = {}
    if new["version"] != old["version"]:
        at = line_of(text, "version") or 0
        edits[_Block(at - 1, at)] = f"version = {_string(new['version'])}\n"
    for part in ("benefits", "exclusivity"):
        _rows(part, lines, text, old.get(part, ()), new.get(part, ()), edits)
    _unknown(lines, text, old["unknown"], new["unknown"], edits)
    for block, put in sorted(edits.items(), reverse=True):
        lines[block.first : block.after] = [put] if put else []
    made = "".join(lines)
    try:
        same = canonical(tomllib.loads(made)) == canonical(new)
    except tomllib.TOMLDecodeError as error:
        raise NotEditable from error
    if not same:
        raise NotEditable
    return made


def _rows(
    part: str, lines: Sequence[str], text: str, old: Sequence[Table], new: Sequence[Table], edits: dict[_Block, str]
) -> None:
    blocks = _blocks(part, lines, text)
    if len(blocks) != len(old):
        raise NotEditable
    if [row["code"] for row in old] == [row["code"] for row in new]:
        for block, was, row in zip(blocks, old, new, strict=True):
            if was != row:
                edits[block] = _row(part, row)
        return
    # Rows have come, gone or changed places: each takes the next place, with its own text where it says the same.
    texts = {row["code"]: "".join(lines[block.first : block.after]) for block, row in zip(blocks, old, strict=True)}
    same = {row["code"]: row for row in old}
    made = [texts[row["code"]] if same.get(row["code"]) == row else _row(part, row) for row in new]
    for n, block in enumerate(blocks):
        edits[block] = made[n] if n < len(made) else ""
    if rest := made[len(blocks) :]:
        at = blocks[-1].after if blocks else _end_of_benefits(lines, text)
        edits[_Block(at, at)] = edits.get(_Block(at, at), "") + "".join(f"\n{each}" for each in rest)


def _end_of_benefits(lines: Sequence[str], text: str) -> int:
    """Where a first row goes: below the benefits, else above what is unknown and the remarks on that."""
    if blocks := _blocks("benefits", lines, text):
        return blocks[-1].after
    return _after(lines, (line_of(text, "unknown") or len(lines) + 1) - 1)


def _blocks(part: str, lines: Sequence[str], text: str) -> list[_Block]:
    found = headers(text)
    starts = [n for n, (_, path) in enumerate(found) if path[0] == part and len(path) == 2]
    return [_Block(found[n][0] - 1, _after(lines, _next(found, n, part, len(lines)))) for n in starts]


def _next(found: Sequence[tuple[int, Any]], n: int, part: str, end: int) -> int:
    """The line of the next heading that is not below the nth."""
    own = found[n][1]
    return next((line - 1 for line, path in found[n + 1 :] if path[:2] != own), end)


def _after(lines: Sequence[str], end: int) -> int:
    """Without the blank lines and the remarks before `end`, which are the next heading's."""
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _unknown(
    lines: Sequence[str], text: str, old: Mapping[str, str], new: Mapping[str, str], edits: dict[_Block, str]
) -> None:
    last = (line_of(text, "unknown") or len(lines)) - 1
    for where, why in old.items():
        line = line_of(text, f"unknown.{where}")
        assert line is not None, "the text holds the old pack"
        if where.startswith("benefits."):
            last = max(last, line - 1)
        if new.get(where) != why:
            edits[_Block(line - 1, line)] = f"{_string(where)} = {_string(new[where])}\n" if where in new else ""
    added = [f"{_string(where)} = {_string(why)}\n" for where, why in new.items() if where not in old]
    if added:
        edits[_Block(last + 1, last + 1)] = "".join(added)


# --- a row as text ---------------------------------------------------------------------------------------------------


def _row(part: str, row: Table) -> str:
    return f"[[{part}]]\n" + "".join(_keys(part, row))


def _keys(path: str, row: Table) -> Iterator[str]:
    """Rows of `rows` and `open` have headings of their own, after the rest."""
    below = {key: value for key, value in row.items() if key in ("rows", "open") and value}
    for key, value in _ordered(row):
        if key not in ("rows", "open"):
            yield f"{key} = {_value(key, value, len(key) + 3)}\n"
    for key, rows in below.items():
        for each in rows:
            yield f"\n[[{path}.{key}]]\n"
            yield from (f"{name} = {_value(name, value, len(name) + 3)}\n" for name, value in _ordered(each))


def _ordered(row: Table) -> list[tuple[str, Any]]:
    """As a person writes them."""
    return sorted(row.items(), key=lambda each: _ORDER.index(each[0]))


def _value(key: str, value: object, before: int, indent: str = "") -> str:
    rows = cast("list[object]", value) if isinstance(value, list) else []
    if not rows or not isinstance(rows[0], dict | list):
        return _inline(key, cast("object", value))
    flat = _inline(key, rows)
    if len(rows) == 1 and before + len(indent) + len(flat) <= WIDEST:
        return flat
    deeper = f"{indent}    "
    members = "".join(f"{deeper}{_value(key, each, 0, deeper)},\n" for each in rows)
    return f"[\n{members}{indent}]"


def _inline(key: str, value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list():
            return f"[{', '.join(_inline(key, each) for each in cast('list[object]', value))}]"
        case dict():
            return (
                f"{{ {', '.join(f'{name} = {_inline(name, each)}' for name, each in _ordered(cast('Table', value)))} }}"
            )
        case _:
            return str(value) if key in _DAYS else _string(str(value))


def _string(text: str) -> str:
    """A basic string of TOML: the escapes of JSON, and one more that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
