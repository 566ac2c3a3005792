"""The worklist's pages: what is shown, to whom, how many, what several at once comes to, and what changes by itself."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sms_manual import ManualSms
from adapters.texts import ProviderTexts
from models import tables as t
from models.texts import SendOrder
from tests.pages.conftest import Statements
from tests.pages.town import COUNTY, LIVES, NAMES, NOW, Town

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ITEMS, ESCALATIONS = t.table_of(t.WorkItemRow), t.table_of(t.EscalationRow)
COMMANDS, NOTES = t.table_of(t.CommandRow), t.table_of(t.Note)
GRID, ASSISTANT, OFFICER = "S-grid_worker", "S-village_assistant", "S-township_officer"
COUNTYS, APPROVER, ASSESSOR, ADMIN = "S-county_officer", "S-county_approver", "S-assessor", "S-admin"


def put(town: Town, id_: str, item: str, elder: str | None = "E1", **more: Any) -> str:
    row = {
        "id": id_, "item": item, "elder_id": elder, "township_id": "T1" if elder else None, "county_id": COUNTY,
        "role": "township_officer", "about": "", "opened_at": NOW, "due_at": NOW + timedelta(hours=5),
    }  # fmt: skip
    with writing(town.house.engine) as c:
        c.execute(insert(ITEMS).values(**{**row, **more}))
    return id_


def escalate(town: Town, elder: str, cause_id: str = "v1", **more: Any) -> str:
    village, township, _ = LIVES[elder]
    row = {
        "id": f"escalation/{elder}/{cause_id}", "elder_id": elder, "township_id": township, "village_id": village,
        "cause": "overdue", "urgency": "ordinary", "state": "opened", "role": "grid_worker", "asked_at": NOW,
        "climbs_at": NOW + timedelta(hours=6),
    }  # fmt: skip
    with writing(town.house.engine) as c:
        c.execute(insert(ESCALATIONS).values(**{**row, **more}))
    return str(row["id"])


def total(page: str) -> int:
    return int(re.findall(r'全部 <span class="count">(\d+)', page)[0])


def opened(page: str) -> list[str]:
    return re.findall(r'data-open id="[^"]+" href="([^"]+)"', page)


async def test_each_sees_what_is_theirs_and_no_other_township(town: Town) -> None:
    put(town, "dead", "dead_letter", role="county_officer")
    put(town, "approve", "approve_benefit", role="county_officer", about="advanced_age")
    escalate(town, "E2")
    seen = {GRID: ["E1"], OFFICER: ["E1", "E2"], COUNTYS: ["E1", "E2", "E3"], APPROVER: ["E1"], ASSESSOR: [], ADMIN: []}
    counted = {GRID: 1, OFFICER: 3, COUNTYS: 6, APPROVER: 1, ASSESSOR: 0, ADMIN: 0}
    for staff, elders in seen.items():
        page = (await town.as_(staff).get("/worklist")).text
        assert [elder for elder, name in NAMES.items() if name in page] == elders, staff
        assert total(page) == counted[staff], staff
    assert (await town.as_("S-auditor").get("/worklist")).status_code == 403


async def test_every_row_leads_to_where_it_is_dealt_with(town: Town) -> None:
    escalate(town, "E1", "assessment-1-naming")
    put(town, "case/E1#5.0", "call_by_phone", about="failed D1")
    put(town, "name", "name_assessors", about="visit")
    put(town, "check", "check_benefit", about="advanced_age")
    put(town, "list", "pay_list", None, role="county_officer", about="2026-12 checking")
    put(town, "doubt", "off_list")
    page = (await town.as_(COUNTYS).get("/worklist?area=T1")).text
    assert set(opened(page)) == {
        "/elders/E1/escalations/assessment-1-naming", "/items/case%2FE1%235.0", "/elders/E1/assessment",
        "/elders/E1/benefits", "/items/doubt", "/items/item-E1", "/items/item-E2",
    }  # fmt: skip
    whole = opened((await town.as_(COUNTYS).get("/worklist")).text)
    assert "/pay/2026-12?county=county-fengjie" in whole
    for link in {*opened(page), *whole}:  # whether or not anything is to be done there now, it is a page
        assert (await town.as_(COUNTYS).get(link)).status_code in (200, 303, 409), link


async def test_an_escalation_that_was_asked_for_just_now_says_that_its_owner_is_being_named(town: Town) -> None:
    escalate(town, "E1", role=None, climbs_at=None, state="asked")
    assert "正在指定" in (await town.as_(COUNTYS).get("/worklist")).text
    escalate(town, "E1", "v2")
    assert (await town.as_(COUNTYS).get("/worklist")).text.count("正在指定") == 1


async def test_two_escalations_of_one_elder_are_told_apart_by_when_they_were_asked_for(town: Town) -> None:
    escalate(town, "E1", asked_at=NOW - timedelta(days=30))
    escalate(town, "E1", "v2")
    page = (await town.as_(COUNTYS).get("/worklist")).text
    assert len(set(re.findall(r"提出时间 ([^<]+)<", page))) == page.count("提出时间") == 2


async def test_an_assessor_has_their_sheets_and_an_approver_the_rules_put_forward(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(
            insert(t.table_of(t.AssessmentRow)).values(
                elder_id="E1", round=1, township_id="T1", village_id="W1", stage="signing", trigger="visit",
                reason="first", requested_at=NOW, due_at=NOW + timedelta(days=3), first_id="S-x", second_id=ASSESSOR,
            )
        )  # fmt: skip
        c.execute(
            insert(t.table_of(t.PolicyProposal)).values(
                id="policy-1", county="fengjie", hash="h", version="2026.2", content="", proposed_by=ADMIN,
                active_from=date(2027, 1, 1), proposed_at=NOW,
            )
        )  # fmt: skip
    page = (await town.as_(ASSESSOR).get("/worklist")).text
    assert "评估：核对签字" in page and NAMES["E1"] in page and opened(page) == ["/elders/E1/assessment"]
    assert "2026.2" in (await town.as_(APPROVER).get("/worklist")).text
    assert "2026.2" not in (await town.as_(ADMIN).get("/worklist")).text  # who put it forward does not decide it


async def test_filters_stay_in_the_address_and_narrow_the_list(town: Town) -> None:
    escalate(town, "E1", "late", climbs_at=NOW - timedelta(hours=3), owner_id=OFFICER)
    escalate(town, "E2", "danger", urgency="urgent", climbs_at=NOW + timedelta(days=9))
    browser = town.as_(OFFICER)
    whole = (await browser.get("/worklist")).text
    assert opened(whole)[0].endswith("/danger") and "已过 3 小时" in whole
    for query, count in (
        ("kind=escalation", 2), ("kind=clarify", 2), ("overdue=1", 1), ("urgent=1", 1), ("whose=mine", 3),
        ("whose=grid_worker", 2), ("area=W2", 2), ("area=W3", 0), ("kind=nonsense&whose=nobody", 4),
    ):  # fmt: skip
        page = (await browser.get(f"/worklist?{query}")).text
        assert len(opened(page)) == count, query
    page = (await browser.get("/worklist?kind=clarify&area=W2")).text
    assert 'href="/worklist?kind=escalation&amp;area=W2"' in page and 'name="kind" value="clarify"' in page
    assert "这样筛选没有待办" in (await browser.get("/worklist?area=W3")).text


async def test_pages_of_fifty_forth_and_back(town: Town, queries: Statements) -> None:
    few = await asked(town, queries)
    for n in range(119):
        put(town, f"n{n:03}", "call_by_phone", about="failed D", due_at=NOW + timedelta(minutes=n))
    assert await asked(town, queries) == few  # as many queries however many rows
    browser, seen, at = town.as_(GRID), list[str](), "/worklist"
    while True:
        page = (await browser.get(at)).text
        seen += opened(page)
        later = re.search(r'rel="next" href="([^"]+)"', page)
        if later is None:
            break
        at = later[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120 and total(page) == 120
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back is not None
    assert opened((await browser.get(back[1].replace("&amp;", "&"))).text) == seen[50:100]
    assert (await browser.get("/worklist?after=nonsense")).status_code == 200


async def asked(town: Town, queries: Statements) -> int:
    queries.clear()
    assert (await town.as_(GRID).get("/worklist")).status_code == 200
    assert 0 < len(queries) <= 14, "\n".join(queries)
    return len(queries)


async def test_the_part_is_sent_only_when_something_changed(town: Town) -> None:
    browser = town.as_(GRID)
    page = (await browser.get("/worklist")).text
    part = re.findall(r'hx-get="([^"]+)"', page)[0].replace("&amp;", "&")
    assert (await browser.get(part)).status_code == 204
    readings = len(steps(town))
    escalate(town, "E2")  # in another village
    assert (await browser.get(part)).status_code == 204 and len(steps(town)) == readings
    escalate(town, "E1")
    answer = await browser.get(part, **{"HX-Request": "true"})
    assert answer.status_code == 200 and "/elders/E1/escalations/v1" in answer.text and "有新事项：1" in answer.text
    assert "<html" not in answer.text and len(steps(town)) == readings + 1
    with writing(town.house.engine) as c:
        c.execute(update(ESCALATIONS).values(owner_id=GRID, state="acknowledged"))
    again = re.findall(r'hx-get="([^"]+)"', answer.text)[0].replace("&amp;", "&")
    assert (await browser.get(again)).status_code == 200


def steps(town: Town) -> list[Any]:
    with reading(town.house.engine) as c:
        return list(c.execute(select(COMMANDS).order_by(COMMANDS.c.at, COMMANDS.c.id)))


async def test_several_calls_are_told_with_one_note_and_each_says_what_came_of_it(town: Town) -> None:
    for n in (1, 2):
        put(town, f"call-{n}", "call_by_phone", about="failed D")
    put(town, "call-3", "call_by_phone", "E3", township_id="T2")
    mine = escalate(town, "E1")
    form = {"pick": ["call-1", "call-2", "call-3", mine], "what": "都已告知家属"}
    answer = await town.as_(GRID).post("/worklist/told", form)
    assert answer.status_code == 200 and answer.text.count("✓ 已记为告知") == 2
    assert "不在您的待办里" in answer.text and NAMES["E3"] not in answer.text
    with reading(town.house.engine) as c:
        closed = c.execute(select(ITEMS).where(ITEMS.c.closed_at.is_not(None)).order_by(ITEMS.c.id)).all()
        notes = {row.id: town.house.sealer.open(row.text_enc) for row in c.execute(select(NOTES))}
    assert [(row.id, row.closed_by, notes[row.close_reason]) for row in closed] == [
        ("call-1", GRID, "都已告知家属"), ("call-2", GRID, "都已告知家属"),
    ]  # fmt: skip


async def test_several_escalations_are_kept_while_the_engine_is_away(town: Town) -> None:
    picked = [escalate(town, "E1", "a"), escalate(town, "E1", "b"), escalate(town, "E3", "c")]
    answer = await town.as_(GRID).post("/worklist/acknowledge", {"pick": picked})
    assert answer.text.count("已收下") == 2 and answer.text.count("不在您的待办里") == 1
    kept = {(row.subject_id, row.answer) for row in steps(town) if row.action == "acknowledge"}
    assert kept == {(id_, "later") for id_ in picked[:2]}


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("/worklist/acknowledge", {}, "还没有选"),
        ("/worklist/told", {"what": "告知"}, "还没有选"),
        ("/worklist/told", {"pick": ["item-E1"]}, "请写一句怎样告知的"),
    ],
)
async def test_what_is_missing_is_said(town: Town, path: str, form: dict[str, Any], says: str) -> None:
    answer = await town.as_(GRID).post(path, form)
    assert answer.status_code == 422 and says in answer.text


# --- one item --------------------------------------------------------------------------------------------------------


async def test_an_item_says_what_was_written_and_is_closed_with_words(town: Town) -> None:
    note = town.house.desk_store.keep_note("看过了吧也许", NOW).id
    phone = town.house.sealer.index("phone", "+8619200000201")
    with writing(town.house.engine) as c:
        c.execute(
            insert(t.table_of(t.Inbound)).values(
                provider="sandbox", provider_message_id="SM1", phone_index=phone, note_id=note, sender_id="V1",
                phone_enc=town.house.sealer.seal("+8619200000201"), received_at=NOW, read_at=NOW,
            )
        )  # fmt: skip
    put(town, "odd", "unclear_reply", about=f"uncertain {note}")
    browser = town.as_(GRID)
    page = (await browser.get("/items/odd")).text
    assert "看过了吧也许" in page and "+8619200000201" in page and "说法不确定" in page
    assert "/elders/E1/record-visit?visitor=V1&amp;visited_on=2026-12-08&amp;result=well" in page
    assert ("item_show", "item:odd", "read") in [(row.action, row.subject_id, row.answer) for row in steps(town)]
    wrong = await browser.post("/items/odd", {})
    assert wrong.status_code == 422 and "必须填写" in wrong.text
    done = await browser.post("/items/odd", {"what": "已问清，平安"})
    assert (done.status_code, done.headers["location"]) == (303, "/items/odd?done=recorded")
    after = (await browser.get("/items/odd?done=recorded")).text
    assert 'class="button" href="/elders/E1#s-story"' in after and NAMES["E1"] in after
    assert "这一件已经办完" in after and "看过了吧也许" not in after and "/worklist/next" in after
    assert "怎样办的" in after and "已问清，平安" in after
    assert [row.subject_id for row in steps(town) if row.action == "item_show"].count("item:odd") == 3  # and by 422
    assert (await town.as_("S-grid_worker-T2").get("/items/odd")).status_code == 404
    assert (await browser.get("/worklist/next")).headers["location"] == "/items/item-E1"
    assert (await browser.get("/worklist/next?but=item-E1")).headers["location"] == "/worklist"


async def test_a_call_shows_whom_to_call_and_a_read_out_text_may_not_reach(town: Town) -> None:
    with writing(town.house.engine) as c:
        c.execute(
            insert(t.table_of(t.DigestRow)).values(
                id="D1", recipient_id="V1", recipient_kind="volunteer", text_class="ordinary", template="task_one",
                phone_index=town.house.sealer.index("phone", "+8619200000201"), segments=1, body_index="b",
                body_enc=town.house.sealer.seal("请看望王奶奶"), state="built", built_at=NOW,
            )
        )  # fmt: skip
    by_hand = ManualSms(town.house.engine, town.house.sealer, town.house.home)
    ProviderTexts(town.house.engine, town.house.sealer, by_hand, lambda: NOW).send(SendOrder(digest_id="D1"))
    browser = town.as_(OFFICER)
    page = (await browser.get("/items/read-out-D1")).text
    assert "请看望王奶奶" in page and "请打电话告知" in page and "tel:+8619200000201" in page and "没有打通" in page
    assert (await browser.post("/items/read-out-D1", {"what": "没人接"})).status_code == 422
    done = await browser.post("/items/read-out-D1", {"what": "没人接", "called": "not_reached"})
    assert done.status_code == 303
    with reading(town.house.engine) as c:
        assert c.execute(select(t.table_of(t.DigestRow).c.state)).scalar_one() == "undelivered"


async def test_an_item_of_a_role_above_is_not_there(town: Town) -> None:
    id_ = put(town, "case/E1#5.0", "dead_letter", role="county_officer", about="no answer")
    path = f"/items/{quote(id_, safe='')}"
    assert (await town.as_(GRID).get(path)).status_code == 404
    assert (await town.as_(GRID).post(path, {"what": "办"})).status_code == 404
    assert "no answer" in (await town.as_(COUNTYS).get(path)).text


async def test_every_kind_of_item_has_a_page_or_leads_to_one(town: Town) -> None:
    browser = town.as_(COUNTYS)
    for item in ("follow_up", "unknown_phone", "undeliverable", "dead_letter", "step_refused", "texts_held",
                 "off_list", "category_lost", "out_of_group", "closed_on_list"):  # fmt: skip
        about = {"step_refused": "report_visit case_closed S-1", "category_lost": ":独居", "follow_up": "company"}
        put(town, item, item, about=about.get(item, ""))
        answer = await browser.get(f"/items/{item}")
        assert answer.status_code == 200 and "办完这一件" in answer.text, item
    put(town, "bench", "check_benefit", about="advanced_age")
    assert (await browser.get("/items/bench")).headers["location"] == "/elders/E1/benefits"
