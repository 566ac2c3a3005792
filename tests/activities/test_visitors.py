"""Persons a step names: who can have gone, to whom a visit or an escalation can be given, and how a name finds them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from adapters.database import open_engine, writing
from adapters.sealing import Keyring, Sealer
from adapters.sql_visitors import SqlVisitors
from models.errors import Unfit
from models.tables import Area, Post, Staff, Volunteer, VolunteerLeave, table_of
from models.values import Role
from tests.activities.counties import AT

TODAY = AT.date()
VOLUNTEERS: dict[str, dict[str, Any]] = {
    "V-able": dict(name="周示甲", phone="+8619200000001", consented_on=TODAY),
    "V-away": dict(name="周示甲", phone="+8619200000002", consented_on=TODAY),
    "V-barred": dict(name="钱测乙", phone="+8619200000003", consented_on=TODAY, barred=True),
    "V-silent": dict(name="孙例丙", phone="+8619200000004", consented_on=TODAY, opted_out_at=AT),
    "V-asked": dict(name="李样丁", phone="+8619200000005"),
    "V-both": dict(name="吴示乙", phone="+8619200000006", consented_on=TODAY),
}
STAFF = {
    "S-both": ("吴示乙", "+8619200000006"),
    "S-deputy": ("郑测戊", "+8619200000007"),
    "S-gone": ("王样己", "+8619200000008"),
}


@pytest.fixture
def persons(url: str, tmp_path: Path) -> Iterator[SqlVisitors]:
    engine = open_engine(url)
    sealer = Sealer(Keyring.load_or_create(tmp_path / "keys.json"))
    since = date(2020, 1, 1)
    with writing(engine) as c:

        def add(model: Any, **values: Any) -> None:
            c.execute(insert(table_of(model)).values(**values))

        for id_, kind, parent in (("C", "county", None), ("T", "township", "C"), ("W", "village", "T")):
            add(Area, id=id_, kind=kind, name=id_, parent_id=parent, from_on=since)
        for id_, values in VOLUNTEERS.items():
            more = {key: value for key, value in values.items() if key not in ("name", "phone")}
            add(
                Volunteer, id=id_, county_id="C", township_id="T", village_id="W", name_enc=sealer.seal(values["name"]),
                sex="F", phone_enc=sealer.seal(values["phone"]), phone_index=id_, capacity=9, standing="", **more,
            )  # fmt: skip
        for id_, (name, phone) in STAFF.items():
            sealed = {"name_enc": sealer.seal(name), "phone_enc": sealer.seal(phone)}
            add(Staff, id=id_, county_id="C", phone_index=id_, **sealed)
        add(Post, id="P", role=Role.GRID_WORKER.value, area_id="W", holder_id="S-both", deputy_id="S-deputy")
        add(VolunteerLeave, volunteer_id="V-away", from_on=TODAY, to_on=TODAY + timedelta(days=2))
    yield SqlVisitors(engine, sealer)
    engine.dispose()


def test_who_can_be_said_to_have_gone(persons: SqlVisitors) -> None:
    unfit = {id_: persons.as_visitor(id_) for id_ in (*VOLUNTEERS, *STAFF, "V-nobody")}
    assert {id_: why for id_, why in unfit.items() if why} == {"V-barred": Unfit.BARRED, "V-nobody": Unfit.UNKNOWN}


def test_to_whom_a_visit_can_be_given_today(persons: SqlVisitors) -> None:
    unfit = {id_: persons.as_volunteer(id_, TODAY) for id_ in (*VOLUNTEERS, "S-both")}
    assert unfit == {
        "V-able": None, "V-both": None, "V-away": Unfit.ON_LEAVE, "V-barred": Unfit.BARRED,
        "V-silent": Unfit.OPTED_OUT, "V-asked": Unfit.NO_CONSENT, "S-both": Unfit.UNKNOWN,
    }  # fmt: skip
    assert persons.as_volunteer("V-away", TODAY + timedelta(days=3)) is None


def test_to_whom_an_escalation_can_be_given(persons: SqlVisitors) -> None:
    unfit = {id_: persons.as_owner(id_) for id_ in (*STAFF, "V-able")}
    assert unfit == {"S-both": None, "S-deputy": None, "S-gone": Unfit.NO_POST, "V-able": Unfit.UNKNOWN}


def test_a_name_finds_one_person_or_says_that_it_is_not_enough(persons: SqlVisitors) -> None:
    found = persons.named()
    assert found["郑测戊"] == ["S-deputy"]
    assert sorted(found["周示甲"]) == ["V-able", "V-away"]
    assert (found["周示甲0001"], found["周示甲0002"]) == (["V-able"], ["V-away"])
    assert found["吴示乙"] == ["V-both"]  # volunteer and staff with one phone are one person
    assert (found["S-both"], found["V-both"]) == (["S-both"], ["V-both"])
    assert "没有人" not in found
