"""Two counties in one store, on one engine, with one worker: a month of both, and nothing of one reaches the other.

奉节: four rungs, every 独居 elder is a case. 青神: three rungs, only the poor ones are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.database import reading
from decisions.deadlines import civil_day
from models import tables as t
from models.ids import county_stream
from models.policy import Category
from models.roster import (
    AnyRow,
    ChunkCounts,
    ElderRow,
    PairedElder,
    RosterKind,
    Sourced,
    StaffRow,
    VolunteerRow,
    Welfare,
)
from models.values import Actor, ActorKind, Role
from tests.activities.test_roster_files import id_number
from tests.stories.diary import broken_promises, writes
from tests.stories.test_months import month_after
from tests.stories.test_steps import Counter
from tests.stories.world import COUNTY, PHONES, VOLUNTEER_PHONE, World, at_rest, working

QINGSHEN = "county-qingshen"
BY = Actor(id="S-import", kind=ActorKind.STAFF, role=Role.ADMIN)
ALONE = (Sourced(category=Category.LIVING_ALONE, source="人员类别"),)
WRITES = "+8619300000001"
STAFF = {
    Role.GRID_WORKER: "+8619300000010", Role.TOWNSHIP_OFFICER: "+8619300000012", Role.COUNTY_OFFICER: "+8619300000013",
}  # fmt: skip
MINE = {VOLUNTEER_PHONE, *PHONES.values()}
THEIRS = {WRITES, *STAFF.values()}
# The township has the name of one in 奉节, and so has a poor elder there: names tell nobody apart.
PLACE: dict[str, Any] = dict(township="白帝镇", village="示例东村")
POOR, SILENT, WELL_OFF, UNKNOWN = (
    ElderRow(
        line=n, name=name, sex="F", id_number=id_number(f"1945010{n}", 902), born_on=date(1945, 1, n),
        categories=ALONE, categories_stated=True, welfare=welfare, **PLACE,
    )
    for n, name, welfare in (
        (2, "王示一", Welfare.MINIMUM_INCOME), (3, "李例寿", Welfare.DESTITUTE), (4, "赵样康", Welfare.NONE),
        (5, "孙样宁", None),
    )
)  # fmt: skip
VISITOR = VolunteerRow(
    line=2, name="周示甲", sex="F", phone=WRITES, capacity=10, **PLACE,
    paired=tuple(PairedElder(name=row.name, last_four=row.id_number[-4:]) for row in (POOR, SILENT)),
)  # fmt: skip
OFFICERS = (
    StaffRow(line=2, name="吴示甲", role=Role.GRID_WORKER, phone=STAFF[Role.GRID_WORKER], **PLACE),
    StaffRow(line=3, name="吴示乙", role=Role.TOWNSHIP_OFFICER, phone=STAFF[Role.TOWNSHIP_OFFICER], township="白帝镇"),
    StaffRow(line=4, name="吴示丙", role=Role.COUNTY_OFFICER, phone=STAFF[Role.COUNTY_OFFICER]),
)


def bring(world: World, kind: RosterKind, *rows: AnyRow) -> ChunkCounts:
    """A list of 青神's, through its register."""
    named = sha256("".join(row.model_dump_json() for row in rows).encode()).hexdigest()
    return world.house.register_of("qingshen").import_rows(kind, rows, BY, world.clock, sha256=named)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
    async with at_rest(tmp_path, elders=2, tags=("独居",)) as made:
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        # Activated after 奉节's and in force from the same day: the newest pack of the store is not everybody's.
        made.house.activate_policy("qingshen", date(2020, 1, 1), "test")
        made.house.register_of("qingshen").found_county("青神县", ["白帝镇", "青竹街道"], date(2020, 1, 1), "眉山市")
        made.house.counties.begin(made.clock)
        async with working(made):
            yield made


def rows(world: World, model: type[Any]) -> list[Any]:
    with reading(world.house.engine) as connection:
        return list(connection.execute(select(t.table_of(model))))


def counties_of(world: World) -> dict[str, str]:
    """Whose county everybody is of: elders, volunteers and staff by id."""
    return {row.id: row.county_id for model in (t.Elder, t.Volunteer, t.Staff) for row in rows(world, model)}


def id_of(world: World, row: ElderRow) -> str:
    open_ = world.house.sealer.open
    return next(
        held.id for held in rows(world, t.Elder) if held.county_id == QINGSHEN and open_(held.name_enc) == row.name
    )


