"""The webhook as a provider meets it: signed or refused, stored once, answered before anything else is done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select

from adapters import database, sms_sandbox
from adapters.database import reading
from embedded import free_port
from models.tables import Inbound, Note, table_of
from settings import Settings
from wiring import House

INBOUND, NOTES = table_of(Inbound), table_of(Note)
PHONE = "+8619200000001"


class Door:
    """The web process on a free port, and a provider that knows its secret."""

    def __init__(self, house: House, url: str) -> None:
        self.house = house
        self.url = url

    async def post(
        self, form: dict[str, str], *, secret: str | None = None, path: str = sms_sandbox.INBOUND_PATH
    ) -> int:
        url = self.url + path
        headers = {}
        if secret is not None:
            headers[sms_sandbox.SIGNATURE_HEADER] = sms_sandbox.sign(secret, url, form)
        async with httpx.AsyncClient() as http:
            return (await http.post(url, data=form, headers=headers)).status_code

    def stored(self) -> int:
        with reading(self.house.engine) as connection:
            return connection.execute(select(func.count()).select_from(INBOUND)).scalar_one()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    house = House(Settings(data_dir=tmp_path, county="demo", web_port=free_port()))
    database.migrate(house.settings.store_url)
    config = uvicorn.Config(house.web(None), host="127.0.0.1", port=house.settings.web_port, log_config=None)
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run)
    serving.start()
    url = f"http://127.0.0.1:{house.settings.web_port}"
    await _answers(url)
    yield Door(house, url)
    server.should_exit = True
    await asyncio.to_thread(serving.join)
    house.engine.dispose()


async def _answers(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, transport=httpx.AsyncHTTPTransport(retries=20)) as http:
        assert (await http.get("/healthz")).status_code == 200


def text(message_id: str = "SM1", body: str = "601") -> dict[str, str]:
    return {"MessageSid": message_id, "From": PHONE, "To": "10690000", "Body": body}


async def test_a_signed_text_is_stored_and_a_repeat_changes_nothing(door: Door) -> None:
    for _ in range(5):
        assert await door.post(text(), secret=door.house.providers.sandbox_secret) == 204
    assert door.stored() == 1


async def test_the_same_text_posted_at_once_from_many_sides_is_stored_once(door: Door) -> None:
    secret = door.house.providers.sandbox_secret
    answers = await asyncio.gather(*(door.post(text("SM9"), secret=secret) for _ in range(12)))
    assert set(answers) == {204}
    assert door.stored() == 1


@pytest.mark.parametrize("secret", [None, "another secret", ""])
async def test_an_unsigned_or_wrongly_signed_text_is_refused_and_not_stored(door: Door, secret: str | None) -> None:
    assert await door.post(text(), secret=secret) == 403
    assert door.stored() == 0


async def test_a_signature_is_for_exactly_this_text(door: Door) -> None:
    url = door.url + sms_sandbox.INBOUND_PATH
    headers = {sms_sandbox.SIGNATURE_HEADER: sms_sandbox.sign(door.house.providers.sandbox_secret, url, text())}
    async with httpx.AsyncClient() as http:
        assert (await http.post(url, data=text(body="602"), headers=headers)).status_code == 403


async def test_a_text_without_a_number_is_refused_as_malformed(door: Door) -> None:
    form = text() | {"From": "nobody"}
    assert await door.post(form, secret=door.house.providers.sandbox_secret) == 400
    assert door.stored() == 0


async def test_what_was_stored_is_sealed_and_opens_to_the_words(door: Door) -> None:
    await door.post(text(body="王示范摔倒了"), secret=door.house.providers.sandbox_secret)
    with reading(door.house.engine) as connection:
        row = connection.execute(select(NOTES)).one()
    assert "摔".encode() not in row.text_enc
    assert door.house.sealer.open(row.text_enc) == "王示范摔倒了"


async def test_it_says_that_it_lives_and_what_it_lacks(door: Door) -> None:
    async with httpx.AsyncClient(base_url=door.url) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"missing": ["engine"]})
        await door.post(text(), secret=door.house.providers.sandbox_secret)
        assert 'tanfang_inbound_texts_total{answer="stored",provider="sandbox"}' in (await http.get("/metrics")).text
