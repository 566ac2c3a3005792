"""Writes the three lists as a county may really send them, one .xlsx each, to try what is taken and what is refused.

The people are as synthetic as `adapters.sample` says. A last column, 预期, says what becomes of each row: 收
(taken), or the column it is refused for; a reader of lists does not know that column. Same county, same bytes of text.
"""

# xlsxwriter ships no types
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from adapters.areas import townships_of
from adapters.sample import DIVISION
from decisions.id_number import check_character

TAKEN, EXPECTED = "收", "预期"
Row = Sequence[str | float]
ELDER_HEADING = (
    "序号", "所 属\n乡 镇", "村（社区）名称", "姓 名", "性别", "身份证号码", "联系方式", "居住地址", "户籍所在地",
    "对象类型（可多选）",
    "居住状况", "自理情况", "残疾级别", "是否低保特困", "紧急联系人姓名", "紧急联系人电话", "备注", EXPECTED,
)  # fmt: skip
VOLUNTEER_HEADING = (
    "手机",
    "姓 名",
    "性 别",
    "所在乡镇",
    "村居",
    "政治面貌",
    "探访户数",
    "结对老人",
    "备 注",
    EXPECTED,
)
STAFF_HEADING = ("职务", "姓名", "乡镇（街道）", "村居", "手机号码", "AB岗", EXPECTED)


def id_number(born: str, sequence: int = 901) -> str:
    stem = f"{DIVISION}{born}{sequence}"
    return stem + check_character(stem)


def write_messy(out: Path, county: str = "fengjie") -> list[Path]:
    """elders.xlsx, volunteers.xlsx, staff.xlsx in `out`; the first columns of 乡镇 are merged cells."""
    township = next(name for name in townships_of(county) if name.endswith("镇"))
    out.mkdir(parents=True, exist_ok=True)
    return [
        _write(out / "elders.xlsx", "特殊困难老年人名单", ELDER_HEADING, _elders(township), 1, township),
        _write(out / "volunteers.xlsx", "志愿者名单", VOLUNTEER_HEADING, _volunteers(township), 3, township),
        _write(out / "staff.xlsx", "工作人员名单", STAFF_HEADING, _staff(), 2, township),
    ]


def _elders(township: str) -> list[Row]:
    """The township's cell is left blank where the merged one reaches; a row that names its own stands below it."""

    def row(name: str, number: str | float, expected: str = TAKEN, **other: str | float) -> Row:
        cells: dict[str, str | float] = {
            "sex": "男", "phone": "19200000001", "village": "示例一村", "kinds": "独居", "own": "", "living": "",
        } | other  # fmt: skip
        return (
            "", cells["own"], cells["village"], name, cells["sex"], number, cells["phone"], "示例一村１组２号", "",
            cells["kinds"], cells["living"], "自理", "肢体二级", "低保户", "", "—", "", expected,
        )  # fmt: skip

    near = township[0] + "示" + township[1:]
    return [
        row("王 示 福", id_number("19500203")),
        row("李例寿", "５００２３６１９５００２０３９０３" + id_number("19500203", 903)[-1], phone="+86 192 0000 0002"),
        row("𠮷测康", id_number("19500204"), kinds="空巢老人/高龄；残疾 低保", living="与配偶同住"),
        row("阿示•样不都拉", id_number("19500205", 902), sex="女 性", phone="１９２０００００００３／19200000004"),
        row("赵测安", id_number("19500206"), village="示例壹村", phone="无"),
        row("钱样宁", id_number("19500207")[:17] + "?", "公民身份号码"),
        row("孙示平", f"{DIVISION}19500230901" + check_character(f"{DIVISION}19500230901"), "公民身份号码"),
        row("周例和", "5.00E+17", "公民身份号码"),
        row("吴测顺", 500236195002080000.0, "公民身份号码"),
        row("王示福", id_number("19500203"), "公民身份号码"),
        row("郑样春", id_number("19500209"), "人员类别", kinds="富裕"),
        row("冯示秋", id_number("19500210"), "联系电话", phone="12345"),
        row("陈例松", id_number("19850211"), "公民身份号码"),
        row("褚测柏", id_number("19500212"), "性别", sex="女"),
        row("", id_number("19500213"), "姓名"),
        row("卫?梅", id_number("19500214"), "姓名"),
        row("蒋示兰", "500236500215901", "公民身份号码"),
        row("沈例竹", id_number("19500216"), "乡镇/街道", own=near),
        row("=1+1", id_number("19500217"), "姓名"),
    ]  # fmt: skip


