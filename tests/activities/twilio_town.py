"""A county that sends by our own Twilio: two open visits of one volunteer, and a text that asks for the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import insert, select, update

from adapters import database
from adapters.database import reading, writing
from adapters.sms_twilio import TwilioSms
from adapters.sql_letters import insert_letter
from models.letters import LETTER, TextLetter, UpdateLetter
from models.tables import (
    Area,
    CaseRow,
    DigestRow,
    Elder,
    LetterRow,
    SendAttempt,
    Staff,
    VisitRow,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.texts import SendOrder, SendOutcome
from settings import Settings
from tests.twilio_server import OUR_NUMBER, SID, TOKEN, TwilioServer
from wiring import House

COUNTY = "county-fengjie"
NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)  # a Tuesday, 09:30 in the county
NEXT_SLOT = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)  # Wednesday 09:00
PHONE, STAFF_PHONE = "+8619200000001", "+8619200000002"
PUBLIC_URL = "https://visits.example.org"
WORDS = "【奉节民政】请在3月20日(含)前看望示例一村王奶奶,编号52。"
DIGESTS, ITEMS, LETTERS = table_of(DigestRow), table_of(WorkItemRow), table_of(LetterRow)
ATTEMPTS, VOLUNTEERS = table_of(SendAttempt), table_of(Volunteer)


def settings(folder: Path, api_base: str, **more: Any) -> Settings:
    chosen = {
        "data_dir": folder, "county": "fengjie", "sms_provider": "twilio", "twilio_account_sid": SID,
        "twilio_auth_token": SecretStr(TOKEN), "twilio_from": OUR_NUMBER, "public_url": PUBLIC_URL,
        "twilio_api_base": api_base,
    }  # fmt: skip
    return Settings(**(chosen | more))


class Town:
    def __init__(self, folder: Path, server: TwilioServer) -> None:
        self.server = server
        self.now = NOW
        self.house = House(settings(folder, server.url), now=lambda: self.now)
        # The client's patience is short, so that a test of it is.
        self.house.providers.twilio = TwilioSms(self.house.engine, self.house.providers.twilio_account, timeout=0.25)

    # --- what the county has ------------------------------------------------------------------------------------------

    def found(self) -> None:
        """Once; each test has a copy of it."""
        database.migrate(self.house.settings.store_url)
        self.house.activate_policy("fengjie", date(2020, 1, 1), "test")
        self._people()
        self.digest("D1", "V-1", "volunteer", elder="E1")

    def _people(self) -> None:
        seal, index, since = self.house.sealer.seal, self.house.sealer.index, date(2020, 1, 1)
        with writing(self.house.engine) as c:
            for id_, kind, parent in (
                (COUNTY, "county", None),
                ("T", "township", COUNTY),
                ("W", "village", "T"),
            ):
                c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=id_, parent_id=parent, from_on=since))
            c.execute(
                insert(VOLUNTEERS).values(
                    id="V-1", county_id=COUNTY, township_id="T", village_id="W", name_enc=seal("示"), sex="F",
                    phone_enc=seal(PHONE), phone_index=index("phone", PHONE), capacity=5, consented_on=since,
                )
            )  # fmt: skip
            c.execute(
                insert(table_of(Staff)).values(
                    id="S-1", county_id=COUNTY, name_enc=seal("例"), phone_enc=seal(STAFF_PHONE),
                    phone_index=index("phone", STAFF_PHONE),
                )
            )  # fmt: skip
            for elder in ("E1", "E2"):
                c.execute(
                    insert(table_of(Elder)).values(
                        id=elder, county_id=COUNTY, township_id="T", village_id="W", household_id=elder,
                        name_enc=seal("王示"), id_number_enc=seal("0"), id_number_index=elder, born_on_enc=seal("1"),
                        sex="F", standing="case", updated_at=NOW,
                    )
                )  # fmt: skip
                c.execute(
                    insert(table_of(CaseRow)).values(
                        elder_id=elder, county_id=COUNTY, township_id="T", village_id="W", status="open", opened_at=NOW,
                        start_on=since, policy_hash="h",
                    )
                )  # fmt: skip
                c.execute(
                    insert(table_of(VisitRow)).values(
                        id=f"{elder}.2026-03", elder_id=elder, township_id="T", village_id="W", period_id="2026-03",
                        kind="scheduled", reason="cadence", state="open", volunteer_id="V-1", opened_at=NOW,
                        starts_at=NOW, due_at=NOW + timedelta(days=10), ends_at=NOW + timedelta(days=20),
                    )
                )  # fmt: skip

    def digest(
        self, id_: str, to: str, kind: str, elder: str, text_class: str = "ordinary", words: str = WORDS
    ) -> None:
        """A text that waits to be sent, with the one line it was built from."""
        phone = PHONE if kind == "volunteer" else STAFF_PHONE
        sealer = self.house.sealer
        with writing(self.house.engine) as c:
            c.execute(
                insert(DIGESTS).values(
                    id=id_, recipient_id=to, recipient_kind=kind, phone_index=sealer.index("phone", phone),
                    text_class=text_class, template="task_one", body_enc=sealer.seal(WORDS), segments=1,
                    body_index="b", state="built", built_at=self.now, send_by=self.now + timedelta(hours=24),
                )
            )  # fmt: skip
            visit = f"{elder}.2026-03" if kind == "volunteer" else None
            letter = TextLetter.model_validate(
                {"recipient_id": to, "recipient_kind": kind, "template": "task_one", "elder_id": elder,
                 "text_class": text_class, "cause_visit_id": visit}
            )  # fmt: skip
            insert_letter(c, sealer, f"case/{elder}#{id_}", letter, self.now)
            own = LETTERS.c.id == f"case/{elder}#{id_}"
            c.execute(update(LETTERS).where(own).values(digest_id=id_, state="gathered"))

    # --- what happens -------------------------------------------------------------------------------------------------

    def send(self, digest_id: str = "D1") -> SendOutcome:
        return self.house.texts.send(SendOrder(digest_id=digest_id))

    def settle(self, digest_id: str = "D1") -> SendOutcome:
        return self.house.texts.settle(SendOrder(digest_id=digest_id))

    async def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
        """To the web process as it stands behind a proxy: another host, no TLS."""
        sent = {name.encode(): value.encode() for name, value in headers.items()}
        async with self._web() as http:
            return (await http.post(path, data=dict(form), headers=sent)).status_code

    async def post_raw(self, path: str, content: bytes, kind: str) -> int:
        async with self._web() as http:
            return (await http.post(path, content=content, headers={"Content-Type": kind})).status_code

    async def get(self, path: str) -> str:
        async with self._web() as http:
            return (await http.get(path)).text

    def _web(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.house.web(None), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8080")

    async def told(self, status: str, code: int | None = None, sid: str | None = None) -> int:
        """The provider's word on a text, as it calls us."""
        url, form, headers = self.server.says(sid or self.server.sent()[-1], status, code)
        return await self.post(url.removeprefix(PUBLIC_URL), form, headers)

    # --- what has come of it ------------------------------------------------------------------------------------------

    def state(self, digest_id: str = "D1") -> str:
        with reading(self.house.engine) as c:
            return c.execute(select(DIGESTS.c.state).where(DIGESTS.c.id == digest_id)).scalar_one()

    def steps(self) -> list[str]:
        with reading(self.house.engine) as c:
            return list(c.execute(select(ATTEMPTS.c.step).order_by(ATTEMPTS.c.id)).scalars())

    def items(self) -> list[tuple[str, str]]:
        """Open work items: kind and what about."""
        with reading(self.house.engine) as c:
            rows = c.execute(select(ITEMS).where(ITEMS.c.closed_at.is_(None)).order_by(ITEMS.c.id)).all()
        return [(row.item, row.about) for row in rows]

    def told_cases(self) -> list[tuple[str, str]]:
        """Messages to cases: whose, and what they say."""
        with reading(self.house.engine) as c:
            rows = c.execute(select(LETTERS).where(LETTERS.c.kind == "update").order_by(LETTERS.c.id)).all()
        found: list[tuple[str, str]] = []
        for row in rows:
            letter = LETTER.validate_json(self.house.sealer.open(row.body_enc))
            assert isinstance(letter, UpdateLetter)
            said: Any = letter.message
            why = getattr(said, "why", "") or getattr(said, "reason", "")
            found.append((str(letter.elder_id), f"{said.kind} {why}"))
        return found

    def again(self) -> list[datetime]:
        """When lines go once more."""
        query = select(LETTERS.c.send_not_before).where(LETTERS.c.id.startswith("again-"), LETTERS.c.state == "due")
        with reading(self.house.engine) as c:
            return list(c.execute(query).scalars())

    def built(self) -> list[str]:
        with reading(self.house.engine) as c:
            return list(c.execute(select(DIGESTS.c.id).where(DIGESTS.c.state == "built")).scalars())

    def opted_out(self) -> bool:
        with reading(self.house.engine) as c:
            return c.execute(select(VOLUNTEERS.c.opted_out_at)).scalar_one() is not None
