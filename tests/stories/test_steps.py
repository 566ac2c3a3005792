"""Every human step as a command at the counter of a running county: role and territory checked, all recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from adapters.database import reading, writing
from adapters.roster_sheets import lines_of
from adapters.sql_days import SqlDays
from audit.invariants_post import nothing_missing
from audit.store import Store, snapshot
from decisions.deadlines import civil_day
from models.messages import StreamQuestion
from models.tables import CommandRow, Elder, LetterRow, Note, WorkItemRow, table_of
from starter import app
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, county

ELDERS, NOTES, LETTERS = table_of(Elder), table_of(Note), table_of(LetterRow)
COMMANDS, ITEMS = table_of(CommandRow), table_of(WorkItemRow)
GRID, ASSISTANT, TOWNSHIP, COUNTY_OFFICER = (f"S-{role.value}" for role in PHONES)


class Counter:
    """The command line, as a person types it, against the world's house."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, *words: str, staff: str | None = ASSISTANT, settle: bool = True) -> tuple[int, Any]:
        """Exit code, and the JSON said (or the words, when it is none)."""
        typed = [*words, *(["--as", staff] if staff else []), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        last = (result.stdout.strip().splitlines() or [result.stderr])[-1]
        if settle:
            await self.world.settle()
        try:
            return result.exit_code, json.loads(last)
        except ValueError:
            return result.exit_code, result.output


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path, elders=2) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        yield made


async def test_a_requested_visit_is_texted_recorded_and_corrected(world: World) -> None:
    do = Counter(world)
    assert await do("case", "request-visit", "E1") == (0, {**accepted(), "recorded": ["VisitOpened"]})
    code, shown = await do("case", "show", "E1")
    rows = shown["visits"]
    assert (code, rows[0]["state"], rows[0]["kind"]) == (0, "open", "ad_hoc")
    today = civil_day(world.clock).isoformat()
    _, said = await do("visit", "record", "E1", "--on", today, "--fine", "health", "--need", "daily_care")
    assert said["recorded"] == ["VisitReported", "ServiceNeeded"]
    _, said = await do("visit", "correct", "E1", "--visit", rows[0]["id"])
    assert said["recorded"][0] == "ReportCorrected"


async def test_who_may_not_is_refused_and_the_refusal_is_recorded(world: World) -> None:
    do = Counter(world)
    code, said = await do("case", "close", "E1", "not_eligible", staff=GRID)
    assert (code, said) == (1, {"accepted": False, "refusal": "wrong_role", "said": "岗位无此权限"})
    code, said = await do("case", "request-visit", "E1", staff="S-nobody")
    assert (code, said) == (2, {"accepted": False, "refusal": "unknown", "said": "没有这个人员：S-nobody"})
    code, said = await do("case", "request-visit", "E9")
    assert (code, said["said"]) == (2, "没有这位老人：E9")
    said = await asyncio.to_thread(CliRunner().invoke, app, ["case", "show", "E9", "--as", GRID])
    assert (said.exit_code, said.stdout, said.stderr) == (2, "", "没有这位老人：E9\n")
    code, said = await do("escalation", "acknowledge", "escalation/E1/x")
    assert (code, said["said"]) == (2, "没有这件督办：escalation/E1/x")
    with reading(world.house.engine) as connection:
        logged = connection.execute(select(COMMANDS.c.staff_id, COMMANDS.c.answer).order_by(COMMANDS.c.at)).all()
    assert [tuple(row) for row in logged] == [
        (GRID, "wrong_role"), ("S-nobody", "unknown"), (ASSISTANT, "unknown"), (GRID, "unknown"),
    ]  # fmt: skip


