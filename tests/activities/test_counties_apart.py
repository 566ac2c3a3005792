"""Which county's rules hold, for whom and from when: a county's own pack, else its city's, never a neighbour's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from adapters.areas import townships_of
from adapters.database import migrate, reading, writing
from adapters.sample import write_sample
from adapters.sql_duty import on_duty
from adapters.sql_policies import InForce
from models.errors import Fault, TanfangFault
from models.messages import BriefingQuestion, Wanted
from models.roster import ImportChunk, OpenRoster, RosterKind
from models.tables import Area, Elder, Pairing, PolicyVersion, Post, Staff, Volunteer, table_of
from models.values import Role
from policies.pack import written_for
from settings import Settings
from tests.activities.counties import AT, BY
from wiring import House, covers_of

MARCH, MAY, JULY = date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1)


def activate(engine: Engine, county: str, active_from: date, content: str = "-") -> str:
    made = f"{county}-{active_from}".ljust(64, "0")
    with writing(engine) as connection:
        values = dict(hash=made, county=county, version="1", content=content, active_from=active_from)
        connection.execute(insert(table_of(PolicyVersion)).values(**values, activated_by="x", at=AT))
    return made


def in_force(engine: Engine, county: str, day: date) -> str | None:
    with reading(engine) as connection:
        return InForce(lambda content: content.split()).hash_of(connection, f"county-{county}", day)


def test_a_county_goes_by_its_citys_pack_until_it_has_its_own_and_never_by_another_countys(engine: Engine) -> None:
    activate(engine, "fengjie", JULY)
    city = activate(engine, "guangyuan", MARCH, content="cangxi jiange")
    own = activate(engine, "cangxi", MAY)
    newer = activate(engine, "guangyuan", JULY, content="cangxi jiange")
    assert in_force(engine, "cangxi", MARCH - timedelta(days=1)) is None
    assert in_force(engine, "cangxi", MARCH) == city
    assert in_force(engine, "cangxi", MAY) == in_force(engine, "cangxi", JULY) == own
    assert (in_force(engine, "jiange", MAY), in_force(engine, "jiange", JULY)) == (city, newer)
    assert in_force(engine, "qingshen", JULY) is None


def test_before_anything_is_activated_the_pack_that_is_written_for_a_county_speaks_for_it() -> None:
    assert (written_for("cangxi"), written_for("qingshen")) == ("guangyuan", "qingshen")
    assert written_for("nowhere") == "nowhere"


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[House]:
    migrate(url)
    made = House(Settings(data_dir=tmp_path, database_url=url, county="fengjie"), now=lambda: AT)
    yield made
    made.engine.dispose()


def people(house: House, *counties: str) -> None:
    """In each county an elder and an officer, named after it."""
    since, seal = date(2020, 1, 1), house.sealer.seal

    def add(connection: Any, model: Any, **values: Any) -> None:
        connection.execute(insert(table_of(model)).values(**values))

    with writing(house.engine) as connection:
        for code in counties:
            at = f"county-{code}"
            for id_, kind, parent in ((at, "county", None), (f"T-{code}", "township", at)):
                add(connection, Area, id=id_, kind=kind, name=code, parent_id=parent, from_on=since)
            add(connection, Area, id=f"W-{code}", kind="village", name=code, parent_id=f"T-{code}", from_on=since)
            add(
                connection, Elder, id=f"E-{code}", county_id=at, township_id=f"T-{code}", village_id=f"W-{code}",
                household_id=code, name_enc=seal("王示丁"), id_number_enc=seal("0"), id_number_index=code,
                tail_index=code, born_on_enc=seal("1940-01-01"), sex="F", standing="case", start_on=since,
                updated_at=AT, phone_textable=False,
            )  # fmt: skip
            add(
                connection, Staff, id=f"S-{code}", county_id=at, name_enc=seal("吴示乙"), phone_enc=seal("1"),
                phone_index=code,
            )  # fmt: skip
            add(connection, Post, id=f"P-{code}", role=Role.COUNTY_OFFICER.value, area_id=at, holder_id=f"S-{code}")


def test_a_case_and_a_text_go_by_the_county_of_whom_they_are_for(house: House) -> None:
    people(house, "qingshen", "fengjie", "cangxi", "litong")
    for pack in ("fengjie", "qingshen", "guangyuan"):
        house.activate_policy(pack, MARCH, "test")
    now = datetime(2026, 3, 5, tzinfo=UTC)

    def brief(code: str) -> Any:
        asked = BriefingQuestion(elder_id=f"E-{code}", at=now, known_policy=None, wanted=Wanted(visit_id=None))
        return house.directory.brief(asked).policy

    senders = {code: house.letterbox.text_rules(now, f"S-{code}").sender for code in ("fengjie", "qingshen", "cangxi")}
    assert senders == {"fengjie": "奉节民政", "qingshen": "青神民政", "cangxi": "广元民政"}
    assert house.letterbox.text_rules(now, "phone:nobody").sender == "奉节民政"
    rungs = {code: [rung.role for rung in brief(code).ladder] for code in ("fengjie", "qingshen")}
    assert set(rungs["fengjie"]) - set(rungs["qingshen"]) == {Role.VILLAGE_ASSISTANT}
    assert [brief(code).county for code in ("cangxi", "qingshen", "fengjie")] == ["guangyuan", "qingshen", "fengjie"]
    # 利通 has none in force: its case waits, whoever else has one.
    with pytest.raises(TanfangFault) as refused:
        brief("litong")
    assert refused.value.fault is Fault.POLICY_NOT_IN_STORE
    with pytest.raises(LookupError):
        house.letterbox.text_rules(now, "S-litong")


def test_many_asked_together_are_each_told_by_their_own(house: House) -> None:
    people(house, "qingshen", "fengjie", "litong")
    for pack in ("fengjie", "qingshen"):
        house.activate_policy(pack, MARCH, "test")
    asked = [
        BriefingQuestion(elder_id=f"E-{code}", at=AT, known_policy=None, wanted=Wanted(visit_id=None))
        for code in ("fengjie", "litong", "qingshen", "fengjie")
    ]
    told = house.directory.brief_all(asked)
    got = [type(one).__name__ if isinstance(one, Exception) else one.policy and one.policy.county for one in told]
    assert got == ["fengjie", "TanfangFault", "qingshen", "fengjie"]


def test_one_worker_brings_in_the_lists_of_both(house: House, tmp_path: Path) -> None:
    """The same file: every lone elder of it is a case in 奉节; in 青神 only who is known to be poor."""
    write_sample(tmp_path / "sample", elders=40, volunteers=4)
    kept = house.rosters.keep((tmp_path / "sample" / "elders.csv").read_bytes())
    house.register_of("qingshen").found_county("青神县", ["青竹街道"], MARCH)
    order: dict[str, Any] = dict(sha256=kept, kind=RosterKind.ELDERS, on=AT.date())
    foreign = house.rosters.open_roster(OpenRoster(**order, county="qingshen"), lambda _: None)
    assert (foreign.accepted, foreign.refused) == (0, foreign.rows)  # its townships are not 青神's
    names = house.register_of("qingshen")
    names.found_county("青神县", sorted({"青竹街道", *townships_of("fengjie")}), MARCH)
    chunk = ImportChunk(**order, offset=0, limit=100, by=BY, at=AT, county="qingshen")
    fresh = House(house.settings, now=lambda: AT)
    shape = fresh.rosters.open_roster(OpenRoster(**order, county="qingshen"), lambda _: None)
    counts = fresh.rosters.import_chunk(chunk, lambda _: None)
    assert counts.created == shape.accepted >= 40
    assert counts.cases < 40 < counts.cases + counts.register_only  # 奉节 would make all forty of them cases
    with reading(house.engine) as connection:
        assert set(connection.execute(select(table_of(Elder).c.county_id)).scalars()) == {"county-qingshen"}
    fresh.engine.dispose()


def test_the_citys_group_rule_holds_in_a_county_of_the_city(house: House) -> None:
    assert house.pack_of("cangxi").county == "guangyuan"
    house.activate_policy("guangyuan", MARCH, "test")
    assert house.pack_of("cangxi").hash == house.pack_of("guangyuan").hash
    assert "cangxi" in covers_of(house.pack_of("cangxi").content)


def test_nobody_is_sent_over_the_border_paired_or_asked_for_by_name(house: House) -> None:
    people(house, "fengjie", "qingshen")
    house.activate_policy("fengjie", MARCH, "test")
    with writing(house.engine) as connection:
        connection.execute(
            insert(table_of(Volunteer)).values(
                id="V-foreign", county_id="county-qingshen", township_id="T-qingshen", village_id="W-qingshen", sex="F",
                name_enc=house.sealer.seal("周示甲"), phone_enc=house.sealer.seal("1"), phone_index="v", capacity=9,
                standing="", consented_on=MARCH,
            )
        )  # fmt: skip
        pair = dict(volunteer_id="V-foreign", elder_id="E-fengjie", from_on=MARCH)
        connection.execute(insert(table_of(Pairing)).values(**pair))
    for wanted in (Wanted(visit_id="E-fengjie.2026-03"), Wanted(visit_id="E-fengjie.2026-04", prefer="V-foreign")):
        asked = BriefingQuestion(elder_id="E-fengjie", at=AT, known_policy=None, wanted=wanted)
        assignment = house.directory.brief(asked).assignment
        assert assignment is not None and assignment.volunteer_id is None


@pytest.mark.parametrize(
    ("whose", "home", "told"),
    [("qingshen", "fengjie", "qingshen"), (None, "qingshen", "qingshen"), (None, "fengjie", "fengjie")],
)
def test_a_danger_is_told_in_the_county_it_comes_from_and_a_strangers_at_home(
    house: House, whose: str | None, home: str, told: str
) -> None:
    people(house, "fengjie", "litong", "qingshen")
    with reading(house.engine) as connection:
        county = whose and f"county-{whose}"
        assert on_duty(connection, None, county, "somebody", AT.date(), f"county-{home}") == f"S-{told}"
        own = on_duty(connection, None, county, told, AT.date(), f"county-{home}")
    assert own == (None if whose else {"qingshen": "S-fengjie", "fengjie": "S-litong"}[told])
