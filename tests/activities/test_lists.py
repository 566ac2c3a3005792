"""Who is in the register and no case, who cannot be decided, and what a list says against a case: for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from adapters.database import writing
from adapters.roster_files import read_roster
from adapters.roster_store import RosterStore
from adapters.sql_lists import SqlLists
from adapters.sql_people import SqlPeople
from adapters.sql_register import SqlRegister
from decisions.register_words import why
from models.policy import Category
from models.roster import (
    ChunkCounts,
    CompareRoster,
    Doubt,
    ElderFacts,
    ElderRow,
    Living,
    OpenRoster,
    RegisterList,
    RosterKind,
    Sourced,
    Standing,
    Welfare,
)
from models.roster_lists import Listed
from models.tables import CaseRow, Elder, ElderCategory, WorkItemRow, table_of
from tests.activities.counties import AT, BY, LATER, LI, NOBODY, WANG, County, sha256_of
from tests.activities.test_roster_files import GOOD, as_csv

UNKNOWN = LI.model_copy(
    update=dict(line=5, name="钱例安", id_number="500236195302039050", categories=(), categories_stated=False)
)
BAIDI, KUIMEN = "白帝镇", "夔门街道"
FAR = LI.model_copy(update=dict(township=KUIMEN, village="示例一社区"))
ITEMS = table_of(WorkItemRow)


def said(*categories: Category) -> dict[str, Any]:
    return {"categories": tuple(Sourced(category=c, source="人员类别") for c in categories), "categories_stated": True}


def lists(county: County, which: RegisterList, area: str | None = "fengjie") -> list[Listed]:
    return SqlLists(county.engine, county.sealer).of(which, (area,) if area else ())


def told(county: County, which: RegisterList) -> list[tuple[str, str]]:
    return [(row.name, why(row)) for row in lists(county, which)]


def full(county: County, *rows: ElderRow, at: datetime = AT, township: str | None = None) -> ChunkCounts:
    """All that the import of a full list does."""
    counts = county.bring(*rows, at=at, township=township)
    order = CompareRoster(sha256=sha256_of(rows), kind=RosterKind.ELDERS, by=BY, at=at, on=at.date(), township=township)
    return counts.plus(county.register.compare(order, {row.id_number for row in rows}))


def items(county: County) -> list[tuple[str, str | None]]:
    """What was asked of a person, and why it was ended."""
    return [(row["item"], row["close_reason"]) for row in county.rows(WorkItemRow)]


def done(county: County, reason: str = "note-1") -> None:
    with writing(county.engine) as connection:
        connection.execute(update(ITEMS).where(ITEMS.c.closed_at.is_(None)).values(closed_at=AT, close_reason=reason))


# --- no case, and cannot be decided ----------------------------------------------------------------------------------


def test_who_is_no_case_and_who_cannot_be_decided_are_listed_with_the_reason(county: County) -> None:
    county.bring(WANG, NOBODY, UNKNOWN, FAR, township=BAIDI)
    assert sorted(told(county, RegisterList.NO_CASE)) == [
        ("李例寿", "属于探访对象，本乡镇（街道）的个案还没有开始"),
        ("赵样康", "不属于规定的任何一类探访对象"),
    ]
    assert told(county, RegisterList.CANNOT_DECIDE) == [("钱例安", "无法判断，缺：人员类别")]
    assert lists(county, RegisterList.TO_DECIDE) == []


def test_a_list_ends_where_the_area_ends(county: County) -> None:
    elsewhere = NOBODY.model_copy(update=dict(township=KUIMEN, village="示例一社区"))
    here = NOBODY.model_copy(update=dict(name="孙样宁", id_number="500236195402039067"))
    county.bring(elsewhere, here)
    names = {
        area: [row.name for row in lists(county, RegisterList.NO_CASE, area)]
        for area in (county.register.township_id(BAIDI), county.register.township_id(KUIMEN), None)
    }
    assert list(names.values()) == [["孙样宁"], ["赵样康"], []]
    [row] = lists(county, RegisterList.NO_CASE, county.register.township_id(KUIMEN))
    assert row.village == "示例一社区"
    assert [r.name for r in lists(county, RegisterList.NO_CASE, _village_of(county, "孙样宁"))] == ["孙样宁"]


def _village_of(county: County, name: str) -> str:
    return next(row["village_id"] for row in county.rows(Elder) if row["name_enc"] == name)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("under_age", "未到规定的年龄"),
        ("categories,poor", "无法判断，缺：人员类别、低保特困"),
        ("age,rural", "无法判断，缺：年龄、所在是村还是社区"),
    ],
)
def test_each_reason_of_the_rule_has_its_words(reason: str, words: str) -> None:
    assert why(Listed(elder_id="E1", name="王示福", village="示例一村", why=reason)) == words


# --- not on a full list ----------------------------------------------------------------------------------------------


def test_who_is_missing_from_a_full_list_stays_a_case_and_is_put_before_the_officer(county: County) -> None:
    assert full(county, WANG, LI, NOBODY).off_list == 0
    counts = full(county, WANG, at=LATER)
    assert (counts.off_list, counts.asked) == (1, 1)  # 赵样康 is no case: nothing to decide
    [row] = lists(county, RegisterList.TO_DECIDE)
    assert (row.name, why(row), row.role) == ("李例寿", "不在新的整份名单中", "township_officer")
    assert row.due_at == LATER + timedelta(days=10)
    [item] = county.rows(WorkItemRow)
    assert (item["id"], item["township_id"]) == (row.item_id, county.register.township_id(BAIDI))
    assert {r["standing"] for r in county.rows(Elder) if r["name_enc"] != "赵样康"} == {"case"}


def test_the_same_full_list_twice_makes_no_second_item_even_after_a_person_decided(county: County) -> None:
    full(county, WANG, LI)
    full(county, WANG, at=LATER)
    again = full(county, WANG, at=LATER + timedelta(days=1))
    assert (again.off_list, again.asked, len(items(county))) == (1, 0, 1)
    done(county)
    again = full(county, WANG, at=LATER + timedelta(days=2))
    assert (again.off_list, again.asked, items(county)) == (1, 0, [("off_list", "note-1")])


def test_another_full_list_asks_nothing_twice_while_open_and_asks_again_once_decided(county: County) -> None:
    full(county, WANG, LI)
    full(county, WANG, at=LATER)
    second = WANG.model_copy(update=dict(remark="耳背"))
    assert full(county, second, at=LATER).asked == 0
    done(county)
    third = WANG.model_copy(update=dict(remark="耳背，听不清电话"))
    assert full(county, third, at=LATER).asked == 1
    assert set(items(county)) == {("off_list", "note-1"), ("off_list", None)}


@pytest.mark.parametrize("whole", [True, False])
def test_who_is_back_on_a_list_full_or_not_has_the_item_ended(county: County, *, whole: bool) -> None:
    full(county, WANG, LI)
    full(county, WANG, at=LATER)
    counts = full(county, WANG, LI, at=LATER) if whole else county.bring(LI, at=LATER)
    assert (counts.ended, items(county)) == (1, [("off_list", "on_list_again")])
    [item] = county.rows(WorkItemRow)
    assert (item["closed_by"], item["closed_at"]) == (BY.id, LATER)


def test_a_list_that_is_not_said_to_be_full_looks_for_nobody(county: County) -> None:
    county.bring(WANG, LI)
    assert (county.bring(WANG, at=LATER).off_list, items(county)) == (0, [])


def test_a_townships_full_list_says_nothing_about_another(county: County) -> None:
    full(county, WANG, FAR)
    other = WANG.model_copy(update=dict(name="周测平", id_number="500236195402039067"))
    counts = full(county, other, at=LATER, township=BAIDI)
    assert (counts.off_list, told(county, RegisterList.TO_DECIDE)) == (1, [("王示福", "不在新的整份名单中")])


def test_of_two_full_lists_of_one_township_each_says_who_is_on_it_and_neither_takes_anybody_out(county: County) -> None:
    """As two villages send one each, both said to be the township's: the officer is asked, no case ends."""
    new = WANG.model_copy(update=dict(line=6, name="周测平", id_number="500236195402039067", village="示例二村"))
    far = FAR.model_copy(update=dict(line=7, name="孙样宁", id_number=UNKNOWN.id_number))
    full(county, WANG, LI, far)
    counts = full(county, LI, new, at=LATER, township=BAIDI)
    assert (counts.created, counts.off_list, counts.ended) == (1, 1, 0)
    assert told(county, RegisterList.TO_DECIDE) == [("王示福", "不在新的整份名单中")]
    back = full(county, WANG, LI.model_copy(update=dict(remark="耳背")), at=LATER, township=BAIDI)
    assert (back.created, back.off_list, back.ended) == (0, 1, 1)
    assert told(county, RegisterList.TO_DECIDE) == [("周测平", "不在新的整份名单中")]
    assert sorted(items(county), key=str) == [("off_list", "on_list_again"), ("off_list", None)]
    assert {row["standing"] for row in county.rows(Elder)} == {"case"}
    assert [row["to_on"] for row in county.rows(ElderCategory)] == [None] * 4


