"""The auditor's pages without an engine: the access log counted against the table, whose it is, and what is refused."""

from __future__ import annotations

import asyncio
import html
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

import wiring
from adapters.database import reading, writing
from adapters.sql_checks import LOST_AFTER, SqlChecks
from commands import checking
from decisions.logged_words import LOGGED
from decisions.permits import MAY
from decisions.words import STEPS
from models.checks import CheckFailure, CheckPhase, CheckResult, Differs
from models.tables import CommandRow, Post, table_of
from models.values import Role
from tests.pages.conftest import Statements
from tests.pages.peopled import more_elders
from tests.pages.town import COUNTY, NOW, OTHER_COUNTY, Town
from web.console.access_log import SHOWN

COMMANDS = table_of(CommandRow)
AUDITOR, LOG = "S-auditor", "/audit/log"
ONE_DIALECT = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def words(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def logged(town: Town, *lines: tuple[str, str, str, str, datetime]) -> None:
    """By whom, what, about whom, the answer, when."""
    with writing(town.house.engine) as c:
        for staff, action, subject, answer, at in lines:
            row = {"id": f"read-{uuid.uuid4().hex}", "staff_id": staff, "role": "township_officer"}
            row |= {"action": action, "subject_id": subject, "at": at, "accepted": True, "answer": answer}
            c.execute(insert(COMMANDS).values(row))


def holds(town: Town, staff_id: str, role: Role, area_id: str) -> None:
    """One more post of theirs."""
    with writing(town.house.engine) as c:
        c.execute(
            insert(table_of(Post)).values(
                id=f"P-{role}-{staff_id}", role=role.value, area_id=area_id, holder_id=staff_id
            )
        )


def number(answer: httpx.Response) -> int:
    [found] = re.findall(r'<h1>查阅记录 <span class="count">(\d+)</span>', answer.text)
    return int(found)


def shown(answer: httpx.Response) -> list[str]:
    """Whom each line is about, as it stands there."""
    cells = re.findall(r'<td data-label="关于谁">(.*?)</td>', answer.text)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in cells]


def in_table(town: Town, county_staff: str = "") -> int:
    with reading(town.house.engine) as c:
        return len([one for one in c.execute(select(COMMANDS)).all() if one.staff_id.startswith(county_staff)])


async def test_the_log_is_the_county_s_and_counts_what_is_there(town: Town) -> None:
    day = timedelta(days=1)
    logged(
        town,
        ("S-township_officer", "case_show", "E1", "own_work", NOW - 2 * day),
        ("S-township_officer", "report_visit", "case/E1", "recorded", NOW - 2 * day),
        ("S-township_officer-T2", "case_show", "E3", "routine", NOW - day),
        ("S-grid_worker", "find_elder", "mark", "read E1 E2", NOW - day),
        ("S-grid_worker", "acknowledge", "escalation/E1/x", "recorded", NOW - day),
        ("V1", "visit_page", "E2", "read", NOW - day),
        ("operator", "export", "E1", "read", NOW - day),
        ("operator", "kpi", "2026-12", "read", NOW - day),  # nobody knows whose
        ("S-township_officer-X", "case_show", "E9", "routine", NOW - day),
    )  # fmt: skip
    page = await town.as_(AUDITOR).get(LOG)
    assert number(page) == 7 + 1 and "孙示宁" not in page.text  # the eighth is this reading
    assert "看查阅记录" in words(page) and "自己的待办" in words(page) and "看个案" in words(page)
    assert number(await town.as_("S-auditor-X").get(LOG)) == 1 + 1
    for query, count in (
        ("elder=E1", 5), ("elder=王示福", 5), ("elder=E2", 2), ("elder=E3", 1), ("elder=E9", 0), ("elder=赵无此人", 0),
        ("staff=S-grid_worker", 2), ("staff=V1", 1), ("action=case_show", 2), ("action=report_visit", 1),
        ("from=2026-12-07", 5), ("from=2026-12-08", 0), ("staff=S-township_officer-X", 0),
        ("staff=S-grid_worker&elder=E1&action=acknowledge", 1),
    ):  # fmt: skip
        answer = await town.as_(AUDITOR).get(f"{LOG}?to=2026-12-07&{query}")  # today is what the auditor reads now
        assert number(answer) == count == len(shown(answer)), query
    [called] = set(re.findall(r'href="/audit/log\?staff=S-grid_worker[^"]*">([^<]+)</a>', page.text))
    assert number(await town.as_(AUDITOR).get(f"{LOG}?to=2026-12-07&staff={called}&action=acknowledge")) >= 1
    wrong = await town.as_(AUDITOR).get(f"{LOG}?from=yesterday")
    assert wrong.status_code == 422 and "日期读不懂" in words(wrong)


