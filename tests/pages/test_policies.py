"""Pages of rules: read whole, compared, put forward by one and in force by another, worked out over the register."""

from __future__ import annotations

import asyncio
import io
import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select

from adapters.database import reading, writing
from adapters.policy_sheet import workbook
from models.shown_policy import PackOffered
from models.tables import CommandRow, Post, table_of
from models.values import Role
from policies import pack
from policies.pack import canonical, from_content
from policies.reading import lines_of, read
from policies.sheet_out import Sheet
from policies.shelf import checked
from post.desk import Refused
from tests.pages.conftest import Statements
from tests.pages.town import COUNTY, NAMES, NOW, Browser, Town

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
OFFICER, APPROVER = "S-county_officer", "S-county_approver"
JANUARY = "2027-01-01"
COMMANDS, POSTS = table_of(CommandRow), table_of(Post)


def another(of: str = "fengjie", version: str = "2027.1", **more: Any) -> PackOffered:
    held = pack.load(of)
    policy = json.loads(held.content)["policy"] | {"version": version} | more
    return checked(from_content(canonical({"policy": policy, "source": held.source_text})))


def put_forward(town: Town, **more: Any) -> PackOffered:
    offered = another(**more)
    town.house.policy_steps.propose(offered, date(2027, 1, 1), OFFICER)
    return offered


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def kept(town: Town, action: str) -> list[tuple[str, str, bool]]:
    query = select(COMMANDS).where(COMMANDS.c.action == action).order_by(COMMANDS.c.at, COMMANDS.c.id)
    with reading(town.house.engine) as connection:
        return [(row.staff_id, row.answer, row.accepted) for row in connection.execute(query)]


async def test_a_pack_is_read_whole(town: Town, queries: Statements) -> None:
    """Every line that reading knows stands on the page, the document too; bounded questions to the store."""
    held = pack.load("fengjie")
    page = await town.as_("S-township_officer").get(f"/policies/packs/{held.hash}")
    shown, said = read(held), words(page.text)
    for line in (line for part in shown.parts for line in (*lines_of(part), *shown.unknown)):
        for text in (line.label, line.words, line.cited, line.question, line.where):
            assert re.sub(r"\s+", " ", text).strip() in said, line
    assert re.sub(r"\s+", " ", held.source_text).strip() in said
    assert len(queries) <= 14, queries


async def test_versions_say_who_and_since_when(town: Town) -> None:
    offered = put_forward(town)
    said = words((await town.as_("S-auditor").get("/policies")).text)
    assert "2027.1" in said and offered.hash[:8] in said and "待第二人启用" in said
    assert "建县时一人启用" in said and "现在适用" in said and "2027年1月1日" in said
    assert "启用或撤回" not in said  # an auditor reads
    assert "guangyuan" not in said


async def test_another_countys_rules_are_not_there(town: Town) -> None:
    for path in (
        f"/policies/packs/{pack.load('guangyuan').hash}", "/policies?county=guangyuan", "/policies/packs/nowhere",
        "/policies/packs/..%2F..%2Fetc", f"/policies/compare?a=fengjie&b={pack.load('guangyuan').hash}",
        "/policies/propose?county=guangyuan", "/policies/activate?county=guangyuan", "/policies/gains?county=litong",
    ):  # fmt: skip
        assert (await town.as_(OFFICER).get(path)).status_code == 404, path


async def test_two_are_compared_side_by_side(town: Town) -> None:
    offered = put_forward(town, min_age={"value": 65, "rule": "奉节府办发〔2026〕9号"}, service_types=[])
    page = await town.as_(APPROVER).get(f"/policies/compare?a=fengjie&b={offered.hash}")
    said = words(page.text)
    assert "满多少周岁 min_age 60" in said and "65 依据 奉节府办发〔2026〕9号" in said
    assert "删去 定期巡访" in said and "改动 版本" in said


