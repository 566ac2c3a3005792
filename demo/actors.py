"""The scripted people: volunteers who read their phones and answer by the webhook, officers who act at the counter.

They know only what their phone or worklist shows; the script says how each behaves.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Row, select

from adapters import sms_sandbox
from adapters.database import reading
from decisions.deadlines import civil_day
from demo.script import Part
from models.ids import case_stream
from models.messages import ConfirmDeath, ConfirmSuspension, RecordRefusal, ReportDeath, ReportVisit, Resolve, Suspend
from models.tables import Post, WorkItemRow, table_of
from models.values import Channel, DeathSource, Evidence, Outcome, Role, SuspendReason, VisitResult
from post.counter import Counter as PostCounter
from post.desk import Desk, Refused
from projections import read
from wiring import House

TASK = re.compile(r"编号(\d{2,3})。|(?<!\d)(\d{2,3})(?![月日时分])(?=[\u4e00-\u9fff])")  # a code, not a date or an hour
LOOK = 0.25
ITEMS, POSTS = table_of(WorkItemRow), table_of(Post)
AFTERWARDS = Part("fast", 3)


class Phones:
    """The volunteers. Each text to a phone is read once; each task in it is played as the script says."""

    def __init__(
        self, house: House, web_url: str, parts: dict[tuple[str, int], Part], anchor_at: datetime, every: timedelta
    ) -> None:
        self._house = house
        self._url = web_url
        self._parts = parts
        self._anchor = anchor_at
        self._every = every
        self._pace = every / timedelta(seconds=40)
        self._seen = ""
        self._played: set[tuple[str, int]] = set()
        self._number = 0
        self._playing: set[asyncio.Task[None]] = set()
        self._not_visited: str | None = None
        self.stopped = False

    async def live_on(self, not_visited: str) -> None:
        """After the story: everybody is seen soon, but for one elder, who is left to whoever tries the console."""
        self._not_visited, self.stopped = not_visited, False
        await self.live()

    async def live(self) -> None:
        async with httpx.AsyncClient(timeout=20) as http:
            while not self.stopped:
                for message_id, phone, text in await asyncio.to_thread(self._house.providers.sandbox.since, self._seen):
                    self._seen = message_id
                    await self._receipt(http, message_id)
                    for code in codes_of(text):
                        self._play(http, phone, code)
                await asyncio.sleep(LOOK)

    def _play(self, http: httpx.AsyncClient, phone: str, code: int) -> None:
        index = self._house.sealer.index("phone", phone)
        with reading(self._house.engine) as connection:
            elder_id = read.elder_of_code(connection, index, code)
            visit = read.open_visit(connection, elder_id) if elder_id else None
        if elder_id is None or visit is None or not visit.period_id.startswith("t"):
            return
        period = int(visit.period_id[1:])
        part = self._parts.get((elder_id, period))
        if self._not_visited not in (None, elder_id):
            part = AFTERWARDS
        if part is None or (elder_id, period) in self._played:
            return
        self._played.add((elder_id, period))
        task = asyncio.create_task(self._act(http, phone, code, part, visit))
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def _act(self, http: httpx.AsyncClient, phone: str, code: int, part: Part, visit: Row[Any]) -> None:
        await self._wait(part.after)
        match part.manner:
            case "fast":
                await self.send(http, phone, f"{code}1")
            case "late":
                await self._until(visit.due_at + timedelta(seconds=1) * self._pace)
                await self.send(http, phone, f"{code}1")
            case "garbled":
                await self.send(http, phone, f"{code}去了的嘛应该还可以")
                await self._wait(3)
                await self.send(http, phone, f"{code}1")
            case "help":
                await self.send(http, phone, f"{code}3")
            case "danger":
                await self.send(http, phone, f"{code}摔倒了叫不醒快来")
                await self._wait(4)
                await self.send(http, phone, f"{code}1")
            case "not_seen":
                await self.send(http, phone, f"{code}2")
                await self._wait(3)
                await self.send(http, phone, f"{code}1")
            case "silent" | "climbs" | "paper" | "unanswered":
                return

    async def send(self, http: httpx.AsyncClient, phone: str, body: str) -> None:
        """One text, signed as the provider signs, sent again until the webhook takes it."""
        self._number += 1
        form = {"MessageSid": f"SM{self._number:08d}", "From": phone, "To": "10690000", "Body": body}
        await self._post(http, sms_sandbox.INBOUND_PATH, form)

    async def _receipt(self, http: httpx.AsyncClient, message_id: str) -> None:
        await self._post(http, sms_sandbox.RECEIPT_PATH, {"MessageSid": message_id, "MessageStatus": "delivered"})

    async def _post(self, http: httpx.AsyncClient, path: str, form: dict[str, str]) -> None:
        url = self._url + path
        headers = {sms_sandbox.SIGNATURE_HEADER: sms_sandbox.sign(self._house.providers.sandbox_secret, url, form)}
        for _ in range(100):
            try:
                if (await http.post(url, data=form, headers=headers)).status_code == 204:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.3)
        raise RuntimeError(f"the webhook never took {form['MessageSid']}")

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._pace)

    async def _until(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


def codes_of(text: str) -> list[int]:
    """The codes a text asks about; only a text that asks (看望) has any."""
    if "看望" not in text:
        return []
    return list(dict.fromkeys(int(one or two) for one, two in TASK.findall(text)))


def _period(row: Row[Any]) -> int | None:
    """The number of the period of the visit that an escalation is about."""
    period = (row.visit_id or "").rpartition(".t")[2]
    return int(period) if period.lstrip("-").isdigit() else None


class Officers:
    """Grid workers, village and township people. They look at their worklist and act at the counter."""

    def __init__(
        self, house: House, desk: Desk, parts: dict[tuple[str, int], Part], anchor_at: datetime, every: timedelta
    ) -> None:
        self._house = house
        self._desk = desk
        self._parts = parts
        self._anchor = anchor_at
        self._every = every
        self._pace = every / timedelta(seconds=40)
        self._done: set[str] = set()
        self._number = 0
        self._left: str | None = None
        self.stopped = False

    async def live_on(self, left: str) -> None:
        """After the story: all that is open is dealt with, but for one elder, who is left to whoever tries the console.
        Months went by while the worker was away to be examined: it is much at first."""
        self._left, self.stopped = left, False
        self._parts = {}
        await asyncio.gather(self.live(), self._call())

    async def live(self) -> None:
        while not self.stopped:
            for row in await asyncio.to_thread(self._worklist):
                if self._ready(row):
                    self._done.add(row.id)
                    with suppress(Refused):  # whoever tries the console may have taken their post
                        await self._resolve(row)
            await asyncio.sleep(LOOK)

    async def _call(self) -> None:
        """Whoever a text did not reach is called by who holds the post."""
        counter = PostCounter(self._desk, self._house.desk_store, self._house.now)
        while not self.stopped:
            for item, caller in await asyncio.to_thread(self._calls):
                with suppress(Refused):
                    await self._house.items.done(counter, caller, item, "已打电话")
            await asyncio.sleep(LOOK)

    def _calls(self) -> list[tuple[str, str]]:
        within = POSTS.c.area_id == ITEMS.c.township_id
        query = (
            select(ITEMS.c.id, POSTS.c.holder_id)
            .join(POSTS, (POSTS.c.role == ITEMS.c.role) & within)
            .where(ITEMS.c.item == "call_by_phone", ITEMS.c.closed_at.is_(None), POSTS.c.holder_id.is_not(None))
            .where(ITEMS.c.elder_id.is_distinct_from(self._left))
        )
        with reading(self._house.engine) as connection:
            return [(row.id, row.holder_id) for row in connection.execute(query)]

    def _worklist(self) -> list[Row[Any]]:
        with reading(self._house.engine) as connection:
            open_ = [row for row in read.open_escalations(connection) if row.id not in self._done and row.owner_id]
        return [row for row in open_ if row.elder_id != self._left]

    def _ready(self, row: Row[Any]) -> bool:
        """A silent volunteer's elder waits for the ladder's top or the month's end; the rest are dealt with soon."""
        now = datetime.now(UTC)
        period = _period(row)
        part = None if period is None else self._parts.get((row.elder_id, period))
        match part.manner if part else None:
            case "paper" | "unanswered":
                return False
            case "climbs":
                return row.role == Role.TOWNSHIP_OFFICER.value
            case "silent" if period is not None:  # after the month has ended: it stays missed
                return now > self._anchor + (period + 1) * self._every + timedelta(seconds=1) * self._pace
            case _:
                return now - row.asked_at > timedelta(seconds=1.5) * self._pace

    async def _resolve(self, row: Row[Any]) -> None:
        now = datetime.now(UTC)
        actor = self._desk.actor(row.owner_id, "resolve", row.elder_id)
        message = Resolve(
            key=self._key(), actor=actor, channel=Channel.CONSOLE, received_at=now, outcome=Outcome.VISITED,
            visited_on=civil_day(now), visited_at=now,
        )  # fmt: skip
        await self._desk.hand_in(row.id, row.elder_id, message)

    async def paper_form(self, elder_id: str, visited_at: datetime, staff_id: str) -> None:
        """A village's paper form, entered after its month has ended."""
        message = ReportVisit(
            key=self._key(), actor=self._desk.actor(staff_id, "report_visit", elder_id), channel=Channel.PAPER,
            received_at=datetime.now(UTC), visitor_id=staff_id, result=VisitResult.WELL,
            visited_on=civil_day(visited_at), visited_at=visited_at, evidence=Evidence.PAPER_FORM,
        )  # fmt: skip
        await self._desk.hand_in(case_stream(elder_id), elder_id, message)

    async def hospital(self, elder_id: str, first: str, second: str) -> None:
        now = datetime.now(UTC)
        review = civil_day(now) + timedelta(days=30)
        proposed = Suspend(
            key=self._key(), actor=self._desk.actor(first, "suspend", elder_id), channel=Channel.CONSOLE,
            received_at=now, reason=SuspendReason.HOSPITAL, review_on=review,
        )  # fmt: skip
        await self._desk.hand_in(case_stream(elder_id), elder_id, proposed)
        confirmed = ConfirmSuspension(
            key=self._key(), actor=self._desk.actor(second, "confirm_suspension", elder_id),
            channel=Channel.CONSOLE, received_at=datetime.now(UTC),
        )  # fmt: skip
        await self._desk.hand_in(case_stream(elder_id), elder_id, confirmed)

    async def death(self, elder_id: str, staff_id: str) -> None:
        now = datetime.now(UTC)
        reported = ReportDeath(
            key=self._key(), actor=self._desk.actor(staff_id, "report_death", elder_id), channel=Channel.CONSOLE,
            received_at=now,
        )  # fmt: skip
        await self._desk.hand_in(case_stream(elder_id), elder_id, reported)
        confirmed = ConfirmDeath(
            key=self._key(), actor=self._desk.actor(staff_id, "confirm_death", elder_id), channel=Channel.CONSOLE,
            received_at=datetime.now(UTC), died_on=civil_day(now), source=DeathSource.VILLAGE_DOCTOR,
        )  # fmt: skip
        await self._desk.hand_in(case_stream(elder_id), elder_id, confirmed)

    async def refusal(self, elder_id: str, staff_id: str) -> None:
        message = RecordRefusal(
            key=self._key(), actor=self._desk.actor(staff_id, "record_refusal", elder_id), channel=Channel.CONSOLE,
            received_at=datetime.now(UTC),
        )  # fmt: skip
        await self._desk.hand_in(case_stream(elder_id), elder_id, message)

    def _key(self) -> str:
        self._number += 1
        return f"step-{self._number:06d}"
