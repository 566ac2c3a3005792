"""An elder is on a list once more: as a case now, with a case that was closed, or in another village."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from adapters.database import writing
from models.letters import LETTER, StartCase, UpdateLetter
from models.messages import PlaceChanged
from models.policy import Category
from models.roster import RegisterList
from models.tables import CaseRow, Elder, LetterRow, table_of
from tests.activities.counties import ALONE, AT, BY, LATER, LI, NOBODY, WANG, County
from tests.activities.test_lists import BAIDI, KUIMEN, UNKNOWN, done, full, items, lists, said, told

AGAIN = LATER + timedelta(days=30)


def case_of(county: County, name: str, **values: Any) -> None:
    """The elder's case has begun; it is open unless said otherwise."""
    elder = next(row for row in county.rows(Elder) if row["name_enc"] == name)
    row = dict(
        elder_id=elder["id"], county_id="fengjie", township_id=elder["township_id"], village_id=elder["village_id"],
        status="open", opened_at=AT, start_on=AT.date(), policy_hash="-",
    )  # fmt: skip
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(CaseRow)).values(row | values))


def closed(county: County, name: str, reason: str = "moved_out") -> None:
    case_of(county, name, status="closed", closed_at=AT, close_reason=reason)


def letters(county: County, kind: type[Any]) -> list[Any]:
    opened = [LETTER.validate_json(row["body_enc"]) for row in county.rows(LetterRow)]
    return [letter for letter in opened if isinstance(letter, kind)]


# --- a case that was closed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("moved_out", "个案已结案（迁出），又在名单上"),
        ("not_eligible", "个案已结案（不再符合条件），又在名单上"),
        ("death_confirmed", "个案已结案（已去世），又在名单上"),
    ],
)
def test_whose_case_was_closed_is_no_case_by_a_list_and_is_put_before_the_officer(
    county: County, reason: str, words: str
) -> None:
    county.bring(WANG, LI)
    closed(county, "王示福", reason)
    counts = county.bring(WANG.model_copy(update=dict(line=9)), LI, at=LATER)
    assert (counts.cases, counts.letters, counts.closed_on_list, counts.asked, counts.to_decide) == (1, 0, 1, 1, 0)
    assert told(county, RegisterList.TO_DECIDE) == [("王示福", words)]
    [row] = lists(county, RegisterList.TO_DECIDE)
    assert (row.role, row.due_at) == ("township_officer", LATER + timedelta(days=10))
    assert len(letters(county, StartCase)) == 2


def test_it_is_asked_once_while_it_is_open_and_again_by_the_next_file(county: County) -> None:
    county.bring(WANG, LI)
    closed(county, "王示福")
    full(county, WANG, LI, at=LATER)
    assert full(county, WANG, LI, at=LATER).asked == 0
    other = WANG.model_copy(update=dict(remark="耳背"))
    assert (full(county, other, LI, at=AGAIN).asked, items(county)) == (0, [("closed_on_list", None)])
    done(county)
    assert full(county, WANG.model_copy(update=dict(remark="视力差")), LI, at=AGAIN).asked == 1


def test_who_is_on_the_full_list_no_more_is_asked_about_no_more(county: County) -> None:
    county.bring(WANG, LI)
    closed(county, "王示福")
    full(county, WANG, LI, at=LATER)
    elsewhere = LI.model_copy(update=dict(township=KUIMEN, village="示例一社区"))
    assert full(county, elsewhere, at=AGAIN, township=KUIMEN).ended == 0
    assert full(county, LI, at=AGAIN, township=BAIDI).ended == 1
    assert items(county) == [("closed_on_list", "list_says_otherwise")]


