"""The visitor's page: small, without a script, and what is sent from it is a letter to the case, once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from adapters.database import reading
from adapters.visit_tokens import LETTERS as IN_CODES
from adapters.visit_tokens import printed
from models.letters import LETTER, UpdateLetter
from models.messages import ReportDanger, ReportVisit
from models.tables import CommandRow, LetterRow, Note, table_of
from models.values import Channel, Evidence, Finding
from tests.pages.town import NAMES, Browser, Town
from tests.pages.visits import asked, changed

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LETTERS, NOTES, COMMANDS = table_of(LetterRow), table_of(Note), table_of(CommandRow)
WRONG = [printed("ABCDEF" + letter) for letter in IN_CODES]
SMALL = 14_000  # bytes: what a slow network brings in its first round trip
SMALL_SCRIPT = 3_000  # it comes after the page can be used


@pytest.fixture
def path(town: Town) -> str:
    asked(town, "E1", "V1")
    [way] = town.house.visit_links.of_elder("E1", town.now)
    return way.path


def messages(town: Town) -> list[Any]:
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.id.startswith("page-")).order_by(LETTERS.c.id)).all()
    letters = [LETTER.validate_json(town.house.sealer.open(row.body_enc)) for row in rows]
    return [letter.message for letter in letters if isinstance(letter, UpdateLetter)]


async def form_of(browser: Browser, path: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', (await browser.get(path)).text)
    assert found is not None
    return found[1]


async def sent(town: Town, path: str, **typed: Any) -> httpx.Response:
    browser = town.as_(None)
    return await browser.post(path, {"form": await form_of(browser, path)} | typed)


async def test_it_shows_the_door_and_nothing_else_of_the_elder(town: Town, path: str) -> None:
    page = await town.as_(None).get(path)
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    for word in ("看望王爷爷", "示例一村", "1组1号", "2026年12月20日", "有危险请先打"):
        assert word in page.text
    for word in (NAMES["E1"], "50023619500203", "19200000101", "living", "独居", "E1", "V1"):
        assert word not in page.text


async def test_it_is_small_and_needs_no_script(town: Town, path: str) -> None:
    browser = town.as_(None)
    page = await browser.get(path)
    [style] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    css = await browser.get(style)
    assert css.status_code == 200 and len(page.content) + len(css.content) < SMALL
    [script] = re.findall(r'<script src="([^"]+)" defer></script>', page.text)
    assert len((await browser.get(script)).content) < SMALL_SCRIPT and page.text.count("<script") == 1
    assert "<img" not in page.text and "@import" not in css.text
    assert set(re.findall(r'(?:src|href|action)="(?!tel:|data:)([^"]+)"', page.text)) == {style, script}


async def test_what_is_ticked_is_a_letter_to_the_case(town: Town, path: str) -> None:
    words = {"note": "门口台阶坏了", "check_health": "fine", "check_safety": "concern", "need": ["daily_care"]}
    answer = await sent(town, path, result="needs_help", on="2026-12-07", **words)
    assert answer.status_code == 200 and "已收下" in answer.text  # nobody is there to record it
    [message] = messages(town)
    assert isinstance(message, ReportVisit)
    assert (message.channel, message.evidence, message.result) == (Channel.PAGE, Evidence.PAGE, "needs_help")
    assert (message.visit_id, message.visitor_id, message.actor.id) == ("E1.2026-12", "V1", "V1")
    assert (str(message.visited_on), message.visited_at, message.needs) == ("2026-12-07", None, ("daily_care",))
    assert (message.checks.health, message.checks.safety) == (Finding.FINE, Finding.CONCERN)
    assert message.checks.family is Finding.NOT_ASKED
    assert message.note is not None and "台阶" not in message.model_dump_json()
    with reading(town.house.engine) as connection:
        [note] = connection.execute(select(NOTES).where(NOTES.c.id == message.note.id)).all()
    assert town.house.sealer.open(note.text_enc) == "门口台阶坏了"


async def test_the_same_form_twice_is_one_letter_and_with_another_answer_another(town: Town, path: str) -> None:
    browser = town.as_(None)
    form = await form_of(browser, path)
    for result in ("well", "well", "not_seen"):
        town.days_pass(1 / 1440)
        assert (await browser.post(path, {"form": form, "result": result, "note": "好"})).status_code == 200
    assert sorted(message.result for message in messages(town)) == ["not_seen", "well"]
    with reading(town.house.engine) as connection:
        assert len(connection.execute(select(NOTES)).all()) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "请选一个"),
        ({"result": "fine"}, "请选一个"),
        ({"result": "not_seen", "check_health": "fine"}, "请改成一致的"),
        ({"result": "cannot_go", "need": ["company"]}, "请改成一致的"),
        ({"result": "well", "check_health": "?"}, "没有收到"),
        ({"result": "well", "on": "yesterday"}, "没有收到"),
    ],
)
async def test_what_cannot_be_is_asked_again_with_what_was_typed(
    town: Town, path: str, typed: dict[str, Any], said: str
) -> None:
    answer = await sent(town, path, note="门口", **typed)
    assert answer.status_code == 422 and said in answer.text and ">门口</textarea>" in answer.text
    assert messages(town) == []


@pytest.mark.parametrize(
    ("typed", "danger"),
    [
        ({"result": "well", "note": "老人摔倒了，起不来"}, True),
        ({"result": "not_seen", "danger": "1"}, True),
        ({"result": "well", "note": "没摔，都好"}, False),
    ],
)
async def test_a_danger_is_a_message_of_its_own(town: Town, path: str, typed: dict[str, str], danger: bool) -> None:
    answer = await sent(town, path, **typed)
    assert any(isinstance(message, ReportDanger) for message in messages(town)) is danger
    assert ("请马上打电话给工作人员" in answer.text) is danger  # nobody has been told yet


async def test_a_death_in_the_note_is_reported_as_by_text(town: Town, path: str) -> None:
    await sent(town, path, result="not_seen", note="王爷爷上周走了")
    assert sorted(message.kind for message in messages(town)) == ["report_death", "report_visit"]


async def test_what_is_ticked_on_an_old_page_is_heard_and_shows_nothing(town: Town, path: str) -> None:
    browser = town.as_(None)
    form = await form_of(browser, path)
    changed(town, "E1", volunteer_id="V2")
    page = await browser.get(path)
    assert page.status_code == 410 and "链接不能用了" in page.text
    answer = await browser.post(path, {"form": form, "result": "well"})
    assert answer.status_code == 200 and "另有安排" in answer.text
    for said in (page, answer):
        assert "王" not in said.text and "示例一村" not in said.text
    assert [message.visitor_id for message in messages(town)] == ["V1"]


@pytest.mark.parametrize("token", ["x", "k1.x", "k9.AAAA", "é"])
async def test_what_is_no_link_of_ours_is_gone(town: Town, token: str) -> None:
    for answer in (
        await town.as_(None).get(f"/v/{token}"),
        await town.as_(None).post(f"/v/{token}", {"result": "well"}),
    ):
        assert answer.status_code == 410 and "链接不能用了" in answer.text


async def test_a_code_leads_to_the_page_and_wrong_or_over_is_said_alike(town: Town, path: str) -> None:
    [way] = town.house.visit_links.of_elder("E1", town.now)
    browser = town.as_(None)
    assert "输入编码" in (await browser.get("/v")).text
    answer = await browser.post("/v", {"code": way.code.lower()})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    wrong = await browser.post("/v", {"code": "2222-2222"})
    town.days_pass(23)
    over = await browser.post("/v", {"code": way.code})
    assert wrong.status_code == over.status_code == 422
    assert wrong.text.replace("2222-2222", "") == over.text.replace(way.code, "")


async def test_who_guesses_is_told_till_when_to_wait(town: Town, path: str) -> None:
    browser = town.as_(None)
    for n in range(20):
        await browser.post("/v", {"code": f"{n}"})  # slips
        assert (await browser.post("/v", {"code": WRONG[n]})).status_code == 422
    answer = await browser.post("/v", {"code": WRONG[0]})
    assert answer.status_code == 429 and "2026年12月8日 10:01" in answer.text


async def test_the_next_of_theirs_is_offered(town: Town, path: str) -> None:
    asked(town, "E2", "V1", due_at=town.now + timedelta(days=3))
    asked(town, "E3", "V3")
    answer = await sent(town, path, result="well")
    [to] = re.findall(r'class="button" href="([^"]+)"', answer.text)
    assert "看望李爷爷" in (await town.as_(None).get(to)).text


async def test_each_look_is_kept(town: Town, path: str) -> None:
    await town.as_(None).get(path)
    with reading(town.house.engine) as connection:
        [row] = connection.execute(select(COMMANDS)).all()
    assert (row.staff_id, row.role, row.action, row.subject_id) == ("V1", "volunteer", "visit_page", "E1")


async def test_more_than_a_form_holds_is_not_read(town: Town, path: str) -> None:
    answer = await town.as_(None).post(path, {"result": "well", "note": "好" * 20_000})
    assert answer.status_code == 413 and messages(town) == []
