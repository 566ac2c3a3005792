"""Reads a roster in its clean layout, .xlsx (python-calamine) or UTF-8 .csv, into typed rows and refused ones.

The first row holds the column names of `COLUMNS`, in any order; those of `OPTIONAL` may be left out. A bad cell refuses
its row, and each bad cell is named by line, column and a reason in Chinese that never repeats the cell. Ages are
counted on `on`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import NamedTuple, cast

from python_calamine import CalamineError, CalamineWorkbook

from adapters.roster_rows import NOTICE, Cells, read_elder, read_staff, read_volunteer
from models.roster import AnyRow, ElderRow, RefusedRow, RosterKind, StaffRow

COLUMNS: dict[RosterKind, tuple[str, ...]] = {
    RosterKind.ELDERS: (
        "姓名", "性别", "公民身份号码", "联系电话", "乡镇/街道", "村/社区", "现住址", "户籍地址", "人员类别",
        "居住情况", "自理能力", "残疾等级", "低保特困", "紧急联系人", "紧急联系电话", "备注",
    ),
    RosterKind.VOLUNTEERS: (
        "姓名", "性别", "联系电话", "乡镇/街道", "村/社区", "身份", "可探访户数", "结对老人(姓名+身份证后四位)", "备注",
    ),
    RosterKind.STAFF: ("姓名", "岗位", "乡镇/街道", "村/社区", "联系电话", "代理人"),
}  # fmt: skip
OPTIONAL = {RosterKind.ELDERS: ("户号", *NOTICE), RosterKind.VOLUNTEERS: (), RosterKind.STAFF: ()}
READERS: dict[RosterKind, Callable[[Cells], AnyRow]] = {
    RosterKind.ELDERS: read_elder,
    RosterKind.VOLUNTEERS: read_volunteer,
    RosterKind.STAFF: read_staff,
}
BEAT_LINES = 500
ZIP_HEAD = b"PK\x03\x04"


class NotARoster(ValueError):
    """The file as a whole cannot be read; the message is Chinese and says what to do."""


class Roster(NamedTuple):
    """`refused_numbers`: ID numbers of elders whose row was refused for another cell: they do stand on the list.

    `unknown`: refused rows of which not even that can be read.
    """

    rows: tuple[AnyRow, ...]
    refused: tuple[RefusedRow, ...]
    refused_numbers: frozenset[str] = frozenset()
    unknown: int = 0

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

    `townships`: the names a row may lie in. `beat` hears of every 500th line. Line 1 is the
    heading, so the first person stands on line 2.
    """
    lines = lines_of(content)
    no_heading: list[str] = []
    heading = [name.strip() for name in next(lines, no_heading)]
    missing = [name for name in COLUMNS[kind] if name not in heading]
    if missing:
        raise NotARoster(f"缺少列：{'、'.join(missing)}。请按样表的表头填写")
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    if twice:
        raise NotARoster(f"列名重复：{'、'.join(twice)}")
    rows: list[AnyRow] = []
    refused: list[RefusedRow] = []
    refused_elders: list[str] = []
    for number, values in enumerate(lines, 2):
        if number % BEAT_LINES == 0:
            beat(number)
        if not any(value.strip() for value in values):
            continue
        given = dict(zip(heading, values, strict=False))
        known = {name: given.get(name, "").strip() for name in (*COLUMNS[kind], *OPTIONAL[kind])}
        cells = Cells(number, known, frozenset(townships), on)
        row = READERS[kind](cells)
        refused.extend(cells.refused)
        if not cells.refused:
            rows.append(row)
        elif isinstance(row, ElderRow):
            refused_elders.append(row.id_number)
    kept = _without_repeats(kind, rows, refused)
    return kept._replace(refused_numbers=frozenset(refused_elders) - {""}, unknown=refused_elders.count(""))


def lines_of(content: bytes) -> Iterator[list[str]]:
    if content.startswith(ZIP_HEAD):
        try:
            sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        except CalamineError as error:
            raise NotARoster("表格打不开，请另存为 .xlsx 再试") from error
        for row in cast(list[list[object]], sheet.to_python(skip_empty_area=False)):
            yield [_cell_text(cell) for cell in row]
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotARoster("文件不是 UTF-8 编码，请另存为“CSV UTF-8”或 .xlsx") from None
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise NotARoster("文件不是逗号分隔的表格，请另存为“CSV UTF-8”或 .xlsx") from error


def _cell_text(cell: object) -> str:
    """A whole number typed as a number keeps its digits, except that more than 15 of them are not to be trusted."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)) if abs(cell) < 1e15 else f"{cell:e}"
    return "" if cell is None else str(cell)


def _without_repeats(kind: RosterKind, rows: list[AnyRow], refused: list[RefusedRow]) -> Roster:
    """Whoever stands in the file twice is refused the second time; deputies must stand in the file themselves."""
    first_line: dict[object, int] = {}
    kept: list[AnyRow] = []
    for row in rows:
        key, column, reason = _identity(row)
        if key in first_line:
            refused.append(RefusedRow(line=row.line, column=column, reason=f"{reason}（与第{first_line[key]}行）"))
            continue
        first_line[key] = row.line
        kept.append(row)
    if kind is RosterKind.STAFF:
        kept = list(_with_deputies([row for row in kept if isinstance(row, StaffRow)], refused))
    return Roster(tuple(kept), tuple(sorted(refused, key=lambda row: row.line)))


def _identity(row: AnyRow) -> tuple[object, str, str]:
    if isinstance(row, ElderRow):
        return row.id_number, "公民身份号码", "身份号码在本表中重复"
    if isinstance(row, StaffRow):
        return (row.role, row.township, row.village), "岗位", "同一岗位已有负责人"
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