def test_a_closed_case_is_not_looked_for_and_ends_what_was_asked(county: County) -> None:
    full(county, WANG, LI)
    full(county, WANG, at=LATER)
    li = next(row for row in county.rows(Elder) if row["name_enc"] == "李例寿")
    row = dict(
        elder_id=li["id"], county_id="fengjie", township_id=li["township_id"], village_id=li["village_id"],
        status="closed", opened_at=AT, start_on=AT.date(), policy_hash="-",
    )  # fmt: skip
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(CaseRow)).values(row))
    counts = full(county, WANG.model_copy(update=dict(remark="耳背")), at=LATER)
    assert (counts.off_list, counts.ended, items(county)) == (0, 1, [("off_list", "case_closed")])
    lost = LI.model_copy(update=said())
    assert (county.bring(lost, at=LATER).to_decide, len(items(county))) == (0, 1)


def test_a_refused_row_still_stands_on_the_list(county: County, tmp_path: Path) -> None:
    store = RosterStore(tmp_path / "rosters", county.sealer, lambda _: county.register, "fengjie")
    rows = [GOOD, GOOD | {"姓名": "李例寿", "性别": "女", "公民身份号码": "500236195102039028", "联系电话": "12"}]
    rows += [GOOD | {"姓名": "赵样康", "公民身份号码": "500236"}]
    roster = read_roster(as_csv(RosterKind.ELDERS, rows), RosterKind.ELDERS, (GOOD["乡镇/街道"],), AT.date())
    assert (len(roster.rows), roster.refused_numbers, roster.unknown) == (1, {"500236195102039028"}, 1)
    assert roster.numbers == {GOOD["公民身份号码"], "500236195102039028"}
    wanted = OpenRoster(
        sha256=store.keep(as_csv(RosterKind.ELDERS, rows)), kind=RosterKind.ELDERS, on=AT.date(), full=True
    )
    assert store.open_roster(wanted, lambda _: None).unknown == 1
    county.bring(WANG, LI)
    order = CompareRoster(sha256=wanted.sha256, kind=wanted.kind, by=BY, at=LATER, on=AT.date())
    full(county, WANG, at=LATER)
    assert told(county, RegisterList.TO_DECIDE) == [("李例寿", "不在新的整份名单中")]
    counts = store.compare_roster(order, lambda _: None)
    assert (counts.off_list, counts.ended, items(county)) == (0, 1, [("off_list", "on_list_again")])


