"""Files that are no list, or are meant to harm: each is refused by what it is, before a reader of tables sees it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from adapters.roster_files import NotARoster, read_bytes, read_roster
from adapters.roster_guard import ENCRYPTED, FORMULA, MOST_BYTES, MOST_LINES, MOST_UNPACKED, OLD_OFFICE
from models.roster import RosterKind
from tests.activities.test_roster_files import GOOD, TOWNSHIPS, as_csv

ON = date(2026, 3, 2)
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FAR = HEAD + '<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>'
WIDE = HEAD + '<row r="1"><c r="XFD1"><v>1</v></c></row></sheetData></worksheet>'
DOCTYPE = '<!DOCTYPE a [<!ENTITY b "b">]>' + HEAD + "</sheetData></worksheet>"


def book() -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("名单")
    sheet.write_row(0, 0, list(GOOD))
    sheet.write_row(1, 0, list(GOOD.values()))
    made.close()
    return out.getvalue()


def with_part(name: str, text: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for other in old.namelist():
            if other != name:
                new.writestr(other, old.read(other))
        new.writestr(name, text)
    return out.getvalue()


def bomb(*, honest: bool) -> bytes:
    """A sheet of more than may be unpacked, in 200 KB; unless `honest` it says of itself that it is small."""
    content = with_part(SHEET, HEAD.encode() + b" " * (MOST_UNPACKED + 1))
    if honest:
        return content
    changed = bytearray(content)
    size = len(HEAD.encode()) + MOST_UNPACKED + 1
    while (found := changed.find(size.to_bytes(4, "little"))) >= 0:
        changed[found : found + 4] = (1000).to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: bomb(honest=True), "展开后"),
        (lambda: bomb(honest=False), "展开后"),
        (lambda: with_part(SHEET, HEAD + "<row/>" * 1_000_000 + "</sheetData></worksheet>"), f"{MOST_LINES} 行以上"),
        (lambda: with_part(SHEET, FAR), "第 1048576 行第 1 列"),
        (lambda: with_part(SHEET, WIDE), "第 1 行第 16384 列"),
        (lambda: with_part(SHEET, DOCTYPE), "不该有的定义"),
        (lambda: with_part("xl/sharedStrings.xml", "<sst><si><t>" + "x" * 40_000 + "</t></si></sst>"), "字太多"),
        (lambda: with_part("xl/externalLinks/externalLink1.xml", "<a/>"), "引用了别的文件"),
        (lambda: with_part("xl/vbaProject.bin", "x"), "带有宏"),
        (lambda: OLD_OFFICE + b"\0" * 600, "旧版 .xls"),
        (lambda: OLD_OFFICE + ENCRYPTED, "加了密码"),
        (lambda: b"%PDF-1.7", "PDF"),
        (lambda: b"<html><table>", "网页"),
        (lambda: b" \n", "文件是空的"),
        (lambda: b"PK\x05\x06" + b"\0" * 18, "空的压缩包"),
        (lambda: b"\0\1\2" * 100, "不是表格"),
        (lambda: as_csv(RosterKind.ELDERS, []) + b"\n" * (MOST_LINES + 1), f"{MOST_LINES} 行以上"),
    ],
)
def test_it_is_refused_by_what_it_is(made: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(NotARoster, match=reason):
        read_roster(made(), RosterKind.ELDERS, TOWNSHIPS, ON)


def test_a_file_larger_than_any_list_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "big.xlsx"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(NotARoster, match="300 MB"):
        read_bytes(path)
    with pytest.raises(NotARoster, match="没有打开"):
        read_roster(b"x" * (MOST_BYTES + 1), RosterKind.ELDERS, TOWNSHIPS, ON)


def test_what_a_file_is_called_does_not_matter() -> None:
    assert len(read_roster(book(), RosterKind.ELDERS, TOWNSHIPS, ON).rows) == 1


def test_a_formula_is_never_taken_for_what_it_shows() -> None:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("名单")
    sheet.write_row(0, 0, [*GOOD, "年龄"])
    sheet.write_row(1, 0, list(GOOD.values()))
    sheet.write_formula(1, len(GOOD), "=1+1")  # in a column that is not read it harms nothing
    sheet.write_row(2, 0, list(GOOD.values()))
    sheet.write_formula(2, 1, '=IF(1,"男")')
    made.close()
    roster = read_roster(out.getvalue(), RosterKind.ELDERS, TOWNSHIPS, ON)
    assert [row.line for row in roster.rows] == [2]
    assert [(row.line, row.column, row.reason) for row in roster.refused] == [(3, "性别", FORMULA)]
