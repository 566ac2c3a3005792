"""A question back without a certain answer in time is put before a person, once, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from adapters.database import reading, writing
from adapters.sql_codes import code_for
from adapters.sql_letters import insert_letter
from bench import county
from bench.county import BenchHouse
from models.ids import case_stream
from models.letters import LETTER, TextLetter, UpdateLetter
from models.messages import ReportVisit
from models.tables import AskedBack, CaseRow, EscalationRow, LedgerRow, LetterRow, VisitRow, WorkItemRow, table_of
from models.values import Actor, ActorKind, Channel, Evidence, Role, VisitResult
from post.gather import gather
from settings import Settings

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
WITHIN = timedelta(seconds=24)  # the demo's day
LATE = NOW + WITHIN
MINE, HERS = "+8619200000000", "+8619200000001"
VISITS, ITEMS, LETTERS, LEDGER = table_of(VisitRow), table_of(WorkItemRow), table_of(LetterRow), table_of(LedgerRow)
ASKED, ESCALATIONS, CASES = table_of(AskedBack), table_of(EscalationRow), table_of(CaseRow)
CASE = {
    "elder_id": "E0002", "county_id": "county-demo", "township_id": "T1", "village_id": "W1", "opened_at": NOW,
    "start_on": NOW.date(), "policy_hash": "0" * 64,
}  # fmt: skip
OFFICER = Actor(id="S-township_officer", kind=ActorKind.STAFF, role=Role.TOWNSHIP_OFFICER)


class Desk:
    """Two elders asked of one phone (50, 51), two of another (50, 51 too); texts come and are read."""

    def __init__(self, folder: Path, url: str) -> None:
        self.house = BenchHouse(Settings(data_dir=folder, database_url=url, county="demo"))
        self._texts = 0

    def found(self) -> None:
        house = self.house
        house.now = lambda: NOW
        county.found(house, elders=4, elders_each=2)
        with writing(house.engine) as connection:
            for n, phone in ((1, MINE), (2, MINE), (3, HERS), (4, HERS)):
                code_for(connection, house.sealer.index("phone", phone), f"E{n:04}", NOW, 50)
                connection.execute(
                    insert(VISITS).values(
                        id=f"E{n:04}.t1", elder_id=f"E{n:04}", township_id="T1", village_id="W1", period_id="t1",
                        kind="scheduled", reason="cadence", state="open", volunteer_id=f"V-{(n - 1) // 2}",
                        opened_at=NOW, starts_at=NOW, due_at=NOW + timedelta(seconds=20),
                        ends_at=NOW + timedelta(seconds=40), recorded_late=False, attempts=0,
                    )
                )  # fmt: skip

    def says(self, body: str, at: datetime = NOW, phone: str = MINE, *, read: bool = True) -> None:
        self._texts += 1
        self.house.inbox.accept("sandbox", f"SM{self._texts}", phone, body, at)
        if read:
            self.house.inbox.read_all(at)

    def looks(self, at: datetime = LATE) -> int:
        return self.house.inbox.tell_unanswered(at)

    def items(self) -> list[Any]:
        with reading(self.house.engine) as connection:
            return list(connection.execute(select(ITEMS).order_by(ITEMS.c.id)))

    def said(self) -> list[str]:
        """The templates of what the phones were told, in order."""
        with reading(self.house.engine) as connection:
            rows = connection.execute(select(LETTERS).where(LETTERS.c.kind == "text").order_by(LETTERS.c.id)).all()
        letters = [LETTER.validate_json(self.house.sealer.open(row.body_enc)) for row in rows]
        return [letter.template for letter in letters if isinstance(letter, TextLetter)]

    def change(self, *steps: Any) -> None:
        with writing(self.house.engine) as connection:
            for step in steps:
                connection.execute(step)


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, url)
    made.found()
    yield made
    made.house.engine.dispose()


def test_no_certain_answer_in_time_is_one_item_with_an_owner_and_a_deadline(desk: Desk) -> None:
    desk.says("50")
    assert (desk.said(), desk.items()) == (["ask_back_no_result"], [])
    assert desk.looks(LATE - timedelta(microseconds=1)) == 0
    assert [desk.looks(), desk.looks(), desk.looks(LATE + WITHIN)] == [1, 0, 0]
    [item] = desk.items()
    assert (item.item, item.elder_id, item.township_id, item.role) == (
        "unclear_reply", "E0001", "T1", "township_officer",
    )  # fmt: skip
    assert (item.due_at, item.about) == (LATE + timedelta(hours=24), "unanswered sms-sandbox-SM1")


def test_it_is_told_after_a_restart_and_by_one_of_two(desk: Desk, tmp_path: Path) -> None:
    desk.says("50")
    again, another = (Desk(tmp_path, desk.house.settings.store_url) for _ in range(2))
    assert [again.looks(), another.looks(), desk.looks()] == [1, 0, 0]
    assert len(desk.items()) == 1
    for one in (again, another):
        one.house.engine.dispose()


def test_the_second_unclear_text_is_an_item_at_once_and_the_time_adds_none(desk: Desk) -> None:
    desk.says("50")
    desk.says("应该平安 50", NOW + timedelta(seconds=5))
    assert desk.said() == ["ask_back_no_result", "person_will_call"]
    [item] = desk.items()
    assert (item.elder_id, item.about) == ("E0001", "uncertain sms-sandbox-SM2")
    assert desk.looks() == 0 and len(desk.items()) == 1
    desk.says("50", NOW + timedelta(seconds=9))
    assert len(desk.items()) == 1
    desk.change(update(ITEMS).values(closed_at=NOW))
    desk.says("50", NOW + timedelta(seconds=10))
    assert [item.closed_at is None for item in desk.items()] == [False, True]


def test_two_unclear_texts_of_one_pass_are_one_question_and_one_item(desk: Desk) -> None:
    desk.says("50", read=False)
    desk.says("50", read=False)
    desk.house.inbox.read_all(NOW)
    assert sorted(desk.said()) == ["ask_back_no_result", "person_will_call"] and len(desk.items()) == 1


def test_about_nobody_is_about_every_open_task_each_with_its_item(desk: Desk) -> None:
    desk.says("99")
    assert desk.said() == ["ask_back_unknown_code"]
    desk.says("501", NOW + timedelta(seconds=3))
    assert desk.looks() == 1
    assert [item.elder_id for item in desk.items()] == ["E0002"]


def test_nothing_open_is_about_the_sender(desk: Desk) -> None:
    desk.change(update(VISITS).values(state="missed"))
    desk.says("99")
    assert desk.looks() == 1
    [item] = desk.items()
    assert (item.elder_id, item.township_id, item.role) == (None, "T1", "township_officer")


def reported_by_staff(at: datetime = NOW + timedelta(seconds=5), key: str = "step-1") -> Any:
    return insert(LEDGER).values(
        stream=case_stream("E0001"), seq=1, kind="VisitReported", at=at, key=key, prev="p", body_hash="b", hash="h",
        body_enc=b"x",
    )  # fmt: skip


@pytest.mark.parametrize(
    "then",
    [
        lambda desk: desk.says("501", NOW + timedelta(seconds=5)),
        lambda desk: desk.says("50去世了", NOW + timedelta(seconds=5)),
        lambda desk: desk.says("退订", NOW + timedelta(seconds=5)),
        lambda desk: desk.change(reported_by_staff()),
        lambda desk: desk.change(update(VISITS).values(state="cancelled")),
    ],
    ids=["an answer", "a death", "an opt-out", "staff", "not expected any more"],
)
def test_what_is_known_in_time_ends_it(desk: Desk, then: Callable[[Desk], None]) -> None:
    desk.says("50")
    then(desk)
    desk.change(update(LETTERS).values(state="delivered"))
    before = [item.item for item in desk.items()]
    desk.looks()
    assert [item.item for item in desk.items()] == before and "unclear_reply" not in before


@pytest.mark.parametrize(
    "then",
    [
        lambda desk: desk.says("好的", NOW + timedelta(seconds=5)),
        lambda desk: desk.change(reported_by_staff(NOW - timedelta(days=1))),
        lambda desk: desk.change(reported_by_staff(key="sms-SM1-wrong-E0001")),
        lambda desk: desk.change(update(VISITS).values(state="missed")),
    ],
    ids=["an acknowledgement", "what was known before", "what its own text did", "a month that ended"],
)
def test_what_is_no_answer_does_not(desk: Desk, then: Callable[[Desk], None]) -> None:
    desk.says("50")
    then(desk)
    assert desk.looks() == 1 and len(desk.items()) == 1


def test_another_phones_certain_answer_about_the_elder_ends_it(desk: Desk) -> None:
    desk.change(update(table_of(VisitRow)).where(VISITS.c.id == "E0003.t1").values(volunteer_id="V-0"))
    with writing(desk.house.engine) as connection:
        code_for(connection, desk.house.sealer.index("phone", MINE), "E0003", NOW, 50)
    desk.says("52")
    desk.says("501", NOW + timedelta(seconds=5), HERS)
    desk.change(update(LETTERS).values(state="delivered"))
    assert desk.looks() == 0 and desk.items() == []


def test_an_answer_that_came_in_time_is_waited_for_until_it_is_read(desk: Desk) -> None:
    desk.says("50")
    desk.says("501", LATE - timedelta(seconds=1), read=False)
    assert desk.looks(LATE + timedelta(hours=9)) == 0
    desk.house.inbox.read_all(LATE + timedelta(hours=9))
    assert desk.looks(LATE + timedelta(hours=9)) == 0 and desk.items() == []


def test_a_report_by_staff_on_its_way_is_waited_for(desk: Desk) -> None:
    desk.says("50")
    report = ReportVisit(
        key="step-1", actor=OFFICER, channel=Channel.CONSOLE, received_at=NOW + timedelta(seconds=5),
        visitor_id=OFFICER.id, result=VisitResult.WELL, visited_on=NOW.date(), evidence=Evidence.STAFF,
    )  # fmt: skip
    letter = UpdateLetter(workflow_id=case_stream("E0001"), elder_id="E0001", message=report)
    with writing(desk.house.engine) as connection:
        insert_letter(connection, desk.house.sealer, "step-1", letter, NOW, received_at=report.received_at)
    assert desk.looks() == 0
    desk.change(update(LETTERS).values(state="delivered"))
    assert desk.looks() == 1


@pytest.mark.parametrize(("state", "told"), [("opened", 2), ("acknowledged", 0), ("resolved", 0)])
def test_who_was_asked_which_escalation_is_asked_no_more_once_it_is_taken(desk: Desk, state: str, told: int) -> None:
    phone = "+8619200009000"
    for elder in ("E0001", "E0002"):
        desk.change(
            insert(ESCALATIONS).values(
                id=f"escalation/{elder}/t1", elder_id=elder, township_id="T1", village_id="W1", cause="overdue",
                urgency="ordinary", state="opened", asked_at=NOW, rung=0, as_deputy=False, extensions=0,
            )
        )  # fmt: skip
        with writing(desk.house.engine) as connection:
            code_for(connection, desk.house.sealer.index("phone", phone), elder, NOW, 50)
    desk.says("收到", phone=phone)
    assert desk.said() == ["ask_back_no_code"]
    desk.change(update(ESCALATIONS).values(state=state))
    desk.looks()
    assert len(desk.items()) == told


def test_a_question_that_is_answered_before_it_is_sent_is_not_sent(desk: Desk) -> None:
    desk.says("50")
    desk.says("501", NOW + timedelta(seconds=1))
    gather(desk.house.letterbox, NOW + timedelta(seconds=2))
    with reading(desk.house.engine) as connection:
        texts = connection.execute(select(LETTERS.c.state, LETTERS.c.why).where(LETTERS.c.kind == "text")).all()
    assert texts == [("cancelled", "its cause has gone")]


def test_a_question_that_waits_is_sent_and_so_is_the_word_that_a_reply_is_kept(desk: Desk) -> None:
    desk.says("50")
    desk.says("51")
    desk.change(insert(CASES).values(**CASE, status="suspended"), update(VISITS).values(state="cancelled"))
    desk.says("511", NOW + timedelta(seconds=1))
    assert gather(desk.house.letterbox, NOW + timedelta(seconds=2)) == 2
    with reading(desk.house.engine) as connection:
        texts = connection.execute(select(LETTERS.c.id).where(LETTERS.c.state == "gathered")).scalars().all()
    assert sorted(texts) == ["sms-SM1-say-ask_back_no_result", "sms-SM3-say-kept-E0002"]


def test_each_phone_is_asked_for_itself(desk: Desk) -> None:
    desk.says("50")
    desk.change(update(VISITS).where(VISITS.c.id == "E0001.t1").values(volunteer_id="V-1"))
    with writing(desk.house.engine) as connection:
        code_for(connection, desk.house.sealer.index("phone", HERS), "E0001", NOW, 50)
    desk.says("52", phone=HERS)
    assert desk.said() == ["ask_back_no_result"] * 2 and desk.items() == []
    with reading(desk.house.engine) as connection:
        assert len(connection.execute(select(ASKED)).all()) == 2
