"""A county's lists come in at the command line: who becomes a case, who is listed, what is put before an officer."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.roster_files import COLUMNS
from adapters.roster_rows import NOTICE
from decisions.deadlines import civil_day, instant, is_workday
from models.errors import REFUSAL_WORDS, Refusal
from models.roster import RosterKind
from models.tables import Area, CaseRow, CommandRow, Elder, ElderNotice, RegisterChange, WorkItemRow, table_of
from policies import pack
from tests.activities.test_roster_files import id_number
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, GRID, TOWNSHIP, Counter
from tests.stories.world import COUNTY, World, county
from wiring import decide_by

TOWN = {"性别": "男", "乡镇/街道": "白帝镇", "村/社区": "示例一村", "人员类别": "无"}
STREET = TOWN | {"乡镇/街道": "夔门街道", "村/社区": "示例一社区"}
WANG = TOWN | {"姓名": "王示福", "公民身份号码": id_number("19500203"), "人员类别": "独居"}
MARKET = TOWN | {"姓名": "李例寿", "性别": "女", "公民身份号码": id_number("19510203", 902), "村/社区": "示例社区"}
STRONG = STREET | {"姓名": "赵样康", "性别": "女", "公民身份号码": id_number("19520203", 902)}
ALONE = STREET | {"姓名": "孙样宁", "公民身份号码": id_number("19540203"), "人员类别": "独居"}
NAMES = ("王示福", "李例寿", "赵样康", "孙样宁")


class Lists(Counter):
    """The counter, with files: `bring` writes one and imports it."""

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(world)
        self.folder = folder
        self.files = 0

    def file(self, *rows: dict[str, str]) -> str:
        self.files += 1
        path = self.folder / f"{self.files}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, (*COLUMNS[RosterKind.ELDERS], *NOTICE), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    async def bring(self, *rows: dict[str, str], how: tuple[str, ...] = ("--full",)) -> dict[str, Any]:
        brings = ("roster", "import", self.file(*rows), "--kind", "elders", *how)
        _, told = await self(*brings, staff=COUNTY_OFFICER)
        return told

    async def listed(self, which: str, staff: str = COUNTY_OFFICER) -> dict[str, str]:
        """Who, by name where the register has one of a list, and why."""
        _, rows = await self("roster", "list", which, staff=staff)
        return {row["name"] if row["name"] in NAMES else row["elder_id"]: row["why"] for row in rows}


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path, elders=2) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        street = dict(id="T2", kind="township", name="夔门街道", parent_id=COUNTY, from_on=date(2020, 1, 1))
        with writing(made.house.engine) as connection:
            connection.execute(insert(table_of(Area)).values(street))
        yield made


@pytest.fixture
def do(world: World, tmp_path: Path) -> Lists:
    return Lists(world, tmp_path)


def held(world: World, model: Any) -> list[Any]:
    with reading(world.house.engine) as connection:
        return list(connection.execute(select(table_of(model))))


async def test_a_list_makes_cases_and_everybody_else_is_listed_with_the_reason(world: World, do: Lists) -> None:
    told = await do.bring(WANG, MARKET, STRONG, ALONE, how=("--township", "白帝镇"))
    counts = told["progress"]["counts"]
    assert (counts["cases"], counts["not_started"], counts["register_only"], counts["cannot_decide"]) == (2, 1, 1, 1)
    assert (counts["off_list"], counts["asked"]) == (0, 0)
    assert told["see"]["no-case"] == "starter.py roster list no-case --as 经办人编号"
    assert await do.listed("no-case") == {
        "赵样康": "不属于规定的任何一类探访对象",
        "孙样宁": "属于探访对象，本乡镇（街道）的个案还没有开始",
    }
    assert await do.listed("cannot-decide") == {"李例寿": "无法判断，缺：所在是村还是社区"}
    await do.bring(ALONE, how=())
    assert await do.listed("no-case") == {"赵样康": "不属于规定的任何一类探访对象"}


async def test_cases_begin_on_the_day_that_was_named_and_nobody_is_asked_before(world: World, do: Lists) -> None:
    begins_on = date(2037, 12, 7)
    told = await do.bring(WANG, how=("--start-on", begins_on.isoformat()))
    assert told["progress"]["counts"]["cases"] == 1
    [wang] = [row.id for row in held(world, Elder) if row.start_on == begins_on]
    await world.until(instant(begins_on) - timedelta(minutes=1))
    assert world.ledger(f"case/{wang}") == []
    await world.until(instant(begins_on, time(12)))
    assert {row.elder_id: row.start_on for row in held(world, CaseRow)}[wang] == begins_on
    [visit] = world.visits(wang)
    due_on = civil_day(visit.due_at - timedelta(seconds=1))
    assert (civil_day(visit.opened_at), due_on, visit.volunteer_id) == (begins_on, date(2037, 12, 17), "V-1")
    before = ("visit", "record", wang, "--on", "2037-12-06", "--visitor", "V-1")
    code, said = await do(*before)
    assert (code, said["said"]) == (1, REFUSAL_WORDS[Refusal.BEFORE_ENROLMENT])


@pytest.mark.parametrize("day", ["2037-13-01", "12月7日", ""])
async def test_a_start_that_is_no_day_is_a_sentence(world: World, do: Lists, day: str) -> None:
    brings = ("roster", "import", do.file(WANG), "--kind", "elders", "--start-on", day)
    code, said = await do(*brings, staff=COUNTY_OFFICER)
    assert (code, "不是日期，应写成 2026-12-18" in said) == (2, True)
    assert len(held(world, Elder)) == 2


async def test_each_sees_their_own_territory_and_the_reading_is_kept(world: World, do: Lists) -> None:
    await do.bring(WANG, MARKET, STRONG, how=())
    assert set(await do.listed("cannot-decide", TOWNSHIP)) == {"李例寿"}
    assert await do.listed("no-case", TOWNSHIP) == await do.listed("cannot-decide", GRID) == {}
    code, said = await do("roster", "list", "no-case", staff="S-nobody")
    assert (code, said["said"]) == (2, "没有这个人员：S-nobody")
    read = [(r.staff_id, r.subject_id, r.accepted) for r in held(world, CommandRow) if r.action == "roster_list"]
    assert read == [(TOWNSHIP, "cannot-decide", True), (TOWNSHIP, "no-case", True), (GRID, "cannot-decide", True),
                    ("S-nobody", "", False)]  # fmt: skip


async def test_who_is_missing_from_a_full_list_is_on_the_officers_worklist_until_decided(
    world: World, do: Lists
) -> None:
    told = await do.bring(WANG, STRONG)
    assert (told["progress"]["counts"]["off_list"], told["progress"]["counts"]["asked"]) == (2, 2)
    off = "不在新的整份名单中"
    assert await do.listed("to-decide", TOWNSHIP) == {"E1": off, "E2": off}
    _, rows = await do("worklist", staff=TOWNSHIP)
    waiting = {row["elder_id"]: row for row in rows if row["cause"] == "off_list"}
    assert {row["role"] for row in waiting.values()} == {"township_officer"} and set(waiting) == {"E1", "E2"}
    [due] = {row.due_at for row in held(world, WorkItemRow) if row.item == "off_list"}
    assert timedelta(days=10) <= due - world.clock + timedelta(hours=1) <= timedelta(days=21)
    assert is_workday(civil_day(due), pack.calendar_of(pack.load("fengjie"), civil_day(due), civil_day(due)))
    assert {row.elder_id: row.status for row in held(world, CaseRow)}["E1"] == "open"

    await do("case", "close", "E1", "moved_out", "--place", "巫山县", staff=TOWNSHIP)
    assert await do.listed("to-decide", TOWNSHIP) == {"E2": off}  # the closing has answered for the other
    assert (await do("done", waiting["E2"]["id"], "--what", "已核实", staff=TOWNSHIP))[0] == 0
    assert await do.listed("to-decide", TOWNSHIP) == {}
    told = await do.bring(WANG, STRONG)  # the same list, in another file of the same content
    assert (told["progress"]["counts"]["off_list"], told["progress"]["counts"]["asked"]) == (1, 0)


async def test_a_lost_category_is_decided_by_a_person_and_the_register_keeps_it_until_then(
    world: World, do: Lists
) -> None:
    await do.bring(WANG, how=())
    told = await do.bring(WANG | {"人员类别": "空巢"}, how=())
    assert told["progress"]["counts"]["to_decide"] == 1
    assert await do.listed("to-decide", TOWNSHIP) == {"王示福": "名单不再列有：独居；仍属探访对象"}
    wang = next(row.id for row in held(world, Elder) if row.standing_reason.startswith("rural"))
    end = ("roster", "end-category", wang, "独居", "--from", civil_day(world.clock).isoformat())
    code, said = await do(*end, staff=ASSISTANT)
    assert (code, said["said"]) == (1, "岗位无此权限")
    later = (civil_day(world.clock) + timedelta(days=1)).isoformat()
    assert (await do(*end[:-1], later, staff=TOWNSHIP))[0] == 2
    assert await do(*end, staff=TOWNSHIP) == (0, {"ended": True})
    assert (await do(*end, staff=TOWNSHIP))[0] == 2
    told = await do.bring(WANG | {"人员类别": "空巢", "备注": "耳背"}, how=())
    assert (told["progress"]["counts"]["to_decide"], told["progress"]["counts"]["ended"]) == (0, 1)
    assert await do.listed("to-decide", TOWNSHIP) == {}


async def test_a_dry_run_says_who_would_be_listed_and_keeps_nothing(world: World, do: Lists) -> None:
    file = do.file(WANG, MARKET, STRONG)
    _, told = await do("roster", "import", file, "--kind", "elders", "--full", "--dry-run", staff=None)
    would = {(row["list"], row["why"]) for row in told["listed"]}
    assert would == {
        ("no-case", "不属于规定的任何一类探访对象"),
        ("cannot-decide", "无法判断，缺：所在是村还是社区"),
        ("to-decide", "不在新的整份名单中"),
    }
    assert len(told["listed"]) == 4
    assert [name for name in NAMES if name in str(told)] == []
    assert (len(held(world, Elder)), held(world, WorkItemRow)) == (2, [])


async def test_a_list_that_is_not_full_is_refused_as_one(world: World, do: Lists) -> None:
    file = do.file(STRONG)
    code, told = await do("roster", "import", file, "--kind", "elders", "--full", staff=COUNTY_OFFICER)
    assert (code, "没有白帝镇的老人" in told["progress"]["shape"]["unreadable"]) == (1, True)
    code, told = await do("roster", "import", file, "--kind", "elders", "--full", "--dry-run")
    assert (code, "没有白帝镇的老人" in told["progress"]["shape"]["unreadable"]) == (1, True)
    assert (len(held(world, Elder)), held(world, WorkItemRow)) == (2, [])


@pytest.mark.parametrize(
    ("listed_on", "till"),
    [
        (date(2026, 3, 2), date(2026, 3, 12)),
        (date(2026, 3, 4), date(2026, 3, 16)),
        (date(2026, 9, 22), date(2026, 10, 8)),
    ],
)
def test_the_officer_has_ten_days_moved_past_weekend_and_festival(listed_on: date, till: date) -> None:
    assert decide_by(pack.load("fengjie"), instant(listed_on, time(9))) == instant(till, time(9))


async def test_a_notice_comes_in_by_a_list_and_by_a_step(world: World, do: Lists) -> None:
    today = civil_day(world.clock)
    await do.bring(WANG | dict(zip(NOTICE, ("第1版", today.isoformat(), "吴示知"), strict=True)), how=())
    [known] = held(world, ElderNotice)
    assert (known.version, known.given_on) == ("第1版", today)
    step = ("roster", "notice", known.elder_id, "--version", "第2版", "--on", today.isoformat(), "--by", "郑例闻")
    assert await do(*step, staff=GRID) == (0, {"changed": True})
    assert await do(*step, staff=GRID) == (0, {"changed": False})
    given = {row.version: world.house.sealer.open(row.given_by_enc) for row in held(world, ElderNotice)}
    assert given == {"第1版": "吴示知", "第2版": "郑例闻"}
    other = (*step[:-1], "吴示知")
    assert await do(*other, staff=GRID) == (0, {"changed": True})
    [change] = [row for row in held(world, RegisterChange) if row.field == "notice"]
    assert (change.by, world.house.sealer.open(change.old_enc)) == (GRID, f"第2版 {today} 郑例闻")
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert (await do(*step[:6], tomorrow, *step[7:], staff=GRID))[0] == 2
    code, said = await do("roster", "notice", "E-nobody", *step[3:], staff=GRID)
    assert (code, said["said"]) == (2, "没有这位老人：E-nobody")
