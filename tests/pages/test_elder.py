"""One elder's page: what is shown, to whom, why it is asked, as of a day; and what its forms say."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from adapters.database import reading, writing
from models.tables import CommandRow, ElderCategory, ElderNotice, WorkItemRow, table_of
from tests.pages.conftest import Statements
from tests.pages.lived import lived
from tests.pages.town import NAMES, NOW, Town, climbing

COMMANDS, CATEGORIES, NOTICES = table_of(CommandRow), table_of(ElderCategory), table_of(ElderNotice)
SINCE = datetime(2026, 9, 30, 17, tzinfo=UTC)  # the first of October, an hour after midnight
GRID, TOWNSHIP, AUDITOR = "S-grid_worker", "S-township_officer", "S-auditor"
SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
WHOLE = "500236195002030001"


def words(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.fixture
def rested(town: Town) -> Town:
    """Nothing is open about anybody."""
    items = table_of(WorkItemRow)
    with writing(town.house.engine) as connection:
        connection.execute(update(items).values(closed_at=NOW, closed_by=GRID, close_reason="done"))
    return town


def steps(town: Town, *actions: str) -> list[Any]:
    with reading(town.house.engine) as connection:
        query = select(COMMANDS.c.staff_id, COMMANDS.c.action, COMMANDS.c.answer).where(COMMANDS.c.subject_id == "E1")
        return [tuple(row) for row in connection.execute(query.order_by(COMMANDS.c.at)) if row.action in actions]


async def test_who_where_and_how_it_stands(town: Town) -> None:
    lived(town, "E1", SINCE)
    page = await town.as_(GRID).get("/elders/E1")
    said = words(page)
    shown = f"{NAMES['E1']} 白帝镇·示例一村 76 1组1号 living_alone 名单 在办 每月一次 到期没有人去".split()
    assert [one for one in shown if one not in said.replace(" · ", "·")] == []
    assert 'title="2026年12月18日 24:00"' in page.text and "本期探访 吴示1 · 还剩 10 天" in said
    assert WHOLE not in said and "****0001" in said
    assert "漏访" in said and "周期结束仍没有探访，记为漏访" in said
    assert (await town.as_("S-grid_worker-T2").get("/elders/E1")).status_code == 404


@SQLITE
async def test_numbers_are_whole_on_one_answer_and_it_is_recorded(rested: Town) -> None:
    browser = rested.as_(GRID)
    assert WHOLE in words(await browser.post("/elders/E1/reveal"))
    assert steps(rested, "reveal") == [(GRID, "reveal", "routine")]
    assert WHOLE not in words(await browser.get("/elders/E1"))
    assert (await browser.get("/elders/E1/reveal")).headers["location"] == "/elders/E1"
    assert (await rested.as_(AUDITOR).post("/elders/E1/reveal")).status_code == 403


# --- why --------------------------------------------------------------------------------------------------------------


@SQLITE
async def test_outside_ones_own_work_it_is_asked_why_before_anything_is_shown(rested: Town) -> None:
    browser = rested.as_(AUDITOR, tells_why=False)
    asked = await browser.get("/elders/E1?all=story")
    assert asked.headers["location"] == "/elders/E1/reason?next=%2Felders%2FE1%3Fall%3Dstory"
    page = await browser.get(asked.headers["location"])
    assert page.status_code == 200 and NAMES["E1"] not in page.text and "白帝镇" not in page.text
    assert not steps(rested, "case_show")

    reason = asked.headers["location"]
    assert (await browser.post(reason)).status_code == 422
    assert "这一项必须填写" in words(await browser.post(reason, {"why": "other"}))
    assert (await browser.post(reason, {"why": "curious"})).status_code == 422
    back = await browser.post(reason, {"why": "other", "words": "受县纪委委托"})
    assert back.headers["location"] == "/elders/E1?all=story"
    assert (await browser.get("/elders/E1?all=story")).status_code == 200
    ((_, _, why),) = steps(rested, "reason")
    assert why.startswith("note-") and steps(rested, "case_show") == [(AUDITOR, "case_show", why)]

    assert (await browser.get("/elders/E2")).status_code == 303
    assert (await rested.as_(TOWNSHIP, tells_why=False).get("/elders/E1")).status_code == 303
    rested.days_pass(31 / 24 / 60)
    assert (await browser.get("/elders/E1")).status_code == 303


@SQLITE
@pytest.mark.parametrize(
    "wanted", ["https://else.where/", "//else.where/elders/E1", "/elders/E10", "/elders/E2/reason"]
)
async def test_a_reason_leads_back_to_this_elder_only(town: Town, wanted: str) -> None:
    answer = await town.as_(GRID).post(f"/elders/E1/reason?next={wanted}", {"why": "call"})
    assert answer.headers["location"] == "/elders/E1"


@SQLITE
async def test_ones_own_work_is_reason_enough(rested: Town) -> None:
    climbing(rested.house, "E1", "ladder")
    assert (await rested.as_(GRID, tells_why=False).get("/elders/E1")).status_code == 200
    assert steps(rested, "case_show", "reason") == [(GRID, "case_show", "own_work")]
    assert (await rested.as_("S-village_assistant", tells_why=False).get("/elders/E1")).status_code == 200
    assert (await rested.as_(AUDITOR, tells_why=False).get("/elders/E1")).status_code == 303  # on no list of theirs
    assert (await rested.as_(GRID, tells_why=False).get("/elders/E1/record-visit")).status_code == 200


@SQLITE
async def test_who_has_just_dealt_with_them_sees_what_came_of_it(rested: Town) -> None:
    climbing(rested.house, "E1", "ladder", state="resolved")
    log = rested.house.desk_store.log_step
    log("step-1", GRID, "grid_worker", "resolve", "escalation/E1/ladder", True, "recorded", rested.now)
    log("step-2", "S-village_assistant", "village_assistant", "resolve", "escalation/E1/ladder", False, "x", rested.now)
    assert (await rested.as_(GRID, tells_why=False).get("/elders/E1")).status_code == 200
    assert (await rested.as_("S-village_assistant", tells_why=False).get("/elders/E1")).status_code == 303  # refused
    rested.days_pass(1 / 24)
    assert (await rested.as_(GRID, tells_why=False).get("/elders/E1")).status_code == 303


@SQLITE
async def test_a_form_that_was_opened_for_a_reason_is_taken_later(rested: Town) -> None:
    browser = rested.as_(GRID, tells_why=False)
    path = "/elders/E1/request-visit"
    assert (await browser.post(path)).headers["location"].startswith("/elders/E1/reason?next=")
    await browser.post("/elders/E1/reason", {"why": "call"})
    assert (await browser.get(path)).status_code == 200
    rested.days_pass(2 / 24)
    assert (await browser.get(path)).status_code == 303
    assert (await browser.post(path, {"note": "来电"})).headers["location"] == "/elders/E1?done=later"


# --- as of a day ------------------------------------------------------------------------------------------------------


@SQLITE
async def test_as_of_a_day_it_is_as_it_was_known_then(town: Town) -> None:
    lived(town, "E1", SINCE)
    browser = town.as_(TOWNSHIP)
    then = words(await browser.get("/elders/E1?as_of=2026-10-22"))
    assert "当时所知 2026年10月22日 24:00" in then and "回到现在" in then
    assert (
        "到期没有人去" in then and "漏访" not in then and "2026年11月" not in then.split("看某一天")[0].split("经过")[1]
    )
    assert "记一次探访" not in then and "显示完整号码" not in then
    early = words(await browser.get("/elders/E1?as_of=2026-09-01T08:00"))
    assert "个案还没有开始" in early and "还没有探访安排。" in early
    assert "回到现在" not in words(await browser.get("/elders/E1?as_of=2026-12-08"))  # today is now
    wrong = await browser.get("/elders/E1?as_of=昨天")
    assert wrong.status_code == 422 and "这一天读不懂" in words(wrong) and "记一次探访" in words(wrong)


# --- the store is asked as often for a year as for a month ------------------------------------------------------------


async def test_a_long_life_asks_the_store_no_more_than_a_short_one(town: Town, queries: Statements) -> None:
    lived(town, "E1", NOW - timedelta(days=40))
    lived(town, "E2", NOW - timedelta(days=330))
    counts: list[int] = []
    browser = town.as_(TOWNSHIP)
    for elder in ("E1", "E2"):
        await browser.get(f"/elders/{elder}")  # they say why
        queries.clear()
        assert (await browser.get(f"/elders/{elder}?all=story")).status_code == 200
        counts.append(len([one for one in queries if one.startswith(("SELECT", "INSERT"))]))
    assert counts[0] == counts[1] <= 45, counts


# --- evidence and escalations are this elder's ------------------------------------------------------------------------


@SQLITE
async def test_evidence_is_what_the_elders_own_story_names(town: Town) -> None:
    lived(town, "E1", SINCE)
    lived(town, "E2", SINCE)
    browser = town.as_(GRID)
    own = await browser.get("/elders/E1/evidence?of=case/E1%233")
    assert own.status_code == 200
    said = words(own)
    assert "VisitOpened" in said and "case/E1" in said and "前一条的哈希" in said and "V1 吴示1" in said
    assert "现在查不到事件号" in said  # no engine here
    for other in ("case/E2%233", "case/E1%23999", "digest x", "nonsense"):
        assert (await browser.get(f"/elders/E1/evidence?of={other}")).status_code == 404, other


@SQLITE
async def test_an_escalation_is_shown_with_its_elder_only(town: Town) -> None:
    climbing(town.house, "E1", "ladder")
    browser = town.as_(GRID)
    page = await browser.get("/elders/E1/escalations/ladder")
    assert page.status_code == 200 and "待接手" in words(page) and "/elders/E1/escalations/ladder/resolve" in page.text
    assert 'class="button" href="/elders/E1#s-story"' in page.text
    after = (await browser.get("/elders/E1/escalations/ladder?done=recorded")).text.partition('role="status"')[2]
    assert 'href="/elders/E1#s-story"' in after[:200] and 'href="/worklist/next"' in after[:200]
    assert "hand-on" not in page.text  # officers' only
    assert "hand-on" in (await town.as_(TOWNSHIP).get("/elders/E1/escalations/ladder")).text
    assert (await browser.get("/elders/E2/escalations/ladder")).status_code == 404
    climbing(town.house, "E1", "over", state="resolved", outcome="visited", resolved_by=GRID, resolved_at=NOW)
    assert "/resolve" not in (await browser.get("/elders/E1/escalations/over")).text


@SQLITE
async def test_an_escalation_names_the_others_of_its_elder_that_are_open(town: Town) -> None:
    for cause_id in ("october", "november"):
        climbing(town.house, "E1", cause_id)
    climbing(town.house, "E1", "over", state="resolved", outcome="visited", resolved_by=GRID, resolved_at=NOW)
    climbing(town.house, "E2", "hers")
    page = await town.as_(GRID).get("/elders/E1/escalations/october")
    others = page.text.partition('id="s-others"')[2].partition("</section>")[0]
    assert re.findall(r'href="([^"]+)"', others) == ["/elders/E1/escalations/november"]
    assert "此前没探访到的督办一并撤回" in others
    closed = (await town.as_(GRID).get("/elders/E1/escalations/over")).text
    assert closed.count('/escalations/october"') == closed.count('/escalations/november"') == 1
    assert "一并撤回" not in closed
    assert "s-others" not in (await town.as_(TOWNSHIP).get("/elders/E2/escalations/hers")).text


# --- what may be done, and what its forms say -------------------------------------------------------------------------


@SQLITE
async def test_only_what_may_be_done_now_is_offered(town: Town) -> None:
    lived(town, "E1", SINCE)
    grid, township = [(await town.as_(one).get("/elders/E1")).text for one in (GRID, TOWNSHIP)]
    for path in ("record-visit", "request-visit", "change", "refusal", "report-death"):
        assert f"/elders/E1/{path}" in grid, path
    for path in ("close", "suspend", "end-category"):
        assert f"/elders/E1/{path}" in township and f"/elders/E1/{path}" not in grid, path
    for path in ("resume", "reopen", "confirm-death", "undo-death", "confirm-suspension"):
        assert f"/elders/E1/{path}" not in township, path


OLD, NOT_COME = (NOW - timedelta(days=5)).date().isoformat(), (NOW + timedelta(days=1)).date().isoformat()
VISIT = {"visitor": GRID, "method": "home", "result": "well"}


@SQLITE
@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("record-visit", VISIT | {"visited_on": NOT_COME}, "探访日期不能晚于今天"),
        ("record-visit", VISIT | {"visited_on": OLD}, "三天以前的探访要写原因"),
        ("record-visit", VISIT | {"visited_on": "昨天"}, "不是日期"),
        ("record-visit", VISIT | {"visited_on": OLD, "visitor": "V3"}, "不是可选的一项"),
        ("confirm-death", {"died_on": OLD, "source": "other"}, "这一项必须填写"),
        ("close", {"why": "moved_out"}, "迁出须填接收地"),
        ("suspend", {"why": "hospital", "review_on": OLD}, "要晚于今天"),
        ("suspend", {"why": "hospital", "review_on": "2027-06-01"}, "复核日期超过规定的最长天数"),
        ("state-fact", {"code": "disability_grade", "value": "9", "source": "visit", "on": OLD}, "1–4"),
        ("state-fact", {"code": "rural", "value": "yes", "source": "visit", "on": NOT_COME}, "不能晚于今天"),
        ("take-back-fact", {"code": "rural"}, "那天没有登记过这一项"),
        ("escalations/ladder/resolve", {"outcome": "other"}, "这一项必须填写"),
        ("escalations/ladder/extend", {"until": f"{OLD}T09:00", "note": "等家属"}, "要晚于现在"),
        ("escalations/ladder/hand-on", {"staff_id": "S-grid_worker-T2"}, "不是可选的一项"),
    ],
)
async def test_a_form_says_beside_its_field_what_is_wrong(town: Town, path: str, form: Any, says: str) -> None:
    lived(town, "E1", SINCE)
    climbing(town.house, "E1", "ladder")
    answer = await town.as_(TOWNSHIP).post(f"/elders/E1/{path}", form)
    assert answer.status_code == 422 and says in words(answer)


@SQLITE
async def test_people_are_chosen_by_name_among_those_of_the_place(town: Town) -> None:
    form = (await town.as_(TOWNSHIP).get("/elders/E1/reassign")).text
    assert (
        'value="V1"' in form and 'value="V2"' in form and "V3" not in form and "吴示1（示例一村，现有探访 0/9）" in form
    )
    owners = (await town.as_(TOWNSHIP).get("/elders/E1/record-visit")).text
    assert 'value="S-grid_worker"' in owners and "S-grid_worker-T2" not in owners and "S-auditor" not in owners


@SQLITE
async def test_register_changes_by_hand_are_kept_once(town: Town) -> None:
    browser, today = town.as_(TOWNSHIP), NOW.date().isoformat()
    ended = {"category": "living_alone", "to_on": today}
    assert (await browser.post("/elders/E1/end-category", ended)).headers["location"] == "/elders/E1?done=recorded"
    given = {"version": "2026-1", "given_on": today, "given_by": "吴示"}
    assert (await browser.post("/elders/E1/notice", given)).headers["location"] == "/elders/E1?done=recorded"
    again = await browser.post("/elders/E1/notice", given)
    assert again.status_code == 422 and "这一版已经记过" in words(again)
    with reading(town.house.engine) as connection:
        kept = connection.execute(select(CATEGORIES.c.to_on).where(CATEGORIES.c.elder_id == "E1")).scalar_one()
        assert kept == NOW.date() and len(connection.execute(select(NOTICES)).all()) == 1
    assert "已止" in words(await browser.get("/elders/E1"))


@SQLITE
async def test_a_fact_is_stated_and_taken_back(town: Town) -> None:
    browser = town.as_(TOWNSHIP)
    stated = {"code": "rural", "value": "yes", "source": "visit", "on": OLD, "document": "户口簿"}
    assert (await browser.post("/elders/E1/state-fact", stated)).headers["location"] == "/elders/E1?done=later"
    assert "农村户籍 是 入户核查" in words(await browser.get("/elders/E1/state-fact"))
    taken = await browser.post("/elders/E1/take-back-fact", {"code": "rural"})
    assert taken.headers["location"] == "/elders/E1?done=later"
    assert "农村户籍 是" not in words(await browser.get("/elders/E1/state-fact"))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_waits_leads_whoever_deals_with_it_to_where_it_is_done(town: Town) -> None:
    assert 'href="/items/item-E1"' in (await town.as_("S-township_officer").get("/elders/E1")).text
    assert "/items/item-E1" not in (await town.as_("S-auditor").get("/elders/E1")).text
