"""A file's sheets as lines of text, numbered as Excel numbers them: .xlsx by python-calamine, or CSV.

Cells that Excel holds as merged all get the value of the first; nothing else is filled in. A cell whose value is not to
be trusted (a formula, a number too long for Excel) is named in `wrong`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, Protocol

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from adapters.roster_guard import BROKEN, FORMULA, MOST_CELLS, MOST_LINES, NotARoster, Package, is_workbook

DIGITS_LOST = "数字太长，被 Excel 改成了科学计数，后几位已经丢失；请把该列设为文本，重新填写"
LONGEST_EXACT = 1e15
KEPT_AS_TEXT = re.compile(r'="([^"]*)"')  # how programs write a long number into CSV so that Excel keeps it
ENCODINGS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
DELIMITERS = ",\t;"


class Line(NamedTuple):
    """`number` as Excel shows it. `own`: something stands here that is not only a merged cell reaching down."""

    number: int
    values: tuple[str, ...]
    own: bool
    wrong: Mapping[int, str]


class Sheet(Protocol):
    name: str

    def lines(self) -> Iterator[Line]:
        """From the top each time. Raises NotARoster."""
        ...


def sheets_of(content: bytes) -> list[Sheet]:
    """The sheets one can see, in their order; of a CSV one for each way its cells may be parted. Raises NotARoster."""
    if not is_workbook(content):
        text = _decoded(content)
        return [TextSheet(text, delimiter) for delimiter in DELIMITERS]
    package = Package(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except CalamineError as error:
        raise NotARoster(BROKEN) from error
    parts = package.sheet_parts()
    if len(parts) != len(book.sheets_metadata):
        raise NotARoster(BROKEN)
    return [
        BookSheet(one.name, book, package, part)
        for one, part in zip(book.sheets_metadata, parts, strict=True)
        if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
    ]


def lines_of(content: bytes) -> Iterator[list[str]]:
    """The first sheet's lines, for forms whose heading is the first line. Raises NotARoster."""
    for sheet in sheets_of(content)[:1]:
        for line in sheet.lines():
            yield list(line.values)


class BookSheet:
    def __init__(self, name: str, book: CalamineWorkbook, package: Package, part: str) -> None:
        self.name = name
        self._book = book
        self._package = package
        self._part = part

    @cached_property
    def _opened(self) -> tuple[CalamineSheet, dict[int, dict[int, str]]]:
        wrong: dict[int, dict[int, str]] = {}
        for (row, column), why in self._package.check_sheet(self._part).items():
            wrong.setdefault(row, {})[column] = why
        try:
            return self._book.get_sheet_by_name(self.name), wrong
        except CalamineError as error:
            raise NotARoster(BROKEN) from error

    def lines(self) -> Iterator[Line]:
        sheet, wrong = self._opened
        merged = _Merged(sheet)
        first = sheet.start[1] if sheet.start else 0  # rows are told from the top, columns from the first used
        for row, cells in enumerate(sheet.iter_rows()):
            values = [""] * first
            odd = wrong.get(row, {})
            for column, cell in enumerate(cells, first):
                values.append(_cell_text(cell))
                if isinstance(cell, float) and abs(cell) >= LONGEST_EXACT:
                    odd = odd | {column: DIGITS_LOST}
            own = any(value.strip() for value in values) or bool(odd)
            merged.fill(row, values)
            yield Line(row + 1, tuple(values), own, odd)


class _Merged:
    """The merged cells of a sheet, told line by line from the top."""

    def __init__(self, sheet: CalamineSheet) -> None:
        last = sheet.end or (0, 0)
        ranges = [
            (top, left, min(bottom, last[0]), min(right, last[1]))
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ]
        if sum(max(0, b - t + 1) * max(0, r - left + 1) for t, left, b, r in ranges) > MOST_CELLS:
            raise NotARoster("合并单元格太多，不像名单")
        self._waiting = sorted(ranges, reverse=True)
        self._open: list[tuple[int, int, int, str]] = []

    def fill(self, row: int, values: list[str]) -> None:
        self._open = [one for one in self._open if one[0] >= row]
        while self._waiting and self._waiting[-1][0] <= row:
            top, left, bottom, right = self._waiting.pop()
            if top == row and left < len(values) and values[left]:
                self._open.append((bottom, left, right, values[left]))
        for _, left, right, value in self._open:
            for column in range(left, min(right + 1, len(values))):
                values[column] = value


class TextSheet:
    name = ""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter

    def lines(self) -> Iterator[Line]:
        try:
            rows = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
            for number, row in enumerate(rows, 1):
                if number > MOST_LINES:
                    raise NotARoster(f"表中有 {MOST_LINES} 行以上（多半是空行），请删去再存")
                kept = [KEPT_AS_TEXT.fullmatch(cell.strip()) for cell in row]
                values = tuple(text[1] if text else cell for text, cell in zip(kept, row, strict=True))
                wrong = {column: FORMULA for column, value in enumerate(values) if value.lstrip().startswith("=")}
                yield Line(number, values, any(value.strip() for value in values), wrong)
        except csv.Error as error:
            raise NotARoster("文件不是逗号分隔的表格，请另存为“CSV UTF-8”或 .xlsx") from error


def _decoded(content: bytes) -> str:
    """UTF-8 (with or without its mark), else GB18030, which holds all of GBK."""
    known = next((encoding for mark, encoding in ENCODINGS if content.startswith(mark)), None)
    for encoding in (known,) if known else ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotARoster("文件不是表格，或编码不认识（应为 UTF-8 或 GB18030）。请另存为 .xlsx 再导")


def _cell_text(cell: object) -> str:
    """A whole number typed as a number keeps its digits."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < LONGEST_EXACT:
        return str(int(cell))
    return "" if cell is None else str(cell)
