"""What Alibaba Cloud pushes: replies and receipts, several at once, by a path that only they know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from adapters.database import migrate, reading
from models.tables import Inbound, Note, SendReceipt, table_of
from settings import Settings
from tests.aliyun_server import KEY_ID, KEY_SECRET, AliyunServer, Sent
from wiring import House

KEY = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
YES = '{"code":0,"msg":"成功"}'.encode()
INBOUND, NOTES, RECEIPTS = table_of(Inbound), table_of(Note), table_of(SendReceipt)
PHONE = "19200000001"


class Door:
    """The web process of a county that sends through Alibaba Cloud, and who pushes to it."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(
            data_dir=folder, county="demo", sms_provider="aliyun", aliyun_access_key_id=KEY_ID,
            aliyun_access_key_secret=SecretStr(KEY_SECRET), aliyun_callback_key=SecretStr(KEY),
            aliyun_endpoint="http://127.0.0.1:9",
        )  # fmt: skip
        self.house = House(settings, now=lambda: NOW)
        migrate(settings.store_url)
        transport = httpx.ASGITransport(self.house.web(None))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://county.example")
        self.server = AliyunServer({}, set(), lambda: NOW)

    async def push(self, what: str, entries: object, key: str = KEY, **given: str) -> httpx.Response:
        body = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
        return await self.http.post(
            f"/sms/aliyun/{key}/{what}", content=body, headers={"Content-Type": "application/json", **given}
        )

    def texts(self) -> list[tuple[str, str, str]]:
        with reading(self.house.engine) as c:
            rows = c.execute(
                select(INBOUND, NOTES.c.text_enc)
                .join(NOTES, NOTES.c.id == INBOUND.c.note_id)
                .order_by(INBOUND.c.provider_message_id)
            ).all()
        opened = self.house.sealer.open
        return [(row.provider_message_id, opened(row.phone_enc), opened(row.text_enc)) for row in rows]

    def receipts(self) -> list[tuple[str, str, str | None]]:
        with reading(self.house.engine) as c:
            rows = c.execute(select(RECEIPTS).order_by(RECEIPTS.c.provider_message_id)).all()
        return [(row.provider_message_id, row.status, row.error) for row in rows]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path)
    yield made
    await made.http.aclose()
    made.server.close()
    made.house.engine.dispose()


async def test_each_reply_of_a_push_is_stored_once_by_its_own_id(door: Door) -> None:
    pushed = [door.server.up(n, PHONE, f"52{n}") for n in (1, 2, 3)]
    for _ in range(2):
        answer = await door.push("inbound", pushed)
        assert (answer.status_code, answer.content) == (200, YES)
        assert answer.headers["Content-Type"] == "application/json"
    assert door.texts() == [(str(n), f"+86{PHONE}", f"52{n}") for n in (1, 2, 3)]


MALFORMED = (
    None, 7, "521", [], {}, {"sequence_id": 9}, {"phone_number": PHONE, "content": "521"},
    {"sequence_id": 9, "phone_number": "neighbour", "content": "521"},
    {"sequence_id": {"a": 1}, "phone_number": PHONE, "content": "521"},
    {"sequence_id": "9/../1", "phone_number": PHONE, "content": "521"},
    {"sequence_id": 9, "phone_number": PHONE, "content": ["521"]},
)  # fmt: skip


async def test_a_malformed_reply_does_not_lose_the_others(door: Door) -> None:
    pushed = [door.server.up(1, PHONE, "521"), *MALFORMED, door.server.up(2, PHONE, "\ud83d 522")]
    assert (await door.push("inbound", pushed)).content == YES
    assert [(id_, said) for id_, _, said in door.texts()] == [("1", "521"), ("2", "? 522")]


NO_PUSH = (
    b"", b"521", b"{}", b"null", b'"x"', b"[", b"\xff", b"[" * 100_000, b"[" + b" " * 1_000_000 + b"]", b"a=1",
)  # fmt: skip


@pytest.mark.parametrize("what", ["inbound", "receipt"])
async def test_what_is_no_push_is_refused_and_never_an_error_of_ours(door: Door, what: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [await door.push(what, body, **headers) for body in NO_PUSH for headers in ({}, form)]
    assert {answer.status_code for answer in answers} == {400} and len(answers) == 2 * len(NO_PUSH)
    assert (door.texts(), door.receipts()) == ([], [])


@pytest.mark.parametrize("what", ["inbound", "receipt"])
async def test_who_does_not_know_the_path_is_refused(door: Door, what: str) -> None:
    pushed = [door.server.up(1, PHONE, "521"), door.server.report(Sent("b", "D1", PHONE, "", NOW))]
    for host in ("county.example", "[", "a?b/c", "/", f"{KEY}/x"):
        for key in ("", "x", KEY[:-1], KEY + "0", KEY.upper(), "%00", "%E6%8E%A2", "a%2Fb"):
            answer = await door.push(what, pushed, key, Host=host)
            assert answer.status_code == (404 if key in ("", "a%2Fb") else 403)
    assert (door.texts(), door.receipts()) == ([], [])


async def test_each_receipt_of_a_push_is_kept_with_the_code_of_the_carrier(door: Door) -> None:
    sent = [Sent(f"{n}^0", f"D{n}", PHONE, "", NOW) for n in (1, 2)]
    pushed = [
        door.server.report(sent[0]), {"success": True}, {**door.server.report(sent[0]), "success": "perhaps"},
        door.server.report(sent[1], "MOBILE_NOT_ON_SERVICE"),
        {**door.server.report(sent[1]), "out_id": "D3", "success": False, "err_code": f"no {PHONE}"},
    ]  # fmt: skip
    for _ in range(2):
        assert (await door.push("receipt", pushed)).content == YES
    assert door.receipts() == [
        ("D1", "delivered", None), ("D2", "undelivered", "MOBILE_NOT_ON_SERVICE"), ("D3", "undelivered", "unreadable"),
    ]  # fmt: skip
