"""What an escalation's owner is told: letters ready together are one text, so that the day's cap leaves nobody out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, insert, select, update

from adapters.database import reading, writing
from adapters.sql_items import SqlItems
from adapters.sql_letters import insert_letter
from bench import county
from bench.county import BURST, BenchHouse
from decisions.deadlines import civil_day
from decisions.wording import TemplateId, render
from models.letters import TextClass, TextLetter
from models.policy import TextRules
from models.tables import DigestRow, LetterRow, PayListRow, Volunteer, WorkItemRow, table_of
from post.gather import gather, spoken
from settings import Settings
from tests.decisions.case_player import at

NOW = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)  # nine in the morning
CLIMBS = NOW + timedelta(hours=15)  # midnight
OWNER = "S-township_officer"
DIGESTS, LETTERS = table_of(DigestRow), table_of(LetterRow)
ITEMS, VOLUNTEERS = table_of(WorkItemRow), table_of(Volunteer)


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[BenchHouse]:
    made = BenchHouse(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    county.found(made, elders=30, elders_each=10)
    yield made
    made.engine.dispose()


def told(
    house: BenchHouse, elder: int, climbs_at: datetime = CLIMBS, name: str = "", template: str = "escalation_owner"
) -> str:
    """The letter an escalation of this elder writes to its owner."""
    letter = TextLetter(
        recipient_id=OWNER, recipient_kind="staff", template=template, elder_id=f"E{elder:04}",
        params={"by": climbs_at.isoformat()}, wait_for_slot=False, send_by=climbs_at,
        cause_escalation_id=f"escalation/E{elder:04}/2026-03",
    )  # fmt: skip
    letter_id = f"{letter.cause_escalation_id}{name}#2.0"
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, letter_id, letter, NOW)
    return letter_id


def texts(house: BenchHouse) -> list[tuple[str, str]]:
    """Template and words of what was built, in order. What was kept of each makes those words again."""
    with reading(house.engine) as connection:
        rows = connection.execute(select(DIGESTS).order_by(DIGESTS.c.send_by)).all()
    sender = house.letterbox.text_rules(NOW, None).sender
    built = [(row, house.sealer.open(row.body_enc), json.loads(house.sealer.open(row.params_enc))) for row in rows]
    assert [words for _, words, _ in built] == [
        render(TemplateId(row.template), params, sender) for row, _, params in built
    ]
    return [(row.template, words) for row, words, _ in built]


def letters(house: BenchHouse) -> dict[str, Any]:
    with reading(house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.kind == "text")).all()
    return {row.id: row for row in rows}


def test_twenty_escalations_of_one_owner_are_all_told_today(house: BenchHouse) -> None:
    told_of = {told(house, elder, CLIMBS + timedelta(seconds=elder)) for elder in range(1, 21)}
    built = gather(house.letterbox, NOW)
    sent = texts(house)
    assert built == len(sent) <= 4 and {template for template, _ in sent} == {"escalation_owner_list"}
    rows = letters(house)
    assert {id_ for id_, row in rows.items() if row.state == "gathered"} == told_of
    words = "".join(text for _, text in sent)
    assert all(f"{code}示例一村王奶奶" in words for code in range(60, 80))


def test_one_alone_has_its_own_words(house: BenchHouse) -> None:
    told(house, 1)
    assert gather(house.letterbox, NOW) == 1
    [(template, words)] = texts(house)
    assert template == "escalation_owner" and "示例一村王奶奶本次还没有人见到,请您在3月21日(含)前处理。" in words


def test_two_escalations_of_one_elder_are_named_once(house: BenchHouse) -> None:
    both = {told(house, 1), told(house, 1, name="-need")}
    assert gather(house.letterbox, NOW) == 1
    assert [template for template, _ in texts(house)] == ["escalation_owner"]
    assert {id_ for id_, row in letters(house).items() if row.state == "gathered"} == both


def test_two_of_one_surname_are_told_apart_in_every_text_of_their_phone(house: BenchHouse) -> None:
    told(house, 1)
    told(house, 2)
    gather(house.letterbox, NOW)
    told(house, 1, name="-need", template="escalation_need")
    asked_back(house, 2)
    gather(house.letterbox, NOW)
    words = [text for _, text in texts(house)]
    assert len(words) == 3
    assert sum("60示例一村王奶奶(一)" in text and "61示例一村王奶奶(丁)" in text for text in words) == 1
    assert sum("示例一村王奶奶(一)有事要帮忙" in text for text in words) == 1
    assert sum("还没有记王奶奶(丁)的结果。" in text for text in words) == 1


def asked_back(house: BenchHouse, elder: int) -> None:
    letter = TextLetter(
        recipient_id=OWNER, recipient_kind="staff", template="ask_back_no_result", params={"about": f"E{elder:04}"},
        wait_for_slot=False,
    )  # fmt: skip
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, "sms-M1-say-ask_back_no_result", letter, NOW)


def test_several_causes_of_one_owner_are_one_text_and_of_one_elder_the_graver_is_said(house: BenchHouse) -> None:
    told(house, 1)
    told(house, 2)
    told(house, 2, name="-risk", template="escalation_risk")
    told(house, 3, template="escalation_no_volunteer")
    assert gather(house.letterbox, NOW) == 1
    [(template, words)] = texts(house)
    assert template == "escalation_owner_list" and {row.state for row in letters(house).values()} == {"gathered"}
    assert (
        "请尽快去看看:61示例一村王奶奶(丁)。没有人可派:62" in words and "。还没有人见到:60示例一村王奶奶(一)。" in words
    )
    assert words.count("61示例一村") == 1


@pytest.mark.parametrize("template", ["escalation_not_seen", "escalation_to_confirm"])
def test_whoever_was_not_told_of_it_in_time_is_called_whatever_the_cause(house: BenchHouse, template: str) -> None:
    told(house, 1, NOW, template=template)
    assert gather(house.letterbox, NOW) == 0
    with reading(house.engine) as connection:
        assert [item.item for item in connection.execute(select(table_of(WorkItemRow)))] == ["call_by_phone"]


def test_those_that_climb_at_another_hour_are_another_text_each_by_its_earliest(house: BenchHouse) -> None:
    for elder, climbs_at in ((1, CLIMBS), (2, CLIMBS + timedelta(minutes=5)), (3, CLIMBS + timedelta(hours=9))):
        told(house, elder, climbs_at)
    assert gather(house.letterbox, NOW) == 2
    (two, words), (one, alone) = texts(house)
    assert (two, one) == ("escalation_owner_list", "escalation_owner")
    assert "请您在3月21日(含)前处理。还没有人见到:" in words and "请您在3月22日9时00分前处理" in alone


def test_what_is_past_its_time_is_not_in_the_text(house: BenchHouse) -> None:
    late, due = told(house, 1, NOW), told(house, 2)
    assert gather(house.letterbox, NOW) == 1
    rows = letters(house)
    assert (rows[late].state, rows[late].why) == ("expired", "its time has passed")
    assert rows[due].state == "gathered"
    with reading(house.engine) as connection:
        [item] = connection.execute(select(table_of(WorkItemRow))).all()
    assert (item.item, item.township_id, item.role) == ("call_by_phone", "T1", "township_officer")


# --- urgent, and cannot go ------------------------------------------------------------------------------------------


def items(house: BenchHouse) -> list[Row[Any]]:
    with reading(house.engine) as connection:
        return list(connection.execute(select(ITEMS).order_by(ITEMS.c.id)).all())


def urgent(house: BenchHouse, elder: int, recipient: str = OWNER, params: dict[str, str] | None = None) -> str:
    letter = TextLetter(
        recipient_id=recipient, recipient_kind="staff", template="urgent", elder_id=f"E{elder:04}",
        params=params or {}, text_class=TextClass.URGENT, wait_for_slot=False, send_by=NOW + timedelta(minutes=15),
    )  # fmt: skip
    letter_id = f"escalation/E{elder:04}/danger#2.0"
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, letter_id, letter, NOW)
    return letter_id


@pytest.mark.parametrize(
    ("recipient", "params", "why"),
    [(OWNER, {"by": "no time"}, "not built"), ("S-gone", None, "no number to text")],
    ids=["not built", "nobody"],
)
def test_an_urgent_text_that_cannot_go_is_one_call_at_once(
    house: BenchHouse, recipient: str, params: dict[str, str] | None, why: str
) -> None:
    letter_id = urgent(house, 1, recipient, params)
    for minute in range(17):
        assert gather(house.letterbox, NOW + timedelta(minutes=minute)) == 0
        [item] = items(house)
        assert (item.item, item.elder_id, item.township_id, item.due_at, item.about) == (
            "call_by_phone", "E0001", "T1", NOW, f"{why} {letter_id}",
        )  # fmt: skip


def test_an_urgent_text_too_late_to_be_built_is_a_call_at_once(house: BenchHouse) -> None:
    urgent(house, 1)
    late = NOW + timedelta(minutes=15)
    assert gather(house.letterbox, late) == 0
    assert [(item.item, item.due_at) for item in items(house)] == [("call_by_phone", late)]


def test_an_urgent_text_goes_though_another_beside_it_cannot_be_built(house: BenchHouse) -> None:
    broken = told(house, 2, template="no_such_template")
    gone = urgent(house, 1)
    gather(house.letterbox, NOW)
    assert {id_: row.state for id_, row in letters(house).items()} == {gone: "gathered", broken: "due"}
    assert items(house) == []


def test_who_opted_out_and_writes_of_a_danger_is_called_at_once_and_not_texted(house: BenchHouse) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(VOLUNTEERS).where(VOLUNTEERS.c.id == "V-0").values(opted_out_at=NOW))
    house.inbox.accept("sandbox", "M1", "+8619200000000", "老人摔倒了", NOW)
    house.inbox.read_all(NOW)
    gather(house.letterbox, NOW)
    assert [template for template, _ in texts(house)] == ["danger_unnamed"]  # to the officer on duty
    [item] = [one for one in items(house) if one.about.startswith("no number to text")]
    assert (item.item, item.township_id, item.role, item.due_at) == ("call_by_phone", "T1", "township_officer", NOW)
    [said] = SqlItems(house.engine, house.sealer).said(item)
    assert (said.way, said.name, said.phone, said.words) == ("received", "周示甲", "+8619200000000", "老人摔倒了")


# --- answers of one burst -------------------------------------------------------------------------------------------


def confirmed(house: BenchHouse, elder: int, at: datetime, template: str = "confirmed") -> str:
    """The letter a case writes to the volunteer who has just answered."""
    letter = TextLetter(
        recipient_id="V-0", recipient_kind="volunteer", template=template, elder_id=f"E{elder:04}",
        params={"result": "well", "day": at.isoformat()}, wait_for_slot=False, is_confirmation=True,
    )  # fmt: skip
    letter_id = f"case/{letter.elder_id}#{template}.0"
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, letter_id, letter, at)
    return letter_id


def test_answers_of_one_burst_are_one_text_though_each_came_at_its_own_moment(house: BenchHouse) -> None:
    first = confirmed(house, 1, NOW)
    assert gather(house.letterbox, NOW) == 0
    second = confirmed(house, 2, NOW + BURST / 2)
    assert gather(house.letterbox, NOW + BURST / 2) == 0
    assert gather(house.letterbox, NOW + BURST) == 1
    rows = letters(house)
    assert (rows[first].state, rows[second].state) == ("gathered", "gathered")
    [(template, words)] = texts(house)
    assert template == "confirmed_list" and "已记:60" in words and ";61" in words


def test_answers_of_every_kind_in_one_burst_are_one_text_each_with_its_own_meaning(house: BenchHouse) -> None:
    kinds = ("confirmed", "already_recorded", "corrected", "kept")
    written = {confirmed(house, nth, NOW, kind) for nth, kind in enumerate(kinds, start=1)}
    assert gather(house.letterbox, NOW + BURST) == 1
    [(template, words)] = texts(house)
    assert {id_ for id_, row in letters(house).items() if row.state == "gathered"} == written
    assert (template, words.partition("】")[2]) == (
        "answered_list",
        (
            "回复收到了。已记:60王奶奶(一)3月21日平安。已记过:61王奶奶(丁)3月21日平安。已改为:62王奶奶(丂)3月21日平安。"
            "63王奶奶(七)的回复已收下,工作人员会看。现在不用再去。记错了请回编号加错字,如:60错"
        ),
    )


def test_what_a_days_cap_has_put_off_does_not_come_back_with_a_burst(house: BenchHouse) -> None:
    put_off = confirmed(house, 1, NOW)
    house.letterbox.postpone((put_off,), NOW + timedelta(hours=20))
    confirmed(house, 2, NOW + timedelta(hours=1))
    for now in (NOW + timedelta(hours=1), NOW + timedelta(hours=1) + BURST):
        gather(house.letterbox, now)
    assert [template for template, _ in texts(house)] == ["confirmed"]
    assert letters(house)[put_off].state == "due"


@pytest.mark.parametrize(
    ("by", "now", "words"),
    [
        ("2026-03-22 00:00:00", "2026-03-21 08:00", "3月21日(含)"),
        ("2026-03-22 00:00:01", "2026-03-21 08:00", "3月21日(含)"),  # a ladder climbs a moment after its time
        ("2026-03-22 00:14:59", "2026-03-21 08:00", "3月21日(含)"),
        ("2026-03-22 00:15:00", "2026-03-21 08:00", "3月22日0时15分"),
        ("2026-03-22 00:05:00", "2026-03-22 00:01", "0时05分"),  # said after that midnight, it is the hour
        ("2026-03-22 10:00:01", "2026-03-21 08:00", "3月22日10时00分"),
    ],
)
def test_the_end_of_a_day_is_said_as_that_day(by: str, now: str, words: str) -> None:
    assert spoken(at(by), at(now)) == words


def test_whose_last_period_was_refused_is_asked_for_by_a_call_first(house: BenchHouse) -> None:
    for elder, params in ((1, {"method": "phone"}), (2, {})):
        letter = TextLetter(
            recipient_id="V-1", recipient_kind="volunteer", template="task_one", elder_id=f"E{elder:04}",
            params=params,
        )  # fmt: skip
        with writing(house.engine) as connection:
            insert_letter(connection, house.sealer, f"case/E{elder:04}#3.0", letter, NOW)
    gather(house.letterbox, NOW)
    [(template, text)] = texts(house)
    assert template == "task_two_calls" and "60示例一村王奶奶(一)(先打电话);61" in text and text.count("先打电话") == 1


# --- the day's caps -------------------------------------------------------------------------------------------------


class Capped(BenchHouse):
    """The caps of a real county, instead of the demo's."""

    def text_rules_of(self, content: str) -> TextRules:
        caps = {"max_identical": 2, "max_per_day": 4, "expiry": timedelta(days=2)}
        return super().text_rules_of(content).model_copy(update=caps)


