"""Lists as counties really send them: every row of the messy ones has its verdict; what is refused comes back whole."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from adapters.areas import townships_of
from adapters.roster_files import Roster, read_roster
from adapters.roster_headings import COLUMNS, NEEDED, OPTIONAL, SPELLINGS, our_name
from adapters.roster_refused import refused_workbook, write_for_owner
from adapters.roster_rows import STATES_TOO
from adapters.roster_words import ALSO, ROLES, SEXES, word_in
from adapters.sample_messy import EXPECTED, TAKEN, write_messy
from models.policy import Category
from models.roster import Ability, ElderRow, Living, RosterKind, StaffRow, VolunteerRow
from tests.activities.test_roster_files import GOOD, TOWNSHIPS, as_csv, id_number

ON = date(2026, 3, 2)
NAMES = townships_of("fengjie")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[RosterKind, bytes]:
    folder = tmp_path_factory.mktemp("messy")
    write_messy(folder)
    return {kind: (folder / f"{kind.value}.xlsx").read_bytes() for kind in RosterKind}


def table(content: bytes, name: str) -> list[list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name)
    return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def expected(content: bytes) -> dict[int, str]:
    """What the file says of each of its lines."""
    rows = table(content, "名单")
    place = rows[2].index(EXPECTED)
    return {number: row[place] for number, row in enumerate(rows[3:], 4) if row[place]}


@pytest.mark.parametrize("kind", list(RosterKind))
def test_every_row_of_the_messy_list_has_its_verdict(files: dict[RosterKind, bytes], kind: RosterKind) -> None:
    roster = read_roster(files[kind], kind, NAMES, ON)
    verdicts = {row.line: TAKEN for row in roster.rows} | {row.line: row.column for row in roster.refused}
    assert verdicts == expected(files[kind])
    assert len(roster.refused) == roster.refused_lines
    told = "；".join(roster.said)
    for words in ("表头在第 3 行", "这些列没有用到", "是合计、落款", "“填表说明”没有这份名单的表头"):
        assert words in told


def test_what_is_taken_is_made_plain(files: dict[RosterKind, bytes]) -> None:
    elders = [
        r for r in read_roster(files[RosterKind.ELDERS], RosterKind.ELDERS, NAMES, ON).rows if isinstance(r, ElderRow)
    ]
    wang, li, rare, dotted, other = elders
    assert (wang.name, wang.residences, wang.ability, wang.disability) == (
        "王示福",
        ("示例一村1组2号",),
        Ability.INTACT,
        2,
    )
    assert (li.id_number, li.phone) == (id_number("19500203", 903), "+8619200000002")
    assert rare.name == "𠮷测康"
    assert rare.living is Living.SPOUSE
    assert {one.category for one in rare.categories} >= {Category.EMPTY_NEST, Category.VERY_OLD, Category.DISABILITY}
    assert (dotted.name, dotted.sex, dotted.phone) == ("阿示·样不都拉", "F", "+8619200000003")
    assert (other.phone, other.contact_phone) == (None, None)
    assert len({row.township for row in elders}) == 1
    volunteers = read_roster(files[RosterKind.VOLUNTEERS], RosterKind.VOLUNTEERS, NAMES, ON).rows
    first, second, third = [row for row in volunteers if isinstance(row, VolunteerRow)]
    assert [(one.name, one.last_four) for one in first.paired] == [
        ("王示福", "9012"),
        ("𠮷测康", "9014"),
        ("阿示·样不都拉", "9026"),
    ]
    assert [(row.phone, row.capacity) for row in (first, second, third)] == [
        ("+8619200000011", 8), ("+8619200000012", 3), ("+8619200000013", 10),
    ]  # fmt: skip
    staff = [
        row
        for row in read_roster(files[RosterKind.STAFF], RosterKind.STAFF, NAMES, ON).rows
        if isinstance(row, StaffRow)
    ]
    assert [(row.name, row.deputy_phone) for row in staff] == [
        ("吕示光", "+8619200000022"), ("施例明", None), ("张测永", "+8619200000021"),
    ]  # fmt: skip


def test_a_reason_says_what_is_wrong_and_the_nearest_township(files: dict[RosterKind, bytes]) -> None:
    roster = read_roster(files[RosterKind.ELDERS], RosterKind.ELDERS, NAMES, ON)
    reasons = "\n".join(row.reason for row in roster.refused)
    township = next(name for name in NAMES if name.endswith("镇"))
    for words in (
        "18位",
        "出生日期不存在",
        "科学计数",
        "15位的旧号码",
        "重复",
        "未满60周岁",
        "与身份号码不符",
        "丢失的生僻字",
        f"最接近的是“{township}”",
    ):
        assert words in reasons


def test_the_refused_come_back_with_their_originals_and_as_text(files: dict[RosterKind, bytes], tmp_path: Path) -> None:
    content = files[RosterKind.ELDERS]
    roster = read_roster(content, RosterKind.ELDERS, NAMES, ON)
    path = tmp_path / "退回.xlsx"
    write_for_owner(path, refused_workbook(content, RosterKind.ELDERS, roster.refused))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_for_owner(path, b"")
    back = table(path.read_bytes(), "退回")
    assert back[0][:3] == ["行号", "列", "原因"]
    assert [int(row[0]) for row in back[1:]] == sorted({row.line for row in roster.refused})
    name = back[0].index("姓名")
    assert {row[name] for row in back[1:]} >= {"孙示平", "=1+1", "卫?梅"}
    assert [row[2] for row in back[1:] if row[name] == "=1+1"] == ["姓名里只能有文字和间隔号"]


def test_a_row_put_right_comes_in_from_the_returned_file() -> None:
    bad = as_csv(
        RosterKind.ELDERS, [GOOD, GOOD | {"公民身份号码": id_number("19500204"), "人员类别": "富裕", "联系电话": "1"}]
    )
    roster = read_roster(bad, RosterKind.ELDERS, TOWNSHIPS, ON)
    back = refused_workbook(bad, RosterKind.ELDERS, roster.refused)
    again = read_roster(back, RosterKind.ELDERS, TOWNSHIPS, ON)
    assert again.refused_lines == 1
    assert [row.column for row in again.refused] == ["联系电话", "人员类别"]
    [_, row] = table(back, "退回")
    assert row[1] == "1. 联系电话\n2. 人员类别"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_any_of_its_encodings(encoding: str, delimiter: str) -> None:
    text = as_csv(RosterKind.ELDERS, [GOOD]).decode().replace(",", delimiter)
    assert read(text.encode(encoding)).rows == read(as_csv(RosterKind.ELDERS, [GOOD])).rows


def test_gb18030_keeps_rare_characters_and_a_number_kept_as_text() -> None:
    row = GOOD | {"姓名": "𠮷示㛃", "公民身份号码": f'="{GOOD["公民身份号码"]}"', "联系电话": "'19200000001"}
    [read_back] = read(as_csv(RosterKind.ELDERS, [row]).decode().encode("gb18030")).rows
    assert isinstance(read_back, ElderRow)
    assert (read_back.name, read_back.id_number) == ("𠮷示㛃", GOOD["公民身份号码"])


def test_where_excel_zeroed_one_number_no_other_that_ends_so_is_believed() -> None:
    ends_so = [number for day in range(1, 29) for number in numbers_of(f"195003{day:02}") if number.endswith("000")]
    right = ends_so[0]
    chance = f"{ends_so[1][:14]}1000"  # another's number, its last digits lost
    female = GOOD | {"性别": "女"}
    alone = read(as_csv(RosterKind.ELDERS, [female | {"公民身份号码": right}]))
    assert alone.refused == ()
    both = read(as_csv(RosterKind.ELDERS, [female | {"公民身份号码": chance}, female | {"公民身份号码": right}]))
    assert (both.rows, both.unknown) == ((), 2)
    assert all("Excel" in row.reason for row in both.refused)


@pytest.mark.parametrize("kind", list(RosterKind))
def test_each_spelling_means_one_column_and_brackets_or_spaces_change_nothing(kind: RosterKind) -> None:
    for name in (*COLUMNS[kind], *OPTIONAL[kind]):
        for text in (name, *SPELLINGS[kind].get(name, ())):
            assert our_name(f" {text[0]} {text[1:]}\n", kind) == name
            assert our_name(f"{text}（必填）", kind) == name
    assert our_name("序号", kind) is None
    assert set(NEEDED[kind]) <= set(COLUMNS[kind])


def test_every_other_word_means_one_of_ours() -> None:
    ours = STATES_TOO | {"性别": SEXES, "岗位": ROLES}
    for column, words in ours.items():
        assert all(word_in(column, written, words) == word for written, word in ALSO.get(column, {}).items()), column
    assert word_in("自理能力", "半失能", ours["自理能力"]) is None


def numbers_of(born: str) -> list[str]:
    return [id_number(born, sequence) for sequence in range(100, 1000, 100)]


def read(content: bytes) -> Roster:
    return read_roster(content, RosterKind.ELDERS, TOWNSHIPS, ON)