async def test_a_suspension_takes_two_people(world: World) -> None:
    do = Counter(world)
    review = (civil_day(world.clock) + timedelta(days=30)).isoformat()
    _, said = await do("case", "suspend", "E1", "hospital", "--review-on", review, staff=TOWNSHIP)
    assert said["recorded"] == ["SuspensionProposed"]
    code, words = await do("case", "suspend", "E1", "hospital", "--review-on", review, "--confirm", staff=TOWNSHIP)
    assert (code, words["refusal"], words["said"]) == (1, "same_person", "须由第二人确认")
    confirm = ("case", "suspend", "E1", "hospital", "--review-on", review, "--confirm")
    _, said = await do(*confirm, staff=COUNTY_OFFICER)
    assert said["recorded"][0] == "CaseSuspended"
    _, shown = await do("case", "show", "E1")
    held = {"reason": "hospital", "review_on": review, "proposed_by": TOWNSHIP}
    assert (shown["status"], shown["suspension"], shown["proposed"]) == ("suspended", held, None)
    told = await asyncio.to_thread(CliRunner().invoke, app, ["case", "show", "E1", "--as", GRID])
    assert f"E1：暂停；暂停：住院，{review}复核（{TOWNSHIP}提出）" in told.stdout
    later = (civil_day(world.clock) + timedelta(days=60)).isoformat()
    await do("case", "suspend", "E1", "hospital", "--review-on", later, staff=TOWNSHIP)
    await do("case", "suspend", "E1", "hospital", "--review-on", later, "--confirm", staff=COUNTY_OFFICER)
    _, shown = await do("case", "show", "E1")
    assert (shown["status"], shown["suspension"]) == ("suspended", held | {"review_on": later})
    _, said = await do("case", "resume", "E1", staff=TOWNSHIP)
    assert said["recorded"] == ["CaseResumed"]


async def test_the_next_visit_is_told_and_said_to_be_provisional_until_its_year_has_a_calendar(world: World) -> None:
    await world.days_pass(1)
    _, shown = await Counter(world)("case", "show", "E1")
    assert shown["next"]["period"] == "2037-12" and shown["next"]["provisional"]
    told = await asyncio.to_thread(CliRunner().invoke, app, ["case", "show", "E1", "--as", GRID])
    assert "E1：在办；下次探访12月" in told.stdout
    assert "12月18日24:00前完成（暂定：这一年的节假日安排还没有公布）" in told.stdout


async def test_a_death_is_reported_undone_reported_again_and_confirmed(world: World) -> None:
    do = Counter(world)
    _, said = await do("case", "death", "report", "E1", staff=GRID)
    assert said["recorded"] == ["DeathReported", "EscalationOpened"]
    await world.days_pass(0.01)  # the ladder is asked by a workflow of its own, a moment later
    _, shown = await do("case", "show", "E1")
    (escalation,) = shown["escalations"]
    assert (shown["status"], escalation["cause"], escalation["owner_id"]) == (
        "death_reported",
        "death_to_confirm",
        GRID,
    )
    _, said = await do("case", "death", "undo", "E1", staff=TOWNSHIP)
    assert said["recorded"] == ["DeathUndone", "EscalationWithdrawn"]
    await do("case", "death", "report", "E1", staff=GRID)
    today = civil_day(world.clock).isoformat()
    confirm = ("case", "death", "confirm", "E1", "--died-on", today, "--source", "village_doctor")
    _, said = await do(*confirm, staff=TOWNSHIP)
    assert said["recorded"][-1] == "CaseClosed"
    code, said = await do("case", "request-visit", "E1")
    assert code == 1 and said["refusal"] == "case_closed"


