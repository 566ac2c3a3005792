"""Whom a case is given as its visitor, out of the register: pairs of that day, whom staff name, nobody who died."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sql_days import SqlDays
from adapters.sql_directory import SqlDirectory
from adapters.sql_people import SqlPeople
from adapters.sql_post import SqlPost
from adapters.sql_visitors import SqlVisitors
from decisions.assignment import Candidate, choose
from decisions.deadlines import civil_day
from models.errors import Unfit
from models.letters import LETTER, UpdateLetter
from models.messages import Assignment, BriefingQuestion, PeriodBriefing, Reassign, Wanted
from models.roster import VolunteerRow
from models.tables import CaseRow, Elder, LetterRow, PolicyVersion, Reservation, VisitRow, Volunteer, table_of
from models.values import ENGINE
from policies import pack
from tests.activities.counties import AT, BY, LI, WANG, County

DAY = timedelta(days=1)
HIMSELF = VolunteerRow(
    line=2, name="王示福", sex="M", phone="+8619200000001", township="白帝镇", village="示例一村", capacity=5
)
NEAR = HIMSELF.model_copy(update=dict(line=3, name="周示甲", phone="+8619200000077"))
FAR = HIMSELF.model_copy(
    update=dict(line=4, name="吴示乙", phone="+8619200000078", township="夔门街道", village="东社区")
)


@pytest.fixture
def county(county: County) -> County:
    """王示福, who is a volunteer too, as his phone says, and 李例寿, of one village. 周示甲 is near, 吴示乙 is not."""
    county.bring(WANG, LI)
    county.bring(HIMSELF, NEAR, FAR)
    with writing(county.engine) as connection:
        active = dict(county="fengjie", version="1", content="-", active_from=date(2026, 1, 1), activated_by="x", at=AT)
        connection.execute(insert(table_of(PolicyVersion)).values(hash="1" * 64, **active))
    return county


def id_of(county: County, name: str, model: type[Any] = Volunteer) -> str:
    return next(str(row["id"]) for row in county.rows(model) if row["name_enc"] == name)


def brief(county: County, at: datetime = AT, elder: str = "李例寿", **wanted: Any) -> PeriodBriefing:
    rules = pack.slice_of(pack.load("fengjie"), "general", date(2026, 1, 1))
    directory = SqlDirectory(county.engine, lambda *_: rules, choose, Candidate, civil_day)
    which = Wanted.model_validate({"visit_id": f"x.{at:%m%d}"} | wanted)
    return directory.brief(
        BriefingQuestion(elder_id=id_of(county, elder, Elder), at=at, known_policy=None, wanted=which)
    )


def chosen(county: County, at: datetime = AT, **wanted: Any) -> Assignment:
    assignment = brief(county, at, **wanted).assignment
    assert assignment is not None
    return assignment


# --- pairs -----------------------------------------------------------------------------------------------------------


def test_a_pair_from_a_day_to_come_visits_from_that_day(county: County) -> None:
    far, li = id_of(county, "吴示乙"), id_of(county, "李例寿", Elder)
    begins = civil_day(AT) + 3 * DAY
    SqlPeople(county.engine, county.sealer).pair(far, li, begins, BY, AT, end=False)
    before, on_the_day = brief(county, AT + 2 * DAY), brief(county, AT + 3 * DAY)
    assert before.assignment is not None and before.assignment.reason == "same_village"
    assert before.spread_key != far == on_the_day.spread_key
    assert on_the_day.assignment is not None and on_the_day.assignment.volunteer_id == far


# --- whom staff name -------------------------------------------------------------------------------------------------


def test_whom_staff_name_visits_wherever_they_live(county: County) -> None:
    far = id_of(county, "吴示乙")
    assert chosen(county, prefer=far).volunteer_id == far


def test_who_has_no_room_left_is_not_given_it_nor_is_anybody_else(county: County) -> None:
    first, far = chosen(county), id_of(county, "吴示乙")
    with writing(county.engine) as connection:
        volunteers = table_of(Volunteer)
        connection.execute(update(volunteers).where(volunteers.c.id == far).values(capacity=0))
    again = chosen(county, prefer=far, not_these=(first.volunteer_id,))
    assert (again.volunteer_id, again.reason) == (None, "not_free")
    [held] = county.rows(Reservation)
    assert held["volunteer_id"] == first.volunteer_id  # it stays with whoever had it
    assert SqlVisitors(county.engine, county.sealer).as_volunteer(far, civil_day(AT)) is Unfit.FULL


# --- who died --------------------------------------------------------------------------------------------------------


def his_case(county: County, status: str, reason: str | None = None) -> None:
    elder = next(row for row in county.rows(Elder) if row["name_enc"] == "王示福")
    row = dict(
        elder_id=elder["id"], county_id="fengjie", township_id=elder["township_id"], village_id=elder["village_id"],
        status=status, opened_at=AT, start_on=AT.date(), policy_hash="-", close_reason=reason,
    )  # fmt: skip
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(CaseRow)).values(row))


def textable(county: County, volunteer: str) -> bool:
    post = SqlPost(county.engine, county.sealer, _never, lambda at: at, civil_day, _never, "fengjie")
    recipient = post.recipient(volunteer, AT)
    assert recipient is not None
    return recipient.textable


def _never(*_: Any) -> Any:
    raise AssertionError("nothing is sent here")


@pytest.mark.parametrize(
    ("status", "reason", "lives"),
    [
        ("open", None, True), ("suspended", None, True), ("closed", "moved_out", True),
        ("death_reported", None, False), ("closed", "death_confirmed", False),
    ],
)  # fmt: skip
def test_who_died_or_is_said_to_have_is_neither_sent_nor_texted(
    county: County, status: str, reason: str | None, lives: bool
) -> None:
    himself = id_of(county, "王示福")
    SqlPeople(county.engine, county.sealer).pair(
        himself, id_of(county, "李例寿", Elder), civil_day(AT), BY, AT, end=False
    )
    his_case(county, status, reason)
    assert (chosen(county).volunteer_id == himself) is lives
    assert textable(county, himself) is lives
    unfit = SqlVisitors(county.engine, county.sealer).as_volunteer(himself, civil_day(AT))
    assert unfit is (None if lives else Unfit.DEAD)


def open_visit(county: County, volunteer: str) -> None:
    elder = next(row for row in county.rows(Elder) if row["name_enc"] == "李例寿")
    values = dict(
        id=f"{elder['id']}.2026-03", elder_id=elder["id"], township_id=elder["township_id"],
        village_id=elder["village_id"], period_id="2026-03", kind="scheduled", reason="scheduled", state="open",
        volunteer_id=volunteer, opened_at=AT, starts_at=AT, due_at=AT + 20 * DAY, ends_at=AT + 31 * DAY,
        recorded_late=False, attempts=0,
    )  # fmt: skip
    with writing(county.engine) as connection:
        connection.execute(insert(table_of(VisitRow)).values(values))


def given_away(county: County) -> list[Reassign]:
    letters = table_of(LetterRow)
    with reading(county.engine) as connection:
        bodies = connection.execute(select(letters.c.body_enc).where(letters.c.kind == "update")).scalars().all()
    opened = [LETTER.validate_json(county.sealer.open(body)) for body in bodies]
    messages = [letter.message for letter in opened if isinstance(letter, UpdateLetter)]
    return [message for message in messages if isinstance(message, Reassign)]


def test_what_the_dead_hold_is_given_to_others_and_asked_again_the_next_day_while_it_is_theirs(county: County) -> None:
    himself, days = id_of(county, "王示福"), SqlDays(county.engine, county.sealer)
    open_visit(county, himself)
    assert days.take_effect(AT) == 0
    his_case(county, "death_reported")
    assert (days.take_effect(AT), days.take_effect(AT)) == (1, 0)
    [message] = given_away(county)
    assert (message.from_id, message.actor, message.reason) == (himself, ENGINE, "unreachable")
    assert (days.take_effect(AT + DAY), len(given_away(county))) == (1, 2)
    with writing(county.engine) as connection:
        connection.execute(update(table_of(VisitRow)).values(volunteer_id=id_of(county, "周示甲")))
    assert days.take_effect(AT + 2 * DAY) == 0
