"""Worker and web as they run, with Twilio: what came while nobody was there is read, and only a fate ends a text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from temporalio.client import WorkflowExecutionStatus

from adapters.database import reading
from models.ids import digest_workflow
from models.tables import DigestRow, Inbound, table_of
from tests.stories.world import A_SECOND, VOLUNTEER_PHONE, World, at_rest, working
from tests.twilio_server import OUR_NUMBER, SID, TOKEN, TwilioServer
from wiring import House
from worker import work

INBOUND, DIGESTS = table_of(Inbound), table_of(DigestRow)
PUBLIC_URL = "https://visits.example.org"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with at_rest(tmp_path) as made:
        yield made


@pytest.fixture
def server(world: World) -> object:
    with TwilioServer(world.clock) as made:
        chosen = {
            "sms_provider": "twilio", "twilio_account_sid": SID, "twilio_auth_token": SecretStr(TOKEN),
            "twilio_from": OUR_NUMBER, "public_url": PUBLIC_URL, "twilio_api_base": made.url,
        }  # fmt: skip
        world.house.settings = world.house.settings.model_copy(update=chosen)
        yield made


def at_work(house: House, until: Callable[[], bool]) -> None:
    """A worker in a loop of its own, as in a process of its own, stopped when something has become so."""

    async def life() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(work(house, stop))
        async with asyncio.timeout(20):
            while not until():  # noqa: ASYNC110 — what it waits for stands in the store, and tells nobody
                await asyncio.sleep(0.05)
        stop.set()
        await running

    asyncio.run(life())


async def test_a_worker_reads_what_came_while_nobody_was_there(world: World, server: TwilioServer) -> None:
    sid = server.receives(VOLUNTEER_PHONE, "怎么回", world.clock - timedelta(hours=3))

    def was_read() -> bool:
        with reading(world.house.engine) as c:
            query = select(INBOUND.c.read_at).where(INBOUND.c.provider_message_id == sid)
            return c.execute(query).scalar() is not None

    await asyncio.to_thread(at_work, world.house, was_read)
    with reading(world.house.engine) as c:
        received = c.execute(select(INBOUND.c.received_at)).scalar_one()
    assert abs(received - (world.clock - timedelta(hours=3))) < A_SECOND


async def test_on_its_way_is_no_fate_and_delivered_is(world: World, server: TwilioServer) -> None:
    async with working(world):
        while not server.sent():
            await world.until(world.next_moment() + A_SECOND)
        with reading(world.house.engine) as c:
            digest_id = c.execute(select(DIGESTS.c.id)).scalars().first()
        assert digest_id is not None
        text = world.client.get_workflow_handle(digest_workflow(digest_id))
        transport = httpx.ASGITransport(world.house.web(world.client))
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7") as http:
            for word in ("sent", "delivered"):
                assert (await text.describe()).status is WorkflowExecutionStatus.RUNNING
                url, form, headers = server.says(server.sent()[0], word)
                answer = await http.post(url.removeprefix(PUBLIC_URL), data=form, headers=headers)
                assert answer.status_code == 204
        await text.result()
        assert (await text.describe()).status is WorkflowExecutionStatus.COMPLETED
