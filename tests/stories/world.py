"""A small county on a real engine with a movable clock, and a real store. Time moves by one verb: `days_pass`.

The engine is Temporal's time-skipping test server; letters are carried by `dispatch_due` at the moment they are due.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

import wiring
from adapters import database
from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from decisions import assessment, care_case, claims, escalation
from decisions import county as months
from models import ids
from models.letters import StartCase
from models.tables import (
    Area,
    DigestRow,
    Elder,
    ElderCategory,
    LedgerRow,
    LetterRow,
    Pairing,
    Post,
    Staff,
    StreamState,
    VisitRow,
    Volunteer,
    table_of,
)
from models.values import Actor, ActorKind, Role
from post.dispatch import Dispatch
from post.gateway import SEARCH_ATTRIBUTES
from projections import streams
from projections.streams import load
from settings import Settings
from wiring import House

TEST_SERVER = Path(sys.executable).parent / "temporal-test-server"
A_DAY, A_SECOND = timedelta(days=1), timedelta(seconds=1)
COUNTY = "county-fengjie"
LEDGER, VISITS, DIGESTS = table_of(LedgerRow), table_of(VisitRow), table_of(DigestRow)
LETTERS, STREAMS = table_of(LetterRow), table_of(StreamState)
LADDER = (Role.GRID_WORKER, Role.VILLAGE_ASSISTANT, Role.TOWNSHIP_OFFICER, Role.COUNTY_OFFICER)


def _wakes_at(state: streams.State) -> datetime | None:
    match state:
        case care_case.State():
            return care_case.next_wakeup(state)
        case assessment.State():
            return assessment.next_wakeup(state)
        case claims.State():
            return claims.next_wakeup(state)
        case months.State():
            return months.next_wakeup(state)
        case _:
            return escalation.next_wakeup(state)


class World:
    """`now` is the engine's hour. `volunteer_phone` and each role's phone read their texts in `texts_to`."""

    def __init__(self, env: WorkflowEnvironment, house: House, client: Client) -> None:
        self.env = env
        self.house = house
        self.client = client
        self.clock = datetime.now(UTC)
        self.dispatch: Dispatch
        self._texts = 0

    # --- time --------------------------------------------------------------------------------------------------------

    async def days_pass(self, days: float) -> None:
        await self.until(self.clock + timedelta(days=days))

    async def until(self, at: datetime) -> None:
        """As the county lives it: dispatch, which looks four times a second, has work only when something is due.

        What is carried makes others act: a second later it is looked again.
        """
        busy = 1
        while self.clock < at:
            due = self.clock if busy else min(self.next_moment(), at)
            await self.env.sleep(max(due - self.clock, A_SECOND))
            busy = await self.settle()

    def next_moment(self) -> datetime:
        """The first at which a letter is due, a case wakes or a ladder climbs; a day from now if nothing is."""
        with reading(self.house.engine) as connection:
            letters = connection.execute(select(LETTERS).where(LETTERS.c.state == "due")).all()
            streams = connection.execute(select(STREAMS)).all()
        moments = [self.clock + A_DAY, *(row.next_try_at or row.send_not_before for row in letters)]
        for row in streams:
            state = load(row.stream, self.house.sealer.open(row.state_enc))
            wakes = _wakes_at(state)
            moments += [wakes] if wakes is not None else []
        return min(moments)

    async def settle(self) -> int:
        """Carry all that is due now. Answers how much that was."""
        carried = 0
        self.clock = await self.env.get_current_time()
        while done := await self.dispatch.dispatch_due(self.clock):
            carried += done
            self.clock = await self.env.get_current_time()
        return carried

    # --- people ------------------------------------------------------------------------------------------------------

    def text(self, phone: str, body: str) -> None:
        """A text reaches us now."""
        self._texts += 1
        self.house.inbox.accept("sandbox", f"SM{self._texts:06d}", phone, body, self.clock)

    def texts_to(self, phone: str) -> list[str]:
        return [body for _, to, body in self.house.providers.sandbox.since("") if to == phone]

    def actor(self, role: Role) -> Actor:
        return Actor(id=f"S-{role.value}", kind=ActorKind.STAFF, role=role)

    # --- reading -----------------------------------------------------------------------------------------------------

    def ledger(self, stream: str) -> list[tuple[str, datetime]]:
        with reading(self.house.engine) as connection:
            query = select(LEDGER.c.kind, LEDGER.c.at).where(LEDGER.c.stream == stream).order_by(LEDGER.c.seq)
            return [(row.kind, row.at) for row in connection.execute(query)]

    def visits(self, elder_id: str) -> list[Any]:
        with reading(self.house.engine) as connection:
            query = select(VISITS).where(VISITS.c.elder_id == elder_id).order_by(VISITS.c.opened_at)
            return list(connection.execute(query))

    def escalations(self) -> list[str]:
        with reading(self.house.engine) as connection:
            query = select(LEDGER.c.stream).where(LEDGER.c.kind == "EscalationStarted").distinct()
            return list(connection.execute(query.order_by(LEDGER.c.stream)).scalars())

    async def history_length(self, workflow_id: str) -> int:
        history = await self.client.get_workflow_handle(workflow_id).fetch_history()
        return len(history.events)


# Every story begins on the same day, whatever today is: this month asks for nobody any more, the next begins soon.
OPENS_AT = datetime(2037, 11, 27, 1, tzinfo=UTC)
VOLUNTEER_PHONE = "+8619200000001"
PHONES = {role: f"+861920000001{n}" for n, role in enumerate(LADDER)}


@asynccontextmanager
async def county(
    folder: Path, elders: int = 1, tags: tuple[str, ...] = (), url: str | None = None
) -> AsyncIterator[World]:
    """A county with one village, one volunteer, one officer on each rung, and `elders` paired with the volunteer."""
    async with at_rest(folder, elders, tags, url=url) as world, working(world):
        yield world


@asynccontextmanager
async def at_rest(
    folder: Path,
    elders: int = 1,
    tags: tuple[str, ...] = (),
    opens_at: datetime = OPENS_AT,
    first: int = 1,
    url: str | None = None,
) -> AsyncIterator[World]:
    """The same, before any worker has come to work. `opens_at`: the hour it is then.

    Elders are numbered from `first`; the number has the second of the minute at which a case asks. `url`: the store,
    if it is not a file in the folder.
    """
    env = await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(TEST_SERVER))
    async with env:
        await _register_search_attributes(env)
        await env.sleep(opens_at - await env.get_current_time())
        address = env.client.service_client.config.target_host
        house = House(
            Settings(data_dir=folder, database_url=url, county="fengjie", temporal_address=address, strict_sandbox=True)
        )
        _founded(house.settings)
        world = World(env, house, await house.connect())
        house.now = lambda: world.clock
        world.clock = await env.get_current_time()
        _people(house, range(first, first + elders), tags, world.clock)
        world.dispatch = house.dispatch(world.client)
        with pytest.MonkeyPatch.context() as commands:
            commands.setattr(wiring, "now", house.now)
            yield world
        house.engine.dispose()


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    with ThreadPoolExecutor(60) as threads:
        cases, waiting = world.house.workers(world.client, threads)
        async with cases, waiting:
            await world.settle()
            yield


def _founded(settings: Settings) -> None:
    """A new file is a copy of one that was made as a county's is, because to make it takes longer than many a story."""
    file = settings.data_dir / "store.sqlite"
    if settings.database_url is None and not file.exists():
        file.write_bytes(_new_store())
    else:
        database.migrate(settings.store_url)