def _volunteers(township: str) -> list[Row]:
    def row(phone: str | float, name: str, expected: str = TAKEN, **other: str | float) -> Row:
        cells: dict[str, str | float] = {"sex": "女", "holds": "8 户", "pairs": ""} | other
        return (phone, name, cells["sex"], "", "示例一村", "党员", cells["holds"], cells["pairs"], "", expected)

    return [
        row("+86-192-0000-0011", "韩 示 菊", pairs="王示福(9012)；𠮷测康 9014\n阿示·样不都拉：9026"),
        row(19200000012.0, "杨例山", holds=3.0),
        row("0086 192 0000 0013", "朱测川", holds="１０"),
        row("023-56551234", "秦样江", "联系电话"),
        row("19200000014", "尤示河", "可探访户数", holds="若干"),
        row("19200000015", "许例星", "结对老人(姓名+身份证后四位)", pairs="王示福"),
        row("19200000016", "", "姓名"),
        row("19200000012", "杨 例 山", "联系电话"),
        row("1.92E+10", "何测辰", "联系电话"),
    ]


def _staff() -> list[Row]:
    def row(post: str, name: str, phone: str, village: str = "", deputy: str = "", expected: str = TAKEN) -> Row:
        return (post, name, "", village, phone, deputy, expected)

    return [
        row("网格员", "吕示光", "19200000021", "示例一村", "施例明"),
        row("养老助理", "施 例 明", "１９２００００００２２", "示例一村"),
        row("乡镇专干", "张测永", "19200000023", deputy="吕示光"),
        row("村长", "孔样长", "19200000024", expected="岗位"),
        row("网格员", "曹示久", "19200000025", expected="村/社区"),
        row("网格员", "严例远", "19200000026", "示例一村", expected="岗位"),
        row("县级专干", "华测德", "19200000027", deputy="某某", expected="代理人"),
    ]


def _write(path: Path, title: str, heading: Row, rows: Sequence[Row], township_at: int, township: str) -> Path:
    """A page of instructions, then the list: title, unit line, heading, people with a blank row, total, signature."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": date(2026, 1, 1)})
    notes = book.add_worksheet("填表说明")
    notes.write_string(0, 0, "请按村填报，一人一行")
    sheet = book.add_worksheet("名单")
    last = len(heading) - 1
    sheet.merge_range(0, 0, 0, last, f"示范县{title}")
    sheet.merge_range(1, 0, 1, last, "填报单位：示范县民政局    2026年1月")
    sheet.write_row(2, 0, heading)
    at = 3
    for row in rows[:2]:
        _cells(sheet, at, row)
        at += 1
    at += 1  # a blank row
    for row in rows[2:]:
        _cells(sheet, at, row)
        at += 1
    own = [n for n, row in enumerate(rows) if row[township_at]]
    reach = 2 + 1 + (own[0] if own else len(rows))
    sheet.merge_range(3, township_at, reach, township_at, township)
    if own and own[0] + 1 < len(rows):
        for n in range(own[0] + 1, len(rows)):
            sheet.write_string(4 + n, township_at, township)
    sheet.write_row(at, 0, ("合计", "", f"{len(rows)}人"))
    sheet.write_string(at + 2, 0, "填表人：        审核人：")
    book.close()
    return path


def _cells(sheet: Worksheet, at: int, row: Row) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, float):
            sheet.write_number(at, column, cell)
        elif cell:
            sheet.write_string(at, column, str(cell))
