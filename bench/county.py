"""The county of the bench: one village, paired volunteers, elders who are all due at once. Same names each time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from math import ceil

from sqlalchemy import insert

from adapters.database import writing
from adapters.sql_letters import insert_letter
from adapters.sql_post import SqlPost
from decisions.deadlines import civil_day, instant
from decisions.slots import out_of_quiet
from models import ids
from models.letters import StartCase
from models.policy import PolicySlice, TextRules
from models.tables import Area, Elder, Pairing, Post, Staff, Volunteer, table_of
from models.values import Role
from wiring import House, rules_of

COUNTY = "county-demo"
SINCE = date(2020, 1, 1)
BURST = timedelta(milliseconds=300)  # a confirmation waits this long for its neighbours, not the pack's 2 s
NO_TIME = timedelta(0)
LADDER = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER)
PLACES = {Role.TOWNSHIP_OFFICER: "T1", Role.COUNTY_OFFICER: COUNTY}


class HeldPost(SqlPost):
    """The post, whose texts can be made to wait."""

    held = False

    def recipients_due(self, now: datetime) -> list[str]:
        return [] if self.held else super().recipients_due(now)


class BenchHouse(House):
    """The demo's county without its waiting: every visit opens at its period's first instant. All else as it is."""

    def slice_of(self, content: str, around: date, groups: str, level: str | None) -> PolicySlice:
        made = super().slice_of(content, around, groups, level)
        at_once = made.ask.model_copy(update={"spread": NO_TIME, "lead": NO_TIME, "jitter": NO_TIME})
        return made.model_copy(update={"ask": at_once})

    def text_rules_of(self, content: str) -> TextRules:
        return rules_of(content).model_copy(update={"burst": BURST})

    @cached_property
    def letterbox(self) -> HeldPost:
        def midnight(at: datetime) -> datetime:
            return instant(civil_day(at))

        return HeldPost(self.engine, self.sealer, self.text_rules_of, midnight, civil_day, out_of_quiet, self.home)


def elder_ids(elders: int) -> list[str]:
    return [f"E{n:04}" for n in range(1, elders + 1)]


def found(house: House, elders: int, elders_each: int) -> None:
    """Area, posts, volunteers, elders and their pairs. `elders_each`: how many one volunteer visits."""
    house.activate_policy("demo", SINCE, "bench")
    seal, index = house.sealer.seal, house.sealer.index
    areas = [
        {"id": COUNTY, "kind": "county", "name": "示范县", "parent_id": None, "from_on": SINCE},
        {"id": "T1", "kind": "township", "name": "示例乡", "parent_id": COUNTY, "from_on": SINCE},
        {"id": "W1", "kind": "village", "name": "示例一村", "parent_id": "T1", "from_on": SINCE},
    ]
    volunteers = [
        {
            "id": f"V-{n}", "county_id": COUNTY, "township_id": "T1", "village_id": "W1", "name_enc": seal("周示甲"),
            "sex": "F", "phone_enc": seal(_phone(n)), "phone_index": index("phone", _phone(n)),
            "capacity": elders_each * 3, "standing": "", "consented_on": SINCE,
        }
        for n in range(ceil(elders / elders_each))
    ]  # fmt: skip
    staff = [
        {
            "id": f"S-{role.value}", "county_id": COUNTY, "name_enc": seal("吴示乙"),
            "phone_enc": seal(_phone(9000 + n)), "phone_index": index("phone", _phone(9000 + n)),
        }
        for n, role in enumerate(LADDER)
    ]  # fmt: skip
    posts = [
        {"id": f"P-{role.value}", "role": role.value, "area_id": PLACES.get(role, "W1"), "holder_id": f"S-{role.value}"}
        for role in LADDER
    ]
    now = house.now()
    people = [
        {
            "id": elder, "county_id": COUNTY, "township_id": "T1", "village_id": "W1", "household_id": f"H-{elder}",
            "name_enc": seal(f"王示{chr(0x4E00 + n)}"), "id_number_enc": seal("0"), "id_number_index": elder,
            "tail_index": elder, "phone_textable": False, "born_on_enc": seal("1940-01-01"), "sex": "F",
            "standing": "case", "standing_reason": "special_difficulty", "start_on": SINCE, "updated_at": now,
        }
        for n, elder in enumerate(elder_ids(elders))
    ]  # fmt: skip
    pairs = [
        {"volunteer_id": f"V-{n // elders_each}", "elder_id": elder, "from_on": SINCE}
        for n, elder in enumerate(elder_ids(elders))
    ]
    with writing(house.engine) as connection:
        for table, rows in (
            (Area, areas), (Volunteer, volunteers), (Staff, staff), (Post, posts), (Elder, people), (Pairing, pairs),
        ):  # fmt: skip
            for row in rows:
                connection.execute(insert(table_of(table)).values(**row))


def enrol(house: House, elders: int) -> None:
    """A letter for each elder: dispatch starts their cases."""
    with writing(house.engine) as connection:
        for elder in elder_ids(elders):
            start = StartCase(workflow_id=ids.case_stream(elder), elder_id=elder, county_id=COUNTY, township_id="T1")
            insert_letter(connection, house.sealer, f"start-{elder}", start, house.now())


def _phone(n: int) -> str:
    return f"+861920{n:07}"
