"""What the register keeps of people: old values, households, pairings, posts, villages, and no name in the clear."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from adapters.database import writing
from adapters.sql_volunteers import SqlVolunteers
from models.roster import (
    PairedElder,
    StaffRow,
    VolunteerRow,
    Welfare,
)
from models.tables import (
    Area,
    AreaName,
    Elder,
    ElderAddress,
    ElderCategory,
    Pairing,
    Post,
    RegisterChange,
    Volunteer,
    table_of,
)
from models.values import Role
from tests.activities.counties import AT, BY, LATER, LI, WANG, County
from tests.databases import Databases


def test_old_values_are_kept_with_their_dates_and_blank_erases_nothing(county: County) -> None:
    county.bring(WANG.model_copy(update=dict(welfare=Welfare.NONE, remark="耳背")))
    moved = WANG.model_copy(
        update=dict(phone="+8619200000009", village="示例二村", residences=("示例二村3组4号",), registered=None)
    )
    counts = county.bring(moved, at=LATER)
    assert (counts.updated, counts.letters, counts.new_villages) == (1, 0, 1)
    [elder] = county.rows(Elder)
    assert (elder["phone_enc"], elder["remark_enc"], elder["welfare"]) == ("+8619200000009", "耳背", "none")
    assert elder["updated_at"] == LATER
    changes = {
        row["field"]: (row["old_enc"], row["new_enc"], row["by"], row["at"]) for row in county.rows(RegisterChange)
    }
    assert changes["phone"] == ("+8619200000001", "+8619200000009", BY.id, LATER)
    assert set(changes) == {"phone", "village_id", "household_id", "residence_address"}
    homes = {(r["kind"], r["text_enc"]): (r["from_on"], r["to_on"]) for r in county.rows(ElderAddress)}
    assert homes == {
        ("registered", "示例老屋"): (AT.date(), None),
        ("residence", "示例一村1组2号"): (AT.date(), LATER.date()),
        ("residence", "示例二村3组4号"): (LATER.date(), None),
    }


def test_an_address_may_change_and_change_back_within_a_day(county: County) -> None:
    there = WANG.model_copy(update=dict(residences=("示例一村9组9号",)))
    for row in (WANG, there, WANG):
        county.bring(row)
    assert county.bring(WANG).unchanged == 1
    current = [row["text_enc"] for row in county.rows(ElderAddress) if row["to_on"] is None]
    assert sorted(current) == ["示例一村1组2号", "示例老屋"]


def test_a_list_that_leaves_a_category_out_ends_neither_it_nor_the_case(county: County) -> None:
    county.bring(WANG)
    counts = county.bring(WANG.model_copy(update=dict(categories=())), at=LATER)
    assert (counts.cases, counts.to_decide, counts.unchanged) == (1, 1, 1)
    assert [row["to_on"] for row in county.rows(ElderCategory)] == [None]
    with writing(county.engine) as connection:
        connection.execute(update(table_of(ElderCategory)).values(to_on=LATER.date()))
    counts = county.bring(WANG.model_copy(update=dict(categories=())), at=LATER)
    assert (counts.cases, counts.to_decide) == (1, 1)
    assert [row["standing"] for row in county.rows(Elder)] == ["case"]


def test_a_household_is_a_door_or_a_number_never_a_hamlet(county: County) -> None:
    wife = LI.model_copy(update=dict(residences=("示例一村1组 2号",)))
    hamlet = [
        WANG.model_copy(update=dict(line=n, id_number=f"x{n}", residences=("示例一村3组",), phone=None)) for n in (4, 5)
    ]
    numbered = [
        WANG.model_copy(update=dict(line=n, id_number=f"x{n}", residences=(f"示例路{n}号",), household="7"))
        for n in (6, 7)
    ]
    county.bring(WANG, wife, *hamlet, *numbered)
    of = {row["id_number_enc"]: row["household_id"] for row in county.rows(Elder)}
    assert of[WANG.id_number] == of[wife.id_number]
    assert of["x4"] != of["x5"]
    assert of["x6"] == of["x7"]


def test_pairings_that_cannot_be_made_are_named_and_none_ends_by_mistake(county: County) -> None:
    county.bring(WANG, LI)
    volunteer = VolunteerRow(
        line=2,
        name="李例寿",
        sex="F",
        phone="+8619200000002",
        township="白帝镇",
        village="示例一村",
        capacity=8,
        paired=(PairedElder(name="王示福", last_four="9012"),),
    )
    assert county.bring(volunteer).pairings == 1
    typo = volunteer.model_copy(update=dict(paired=(PairedElder(name="王示福", last_four="0000"),)))
    counts = county.bring(typo, at=LATER)
    assert [(note.line, note.reason) for note in counts.notes] == [(2, "名单中没有这位老人，未结对")]
    assert [row["to_on"] for row in county.rows(Pairing)] == [None]
    other = volunteer.model_copy(update=dict(paired=(PairedElder(name="李例寿", last_four="9028"),)))
    assert county.bring(other, at=LATER).pairings == 1
    assert sorted(str(row["to_on"]) for row in county.rows(Pairing)) == [str(LATER.date()), "None"]


def test_a_number_that_was_changed_in_the_register_is_known_by_a_later_list_and_not_undone_by_an_old_one(
    county: County,
) -> None:
    row = VolunteerRow(
        line=2, name="周测平", sex="M", phone="+8619200000002", township="白帝镇", village="示例一村", capacity=3
    )
    county.bring(row)
    [held] = county.rows(Volunteer)
    SqlVolunteers(county.engine, county.sealer).new_phone(held["id"], "19200000003", BY, AT)
    counts = county.bring(row.model_copy(update=dict(capacity=5)), at=LATER)
    assert [note.reason for note in counts.notes] == ["登记簿里已换了号码，名单上的旧号码没有用"]
    county.bring(row.model_copy(update=dict(phone="+8619200000003", capacity=7)), at=LATER)
    [now] = county.rows(Volunteer)
    assert (now["id"], now["phone_enc"], now["capacity"]) == (held["id"], "+8619200000003", 7)


@pytest.mark.parametrize("elder_first", [True, False])
def test_a_volunteer_with_an_elders_phone_and_name_is_that_elder(county: County, elder_first: bool) -> None:
    themself = PairedElder(name=WANG.name, last_four=WANG.id_number[-4:])
    assert WANG.phone is not None
    volunteer = VolunteerRow(
        line=2, name=WANG.name, sex="M", phone=WANG.phone, township="白帝镇", village="示例一村", capacity=3
    )
    namesake = volunteer.model_copy(update=dict(line=3, name="周测平"))
    for rows in ((WANG,), (volunteer, namesake)) if elder_first else ((volunteer, namesake), (WANG,)):
        county.bring(*rows)
    [elder] = county.rows(Elder)
    assert {row["name_enc"]: row["elder_id"] for row in county.rows(Volunteer)} == {
        WANG.name: elder["id"],
        "周测平": None,
    }
    counts = county.bring(volunteer.model_copy(update=dict(paired=(themself,))))
    assert [note.reason for note in counts.notes] == ["不能与本人结对"]


def test_another_holder_takes_the_post_and_the_old_one_stays_readable(county: County) -> None:
    first = StaffRow(
        line=2,
        name="赵测安",
        role=Role.GRID_WORKER,
        township="白帝镇",
        village="示例一村",
        phone="+8619200000003",
        deputy_name="钱例和",
        deputy_phone="+8619200000004",
    )
    county.bring(first)
    [post] = county.rows(Post)
    assert county.register.person_name(post["deputy_id"]) == "钱例和"
    counts = county.bring(first.model_copy(update=dict(name="孙样宁", phone="+8619200000005")), at=LATER)
    [now] = county.rows(Post)
    assert (counts.updated, now["id"], now["deputy_id"]) == (1, post["id"], post["deputy_id"])
    assert county.register.person_name(now["holder_id"]) == "孙样宁"
    [change] = county.rows(RegisterChange)
    assert (change["field"], change["old_enc"], change["new_enc"]) == ("holder_id", post["holder_id"], now["holder_id"])


def test_a_village_that_merged_answers_with_the_one_it_merged_into(county: County) -> None:
    county.bring(WANG)
    with writing(county.engine) as connection:
        areas = table_of(Area)
        township = county.register.township_id("白帝镇")
        new = dict(id="merged", kind="village", name="示例新村", parent_id=township, from_on=LATER.date())
        connection.execute(insert(areas).values(new))
        gone = update(areas).where(areas.c.name == "示例一村", areas.c.parent_id == township)
        connection.execute(gone.values(to_on=LATER.date(), merged_into="merged"))
    county.bring(WANG, at=LATER)
    assert [row["village_id"] for row in county.rows(Elder)] == ["merged"]


def test_a_list_may_still_use_a_villages_old_name(county: County) -> None:
    county.bring(WANG)
    [before] = county.rows(Elder)
    with writing(county.engine) as connection:
        old = dict(area_id=before["village_id"], from_on=AT.date(), name="示例一村")
        connection.execute(insert(table_of(AreaName)).values(old))
        renamed = update(table_of(Area)).where(table_of(Area).c.id == before["village_id"])
        connection.execute(renamed.values(name="示例幸福村"))
    assert county.bring(WANG, at=LATER).unchanged == 1
    assert county.bring(WANG.model_copy(update=dict(village="示例幸福村")), at=LATER).unchanged == 1


def test_names_are_read_by_id_and_stored_nowhere_in_the_clear(url: str, county: County, databases: Databases) -> None:
    county.bring(WANG)
    [elder] = county.rows(Elder)
    assert county.register.person_name(elder["id"]) == "王示福"
    assert [county.register.person_name(other) for other in ("Enobody", "Xnobody", "")] == [None, None, None]
    county.engine.dispose()
    stored = databases.dump(url)
    assert elder["id"].encode() in stored
    for personal in (WANG.name, WANG.id_number, "19200000001", *WANG.residences, "示例老屋", "1950-02-03"):
        for spelled in (personal.encode(), personal.encode().hex().encode()):  # a dump of PostgreSQL spells bytes so
            assert spelled not in stored


def test_a_county_lies_in_its_city_and_is_founded_once(county: County) -> None:
    county.register.found_county("奉节县", ["夔州街道"], AT.date(), "重庆市")
    areas = {row["id"]: row for row in county.rows(Area)}
    [of_county] = [row for row in areas.values() if row["kind"] == "county"]
    city = areas[of_county["parent_id"]]
    assert (city["kind"], city["name"], city["parent_id"]) == ("city", "重庆市", None)
    townships = [row for row in areas.values() if row["kind"] == "township"]
    assert len(townships) == 33 and {row["parent_id"] for row in townships} == {of_county["id"]}