async def test_a_volunteer_on_leave_hands_on_and_nobody_left_means_the_ladder(world: World) -> None:
    do = Counter(world)
    await do("case", "request-visit", "E1")
    today = civil_day(world.clock)
    until = (today + timedelta(days=9)).isoformat()
    code, said = await do("volunteer", "leave", "V-1", "--from", today.isoformat(), "--to", until)
    assert (code, said) == (0, {"reassigned": 1, "later": 0, "from_on": today.isoformat()})
    await world.days_pass(0.05)
    (escalation,) = world.escalations()
    _, items = await do("worklist", staff=GRID)
    assert [item["id"] for item in items] == [escalation]
    code, shown = await do("escalation", "show", escalation, staff=GRID)
    assert (code, shown[0]["id"]) == (0, escalation)
    _, said = await do("escalation", "acknowledge", escalation, staff=GRID)
    assert said["recorded"] == ["EscalationAcknowledged"]
    soon = (today + timedelta(days=1)).isoformat()
    _, said = await do("escalation", "extend", escalation, "--until", soon, "--reason", "外出", staff=GRID)
    assert said["recorded"] == ["EscalationExtended"]
    _, said = await do("escalation", "reassign", escalation, "--to", ASSISTANT, staff=TOWNSHIP)
    assert said["recorded"] == ["RungReached"]
    _, said = await do("escalation", "resolve", escalation, "visited")
    assert said["recorded"] == ["EscalationResolved"]
    assert world.visits("E1")[-1].state == "done"
    assert missing(world) == ()


async def test_a_work_item_is_listed_and_done(world: World) -> None:
    do = Counter(world)
    await do("case", "request-visit", "E1")
    today = civil_day(world.clock).isoformat()
    await do("visit", "record", "E1", "--on", today, "--need", "daily_care")
    _, items = await do("worklist", staff=TOWNSHIP)
    (item,) = [found for found in items if found["cause"] == "follow_up"]
    assert await do("done", item["id"], "--what", "已转居家服务", staff=TOWNSHIP) == (0, {"closed": True})
    code, _ = await do("done", item["id"], "--what", "已转居家服务", staff=TOWNSHIP)
    assert code == 2
    _, items = await do("worklist", staff=TOWNSHIP)
    assert item["id"] not in [found["id"] for found in items]
    assert missing(world) == ()


async def test_what_was_written_and_what_we_asked_back_are_shown_to_who_has_the_item(world: World) -> None:
    do = Counter(world)
    await do("case", "request-visit", "E1")
    while not any("60" in text for text in world.texts_to(VOLUNTEER_PHONE)):
        await world.days_pass(0.1)
    world.text(VOLUNTEER_PHONE, "60")
    while not any("还没有记" in text for text in world.texts_to(VOLUNTEER_PHONE)):
        await world.days_pass(0.1)
    world.text(VOLUNTEER_PHONE, "60应该平安")
    await world.days_pass(0.01)
    _, items = await do("worklist", staff=TOWNSHIP)
    (item,) = [found for found in items if found["cause"] == "unclear_reply"]
    assert item["about"].startswith("uncertain sms-sandbox-")
    code, said = await do("item", "show", item["id"], staff=TOWNSHIP)
    assert (code, [(one["way"], one["phone"]) for one in said][:3]) == (
        0, [("received", VOLUNTEER_PHONE), ("sent", VOLUNTEER_PHONE), ("received", VOLUNTEER_PHONE)]
    )  # fmt: skip
    assert [said[0]["words"], said[2]["words"]] == ["60", "60应该平安"]
    assert "还没有记" in said[1]["words"] and said[0]["name"] == "周示甲"
    assert missing(world) == ()


async def test_a_handover_moves_posts_and_everything_open(world: World) -> None:
    do = Counter(world)
    await do("case", "death", "report", "E1", staff=GRID)
    await world.days_pass(0.05)  # the ladder is asked by a workflow of its own, a moment later
    code, said = await do("staff", "handover", GRID, ASSISTANT, staff=TOWNSHIP)
    assert (code, said) == (0, {"moved": 1, "later": 0})
    _, items = await do("worklist", staff=ASSISTANT)
    assert items[0]["owner_id"] == ASSISTANT
    code, _ = await do("worklist", staff=GRID)
    assert code == 1