@pytest.fixture
def capped(url: str, tmp_path: Path) -> Iterator[Capped]:
    made = Capped(Settings(data_dir=tmp_path, database_url=url, county="demo"))
    county.found(made, elders=30, elders_each=10)
    yield made
    made.engine.dispose()


def menu(house: BenchHouse, number: int, at: datetime, recipient: str = "V-0") -> str:
    letter = TextLetter(recipient_id=recipient, recipient_kind="volunteer", template="menu", wait_for_slot=False)
    letter_id = f"sms-M{number}-say-menu"
    with writing(house.engine) as connection:
        insert_letter(connection, house.sealer, letter_id, letter, at)
    gather(house.letterbox, at)
    return letter_id


def test_the_third_identical_text_of_a_day_waits_for_the_next(capped: Capped) -> None:
    first, second, third = (menu(capped, hour, NOW + timedelta(hours=hour)) for hour in range(3))
    another = menu(capped, 9, NOW + timedelta(hours=3), "V-1")  # the same words to another phone
    rows = letters(capped)
    assert [rows[one].state for one in (first, second, third, another)] == ["gathered", "gathered", "due", "gathered"]
    tomorrow = rows[third].send_not_before
    assert civil_day(tomorrow) == civil_day(NOW) + timedelta(days=1)
    assert gather(capped.letterbox, tomorrow) == 1