@ONE_DIALECT
async def test_no_address_of_the_log_holds_a_name_or_a_number(town: Town) -> None:
    logged(town, *(("S-grid_worker", "case_show", "E1", "routine", NOW) for _ in range(SHOWN + 1)))
    browser = town.as_(AUDITOR)
    staff = "吴示20"
    for elder in ("王示福", "500236195002030001"):
        sent = await browser.post(LOG, {"elder": elder, "staff": staff, "action": "case_show"})
        where = sent.headers["location"]
        page = await browser.get(where)
        assert number(page) == SHOWN + 1 and f'value="{elder}"' in page.text
        for address in [where, *re.findall(r'href="([^"]+)"', page.text)]:
            said = unquote(html.unescape(address))
            assert elder not in said and staff not in said, said
        later = re.search(r'rel="next" href="([^"]+)"', page.text)
        assert later is not None and len(shown(await browser.get(html.unescape(later.group(1))))) == 1
    assert 'method="get"' not in (await browser.get(LOG)).text


@ONE_DIALECT
async def test_a_name_that_is_too_many_people_s_is_said_to_be(town: Town) -> None:
    more_elders(town, 60)
    assert "只查了前面的" in (await town.as_(AUDITOR).get(f"{LOG}?elder=李示")).text
    assert "只查了前面的" not in (await town.as_(AUDITOR).get(f"{LOG}?elder=李示60")).text


@ONE_DIALECT
@pytest.mark.parametrize(
    "key", ["0001-01-01T00:00:00+08:00~x", "2026-01-01T00:00~x", "9999-12-31T23:59:59-12:00~x", "x~x"]
)  # fmt: skip
async def test_a_key_that_is_none_is_not_heard(town: Town, key: str) -> None:
    assert (await town.as_(AUDITOR).get(f"{LOG}?after={quote(key)}")).status_code == 200
    assert (await town.as_(AUDITOR).get("/audit/heads?as_of=0001-01-01T00:00")).status_code == 422