async def test_leave_of_an_owner_moves_what_is_open_to_who_stands_in(world: World) -> None:
    do = Counter(world)
    await do("case", "death", "report", "E1", staff=GRID)
    await world.days_pass(0.05)
    (escalation,) = world.escalations()
    _, shown = await do("escalation", "show", escalation, staff=TOWNSHIP)
    owner = shown[0]["owner_id"]
    deputy = next(person for person in (GRID, ASSISTANT) if person != owner)
    await do("staff", "deputy", f"P-{owner.removeprefix('S-')}", "--to", deputy, staff=COUNTY_OFFICER)
    today = civil_day(world.clock).isoformat()
    code, _ = await do("staff", "leave", owner, "--from", today, "--to", today, staff=COUNTY_OFFICER)
    assert code == 0
    _, shown = await do("escalation", "show", escalation, staff=deputy)
    assert (shown[0]["owner_id"], world.ledger(escalation)[-1][0]) == (deputy, "RungReached")
    days = SqlDays(world.house.engine, world.house.sealer)
    assert days.take_effect(world.clock) == 0
    assert missing(world) == ()


async def test_a_surge_asks_for_every_elder_of_the_township(world: World) -> None:
    do = Counter(world)
    assert await do("surge", "白帝镇", staff=TOWNSHIP) == (0, {"asked": 2, "later": 0, "elders": 2})
    await world.days_pass(1)
    (text,) = [body for body in world.texts_to(VOLUNTEER_PHONE) if "看望" in body]
    assert "60" in text and "61" in text  # two tasks, one text


async def test_a_village_is_merged_and_people_move(world: World) -> None:
    do = Counter(world)
    today = civil_day(world.clock).isoformat()
    code, _ = await do("area", "rename", "W1", "示例新村", "--from", today, staff=COUNTY_OFFICER)
    assert code == 0
    code, _ = await do("area", "merge", "W1", "W1", "--from", today, staff=COUNTY_OFFICER)
    assert code == 2
    code, _ = await do("area", "rename", "W1", "示例新村", "--from", today, staff=TOWNSHIP)
    assert code == 1


async def test_the_case_is_told_verified_and_handed_out(world: World, tmp_path: Path) -> None:
    do = Counter(world)
    await do("case", "request-visit", "E1")
    world.text(VOLUNTEER_PHONE, "你好")
    await world.days_pass(0.02)
    code, report = await do("audit", "verify", "--case", "E1", staff=None)
    assert (code, report["clean"], report["findings"]) == (0, True, [])
    told = ["audit", "timeline", "E1", "--as", GRID]
    result = await asyncio.to_thread(CliRunner().invoke, app, told)
    assert result.exit_code == 0 and "建档" in result.stdout
    bundle = tmp_path / "bundle"
    out = ["audit", "export", "E1", str(bundle), "--as", GRID]
    result = await asyncio.to_thread(CliRunner().invoke, app, out)
    assert result.exit_code == 0, result.output
    result = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "check", str(bundle)])
    assert (result.exit_code, result.stdout.strip()) == (0, "全部相符")


@pytest.mark.parametrize(
    "words",
    [("timeline", "E9", "--as", GRID), ("export", "E9", "{folder}", "--as", GRID), ("verify", "--case", "E9"),
     ("rehearse", "--case", "E9")],
)  # fmt: skip
async def test_a_case_nobody_knows_is_said_to_be_none(world: World, tmp_path: Path, words: tuple[str, ...]) -> None:
    typed = ["audit", *(word.format(folder=tmp_path / "bundle") for word in words)]
    result = await asyncio.to_thread(CliRunner().invoke, app, typed)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "没有这位老人：E9\n")
    assert not (tmp_path / "bundle").exists()


