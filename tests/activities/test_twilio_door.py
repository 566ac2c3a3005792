"""Twilio's door behind a proxy: signed for the public URL or refused. And what could not be brought to it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from adapters.database import reading
from models.errors import TanfangFault
from models.tables import Inbound, table_of
from post.poll_back import EVERY, OVERLAP, PollBack
from tests.activities.twilio_town import NOW, PHONE, PUBLIC_URL, Town, settings
from tests.twilio_server import SID, signature
from wiring import House

INBOUND = table_of(Inbound)
PATH, RECEIPT = "/sms/twilio/inbound", "/sms/twilio/receipt"


def came(town: Town, body: str = "521", at: datetime = NOW) -> tuple[str, dict[str, str], dict[str, str]]:
    """A text that Twilio received, and how it would bring it to us."""
    sid = town.server.receives(PHONE, body, at)
    return (sid, *town.server.inbound(sid, PUBLIC_URL + PATH))


def stored(town: Town) -> list[tuple[str, datetime]]:
    with reading(town.house.engine) as c:
        rows = c.execute(select(INBOUND).order_by(INBOUND.c.received_at, INBOUND.c.provider_message_id)).all()
    return [(row.provider_message_id, row.received_at) for row in rows]


def polling(town: Town) -> PollBack:
    (one,) = town.house.poll_backs
    return one


# --- signatures ------------------------------------------------------------------------------------------------------


async def test_a_text_signed_for_the_public_url_is_taken_behind_a_proxy(town: Town) -> None:
    sid, form, headers = came(town)
    assert [await town.post(PATH, form, headers) for _ in range(3)] == [204] * 3
    assert stored(town) == [(sid, NOW)]


async def test_the_url_that_was_called_is_not_what_is_signed(town: Town) -> None:
    sid, form, _ = came(town)
    for url in (f"http://10.0.0.7:8080{PATH}", f"http://visits.example.org{PATH}", f"{PUBLIC_URL}{RECEIPT}"):
        headers = signature(url, form) | {"X-Forwarded-Host": "10.0.0.7", "Host": "10.0.0.7"}
        assert await town.post(PATH, form, headers) == 403
    assert stored(town) == []
    headers = signature(PUBLIC_URL + PATH, form) | {"Host": "evil.example"}
    assert await town.post(PATH, form, headers) == 204
    assert [id_ for id_, _ in stored(town)] == [sid]


WRONG: dict[str, dict[str, str]] = {
    "none": {}, "empty": {"X-Twilio-Signature": ""}, "another": {"X-Twilio-Signature": "bm90IHRoaXM="},
    "not ASCII": {"X-Twilio-Signature": "签名"}, "another token": signature(PUBLIC_URL + PATH, {"a": "b"}, "other"),
}  # fmt: skip


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", [PATH, RECEIPT, f"{RECEIPT}?ref=D1"])
async def test_without_its_signature_it_is_refused(town: Town, path: str, headers: dict[str, str]) -> None:
    _, form, _ = came(town)
    assert await town.post(path, form | {"MessageStatus": "delivered"}, headers) == 403
    assert stored(town) == []


@pytest.mark.parametrize("path", [PATH, RECEIPT])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"no part at all", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="Body"\r\n\r\n1\r\n--y', "multipart/form-data; boundary=x"),
        (b"Body=%ff%fe&From=%", "application/x-www-form-urlencoded"),
        (b"&=&" * 2000, "application/x-www-form-urlencoded; charset=none"),
        (b"\x00\xff", "text/plain"),
        (b"", "multipart/form-data; boundary="),
    ],
)
async def test_what_cannot_even_be_parsed_is_refused_for_its_signature(
    town: Town, path: str, content: bytes, kind: str
) -> None:
    assert await town.post_raw(path, content, kind) == 403


async def test_a_signature_is_for_exactly_this_text_and_this_reference(town: Town) -> None:
    _, form, headers = came(town)
    assert await town.post(PATH, form | {"Body": "522"}, headers) == 403
    town.send()
    url, form, headers = town.server.says(town.server.sent()[0], "delivered")
    assert await town.post(url.removeprefix(PUBLIC_URL).replace("D1", "D2"), form, headers) == 403
    assert town.state() == "accepted"


@pytest.mark.parametrize("spoilt", [{"From": "nobody"}, {"From": ""}, {"MessageSid": None}, {"Body": None}])
async def test_a_signed_text_that_makes_no_sense_is_malformed(town: Town, spoilt: dict[str, str | None]) -> None:
    _, form, _ = came(town)
    made = {name: value for name, value in (form | spoilt).items() if value is not None}
    assert await town.post(PATH, made, signature(PUBLIC_URL + PATH, made)) == 400
    assert stored(town) == []


async def test_a_signed_receipt_that_makes_no_sense_is_malformed(town: Town) -> None:
    made = {"AccountSid": SID}
    assert await town.post(RECEIPT, made, signature(PUBLIC_URL + RECEIPT, made)) == 400


async def test_a_receipt_of_a_text_we_never_sent_is_kept_and_changes_nothing(town: Town) -> None:
    form = {"MessageSid": "SM" + "9" * 32, "MessageStatus": "delivered"}
    for url in (f"{PUBLIC_URL}{RECEIPT}", f"{PUBLIC_URL}{RECEIPT}?ref=D1", f"{PUBLIC_URL}{RECEIPT}?ref=nobody"):
        assert await town.post(url.removeprefix(PUBLIC_URL), form, signature(url, form)) == 204
    assert town.state() == "built"


def test_only_the_door_of_who_sends_is_open(town: Town) -> None:
    assert [door.name for door in town.house.providers.doors()] == ["twilio"]
    by_hand = House(settings(town.house.settings.data_dir, town.server.url, sms_provider="manual"))
    assert [door.name for door in by_hand.providers.doors()] == ["sandbox", "twilio"]
    assert len(by_hand.poll_backs) == 1
    plain = House(settings(town.house.settings.data_dir, "", sms_provider="sandbox", twilio_auth_token=None))
    assert [door.name for door in plain.providers.doors()] == ["sandbox"]
    assert plain.poll_backs == []


# --- poll-back -------------------------------------------------------------------------------------------------------


async def test_texts_that_our_outage_lost_are_fetched_and_dated_when_twilio_had_them(town: Town) -> None:
    polling(town).once()
    lost = [town.server.receives(PHONE, "521", NOW + timedelta(hours=hour)) for hour in (1, 30, 60)]
    sid, form, headers = came(town, at=NOW + timedelta(hours=70))
    town.now = NOW + timedelta(hours=71)
    assert await town.post(PATH, form, headers) == 204
    assert polling(town).once() == 3
    hours = {id_: (at - NOW) / timedelta(hours=1) for id_, at in stored(town)}
    assert hours == {lost[0]: 1, lost[1]: 30, lost[2]: 60, sid: 71}


async def test_a_text_that_comes_both_ways_is_one(town: Town) -> None:
    sid, form, headers = came(town)
    assert polling(town).once() == 1
    assert await town.post(PATH, form, headers) == 204
    assert polling(town).once() == 0
    assert stored(town) == [(sid, NOW)]
    assert town.house.inbox.read_all(NOW) == 1
    assert town.house.inbox.read_all(NOW) == 0


def test_only_texts_to_us_since_the_last_time_are_fetched(town: Town) -> None:
    town.server.receives(PHONE, "of long ago", NOW - timedelta(hours=25))
    first = town.server.receives(PHONE, "521", NOW - timedelta(hours=23))
    town.server.receives("SERVICE", "from no number", NOW)
    town.send()
    assert polling(town).once() == 1
    town.now = NOW + timedelta(days=3)
    again = town.server.receives(PHONE, "522", NOW - OVERLAP + timedelta(minutes=1))
    assert polling(town).once() == 1
    assert {id_ for id_, _ in stored(town)} == {first, again}


def test_where_it_cannot_be_asked_it_is_asked_from_there_again(town: Town) -> None:
    polling(town).once()
    town.server.down = True
    sid = town.server.receives(PHONE, "521", NOW + timedelta(minutes=1))
    town.now = NOW + timedelta(days=2)
    with pytest.raises(TanfangFault):
        polling(town).once()
    town.server.down = False
    assert polling(town).once() == 1
    assert [id_ for id_, _ in stored(town)] == [sid]


async def test_the_loop_outlives_what_fails_and_stops_when_told(town: Town) -> None:
    town.server.down = True
    assert await polling(town).try_once() == 0
    town.server.down = False
    town.server.receives(PHONE, "521", NOW)
    stop, woken = asyncio.Event(), asyncio.Event()
    loop = asyncio.create_task(polling(town).run(woken.set, stop))
    await asyncio.wait_for(woken.wait(), 5)
    stop.set()
    await asyncio.wait_for(loop, EVERY.total_seconds() / 10)