async def test_its_pages_are_by_key_and_their_queries_bounded(town: Town, queries: Statements) -> None:
    browser = town.as_(AUDITOR)
    logged(town, *(("S-grid_worker", "case_show", "E1", "routine", NOW - timedelta(hours=n // 3)) for n in range(5)))
    queries.clear()
    few = len((await browser.get(f"{LOG}?elder=E1")).text) and len(queries)
    many = [("S-grid_worker", "case_show", f"E{n % 3 + 1}", "routine", NOW - timedelta(days=n % 7)) for n in range(160)]
    logged(town, *many)
    queries.clear()
    page = await browser.get(f"{LOG}?elder=E1")
    assert len(queries) == few <= 20
    seen, total = shown(page), number(page)
    while (later := re.search(r'rel="next" href="([^"]+)"', page.text)) is not None:
        assert len(shown(page)) == SHOWN
        page = await browser.get(html.unescape(later.group(1)))
        seen += shown(page)
    assert len(seen) == total == 5 + len([one for one in many if one[2] == "E1"]) + 2  # and these two readings
    assert set(seen) == {"王示福"}


@ONE_DIALECT
async def test_queries_of_the_other_pages_are_bounded(town: Town, queries: Statements) -> None:
    browser, checks = town.as_(AUDITOR), SqlChecks(town.house.engine)
    await browser.get("/audit/cases/E1")  # says why
    for _ in range(15):
        for elder in (None, "E1"):
            begun = checks.begin(COUNTY, elder, AUDITOR, town.now, town.now)
            assert begun is not None
            checks.end(begun, town.now, clean=True, result=CheckResult(examined={"chain": 9}))
        town.days_pass(1 / 1440)
    for path, most in (("/audit", 9), ("/audit/cases/E1", 16), ("/audit/heads", 6), ("/audit/export", 4)):
        queries.clear()
        assert (await browser.get(path)).status_code == 200
        assert len(queries) <= most, (path, len(queries))


@ONE_DIALECT
async def test_a_sealed_reason_is_opened_for_the_auditor_only(town: Town) -> None:
    told = town.as_("S-county_officer", tells_why=False)
    asked = (await told.get("/elders/E1/reason")).status_code
    assert asked == 200
    await told.post("/elders/E1/reason", {"why": "other", "words": "家属来访，问起补贴"})
    assert (await told.get("/audit/cases/E1")).status_code == 200  # the reason holds there too
    assert "家属来访" in words(await town.as_(AUDITOR).get(LOG))
    keeper = words(await town.as_("S-admin").get(LOG))
    assert "家属来访" not in keeper and "写明了，封存" in keeper
    assert "看封存的查阅原因" in words(await town.as_("S-admin").get(LOG))


@ONE_DIALECT
async def test_names_are_for_whoever_may_see_the_case_where_it_lies(town: Town) -> None:
    """An administrator reads who looked at whom by id; being a grid worker of one village opens no other's names."""
    logged(
        town, *(("S-county_officer", "case_show", elder, "routine", NOW - timedelta(days=1)) for elder in ("E1", "E3"))
    )
    keeper = town.as_("S-admin")
    page = await keeper.get(LOG)
    assert "王示福" not in page.text and "赵样康" not in page.text and "E1" in page.text
    for words_ in ("王示福", "500236195002030001"):  # nor does it say whose a name or a number is
        assert number(await keeper.get(f"{LOG}?to=2026-12-07&elder={words_}")) == 0
    assert number(await keeper.get(f"{LOG}?to=2026-12-07&elder=E1")) == 1
    holds(town, "S-admin", Role.GRID_WORKER, "W1")
    page = await keeper.get(LOG)
    assert "王示福" in page.text and "赵样康" not in page.text
    assert "赵样康" not in (await keeper.get("/audit/cases/E3")).text
    assert "王示福" in (await keeper.get("/audit/cases/E1")).text


@ONE_DIALECT
async def test_the_reason_page_leads_back_to_the_replay(town: Town) -> None:
    browser = town.as_(AUDITOR, tells_why=False)
    asked = (await browser.get("/audit/cases/E3")).headers["location"]
    said = await browser.post(asked, {"why": "charged"})
    assert said.headers["location"] == "/audit/cases/E3"
    elsewhere = asked.replace("E3", "E1", 1)  # what comes next is E3's
    assert (await browser.post(elsewhere, {"why": "charged"})).headers["location"] == "/elders/E1"


@ONE_DIALECT
async def test_who_is_offered_the_replay(town: Town) -> None:
    for staff, offered in ((AUDITOR, True), ("S-county_officer", True), ("S-township_officer", False)):
        page = await town.as_(staff).get("/elders/E1")
        assert ('href="/audit/cases/E1"' in page.text) is offered
    assert 'href="/audit"' in (await town.as_(AUDITOR).get("/elders")).text
    keeper = await town.as_("S-admin").get("/audit/cases/E1")
    assert keeper.status_code == 200 and "王示福" not in keeper.text


@ONE_DIALECT
async def test_without_an_engine_it_says_what_to_do(town: Town) -> None:
    browser = town.as_(AUDITOR)
    for page, step in (("/audit", "/audit/verify"), ("/audit/cases/E1", "/audit/cases/E1/replay")):
        begun = await browser.post(step)
        assert begun.headers["location"] == f"{page}?not=engine_away"
        told = words(await browser.get(begun.headers["location"]))
        assert "流程引擎没有应答" in told and "再按一次" in told
    none = await browser.post("/audit/cases/E1/bundle")
    assert none.status_code == 409 and "流程引擎没有应答" in words(none)
    assert (await browser.post("/audit/export", {"why": "other"})).status_code == 422
    packed = await browser.post("/audit/export", {"why": "audit"})  # of the county, the archive has what there is
    assert packed.headers["content-type"] == "application/zip" and packed.content.startswith(b"PK")


async def test_one_check_of_a_subject_at_a_time(town: Town) -> None:
    checks, minute, wall = SqlChecks(town.house.engine), timedelta(minutes=1), wiring.now()
    first = checks.begin(COUNTY, None, AUDITOR, NOW, wall)
    assert first is not None and checks.begin(COUNTY, None, AUDITOR, NOW, wall) is None
    assert checks.begin(COUNTY, "E1", AUDITOR, NOW, wall) is not None  # another subject
    checks.beat(first, CheckPhase.REPLAY, 3, 9, wall + LOST_AFTER)
    page = await town.as_(AUDITOR).get("/audit")
    assert "正在重放 3/9" in words(page) and 'hx-trigger="every 1s"' in page.text
    after = NOW + 2 * LOST_AFTER + minute
    second = checks.begin(COUNTY, None, AUDITOR, after, wall + 2 * LOST_AFTER + minute)
    assert second is not None
    lost = checks.get(first)
    assert lost is not None and lost.failure is CheckFailure.LOST
    wrong = Differs(check="fold", stream="case/E1", seq=4, what="表里没有这一行")
    checks.end(
        second, after + minute, clean=False, result=CheckResult(examined={"chain": 9, "fold": 0}, differ=(wrong,))
    )
    checks.end(second, after + minute, failure=CheckFailure.BROKE)  # it has ended
    page = await town.as_(AUDITOR).get("/audit")
    assert "表里没有这一行" in page.text and "evidence?of=case%2FE1%234" in page.text
    assert "没有结果" in words(page)  # the one before
    assert "还没有核验过" in words(await town.as_("S-auditor-X").get("/audit"))


@ONE_DIALECT
async def test_a_check_whose_process_is_gone_is_at_work_no_more(town: Town) -> None:
    checks = SqlChecks(town.house.engine)
    for elder, page in ((None, "/audit"), ("E1", "/audit/cases/E1")):
        assert checks.begin(COUNTY, elder, AUDITOR, NOW, wiring.now() - LOST_AFTER - timedelta(minutes=1)) is not None
        said = await town.as_(AUDITOR).get(page)
        assert "核验中途断了" in words(said) and "every 1s" not in said.text and "正在进行" not in words(said)
        assert "用时" not in words(said)  # nobody knows when it ended


@pytest.fixture
def without_engine(town: Town) -> Iterator[Town]:
    made = Town(town.house.settings.data_dir, temporal_address="127.0.0.1:1")
    yield made
    made.house.engine.dispose()


@ONE_DIALECT
async def test_a_check_ends_though_the_store_did_not_hear_that_it_lives(
    without_engine: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unheard(*_given: object) -> None:
        raise OperationalError("UPDATE audit_check", {}, Exception("the store is away"))

    monkeypatch.setattr(SqlChecks, "beat", unheard)
    checks = SqlChecks(without_engine.house.engine)
    begun = checks.begin(COUNTY, "E1", AUDITOR, NOW, wiring.now())
    assert begun is not None
    await asyncio.to_thread(checking.live, without_engine.house.settings, begun)
    ended = checks.get(begun)
    assert ended is not None and ended.failure is CheckFailure.ENGINE_AWAY


@ONE_DIALECT
async def test_a_check_that_waits_for_its_turn_says_that_it_lives(without_engine: Town) -> None:
    checks, long_ago = SqlChecks(without_engine.house.engine), wiring.now() - LOST_AFTER
    begun = checks.begin(COUNTY, "E1", AUDITOR, NOW, long_ago)
    assert begun is not None
    with ExitStack() as others:
        for _ in range(checking.AT_ONCE):
            others.enter_context(checking.GATE)
        checking.begin(without_engine.house.settings, begun, of_case=True)
        await until(lambda: (one := checks.get(begun)) is not None and one.beat_at > long_ago)
        waiting = checks.get(begun)
        assert waiting is not None and waiting.ended_at is None
    await until(lambda: (one := checks.get(begun)) is not None and one.ended_at is not None)


async def until(is_so: Callable[[], bool]) -> None:
    """Looked at until it is, on a busy machine."""
    for _ in range(900):
        if await asyncio.to_thread(is_so):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came to be")


@ONE_DIALECT
async def test_while_it_is_at_work_looking_again_is_no_reading(town: Town) -> None:
    SqlChecks(town.house.engine).begin(COUNTY, "E1", AUDITOR, NOW, wiring.now())
    browser = town.as_(AUDITOR)
    await browser.get("/audit/cases/E1")
    before = in_table(town)
    part = await browser.get("/audit/cases/E1", **{"HX-Request": "true"})
    assert in_table(town) == before and "王示福" not in part.text and "正在开始" in part.text


async def test_heads_are_of_one_county_and_one_moment(town: Town) -> None:
    browser = town.as_(AUDITOR)
    page = words(await browser.get("/audit/heads"))
    assert "0 流 · 0 条" in page
    assert (await browser.get("/audit/heads?as_of=2031-01-01T00:00")).status_code == 422
    wrong = words(await browser.get(f"/audit/heads?as_of=2026-12-08T09:00&value={'0' * 64}"))
    assert "与印出来的值不同" in wrong and "核验全县" in wrong
    assert OTHER_COUNTY not in page


def test_every_step_and_reading_has_a_word() -> None:
    assert [action for action in MAY if action not in LOGGED and action not in STEPS] == []
