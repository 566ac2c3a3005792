"""What the pages of benefits and notices show, to whom, and that a notice shows its fields and no more."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from adapters.database import reading
from decisions.receipt import decisions_of
from models.claim_messages import PostNotice
from models.letters import LETTER, UpdateLetter
from models.tables import LetterRow, table_of
from tests.decisions.test_receipts import a_life
from tests.pages.money_town import approving, counted, gives, plays, posting, records
from tests.pages.town import NAMES, Town

ONE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LETTERS = table_of(LetterRow)
TAGS = re.compile(r"<[^>]+>")


def words(html: str) -> str:
    return re.sub(r"\s+", " ", TAGS.sub(" ", html))


@ONE
async def test_an_elder_without_benefits_is_told_what_to_do(town: Town) -> None:
    page = (await town.as_("S-grid_worker").get("/elders/E1/benefits")).text
    assert "还没有人为老人办过待遇" in page and "/elders/E1/benefits/request" in page
    assert "/elders/E1/benefits/request" not in (await town.as_("S-auditor").get("/elders/E1/benefits")).text


@ONE
async def test_a_claim_is_shown_with_every_condition_and_what_may_be_done_by_whom(town: Town) -> None:
    plays(town, approving())
    approver = (await town.as_("S-county_approver").get("/elders/E1/benefits")).text
    assert "待县里审批" in approver and "class_1" in approver and "✓ 符合" in words(approver)
    assert "经济状况属于特困、低保" in words(approver) and "登记簿，2025年1月1日" in words(approver)
    assert "/benefits/care_allowance/approve" in approver and "/benefits/care_allowance/check" not in approver
    grid = (await town.as_("S-grid_worker").get("/elders/E1/benefits")).text
    assert "/benefits/care_allowance/withdraw" in grid and "/benefits/care_allowance/approve" not in grid


@ONE
async def test_who_approves_sees_it_first_and_types_it(town: Town) -> None:
    plays(town, approving())
    approver, path = town.as_("S-county_approver"), "/elders/E1/benefits/care_allowance/approve"
    form = await approver.get(path)
    assert form.status_code == 200 and "200.00" in form.text and "逐条依据" in form.text
    assert 'name="row"' in form.text and 'value="class_1"' not in form.text, "nothing is filled in for them"
    for typed, says in (
        ({"row": "class_1", "amount": "200"}, "写到分"),
        ({"row": "一档", "amount": "200.00"}, "不是代号"),
    ):
        answer = await approver.post(path, typed)
        assert answer.status_code == 422 and says in answer.text
    answer = await approver.post(path, {"row": "class_1", "amount": "200.00"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/elders/E1/benefits?done=later")


@ONE
async def test_a_step_of_what_is_not_there_says_so(town: Town) -> None:
    approver = town.as_("S-county_approver")
    answer = await approver.get("/elders/E1/benefits/care_allowance/approve")
    assert answer.status_code == 409 and "还没有人为老人办过待遇" in answer.text
    plays(town, posting())
    answer = await approver.get("/elders/E1/benefits/severe_disability_care/approve")
    assert answer.status_code == 409 and "现在不在这一步" in answer.text


@ONE
@pytest.mark.parametrize("up", [False, True])
async def test_a_notice_has_its_fields_and_no_other(town: Town, up: bool) -> None:
    plays(town, posting(up=up))
    for path in ("/elders/E1/benefits/severe_disability_care/notice", "/notices?village=W1"):
        page = (await town.as_("S-village_assistant").get(path)).text
        [sheet] = re.findall(r"<article class=\"notice\".*?</article>", page, re.DOTALL)
        assert re.fullmatch(
            r" 公示 姓名：王\*福 村（社区）：示例一村 待遇：重度残疾人护理补贴 拟定结果：拟享受 "
            r"公示期：2026年\d+月\d+日至2026年\d+月\d+日（含） 有异议的，请在公示期内向白帝镇提出。 ", words(sheet),
        ), words(sheet)  # fmt: skip
        printed = words(page)
        for never in (NAMES["E1"], "轻度失能", "grade", "80.00", "1920000", "5002361", "1950", "肢体", "级"):
            assert never not in printed, never
        assert ("2026年3月2日至2026年3月9日" in sheet) == up


@ONE
async def test_what_hangs_since_one_day_is_told_at_once_and_each_is_answered(town: Town) -> None:
    plays(town, posting())
    assistant = town.as_("S-village_assistant")
    page = (await assistant.get("/notices?village=W1")).text
    [key] = re.findall(r'name="key" value="([^"]+)"', page)
    [pick] = re.findall(r'name="pick" value="([^"]+)"', page)
    form = {"key": key, "posted_on": "2026-12-08", "proof": "村口照片", "where": "村务公开栏"}
    for wrong, says in (({}, "还没有勾选"), ({"pick": pick, "posted_on": "2026-12-09"}, "不能晚于今天")):
        answer = await assistant.post("/villages/W1/notices", form | wrong)
        assert answer.status_code == 422 and says in answer.text and "村口照片" in answer.text, says
    picked = form | {"pick": [pick, "E3/severe_disability_care", "E1/nothing"]}
    for _ in range(2):  # sent twice it is one step, kept once: there is no engine here to take it
        told = await assistant.post("/villages/W1/notices", picked)
        assert told.status_code == 200 and told.text.count("现在不在这一步") == 2
        assert NAMES["E1"] in told.text and "稍后自动办理" in told.text and NAMES["E3"] not in told.text
    more = await assistant.post("/villages/W1/notices", form | {"pick": [f"E{n}/nothing" for n in range(102)]})
    assert more.text.count("现在不在这一步") == 100 and more.text.count("这一张没有记") == 2
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.id.startswith("step-"))).all()
    [letter] = [LETTER.validate_json(town.house.sealer.open(row.body_enc)) for row in rows]
    assert isinstance(letter, UpdateLetter) and isinstance(letter.message, PostNotice)
    assert (letter.elder_id, letter.message.code, str(letter.message.posted_on)) == (*pick.split("/"), "2026-12-08")
    assert (await town.as_("S-village_assistant-T2").post("/villages/W1/notices", picked)).status_code == 404


@ONE
async def test_notices_are_counted_by_village_within_ones_territory(town: Town) -> None:
    plays(town, posting())
    page = (await town.as_("S-township_officer").get("/notices")).text
    assert "示例一村" in page and "/notices?village=W1" in page
    other = town.as_("S-township_officer-T2")
    assert "示例一村" not in (await other.get("/notices")).text
    assert "王*福" not in (await other.get("/notices?village=W1")).text


async def test_what_waits_is_counted_narrowed_and_paged_within_ones_territory(town: Town) -> None:
    for elder, stage in (("E1", "changing"), ("E2", "reviewing"), ("E3", "telling"), ("E9", "telling")):
        gives(town, elder, waits=stage, waits_until=town.now)
    county = town.as_("S-county_officer")
    page = (await county.get("/benefits")).text
    shown = {id_ for id_ in NAMES if f"/elders/{id_}/benefits#" in page}
    assert shown == {"E1", "E2", "E3"} and '<span class="count">3</span>' in page
    assert [id_ for id_ in NAMES if id_ in (await town.as_("S-township_officer").get("/benefits")).text] == ["E1", "E2"]
    narrowed = (await county.get("/benefits?stage=telling&late=1")).text
    assert (
        '<span class="count">1 / 3</span>' in narrowed and "/elders/E3/" in narrowed and "/elders/E1/" not in narrowed
    )
    after = f"/benefits?after={town.now.isoformat().replace('+', '%2B')}~E1~care_allowance~entitlement"
    rest = (await county.get(after)).text
    assert "/elders/E1/" not in rest and rest.index("/elders/E2/") < rest.index("/elders/E3/")
    assert (await county.get("/benefits?after=nonsense")).status_code == 200


@ONE
async def test_statements_do_not_grow_with_what_is_shown(town: Town) -> None:
    county, said = town.as_("S-county_officer"), list[int]()
    for elder in ("E1", "E2", "E3"):
        gives(town, elder, waits="reviewing", waits_until=town.now)
        with counted(town) as statements:
            await county.get("/benefits")
        said.append(len(statements))
    assert len(set(said)) == 1 and said[0] <= 24, said


@ONE
async def test_receipts_are_listed_shown_and_given_as_data(town: Town) -> None:
    records(town, a_life())
    officer = town.as_("S-township_officer")
    page = (await officer.get("/elders/E1/benefits")).text
    decisions = decisions_of(a_life())
    for one in decisions:
        path = f"/elders/E1/receipts/benefit/{one.seq}"
        assert path in page
        receipt = await officer.get(path)
        assert receipt.status_code == 200 and "王*福" in receipt.text and NAMES["E1"] not in receipt.text
    one = decisions[-1]
    path = f"/elders/E1/receipts/benefit/{one.seq}"
    data = (await officer.get(f"{path}/json")).json()
    assert data["number"] == f"benefit/E1#{one.seq}" and data["whom"] == "王*福"
    pdf = await officer.get(f"{path}/pdf")
    assert pdf.headers["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    none = await officer.get("/elders/E1/receipts/benefit/1")
    assert none.status_code == 409 and "办理中的一步，不是决定" in none.text
    assert (await officer.get("/elders/E1/receipts/case/1")).status_code == 404


@ONE
async def test_whoever_approves_is_asked_for_no_reason_while_it_waits_for_them(town: Town) -> None:
    approver = town.as_("S-county_approver", tells_why=False)
    assert "/reason?next=" in (await approver.get("/elders/E1/benefits")).headers["location"]
    plays(town, approving())
    assert (await approver.get("/elders/E1/benefits")).status_code == 200
    assert "/reason?next=" in (await approver.get("/elders/E3/benefits")).headers["location"]
