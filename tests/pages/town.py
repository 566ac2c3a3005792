"""Two counties on a store, with staff of every role in each place, and a browser that asks the console as one of them.

奉节: township T1 (villages W1, W2) and T2 (W3); elders E1, E2, E3 by village. 广元's is T9 with W9 and E9. Of each
elder an unclear reply waits: `item-<elder>`. Staff are `S-<role>` (of W1, T1 or the county, as the role has it),
`S-<role>-T2` (of W3 or T2) and `S-<role>-X` (of 广元).
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import insert, select
from temporalio.client import Client

from adapters.database import migrate, reading, writing
from adapters.passwords import Passwords
from adapters.sql_accounts import SqlAccounts
from commands.auditing import Auditing
from console_doors import console_doors
from models.accounts import How, Session, Step
from models.ids import escalation_stream
from models.letters import LETTER, TextLetter
from models.tables import (
    Area,
    Elder,
    ElderAddress,
    ElderCategory,
    EscalationRow,
    LetterRow,
    Post,
    Staff,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.values import Role
from settings import Settings
from tests.activities.office import CHEAP
from web.security import form_token
from wiring import House

STAFF, LETTERS = table_of(Staff), table_of(LetterRow)
KEY, STORE = "county.key", "store.sqlite"
NOW = datetime(2026, 12, 8, 2, tzinfo=UTC)
SINCE = date(2020, 1, 1)
COUNTY, OTHER_COUNTY = "county-fengjie", "county-guangyuan"
AREAS = (
    (COUNTY, "county", "奉节县", None), ("T1", "township", "白帝镇", COUNTY), ("T2", "township", "草堂镇", COUNTY),
    ("W1", "village", "示例一村", "T1"), ("W2", "village", "示例二村", "T1"), ("W3", "village", "示例三村", "T2"),
    (OTHER_COUNTY, "county", "广元市", None), ("T9", "township", "示例镇", OTHER_COUNTY),
    ("W9", "village", "示例九村", "T9"),
)  # fmt: skip
LIVES = {
    "E1": ("W1", "T1", COUNTY),
    "E2": ("W2", "T1", COUNTY),
    "E3": ("W3", "T2", COUNTY),
    "E9": ("W9", "T9", OTHER_COUNTY),
}
NAMES = {"E1": "王示福", "E2": "李例寿", "E3": "赵样康", "E9": "孙示宁"}
OF_VILLAGES = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT)
OF_TOWNSHIPS = (Role.TOWNSHIP_OFFICER,)
STAFF_ROLES = tuple(role for role in Role if role is not Role.VOLUNTEER)


def token_of(staff_id: str) -> str:
    return f"token-of-{staff_id}"


class Known(SqlAccounts):
    """Everybody is signed in under `token_of` their id; all else is as it is, and has tests of its own."""

    def session_of(self, token: str, now: datetime) -> Session | None:
        staff_id = token.removeprefix("token-of-")
        if staff_id == token:
            return super().session_of(token, now)
        return Session(
            id=sha256(token.encode()).hexdigest(), staff_id=staff_id, step=Step.FULL, how=How.PASSWORD, made_at=now,
            seen_at=now, ends_at=now + timedelta(hours=12),
        )  # fmt: skip


class Browser:
    """Asks as one staff member (None: nobody is signed in), from our own pages unless told otherwise.

    Asked why they read of an elder, they say so and go on; `tells_why` False: they are left standing there.
    """

    def __init__(self, app: FastAPI, staff_id: str | None, *, tells_why: bool = True) -> None:
        self._tells_why = tells_why
        self.token = token_of(staff_id) if staff_id else ""
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://console.test",
            headers={"Sec-Fetch-Site": "same-origin"}, cookies={"tanfang": self.token} if staff_id else {},
        )  # fmt: skip

    async def get(self, path: str, **headers: str) -> httpx.Response:
        answer = await self._client.get(path, headers=headers)
        return await self._client.get(path, headers=headers) if await self._told_why(answer) else answer

    async def post(self, path: str, form: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        """A form with its token; a list as value is a field sent several times."""
        typed = {"form_token": form_token(self.token)} | dict(form or {})
        answer = await self._client.post(path, data=typed, headers=headers)
        return await self._client.post(path, data=typed, headers=headers) if await self._told_why(answer) else answer

    async def _told_why(self, answer: httpx.Response) -> bool:
        """Whether it was asked, and said."""
        asked = answer.headers.get("location", "")
        if not self._tells_why or answer.status_code != 303 or "/reason?next=" not in asked:
            return False
        said = {"form_token": form_token(self.token), "why": "routine"}
        assert (await self._client.post(asked, data=said)).status_code == 303
        return True

    async def upload(self, path: str, form: Mapping[str, Any], **files: tuple[str, bytes]) -> httpx.Response:
        """A form with files: name and content."""
        typed = {"form_token": form_token(self.token)} | dict(form)
        return await self._client.post(path, data=typed, files=files)


class Town:
    """`now` is what hour it is. `app` has no engine, so steps are kept and answered `later`. `more`: settings."""

    def __init__(self, folder: Path, url: str | None = None, **more: Any) -> None:
        self.now = NOW
        settings = Settings(data_dir=folder, database_url=url, county="fengjie", **more)
        self.house = House(settings, lambda: self.now)
        self.house.passwords = Passwords(CHEAP)
        self.app = app_of(self.house)

    def as_(self, staff_id: str | None, *, tells_why: bool = True) -> Browser:
        return Browser(self.app, staff_id, tells_why=tells_why)

    def phone_of(self, staff_id: str) -> str:
        with reading(self.house.engine) as connection:
            sealed = connection.execute(select(STAFF.c.phone_enc).where(STAFF.c.id == staff_id)).scalar_one()
        return self.house.sealer.open(sealed)

    def code_sent_to(self, phone: str) -> str | None:
        """The digits in the last letter to this phone that waits to be sent. None: there is none."""
        with reading(self.house.engine) as connection:
            index = self.house.sealer.index("phone", phone)
            staff = select(STAFF.c.id).where(STAFF.c.phone_index == index)
            waits = select(LETTERS.c.body_enc).where(LETTERS.c.recipient_id.in_(staff), LETTERS.c.kind == "text")
            bodies = [self.house.sealer.open(row.body_enc) for row in connection.execute(waits)]
        letters = [LETTER.validate_json(body) for body in bodies]
        return next((letter.params["digits"] for letter in letters if isinstance(letter, TextLetter)), None)

    def days_pass(self, days: float) -> None:
        self.now += timedelta(days=days)


def app_of(house: House, client: Client | None = None) -> FastAPI:
    """The web process with its console, as `starter.py web` has it, but for who is signed in."""
    house.accounts = Known(house.engine, house.sealer, house.passwords)
    return house.web(client, console_doors(house, client, Auditing(house, client), figures_age=timedelta(0)))


@cache
def _founded() -> Path:
    """The folder of a town that nothing has happened to, on SQLite: made once in a process, copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="tanfang-town-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Town(folder)
    migrate(made.house.settings.store_url)
    found(made.house)
    made.house.engine.dispose()
    return folder


