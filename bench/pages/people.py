"""Whoever lives in the cell: volunteers who read their phones and answer, officers who do what waits for them.

Each looks at the hour of the house's clock and says what they will do and when; `cell` lets the hours pass.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import select, text

from adapters.database import reading
from decisions.deadlines import civil_day, instant
from demo.actors import codes_of
from demo.assessors import STORIES, TOTALS, Assessments
from demo.benefits import Benefits
from demo.counter import Counter, holders
from demo.scenes import holder
from models.county_messages import ApproveList, CheckList
from models.messages import Acknowledge, Resolve
from models.tables import CaseRow, EscalationRow, WorkItemRow, table_of
from models.values import Channel, Outcome, Role
from post.counter import Counter as RealCounter
from post.desk import Desk, Refused
from projections import read_payments
from wiring import House

CASES, ESCALATIONS, ITEMS = table_of(CaseRow), table_of(EscalationRow), table_of(WorkItemRow)
TEXTS = text("SELECT rowid, id, phone_enc, body_enc FROM sandbox_text WHERE rowid > :after ORDER BY rowid")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
UNDELIVERED = 0.002
ASSESSED = 0.12  # of all elders, in the year
BENEFITS = 0.10
LEFT = 0.15  # of benefits applied for: the claim waits where it was left

# Shares of what happens at a visit.
MANNERS = {
    "well": 0.925,
    "silent": 0.018,
    "late": 0.007,
    "not_seen": 0.01,
    "help": 0.02,
    "unclear": 0.0195,
    "danger": 0.0005,
}
SAID = {
    "well": "{}1", "late": "{}1", "help": "{}3", "not_seen": "{}2", "unclear": "{}去了的嘛应该还可以",
    "danger": "{}摔倒了叫不醒快来",
}  # fmt: skip

Act = Callable[[], Awaitable[None]]


class Diary:
    """What is going to be done, by its hour."""

    def __init__(self) -> None:
        self._acts: list[tuple[datetime, int, Act]] = []
        self._number = count()

    def put(self, at: datetime, act: Act) -> None:
        heapq.heappush(self._acts, (at, next(self._number), act))

    def next(self) -> datetime | None:
        return self._acts[0][0] if self._acts else None

    async def do(self, now: datetime) -> int:
        done = 0
        while self._acts and self._acts[0][0] <= now:
            await heapq.heappop(self._acts)[2]()
            done += 1
        return done


class Volunteers:
    def __init__(self, house: House, diary: Diary, chance: Random, phones: frozenset[str]) -> None:
        self._house, self._diary, self._chance, self._phones = house, diary, chance, phones
        self._read = 0
        self._number = count(1)
        self._planned: set[tuple[str, int, date]] = set()

    def look(self) -> int:
        """Every text that has come since: its receipt, and for each elder it asks about, what will be answered."""
        with reading(self._house.engine) as connection:
            rows = connection.execute(TEXTS, {"after": self._read}).all()
        for row in rows:
            self._read = row.rowid
            lost = self._chance.random() < UNDELIVERED
            self._house.texts.receipt(row.id, "undelivered" if lost else "delivered", None, self._house.now())
            phone = self._house.sealer.open(row.phone_enc)
            if phone in self._phones and not lost:
                self._plan(phone, codes_of(self._house.sealer.open(row.body_enc)))
        return len(rows)

    def _plan(self, phone: str, codes: list[int]) -> None:
        now = self._house.now()
        month = civil_day(now).replace(day=1)
        new = [code for code in codes if (phone, code, month) not in self._planned]
        self._planned.update((phone, code, month) for code in new)
        self._chance.shuffle(new)
        while new:
            size = self._chance.randint(1, 4)
            outing, new = new[:size], new[size:]
            self._go(phone, outing, now)

    def _go(self, phone: str, codes: list[int], now: datetime) -> None:
        """One round of visits, told in one text; what is not plain, and what comes late, in a text of its own."""
        at = _daytime(now + timedelta(hours=2 + min(120.0, self._chance.expovariate(1 / 30))), self._chance)
        plain: list[str] = []
        for code in codes:
            manner = self._chance.choices(list(MANNERS), list(MANNERS.values()))[0]
            if manner == "silent":
                continue
            said = SAID[manner].format(code)
            if manner in ("well", "help", "not_seen"):
                plain.append(said)
            elif manner == "late":
                self._say(_daytime(now.replace(day=22) + DAY * self._chance.randint(0, 4), self._chance), phone, said)
            else:
                self._say(at, phone, said)
                self._say(at + timedelta(minutes=self._chance.randint(5, 600)), phone, f"{code}1")
        if plain:
            self._say(at, phone, " ".join(plain))

    def _say(self, at: datetime, phone: str, body: str) -> None:
        number = next(self._number)

        async def said() -> None:
            self._house.inbox.accept("sandbox", f"SM{number:08d}", phone, body, self._house.now())

        self._diary.put(at, said)


class Officers:
    """They look once an hour by day; what they take on is done after hours or days, and some of it is left."""

    def __init__(self, house: House, desk: Desk, diary: Diary, chance: Random) -> None:
        self._house, self._desk, self._diary, self._chance = house, desk, diary, chance
        self._counter = RealCounter(desk, house.desk_store, house.now)
        self._taken: set[str] = set()
        self._number = count(1)

    def look(self) -> None:
        now = self._house.now()
        with reading(self._house.engine) as connection:
            ladders = connection.execute(
                select(ESCALATIONS.c.id, ESCALATIONS.c.elder_id, ESCALATIONS.c.owner_id).where(
                    ESCALATIONS.c.state != "resolved", ESCALATIONS.c.owner_id.is_not(None)
                )
            ).all()
            items = connection.execute(
                select(ITEMS.c.id, ITEMS.c.elder_id).where(ITEMS.c.closed_at.is_(None), ITEMS.c.elder_id.is_not(None))
            ).all()
        for row in ladders:
            if row.id not in self._taken:
                self._taken.add(row.id)
                days = 1.5 if self._chance.random() < 0.85 else 12
                at = _daytime(now + DAY * self._chance.expovariate(1 / days), self._chance)
                if self._chance.random() < 0.3:
                    self._diary.put(
                        _daytime(now + 2 * HOUR, self._chance), self._step(row.id, row.elder_id, Acknowledge)
                    )
                self._diary.put(at, self._step(row.id, row.elder_id, Resolve))
        for row in items:
            if row.id not in self._taken:
                self._taken.add(row.id)
                at = _daytime(now + DAY * self._chance.expovariate(1 / 2), self._chance)
                self._diary.put(at, self._deal_with(row.id, row.elder_id))

    def _step(self, escalation_id: str, elder_id: str, kind: type[Any]) -> Act:
        async def done() -> None:
            with reading(self._house.engine) as connection:
                query = select(ESCALATIONS.c.owner_id, ESCALATIONS.c.state).where(ESCALATIONS.c.id == escalation_id)
                row = connection.execute(query).one()
            if row.state == "resolved" or row.owner_id is None:
                return
            now, key = self._house.now(), f"step-{next(self._number):032x}"
            more: dict[str, Any] = {}
            if kind is Resolve:
                more = {"outcome": Outcome.VISITED, "visited_on": civil_day(now), "visited_at": now}
            action = kind.model_fields["kind"].default
            actor = self._desk.actor(row.owner_id, action, elder_id)
            message = kind(key=key, actor=actor, channel=Channel.CONSOLE, received_at=now, **more)
            await self._desk.hand_in(escalation_id, elder_id, message)

        return done

    def _deal_with(self, item_id: str, elder_id: str) -> Act:
        """By whoever may; what only a step ends is left to that step."""

        async def done() -> None:
            for role in (Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER):
                who = holder(self._house, elder_id, role)
                row = self._house.items.on_list(who, item_id)
                if row is not None and row.item in ("unclear_reply", "call_by_phone", "follow_up"):
                    await self._house.items.done(self._counter, who, item_id, "已电话核实，老人平安")
                    return

        return done


class Deciders:
    """Assessments and benefits, spread over the year, and the county's list of each month."""

    def __init__(self, house: House, desk: Desk, diary: Diary, chance: Random) -> None:
        self._house, self._diary, self._chance = house, diary, chance
        self._assess = Assessments(house, desk, lambda elder: holder(house, elder, Role.TOWNSHIP_OFFICER))
        self._benefits = Benefits(
            Counter(house, desk, "benefit"), lambda elder: holder(house, elder, Role.TOWNSHIP_OFFICER),
            lambda elder: holder(house, elder, Role.VILLAGE_ASSISTANT),
        )  # fmt: skip
        self._lists = Counter(house, desk, "pay")

    def plan(self, since: date, until: date) -> None:
        with reading(self._house.engine) as connection:
            elders = sorted(connection.execute(select(CASES.c.elder_id)).scalars())
        days = (until - since).days
        assessed = self._chance.sample(elders, max(2, round(len(elders) * ASSESSED)))
        for n, elder in enumerate(assessed):
            story = STORIES[n % len(STORIES)] if n % 5 == 0 else "signed"
            self._diary.put(
                self._some_day(since, days), self._told(self._assess.one, elder, story, TOTALS[n % len(TOTALS)])
            )
        for elder in self._chance.sample(elders, max(2, round(len(elders) * BENEFITS))):
            left = self._chance.random() < LEFT
            day = self._some_day(max(since, until - timedelta(days=60)), 50) if left else self._some_day(since, days)
            begins = civil_day(day).replace(day=1)
            act = self._benefits.applied_only if left else self._benefits.paid_already
            self._diary.put(day, self._told(act, elder if left else [elder], begins))

        for n in range(1, days // 30):
            self._diary.put(
                _daytime(instant(since + timedelta(days=30 * n)), self._chance), self._told(self._benefits.work_off)
            )

    def _some_day(self, since: date, days: int) -> datetime:
        return _daytime(instant(since + timedelta(days=self._chance.randrange(20, max(21, days)))), self._chance)

    def _told(self, act: Callable[..., Awaitable[None]], *said: Any) -> Act:
        async def done() -> None:
            try:
                await act(*said)
            except (RuntimeError, Refused):  # the elder has gone meanwhile, or it was not the time: nothing is done
                return

        return done

    async def pay(self) -> bool:
        """The list that waits is checked by one and approved by another, as it was seen. False: none waits."""
        with reading(self._house.engine) as connection:
            row = read_payments.list_of(connection, self._house.home)
        if row is None or row.state not in ("checking", "approving"):
            return False
        seen = {"sha256": row.sha256, "fen": row.fen, "claw_back_fen": row.claw_back_fen}
        steps = ((CheckList, Role.COUNTY_OFFICER), (ApproveList, Role.COUNTY_APPROVER))
        for kind, role in steps[0 if row.state == "checking" else 1 :]:
            await self._lists.of_county(kind, holders(self._house, role)[0], month=row.month, **seen)
        return True


def _daytime(at: datetime, chance: Random) -> datetime:
    """The same day, between nine and nineteen."""
    return instant(civil_day(at)) + timedelta(minutes=chance.randrange(9 * 60, 19 * 60))
