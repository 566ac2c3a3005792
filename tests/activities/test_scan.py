"""What a scan reads of the register, in either database: who is there, since when, and what speaks against asking."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from adapters.database import writing
from adapters.sql_people import SqlPeople
from adapters.sql_scan import SqlScan
from decisions.deadlines import civil_day
from decisions.scanning import Scanned, to_ask
from models.assessment import Trigger
from models.policy import Category
from models.roster import ElderRow, Sourced
from models.tables import AssessmentRow, CaseRow, Elder, LevelRow, table_of
from models.values import CaseStatus, CloseReason
from tests.activities.counties import AT, BY, LATER, WANG, County
from tests.activities.test_roster_files import id_number

ON = civil_day(LATER)
LISTED = civil_day(AT)


def elder(n: int, *categories: Category, born: str = "19500203", township: str = "白帝镇") -> ElderRow:
    tags = tuple(Sourced(category=category, source="人员类别") for category in (Category.LIVING_ALONE, *categories))
    changes = dict(
        line=n, name=f"王样{chr(0x4E00 + n)}", id_number=id_number(born, 900 + n), phone=None, categories=tags,
        born_on=date(int(born[:4]), int(born[4:6]), int(born[6:])), township=township,
    )  # fmt: skip
    return WANG.model_copy(update=changes)


def ids(county: County) -> dict[str, str]:
    return {row["name_enc"]: row["id"] for row in county.rows(Elder)}


def scan(county: County, *areas: str, on: date = ON) -> dict[str, Scanned]:
    return {one.elder_id: one for one in SqlScan(county.engine, county.sealer).elders(areas or ("fengjie",), on)}


def put(county: County, model: Any, **values: Any) -> None:
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(model)).values(**values))


def a_round(county: County, elder_id: str, ended_at: datetime | None, outcome: str | None, n: int = 1) -> None:
    put(
        county, AssessmentRow, elder_id=elder_id, round=n, township_id="T", village_id="W", stage="naming",
        trigger="staff", reason="first", requested_at=AT, ended_at=ended_at, outcome=outcome,
    )  # fmt: skip


def a_level(county: County, elder_id: str, valid_to: date | None, *, expired: bool = False) -> None:
    put(
        county, LevelRow, elder_id=elder_id, level="severe", round=1, assessed_on=LISTED, valid_to=valid_to,
        object_by=AT, confirmed_by="S1", confirmed_at=AT, expired=expired,
    )  # fmt: skip


def a_case(county: County, elder_id: str, status: CaseStatus, why: CloseReason | None = None) -> None:
    put(
        county, CaseRow, elder_id=elder_id, county_id="fengjie", township_id="T", village_id="W",
        status=status.value, start_on=LISTED, close_reason=why.value if why else None, policy_hash="h", opened_at=AT,
    )  # fmt: skip


def test_categories_and_birthdays_are_read_and_those_that_ended_are_not(county: County) -> None:
    county.bring(elder(1, Category.DESTITUTE), elder(2, Category.DEMENTIA), elder(3, born="19460315"))
    county.bring(elder(3, Category.MINIMUM_LIVING, born="19460315"), at=LATER - timedelta(days=2))
    one, two, three = (ids(county)[f"王样{chr(0x4E00 + n)}"] for n in (1, 2, 3))
    people = SqlPeople(county.engine, county.sealer)
    assert people.end_category(one, Category.DESTITUTE, ON, BY, LATER)
    found = scan(county)
    assert found[one].since == {} and found[two].since == {Category.DEMENTIA: LISTED}
    assert (found[three].born_on, found[three].since) == (
        date(1946, 3, 15), {Category.MINIMUM_LIVING: ON - timedelta(days=2)},
    )  # fmt: skip
    asked = {one.elder_id: one.trigger for one in to_ask(found.values(), ON, 40)}
    assert asked == {two: Trigger.DISABLED, three: Trigger.POOR}
    assert scan(county, on=LISTED)[one].since == {Category.DESTITUTE: LISTED}


def test_a_level_a_round_and_a_refusal_are_known(county: County) -> None:
    county.bring(*(elder(n, Category.DESTITUTE) for n in range(1, 8)))
    holds, endless, over, open_, refused, confirmed, nothing = (
        ids(county)[f"王样{chr(0x4E00 + n)}"] for n in range(1, 8)
    )  # fmt: skip
    a_level(county, holds, ON)
    a_level(county, endless, None)
    a_level(county, over, ON, expired=True)
    a_round(county, open_, None, None)
    a_round(county, refused, AT, "refused")
    a_round(county, refused, AT + timedelta(days=3), "refused", 2)
    a_round(county, confirmed, AT, "confirmed")
    found = scan(county)
    assert (found[holds].level_to, found[endless].level_to, found[over].level_to) == (ON, date.max, None)
    assert [one for one in found.values() if one.under_way] == [found[open_]]
    assert {one.elder_id: one.refused_on for one in found.values() if one.refused_on} == {
        refused: LISTED + timedelta(days=3)
    }
    assert [one.elder_id for one in to_ask(found.values(), ON, 40)] == sorted([over, confirmed, nothing])


def test_the_dead_and_who_has_gone_are_not_scanned_and_who_was_closed_otherwise_is(county: County) -> None:
    county.bring(*(elder(n, Category.DESTITUTE) for n in range(1, 7)))
    dead, gone, reported, not_eligible, open_, no_case = (ids(county)[f"王样{chr(0x4E00 + n)}"] for n in range(1, 7))
    a_case(county, dead, CaseStatus.CLOSED, CloseReason.DEATH_CONFIRMED)
    a_case(county, gone, CaseStatus.CLOSED, CloseReason.MOVED_OUT)
    a_case(county, reported, CaseStatus.DEATH_REPORTED)
    a_case(county, not_eligible, CaseStatus.CLOSED, CloseReason.NOT_ELIGIBLE)
    a_case(county, open_, CaseStatus.OPEN)
    assert set(scan(county)) == {not_eligible, open_, no_case}


def test_a_scan_ends_at_the_border_of_the_territory(county: County) -> None:
    county.bring(elder(1), elder(2, township="夔门街道"))
    one, _ = (ids(county)[f"王样{chr(0x4E00 + n)}"] for n in (1, 2))
    assert set(scan(county, county.register.township_id("白帝镇"))) == {one}
    assert scan(county, "county-elsewhere") == {}
