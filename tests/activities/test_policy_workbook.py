"""`policy export|import` with real workbooks: what Excel makes of a cell, what a file may be, what is written when."""

# xlsxwriter ships no types
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from typer.testing import CliRunner

from policies.pack import Pack, counties, load
from policies.sheet_words import AMOUNT, FROM, IF
from starter import app
from tests.decisions.clerk import Clerk
from tests.decisions.planting import in_a_folder

EXAMPLE = "example-cq"
OLD, CARE = "高龄津贴", "经济困难的高龄失能老年人养老服务补贴"


def told(*args: object) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["policy", *map(str, args)], env={"COLUMNS": "300"})
    return answer.exit_code, answer.output


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's policy.toml in a folder of its own."""
    return in_a_folder(EXAMPLE, tmp_path, monkeypatch)('version = "', 'version = "')


def as_excel(clerk: Clerk, file: Path, typed: Mapping[tuple[str, int, int], object] | None = None) -> Path:
    """The clerk's workbook as Excel would save it; `typed`: cells that are no text, by sheet, row and column from 0."""
    book = xlsxwriter.Workbook(file)
    day = book.add_format({"num_format": "yyyy/m/d"})
    for name, rows in clerk.sheets.items():
        sheet: Any = book.add_worksheet(name)
        for n, row in enumerate(rows):
            for column, cell in enumerate(row):
                match (typed or {}).get((name, n, column), cell):
                    case date() as value:
                        sheet.write_datetime(n, column, value, day)
                    case float() | int() as value:
                        sheet.write_number(n, column, value)
                    case str() as value if value.startswith("=SUM"):
                        sheet.write_formula(n, column, value, None, 25)
                    case str() as value:
                        sheet.write_string(n, column, value)
                    case _:
                        raise AssertionError("no such cell")
    book.close()
    return file


def cell(clerk: Clerk, code: str, heading: str) -> tuple[str, int, int]:
    return (OLD, *clerk.place(OLD, "档次", code, heading))


