"""One month with Spring Festival in the middle, lived by engine, store and post: every hour, every text.

The real pack of 奉节县, all three workflows, texts through the sandbox, replies through the signed webhook. The
engine's clock only goes forwards, and no calendar is published that far ahead: so it is February 2037, which has the
weekdays of February 2026, and the pack's own `[calendar]` holds the State Council's days of 2026, eleven years on, as
official. The same month on the published calendar, by the pure rules: `tests/decisions/test_spring_festival.py`.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from sqlalchemy import insert

from adapters.database import writing
from decisions.deadlines import is_provisional
from models.messages import Resolve
from models.tables import PolicyVersion, table_of
from models.values import Channel, Outcome, Role
from policies import pack
from policies.check import check
from tests.decisions.case_player import at
from tests.stories.diary import Line, broken_promises, page, writes
from tests.stories.world import PHONES, World, at_rest, working

YEAR = 2037
FESTIVAL, BACK_AT_WORK = date(YEAR, 2, 15), date(YEAR, 2, 24)
ASKED = (
    "请在2月14日(含)前看望示例一村王奶奶,编号60。"
    "平安回601,没见到回602,要帮忙回603,去不了回604,电话联系上回605。"
)  # fmt: skip
NOT_SEEN = "【奉节民政】示例一村王奶奶本次还没有人见到"
HOW = "接手请回:60收到。见到后请回编号加数字:1平安2没见到3要帮忙4去不了,如601"

DIARY = [
    # Enrolled after the 20th: January asks for nothing.
    Line("01-26 10:00", "case E1", "CaseOpened"),
    Line("01-26 10:00", "case E1", "PolicyAdopted"),
    Line("01-26 10:00", "case E1", "EditionAdopted"),
    Line("01-26 10:00", "case E1", "PeriodSkipped"),
    # Asked. The 20th is a holiday and so is all before it: due is Saturday the 14th, which is worked.
    Line("02-03 08:32", "case E1", "VisitOpened"),
    Line("02-03 09:00", "→ volunteer", f"【奉节民政】{ASKED}"),
    # Silent. Reminded five days and one day before due; ten minutes gather what is said at once.
    Line("02-09 09:00", "case E1", "VisitorReminded"),
    Line("02-09 09:10", "→ volunteer", f"【奉节民政】还没收到回复。{ASKED}"),
    Line("02-13 09:00", "case E1", "VisitorReminded"),
    Line("02-13 09:10", "→ volunteer", f"【奉节民政】还没收到回复。{ASKED}"),
    # Overdue as the festival begins: the grid worker at once, and nobody is woken.
    Line("02-15 00:00", "case E1", "VisitOverdue"),
    Line("02-15 00:00", "case E1", "EscalationOpened"),
    Line("02-15 00:00", "escalation E1", "EscalationStarted"),
    Line("02-15 00:00", "escalation E1", "RungReached"),
    Line("02-15 08:00", "→ grid_worker", f"{NOT_SEEN},请您在2月15日(含)前处理。{HOW}"),
    # The village assistant takes it on by text, and forgets.
    Line("02-16 00:00", "escalation E1", "RungReached"),
    Line("02-16 08:00", "→ village_assistant", f"{NOT_SEEN},请您在2月16日(含)前处理。{HOW}"),
    Line("02-16 10:00", "← village_assistant", "收到"),
    Line("02-16 10:00", "escalation E1", "EscalationAcknowledged"),
    Line("02-16 10:10", "→ village_assistant", "【奉节民政】已记:60王奶奶由您处理,请在2月18日10时00分前办完。"),
    # Two days later it climbs again, holiday or not.
    Line("02-18 10:00", "escalation E1", "RungReached"),
    Line("02-18 10:00", "→ township_officer", f"{NOT_SEEN},请您在2月20日10时00分前处理。{HOW}"),
    # The township officer goes there, late, and says so at the counter.
    Line("02-19 15:30", "escalation E1", "EscalationResolved"),
    Line("02-19 15:30", "case E1", "EscalationEnded"),
    Line("02-19 15:30", "case E1", "VisitReported"),
    Line(
        "02-20 09:00", "→ volunteer",
        "【奉节民政】60王奶奶已有人去看望过,这次您可以不去。想去也欢迎,去后照常回短信。",
    ),
]  # fmt: skip


def festival_pack() -> pack.Pack:
    """The county's pack, with the official days of 2026 as its own days of the story's year."""
    real = pack.load("fengjie")
    of_2026 = pack.calendar_of(real, date(2026, 1, 1), date(2026, 12, 31))
    rule = "国务院办公厅关于2026年部分节假日安排的通知，移至2037年"
    content = json.loads(real.content)
    content["policy"]["calendar"] = {
        "official_through": {"value": YEAR, "rule": rule},
        "off": [{"day": day.replace(year=YEAR).isoformat(), "rule": rule} for day in of_2026.off],
        "on": [{"day": day.replace(year=YEAR).isoformat(), "rule": rule} for day in of_2026.on],
    }
    return pack.from_content(json.dumps(content, ensure_ascii=False, sort_keys=True))


def put_in_force(world: World, held: pack.Pack) -> None:
    with writing(world.house.engine) as connection:
        connection.execute(
            insert(table_of(PolicyVersion)).values(
                hash=held.hash, county=held.county, version=held.version, content=held.content,
                active_from=date(YEAR, 1, 1), activated_by="test", at=world.clock,
            )
        )  # fmt: skip


async def test_a_month_with_spring_festival_in_the_middle(url: str, tmp_path: Path) -> None:
    async with at_rest(tmp_path, url=url, opens_at=at(f"{YEAR}-01-26 10:00")) as world:
        put_in_force(world, festival_pack())
        opens_at = world.clock
        async with working(world):
            await world.until(at(f"{YEAR}-02-14 23:59"))
            assert [visit.state for visit in world.visits("E1")] == ["open"] and not world.escalations()
            await world.until(at(f"{YEAR}-02-16 10:00"))
            await writes(world, PHONES[Role.VILLAGE_ASSISTANT], "收到")
            await world.until(at(f"{YEAR}-02-19 15:30"))
            await resolved_at_the_counter(world, Role.TOWNSHIP_OFFICER)
            await world.until(at(f"{YEAR}-03-01 00:00"))
    assert page(world, opens_at) == DIARY
    assert broken_promises(world) == []
    (visit,) = world.visits("E1")
    assert (visit.state, visit.visitor_id, visit.visited_on) == ("late", "S-township_officer", date(YEAR, 2, 19))


async def resolved_at_the_counter(world: World, role: Role) -> None:
    desk = world.house.desk(world.client)
    (escalation,) = world.escalations()
    message = Resolve(
        key="step-1", actor=desk.actor(f"S-{role.value}", "resolve", "E1"), channel=Channel.CONSOLE,
        received_at=world.clock, outcome=Outcome.VISITED, visited_on=date(YEAR, 2, 19), visited_at=world.clock,
    )  # fmt: skip
    assert (await desk.hand_in(escalation, "E1", message)).accepted


def test_the_storys_calendar_is_official_and_the_pack_one_that_a_county_may_activate() -> None:
    held = festival_pack()
    assert check(held) == []
    calendar = pack.slice_of(held, "general", date(YEAR, 1, 1)).calendar
    february = [day for day in calendar.off if FESTIVAL <= day < BACK_AT_WORK]
    assert [day.day for day in february] == [16, 17, 18, 19, 20, 23]  # the 15th, 21st and 22nd are a weekend
    assert [day for day in calendar.on if day.month == 2] == [date(YEAR, 2, 14), date(YEAR, 2, 28)]
    assert not is_provisional(date(YEAR, 12, 31), calendar)
