"""A month's payment list as an .xlsx for whoever pays, and read back to see that it is still what was approved.

Amounts are numbers in 元 with two decimals, all else is text: a name is no formula. Each total is the sum of the lines
beside it in this file, in fen. It holds names: it is made when somebody asks for it, and written for its owner only.
"""

# xlsxwriter ships no types
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from adapters.roster_guard import Package
from models.payments import NotAPayList

LINES, BY_BENEFIT, BY_TOWNSHIP, ABOUT = "名单", "按待遇", "按乡镇", "说明"
HEADINGS = ("老人编号", "姓名", "乡镇（街道）", "村（社区）", "待遇", "月份", "类别", "金额（元）", "依据")
TOTALS = ("发放", "补发", "追回")
MONEY = HEADINGS.index("金额（元）")
MOST_LINES = 1_048_575  # of a sheet, below its heading


class SheetLine(NamedTuple):
    elder_id: str
    name: str
    township: str
    village: str
    benefit: str
    month: str
    kind: str  # of TOTALS
    fen: int
    words: str


class Seen(NamedTuple):
    """What a file says: each line in order, an amount in fen; each sheet of sums as it stands; and 说明."""

    lines: tuple[tuple[str | int, ...], ...]
    totals: dict[str, list[list[Any]]]
    about: dict[str, str]


def pay_workbook(about: Iterable[tuple[str, str]], lines: Sequence[SheetLine]) -> bytes:
    """Raises ValueError for more lines than a sheet holds."""
    if len(lines) > MOST_LINES:
        raise ValueError(f"a sheet holds {MOST_LINES} lines, not {len(lines)}")
    return workbook(
        {
            LINES: (HEADINGS, *lines),
            BY_BENEFIT: _totals("待遇", [(line.benefit, line) for line in lines]),
            BY_TOWNSHIP: _totals("乡镇（街道）", [(line.township, line) for line in lines]),
            ABOUT: about,
        }
    )


class Count(int):
    """A number in a sheet that is no amount."""


def workbook(sheets: Mapping[str, Iterable[Sequence[str | int]]]) -> bytes:
    """A sheet under each name. An int is fen, unless it is a `Count`; all else is text."""
    out = io.BytesIO()
    kept_as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **kept_as_text})
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.00"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.set_column(0, len(HEADINGS) - 1, 16)
        for number, row in enumerate(rows):
            _write(sheet, number, row, text, money)
    book.close()
    return out.getvalue()


def _write(sheet: Any, number: int, row: Sequence[str | int], text: object, money: object) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, Count):
            sheet.write_number(number, column, int(cell))
        elif isinstance(cell, int):
            sheet.write_number(number, column, cell / 100, money)
        else:
            sheet.write_string(number, column, cell, text)


def _totals(heading: str, named: Sequence[tuple[str, SheetLine]]) -> Iterable[Sequence[str | int]]:
    """A row for each name, in the order of the lines, and one for all; 合计 is what is left to pay."""
    yield (heading, *TOTALS, "合计", "笔数")
    for name in (*dict.fromkeys(name for name, _ in named), None):
        own = [line for of, line in named if name in (of, None)]
        sums = [sum(line.fen for line in own if line.kind == kind) for kind in TOTALS]
        yield (name or "合计", *sums, sum(sums), str(len(own)))


def read_back(content: bytes) -> Seen:
    """Raises NotAPayList."""
    try:
        Package(content)  # measured first: what unpacks without end is not unpacked
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        heading, *rows = book.get_sheet_by_name(LINES).to_python()
        totals = {name: book.get_sheet_by_name(name).to_python() for name in (BY_BENEFIT, BY_TOWNSHIP)}
        about = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name(ABOUT).to_python() if len(row) > 1}
    except (CalamineError, ValueError) as error:
        raise NotAPayList("no such sheets") from error
    if tuple(heading) != HEADINGS:
        raise NotAPayList("other headings")
    return Seen(tuple(_line(row) for row in rows), totals, about)


def _line(row: Sequence[Any]) -> tuple[str | int, ...]:
    if not isinstance(row[MONEY], int | float):
        raise NotAPayList("an amount that is no number")
    return tuple(round(cell * 100) if at == MONEY else str(cell) for at, cell in enumerate(row))
