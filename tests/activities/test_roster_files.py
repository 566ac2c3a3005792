"""What a list may say, and every way a row is refused: by line, column and a reason that repeats nothing."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from adapters.areas import townships_of
from adapters.roster_files import COLUMNS, NotARoster, Roster, read_roster
from adapters.sample import write_sample
from decisions.id_number import check_character
from models.policy import Category
from models.roster import Ability, ElderRow, Living, RosterKind, StaffRow, VolunteerRow, Welfare
from models.values import Role

ON = date(2026, 3, 2)
TOWNSHIPS = ("夔门街道", "白帝镇")
ID = "50023619500203901"
GOOD = {
    "姓名": "王示福",
    "性别": "男",
    "公民身份号码": ID + check_character(ID),
    "联系电话": "192 0000 0001",
    "乡镇/街道": "白帝镇",
    "村/社区": "示例一村",
    "人员类别": "空巢、高风险",
}
VOLUNTEER = {
    "姓名": "李例寿",
    "性别": "女",
    "联系电话": "19200000002",
    "乡镇/街道": "白帝镇",
    "村/社区": "示例一村",
    "可探访户数": "8",
}
STAFF = {"姓名": "赵测安", "岗位": "网格员", "乡镇/街道": "白帝镇", "村/社区": "示例一村", "联系电话": "19200000003"}
BASE = {RosterKind.ELDERS: GOOD, RosterKind.VOLUNTEERS: VOLUNTEER, RosterKind.STAFF: STAFF}


def id_number(born: str, sequence: int = 901) -> str:
    stem = f"500236{born}{sequence}"
    return stem + check_character(stem)


def as_csv(kind: RosterKind, rows: list[dict[str, str]], extra: tuple[str, ...] = ()) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS[kind], *extra), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(kind: RosterKind, *rows: dict[str, str]) -> Roster:
    extra = ("户号",) if kind is RosterKind.ELDERS else ()
    return read_roster(as_csv(kind, list(rows), extra), kind, TOWNSHIPS, ON)


def test_a_full_row_is_read_whole() -> None:
    roster = read(
        RosterKind.ELDERS,
        GOOD
        | {
            "现住址": "示例一村1组2号；示例路3号",
            "户籍地址": "白帝镇示例老屋",
            "居住情况": "独居",
            "自理能力": "重度失能",
            "残疾等级": "二级",
            "低保特困": "低保",
            "紧急联系人": "王例寿",
            "紧急联系电话": "023-56551234",
            "备注": "耳背",
            "户号": "示例户1",
        },
    )
    assert roster.refused == ()
    [row] = roster.rows
    assert isinstance(row, ElderRow)
    assert (row.line, row.phone, row.textable, row.contact_phone) == (2, "+8619200000001", True, "+862356551234")
    assert row.residences == ("示例一村1组2号", "示例路3号")
    assert (row.living, row.ability, row.disability, row.welfare) == (
        Living.ALONE,
        Ability.SEVERE,
        2,
        Welfare.MINIMUM_INCOME,
    )
    assert {c.category: c.source for c in row.categories} == {
        Category.EMPTY_NEST: "人员类别",
        Category.HIGH_RISK: "人员类别",
        Category.LIVING_ALONE: "居住情况",
        Category.DISABLED_CARE: "自理能力",
        Category.SEVERE_DISABILITY: "残疾等级",
        Category.DISABILITY: "残疾等级",
        Category.MINIMUM_LIVING: "低保特困",
    }


def test_blank_is_not_known_and_none_is_a_statement() -> None:
    blank, none = read(
        RosterKind.ELDERS,
        GOOD | {"人员类别": ""},
        GOOD | {"公民身份号码": id_number("19500204"), "人员类别": "无", "残疾等级": "无", "低保特困": "无"},
    ).rows
    assert isinstance(blank, ElderRow)
    assert isinstance(none, ElderRow)
    assert (blank.categories_stated, blank.disability, blank.welfare, blank.living) == (False, None, None, None)
    assert (none.categories_stated, none.categories, none.disability, none.welfare) == (True, (), 0, Welfare.NONE)


@pytest.mark.parametrize(
    ("kind", "cells", "column", "reason"),
    [
        (RosterKind.ELDERS, {"姓名": " "}, "姓名", "不能为空"),
        (RosterKind.ELDERS, {"性别": "女"}, "性别", "与身份号码不符"),
        (RosterKind.ELDERS, {"性别": "未知"}, "性别", "只能填：女、男"),
        (RosterKind.ELDERS, {"公民身份号码": "50023619500203901"}, "公民身份号码", "应为18位"),
        (RosterKind.ELDERS, {"公民身份号码": "500236195002039010"}, "公民身份号码", "校验位不对"),
        (RosterKind.ELDERS, {"公民身份号码": id_number("19660303")}, "公民身份号码", "未满60周岁"),
        (RosterKind.ELDERS, {"公民身份号码": id_number("20270101")}, "公民身份号码", "晚于今天"),
        (RosterKind.ELDERS, {"联系电话": "12345"}, "联系电话", "电话号码无效"),
        (RosterKind.ELDERS, {"联系电话": "+1 650 253 0000"}, "联系电话", "电话号码无效"),
        (RosterKind.ELDERS, {"乡镇/街道": "外县镇"}, "乡镇/街道", "本县没有这个乡镇"),
        (RosterKind.ELDERS, {"村/社区": ""}, "村/社区", "不能为空"),
        (RosterKind.ELDERS, {"人员类别": "空巢、富裕"}, "人员类别", "没有这一类"),
        (RosterKind.ELDERS, {"低保特困": "大概有"}, "低保特困", "只能填：无、特困、低保、低保边缘"),
        (RosterKind.VOLUNTEERS, {"联系电话": "023-56551234"}, "联系电话", "须为手机号码"),
        (RosterKind.VOLUNTEERS, {"联系电话": ""}, "联系电话", "不能为空"),
        (RosterKind.VOLUNTEERS, {"可探访户数": "八"}, "可探访户数", "整数"),
        (RosterKind.VOLUNTEERS, {"可探访户数": "-1"}, "可探访户数", "整数"),
        (RosterKind.VOLUNTEERS, {"结对老人(姓名+身份证后四位)": "王示福"}, "结对老人(姓名+身份证后四位)", "后四位"),
        (RosterKind.STAFF, {"岗位": "村长"}, "岗位", "只能填"),
        (RosterKind.STAFF, {"村/社区": ""}, "村/社区", "不能为空"),
        (RosterKind.STAFF, {"联系电话": "023-56551234"}, "联系电话", "须为手机号码"),
        (RosterKind.STAFF, {"代理人": "赵测安"}, "代理人", "不能是本人"),
        (RosterKind.STAFF, {"代理人": "某某"}, "代理人", "不在本表中"),
    ],
)
def test_a_bad_cell_refuses_its_row_and_is_named(
    kind: RosterKind, cells: dict[str, str], column: str, reason: str
) -> None:
    roster = read(kind, BASE[kind] | cells)
    assert roster.rows == ()
    [refused] = roster.refused
    assert (refused.line, refused.column) == (2, column)
    assert reason in refused.reason
    for held in cells.values():
        assert len(held) < 4 or held not in refused.reason


def test_every_bad_cell_of_a_row_is_named_and_the_row_counts_once() -> None:
    roster = read(RosterKind.ELDERS, GOOD, {"备注": "只有备注"}, GOOD | {"公民身份号码": id_number("19500204")})
    assert [row.line for row in roster.rows] == [2, 4]
    assert {row.column for row in roster.refused} == {"姓名", "性别", "公民身份号码", "乡镇/街道", "村/社区"}
    assert roster.refused_lines == 1


def test_the_same_person_twice_is_refused_the_second_time() -> None:
    elders = read(RosterKind.ELDERS, GOOD, GOOD | {"姓名": "王例福"})
    assert [(r.line, r.column, r.reason) for r in elders.refused] == [
        (3, "公民身份号码", "身份号码在本表中重复（与第2行）")
    ]
    volunteers = read(RosterKind.VOLUNTEERS, VOLUNTEER, VOLUNTEER, VOLUNTEER | {"姓名": "钱样康"})
    assert [row.line for row in volunteers.rows] == [2, 4]  # a shared phone is no repetition
    posts = read(RosterKind.STAFF, STAFF, STAFF | {"姓名": "孙示宁"})
    assert [(r.line, r.reason) for r in posts.refused] == [(3, "同一岗位已有负责人（与第2行）")]


def test_a_deputy_is_found_by_name_and_by_phone_where_names_meet() -> None:
    officer = {"姓名": "钱例和", "岗位": "乡镇专干", "乡镇/街道": "白帝镇", "联系电话": "19200000004"}
    namesake = officer | {"乡镇/街道": "夔门街道", "联系电话": "19200000005"}
    alone = read(RosterKind.STAFF, STAFF | {"代理人": "钱例和"}, officer).rows[0]
    assert isinstance(alone, StaffRow)
    assert (alone.deputy_name, alone.deputy_phone, alone.role) == ("钱例和", "+8619200000004", Role.GRID_WORKER)
    doubtful = read(RosterKind.STAFF, STAFF | {"代理人": "钱例和"}, officer, namesake)
    assert "有重名" in doubtful.refused[0].reason
    named = read(RosterKind.STAFF, STAFF | {"代理人": "钱例和0005"}, officer, namesake).rows[0]
    assert isinstance(named, StaffRow)
    assert named.deputy_phone == "+8619200000005"


def test_xlsx_reads_like_csv_and_a_number_that_lost_digits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "elders.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, COLUMNS[RosterKind.ELDERS])
    sheet.write_row(1, 0, [GOOD.get(column, "") for column in COLUMNS[RosterKind.ELDERS]])
    sheet.write_number(1, 3, 19200000001)
    sheet.write_row(3, 0, [GOOD.get(column, "") for column in COLUMNS[RosterKind.ELDERS]])
    sheet.write_number(3, 2, 500236195002039012)
    book.close()
    roster = read_roster(path.read_bytes(), RosterKind.ELDERS, TOWNSHIPS, ON)
    assert roster.rows == read(RosterKind.ELDERS, GOOD).rows
    assert [(row.line, row.column) for row in roster.refused] == [(4, "公民身份号码")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "文件是空的"),
        ("姓名,性别\n".encode(), "缺少列：公民身份号码"),
        ("姓名".encode("gbk"), "没有找到表头"),
        (b"PK\x03\x04 not a workbook", "打不开"),
        (b'"' + b"x" * 200_000, "不是逗号分隔"),
        (as_csv(RosterKind.ELDERS, []), "只有表头"),
        (as_csv(RosterKind.ELDERS, []).replace("备注".encode(), "备注,姓名".encode()), "列名重复：姓名"),
    ],
)
def test_a_file_that_is_no_roster_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(NotARoster, match=reason):
        read_roster(content, RosterKind.ELDERS, TOWNSHIPS, ON)


def test_a_long_file_lets_others_hear_that_it_is_alive() -> None:
    heard: list[int] = []
    read_roster(as_csv(RosterKind.ELDERS, [GOOD] * 1200), RosterKind.ELDERS, TOWNSHIPS, ON, heard.append)
    assert heard == [500, 1000]


def test_the_sample_is_accepted_whole_and_says_it_is_one(tmp_path: Path) -> None:
    made = write_sample(tmp_path / "a", elders=60, volunteers=8, seed=7)
    write_sample(tmp_path / "b", elders=60, volunteers=8, seed=7)
    write_sample(tmp_path / "c", elders=60, volunteers=8, seed=8)
    texts = {folder: (tmp_path / folder / "elders.csv").read_text() for folder in "abc"}
    assert texts["a"] == texts["b"] != texts["c"]
    found = {
        kind: read_roster((tmp_path / "a" / f"{kind.value}.csv").read_bytes(), kind, townships_of("fengjie"), ON)
        for kind in RosterKind
    }
    assert all(roster.refused == () for roster in found.values())
    elders = [row for row in found[RosterKind.ELDERS].rows if isinstance(row, ElderRow)]
    volunteers = [row for row in found[RosterKind.VOLUNTEERS].rows if isinstance(row, VolunteerRow)]
    staff = [row for row in found[RosterKind.STAFF].rows if isinstance(row, StaffRow)]
    assert (len(elders), len(volunteers), len(staff)) == (
        made.elders + made.register_only,
        made.volunteers,
        made.staff,
    )
    assert all(row.name[1] in "示例测样" for row in (*elders, *volunteers, *staff))
    assert all(row.id_number.startswith("500236") and row.id_number[14] == "9" for row in elders)
    assert all(row.phone and row.phone.startswith("+861920") for row in (*elders, *volunteers, *staff))
    phones = [row.phone for row in elders]
    assert len(set(phones)) < len(phones)
    assert volunteers[-1].phone == volunteers[-2].phone
    assert volunteers[-1].capacity == 2
    assert (volunteers[0].name, volunteers[0].phone) in {(row.name, row.phone) for row in elders}
    assert any(len(row.residences) == 2 for row in elders)
    assert len({(row.name, row.phone) for row in staff}) < len(staff)
    places = {(row.township, row.village) for row in elders}
    for role in (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT):
        assert {(row.township, row.village) for row in staff if row.role is role} == places
        assert all(row.deputy_phone for row in staff if row.role is role)
    assert {row.township for row in staff if row.role is Role.TOWNSHIP_OFFICER} == {place[0] for place in places}


def test_the_document_has_33_townships() -> None:
    assert len(set(townships_of("fengjie"))) == 33