async def test_a_step_that_waits_and_is_then_refused_is_put_before_whoever_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = Counter(world)
    with monkeypatch.context() as away:
        away.setenv("TANFANG_TEMPORAL_ADDRESS", "127.0.0.1:1")
        (code, refused), (_, taken) = [
            await do("case", step, "E1", settle=False) for step in ("resume", "request-visit")
        ]
    assert (code, refused["refusal"], refused["accepted"]) == (3, "later", False)
    assert "稍后自动办理" in refused["said"]
    await world.settle()
    assert [came_of(world, step["key"]) for step in (refused, taken)] == [
        [(False, "later"), (False, "not_suspended")], [(False, "later"), (True, "recorded")],
    ]  # fmt: skip
    with reading(world.house.engine) as connection:
        (item,) = connection.execute(select(ITEMS).where(ITEMS.c.item == "step_refused")).all()
    assert (item.id, item.elder_id, item.township_id) == (f"refused-{refused['key']}", "E1", "T1")
    assert (item.role, item.about) == ("village_assistant", f"resume not_suspended {ASSISTANT}")
    _, items = await do("worklist")
    assert item.id in [found["id"] for found in items]
    assert missing(world) == ()


async def test_a_step_that_waits_for_a_case_that_has_ended_is_refused_and_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = Counter(world)
    assert (await do("case", "close", "E1", "not_eligible", staff=TOWNSHIP))[0] == 0
    with monkeypatch.context() as away:
        away.setenv("TANFANG_TEMPORAL_ADDRESS", "127.0.0.1:1")
        _, said = await do("case", "resume", "E1", settle=False)
    await world.settle()
    assert came_of(world, said["key"]) == [(False, "later"), (False, "case_closed")]
    with reading(world.house.engine) as connection:
        about = connection.execute(select(ITEMS.c.about).where(ITEMS.c.item == "step_refused")).scalars().all()
    assert about == [f"resume case_closed {ASSISTANT}"]
    assert missing(world) == ()


async def test_what_is_answered_at_the_counter_is_no_task(world: World) -> None:
    do = Counter(world)
    code, said = await do("case", "resume", "E1")
    assert (code, said["refusal"]) == (1, "not_suspended")
    assert came_of(world, said["key"]) == [(False, "not_suspended")]
    with reading(world.house.engine) as connection:
        assert connection.execute(select(ITEMS)).all() == []


async def test_what_needs_no_engine_to_be_refused_is_refused_before_anything_is_written(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock)
    await do("case", "death", "report", "E2", staff=GRID)
    await world.days_pass(0.01)
    (escalation,) = world.escalations()
    before = written(world)
    to_come, in_63 = ((today + timedelta(days=n)).isoformat() for n in (2, 63))
    for words in (
        ("case", "close", "E1", "moved_out"),
        ("case", "suspend", "E1", "hospital", "--review-on", today.isoformat()),
        ("case", "suspend", "E1", "hospital", "--review-on", in_63),
        ("case", "death", "confirm", "E2", "--died-on", to_come, "--source", "village_doctor"),
        ("visit", "record", "E1", "--on", to_come),
        ("visit", "correct", "E1", "--visit", "E1.x", "--on", to_come),
        ("escalation", "resolve", escalation, "visited", "--on", to_come),
        ("escalation", "extend", escalation, "--until", "2026-01-01", "--reason", "外出"),
    ):
        note = () if words[0] == "escalation" else ("--note", "附言")
        code, said = await do(*words, *note, staff=TOWNSHIP)
        assert code == 2, (words, said)
    assert written(world) == before


