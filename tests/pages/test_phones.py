"""Sandbox phones: who sees whose, what is on them, and that a reply comes in by the door of every text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.database import reading, writing
from adapters.texts import Outgoing
from models.tables import Inbound, Staff, Volunteer, table_of
from models.templates import TemplateId
from settings import Settings
from tests.pages.town import NOW, Town, app_of
from tests.pages.visits import asked
from wiring import House

INBOUND = table_of(Inbound)
OFFICER = "S-township_officer"


def number_of(town: Town, person_id: str) -> str:
    with reading(town.house.engine) as connection:
        for table in (table_of(Volunteer), table_of(Staff)):
            sealed = connection.execute(select(table.c.phone_enc).where(table.c.id == person_id)).scalar()
            if sealed is not None:
                return town.house.sealer.open(sealed)
    raise LookupError(person_id)


def sent(town: Town, person_id: str, words: str) -> None:
    town.days_pass(1 / 1440)
    out = Outgoing(f"{person_id}-{words}-{town.now}", number_of(town, person_id), words, TemplateId.MENU, town.now)
    town.house.providers.sandbox.send(out)


def shown(page: str) -> list[str]:
    return re.findall(r'href="/phones/([^"?]+)"', page)


async def test_whose_phones_are_shown(town: Town) -> None:
    """Whoever had a text or has a visit to make, in one's own territory."""
    for person in ("V1", "V3", "V9", "S-grid_worker", "S-grid_worker-T2", "S-county_officer"):
        sent(town, person, "您好")
    asked(town, "E2", "V2")
    assert shown((await town.as_(OFFICER).get("/phones")).text) == ["S-grid_worker", "V1", "V2"]
    of_county = shown((await town.as_("S-admin").get("/phones")).text)
    assert of_county == ["S-county_officer", "S-grid_worker", "S-grid_worker-T2", "V1", "V2", "V3"]


async def test_both_directions_in_order_and_then_only_what_is_new(town: Town) -> None:
    browser = town.as_(OFFICER)
    sent(town, "V1", "请看望")
    town.days_pass(1 / 1440)
    assert (await browser.post("/phones/V1", {"body": "521"})).headers["location"] == "/phones/V1"
    sent(town, "V1", "已记")
    page = (await browser.get("/phones/V1")).text
    assert re.findall(r'<li class="(mine|came)"><p>([^<]+)</p>', page) == [
        ("came", "请看望"), ("mine", "521"), ("came", "已记"),
    ]  # fmt: skip
    [poll] = re.findall(r'hx-get="([^"]+)" hx-trigger="every 2s"', page)
    assert (await browser.get(poll, **{"HX-Request": "true"})).status_code == 204
    sent(town, "V1", "再看望")
    new = (await browser.get(poll)).text
    assert re.findall(r"<p>([^<]+)</p>", new) == ["再看望"] and "<html" not in new
    [after] = re.findall(r'hx-get="([^"]+)"', new)
    assert (await browser.get(after)).status_code == 204


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_reply_is_a_text_like_any_other(town: Town) -> None:
    await town.as_(OFFICER).post("/phones/V1", {"body": " 521 "})
    with reading(town.house.engine) as connection:
        [row] = connection.execute(select(INBOUND)).all()
    assert row.provider == "sandbox" and town.house.sealer.open(row.phone_enc) == number_of(town, "V1")
    [opened] = town.house.inbox._store.open_unread(9)[0]
    assert opened.body == "521"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_an_unsigned_text_is_still_refused(town: Town) -> None:
    said = {"MessageSid": "SM1", "From": number_of(town, "V1"), "Body": "521"}
    answer = await town.as_(OFFICER).post("/sms/sandbox/inbound", said)
    assert answer.status_code == 403


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_nothing_is_sent_without_a_word(town: Town) -> None:
    answer = await town.as_(OFFICER).post("/phones/V1", {"body": "  "})
    assert answer.status_code == 422 and "写几个字再发" in answer.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_number_that_may_be_somebodys_is_masked(town: Town) -> None:
    sent(town, "V1", "您好")
    assert "192 0000 0201" in (await town.as_(OFFICER).get("/phones")).text
    real = "+8613800138000"
    with writing(town.house.engine) as connection:
        row = {"phone_enc": town.house.sealer.seal(real), "phone_index": town.house.sealer.index("phone", real)}
        connection.execute(table_of(Volunteer).update().where(table_of(Volunteer).c.id == "V1").values(row))
    sent(town, "V1", "您好")
    for path in ("/phones", "/phones/V1"):
        page = (await town.as_(OFFICER).get(path)).text
        assert "****8000" in page and real not in page


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_the_list_is_asked_for_again_only_when_it_has_changed(town: Town) -> None:
    browser = town.as_(OFFICER)
    assert "还没有手机收到短信" in (await browser.get("/phones")).text
    sent(town, "V1", "您好")
    [poll] = re.findall(r'hx-get="([^"]+)"', (await browser.get("/phones")).text)
    poll = poll.replace("&amp;", "&")
    assert (await browser.get(poll)).status_code == 204
    sent(town, "V1", "再见")
    assert "再见" in (await browser.get(poll)).text


def test_where_texts_are_real_there_are_no_phones(tmp_path: Path) -> None:
    house = House(Settings(data_dir=tmp_path, sms_provider="manual"), lambda: NOW)
    assert house.providers.phones is None
    assert not [route for route in app_of(house).routes if getattr(route, "path", "").startswith("/phones")]
    house.engine.dispose()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("after", ["9" * 30 + ".0", "0." + "9" * 30, "1", "1.2.3", "-1.0", "٣.٤"])
async def test_a_count_that_no_page_made_is_not_heard(town: Town, after: str) -> None:
    asked(town, "E1", "V1")
    sent(town, "V1", "请看望")
    page = await town.as_(OFFICER).get(f"/phones/V1/new?after={after}")
    assert page.status_code == 200 and "请看望" in page.text