def test_a_list_that_cannot_be_full_is_refused_before_anything_is_written(county: County, tmp_path: Path) -> None:
    store = RosterStore(tmp_path / "rosters", county.sealer, lambda _: county.register, "fengjie")
    county.bring(WANG, FAR)
    content = as_csv(RosterKind.ELDERS, [GOOD | {"乡镇/街道": BAIDI}])
    wanted = OpenRoster(sha256=store.keep(content), kind=RosterKind.ELDERS, on=AT.date(), full=True)

    def refused(**how: Any) -> str:
        return store.open_roster(wanted.model_copy(update=how), lambda _: None).unreadable or ""

    assert "没有夔门街道的老人" in refused()
    assert "没有夔门街道的老人" in refused(township=KUIMEN)
    assert refused(township=BAIDI) == refused(full=False) == ""


# --- a category lost, facts that fall in no group ---------------------------------------------------------------------


def test_a_lost_category_is_asked_about_ended_by_nobody_and_ended_when_stated_again(county: County) -> None:
    both = WANG.model_copy(update=said(Category.LIVING_ALONE, Category.DISABLED_CARE))
    county.bring(both)
    one = WANG.model_copy(update=said(Category.DISABLED_CARE))
    counts = county.bring(one, at=LATER)
    assert (counts.to_decide, counts.asked) == (1, 1)
    assert told(county, RegisterList.TO_DECIDE) == [("王示福", "名单不再列有：独居；仍属探访对象")]
    assert county.bring(one, at=LATER).asked == 0
    none = WANG.model_copy(update=said())
    assert (county.bring(none, at=LATER).ended, len(lists(county, RegisterList.TO_DECIDE))) == (1, 1)
    [row] = lists(county, RegisterList.TO_DECIDE)
    assert why(row) == "名单不再列有：独居、失能；按名单不属于规定的任何一类探访对象"
    assert [r["to_on"] for r in county.rows(ElderCategory)] == [None, None]
    assert (county.bring(both, at=LATER).ended, lists(county, RegisterList.TO_DECIDE)) == (1, [])
    assert [r["standing"] for r in county.rows(Elder)] == ["case"]