def test_identical_is_counted_by_phone_words_and_civil_day(capped: Capped) -> None:
    menu(capped, 1, NOW)
    menu(capped, 2, NOW + timedelta(hours=1))
    [(_, words), _] = texts(capped)
    phone = capped.sealer.index("phone", "+8619200000000")
    midnight = NOW + timedelta(hours=15)

    def counted(phone_index: str, said: str, at: datetime) -> int:
        return capped.letterbox.same_text_today(phone_index, said, at)

    assert counted(phone, words, midnight - timedelta(seconds=1)) == 2
    assert counted(phone, words, midnight) == 0
    assert counted(phone, words + "。", NOW) == 0
    assert counted(capped.sealer.index("phone", "+8619200000001"), words, NOW) == 0


def test_the_fifth_text_of_a_day_waits_for_the_next(capped: Capped) -> None:
    for template in ("menu", "acknowledged", "no_open_task", "person_will_call", "please_write_words"):
        letter = TextLetter(recipient_id="V-0", recipient_kind="volunteer", template=template, wait_for_slot=False)
        with writing(capped.engine) as connection:
            insert_letter(connection, capped.sealer, f"sms-{template}", letter, NOW)
    assert gather(capped.letterbox, NOW) == 4
    assert sorted(row.state for row in letters(capped).values()) == ["due", *["gathered"] * 4]