def test_whose_list_says_they_are_in_no_group_is_not_asked_about(county: County) -> None:
    county.bring(WANG)
    closed(county, "王示福", "not_eligible")
    counts = county.bring(WANG.model_copy(update=said()), at=LATER)
    assert (counts.closed_on_list, items(county)) == (0, [])
    blank = WANG.model_copy(update=dict(categories=(), categories_stated=False))
    assert county.bring(blank, at=LATER).closed_on_list == 1  # says nothing, so what was known still makes them one


def test_whose_case_was_closed_after_a_list_spoke_against_it_is_asked_about_once(county: County) -> None:
    county.bring(WANG.model_copy(update=said(Category.LIVING_ALONE, Category.DISABLED_CARE)))
    county.bring(WANG, at=LATER)
    closed(county, "王示福")
    county.bring(WANG.model_copy(update=dict(remark="耳背")), at=AGAIN)
    assert sorted(items(county)) == [("category_lost", "list_says_otherwise"), ("closed_on_list", None)]


def test_once_it_is_opened_again_the_next_list_asks_no_more(county: County) -> None:
    county.bring(WANG)
    closed(county, "王示福")
    county.bring(WANG, at=LATER)
    with writing(county.engine) as connection:
        connection.execute(update(table_of(CaseRow)).values(status="open", closed_at=None, close_reason=None))
    counts = county.bring(WANG.model_copy(update=dict(remark="耳背")), at=AGAIN)
    assert (counts.cases, counts.ended, lists(county, RegisterList.TO_DECIDE)) == (1, 1, [])


# --- no case until now -----------------------------------------------------------------------------------------------


def test_who_was_in_no_group_or_could_not_be_decided_is_a_case_by_a_later_list(county: County) -> None:
    county.bring(NOBODY, UNKNOWN)
    assert letters(county, StartCase) == []
    known = dict(categories=ALONE, categories_stated=True)
    counts = county.bring(NOBODY.model_copy(update=known), UNKNOWN.model_copy(update=known), at=LATER)
    assert (counts.cases, counts.letters, counts.closed_on_list) == (2, 2, 0)
    assert {row["start_on"] for row in county.rows(Elder)} == {LATER.date()}
    assert {letter.elder_id for letter in letters(county, StartCase)} == {row["id"] for row in county.rows(Elder)}
    assert (told(county, RegisterList.NO_CASE), told(county, RegisterList.CANNOT_DECIDE)) == ([], [])
    assert county.bring(NOBODY.model_copy(update=known), at=AGAIN).letters == 0


def test_no_case_begins_before_its_list_came(county: County) -> None:
    county.bring(WANG, start_on=AT.date() - timedelta(days=20))
    [elder] = county.rows(Elder)
    assert elder["start_on"] == AT.date()


def test_a_day_to_come_stays(county: County) -> None:
    county.bring(WANG, start_on=date(2026, 4, 1))
    [elder] = county.rows(Elder)
    assert elder["start_on"] == date(2026, 4, 1)


# --- another village -------------------------------------------------------------------------------------------------


def test_an_open_case_is_told_once_that_the_list_has_the_elder_elsewhere(county: County) -> None:
    county.bring(WANG, LI)
    case_of(county, "王示福")
    moved = WANG.model_copy(update=dict(township=KUIMEN, village="示例一社区"))
    county.bring(moved, LI, at=LATER)
    county.bring(moved.model_copy(update=dict(remark="耳背")), LI, at=AGAIN)
    [letter] = letters(county, UpdateLetter)
    wang = next(row["id"] for row in county.rows(Elder) if row["name_enc"] == "王示福")
    assert (letter.workflow_id, letter.message.actor) == (f"case/{wang}", BY)
    assert isinstance(letter.message, PlaceChanged)


def test_a_case_that_has_not_begun_or_is_closed_is_not_told(county: County) -> None:
    county.bring(WANG, LI)
    closed(county, "李例寿")
    there = dict(township=KUIMEN, village="示例一社区")
    county.bring(WANG.model_copy(update=there), LI.model_copy(update=there), at=LATER)
    assert letters(county, UpdateLetter) == []