@functools.cache
def _new_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "store.sqlite"
        database.migrate(f"sqlite:///{file}")
        return file.read_bytes()


async def _register_search_attributes(env: WorkflowEnvironment) -> None:
    names = {attribute.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD for attribute in SEARCH_ATTRIBUTES}
    request = AddSearchAttributesRequest(namespace="default", search_attributes=names)
    await env.client.operator_service.add_search_attributes(request)


def _people(house: House, elders: range, tags: tuple[str, ...], now: datetime) -> None:
    seal, index = house.sealer.seal, house.sealer.index
    since = date(2020, 1, 1)
    house.activate_policy("fengjie", since, "test")
    with writing(house.engine) as c:
        for id_, kind, name, parent in (
            (COUNTY, "county", "奉节县", None),
            ("T1", "township", "白帝镇", COUNTY),
            ("W1", "village", "示例一村", "T1"),
        ):
            c.execute(insert(table_of(Area)).values(id=id_, kind=kind, name=name, parent_id=parent, from_on=since))
        c.execute(
            insert(table_of(Volunteer)).values(
                id="V-1", county_id=COUNTY, township_id="T1", village_id="W1", name_enc=seal("周示甲"), sex="F",
                phone_enc=seal(VOLUNTEER_PHONE), phone_index=index("phone", VOLUNTEER_PHONE), capacity=60, standing="",
                consented_on=since,
            )
        )  # fmt: skip
        for role in LADDER:
            phone = PHONES[role]
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
        for n in elders:
            elder = f"E{n}"
            c.execute(
                insert(table_of(Elder)).values(
                    id=elder, county_id=COUNTY, township_id="T1", village_id="W1", household_id=f"H{n}",
                    name_enc=seal(f"王示{chr(0x4E00 + n)}"), id_number_enc=seal("0"), id_number_index=f"x{n}",
                    tail_index=f"x{n}", phone_textable=False, born_on_enc=seal("1940-01-01"), sex="F",
                    standing="case", standing_reason="special_difficulty", start_on=since, updated_at=now,
                )
            )  # fmt: skip
            for tag in tags:
                c.execute(
                    insert(table_of(ElderCategory)).values(elder_id=elder, category=tag, from_on=since, source="test")
                )
            c.execute(insert(table_of(Pairing)).values(volunteer_id="V-1", elder_id=elder, from_on=since))
            start = StartCase(workflow_id=ids.case_stream(elder), elder_id=elder, county_id=COUNTY, township_id="T1")
            insert_letter(c, house.sealer, f"start-{elder}", start, now)


def with_auditor(house: House) -> str:
    """Somebody who audits the county: their id."""
    id_, phone = "S-auditor", "+8619200000099"
    with writing(house.engine) as c:
        sealed = {"name_enc": house.sealer.seal("郑示丁"), "phone_enc": house.sealer.seal(phone)}
        sealed |= {"phone_index": house.sealer.index("phone", phone)}
        c.execute(insert(table_of(Staff)).values(id=id_, county_id=COUNTY, **sealed))
        post = {"id": "P-auditor", "role": Role.AUDITOR.value, "area_id": COUNTY, "holder_id": id_}
        c.execute(insert(table_of(Post)).values(**post))
    return id_