@pytest.mark.parametrize("name", counties())
def test_what_is_exported_and_imported_changes_nothing(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.xlsx"
    assert told("export", name, file)[0] == 0
    code, said = told("import", name, file, "--check", "--json")
    assert code == 0
    assert json.loads(said) == {"county": name, "changes": [], "written": False, "hash": load(name).hash}


def test_a_workbook_holds_text_only_and_keeps_its_heading_in_sight(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    told("export", EXAMPLE, file)
    with zipfile.ZipFile(file) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 1 + 6 + 1
    for sheet in sheets:
        assert "<f>" not in sheet
        cells = re.findall(r"<c [^>]*>", sheet)
        assert cells
        assert all(' t="s"' in each for each in cells if not each.endswith("/>"))
    assert all('state="frozen"' in sheet and "<dataValidation " in sheet for sheet in sheets[1:])
    assert "没有改动" in told("export", EXAMPLE, file)[1]
    assert told("export", EXAMPLE, tmp_path / "a.csv")[0] == 2


def test_what_is_imported_stands_in_the_pack_and_nothing_else_is_touched(county: Path, tmp_path: Path) -> None:
    before = county.read_bytes()
    clerk = Clerk(load(EXAMPLE))
    clerk.put(OLD, "档次", "from_80", AMOUNT, "26.5")
    file = as_excel(clerk, tmp_path / "a.xlsx")
    change = "old_age：“档次 from_80”的金额（元）：25.00 → 26.50"
    code, said = told("import", EXAMPLE, file, "--check")
    assert (code, said.splitlines()[0]) == (0, change)
    assert county.read_bytes() == before
    code, said = told("import", EXAMPLE, file)
    assert (code, said.splitlines()[0]) == (0, change)
    row = load(EXAMPLE).file.benefits[1].rows[0]
    assert row.fen is not None
    assert row.fen.value == 2650
    here, there = before.split(b"[[benefits]]\n"), county.read_bytes().split(b"[[benefits]]\n")
    assert [n for n, (old, new) in enumerate(zip(here, there, strict=True)) if old != new] == [2]
    assert load(EXAMPLE).version == "2026.3"
    assert said.splitlines()[-1].endswith("版本 2026.3，启用前请提高")
    assert told("check", EXAMPLE)[0] == 0
    assert told("import", EXAMPLE, file)[1].splitlines() == ["没有变化"]


def test_a_new_version_goes_with_a_change_and_only_with_one(county: Path, tmp_path: Path) -> None:
    before = county.read_text("utf-8")
    clerk = Clerk(load(EXAMPLE))
    same = as_excel(clerk, tmp_path / "a.xlsx")
    assert told("import", EXAMPLE, same, "--version", "2026.4")[1].splitlines() == ["没有变化"]
    clerk.put(OLD, "档次", "from_80", AMOUNT, "26")
    file = as_excel(clerk, tmp_path / "b.xlsx")
    code, said = told("import", EXAMPLE, file, "--version", "下一版")
    assert (code, county.read_text("utf-8")) == (2, before)
    assert "不能作版本号" in said
    code, said = told("import", EXAMPLE, file, "--version", "2026.4")
    assert (code, said.splitlines()[-1][-9:]) == (0, "版本 2026.4")
    assert load(EXAMPLE).version == "2026.4"
    lines = zip(before.splitlines(), county.read_text("utf-8").splitlines(), strict=False)
    assert next((old, new) for old, new in lines if old != new) == ('version = "2026.3"', 'version = "2026.4"')


def test_a_pack_written_with_other_line_ends_keeps_them(county: Path, tmp_path: Path) -> None:
    crlf = county.read_bytes().replace(b"\n", b"\r\n")
    county.write_bytes(crlf)
    clerk = Clerk(load(EXAMPLE))
    clerk.put(OLD, "档次", "from_80", AMOUNT, "26.5")
    assert told("import", EXAMPLE, as_excel(clerk, tmp_path / "a.xlsx"))[0] == 0
    made = county.read_bytes()
    assert made.startswith(crlf[: crlf.index(b'code = "old_age"') - 20])
    assert made.endswith(crlf[crlf.index(b'code = "severe_disability_care"') :])


def test_a_pack_that_is_not_written_as_packs_are_is_left_alone(county: Path, tmp_path: Path) -> None:
    text = county.read_text("utf-8")
    old = '"benefits.old_age.start" = "高龄津贴自哪个月起发？迟申请的怎么算？"'
    assert text.count(old) == 1
    county.write_text(text.replace(old, old.replace('= "', '= """').removesuffix('"') + '\n"""'), "utf-8")
    before = county.read_bytes()
    clerk = Clerk(load(EXAMPLE))
    clerk.put(OLD, "起发", "", "待问", "哪个月起发？")
    code, said = told("import", EXAMPLE, as_excel(clerk, tmp_path / "a.xlsx"))
    assert (code, county.read_bytes()) == (2, before)
    assert "只能手工改" in said
    assert [path.name for path in county.parent.iterdir() if path.suffix == ".new"] == []


WORDS = "  前后有空格 \n第二行\t_x0041_ =1+1 'x\" \\ & <b> 𠮷"


def test_words_come_back_as_they_were_typed(county: Path, tmp_path: Path) -> None:
    clerk = Clerk(load(EXAMPLE))
    clerk.put(OLD, "停发", "去世", "待问", WORDS)
    assert told("import", EXAMPLE, as_excel(clerk, tmp_path / "a.xlsx"))[0] == 0
    assert load(EXAMPLE).file.unknown["benefits.old_age.stops.death"] == WORDS
    again = tmp_path / "b.xlsx"
    told("export", EXAMPLE, again)
    assert told("import", EXAMPLE, again)[1].splitlines() == ["没有变化"]


def test_one_mistake_and_nothing_is_written(county: Path, tmp_path: Path) -> None:
    before = county.read_bytes()
    clerk = Clerk(load(EXAMPLE))
    clerk.put(OLD, "档次", "from_80", AMOUNT, "26")
    clerk.put(OLD, "档次", "from_90", f"{IF}周岁", "》= 90")
    code, said = told("import", EXAMPLE, as_excel(clerk, tmp_path / "a.xlsx"))
    assert code == 1
    assert said.splitlines() == [
        f"工作表 '{OLD}' 第 7 行 D 列（条件：周岁）：“》=”是全角符号或中间有空格，请写 >=",
        "example-cq：1处问题，没有导入",
    ]
    assert county.read_bytes() == before
    code, said = told("import", EXAMPLE, tmp_path / "a.xlsx", "--json")
    assert code == 1
    assert [(each["sheet"], each["row"], each["column"]) for each in json.loads(said)] == [(OLD, 7, "D")]


TYPED: dict[str, tuple[str, object, str]] = {
    "an amount as a number": (AMOUNT, 26.1, "25.00 → 26.10"),
    "a whole amount as a number": (AMOUNT, 26, "25.00 → 26.00"),
    "an amount with a tail": (AMOUNT, 25.1000000000001, "'25.1000000000001' 不是整分"),
    "a formula": (AMOUNT, "=SUM(A1:A2)", "第 5 行 H 列（金额（元））：这一格是公式"),
    "a day of Excel": (FROM, date(2026, 1, 1), "起始日：2025-01-01 → 2026-01-01"),
    "a number for a day": (FROM, 45658.5, "'45658.5' 不是日期"),
    "a number for a condition": (f"{IF}周岁", 80, "'80' 不是条件"),
}


@pytest.mark.parametrize("name", TYPED)
def test_what_excel_makes_of_a_cell_is_taken_exactly_or_refused(name: str, tmp_path: Path) -> None:
    heading, value, said = TYPED[name]
    clerk = Clerk(load(EXAMPLE))
    if heading == FROM:  # all rows of the benefit, or a month lacks a rule
        typed = {cell(clerk, code, FROM): value for code in (row[1] for row in clerk.sheets[OLD] if row[0] == "档次")}
    else:
        typed = {cell(clerk, "from_80", heading): value}
    assert said in told("import", EXAMPLE, as_excel(clerk, tmp_path / "a.xlsx", typed), "--check")[1]


def merged_down(sheet: Any) -> None:
    sheet.merge_range(4, 7, 5, 7, "30.00")  # 金额 of the first two rows


def merged_across(sheet: Any) -> None:
    sheet.merge_range(4, 5, 4, 6, "2025-01-01")  # 起始日 and 截止日


MERGED: dict[Callable[[Any], None], tuple[int, tuple[str, ...]]] = {
    merged_down: (0, ("“档次 from_80”的金额（元）：25.00 → 30.00", "“档次 from_80_poor”的金额（元）：100.00 → 30.00")),
    merged_across: (1, ("第 5 行 G 列（截止日）：按整月发：2025-01-01 不是某月最后一日",)),
}


@pytest.mark.parametrize("merge", MERGED, ids=lambda merge: str(merge.__name__))
def test_a_merged_cell_says_it_of_every_cell_it_covers(merge: Callable[[Any], None], tmp_path: Path) -> None:
    clerk, file = Clerk(load(EXAMPLE)), tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(file)
    for name, rows in clerk.sheets.items():
        sheet: Any = book.add_worksheet(name)
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
        if name == OLD:
            merge(sheet)
    book.close()
    code, said = told("import", EXAMPLE, file, "--check")
    assert code == MERGED[merge][0]
    assert all(each in said for each in MERGED[merge][1]), said


def hidden(folder: Path, held: Pack) -> Path:
    book = xlsxwriter.Workbook(folder / "a.xlsx")
    for name, rows in Clerk(held).sheets.items():
        sheet: Any = book.add_worksheet(name)
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
        if name == CARE:
            sheet.hide()
    book.close()
    return folder / "a.xlsx"


def a_csv(folder: Path, held: Pack) -> Path:
    (folder / "a.xlsx").write_text("\n".join(",".join(row) for row in Clerk(held).sheets[OLD]), "utf-8")
    return folder / "a.xlsx"


def a_page(folder: Path, held: Pack) -> Path:
    (folder / "a.xlsx").write_text(f"<html>{held.county}", "utf-8")
    return folder / "a.xlsx"


FILES: dict[Callable[[Path, Pack], Path], tuple[int, str]] = {
    hidden: (1, f"表格：少了待遇“{CARE}”（care_allowance）的表"),
    a_csv: (2, "不是 .xlsx 表格"),
    a_page: (2, "文件是网页或 XML，不是表格"),
}


@pytest.mark.parametrize("made", FILES, ids=lambda made: str(made.__name__))
def test_a_file_that_is_no_such_workbook_is_refused(made: Callable[[Path, Pack], Path], tmp_path: Path) -> None:
    code, said = told("import", EXAMPLE, made(tmp_path, load(EXAMPLE)), "--check")
    assert code == FILES[made][0]
    assert FILES[made][1] in said


def test_a_county_without_a_pack_has_no_sheet(tmp_path: Path) -> None:
    assert told("export", "nowhere", tmp_path / "a.xlsx")[0] == 2
    assert not (tmp_path / "a.xlsx").exists()
