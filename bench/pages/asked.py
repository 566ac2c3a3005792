"""Which pages are asked for, as whom, and of which elders: chosen from the store by the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from urllib.parse import quote

import httpx
from sqlalchemy import Connection, func, select

from adapters.database import reading
from decisions.deadlines import civil_day, months_after
from models.accounts import SignedIn
from models.tables import Area, Elder, Post, VisitRow, WorkItemRow, table_of
from models.values import Role
from web.security import form_token
from wiring import House

AREAS, ELDERS, POSTS = table_of(Area), table_of(Elder), table_of(Post)
VISITS, ITEMS = table_of(VisitRow), table_of(WorkItemRow)
COOKIE = "tanfang"
EACH = 40  # elders whose page is asked for


@dataclass(frozen=True)
class Asked:
    """One line of the table: `paths` are asked for in turn with this `token`; without one nobody is signed in."""

    name: str
    who: str
    paths: tuple[str, ...]
    token: str = ""


@dataclass
class Staff:
    """Who asks: by role, their session."""

    house: House
    now: datetime
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, staff_id: str) -> str:
        """As by the link of the demo: a real session, and no password that somebody would have to know."""
        if staff_id not in self.tokens:
            link = self.house.sign_in_links.make(staff_id, self.now)
            signed = self.house.sign_in_links.open(link.get_secret_value(), self.now)
            if not isinstance(signed, SignedIn):
                raise RuntimeError(f"{staff_id} could not be signed in")
            self.tokens[staff_id] = signed.token.get_secret_value()
        return self.tokens[staff_id]


def pages(house: House, now: datetime, seed: int) -> list[Asked]:
    """All that is measured. Menu pages are added by `menu_of`, once somebody has been asked what theirs holds."""
    chance, staff = Random(seed), Staff(house, now)
    with reading(house.engine) as connection:
        village, township = _busiest(connection)
        at = {
            "village assistant": _holder(connection, Role.VILLAGE_ASSISTANT, village),
            "township officer": _holder(connection, Role.TOWNSHIP_OFFICER, township),
            "county officer": _holder(connection, Role.COUNTY_OFFICER, house.home),
        }
        everybody = connection.execute(select(ELDERS.c.id).where(ELDERS.c.standing == "case")).scalars().all()
        of_village = (
            connection.execute(select(ELDERS.c.id).where(ELDERS.c.village_id == village, ELDERS.c.standing == "case"))
            .scalars()
            .all()
        )
        sealed = connection.execute(
            select(ELDERS.c.name_enc, ELDERS.c.phone_enc, ELDERS.c.id_number_enc).where(
                ELDERS.c.id.in_(chance.sample(sorted(everybody), min(EACH, len(everybody))))
            )
        ).all()
        visits = (
            connection.execute(select(VISITS.c.elder_id).where(VISITS.c.state == "open").limit(EACH)).scalars().all()
        )
    opened = house.sealer.open
    names = [opened(row.name_enc) for row in sealed]
    phones = [opened(row.phone_enc) for row in sealed if row.phone_enc is not None]
    numbers = [opened(row.id_number_enc) for row in sealed]
    ways = [way.path for elder in visits for way in house.visit_links.of_elder(elder, now)]
    near = chance.sample(sorted(of_village), min(EACH, len(of_village)))
    far = chance.sample(sorted(everybody), min(EACH, len(everybody)))
    months = [months_after(civil_day(now).replace(day=1), -back) for back in range(12)]
    tokens = {who: staff.token(staff_id) for who, staff_id in at.items()}

    def of(name: str, who: str, paths: Sequence[str]) -> Asked:
        return Asked(name, who, tuple(paths), tokens[who])

    return [
        *(of("worklist", who, ["/worklist"]) for who in at),
        of("elder", "village assistant", [f"/elders/{elder}" for elder in near]),
        of("elder", "county officer", [f"/elders/{elder}" for elder in far]),
        of("dashboard, a month", "county officer", ["/dashboard"]),
        of("dashboard, twelve months", "county officer", [f"/dashboard?month={month:%Y-%m}" for month in months]),
        of("dashboard, a township", "county officer", [f"/dashboard?area={township}"]),
        of("dashboard, a month", "township officer", ["/dashboard"]),
        of("elders by village", "county officer", ["/elders"]),
        of("search: a surname", "county officer", _searched({name[0] for name in names})),
        of("search: a name", "county officer", _searched(names)),
        of("search: a surname", "village assistant", _searched({name[0] for name in names})),
        of("search: a phone", "county officer", _searched(phones)),
        of("search: an ID number", "county officer", _searched(numbers)),
        *([Asked("visitor's page", "by link", tuple(ways))] if ways else []),
    ]


def _searched(words: Sequence[str] | set[str]) -> list[str]:
    return [f"/elders?q={quote(word)}" for word in sorted(words)]


def _busiest(connection: Connection) -> tuple[str, str]:
    """The village and the township in which most waits."""
    waits = (
        select(ELDERS.c.village_id, ELDERS.c.township_id)
        .join(ITEMS, ITEMS.c.elder_id == ELDERS.c.id)
        .where(ITEMS.c.closed_at.is_(None))
        .group_by(ELDERS.c.village_id, ELDERS.c.township_id)
        .order_by(func.count().desc(), ELDERS.c.village_id)
    )
    row = connection.execute(waits.limit(1)).one()
    return row.village_id, row.township_id


def _holder(connection: Connection, role: Role, area_id: str) -> str:
    query = select(POSTS.c.holder_id).where(POSTS.c.role == role.value, POSTS.c.area_id == area_id)
    return connection.execute(query.where(POSTS.c.holder_id.is_not(None)).limit(1)).scalar_one()


def say_why(asked: Sequence[Asked], base: str) -> None:
    """Whoever reads of an elder outside their own work says why first; it holds for half an hour."""
    with httpx.Client(base_url=base, headers={"Sec-Fetch-Site": "same-origin"}, timeout=60) as http:
        for one in asked:
            for path in one.paths if one.name == "elder" else ():
                cookies = {"Cookie": f"{COOKIE}={one.token}"}
                if http.get(path, headers=cookies).status_code == 303:
                    form: Mapping[str, str] = {"form_token": form_token(one.token), "why": "routine"}
                    answer = http.post(f"{path}/reason?next={quote(path, safe='')}", data=form, headers=cookies)
                    answer.raise_for_status() if answer.status_code >= 400 else None


def menu_of(asked: Sequence[Asked], base: str) -> list[Asked]:
    """Every other page that whoever is asked finds in their menu."""
    with httpx.Client(base_url=base, timeout=60) as http:
        found: list[Asked] = []
        for who, token in {one.who: one.token for one in asked if one.token}.items():
            answer = http.get("/worklist", headers={"Cookie": f"{COOKIE}={token}"})
            known = {path for one in asked if one.who == who for path in one.paths}
            for path in _menu(answer.text):
                there = http.get(path, headers={"Cookie": f"{COOKIE}={token}"})
                leads_to = there.headers.get("location", path)  # whoever has one village is led to its form
                if path not in known:
                    found.append(Asked(path, who, (leads_to,), token))
        return found


def _menu(html: str) -> list[str]:
    _, _, menu = html.partition("<nav")
    menu, _, _ = menu.partition("</nav>")
    links = [part.partition('"')[0] for part in menu.split('href="')[1:]]
    return [
        link for link in dict.fromkeys(links) if link.startswith("/") and link not in ("/", "/sign-out", "/account")
    ]
