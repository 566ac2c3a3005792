"""A county's benefits as an .xlsx for a clerk to read and edit, and what a workbook holds when it comes back.

Every cell is text, amounts too: what is typed is what is decided by, no formula and no float between. What comes back
goes through the same guard as a roster.
"""

# xlsxwriter ships no types
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from unicodedata import east_asian_width

import xlsxwriter

from adapters.roster_guard import SAVE_AS, NotARoster, is_workbook, read_bytes
from adapters.roster_sheets import Line, sheets_of

SPARE = 200  # lines below the last that are text and offer their choices, too
LONGEST_CHOICE = 255  # characters of a list that Excel takes
NARROWEST, WIDEST = 8, 42


class Sheet(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> Sequence[Sequence[str]]: ...
    @property
    def choices(self) -> Mapping[str, Sequence[str]]: ...


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """The first row of each sheet with choices is its heading, which stays in sight."""
    out = io.BytesIO()
    kept_as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **kept_as_text})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    heading = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDE6F0", "valign": "top"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        for column in range(max(map(len, sheet.rows))):
            cells = [row[column] for row in sheet.rows if column < len(row)]
            page.set_column(column, column, min(max(NARROWEST, *map(_width, cells)), WIDEST) + 2, text)
        for number, row in enumerate(sheet.rows):
            for column, cell in enumerate(row):
                page.write_string(number, column, cell, heading if sheet.choices and number == 0 else text)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        if not sheet.choices:
            continue
        page.freeze_panes(1, 2)
        for column, name in enumerate(sheet.rows[0]):
            offered = list(sheet.choices.get(name, ()))
            if offered and len(",".join(offered)) <= LONGEST_CHOICE:
                page.data_validation(
                    1, column, len(sheet.rows) + SPARE, column,
                    {"validate": "list", "source": offered, "error_type": "warning"},
                )  # fmt: skip
    book.close()
    return out.getvalue()


def _width(cell: str) -> int:
    """In columns of a screen, of its longest line."""
    return max(sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line) for line in cell.split("\n"))


def read_workbook(path: Path) -> list[tuple[str, list[Line]]]:
    """The sheets one can see, each with its lines. Raises NotARoster, with what to do."""
    return read_sheets(read_bytes(path))


def read_sheets(content: bytes) -> list[tuple[str, list[Line]]]:
    """The same of a file that is at hand."""
    if not is_workbook(content):
        raise NotARoster(f"不是 .xlsx 表格。{SAVE_AS}")
    return [(sheet.name, list(sheet.lines())) for sheet in sheets_of(content)]