def holder(world: World, role: Role, county: str) -> str:
    whose = counties_of(world)
    return next(post.holder_id for post in rows(world, t.Post) if post.role == role and whose[post.holder_id] == county)


async def test_a_month_of_two_counties_side_by_side(world: World) -> None:
    counts = bring(world, RosterKind.ELDERS, POOR, SILENT, WELL_OFF, UNKNOWN)
    assert (counts.cases, counts.register_only, counts.cannot_decide) == (2, 1, 1)
    bring(world, RosterKind.STAFF, *OFFICERS)
    assert bring(world, RosterKind.VOLUNTEERS, VISITOR).pairings == 2
    await world.settle()
    poor, silent = id_of(world, POOR), id_of(world, SILENT)

    start = month_after(world)
    await world.until(start + timedelta(days=17))  # all have been asked by now; nobody has answered
    asked = next(text for text in world.texts_to(WRITES) if "示例东村王奶奶" in text)
    assert asked.startswith("【青神民政】")
    codes = {row.code for row in rows(world, t.TaskCode) if row.elder_id == poor}
    assert len(codes) == 1
    await writes(world, WRITES, f"{codes.pop()}1")
    assert [visit.state for visit in world.visits(poor)][-1] == "done"
    assert [visit.state for visit in world.visits("E1")][-1] == "open"
    await world.until(start + timedelta(days=26))

    _texts_stay_at_home(world)
    whose = counties_of(world)
    visits = [row for row in rows(world, t.VisitRow) if row.starts_at >= start]
    assert len(visits) == 4
    assert all(whose[row.volunteer_id] == whose[row.elder_id] for row in visits)
    escalations = rows(world, t.EscalationRow)
    assert {row.elder_id for row in escalations if row.asked_at >= start} == {"E1", "E2", silent}
    assert all(whose[row.owner_id] == whose[row.elder_id] for row in escalations)
    # Each has climbed its own ladder: 青神's has three rungs.
    rungs = {row.elder_id: (row.rung, row.role) for row in escalations if row.asked_at >= start}
    assert rungs == {"E1": (3, "county_officer"), "E2": (3, "county_officer"), silent: (2, "county_officer")}
    assert broken_promises(world) == []
    await _each_counter_shows_its_own(world, poor, silent)


def _texts_stay_at_home(world: World) -> None:
    """Every text is signed by the recipient's county and names no village of the other."""
    texts = [(phone, body) for _, phone, body in world.house.providers.sandbox.since("")]
    assert {phone for phone, _ in texts} == (MINE | THEIRS)
    for phone, body in texts:
        own, village = ("【奉节民政】", "示例东村") if phone in MINE else ("【青神民政】", "示例一村")
        assert body.startswith(own) and village not in body, (phone, body)


async def _each_counter_shows_its_own(world: World, poor: str, silent: str) -> None:
    do = Counter(world)
    mine = {COUNTY: "S-county_officer", QINGSHEN: holder(world, Role.COUNTY_OFFICER, QINGSHEN)}
    elders = {COUNTY: {"E1", "E2"}, QINGSHEN: {poor, silent}}
    month = f"{civil_day(world.clock):%Y-%m}"
    for county, other, code in ((COUNTY, QINGSHEN, "fengjie"), (QINGSHEN, COUNTY, "qingshen")):
        listed = (await do("worklist", staff=mine[county]))[1]
        about = {row["elder_id"] for row in listed} - {None}
        assert about and about <= elders[county]
        assert [row["id"].split("#")[0] for row in listed if row["elder_id"] is None] == [county_stream(county)]
        assert (await do("kpi", code, month, staff=mine[other]))[1]["refusal"] == "other_territory"
        total = (await do("kpi", code, month, staff=mine[county]))[1]["total"]
        assert (total["listed"], total["seen"]) == (2, 0 if county == COUNTY else 1)
        for elder in elders[other]:
            assert (await do("case", "show", elder, staff=mine[county]))[1]["refusal"] == "other_territory"
    assert (await do("kpi", "nowhere", month, staff=mine[COUNTY]))[0] == 2
    nobodys = (await do("roster", "list", "cannot-decide", staff=mine[COUNTY]))[1]
    assert nobodys == []
    unsure = (await do("roster", "list", "cannot-decide", staff=mine[QINGSHEN]))[1]
    assert [row["elder_id"] for row in unsure] == [id_of(world, UNKNOWN)]
    village = next(row.id for row in rows(world, t.Area) if row.name == "示例东村")
    renamed = ("area", "rename", village, "示例西村", "--from", "2026-01-01")
    assert (await do(*renamed, staff=mine[COUNTY]))[1]["refusal"] == "other_territory"
    assert (await do(*renamed, staff=mine[QINGSHEN]))[0] == 0