def founded(folder: Path) -> Town:
    """A town of one's own, in this folder, on SQLite."""
    made = _founded()
    shutil.copyfile(made / KEY, folder / KEY)
    with closing(sqlite3.connect(made / STORE)) as held, closing(sqlite3.connect(folder / STORE)) as own:
        held.backup(own)
    return Town(folder)


def found(house: House) -> None:
    """The two counties, their people, their packs in force."""
    seal, index = house.sealer.seal, house.sealer.index
    for code in ("fengjie", "guangyuan"):
        house.activate_policy(code, SINCE, "test")
    with writing(house.engine) as c:
        for id_, kind, name, parent in AREAS:
            c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=name, parent_id=parent, from_on=SINCE))
        for n, (elder, (village, township, county)) in enumerate(LIVES.items(), 1):
            phone = f"+86192000001{n:02}"
            c.execute(
                insert(table_of(Elder)).values(
                    id=elder, county_id=county, township_id=township, village_id=village, household_id=f"H-{elder}",
                    name_enc=seal(NAMES[elder]), id_number_enc=seal(f"50023619500203{n:04}"),
                    id_number_index=index("id_number", f"50023619500203{n:04}"),
                    tail_index=index("elder_tail", f"{NAMES[elder]}/{n:04}"),
                    born_on_enc=seal("1950-02-03"), sex="M", living="alone",
                    phone_enc=seal(phone), phone_index=index("phone", phone), standing="case", start_on=SINCE,
                    updated_at=NOW,
                )
            )  # fmt: skip
            item = {"item": "unclear_reply", "role": "township_officer", "about": f"no_code note-{n}"}
            when = {"opened_at": NOW, "due_at": NOW + timedelta(hours=20 + n)}
            where = {"elder_id": elder, "township_id": township, "county_id": county}
            c.execute(insert(table_of(WorkItemRow)).values(id=f"item-{elder}", **item, **when, **where))
            for table, row in (
                (ElderCategory, {"category": "living_alone", "source": "名单"}),
                (ElderAddress, {"kind": "residence", "text_enc": seal(f"{n}组{n}号"), "text_index": f"a-{elder}"}),
            ):
                c.execute(insert(table_of(table)).values(elder_id=elder, from_on=SINCE, **row))
            lives = {"township_id": township, "village_id": village}
            volunteer = {"sex": "F", "capacity": 9, "standing": "", "consented_on": SINCE}
            _person(house, c, Volunteer, elder.replace("E", "V"), county, n, **lives, **volunteer)
        for m, role in enumerate(STAFF_ROLES):
            for k, (end, village, township, county) in enumerate(
                (("", "W1", "T1", COUNTY), ("-T2", "W3", "T2", COUNTY), ("-X", "W9", "T9", OTHER_COUNTY))
            ):
                id_ = f"S-{role.value}{end}"
                _person(house, c, Staff, id_, county, 20 + 3 * m + k)
                area = village if role in OF_VILLAGES else township if role in OF_TOWNSHIPS else county
                c.execute(insert(table_of(Post)).values(id=f"P-{id_}", role=role.value, area_id=area, holder_id=id_))


def _person(house: House, c: Any, kind: Any, id_: str, county: str, n: int, **more: Any) -> None:
    phone = f"+86192000002{n:02}"
    c.execute(
        insert(table_of(kind)).values(
            id=id_, county_id=county, name_enc=house.sealer.seal(f"吴示{n}"), phone_enc=house.sealer.seal(phone),
            phone_index=house.sealer.index("phone", phone), **more,
        )
    )  # fmt: skip


def climbing(house: House, elder_id: str, cause: str, **more: Any) -> str:
    """An escalation of this elder as its row has it: the grid worker's, not acknowledged, till tomorrow."""
    village, township, _ = LIVES[elder_id]
    id_ = escalation_stream(elder_id, cause)
    row = {
        "id": id_, "elder_id": elder_id, "township_id": township, "village_id": village, "cause": "overdue",
        "urgency": "ordinary", "state": "opened", "role": "grid_worker", "owner_id": "S-grid_worker",
        "asked_at": NOW, "rung_at": NOW, "climbs_at": NOW + timedelta(days=1),
    }  # fmt: skip
    with writing(house.engine) as c:
        c.execute(insert(table_of(EscalationRow)).values(row | more))
    return id_
