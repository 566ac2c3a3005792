"""Who lives and works in the town: register rows, the county's pack, and the letters that begin a case.

One elder, `MISSED`, lives in every town: nobody came, and it is somebody's to mend (`missed.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import insert

from adapters.database import writing
from adapters.sql_letters import insert_letter
from models import ids
from models.letters import StartCase
from models.tables import Area, Elder, Pairing, PolicyVersion, Post, Staff, Volunteer, table_of
from models.values import Role
from policies import pack
from wiring import House

COUNTY = "county-demo"
LADDER = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER)
LONG_AGO = date(2020, 1, 1)
EXPIRY = "PT24S"
MISSED, THEIRS = "E0", 0  # the elder, and the volunteer who did not go


def phone_of(volunteer: int) -> str:
    return f"+86192000{volunteer:05d}"


VOLUNTEER_PHONE = phone_of(1)


def found(house: House) -> None:
    """One village, every rung of the ladder held."""
    seal, index = house.sealer.seal, house.sealer.index
    with writing(house.engine) as c:
        for id_, kind, name, parent in (
            (COUNTY, "county", "示范县", None),
            ("T1", "township", "示例镇", COUNTY),
            ("W1", "village", "示例一村", "T1"),
        ):
            c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=name, parent_id=parent, from_on=LONG_AGO))
        for n, role in enumerate(LADDER):
            phone = f"+861921000001{n}"
            c.execute(
                insert(table_of(Staff)).values(
                    id=f"S-{role.value}", county_id=COUNTY, name_enc=seal("吴示乙"), phone_enc=seal(phone),
                    phone_index=index("phone", phone),
                )
            )  # fmt: skip
            area = {Role.TOWNSHIP_OFFICER: "T1", Role.COUNTY_OFFICER: COUNTY}.get(role, "W1")
            c.execute(
                insert(table_of(Post)).values(
                    id=f"P-{role.value}", role=role.value, area_id=area, holder_id=f"S-{role.value}"
                )
            )


def activate(house: House, expiry: str, enrolled_by_day: int = 20) -> None:
    """The demo pack, in force from now on. `expiry`: how long a text may go. A town's elders are enrolled some time
    after its first month began, and visited in it: till `enrolled_by_day` of its 30 days."""
    content = json.loads(pack.load("demo").content)
    content["policy"]["texts"]["expiry"]["value"] = expiry
    content["policy"]["tiers"]["general"]["due"]["enrolled_by_day"]["value"] = enrolled_by_day
    held = pack.from_content(json.dumps(content, ensure_ascii=False))
    with writing(house.engine) as c:
        c.execute(
            insert(table_of(PolicyVersion)).values(
                hash=held.hash, county=held.county, version=held.version, content=held.content, active_from=LONG_AGO,
                activated_by="test", at=datetime.now(UTC),
            )
        )  # fmt: skip


def welcome(house: House, volunteers: Sequence[int]) -> None:
    seal, index = house.sealer.seal, house.sealer.index
    with writing(house.engine) as c:
        for n in volunteers:
            phone = phone_of(n)
            c.execute(
                insert(table_of(Volunteer)).values(
                    id=f"V-{n}", county_id=COUNTY, township_id="T1", village_id="W1", name_enc=seal("周示甲"), sex="F",
                    phone_enc=seal(phone), phone_index=index("phone", phone), capacity=200, standing="",
                    consented_on=LONG_AGO,
                )
            )  # fmt: skip


def enrol(house: House, elders: Sequence[str], volunteers: Sequence[int]) -> None:
    """Each becomes a case as soon as a worker carries the letter; the volunteers have them by turns."""
    seal, now = house.sealer.seal, datetime.now(UTC)
    with writing(house.engine) as c:
        for n, elder in enumerate(elders):
            c.execute(
                insert(table_of(Elder)).values(
                    id=elder, county_id=COUNTY, township_id="T1", village_id="W1", household_id=f"H-{elder}",
                    name_enc=seal(f"王示{chr(0x4E00 + n)}"), id_number_enc=seal("0"), id_number_index=f"x{elder}",
                    tail_index=f"x{elder}", phone_textable=False, born_on_enc=seal("1940-01-01"), sex="F",
                    standing="case", standing_reason="special_difficulty", start_on=LONG_AGO, updated_at=now,
                )
            )  # fmt: skip
            volunteer = f"V-{volunteers[n % len(volunteers)]}"
            c.execute(insert(table_of(Pairing)).values(volunteer_id=volunteer, elder_id=elder, from_on=LONG_AGO))
            start = StartCase(workflow_id=ids.case_stream(elder), elder_id=elder, county_id=COUNTY, township_id="T1")
            insert_letter(c, house.sealer, f"start-{elder}", start, now)
