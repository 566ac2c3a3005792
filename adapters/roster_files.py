"""Reads a roster as counties write them into typed rows, refused ones, and what was left out.

The list is found by `roster_headings`. A bad cell refuses its row, and each bad cell is named by line, column and a
reason in Chinese that never repeats the cell. Ages are counted on `on`. What a list may look like: `docs/rosters.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import NamedTuple

from adapters.roster_guard import NotARoster, read_bytes
from adapters.roster_headings import COLUMNS, OPTIONAL, find_table
from adapters.roster_rows import DIGITS_ZEROED, ID, Cells, read_elder, read_staff, read_volunteer
from models.roster import AnyRow, ElderRow, RefusedRow, RosterKind, StaffRow
from models.values import Role

__all__ = ["COLUMNS", "OPTIONAL", "NotARoster", "Roster", "read_bytes", "read_roster"]

READERS: dict[RosterKind, Callable[[Cells], AnyRow]] = {
    RosterKind.ELDERS: read_elder,
    RosterKind.VOLUNTEERS: read_volunteer,
    RosterKind.STAFF: read_staff,
}
BEAT_LINES = 500
DIGITS_ZEROED_TOO = "后三位是 000，而本表有号码的后几位被 Excel 改成了 0；请核对后按文本重新填写"


class Roster(NamedTuple):
    """`refused_numbers`: ID numbers of elders whose row was refused for another cell: they do stand on the list.

    `unknown`: refused rows of which not even that can be read. `notes`: cells of taken rows that were not used whole.
    `said`: about the file, for whoever brings it. `others`: another sheet is such a list too, and was not read.
    """

    rows: tuple[AnyRow, ...]
    refused: tuple[RefusedRow, ...]
    refused_numbers: frozenset[str] = frozenset()
    unknown: int = 0
    notes: tuple[RefusedRow, ...] = ()
    said: tuple[str, ...] = ()
    others: bool = False

    @property
    def refused_lines(self) -> int:
        return len({row.line for row in self.refused})

    @property
    def numbers(self) -> frozenset[str]:
        """The ID numbers of all elders who stand on the list, whether their row was taken or not."""
        return self.refused_numbers | {row.id_number for row in self.rows if isinstance(row, ElderRow)}

    @property
    def townships(self) -> frozenset[str]:
        """Where the elders of the accepted rows live."""
        return frozenset(row.township for row in self.rows if isinstance(row, ElderRow))


def _silent(line: int) -> None: ...


def read_roster(
    content: bytes,
    kind: RosterKind,
    townships: Collection[str],
    on: date,
    beat: Callable[[int], None] = _silent,
) -> Roster:
    """The accepted rows in file order and every refused cell. Raises NotARoster.

    `townships`: the names a row may lie in. `beat` hears of every 500th line. Lines are numbered as Excel shows them.
    """
    table = find_table(content, kind)
    names = frozenset(townships)
    rows: list[AnyRow] = []
    refused: list[RefusedRow] = []
    notes: list[RefusedRow] = []
    refused_elders: list[str] = []
    for line in table.lines:
        if line.number % BEAT_LINES == 0:
            beat(line.number)
        given = dict.fromkeys((*COLUMNS[kind], *OPTIONAL[kind]), "")
        given |= {name: line.values[place] for place, name in table.columns.items() if place < len(line.values)}
        wrong = {table.columns[place]: why for place, why in line.wrong.items() if place in table.columns}
        cells = Cells(line.number, given, wrong, names, on)
        row = READERS[kind](cells)
        refused.extend(cells.refused)
        notes.extend(() if cells.refused else cells.notes)
        if not cells.refused:
            rows.append(row)
        elif isinstance(row, ElderRow):
            refused_elders.append(row.id_number)
    if not rows and not refused:
        raise NotARoster("表里只有表头，没有一个人")
    kept = _without_repeats(kind, rows, refused)
    return kept._replace(
        refused_numbers=frozenset(refused_elders) - {""},
        unknown=refused_elders.count("") + sum(row.reason == DIGITS_ZEROED_TOO for row in refused),
        notes=tuple(notes),
        said=tuple(table.said),
        others=table.others,
    )


def _without_repeats(kind: RosterKind, rows: list[AnyRow], refused: list[RefusedRow]) -> Roster:
    """Whoever stands in the file twice is refused the second time; deputies must stand in the file themselves."""
    first_line: dict[object, int] = {}
    kept: list[AnyRow] = []
    for row in _with_digits(rows, refused):
        key, column, reason = _identity(row)
        if key in first_line:
            refused.append(RefusedRow(line=row.line, column=column, reason=f"{reason}（与第{first_line[key]}行）"))
            continue
        first_line[key] = row.line
        kept.append(row)
    if kind is RosterKind.STAFF:
        kept = list(_with_deputies([row for row in kept if isinstance(row, StaffRow)], refused))
    return Roster(tuple(kept), tuple(sorted(refused, key=lambda row: row.line)))


def _with_digits(rows: list[AnyRow], refused: list[RefusedRow]) -> Iterator[AnyRow]:
    """Where Excel has zeroed the last digits of one ID number, one that ends so and is right is right by chance."""
    zeroed = any(row.reason == DIGITS_ZEROED for row in refused)
    for row in rows:
        if zeroed and isinstance(row, ElderRow) and row.id_number.endswith("000"):
            refused.append(RefusedRow(line=row.line, column=ID, reason=DIGITS_ZEROED_TOO))
        else:
            yield row


def _identity(row: AnyRow) -> tuple[object, str, str]:
    if isinstance(row, ElderRow):
        return row.id_number, "公民身份号码", "身份号码在本表中重复"
    if isinstance(row, StaffRow):
        who = (row.name, row.phone) if row.role is Role.ASSESSOR else ()
        return (row.role, row.township, row.village, *who), "岗位", "同一岗位已有负责人"
    return (row.name, row.phone), "联系电话", "同名同号在本表中重复"


def _with_deputies(rows: list[StaffRow], refused: list[RefusedRow]) -> Iterator[StaffRow]:
    """代理人 is a name, or a name and the last four of the phone where two share the name."""
    people = sorted({(row.name, row.phone) for row in rows})
    for row in rows:
        wanted = row.deputy_name
        found = [p for p in people if wanted in (p[0], p[0] + p[1][-4:]) and p != (row.name, row.phone)]
        if wanted is None:
            yield row
        elif len(found) == 1:
            yield row.model_copy(update={"deputy_name": found[0][0], "deputy_phone": found[0][1]})
        else:
            reason = "有重名，请在姓名后加手机后四位" if found else "代理人不在本表中（不能是本人）"
            refused.append(RefusedRow(line=row.line, column="代理人", reason=reason))
