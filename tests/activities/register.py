"""奉节 with one elder in one house, two assessors of one body, and whoever a test adds: rows as a register has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, update

from adapters.database import writing
from adapters.sealing import Sealer
from models import tables as t
from models.tables import table_of

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
TODAY, DAY = NOW.date(), timedelta(days=1)
PACK = "p" * 64


class Register:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self.engine = engine
        self.sealer = sealer
        for area, kind, parent in (
            ("county-fengjie", "county", None), ("T1", "township", "county-fengjie"), ("W1", "village", "T1"),
            ("county-wushan", "county", None),
        ):  # fmt: skip
            self.has(t.Area, id=area, kind=kind, name=area, parent_id=parent, from_on=date(2020, 1, 1))
        self.elder("E1", "H1", "+8619200000001")
        for body, county in (("B1", "county-fengjie"), ("B2", "county-fengjie"), ("B9", "county-wushan")):
            self.has(
                t.AssessingBody, id=body, county_id=county, name=body, registered_as=body, from_on=date(2020, 1, 1)
            )
        for n in (1, 2):
            self.staff(f"A-{n}", f"+861920000100{n}", "B1")

    def has(self, model: Any, **row: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(insert(table_of(model)).values(**row))

    def change(self, model: Any, where: str, **values: Any) -> None:
        table = table_of(model)
        with writing(self.engine) as connection:
            connection.execute(update(table).where(table.c[where] == values.pop("of")).values(**values))

    def elder(
        self, id_: str, house: str, phone: str | None, contact: str | None = None, born: str = "1940-01-01", **more: Any
    ) -> None:
        seal, index = self.sealer.seal, self.sealer.index
        lives = {"county_id": "county-fengjie", "township_id": "T1", "village_id": "W1"} | more
        self.has(
            t.Elder, id=id_, household_id=house, name_enc=seal("王示福"), id_number_enc=seal("0"), id_number_index=id_,
            phone_textable=False, phone_enc=phone and seal(phone), phone_index=phone and index("phone", phone),
            contact_enc=contact and seal(contact), born_on_enc=seal(born), sex="M", standing="case",
            standing_reason="special", updated_at=NOW, **lives,
        )  # fmt: skip

    def staff(self, id_: str, phone: str, *bodies: str) -> None:
        self.has(
            t.Staff, id=id_, county_id="county-fengjie", name_enc=b"x", phone_enc=b"x",
            phone_index=self.sealer.index("phone", phone),
        )  # fmt: skip
        for body in bodies:
            self.has(t.BodyAssessor, staff_id=id_, body_id=body, from_on=date(2020, 1, 1))

    def volunteer(self, id_: str, phone: str) -> None:
        self.has(
            t.Volunteer, id=id_, county_id="county-fengjie", township_id="T1", village_id="W1", name_enc=b"x",
            phone_enc=b"x", phone_index=self.sealer.index("phone", phone), sex="F", standing="", capacity=3,
        )  # fmt: skip

    def case(self, status: str, reason: str | None = None, elder: str = "E1") -> None:
        self.has(
            t.CaseRow, elder_id=elder, county_id="county-fengjie", township_id="T1", village_id="W1", status=status,
            opened_at=NOW, start_on=TODAY, policy_hash=PACK, close_reason=reason,
        )  # fmt: skip

    def activated(self, hash_: str, since: date, content: str | None = None, county: str = "fengjie") -> None:
        self.has(
            t.PolicyVersion, hash=hash_, county=county, version="1", content=content or hash_, active_from=since,
            activated_by="S", at=NOW,
        )  # fmt: skip