async def test_the_month_is_told_as_known_now_and_as_known_then(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock)
    month, before = f"{today:%Y-%m}", f"{today - timedelta(days=1):%Y-%m-%d}"
    await do("visit", "record", "E1", "--on", today.isoformat())
    code, now = await do("kpi", "fengjie", month, staff=TOWNSHIP)
    assert (code, now["month"], now["townships"][0]["name"], now["total"]["name"]) == (0, month, "白帝镇", "合计")
    assert (now["total"]["seen"], now["total"]["listed"], now["total"]["strict"]) == (1, 2, "50.0%")
    assert sum(one["elders"] for one in now["total"]["reasons"]) == now["total"]["excused"]
    assert {one["reason"]: one["word"] for one in now["total"]["reasons"]}["hospital"] == "住院"
    code, levels = await do("kpi", "fengjie", month, "--levels", staff=TOWNSHIP)
    assert (code, levels["townships"][0]["name"], levels["total"]["valid"]["severe"]) == (0, "白帝镇", 0)
    assert (await do("kpi", "fengjie", month, "--levels", "--frozen", staff=TOWNSHIP))[0] == 2
    _, at_its_end = await do("kpi", "fengjie", month, "--as-of", today.isoformat(), staff=TOWNSHIP)
    assert at_its_end["total"] == now["total"]
    _, then = await do("kpi", "fengjie", month, "--as-of", before, staff=TOWNSHIP)
    assert (then["townships"], then["total"]["listed"], then["total"]["strict"]) == ([], 0, "-")
    code, said = await do("kpi", "fengjie", month, "--as-of", "昨天", staff=TOWNSHIP)
    assert code == 2 and "不是时间" in said
    shown = await asyncio.to_thread(CliRunner().invoke, app, ["kpi", "fengjie", month, "--as", TOWNSHIP])
    assert all(word in shown.stdout for word in ("白帝镇", "合计", "50.0%", "1/2", "月探访率"))


async def test_paper_forms_are_taken_and_the_rest_comes_back(world: World, tmp_path: Path) -> None:
    today = civil_day(world.clock).isoformat()
    sheet = tmp_path / "forms.csv"
    sheet.write_text(
        "姓名,身份证后四位,探访日期,方式,结果,健康\n"
        f"没有人,0000,{today},上门,平安,好\n"
        f"王示丁,000,{today},上门,平安,好\n"
        "王示丁,0001,不知道,上门,平安,好\n",
        encoding="utf-8",
    )
    back = tmp_path / "back.xlsx"
    code, said = await Counter(world)("visit", "forms", str(sheet), "--refused", str(back))
    assert code == 0 and said["taken"] == 0
    places = [(row["line"], row["column"]) for row in said["refused"]]
    assert places == [(2, "姓名"), (3, "身份证后四位"), (4, "探访日期")]
    assert back.read_bytes()[:2] == b"PK"


async def test_a_paper_form_says_who_went_and_who_typed_it_in(world: World, tmp_path: Path) -> None:
    do, sheet, back = Counter(world), tmp_path / "forms.csv", str(tmp_path / "back.xlsx")
    today = civil_day(world.clock).isoformat()
    known_by_tail(world, "E1", "王示丁/0001")
    heading = "姓名,身份证后四位,探访日期,方式,结果,探访人"
    visit = f"王示丁,0001,{today},上门,平安"
    sheet.write_text(f"{heading}\n{visit},没有人\n{visit},周示甲0009\n{visit},吴示乙\n", encoding="utf-8")
    _, said = await do("visit", "forms", str(sheet), "--refused", back)
    assert said["taken"] == 0
    assert [(row["column"], row["reason"]) for row in said["refused"]] == [
        ("探访人", "登记簿里没有此人"), ("探访人", "登记簿里没有此人"),
        ("探访人", "有重名，请在姓名后加手机后四位，或填编号"),
    ]  # fmt: skip
    original = [*visit.split(","), "没有人", *[""] * 7]
    assert came_back(Path(back))[1] == ["2", "探访人", "登记簿里没有此人", *original]
    assert not [visit for visit in world.visits("E1") if visit.state == "done"]

    sheet.write_text(f"{heading}\n{visit},周示甲\n", encoding="utf-8")
    for taken in (1, 1):  # the same sheet twice is one visit
        _, said = await do("visit", "forms", str(sheet), "--refused", back)
        assert said == {"taken": taken, "later": 0, "refused": []}
    (event,) = reported(world, "E1")
    assert (event.visitor_id, event.actor.id, event.actor.on_behalf_of) == ("V-1", ASSISTANT, "V-1")


