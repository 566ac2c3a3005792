"""Benefits as sheets and back: nothing is lost, and what a clerk gets wrong is told by sheet, row and column."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import pack
from policies.check import check
from policies.pack import Pack, canonical, counties, from_content, load
from policies.rewriting import rewritten
from policies.sheet_cells import letters
from policies.sheet_changes import changes
from policies.sheet_words import AMOUNT, AMOUNT_BY, AMOUNT_WORDS, ASKS, BY, CODE, FROM, IF, ITEM, SAYS, TO, WORDS
from tests.decisions.clerk import Clerk, Line
from tests.decisions.planting import planted, put

EXAMPLE = load("example-cq")
CARE, OLD, COUPON = "经济困难的高龄失能老年人养老服务补贴", "高龄津贴", "中度以上失能老年人养老服务消费补贴"
DESTITUTE, LIVING, BESIDE = "特困人员照料护理补贴", "困难残疾人生活补贴", "待遇之间"
FROM_90 = "90至99周岁每人每月100元，其中低保、特困对象每人每月200元"
AGE, GRADE = f"{IF}周岁", f"{IF}残疾等级"


def text_of(held: Pack) -> str:
    return pack.file_of(held.county).read_bytes().decode()


def written(held: Pack, new: Pack) -> str:
    old, after = (json.loads(each.content)["policy"] for each in (held, new))
    return rewritten(text_of(held), old, after)


# --- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("county", counties())
def test_a_pack_comes_back_as_it_went(county: str) -> None:
    held = load(county)
    came = Clerk(held).read()
    assert came.misfits == came.others == ()
    assert came.pack is not None
    assert came.pack.content == held.content
    assert came.pack.hash == held.hash
    assert changes(held, came.pack) == []
    assert written(held, came.pack) == text_of(held)


AMOUNTS = st.integers(1, 10**9)
DAYS = st.sampled_from([None, date(2025, 1, 1), date(2026, 4, 1)])
TYPED = st.text(st.sampled_from("><=》≥ 0１9.-；、年月日元是否特困属于不in\n"), max_size=8)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)


@given(AMOUNTS, DAYS, TEXTS, TEXTS, st.permutations(range(3)), st.permutations(range(6)))
@settings(max_examples=15, deadline=None)
def test_what_a_pack_may_say_comes_back(
    fen: int, day: date | None, rule: str, name: str, when: list[int], order: list[int]
) -> None:
    """Any amount to the fen, any words, conditions and benefits in any order."""

    def change(toml: dict[str, object]) -> None:
        benefits = toml["benefits"]
        assert isinstance(benefits, list)
        row = benefits[0]["rows"][0]
        row["when"] = [row["when"][n] for n in when]
        row["fen"] = {"value": fen, "rule": rule}
        benefits[0]["name"] = name
        if day is not None:
            for each in benefits[0]["rows"]:
                each["from_on"] = day.isoformat()
        toml["benefits"] = [benefits[n] for n in order]

    held = from_content(canonical(json.loads(planted(change, "example-cq").content)))
    assert check(held) == []
    came = Clerk(held).read()
    assert came.pack is not None, came.misfits
    assert came.pack.content == held.content
    made = rewritten(text_of(EXAMPLE), *(json.loads(each.content)["policy"] for each in (EXAMPLE, came.pack)))
    assert canonical(tomllib.loads(made)) == canonical(json.loads(held.content)["policy"])


def test_only_what_was_edited_is_written_anew() -> None:
    clerk = Clerk(EXAMPLE)
    clerk.put(OLD, "档次", "from_90", AMOUNT, "120")
    clerk.put(OLD, "档次", "from_90", AMOUNT_BY, "依据")
    clerk.put(OLD, "档次", "from_90", AMOUNT_WORDS, "某民发〔2026〕3号")
    new = clerk.read().pack
    assert new is not None
    before, after = text_of(EXAMPLE).split("[[benefits]]\n"), written(EXAMPLE, new).split("[[benefits]]\n")
    assert before[:2] == after[:2]
    assert before[3:] == after[3:]  # remarks between the benefits, and all that is unknown, are as they were
    assert 'fen = { value = 12000, rule = "某民发〔2026〕3号" }' in after[2]
    assert changes(EXAMPLE, new) == [
        "old_age：“档次 from_90”的金额（元）：100.00 → 120.00",
        "old_age：“档次 from_90”的金额出处：原文 → 依据",
        f"old_age：“档次 from_90”的金额原文或文号：{FROM_90} → 某民发〔2026〕3号",
    ]


def test_an_amount_the_bureau_states_is_no_question_any_more() -> None:
    clerk = Clerk(EXAMPLE)
    for code, amount in (("self_caring", "50"), ("half_care", "200.50"), ("full_care", "300")):
        clerk.put(DESTITUTE, "档次", code, AMOUNT, amount)
        clerk.put(DESTITUTE, "档次", code, AMOUNT_BY, "依据")
        clerk.put(DESTITUTE, "档次", code, AMOUNT_WORDS, "某民发〔2026〕8号")
    new = clerk.read().pack
    assert new is not None
    rows = next(table for table in new.file.benefits if table.code == "destitute_care").rows
    assert [row.fen.value for row in rows if row.fen] == [5000, 20050, 30000]
    gone = EXAMPLE.file.unknown.keys() - new.file.unknown.keys()
    assert gone == {f"benefits.destitute_care.rows.{row.code}.fen" for row in rows}
    lost = set(text_of(EXAMPLE).splitlines()) - set(written(EXAMPLE, new).splitlines())
    assert {line.split(" = ")[0].strip('"') for line in lost if line.startswith('"')} == gone


def test_a_new_benefit_goes_below_the_others_and_a_new_sheet_says_it() -> None:
    clerk = Clerk(EXAMPLE)
    rows = [list(row) for row in clerk.sheets[LIVING]]
    rows[1][1:3] = ["meals", "助餐补贴"]
    clerk.sheets["新"] = rows
    new = clerk.read().pack
    assert new is not None
    assert [table.code for table in new.file.benefits][-1] == "meals"
    text = written(EXAMPLE, new)
    head, _, tail = text.partition('\n[[benefits]]\ncode = "meals"')
    assert text_of(EXAMPLE).startswith(head)
    assert tail.index("# --- several benefits of one elder") > 0
    assert changes(EXAMPLE, new)[0].startswith("meals：新增“待遇 meals”")


def test_a_first_benefit_goes_above_what_is_unknown() -> None:
    bare = re.sub(
        r"(?ms)^\[\[(?:benefits|exclusivity)\b.*?(?=^\[(?!\[(?:benefits|exclusivity)\b)|\Z)", "", text_of(load("demo"))
    )
    old = tomllib.loads(bare)
    assert "benefits" not in old
    [first, *_] = json.loads(EXAMPLE.content)["policy"]["benefits"]
    text = rewritten(bare, old, old | {"benefits": [first]})
    assert [each["code"] for each in tomllib.loads(text)["benefits"]] == [first["code"]]
    assert text.index("[[benefits]]") < text.index("[unknown]")


# --- planted mistakes, found by sheet, row and column ----------------------------------------------------------------

# sheet, line, code, heading, what is typed there; row and column by Excel's count; what is told
PLANTED = {
    "a full-width operator": (CARE, "档次", "class_2", AGE, "》= 60", 7, "E", "“》=”是全角符号或中间有空格，请写 >="),
    "text for a number": (CARE, "档次", "class_2", AGE, ">= 八十", 7, "E", "“八十”是文字；周岁要填整数"),
    "an overlap": (
        CARE, "档次", "class_2", AGE, ">= 79", 7, "B", "与另一行重叠：经济状况 特困，周岁 79",
    ),
    "a gap": (OLD, "档次", "from_90", AGE, ">= 92；<= 99", 7, "B", "有空档：周岁 90 到 91，经济状况 低保边缘 哪一行也"),
    "a band nobody is paid in": (OLD, "范围", "", AGE, ">= 75", 4, "A", "有空档：周岁 75 到 79"),
    "an unknown fact": (CARE, "项目", "", AGE, "条件：年令", 1, "E", "没有“年令”这种情况；可用：周岁、"),
    "a misspelt key": (CARE, "项目", "", FROM, "起使日", 1, "I", "没有这样的列；可用：项目、代号、"),
    "a misspelt line": (CARE, "停发", "迁出", ITEM, "停法", 12, "A", "不认识“停法”；可用：待遇、"),
    "a misspelt word": (CARE, "停发", "迁出", SAYS, "下月停发", 12, "C", "不认识“下月停发”；可用：当月停发、次月停发"),
    "a quote that is not in the source": (
        COUPON, "档次", "moderate_or_worse", AMOUNT_WORDS, "每月最高抵扣900元", 4, "L",
        "原文（source.txt）里没有“每月最高抵扣900元”",
    ),
    "an amount without source": (
        COUPON, "档次", "moderate_or_worse", AMOUNT_BY, "", 4, "K", "写了金额，没有写金额出处",
    ),
    "a rule without source": (CARE, "档次", "class_2", WORDS, " ", 7, "O", "没有写原文或文号"),
    "an amount that is our own": (
        COUPON, "档次", "moderate_or_worse", AMOUNT_BY, "系统默认", 4, "J", "发给谁、发多少、能否同享，不能用系统默认",
    ),
    "an amount in words": (CARE, "档次", "class_1", AMOUNT, "二百", 4, "K", "'二百' 是文字，不是金额"),
    "an amount with its unit": (CARE, "档次", "class_1", AMOUNT, "1,200元", 4, "K", "请只写数字，如 1200"),
    "an amount in full-width digits": (CARE, "档次", "class_1", AMOUNT, "２００", 4, "K", "是全角数字，请写 200"),
    "an amount with a tail of float": (CARE, "档次", "class_1", AMOUNT, "200.10000000000002", 4, "K", "不是整分"),
    "an amount below nothing": (CARE, "档次", "class_1", AMOUNT, "-1", 4, "K", "小于零"),
    "an amount of nothing": (CARE, "档次", "class_1", AMOUNT, "0", 4, "K", "金额要大于零"),
    "an unstated amount kept quiet": (DESTITUTE, "档次", "half_care", ASKS, "", 6, "M", "还不知道的，要在“待问”写明"),
    "a source for no amount": (DESTITUTE, "档次", "half_care", AMOUNT_BY, "依据", 6, "H", "写了金额出处，没有写金额"),
    "a full-width digit in a condition": (CARE, "档次", "class_2", AGE, ">= ８０", 7, "E", "是全角数字，请写 80"),
    "a condition without a sign": (CARE, "档次", "class_2", AGE, "80", 7, "E", "不是条件：前面要写符号"),
    "a day that is none": (OLD, "档次", "from_80", FROM, "2025-02-30", 5, "F", "没有这一天"),
    "a day in words": (OLD, "档次", "from_80", FROM, "年初", 5, "F", "不是日期，请写成 2026-01-01"),
    "the middle of a month": (OLD, "档次", "from_80", FROM, "2025-01-15", 5, "F", "按整月发：2025-01-15 不是某月1日"),
    "a code twice": (OLD, "档次", "from_90", CODE, "from_80", 7, "B", "“档次”的代号“from_80”在第 5 行已经有了"),
    "no code": (OLD, "档次", "from_90", CODE, "", 7, "B", "没有写代号"),
    "a code in Chinese": (OLD, "档次", "from_90", CODE, "九十", 7, "B", "代号只用字母、数字"),
    "a cell for nothing": (OLD, "停发", "去世", AMOUNT, "25", 15, "H", "“停发”这一行不写这一列"),
    "no name": (CARE, "待遇", "", SAYS, "", 2, "C", "没有写待遇的名称"),
    "a number of days in words": (COUPON, "时限", "发放", SAYS, "五天", 12, "C", "不是整数"),
    "an alternative of another row": (CARE, "或者", "class_1", CODE, "class_2", 5, "B", "“或者”跟在同一代号的"),
    "an exclusivity with nobody": (
        BESIDE, "", "care_and_disability_living", "待遇", "care_allowance、x", 4, "B", "不认识“x”；可用：care_",
    ),
    "an exclusivity of an unknown kind": (
        BESIDE, "", "care_and_disability_living", "办法", "都行", 4, "C", "不认识“都行”；可用：只能享受一项、",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_refused_with_its_sheet_row_and_column(name: str) -> None:
    sheet, item, code, heading, cell, row, column, told = PLANTED[name]
    clerk = Clerk(EXAMPLE)
    if item == "项目":
        clerk.sheets[sheet][0][clerk.sheets[sheet][0].index(heading)] = cell
    else:
        clerk.put(sheet, item, code, heading, cell)
    came = clerk.read()
    assert came.pack is None
    assert came.others == ()
    where = f"工作表 '{sheet}' 第 {row} 行 {column} 列"
    assert any(each.startswith(where) and told in each for each in clerk.told()), clerk.told()


def test_the_place_is_told_with_its_heading() -> None:
    clerk = Clerk(EXAMPLE)
    clerk.put(OLD, "档次", "from_90", AMOUNT, "一百")
    assert clerk.told() == [f"工作表 '{OLD}' 第 7 行 H 列（金额（元））：'一百' 是文字，不是金额，请写数字，如 200.00"]
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# --- what a clerk may do to a workbook -------------------------------------------------------------------------------


def delete_sheet(clerk: Clerk) -> None:
    del clerk.sheets[OLD]


def delete_the_list_between(clerk: Clerk) -> None:
    del clerk.sheets[BESIDE]


def delete_about(clerk: Clerk) -> None:
    del clerk.sheets["说明"]


def copy_sheet(clerk: Clerk) -> None:
    clerk.sheets[f"{OLD} (2)"] = [list(row) for row in clerk.sheets[OLD]]


def add_notes(clerk: Clerk) -> None:
    clerk.sheets["Sheet1"] = [["电话", "备注"]]


def drop_the_amounts(clerk: Clerk) -> None:
    clerk.drop_column(OLD, AMOUNT)


def one_more_amount(clerk: Clerk) -> None:
    for n, row in enumerate(clerk.sheets[OLD]):
        row.append(AMOUNT if n == 0 else "")


def words_beside_the_table(clerk: Clerk) -> None:
    clerk.sheets[OLD][4].append("问过局里")


def a_formula(clerk: Clerk) -> None:
    clerk.wrong[OLD] = {(4, 7): "是公式，请复制后“选择性粘贴—数值”"}


def of_another_county(clerk: Clerk) -> None:
    clerk.sheets["说明"][0][1] = "fengjie"


def of_an_older_pack(clerk: Clerk) -> None:
    clerk.sheets["说明"][2][1] = "0" * 64
    clerk.put(OLD, "档次", "from_80", AMOUNT, "26")


def who_gets_it_twice(clerk: Clerk) -> None:
    rows = clerk.sheets[OLD]
    rows.append(["发给谁未定", *[""] * (len(rows[0]) - 2), "发给谁？"])


def nobody_gets_it(clerk: Clerk) -> None:
    clerk.sheets[DESTITUTE] = [row for row in clerk.sheets[DESTITUTE] if row[0] not in ("档次", "范围")]


def only_the_late(clerk: Clerk) -> None:
    clerk.sheets[OLD] = [row for row in clerk.sheets[OLD] if row[0] != "起发"]


def no_line_of_the_benefit(clerk: Clerk) -> None:
    clerk.sheets[OLD] = [row for row in clerk.sheets[OLD] if row[0] != "待遇"]


DONE: dict[Callable[[Clerk], None], str] = {
    delete_sheet: "表格：少了待遇“高龄津贴”（old_age）的表。要取消一项待遇，请改 policy.toml",
    delete_the_list_between: "表格：有“待遇”一列的表（待遇之间）要有一张，现在有 0 张",
    delete_about: "表格：这份表格没有“说明”这张表，不能导入 example-cq。请用 policy export 导出的表格",
    copy_sheet: f"工作表 '{OLD} (2)' 第 2 行 B 列（代号）：待遇“old_age”在工作表 '{OLD}' 已经有了",
    add_notes: "工作表 'Sheet1'：不是待遇的表：第一行应有“项目”“代号”等标题。请删去这张表",
    drop_the_amounts: f"工作表 '{OLD}'：少了“金额（元）”一列",
    one_more_amount: f"工作表 '{OLD}' 第 1 行 N 列（金额（元））：这一列与 H 列标题相同",
    words_beside_the_table: f"工作表 '{OLD}' 第 5 行 N 列：这一列没有标题，不知道是什么",
    a_formula: f"工作表 '{OLD}' 第 5 行 H 列（金额（元））：这一格是公式，请复制后“选择性粘贴—数值”",
    of_another_county: "表格：这份表格是 fengjie 的，不能导入 example-cq。请用 policy export 导出的表格",
    of_an_older_pack: "表格：这份表格导出以后，规则包又改过。请重新导出，在新的表格里改",
    who_gets_it_twice: f"工作表 '{OLD}' 第 17 行 A 列（项目）：已经有“档次”，请删去“发给谁未定”这一行",
    nobody_gets_it: f"工作表 '{DESTITUTE}' 第 2 行 B 列（代号）：没有“档次”，也没有“发给谁未定”这一行",
    only_the_late: f"工作表 '{OLD}' 第 13 行 C 列（内容）：没有“起发”这一行，这一行就没有依据",
    no_line_of_the_benefit: f"工作表 '{OLD}'：没有“待遇”这一行，不知道是哪项待遇",
}


@pytest.mark.parametrize("done", DONE, ids=lambda done: str(done.__name__))
def test_what_is_done_to_a_workbook_has_a_defined_end(done: Callable[[Clerk], None]) -> None:
    clerk = Clerk(EXAMPLE)
    done(clerk)
    assert clerk.read().pack is None
    assert DONE[done] in clerk.told(), clerk.told()


def test_names_order_and_blanks_do_not_matter() -> None:
    """A sheet is known by its code, a column by its heading; blank lines are none."""
    clerk = Clerk(EXAMPLE)
    clerk.sheets = {f"表{n}": rows for n, (_, rows) in enumerate(reversed(clerk.sheets.items()))}
    for rows in clerk.sheets.values():
        if ITEM in rows[0]:
            rows.insert(3, ["  "] * len(rows[0]))
            rows[:] = [list(reversed(row)) for row in rows]
    came = clerk.read()
    assert came.pack is not None, clerk.told()
    assert came.pack.content == EXAMPLE.content


@pytest.mark.parametrize("cell", ["2025/1/1", "2025年1月1日", "2025-01-01 00:00:00", "2025.01.01"])
def test_a_day_may_be_written_as_people_write_it(cell: str) -> None:
    clerk = Clerk(EXAMPLE)
    clerk.put(OLD, "档次", "from_80", FROM, cell)
    came = clerk.read()
    assert came.pack is not None
    assert came.pack.content == EXAMPLE.content


@pytest.mark.parametrize(
    ("cell", "fen"), [("25", 2500), ("25.0", 2500), ("25.1", 2510), ("0.01", 1), ("1000000", 10**8)]
)
def test_an_amount_is_exact(cell: str, fen: int) -> None:
    clerk = Clerk(EXAMPLE)
    clerk.put(OLD, "档次", "from_80", AMOUNT, cell)
    came = clerk.read()
    assert came.pack is not None
    row = came.pack.file.benefits[1].rows[0]
    assert row.fen is not None
    assert row.fen.value == fen


def test_the_same_sheet_again_is_no_change_though_the_pack_has_moved_on() -> None:
    clerk = Clerk(EXAMPLE)
    clerk.put(OLD, "档次", "from_80", AMOUNT, "26")
    first = clerk.read().pack
    assert first is not None
    clerk.pack = first
    again = clerk.read().pack
    assert again is not None
    assert changes(first, again) == []


def test_a_fault_of_the_pack_beside_the_benefits_is_not_the_sheets() -> None:
    held = planted(put("limits.extend_max.value", 9), "example-cq")
    came = Clerk(held).read()
    assert came.pack is None
    assert came.misfits == ()
    assert [problem.where for problem in came.others] == ["limits.extend_max"]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_is_typed_is_taken_or_told(data: st.DataObject) -> None:
    clerk = Clerk(EXAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        rows = clerk.sheets[data.draw(st.sampled_from(sorted(clerk.sheets)))]
        row = data.draw(st.sampled_from(rows))
        cells = sorted({cell for each in rows for cell in each})
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(TYPED | st.sampled_from(cells))
    came = clerk.read()
    if came.pack is None:
        assert came.misfits
    else:
        assert check(came.pack) == []
        written(EXAMPLE, came.pack)


def test_all_mistakes_are_told_at_once() -> None:
    clerk = Clerk(EXAMPLE)
    clerk.put(OLD, "档次", "from_80", AMOUNT, "x")
    clerk.put(OLD, "档次", "from_80", TO, "y")
    clerk.put(CARE, "停发", "迁出", BY, "听说")
    clerk.put(CARE, "档次", "class_1", GRADE, "")
    assert len(clerk.told()) == 3
    assert isinstance(clerk.lines()[1][1][0], Line)
