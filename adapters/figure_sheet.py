"""A figure as an .xlsx: numbers as numbers, texts as texts, and beneath them how it is counted and as known when."""

# xlsxwriter ships no types
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import xlsxwriter

from decisions.deadlines import SHANGHAI
from models.figures import Cell, Figure

WIDTH = 14


def figure_sheet(figure: Figure, month: str, say: Callable[[str], str]) -> bytes:
    """`say`: in whose language. No cell is taken for a formula or a link, whatever it holds."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, heading = book.add_worksheet(month), book.add_format({"bold": True, "text_wrap": True})
    sheet.set_column(0, len(figure.columns), WIDTH)
    sheet.write_string(0, 0, f"{month} {say(figure.title)}", heading)
    for column, said in enumerate(figure.columns):
        sheet.write_string(1, column, say(said), heading)
    rows = (*figure.rows, figure.total) if figure.total is not None else figure.rows
    for number, row in enumerate(rows, 2):
        sheet.write_string(number, 0, say(row.label))
        for column, cell in enumerate(row.cells, 1):
            _write(sheet, number, column, cell, say)
    known = say("{at} 结算，不再改动" if figure.frozen else "截至 {at} 所知")
    at = f"{figure.known_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    sheet.write_string(len(rows) + 3, 0, known.format(at=at))
    sheet.write_string(len(rows) + 4, 0, say(figure.how))
    if figure.then:
        sheet.write_string(len(rows) + 5, 0, say("不能按那时算的：") + say(figure.then))
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, cell: Cell, say: Callable[[str], str]) -> None:
    """A count is a number that can be summed; what is told in another way (97.1%, 1,200.00) stays as it is told."""
    if cell.number is not None and cell.told == str(cell.number).removesuffix(".0"):
        sheet.write_number(row, column, cell.number)
    else:
        sheet.write_string(row, column, say(cell.told))
