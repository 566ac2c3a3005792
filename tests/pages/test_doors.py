"""What comes from outside, whatever it is: told plainly, kept by nobody's cache, and never too much of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest

from tests.pages.town import Town
from web.security import MOST_OF_A_FORM, MOST_OF_NOBODY

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
COUNTY = "S-county_officer"


async def test_nothing_that_a_page_answers_is_kept_by_a_cache(town: Town) -> None:
    officer = town.as_(COUNTY)
    for path in (
        "/worklist",
        "/worklist/part?mark=0.x",
        "/pay/2026-12/sheet",
        "/",
        "/elders/E1/receipts/benefit/1/json",
    ):
        assert (await officer.get(path)).headers["cache-control"] == "no-store", path
    asset = (await officer.get("/worklist")).text.split('href="/static/console')[1].split('"')[0]
    assert "immutable" in (await officer.get(f"/static/console{asset}")).headers["cache-control"]


async def test_whoever_goes_back_to_what_was_only_sent_is_told_so_on_a_page(town: Town) -> None:
    answer = await town.as_(COUNTY).get("/worklist/acknowledge")
    assert answer.status_code == 405 and "没有这一页" in answer.text
    assert answer.headers["content-security-policy"]


async def test_what_goes_wrong_is_said_on_a_page(town: Town) -> None:
    @town.app.get("/static-failing")
    def failing() -> None:
        raise RuntimeError("张示福")

    answer = await town.as_(COUNTY).get("/static-failing")
    assert answer.status_code == 500 and "这里出了差错" in answer.text and "张示福" not in answer.text
    assert answer.headers["content-security-policy"] and answer.headers["cache-control"] == "no-store"


async def test_a_form_is_no_longer_than_any_of_ours(town: Town) -> None:
    nobody, officer = town.as_(None), town.as_(COUNTY)
    for path in ("/sign-in", "/language"):
        assert (await nobody.post(path, {"staff_id": "x" * MOST_OF_NOBODY})).status_code == 413
    long = await officer.post("/elders/E1/request-visit", {"note": "x" * MOST_OF_A_FORM})
    assert long.status_code == 413 and "送来的内容太大" in long.text
    many = await officer.upload("/roster", {"kind": "elders"}, file=("名单.csv", b"x" * (MOST_OF_A_FORM + 1)))
    assert many.status_code == 422  # a list is longer than a form


async def test_a_form_says_how_long_it_is(town: Town) -> None:
    async def bit_by_bit() -> AsyncIterator[bytes]:
        yield b"form_token=x"

    client = httpx.AsyncClient(transport=httpx.ASGITransport(town.app), base_url="http://console.test")
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/sign-in", content=bit_by_bit(), headers=sent)).status_code == 413


EARLY, LATE = quote("0001-01-01T00:00:00+08:00"), quote("9999-12-31T23:59:00-08:00")


@pytest.mark.parametrize(
    "path",
    [
        "/elders/E1?as_of=0001-01-01T00:00", f"/elders/E1?as_of={EARLY}", f"/worklist?after=1~{EARLY}~x",
        f"/worklist?before=1~{LATE}~x", f"/assessments?after={EARLY}~E1", f"/benefits?after={EARLY}~E1~a~claim",
        f"/benefits?after={LATE}~E1~a~claim", "/forms?village=W1&month=0001-01", f"/worklist/part?mark={'9' * 5000}.x",
    ],
)  # fmt: skip
async def test_an_address_that_nobody_made_is_no_fault_of_ours(town: Town, path: str) -> None:
    assert (await town.as_(COUNTY).get(path)).status_code < 500


@pytest.mark.parametrize("day", ["0001-01-01", "1800-05-05", "9999-12-31"])
async def test_a_day_of_no_calendar_of_ours_is_no_day(town: Town, day: str) -> None:
    page = await town.as_("S-township_officer").post("/volunteers/V1/leave", {"from_on": day, "to_on": day})
    assert page.status_code == 422 and "不是日期" in page.text


async def test_nothing_holds_a_character_that_the_store_does_not(town: Town) -> None:
    officer = town.as_(COUNTY)
    assert (await officer.get("/elders?area=%00")).status_code == 404
    assert (await officer.get("/elders/%00")).status_code == 404
    assert (await officer.post("/areas/W2/rename", {"name": "和\0平村", "from_on": "2027-01-01"})).status_code == 400


# --- parts of a page that it asks for by itself -----------------------------------------------------------------------


async def test_a_part_of_a_page_is_never_the_page_of_signing_in(town: Town) -> None:
    answer = await town.as_(None).get("/worklist/part", **{"HX-Request": "true"})
    assert answer.status_code == 401 and answer.headers["hx-refresh"] == "true" and not answer.text


async def test_what_went_wrong_with_a_part_stands_in_place_of_nothing(town: Town) -> None:
    answer = await town.as_("S-auditor").get("/worklist/part", **{"HX-Request": "true"})
    assert answer.status_code == 403 and answer.headers["hx-reswap"] == "none"


async def test_while_somebody_types_their_session_goes_on(town: Town) -> None:
    assert (await town.as_("S-auditor").get("/alive")).status_code == 204
    assert (await town.as_(None).get("/alive")).status_code == 303


async def test_a_form_that_came_too_late_says_that_it_was_not_kept(town: Town) -> None:
    answer = await town.as_(None).post("/elders/E1/request-visit", {"note": "老人来电"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?over=1&next=")
    page = await town.as_(None).get(answer.headers["location"])
    assert "刚才送出的没有记下" in page.text
