"""One volunteer's texts over an ordinary month, minute by minute: slot, burst, cap, quiet hours, danger, a cause gone.

Engine, store and post of a county with the real pack of 奉节县. March 2037: a fixed month, so that the hours stand.
Three elders of one village are asked of one phone; the second and third live in one house.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, update

from adapters.database import reading, writing
from models.tables import Elder, LetterRow, table_of
from models.values import Role
from tests.decisions.case_player import at
from tests.stories.diary import Line, broken_promises, hour, page, writes
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, at_rest, working

ELDERS, LETTERS = table_of(Elder), table_of(LetterRow)
ASSISTANT = PHONES[Role.VILLAGE_ASSISTANT]
HOW = "回编号加数字:1平安2没见到3要帮忙4去不了5电话联系上,如601"
PLEASE = "看望后请回编号加数字:1平安2没见到3要帮忙4去不了,如621"
DANGER = "【奉节民政】紧急:示例一村王奶奶可能有危险,请马上联系并上门。接手请回:60收到"

DIARY = [
    # Three cases ask before the slot; at the slot it is one text, a line for each house.
    Line("03-04 08:32", "case E9", "VisitOpened"),
    Line("03-04 08:42", "case E7", "VisitOpened"),
    Line("03-04 08:43", "case E8", "VisitOpened"),
    Line(
        "03-04 09:00", "→ volunteer",
        f"【奉节民政】3月20日(含)前请看望:60示例一村王奶奶(三);61示例一村王奶奶(万)和62王奶奶(丈)。{HOW}",
    ),
    # Two answers in one text, which the provider brings twice: each recorded once, both in one confirmation.
    Line("03-04 10:00", "← volunteer", "601，613"),
    Line("03-04 10:00", "case E7", "VisitReported"),
    Line("03-04 10:00", "case E7", "ServiceNeeded"),
    Line("03-04 10:00", "case E9", "VisitReported"),
    Line(
        "03-04 10:10", "→ volunteer",
        "【奉节民政】已记:60王奶奶(三)3月4日平安;61王奶奶(万)3月4日要帮忙。记错了请回编号加错字,如:60错",
    ),
    # The fourth text of a day is not for a confirmation; the fifth waits for the next day's slot.
    Line("03-04 11:00", "← volunteer", "怎么回"),
    Line("03-04 11:00", "→ volunteer", f"【奉节民政】{PLEASE}。记错了请回编号加错字。"),
    Line("03-04 12:00", "← volunteer", "61错 1"),
    Line("03-04 12:00", "case E7", "ReportCorrected"),
    Line("03-04 13:00", "← volunteer", "怎么回"),
    Line("03-04 13:00", "→ volunteer", f"【奉节民政】{PLEASE}。记错了请回编号加错字。"),
    Line("03-04 14:00", "← volunteer", "622"),
    Line("03-04 14:00", "case E8", "AttemptRecorded"),
    Line(
        "03-05 09:00", "→ volunteer",
        "【奉节民政】王奶奶(丈)这次没见到。请打个电话,问问邻居,明天再去一次。见到平安请回621,还是没见到请回622",
    ),
    # What is written late is answered in the morning.
    Line("03-05 22:00", "← volunteer", "收到"),
    Line("03-06 08:00", "→ volunteer", f"【奉节民政】知道了,还没有记为看望。{PLEASE}"),
    # Danger waits for nothing: at night, a rung in a quarter of an hour, and whoever takes it on is told so at once.
    Line("03-06 23:00", "← volunteer", "62摔倒了"),
    Line("03-06 23:00", "case E8", "EscalationOpened"),
    Line("03-06 23:00", "escalation E8", "EscalationStarted"),
    Line("03-06 23:00", "escalation E8", "RungReached"),
    Line("03-06 23:00", "→ grid_worker", DANGER),
    Line("03-06 23:00", "→ volunteer", "【奉节民政】有危险请先打120或110"),
    Line("03-06 23:15", "escalation E8", "RungReached"),
    Line("03-06 23:15", "→ village_assistant", DANGER),
    Line("03-06 23:20", "← village_assistant", "收到"),
    Line("03-06 23:20", "escalation E8", "EscalationAcknowledged"),
    Line("03-06 23:20", "→ village_assistant", "【奉节民政】已记:60王奶奶由您处理,请在3月7日0时20分前办完。"),
    Line("03-06 23:50", "← village_assistant", "601"),
    Line("03-06 23:50", "escalation E8", "EscalationResolved"),
    Line("03-06 23:50", "case E8", "EscalationEnded"),
    Line("03-06 23:50", "case E8", "VisitReported"),
    # Case and escalation both answer: once, and in the morning.
    Line("03-07 08:00", "→ village_assistant", "【奉节民政】已记:60王奶奶3月6日平安。记错了请回:60错"),
    Line(
        "03-07 09:00", "→ volunteer",
        "【奉节民政】62王奶奶(丈)已有人去看望过,这次您可以不去。想去也欢迎,去后照常回短信。",
    ),
    # Next month, the same codes. One is reported between its case's asking and the slot: it is not asked any more.
    Line("04-03 08:32", "case E9", "VisitOpened"),
    Line("04-03 08:42", "case E7", "VisitOpened"),
    Line("04-03 08:43", "case E8", "VisitOpened"),
    Line("04-03 08:50", "← volunteer", "621"),
    Line("04-03 08:50", "case E8", "VisitReported"),
    Line(
        "04-03 09:00", "→ volunteer",
        f"【奉节民政】4月20日(含)前请看望:60示例一村王奶奶(三);61示例一村王奶奶(万)。{HOW}",
    ),
    Line("04-03 09:00", "→ volunteer", "【奉节民政】已记:62王奶奶(丈)4月3日平安。记错了请回:62错"),
    # Asked at night to try once more, and done before that text may go: it does not go.
    Line("04-03 22:00", "← volunteer", "602"),
    Line("04-03 22:00", "case E9", "AttemptRecorded"),
    Line("04-04 07:30", "← volunteer", "601"),
    Line("04-04 07:30", "case E9", "VisitReported"),
    Line("04-04 08:00", "→ volunteer", "【奉节民政】已记:60王奶奶(三)4月4日平安。记错了请回:60错"),
]  # fmt: skip
NEVER_SENT = [
    ("03-04 12:00", "03-04 12:10", "day's cap"),
    ("04-03 08:43", "04-03 09:00", "its cause has gone"),
    ("04-03 22:00", "04-04 08:00", "its cause has gone"),
]


async def test_a_month_of_texts(tmp_path: Path) -> None:
    async with at_rest(tmp_path, elders=3, first=7, opens_at=at("2037-02-26 10:00")) as world:
        in_one_house(world, "E7", "E8")
        async with working(world):
            await on(world, "03-04 10:00", VOLUNTEER_PHONE, "601，613", times=2)
            await on(world, "03-04 11:00", VOLUNTEER_PHONE, "怎么回")
            await on(world, "03-04 12:00", VOLUNTEER_PHONE, "61错 1")
            await on(world, "03-04 13:00", VOLUNTEER_PHONE, "怎么回")
            await on(world, "03-04 14:00", VOLUNTEER_PHONE, "622")
            await on(world, "03-05 22:00", VOLUNTEER_PHONE, "收到")
            await on(world, "03-06 23:00", VOLUNTEER_PHONE, "62摔倒了")
            await on(world, "03-06 23:20", ASSISTANT, "收到")
            await on(world, "03-06 23:50", ASSISTANT, "601")
            await on(world, "04-03 08:50", VOLUNTEER_PHONE, "621")
            await on(world, "04-03 22:00", VOLUNTEER_PHONE, "602")
            await on(world, "04-04 07:30", VOLUNTEER_PHONE, "601")
            await world.until(at("2037-04-05 00:00"))
    assert page(world, at("2037-03-01 00:00")) == DIARY
    assert never_sent(world) == NEVER_SENT
    assert broken_promises(world) == []


def in_one_house(world: World, first: str, *others: str) -> None:
    with writing(world.house.engine) as connection:
        house = connection.execute(select(ELDERS.c.household_id).where(ELDERS.c.id == first)).scalar_one()
        connection.execute(update(ELDERS).where(ELDERS.c.id.in_(others)).values(household_id=house))


async def on(world: World, day_and_hour: str, phone: str, body: str, times: int = 1) -> None:
    await world.until(at(f"2037-{day_and_hour}"))
    await writes(world, phone, body, times)


def never_sent(world: World) -> list[tuple[str, str, str]]:
    """When a text came to be, when it was let go, and why."""
    with reading(world.house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.state == "cancelled").order_by(LETTERS.c.created_at))
        return [(hour(row.created_at), hour(row.settled_at), row.why) for row in rows]