# --- about no elder --------------------------------------------------------------------------------------------------

LIST = {"county_id": "county-demo", "month": date(2026, 3, 1), "n": 1, "sha256": "0" * 64, "drawn_at": NOW}
NOTHING = dict.fromkeys(("lines", "fen", "back_pay_fen", "claw_back_fen", "held", "unstated"), 0)


def reminded(house: BenchHouse, stage: str) -> None:
    """The letter a county's months write to who holds the post, while the list waits to be checked."""
    with writing(house.engine) as connection:
        connection.execute(insert(table_of(PayListRow)).values(**LIST, **NOTHING, state="checking"))
        letter = TextLetter(
            recipient_id="S-county_officer", recipient_kind="staff", template="list_reminder",
            params={"by": CLIMBS.isoformat()}, send_by=CLIMBS, in_burst=True, cause_list=f"county-demo/2026-03/{stage}",
        )  # fmt: skip
        insert_letter(connection, house.sealer, "county/county-demo#3.0", letter, NOW)


def test_a_list_is_reminded_of_though_it_is_about_no_elder(house: BenchHouse) -> None:
    reminded(house, "checking")
    gather(house.letterbox, NOW)
    assert gather(house.letterbox, NOW + BURST) == 1
    [(template, words)] = texts(house)
    assert template == "list_reminder" and "本月的名单要在3月21日(含)前办完,请看待办。" in words
    with reading(house.engine) as connection:
        [digest_id] = connection.execute(select(DIGESTS.c.id)).scalars()
    assert house.letterbox.judge(digest_id, NOW).word == "now"
    with writing(house.engine) as connection:
        connection.execute(update(table_of(PayListRow)).values(state="approving"))
    assert house.letterbox.judge(digest_id, NOW).word == "cancelled"


def test_a_list_that_has_moved_on_is_not_reminded_of(house: BenchHouse) -> None:
    reminded(house, "returned")
    gather(house.letterbox, NOW)
    gather(house.letterbox, NOW + BURST)
    assert texts(house) == [] and [row.state for row in letters(house).values()] == ["cancelled"]
