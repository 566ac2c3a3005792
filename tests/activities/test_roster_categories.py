"""人员类别: several in one cell however they are parted, and nothing that is denied or not ours."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from adapters.roster_files import read_roster
from adapters.roster_refused import refused_workbook
from adapters.roster_words import ALSO, CATEGORIES, categories_in
from models.roster import ElderRow, RosterKind
from tests.activities.test_roster_files import GOOD, ON, TOWNSHIPS, as_csv, read

ALONE_AND_OLD = ["独居", "高龄"]


@pytest.mark.parametrize(
    "held",
    [
        "独居与高龄", "独居以及高龄", "独居加高龄", "独居高龄", "1、独居；2、高龄", "①独居②高龄", "独居、高龄等",
        "独居和高龄", "独居及高龄", "独居并且高龄", "独居,高龄", "独居 高龄", "独居/高龄", "独居+高龄", "独居\n高龄",
        "(1)独居(2)高龄", "1.独居 2.高龄", "一、独居 二、高龄", "⑴独居⑵高龄", "高龄独居老人", "【独居】【高龄】",
    ],
)  # fmt: skip
def test_several_in_one_cell_by_any_separator(held: str) -> None:
    assert (sorted(categories_in(held)[0]), categories_in(held)[1]) == (sorted(ALONE_AND_OLD), [])


@pytest.mark.parametrize(
    ("held", "left"),
    [
        ("非独居", "非"), ("不是低保", "不是"), ("未失能", "未"), ("不独居，高龄", "不"), ("无低保", "无"),
        ("没有残疾", "没有"),
        ("低保：无", "无"), ("低保：否", "否"), ("独居、无", "无"), ("低保（已取消）", "已取消"), ("低保边缘", "边缘"),
        ("半失能", "半"), ("轻度失能", "轻度"), ("独居、富裕", "富裕"), ("残疾2", "2"), ("残疾一级", "一级"),
        ("失独居", "居"), ("2", "2"),
    ],
)  # fmt: skip
def test_what_is_denied_or_not_ours_refuses_the_row_by_its_own_word(held: str, left: str) -> None:
    """In the returned file, where the row stands; the reason itself never repeats a cell."""
    content = as_csv(RosterKind.ELDERS, [GOOD | {"人员类别": held}])
    roster = read_roster(content, RosterKind.ELDERS, TOWNSHIPS, ON)
    assert roster.rows == ()
    [refused] = roster.refused
    assert refused.column == "人员类别" and refused.reason.startswith("没有这一类，只能填：无、独居")
    back = CalamineWorkbook.from_filelike(io.BytesIO(refused_workbook(content, RosterKind.ELDERS, roster.refused)))
    assert str(back.get_sheet_by_index(0).to_python()[1][2]).startswith(f"“{left}”：没有这一类")


@pytest.mark.parametrize("held", ["无", "没有", "无、无", "无。"])
def test_none_stands_alone(held: str) -> None:
    [row] = read(RosterKind.ELDERS, GOOD | {"人员类别": held}).rows
    assert isinstance(row, ElderRow) and row.categories_stated
    assert all(of.source != "人员类别" for of in row.categories)


def test_every_spelling_is_read_whole() -> None:
    spelled = ALSO["人员类别"] | {word: word for word in CATEGORIES}
    for written, word in spelled.items():
        assert categories_in(written) == ([word] if word in CATEGORIES else [], []), written
