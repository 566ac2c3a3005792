"""A clerk with a county's sheets: changes cells, and hands them in without a file between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from policies.pack import Pack
from policies.sheet_in import Read, read
from policies.sheet_out import sheets_of
from policies.sheet_words import CODE, ITEM


class Line(NamedTuple):
    number: int
    values: tuple[str, ...]
    wrong: Mapping[int, str]


class Clerk:
    """`sheets`: by name, the rows as lists of cells, the heading first."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.sheets: dict[str, list[list[str]]] = {s.name: [list(row) for row in s.rows] for s in sheets_of(pack)}
        self.wrong: dict[str, dict[tuple[int, int], str]] = {}

    def place(self, sheet: str, item: str, code: str, heading: str) -> tuple[int, int]:
        """Row and column from 0 of a cell of the first line of that kind and code."""
        rows = self.sheets[sheet]
        at = {name: column for column, name in enumerate(rows[0])}
        row = next(
            n for n, cells in enumerate(rows)
            if n and (ITEM not in at or cells[at[ITEM]] == item) and (not code or cells[at[CODE]] == code)
        )  # fmt: skip
        return row, at[heading]

    def put(self, sheet: str, item: str, code: str, heading: str, cell: str) -> tuple[int, int]:
        row, column = self.place(sheet, item, code, heading)
        self.sheets[sheet][row][column] = cell
        return row, column

    def drop_column(self, sheet: str, heading: str) -> None:
        at = self.sheets[sheet][0].index(heading)
        for row in self.sheets[sheet]:
            del row[at]

    def lines(self) -> list[tuple[str, list[Line]]]:
        return [
            (
                name,
                [
                    Line(n + 1, tuple(row), {c: why for (r, c), why in self.wrong.get(name, {}).items() if r == n})
                    for n, row in enumerate(rows)
                ],
            )
            for name, rows in self.sheets.items()
        ]

    def read(self) -> Read:
        return read(self.lines(), self.pack)

    def told(self) -> list[str]:
        """Every misfit in words."""
        came = self.read()
        assert came.others == ()
        return [each.words for each in came.misfits]
