"""Leave and villages entered for a day to come: nothing before that day, everything on it, and once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sql_areas import NotMergeable, SqlAreas
from adapters.sql_days import SqlDays, watch
from adapters.sql_directory import SqlDirectory
from adapters.sql_people import NotFound, SqlPeople
from decisions.assignment import Candidate, choose
from decisions.deadlines import civil_day
from models.letters import LETTER, UpdateLetter
from models.messages import OwnerQuestion, PlaceChanged, Reassign, ReassignOwner
from models.roster import StaffRow, VolunteerRow
from models.tables import (
    Area,
    AreaName,
    CaseRow,
    Elder,
    EscalationRow,
    LetterRow,
    Post,
    RegisterChange,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import Actor, Role
from projections.rates import month_visit_rate
from tests.activities.counties import AT, BY, WANG, County
from tests.activities.ledgers import slice_of

DAY = date(2026, 3, 10)
EVE = datetime(2026, 3, 9, 15, 59, tzinfo=UTC)  # a minute before midnight in Shanghai
ON_THE_DAY = EVE + timedelta(minutes=1)
VOLUNTEER = VolunteerRow(
    line=2, name="李例寿", sex="F", phone="+8619200000002", township="白帝镇", village="示例一村", capacity=8
)
FIRST = StaffRow(
    line=2, name="赵测安", role=Role.GRID_WORKER, township="白帝镇", village="示例一村", phone="+8619200000003"
)
SECOND = FIRST.model_copy(update=dict(line=3, name="孙样宁", village="示例二村", phone="+8619200000005"))
ASSISTANT = FIRST.model_copy(update=dict(line=4, name="钱例和", role=Role.VILLAGE_ASSISTANT, phone="+8619200000006"))


def village(county: County, name: str) -> str:
    return next(row["id"] for row in county.rows(Area) if row["name"] == name)


def area(county: County, id_: str) -> dict[str, Any]:
    return next(row for row in county.rows(Area) if row["id"] == id_)


def put(county: County, model: Any, **values: Any) -> None:
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(model)).values(**values))


def visit(county: County, period: str, starts_at: datetime, **more: Any) -> None:
    [elder] = county.rows(Elder)
    values = dict(
        id=f"{elder['id']}.{period}", elder_id=elder["id"], township_id=elder["township_id"],
        village_id=elder["village_id"], period_id=period, kind="scheduled", reason="scheduled", state="open",
        opened_at=starts_at, starts_at=starts_at, due_at=starts_at + timedelta(days=20),
        ends_at=starts_at + timedelta(days=31), recorded_late=False, attempts=0,
    )  # fmt: skip
    put(county, VisitRow, **values | more)


def days(county: County) -> SqlDays:
    return SqlDays(county.engine, county.sealer)


# --- leave -----------------------------------------------------------------------------------------------------------


def with_an_open_visit(county: County) -> str:
    county.bring(WANG)
    county.bring(VOLUNTEER)
    [held] = county.rows(Volunteer)
    visit(county, "2026-03", AT, volunteer_id=held["id"])
    return held["id"]


def given_away(county: County) -> list[Reassign]:
    letters = [LETTER.validate_json(row["body_enc"]) for row in county.rows(LetterRow) if row["kind"] == "update"]
    messages = [letter.message for letter in letters if isinstance(letter, UpdateLetter)]
    return [message for message in messages if isinstance(message, Reassign)]


def test_a_leave_to_come_takes_no_visit_away_before_its_first_day(county: County) -> None:
    volunteer = with_an_open_visit(county)
    people = SqlPeople(county.engine, county.sealer)
    assert people.volunteer_leave(volunteer, DAY, DAY + timedelta(days=5), BY, AT) == []
    assert (days(county).take_effect(EVE), given_away(county)) == (0, [])
    assert days(county).take_effect(ON_THE_DAY) == 1
    [message] = given_away(county)
    assert (message.from_id, message.reason, message.actor) == (volunteer, "on_leave", BY)
    assert days(county).take_effect(ON_THE_DAY + timedelta(days=1)) == 0
    assert len(given_away(county)) == 1


def test_a_leave_that_has_begun_moves_its_visits_at_once_and_one_that_is_over_moves_none(county: County) -> None:
    volunteer = with_an_open_visit(county)
    [elder] = county.rows(Elder)
    people, today = SqlPeople(county.engine, county.sealer), civil_day(AT)
    assert people.volunteer_leave(volunteer, today, DAY, BY, AT) == [elder["id"]]
    over = today - timedelta(days=1)
    assert people.volunteer_leave(volunteer, over - timedelta(days=3), over, BY, AT) == []


def test_a_leave_that_is_over_when_somebody_looks_moves_nothing(county: County) -> None:
    volunteer = with_an_open_visit(county)
    SqlPeople(county.engine, county.sealer).volunteer_leave(volunteer, DAY, DAY, BY, AT)
    assert days(county).take_effect(ON_THE_DAY + timedelta(days=1)) == 0


async def test_the_worker_looks_by_itself_and_wakes_who_carries(county: County) -> None:
    volunteer = with_an_open_visit(county)
    SqlPeople(county.engine, county.sealer).volunteer_leave(volunteer, DAY, DAY, BY, AT)
    stop = asyncio.Event()
    await watch(days(county), lambda: ON_THE_DAY, stop.set, stop)
    assert len(given_away(county)) == 1


# --- leave of staff --------------------------------------------------------------------------------------------------


def with_an_open_escalation(county: County) -> dict[str, str]:
    """One of the village's grid worker. Answers who is who, by role, and the escalation's id."""
    county.bring(WANG)
    county.bring(FIRST, ASSISTANT)
    [elder] = county.rows(Elder)
    who = {row["role"]: row["holder_id"] for row in county.rows(Post) if row["area_id"] == elder["village_id"]}
    escalate(county, "x", who["grid_worker"])
    return who


def escalate(county: County, cause: str, owner: str, **more: Any) -> None:
    [elder] = county.rows(Elder)
    values = dict(
        id=f"escalation/{elder['id']}/{cause}", elder_id=elder["id"], township_id=elder["township_id"],
        village_id=elder["village_id"], cause="missed", urgency="normal", state="opened", asked_at=AT,
        role="grid_worker", owner_id=owner,
    )  # fmt: skip
    put(county, EscalationRow, **values | more)


def handed_on(county: County) -> list[UpdateLetter]:
    letters = [LETTER.validate_json(row["body_enc"]) for row in county.rows(LetterRow) if row["kind"] == "update"]
    return [x for x in letters if isinstance(x, UpdateLetter) and isinstance(x.message, ReassignOwner)]


def to_whom(county: County) -> list[str]:
    return [letter.message.staff_id for letter in handed_on(county) if isinstance(letter.message, ReassignOwner)]


def test_a_leave_of_staff_to_come_hands_on_what_is_open_on_its_first_day_and_once(county: County) -> None:
    who = with_an_open_escalation(county)
    people = SqlPeople(county.engine, county.sealer)
    assert people.staff_leave(who["grid_worker"], DAY, DAY + timedelta(days=5), BY, AT) == 0
    assert (days(county).take_effect(EVE), handed_on(county)) == (0, [])
    assert days(county).take_effect(ON_THE_DAY) == 1
    [letter] = handed_on(county)
    assert letter.workflow_id == next(row["id"] for row in county.rows(EscalationRow))
    assert (to_whom(county), letter.message.actor) == ([who["village_assistant"]], BY)
    assert days(county).take_effect(ON_THE_DAY + timedelta(days=1)) == 0  # the owner is still on leave
    assert len(handed_on(county)) == 1


def test_a_leave_of_staff_that_has_begun_hands_on_at_once_and_one_that_is_over_nothing(county: County) -> None:
    who = with_an_open_escalation(county)
    people, today = SqlPeople(county.engine, county.sealer), civil_day(AT)
    over = today - timedelta(days=1)
    assert people.staff_leave(who["grid_worker"], over - timedelta(days=3), over, BY, AT) == 0
    assert people.staff_leave(who["grid_worker"], today, DAY, BY, AT) == 1
    assert days(county).take_effect(AT) == 0
    assert to_whom(county) == [who["village_assistant"]]


def test_two_leaves_over_one_day_hand_on_once(county: County) -> None:
    who = with_an_open_escalation(county)
    people, today = SqlPeople(county.engine, county.sealer), civil_day(AT)
    assert people.staff_leave(who["grid_worker"], today, DAY, BY, AT) == 1
    assert people.staff_leave(who["grid_worker"], today, today, BY, AT) == 0
    assert len(handed_on(county)) == 1


def test_an_escalation_with_the_longest_id_is_handed_on_too(county: County) -> None:
    who = with_an_open_escalation(county)
    [elder] = county.rows(Elder)
    escalate(county, "c" * (120 - len(f"escalation/{elder['id']}/")), who["grid_worker"])
    people = SqlPeople(county.engine, county.sealer)
    assert people.staff_leave(who["grid_worker"], civil_day(AT), DAY, BY, AT) == 2
    assert len({letter.message.key for letter in handed_on(county)}) == 2


def test_what_is_resolved_or_of_others_stays(county: County) -> None:
    who = with_an_open_escalation(county)
    escalate(county, "done", who["grid_worker"], state="resolved")
    escalate(county, "theirs", who["village_assistant"], role="village_assistant")
    people = SqlPeople(county.engine, county.sealer)
    assert people.staff_leave(who["grid_worker"], civil_day(AT), DAY, BY, AT) == 1
    assert [letter.workflow_id.rpartition("/")[2] for letter in handed_on(county)] == ["x"]


def test_the_deputy_of_the_post_comes_before_the_next_post(county: County) -> None:
    who = with_an_open_escalation(county)
    county.bring(SECOND)
    deputy = next(row["holder_id"] for row in county.rows(Post) if row["holder_id"] not in (None, *who.values()))
    people = SqlPeople(county.engine, county.sealer)
    [post] = [row["id"] for row in county.rows(Post) if row["holder_id"] == who["grid_worker"]]
    people.deputy(post, deputy, BY, AT)
    people.staff_leave(who["grid_worker"], civil_day(AT), DAY, BY, AT)
    assert to_whom(county) == [deputy]


def test_whoever_is_away_too_is_passed_over_and_a_leave_without_anybody_waits_for_somebody(county: County) -> None:
    who = with_an_open_escalation(county)
    people, today = SqlPeople(county.engine, county.sealer), civil_day(AT)
    people.staff_leave(who["village_assistant"], today, DAY, BY, AT)
    assert people.staff_leave(who["grid_worker"], today, DAY, BY, AT) == 0
    county.bring(SECOND.model_copy(update=dict(role=Role.TOWNSHIP_OFFICER, village=None)))
    [officer] = [row["holder_id"] for row in county.rows(Post) if row["role"] == "township_officer"]
    assert days(county).take_effect(AT) == 1
    assert to_whom(county) == [officer]


# --- villages renamed ------------------------------------------------------------------------------------------------


def test_a_new_name_counts_from_its_day_and_the_old_one_is_kept(county: County) -> None:
    county.bring(WANG)
    one = village(county, "示例一村")
    SqlAreas(county.engine, county.sealer).rename(one, "示例福村", DAY, BY, AT)
    assert days(county).take_effect(EVE) == 0
    assert area(county, one)["name"] == "示例一村"
    assert days(county).take_effect(ON_THE_DAY) == 1
    assert (area(county, one)["name"], area(county, one)["from_on"]) == ("示例福村", DAY)
    assert [row["name"] for row in county.rows(AreaName)] == ["示例一村"]
    assert days(county).take_effect(ON_THE_DAY) == 0
    assert county.bring(WANG, at=ON_THE_DAY).unchanged == 1


def test_a_name_from_a_day_before_we_knew_the_village_does_not_swing_back(county: County) -> None:
    county.bring(WANG)
    one = village(county, "示例一村")
    areas = SqlAreas(county.engine, county.sealer)
    areas.rename(one, "示例福村", date(2026, 2, 1), BY, AT)
    assert (area(county, one)["name"], days(county).take_effect(AT)) == ("示例福村", 0)
    assert [row["name"] for row in county.rows(AreaName)] == ["示例一村"]
    with pytest.raises(NotFound):
        areas.rename(one, "示例寿村", date(2026, 1, 1), BY, AT)


def test_a_name_may_be_mended_again_and_again_on_the_day_it_begins(county: County) -> None:
    county.bring(WANG)
    one, today = village(county, "示例一村"), AT.date()
    areas = SqlAreas(county.engine, county.sealer)
    for name in ("示例福材", "示例福树", "示例福村"):
        areas.rename(one, name, today, BY, AT)
    assert (area(county, one)["name"], area(county, one)["from_on"]) == ("示例福村", today)
    assert [row["name"] for row in county.rows(AreaName)] == ["示例一村"]


def test_a_month_is_told_under_the_name_its_township_had(county: County) -> None:
    county.bring(WANG)
    [elder] = county.rows(Elder)
    put(
        county, CaseRow, elder_id=elder["id"], county_id=elder["county_id"], township_id=elder["township_id"],
        village_id=elder["village_id"], status="open", opened_at=AT, start_on=AT.date(), policy_hash="0" * 64,
    )  # fmt: skip
    SqlAreas(county.engine, county.sealer).rename(elder["township_id"], "示例镇", date(2026, 4, 1), BY, AT)
    later = datetime(2026, 5, 2, tzinfo=UTC)
    days(county).take_effect(later)
    with reading(county.engine) as connection:
        told = [
            month_visit_rate(connection, connection, "fengjie", date(2026, month, 1), later).townships[0].name
            for month in (3, 4)
        ]
    assert told == ["白帝镇", "示例镇"]


# --- villages merged -------------------------------------------------------------------------------------------------


def two_villages(county: County) -> tuple[str, str]:
    county.bring(WANG)
    county.bring(VOLUNTEER)
    county.bring(FIRST, SECOND, ASSISTANT)
    return village(county, "示例一村"), village(county, "示例二村")


def test_a_merger_moves_nobody_before_its_day_and_everybody_on_it(county: County) -> None:
    old, new = two_villages(county)
    assert SqlAreas(county.engine, county.sealer).merge(old, new, DAY, BY, AT) == 1
    assert days(county).take_effect(EVE) == 0
    assert county.bring(WANG, at=EVE).unchanged == 1
    assert [row["village_id"] for row in (*county.rows(Elder), *county.rows(Volunteer))] == [old, old]
    assert days(county).take_effect(ON_THE_DAY) == 1
    assert [row["village_id"] for row in (*county.rows(Elder), *county.rows(Volunteer))] == [new, new]
    assert days(county).take_effect(ON_THE_DAY) == 0
    county.bring(WANG, at=ON_THE_DAY)  # a list may go on using the old name
    assert [row["village_id"] for row in county.rows(Elder)] == [new]


def test_a_merger_leaves_no_rung_of_either_village_without_an_owner(county: County) -> None:
    old, new = two_villages(county)
    names = {row["id"]: (row["holder_id"], row["role"]) for row in county.rows(Post) if row["area_id"] == old}
    SqlAreas(county.engine, county.sealer).merge(old, new, civil_day(AT), BY, AT)
    directory = SqlDirectory(county.engine, slice_of, choose, Candidate, civil_day)
    township = county.register.township_id("白帝镇")

    def owner(where: str, role: Role) -> str | None:
        question = OwnerQuestion(township_id=township, village_id=where, roles=(role,), rung=0, at=AT)
        found = directory.owner(question)
        return county.register.person_name(found.staff_id) if found else None

    assert owner(old, Role.GRID_WORKER) == "赵测安"  # what was open there keeps its owner
    assert owner(new, Role.GRID_WORKER) == "孙样宁"  # who held the post in the new village comes first
    assert owner(old, Role.VILLAGE_ASSISTANT) == owner(new, Role.VILLAGE_ASSISTANT) == "钱例和"
    holders = {row["holder_id"] for row in county.rows(Post) if row["area_id"] == new}
    assert holders >= {holder for holder, _ in names.values()}  # all may act on the elders who came with them
    told = [row["by"] for row in county.rows(RegisterChange) if row["field"] == "holder_id"]
    assert told == [BY.id, BY.id]


def test_a_vacant_post_of_the_new_village_is_filled_from_the_old_one(county: County) -> None:
    old, new = two_villages(county)
    with writing(county.engine) as connection:
        posts = table_of(Post)
        connection.execute(update(posts).where(posts.c.area_id == new).values(holder_id=None))
    SqlAreas(county.engine, county.sealer).merge(old, new, civil_day(AT), BY, AT)
    grid = [row for row in county.rows(Post) if (row["area_id"], row["role"]) == (new, "grid_worker")]
    assert [county.register.person_name(row["holder_id"]) for row in grid] == ["赵测安"]


def test_open_cases_of_a_village_are_told_on_the_day_it_merges(county: County) -> None:
    old, new = two_villages(county)
    elders = [row for row in county.rows(Elder) if row["village_id"] == old]
    for elder in elders:
        put(
            county, CaseRow, elder_id=elder["id"], county_id="fengjie", township_id=elder["township_id"],
            village_id=old, status="open", opened_at=AT, start_on=AT.date(), policy_hash="-",
        )  # fmt: skip
    SqlAreas(county.engine, county.sealer).merge(old, new, DAY, BY, AT)
    assert (days(county).take_effect(EVE), told_to_move(county)) == (0, [])
    days(county).take_effect(ON_THE_DAY)
    assert told_to_move(county) == [(f"case/{elder['id']}", BY) for elder in elders] != []


def told_to_move(county: County) -> list[tuple[str, Actor]]:
    letters = [LETTER.validate_json(row["body_enc"]) for row in county.rows(LetterRow) if row["kind"] == "update"]
    moved = [of for of in letters if isinstance(of, UpdateLetter) and isinstance(of.message, PlaceChanged)]
    return sorted(((of.workflow_id, of.message.actor) for of in moved), key=lambda told: told[0])


def test_only_two_villages_that_stand_can_be_merged(county: County) -> None:
    old, new = two_villages(county)
    areas = SqlAreas(county.engine, county.sealer)
    township, other = county.register.township_id("白帝镇"), county.register.township_id("夔门街道")
    for pair in ((old, old), (old, township), (township, other)):
        with pytest.raises(NotMergeable):
            areas.merge(*pair, DAY, BY, AT)
    areas.merge(old, new, DAY, BY, AT)
    with pytest.raises(NotMergeable):
        areas.merge(new, old, DAY, BY, AT)


def test_a_past_month_counts_an_elder_where_they_were_then(county: County) -> None:
    """March was visited in 白帝镇; in April the village went to 夔门街道, and the case with it."""
    old, _ = two_villages(county)
    county.bring(SECOND.model_copy(update=dict(township="夔门街道", village="示例三社区")))
    new, there = village(county, "示例三社区"), county.register.township_id("夔门街道")
    [elder] = county.rows(Elder)
    put(
        county, CaseRow, elder_id=elder["id"], county_id=elder["county_id"], township_id=elder["township_id"],
        village_id=old, status="open", opened_at=AT, start_on=AT.date(), policy_hash="0" * 64,
    )  # fmt: skip
    reported = datetime(2026, 3, 12, 2, tzinfo=UTC)
    visit(county, "2026-03", AT, state="done", visited_on=date(2026, 3, 12), reported_at=reported)
    SqlAreas(county.engine, county.sealer).merge(old, new, date(2026, 4, 1), BY, reported)
    april = datetime(2026, 4, 5, 1, tzinfo=UTC)
    days(county).take_effect(april)
    visit(county, "2026-04", datetime(2026, 3, 31, 16, tzinfo=UTC))
    with writing(county.engine) as connection:
        moved = update(table_of(CaseRow)).values(township_id=there, village_id=new)
        connection.execute(moved)
    with reading(county.engine) as connection:
        rates = [
            month_visit_rate(connection, connection, "fengjie", date(2026, month, 1), april).townships
            for month in (3, 4)
        ]
        assert connection.execute(select(table_of(Elder).c.township_id)).scalar() == there
    assert [[(r.name, r.listed, r.seen) for r in month] for month in rates] == [
        [("白帝镇", 1, 1)],
        [("夔门街道", 1, 0)],
    ]