async def test_one_proposes_and_another_puts_in_force(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    offered = another()
    monkeypatch.setattr(town.house.shelf, "offered", lambda county: offered if county == "fengjie" else None)
    first, second = town.as_(OFFICER), town.as_(APPROVER)
    assert (await first.post("/policies/propose", {"how": "folder"})).status_code == 422  # no day
    answer = await first.post("/policies/propose", {"how": "folder", "from_on": JANUARY})
    assert answer.headers["location"] == "/policies?county=fengjie&done=proposed"
    typed = {"hash": offered.hash[:8], "from_on": JANUARY}

    assert "须由另一人启用" in (await first.get("/policies/activate")).text
    same = await first.post("/policies/activate", typed)
    assert same.status_code == 422 and "须由第二人确认" in same.text
    worklist = await second.get("/worklist?kind=approval")
    assert "/policies/activate?county=fengjie" in worklist.text
    other = await second.post("/policies/activate", typed | {"hash": "0" * 8})
    assert other.status_code == 422 and "哈希或日期与提出的不同" in other.text
    assert (await second.post("/policies/activate", typed | {"hash": "zz"})).status_code == 422
    answer = await second.post("/policies/activate", typed)
    assert answer.headers["location"] == "/policies?county=fengjie&done=activated"
    said = words((await second.get("/policies")).text)
    assert "到日适用" in said and "待第二人启用" not in said
    assert sorted((by, accepted) for by, _, accepted in kept(town, "policy_activate")) == [
        (APPROVER, False), (APPROVER, True), (OFFICER, False),
    ]  # fmt: skip
    assert (await second.post("/policies/activate", typed)).status_code == 422  # nothing waits any more


async def test_whoever_is_nobody_of_the_register_is_no_second_person(town: Town) -> None:
    """The administrator of the first start is somebody's other account, with no number and no name of its own."""
    with writing(town.house.engine) as c:
        c.execute(delete(POSTS).where(POSTS.c.role == Role.ADMIN.value, POSTS.c.area_id == COUNTY))
    first = town.house.account_book.first(COUNTY, NOW)
    assert first is not None
    offered = put_forward(town)
    refused = await town.as_(first.staff_id).post("/policies/activate", {"hash": offered.hash, "from_on": JANUARY})
    assert refused.status_code == 422 and "没有登记号码" in words(refused.text)
    town.house.policy_steps.withdraw("fengjie", offered.hash, town.house.policy_steps.actor(
        APPROVER, "policy_withdraw", "fengjie"
    ))  # fmt: skip
    with pytest.raises(Refused):
        town.house.policy_steps.propose(offered, date(2027, 1, 1), first.staff_id)
    assert [by for by, _, accepted in kept(town, "policy_activate") if not accepted] == [first.staff_id]


async def test_a_version_that_would_rule_nothing_says_since_when_in_people_s_words(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = another(effective_from="2020-02-01")
    monkeypatch.setattr(town.house.shelf, "offered", lambda _county: older)
    said = await town.as_(OFFICER).post("/policies/propose", {"how": "folder", "from_on": JANUARY})
    assert said.status_code == 422 and "2020年2月1日" in said.text


async def test_what_is_gone_lets_nobody_wait_for_it(town: Town) -> None:
    """A page that looks again by itself is loaded anew, and says so; else it would be at work for ever."""
    part = await town.as_(APPROVER).get(f"/policies/gains/{'0' * 32}", **{"HX-Request": "true"})
    assert part.status_code == 410 and part.headers.get("hx-refresh") == "true"


async def test_what_waits_is_put_aside(town: Town) -> None:
    offered = put_forward(town)
    answer = await town.as_("S-admin").post("/policies/withdraw", {"hash": offered.hash})
    assert answer.headers["location"].endswith("done=withdrawn")
    assert "已撤回" in (await town.as_("S-admin").get("/policies")).text


async def test_every_finding_is_said_with_its_place(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = another(min_age={"value": 60, "quote": "原文里没有的话"})
    monkeypatch.setattr(town.house.shelf, "offered", lambda _county: bad)
    answer = await town.as_(OFFICER).post("/policies/propose", {"how": "folder", "from_on": JANUARY})
    assert answer.status_code == 422 and "没有提出" in answer.text
    assert all(one.where in answer.text and one.what in unescape(answer.text) for one in bad.findings)
    assert bad.findings and kept(town, "policy_propose") == []


@pytest.fixture
def exemplary(town: Town) -> Town:
    """奉节 goes by benefits that pay, so that another version changes something."""
    offered = another("example-cq", county="fengjie", version="2026.9", effective_from="2026-01-01")
    town.house.versions.offer(offered, date(2026, 12, 1), OFFICER, town.now)
    assert town.house.versions.activate("fengjie", offered.hash, date(2026, 12, 1), APPROVER, town.now) is None
    return town


async def book(browser: Browser, hash_: str) -> dict[str, list[list[Any]]]:
    answer = await browser.get(f"/policies/packs/{hash_}/sheet")
    made = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return {name: made.get_sheet_by_name(name).to_python() for name in made.sheet_names}


async def test_a_workbook_is_checked_and_put_forward(exemplary: Town) -> None:
    browser = exemplary.as_(OFFICER)
    held = exemplary.house.shelf.of("fengjie").pack
    sheets = await book(browser, held.hash)
    heading, *rows = sheets["高龄津贴"]
    at = next(n for n, row in enumerate(rows) if row[heading.index("代号")] == "from_80")
    rows[at][heading.index("金额（元）")] = "30.00"

    def file() -> tuple[str, bytes]:
        edited = sheets | {"高龄津贴": [heading, *rows]}
        made = [Sheet(name, tuple(tuple(map(str, row)) for row in each), {}) for name, each in edited.items()]
        return "b.xlsx", workbook(made)

    form = {"how": "sheet", "version": "2027.1", "sheet_from_on": JANUARY}
    tried = await browser.upload("/policies/propose", form | {"check": "1"}, file=file())
    assert (
        tried.status_code == 200
        and "25.00 → 30.00" in tried.text
        and exemplary.house.versions.waiting("fengjie") is None
    )
    rows[at][heading.index("金额（元）")] = "三十"
    wrong = await browser.upload("/policies/propose", form, file=file())
    assert wrong.status_code == 422 and "工作表" in wrong.text and exemplary.house.versions.waiting("fengjie") is None
    assert (await browser.upload("/policies/propose", form, file=("b.xlsx", b"no workbook"))).status_code == 422
    rows[at][heading.index("金额（元）")] = "30.00"
    done = await browser.upload("/policies/propose", form, file=file())
    assert done.status_code == 303, words(done.text)
    waits = exemplary.house.versions.waiting("fengjie")
    assert waits is not None and waits.version == "2027.1" and waits.proposed_by == OFFICER


async def found(browser: Browser, a: str, b: str) -> tuple[str, str]:
    """Where the result stands, and its page, once it is there."""
    begun = await browser.post("/policies/gains", {"a": a, "b": b, "month": "2026-12"})
    assert begun.status_code == 303, words(begun.text)
    path = begun.headers["location"]
    async with asyncio.timeout(20):
        while True:
            page = (await browser.get(path)).text
            if 'class="found"' in page:
                return path, page
            await asyncio.sleep(0.02)


async def test_gains_and_losses_are_worked_out_beside_the_requests(exemplary: Town) -> None:
    was = exemplary.house.shelf.of("fengjie").pack
    policy = json.loads(was.content)["policy"]
    policy["benefits"] = [row for row in policy["benefits"] if row["code"] != "service_coupon"]
    policy["version"] = "2027.2"
    policy["unknown"] = {key: why for key, why in policy["unknown"].items() if "service_coupon" not in key}
    offered = checked(from_content(canonical({"policy": policy, "source": was.source_text})))
    assert offered.findings == ()
    exemplary.house.versions.offer(offered, date(2027, 1, 1), OFFICER, exemplary.now)
    browser = exemplary.as_(APPROVER)
    path, page = await found(browser, was.hash, offered.hash)
    told = exemplary.app.state.console.doors.policies.gains.told(
        was.hash, offered.hash, "county-fengjie", date(2026, 12, 1), lambda _done: None
    )
    assert f"名册上的老人 {told['elders']} " in words(page) and told["elders"] == 3
    assert page.count('data-label="A"') == len(told["each"]) > 0
    assert NAMES["E1"] not in page and NAMES["E1"] in (await browser.get(f"{path}?names=1")).text
    assert [by for by, _, _ in kept(exemplary, "policy_diff_names")] == [APPROVER]
    admin = exemplary.as_("S-admin")
    own, _page = await found(admin, was.hash, offered.hash)
    assert NAMES["E1"] not in (await admin.get(f"{own}?names=1")).text
    assert (await admin.get(path)).status_code == 410  # another's
    sheet = CalamineWorkbook.from_filelike(io.BytesIO((await browser.get(f"{path}/sheet?names=1")).content))
    assert len(sheet.get_sheet_by_name("名单").to_python()) == len(told["each"]) + 1