async def test_no_list_takes_anybody_out_of_the_other_countys_register(world: World) -> None:
    bring(world, RosterKind.ELDERS, POOR)
    bring(world, RosterKind.VOLUNTEERS, VISITOR)
    before = [tuple(row) for model in (t.Elder, t.Volunteer, t.Pairing) for row in rows(world, model)]
    register = world.house.register
    register.found_county("奉节县", ["白帝镇"], date(2020, 1, 1))
    named = sha256(b"the same people on a list of fengjie").hexdigest()
    for kind, row in ((RosterKind.ELDERS, POOR), (RosterKind.VOLUNTEERS, VISITOR)):
        counts = register.import_rows(kind, [row], BY, world.clock, sha256=named)
        assert (counts.created, counts.updated, counts.unchanged) == (0, 0, 1)
        assert [note.reason for note in counts.notes] == ["在另一个县登记在册，本名单未采用"]
    assert [tuple(row) for model in (t.Elder, t.Volunteer, t.Pairing) for row in rows(world, model)] == before
    # Their elder of the same name and last digits is nobody a volunteer of 奉节 could be paired with.
    ours = VISITOR.model_copy(update={"name": "郑示丁", "phone": "+8619300000077"})
    assert register.import_rows(RosterKind.VOLUNTEERS, [ours], BY, world.clock, sha256=named).pairings == 0


async def test_what_is_about_no_elder_is_on_the_worklist_of_its_own_county_alone(world: World) -> None:
    """A stranger's text, and an answer to 青神's county officer that did not reach them."""
    do = Counter(world)
    bring(world, RosterKind.STAFF, *OFFICERS)
    await world.settle()
    await writes(world, "+8619399999999", "你好")
    await writes(world, STAFF[Role.COUNTY_OFFICER], "怎么回")
    await world.until(world.clock + timedelta(minutes=5))
    officer = {COUNTY: "S-county_officer", QINGSHEN: holder(world, Role.COUNTY_OFFICER, QINGSHEN)}
    digest = next(row for row in rows(world, t.DigestRow) if row.recipient_id == officer[QINGSHEN])
    tries = [row for row in rows(world, t.SendAttempt) if row.digest_id == digest.id]
    world.house.texts.receipt(tries[-1].provider_message_id, "undelivered", None, world.clock)

    listed = {county: {row["id"] for row in (await do("worklist", staff=officer[county]))[1]} for county in officer}
    strangers = next(row.id for row in rows(world, t.WorkItemRow) if row.item == "unknown_phone")
    lists = {county: f"{county_stream(county)}#3.1" for county in officer}
    others = {COUNTY: strangers, QINGSHEN: f"call-{digest.id}"}
    assert listed == {county: {lists[county], others[county]} for county in officer}
    for county, other in ((COUNTY, QINGSHEN), (QINGSHEN, COUNTY)):
        item = others[county]
        assert (await do("item", "show", item, staff=officer[other]))[1]["refusal"] == "other_territory"
        done = ("done", item, "--what", "已办")
        assert (await do(*done, staff=officer[other]))[1]["refusal"] == "other_territory"
        assert (await do(*done, staff=officer[county]))[0] == 0
        assert [row["id"] for row in (await do("worklist", staff=officer[county]))[1]] == [lists[county]]


async def test_a_danger_is_told_where_it_comes_from_and_a_strangers_at_home(world: World) -> None:
    bring(world, RosterKind.STAFF, *OFFICERS)
    bring(world, RosterKind.VOLUNTEERS, VISITOR.model_copy(update={"paired": ()}))
    await world.settle()
    await writes(world, WRITES, "快来,老人摔倒了叫不醒")
    await world.until(world.clock + timedelta(minutes=5))
    told = world.house.providers.sandbox.since("")
    phones = {phone for _, phone, _ in told}
    assert STAFF[Role.TOWNSHIP_OFFICER] in phones and MINE.isdisjoint(phones)
    await writes(world, "+8619399999999", "快来,老人摔倒了叫不醒")
    await world.until(world.clock + timedelta(minutes=5))
    strangers = [(phone, body) for _, phone, body in set(world.house.providers.sandbox.since("")) - set(told)]
    assert PHONES[Role.COUNTY_OFFICER] in {phone for phone, _ in strangers}
    assert THEIRS.isdisjoint({phone for phone, _ in strangers})
    assert all(body.startswith("【奉节民政】") for _, body in strangers)
