"""A sheet as somebody may have left it: its columns found by their headings, each line a handful of cells with a place.

What is wrong with a cell is collected, never raised: whoever edits a sheet wants to hear of everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar
from unicodedata import normalize

from policies.sheet_words import IF, SOURCES, WHOLE_YUAN, WRITTEN_DAY, Typed

T = TypeVar("T")


class Line(Protocol):
    """A line as it was read: its number as Excel shows it, its texts, and why a column's is not to be trusted."""

    @property
    def number(self) -> int: ...
    @property
    def values(self) -> Sequence[str]: ...
    @property
    def wrong(self) -> Mapping[int, str]: ...


class At(NamedTuple):
    """A cell. Without `row` the sheet as a whole, without `sheet` the workbook."""

    sheet: str = ""
    row: int = 0
    column: int = 0
    heading: str = ""

    @property
    def words(self) -> str:
        """工作表 '高龄津贴' 第 7 行 C 列（金额）"""
        if not self.sheet:
            return "表格"
        if not self.row:
            return f"工作表 '{self.sheet}'"
        heading = f"（{self.heading}）" if self.heading else ""
        return f"工作表 '{self.sheet}' 第 {self.row} 行 {letters(self.column)} 列{heading}"


class Misfit(NamedTuple):
    """Why a sheet is refused: where, and one sentence for who edits it."""

    at: At
    what: str

    @property
    def words(self) -> str:
        return f"{self.at.words}：{self.what}"


def letters(column: int) -> str:
    """From 0: A, …, Z, AA."""
    before, last = divmod(column, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)


class Page:
    """A sheet with a heading. `misfits` gathers what is wrong with it and with the lines that are read from it."""

    def __init__(self, name: str, lines: Sequence[Line], known: Sequence[str], facts: Mapping[str, str]) -> None:
        self.name = name
        self.misfits: list[Misfit] = []
        self.facts: dict[str, str] = {}  # of the columns that are conditions, by heading
        self._lines = [line for line in lines if any(value.strip() for value in line.values) or line.wrong]
        self._columns: dict[str, int] = {}
        self._heading = self._lines[0].number if self._lines else 1
        for column, value in enumerate(self._lines[0].values if self._lines else ()):
            self._head(column, value.strip(), known, facts)
        for heading in known:
            if heading not in self._columns:
                self.misfits.append(Misfit(At(name), f"少了“{heading}”一列"))

    def _head(self, column: int, heading: str, known: Sequence[str], facts: Mapping[str, str]) -> None:
        at = At(self.name, self._heading, column, heading)
        if not heading:
            return
        if heading in self._columns:
            self.misfits.append(Misfit(at, f"这一列与 {letters(self._columns[heading])} 列标题相同"))
        elif heading in facts:
            self.facts[heading] = facts[heading]
        elif heading.startswith(IF):
            names = "、".join(each.removeprefix(IF) for each in facts)
            self.misfits.append(Misfit(at, f"没有“{heading.removeprefix(IF)}”这种情况；可用：{names}"))
        elif heading not in known:
            self.misfits.append(Misfit(at, f"没有这样的列；可用：{'、'.join(known)}，条件的列以“{IF}”开头"))
        self._columns.setdefault(heading, column)

    def rows(self) -> Iterator[Row]:
        for line in self._lines[1:]:
            yield Row(self, line, self._columns)


class Row:
    """A line by headings."""

    def __init__(self, page: Page, line: Line, columns: Mapping[str, int]) -> None:
        self.page = page
        self.number = line.number
        self._line = line
        self._columns = columns
        for column, why in line.wrong.items():
            self.refuse(self._named(column), f"这一格{why}", column)
        for column, value in enumerate(line.values):
            if value.strip() and column not in columns.values():
                self.refuse("", "这一列没有标题，不知道是什么", column)

    def at(self, heading: str) -> At:
        return At(self.page.name, self.number, self._columns.get(heading, 0), heading)

    def refuse(self, heading: str, what: str, column: int | None = None) -> None:
        at = self.at(heading)
        self.page.misfits.append(Misfit(at if column is None else at._replace(column=column), what))

    def text(self, heading: str) -> str:
        """As it stands where it is to be word for word; blank is empty."""
        column = self._columns.get(heading)
        value = self._line.values[column] if column is not None and column < len(self._line.values) else ""
        return value if value.strip() else ""

    def __getitem__(self, heading: str) -> str:
        return self.text(heading).strip()

    @cached_property
    def filled(self) -> tuple[str, ...]:
        return tuple(heading for heading in self._columns if self[heading])

    def _named(self, column: int) -> str:
        return next((heading for heading, own in self._columns.items() if own == column), "")

    def read(self, heading: str, how: Callable[[str], T]) -> T | None:
        """What the cell says, or None where it says nothing or nothing that can be read, which is then told."""
        if not self[heading]:
            return None
        try:
            return how(self[heading])
        except Typed as error:
            self.refuse(heading, str(error))
            return None

    def source(self, by: str, words: str) -> dict[str, str]:
        """`{"quote": …}`; what is missing is told."""
        key = next((key for key, word in SOURCES.items() if word == self[by]), None)
        if not self[by]:
            self.refuse(by, f"没有写出处；可用：{'、'.join(SOURCES.values())}")
        elif key is None:
            self.refuse(by, f"不认识“{self[by]}”；可用：{'、'.join(SOURCES.values())}")
        if not self.text(words):
            self.refuse(words, "没有写原文或文号")
        return {key: self.text(words)} if key and self.text(words) else {}


def fen_of(text: str) -> int:
    """元, at most two decimals, exactly. Raises Typed."""
    if WHOLE_YUAN.fullmatch(text):
        return int(Decimal(text) * 100)
    plain = normalize("NFKC", text)
    if plain != text and WHOLE_YUAN.fullmatch(plain):
        raise Typed(f"{text!r} 是全角数字，请写 {plain}")
    if WHOLE_YUAN.fullmatch(plain.replace(",", "").removesuffix("元").strip()):
        raise Typed(f"{text!r} 请只写数字，如 {plain.replace(',', '').removesuffix('元').strip()}")
    try:
        amount = Decimal(plain)
    except ArithmeticError:
        raise Typed(f"{text!r} 是文字，不是金额，请写数字，如 200.00") from None
    if amount < 0:
        raise Typed(f"{text!r} 小于零；没有人定过的金额留空")
    raise Typed(f"{text!r} 不是整分（可能是公式算出来的零头），请重新填写，最多两位小数")


def day_of(text: str) -> str:
    """2026-01-01, however Excel or a person writes a day. Raises Typed."""
    found = WRITTEN_DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else _no_day(text)
    except ValueError as error:
        raise error if isinstance(error, Typed) else Typed(f"{text!r} 没有这一天") from None


def _no_day(text: str) -> str:
    raise Typed(f"{text!r} 不是日期，请写成 2026-01-01")