def test_a_blank_cell_neither_asks_nor_takes_back_what_was_asked(county: County) -> None:
    county.bring(WANG)
    blank = WANG.model_copy(update=dict(categories=(), categories_stated=False))
    assert county.bring(blank, at=LATER).to_decide == 0
    county.bring(WANG.model_copy(update=said()), at=LATER)
    counts = county.bring(blank, at=LATER + timedelta(days=1))
    assert (counts.to_decide, counts.ended, items(county)) == (1, 0, [("out_of_group", None)])


def test_a_category_read_from_another_cell_is_lost_when_that_cell_says_otherwise(county: County) -> None:
    from_cell = dict(
        living=Living.ALONE,
        categories=(Sourced(category=Category.LIVING_ALONE, source="居住情况"),),
        categories_stated=False,
    )
    county.bring(WANG.model_copy(update=from_cell))
    moved = WANG.model_copy(update=dict(living=Living.CHILDREN, categories=(), categories_stated=False))
    county.bring(moved, at=LATER)
    assert told(county, RegisterList.TO_DECIDE) == [("王示福", "名单不再列有：独居；按名单无法判断，缺：人员类别")]


def test_a_category_no_group_counts_or_no_list_gave_is_no_loss(county: County) -> None:
    county.bring(WANG.model_copy(update=said(Category.LIVING_ALONE, Category.VERY_OLD)))
    [elder] = county.rows(Elder)
    tag = dict(elder_id=elder["id"], category=Category.DISABLED_CARE.value, from_on=AT.date(), source="工作人员")
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(ElderCategory)).values(tag))
    assert county.bring(WANG, at=LATER).to_decide == 0


def test_a_category_that_a_person_ended_is_asked_about_no_more(county: County) -> None:
    county.bring(WANG.model_copy(update=said(Category.LIVING_ALONE, Category.DISABLED_CARE)))
    one = WANG.model_copy(update=said(Category.DISABLED_CARE))
    county.bring(one, at=LATER)
    [elder] = county.rows(Elder)
    people = SqlPeople(county.engine, county.sealer)
    before = AT.date() - timedelta(days=1)
    assert not people.end_category(elder["id"], "独居", before, BY, LATER)
    assert people.end_category(elder["id"], "独居", LATER.date(), BY, LATER)
    assert not people.end_category(elder["id"], "独居", LATER.date(), BY, LATER)
    assert {r["category"]: r["to_on"] for r in county.rows(ElderCategory)} == {"失能": None, "独居": LATER.date()}
    counts = county.bring(one, at=LATER + timedelta(days=1))
    assert (counts.to_decide, items(county)) == (0, [("category_lost", "list_says_otherwise")])
    [change] = [r for r in county.everything()["register_change"] if r["field"] == "category"]
    assert (change["old_enc"], change["by"]) == ("独居", BY.id)


def test_a_blank_welfare_cell_keeps_what_is_known(county: County) -> None:
    def poor_only(facts: ElderFacts) -> tuple[Standing, str]:
        if facts.poor is None:
            return Standing.CANNOT_DECIDE, "poor"
        return (Standing.CASE, "poor_elder") if facts.poor else (Standing.REGISTER_ONLY, "in_no_group")

    county = replace(county, register=SqlRegister(county.engine, county.sealer, poor_only, "fengjie"))
    county.bring(WANG.model_copy(update=dict(welfare=Welfare.MINIMUM_INCOME)))
    assert county.bring(WANG, at=LATER).to_decide == 0
    no_longer = WANG.model_copy(update=dict(welfare=Welfare.NONE))
    assert county.bring(no_longer, at=LATER).to_decide == 1
    assert told(county, RegisterList.TO_DECIDE) == [("王示福", "按名单不属于规定的任何一类探访对象")]


@pytest.mark.parametrize("doubt", [
    Doubt(item="off_list"),
    Doubt(item="category_lost", lost=(Category.LIVING_ALONE, Category.DISABLED_CARE)),
    Doubt(item="out_of_group", reason="categories,poor"),
    Doubt(item="out_of_group", reason="in_no_group", lost=tuple(Category)),
])  # fmt: skip
def test_a_work_item_tells_its_doubt(doubt: Doubt) -> None:
    assert Doubt.of(doubt.item, doubt.about) == doubt
    assert len(doubt.about) <= 120
