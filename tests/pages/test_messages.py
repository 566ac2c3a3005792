"""The list of texts: both directions, in scope, by key; what became of each; one opened with all that was tried."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import event, select, update

from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from models.letters import WorkItem
from models.tables import CommandRow, DigestRow, LetterRow, SendAttempt, table_of
from models.values import Role
from tests.pages.conftest import Statements
from tests.pages.texted import built, line, many, person, received, sent
from tests.pages.town import COUNTY, NOW, Town

GRID, TOWNSHIP, OFFICER, AUDITOR = "S-grid_worker", "S-township_officer", "S-county_officer", "S-auditor"
COMMANDS, DIGESTS, LETTERS = table_of(CommandRow), table_of(DigestRow), table_of(LetterRow)
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


async def listed(town: Town, staff: str, query: str = "") -> list[str]:
    """The ids on a page, as it has them."""
    page = (await town.as_(staff).get(f"/messages{query}")).text
    return [unescape(id_) for id_ in re.findall(r'<td data-label="时间"><a href="/messages/([^"]+)"', page)]


async def test_each_sees_the_texts_of_their_place(town: Town) -> None:
    """Both directions; what is of a village, a township, the county, of nobody in the register."""
    for n, (to, elder) in enumerate(
        {"V1": "E1", "V2": "E2", "V3": "E3", "V9": "E9", GRID: "E1", TOWNSHIP: "E1"}.items()
    ):
        town.now = NOW + timedelta(minutes=n)
        built(town, to, "请看望", elder, digest_id=f"D-{to}")
    received(town, town.phone_of(GRID), "收到", "m1")
    received(town, "+8619200009999", "你是谁", "m2")
    line(town, "V2", "E2", "waiting-1")
    in_village = {"sent~D-V1", f"sent~D-{GRID}", "received~sms-sandbox-m1"}
    in_township = in_village | {"sent~D-V2", f"sent~D-{TOWNSHIP}", "waits~waiting-1"}
    in_county = in_township | {"sent~D-V3", "received~sms-sandbox-m2"}
    assert set(await listed(town, GRID)) == in_village
    assert set(await listed(town, TOWNSHIP)) == in_township
    assert set(await listed(town, OFFICER)) == set(await listed(town, AUDITOR)) == in_county
    assert set(await listed(town, f"{OFFICER}-X")) == {"sent~D-V9"}
    for text_id in in_county - in_village:
        assert (await town.as_(GRID).get(f"/messages/{text_id}")).status_code == 404, text_id
    for text_id in in_county:
        assert (await town.as_(OFFICER).get(f"/messages/{text_id}")).status_code == 200, text_id


async def test_pages_go_on_where_the_last_ended(town: Town, queries: Statements) -> None:
    """Newest first, none twice, none left out, though several are of one moment; as many questions for a full page."""
    many(town, "V1", NOW - timedelta(days=1), 60)
    seen: list[str] = []
    path, asked = "/messages", list[int]()
    while path:
        queries.clear()
        page = (await town.as_(TOWNSHIP).get(path)).text
        asked.append(len(queries))
        seen += re.findall(r'<td data-label="时间"><a href="/messages/([^"]+)"', page)
        following = re.findall(r'<a rel="next" href="([^"]+)"', page)
        path = unescape(following[0]) if following else ""
    assert len(seen) == len(set(seen)) == 120
    order = [int(re.sub(r"\D+", "", id_)[-5:]) for id_ in seen]
    assert all(a >= b for a, b in pairwise(order))
    assert len(asked) == 3 and max(asked) <= 24, (asked, queries)


async def test_filters(town: Town) -> None:
    many(town, "V1", NOW - timedelta(days=2), 4)
    many(town, "V3", NOW - timedelta(days=1), 4)
    assert len(await listed(town, OFFICER)) == 16
    assert len(await listed(town, OFFICER, "?way=received")) == 8
    assert set(await listed(town, OFFICER, "?outcome=undelivered&who=V1")) == {"sent~M-V1-00000", "sent~M-V1-00002"}
    assert len(await listed(town, OFFICER, "?outcome=unread")) == 8
    assert len(await listed(town, OFFICER, "?day=2026-12-06")) == 8
    assert len(await listed(town, OFFICER, "?who=19200000201")) == 8
    assert len(await listed(town, OFFICER, "?who=吴示1")) >= 8
    nobody = await town.as_(TOWNSHIP).get("/messages?who=V3")
    assert "您的辖区里没有这个人" in nobody.text and nobody.status_code == 200
    assert (await town.as_(OFFICER).get("/messages?day=昨天")).status_code == 422
    assert "这样筛选没有短信" in (await town.as_(OFFICER).get("/messages?outcome=expired")).text


@only_sqlite
async def test_no_address_holds_whom_somebody_looks_for(town: Town) -> None:
    many(town, "V1", NOW - timedelta(days=2), 30)
    browser = town.as_(OFFICER)
    for who in ("19200000201", "吴示1"):
        where = (await browser.post("/messages", {"who": who, "way": "", "outcome": "", "day": ""})).headers["location"]
        page = await browser.get(where)
        assert f'value="{who}"' in page.text and "sent~M-V1-00029" in page.text
        addresses = [where, *re.findall(r'href="([^"]+)"', page.text)]
        assert not [one for one in addresses if who in unquote(unescape(one))]
        [later] = re.findall(r'<a rel="next" href="([^"]+)"', page.text)
        assert "sent~M-V1-00000" in (await browser.get(unescape(later))).text


@only_sqlite
@pytest.mark.parametrize(
    ("query", "status"),
    [("day=0001-01-01", 422), ("after=0001-01-01T00:00:00%2B08:00~sent~x", 200),
     ("after=9999-12-31T23:59:59-12:00~sent~x", 200)],
)  # fmt: skip
async def test_what_no_calendar_holds_is_no_fault(town: Town, query: str, status: int) -> None:
    assert (await town.as_(OFFICER).get(f"/messages?{query}")).status_code == status


@only_sqlite
async def test_words_are_masked_hidden_and_their_reading_kept(town: Town) -> None:
    built(town, "V1", "请看望示例一村王奶奶", "E1", digest_id="D-near")
    built(town, "V1", "请看望示例三村赵奶奶", "E1", "E3", digest_id="D-far")
    page = (await town.as_(GRID).get("/messages")).text
    assert "王奶奶" in page and "赵奶奶" not in page and "涉及您辖区以外的老人" in page
    assert "****" in page and "19200000201" not in page
    far = (await town.as_(GRID).get("/messages/sent~D-far")).text
    assert "赵奶奶" not in far and "不在您的辖区" in far and "/elders/E3" not in far and "/elders/E1" in far
    assert "赵奶奶" in (await town.as_(OFFICER).get("/messages/sent~D-far")).text
    with reading(town.house.engine) as connection:
        kept = [(row.staff_id, row.subject) for row in connection.execute(
            select(COMMANDS.c.staff_id, COMMANDS.c.subject_id.label("subject")).where(COMMANDS.c.action == "messages")
        )]  # fmt: skip
    assert kept == [(GRID, ""), (GRID, "sent~D-far"), (OFFICER, "sent~D-far")]


async def test_what_came_about_an_elder_elsewhere_is_listed_without_its_words(town: Town) -> None:
    """A volunteer of this village writes about an elder of another township: it became a letter to their case."""
    for message, elder in (("m-near", "E1"), ("m-far", "E3")):
        received(town, person_phone(town, "V1"), f"原话 {message}。", message)
        line(town, "V1", elder, f"sms-{message}-{elder}.2026-12")
    page = words((await town.as_(GRID).get("/messages?way=received")).text)
    assert "原话 m-near。" in page and "原话 m-far。" not in page
    assert "涉及您辖区以外的老人" in page
    opened = words((await town.as_(GRID).get("/messages/received~sms-sandbox-m-far")).text)
    assert "原话 m-far。" not in opened and "不在您的辖区" in opened
    assert "原话 m-far。" in (await town.as_(OFFICER).get("/messages/received~sms-sandbox-m-far")).text


def person_phone(town: Town, id_: str) -> str:
    return town.house.sealer.open(person(town, id_).phone_enc)


@only_sqlite
async def test_a_code_for_signing_in_is_nobody_elses(town: Town) -> None:
    built(town, GRID, "验证码 123456", digest_id="D-code")
    with writing(town.house.engine) as connection:
        connection.execute(update(DIGESTS).where(DIGESTS.c.id == "D-code").values(text_class="sign_in"))
    assert "123456" not in (await town.as_(OFFICER).get("/messages")).text
    assert "123456" not in (await town.as_(OFFICER).get("/messages/sent~D-code")).text


@only_sqlite
async def test_a_text_opens_with_what_was_tried_and_why(town: Town) -> None:
    """Sent through the sandbox, not delivered by its receipt: attempts, the code in words, the item that it left."""
    built(town, "V1", "请看望王奶奶", "E1", digest_id="D1", cause_escalation_id="escalation/E1/visit-1")
    with writing(town.house.engine) as connection:
        connection.execute(update(DIGESTS).where(DIGESTS.c.id == "D1").values(text_class="urgent"))
    assert sent(town, "D1") == "accepted"
    [message] = [step.provider_message_id for step in _attempts(town) if step.provider_message_id]
    town.house.texts.receipt(message, "undelivered", None, town.now)
    page = (await town.as_(TOWNSHIP).get("/messages/sent~D1")).text
    said = words(page)
    assert "准备发送" in said and "通道已收下" in said and "没有送达" in said and "提醒" in said
    assert '/elders/E1/escalations/visit-1"' in page and '/items/call-D1"' in page
    item = (await town.as_(TOWNSHIP).get("/items/call-D1")).text
    assert 'href="/messages/sent~D1"' in item


@only_sqlite
async def test_what_waits_is_held_or_was_given_up_says_so(town: Town) -> None:
    line(town, "V1", "E1", "waiting-1")
    line(town, "V1", "E1", "late-1")
    built(town, "V2", "请看望", "E2", digest_id="D-held")
    with writing(town.house.engine) as connection:
        gone = update(LETTERS).where(LETTERS.c.id == "late-1")
        connection.execute(gone.values(state="expired", why="its time has passed"))
        held = WorkItem(item="texts_held", role=Role.COUNTY_OFFICER, due_at=NOW, county_id=COUNTY, about="sandbox")
        insert_letter(connection, town.house.sealer, "texts-held-1", held, NOW)
    said = words((await town.as_(TOWNSHIP).get("/messages")).text)
    assert "通道停发，等着" in said and "短信通道不认我们的账号" in said
    assert "过期，不再发 时间已过" in said and "等发送 最早发：" in said


@only_sqlite
async def test_what_a_received_text_became(town: Town) -> None:
    phone = "+8619200000201"
    received(town, phone, "看过了，都好", "m9")
    page = words((await town.as_(GRID).get("/messages/received~sms-sandbox-m9")).text)
    assert "看过了，都好" in page and "系统还没有读" in page and "没有由它办成的事" in page


@only_sqlite
@pytest.mark.parametrize("staff", [OFFICER, TOWNSHIP])
async def test_an_index_gives_a_page(town: Town, staff: str) -> None:
    """No question of the page reads a whole table of texts; the county's is in order without sorting."""
    many(town, "V1", NOW - timedelta(days=1), 3)
    asked: list[tuple[str, object]] = []

    def hears(_c: object, _cursor: object, statement: str, given: object, _context: object, _many: bool) -> None:
        asked.append((statement, given))

    event.listen(town.house.engine, "before_cursor_execute", hears)
    for query in ("?outcome=undelivered", "", "?who=V1"):
        await listed(town, staff, query)
    event.remove(town.house.engine, "before_cursor_execute", hears)
    pages = [(text, given) for text, given in asked if "ORDER BY" in text and " DESC" in text and "LIMIT" in text]
    with reading(town.house.engine) as connection:
        plans = [
            [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)]  # pyright: ignore[reportArgumentType]
            for text, given in pages
        ]
    whole = re.compile(r"^SCAN (digest|inbound|letter)$")
    assert len(plans) == 7 and not [step for plan in plans for step in plan if whole.match(step)], plans
    if staff == OFFICER:
        assert not [plan for plan in plans[:4] if "USE TEMP B-TREE FOR ORDER BY" in plan], plans


def _attempts(town: Town) -> list[Any]:
    with reading(town.house.engine) as connection:
        return list(connection.execute(select(table_of(SendAttempt))))