async def test_a_sheet_that_does_not_say_who_went_is_its_typists_or_whom_they_name(
    world: World, tmp_path: Path
) -> None:
    do, sheet, back = Counter(world), tmp_path / "forms.csv", str(tmp_path / "back.xlsx")
    today = civil_day(world.clock)
    known_by_tail(world, "E1", "王示丁/0001")
    for day, more in ((today, ()), (today, ("--visitor", "V-1"))):
        result = "要帮忙" if more else "平安"
        sheet.write_text(f"姓名,身份证后四位,探访日期,方式,结果\n王示丁,0001,{day},上门,{result}\n", encoding="utf-8")
        _, said = await do("visit", "forms", str(sheet), "--refused", back, *more)
        assert said == {"taken": 1, "later": 0, "refused": []}
    went = [(event.visitor_id, event.actor.on_behalf_of) for event in reported(world, "E1")]
    assert went == [(ASSISTANT, None), ("V-1", "V-1")]
    code, words = await do("visit", "forms", str(sheet), "--refused", back, "--visitor", "V-9")
    assert code == 2 and "登记簿里没有此人" in words


async def test_a_step_that_names_nobody_known_is_refused_before_anything_is_written(world: World) -> None:
    do = Counter(world)
    await do("case", "death", "report", "E2", staff=GRID)
    await world.days_pass(0.05)
    (escalation,) = world.escalations()
    today = civil_day(world.clock).isoformat()
    before = written(world)
    for words, why in (
        (("visit", "record", "E1", "--on", today, "--visitor", "V-9", "--note", "附言"), "V-9：登记簿里没有此人"),
        (("case", "reassign", "E1", "--to", GRID, "--note", "附言"), f"{GRID}：登记簿里没有此人"),
        (("escalation", "reassign", escalation, "--to", "V-1", "--note", "附言"), "V-1：登记簿里没有此人"),
    ):
        code, said = await do(*words, staff=TOWNSHIP)
        assert code == 2 and why in str(said), words
    assert written(world) == before
    _, said = await do("visit", "record", "E1", "--on", today, "--visitor", "V-1", staff=TOWNSHIP)
    assert said["accepted"]
    (event,) = reported(world, "E1")
    assert (event.visitor_id, event.actor.id, event.actor.on_behalf_of) == ("V-1", TOWNSHIP, "V-1")


def came_back(file: Path) -> list[list[str]]:
    return list(lines_of(file.read_bytes()))


def known_by_tail(world: World, elder_id: str, name_and_tail: str) -> None:
    tail = world.house.sealer.index("elder_tail", name_and_tail)
    with writing(world.house.engine) as connection:
        connection.execute(update(ELDERS).where(ELDERS.c.id == elder_id).values(tail_index=tail))


def reported(world: World, elder_id: str) -> list[Any]:
    page = world.house.ledger.events_after(StreamQuestion(stream=f"case/{elder_id}", after_seq=0))
    return [recorded.event for recorded in page.events if recorded.event.kind == "VisitReported"]


def came_of(world: World, key: str) -> list[tuple[bool, str]]:
    """The lines of one step in the log of commands."""
    with reading(world.house.engine) as connection:
        lines = select(COMMANDS.c.accepted, COMMANDS.c.answer).where(COMMANDS.c.id.startswith(key))
        return [(row.accepted, row.answer) for row in connection.execute(lines.order_by(COMMANDS.c.id))]


def written(world: World) -> list[int]:
    with reading(world.house.engine) as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (NOTES, LETTERS)]


def missing(world: World) -> tuple[str, ...]:
    """What was answered as done and left no fact (I9). A step that records none must not look like one that does."""
    with snapshot(Store(world.house.engine, world.house.sealer)) as held:
        check = nothing_missing(held, world.clock)
    assert check.examined
    return check.offending


def accepted() -> dict[str, Any]:
    return {"key": ANY, "accepted": True, "refusal": None}


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


ANY = _Any()
