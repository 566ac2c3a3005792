"""The refused rows of a list as an .xlsx for whoever wrote it: 行号, 列, 原因, and the original row beside them.

The list's own heading is kept, so that a row put right here can be brought in from this very file. It holds personal
data: it is made when somebody asks for it, from the sealed file, and written for its owner only.
"""

# xlsxwriter ships no types
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

import io
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from adapters.roster_guard import MOST_IN_A_CELL
from adapters.roster_headings import find_table
from adapters.roster_sheets import Line
from adapters.roster_words import categories_in, plain
from models.roster import RefusedRow, RosterKind

SAID = ("行号", "列", "原因")


def refused_workbook(content: bytes, kind: RosterKind, refused: Iterable[RefusedRow]) -> bytes:
    """One line for each refused row of the file; where several cells are bad, columns and reasons are numbered."""
    told: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for one in refused:
        told[one.line].append((one.column, one.reason))
    table = find_table(content, kind)
    place = next((place for place, name in table.columns.items() if name == "人员类别"), None)
    rows = (
        (
            str(line.number),
            *("\n".join(_numbered(side)) for side in zip(*_by_its_word(told[line.number], line, place), strict=True)),
            *line.values,
        )
        for line in table.lines
        if line.number in told
    )
    return workbook("退回", ((*SAID, *table.headings), *rows))


def _by_its_word(told: list[tuple[str, str]], line: Line, place: int | None) -> list[tuple[str, str]]:
    """Which words are no category is said here alone, where the row itself stands: a reason never repeats a cell."""
    held = line.values[place] if place is not None and place < len(line.values) else ""
    left = "、".join(categories_in(plain(held))[1])
    return [(column, f"“{left}”：{why}" if column == "人员类别" and left else why) for column, why in told]


def _numbered(parts: Sequence[str]) -> Iterable[str]:
    return parts if len(parts) == 1 else (f"{number}. {part}" for number, part in enumerate(parts, 1))


def workbook(name: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A sheet of texts: whatever a cell holds, Excel takes it for no formula, link or number."""
    out = io.BytesIO()
    kept_as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **kept_as_text})
    sheet, text = book.add_worksheet(name), book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell[:MOST_IN_A_CELL], text)
    book.close()
    return out.getvalue()


def write_for_owner(path: Path, content: bytes) -> None:
    """A new file that only whoever makes it can read. Raises FileExistsError rather than write over one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
