"""Volunteers as their township sees them: load, leave, texts; their card; a village given to others at once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import insert, select

from adapters.database import reading, writing
from models.tables import CommandRow, DigestRow, LetterRow, RegisterChange, Volunteer, table_of
from tests.pages.peopled import cases, counted, set_volunteer, visit
from tests.pages.town import NOW, SINCE, Town

LETTERS, LOG, CHANGES = table_of(LetterRow), table_of(CommandRow), table_of(RegisterChange)
OFFICER = "S-township_officer"


@pytest.fixture
def peopled(town: Town) -> Town:
    cases(town)
    return town


def row_of(page: str, name: str) -> str:
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    found = [row for row in rows if name in row]
    assert len(found) == 1, page
    return found[0]


def logged(town: Town) -> list[tuple[str, str]]:
    with reading(town.house.engine) as connection:
        return [(row.action, row.subject_id) for row in connection.execute(select(LOG.c.action, LOG.c.subject_id))]


async def test_a_list_tells_load_leave_and_who_cannot_be_reached(peopled: Town) -> None:
    visit(peopled, "E1", "open", "V1")
    visit(peopled, "E2", "done", "V1", visited_on=date(2026, 12, 5))
    visit(peopled, "E2", "missed", "V2", starts_at=NOW.replace(year=2025))  # of the year before
    set_volunteer(peopled, "V2", opted_out_at=NOW)
    with writing(peopled.house.engine) as c:
        c.execute(
            insert(table_of(DigestRow)).values(
                id="D1", recipient_id="V1", recipient_kind="volunteer", phone_index="x", text_class="ordinary",
                template="ask", body_enc=peopled.house.sealer.seal("51王爷爷家"), segments=1, body_index="b",
                state="undelivered", built_at=NOW,
            )
        )  # fmt: skip
    page = (await peopled.as_(OFFICER).get("/volunteers")).text
    first, second = row_of(page, "吴示1"), row_of(page, "吴示2")
    assert "1/9" in first and "短信送不到" in first and "****0201" in first
    assert re.findall(r'class="number">(\d+)</td>', first) == ["1", "1", "0", "0"]  # pairs, on time, late, missed
    assert "已退订短信" in second and re.findall(r'class="number">(\d+)</td>', second) == ["1", "0", "0", "0"]
    assert "吴示3" not in page
    assert "吴示2" not in (await peopled.as_(OFFICER).get("/volunteers?village=W1")).text
    one = (await peopled.as_(OFFICER).get("/volunteers/V1")).text
    assert "51王爷爷家" in one and "没有送达" in one and "王示福" in one and ("volunteer", "V1") in logged(peopled)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_the_list_has_pages_and_asks_the_store_as_often_for_many_as_for_few(peopled: Town) -> None:
    officer = peopled.as_(OFFICER)
    with counted(peopled.house.engine) as few:
        await officer.get("/volunteers")
    seal = peopled.house.sealer.seal
    with writing(peopled.house.engine) as c:
        for n in range(60):
            c.execute(
                insert(table_of(Volunteer)).values(
                    id=f"V1-{n:02}", county_id="county-fengjie", township_id="T1", village_id="W1",
                    name_enc=seal(f"郑示{n}"), phone_enc=seal("+8619200009900"), phone_index=f"p{n}", sex="F",
                    capacity=9, standing="", consented_on=SINCE,
                )
            )  # fmt: skip
    with counted(peopled.house.engine) as many:
        page = (await officer.get("/volunteers")).text
    assert page.count("/volunteers/V") == 50 and len(few) == len(many) <= 20
    after = re.search(r"after=([\w-]+)", page)
    assert after
    assert (await officer.get(f"/volunteers?after={after[1]}")).text.count("/volunteers/V") == 12


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_leave_and_pairs_are_entered_and_what_is_wrong_says_so(peopled: Town) -> None:
    officer = peopled.as_(OFFICER)
    wrong = await officer.post("/volunteers/V1/leave", {"from_on": "2026-12-09", "to_on": "2026-12-08"})
    assert wrong.status_code == 422 and "止日早于起日" in wrong.text and 'value="2026-12-09"' in wrong.text
    visit(peopled, "E1", "open", "V1")
    done = await officer.post("/volunteers/V1/leave", {"from_on": "2026-12-08", "to_on": "2026-12-20"})
    assert done.headers["location"] == "/volunteers/V1?done=later"  # the engine is away: the reassignment is kept
    assert "请假到" in (await officer.get("/volunteers/V1")).text
    with reading(peopled.house.engine) as connection:
        assert list(connection.execute(select(LETTERS.c.elder_id).where(LETTERS.c.kind == "update")).scalars()) == [
            "E1"
        ]
    assert (await officer.post("/volunteers/V1/unpair", {"elder_id": "E1", "from_on": "2026-12-08"})).status_code == 303
    assert "还没有结对的老人" in (await officer.get("/volunteers/V1")).text
    assert (await officer.post("/volunteers/V1/pair", {"elder_id": "E3", "from_on": "2026-12-08"})).status_code == 422
    pair = {"elder_id": "E1", "from_on": "2026-12-08"}
    set_volunteer(peopled, "V1", elder_id="E1")
    themselves = await officer.post("/volunteers/V1/pair", pair)
    assert themselves.status_code == 422 and "不能与本人结对" in themselves.text
    set_volunteer(peopled, "V1", elder_id=None)
    assert (await officer.post("/volunteers/V1/pair", pair)).status_code == 303


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_number_consent_and_a_bar_are_entered_and_what_cannot_be_says_so(peopled: Town) -> None:
    officer, county = peopled.as_(OFFICER), peopled.as_("S-county_officer")
    set_volunteer(peopled, "V1", opted_out_at=NOW)
    for step, typed, said in (
        ("phone", {"phone": "023-56551234"}, "不是能收短信的手机号"),
        ("consent", {"on": "2026-12-01", "how": "signed"}, "退订以前的同意"),
        ("consent", {"on": "2026-12-08", "how": "guessed"}, "不是可选的一项"),
    ):
        wrong = await officer.post(f"/volunteers/V1/{step}", typed)
        assert wrong.status_code == 422 and said in wrong.text, step
    done = await officer.post("/volunteers/V1/consent", {"on": "2026-12-08", "how": "signed"})
    assert done.headers["location"] == "/volunteers/V1?done=recorded"
    await officer.post("/volunteers/V1/phone", {"phone": "19200000777"})
    page = (await officer.get("/volunteers/V1")).text
    assert "已退订短信" not in page and "****0777" in page and "停用志愿者" not in page

    assert (await officer.post("/volunteers/V1/bar", {"why": "x"})).status_code == 403
    visit(peopled, "E1", "open", "V1")
    done = await county.post("/volunteers/V1/bar", {"why": "多次谎报"})
    assert done.headers["location"] == "/volunteers/V1?done=later"  # the engine is away: the reassignment is kept
    page = (await county.get("/volunteers/V1")).text
    assert "已停用" in page and "/volunteers/V1/lift-bar" in page and "/volunteers/V1/bar" not in page
    assert (await county.post("/volunteers/V1/lift-bar", {"why": "查清"})).status_code == 303
    with reading(peopled.house.engine) as connection:
        fields = connection.execute(select(CHANGES.c.field).where(CHANGES.c.subject_id == "V1").order_by(CHANGES.c.at))
        assert list(fields.scalars()) == ["consent", "phone", "barred", "bar_lifted"]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_card_is_printed_and_its_reading_kept(peopled: Town) -> None:
    page = (await peopled.as_(OFFICER).get("/volunteers/V1/card")).text
    assert "王示福" in page and "1组1号" in page and "回复：编号加数字" in page and "李例寿" not in page
    assert ("volunteer_card", "V1") in logged(peopled)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_village_is_given_to_others_row_by_row(peopled: Town) -> None:
    for n, elder in enumerate(("E1", "E1", "E1")):
        visit(peopled, elder, "open", "V1", id=f"E1/{n}")
    set_volunteer(peopled, "V2", capacity=0)
    officer = peopled.as_(OFFICER)
    assert "E1/0" in (await officer.get("/villages/W1/reassign")).text
    page = await officer.post(
        "/villages/W1/reassign",
        {"to-E1/0": "V2", "to-E1/1": "anybody", "to-E1/2": "", "to-E2/0": "V2"}
        | {f"from-E1/{n}": "V1" for n in range(3)},
    )
    assert page.status_code == 422 and "手上的探访已满" in page.text
    assert "；已收下、稍后自动办理 1；没有改派 1" in page.text
    assert re.search(r'<option value="V2" selected>', page.text)
    with reading(peopled.house.engine) as connection:
        assert len(connection.execute(select(LETTERS.c.id).where(LETTERS.c.kind == "update")).all()) == 1
