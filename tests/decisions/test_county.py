"""A county's months by the pure functions alone: closed, listed, checked, approved by a second person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from decisions import county
from decisions.county_letters import letters_for_county
from decisions.county_state import State
from models.county_messages import (
    ApproveList,
    CheckList,
    CountyBriefing,
    CountyQuestion,
    CountyStart,
    DrawList,
    ReturnList,
)
from models.errors import Refusal
from models.events import Event, ListApproved, ListDrawn, ListReminded, MonthClosed, Recorded
from models.letters import EndItems, Letter, TextLetter, UpdateLetter, WorkItem
from models.messages import Tick
from models.payments import AgeChange, CountyRules, Drawn, MonthSnapshot, TownshipRate
from models.policy import Delay, DelayUnit
from models.values import Actor, ActorKind, Channel, NoteRef, Role
from tests.decisions.case_player import SECOND, fengjie

COUNTY = SECOND
APPROVER = Actor(id="S-9", kind=ActorKind.STAFF, role=Role.COUNTY_APPROVER)
NOTE = NoteRef(id="note-1", sha256="0" * 64)
RULES = CountyRules(
    day=10, checking=Delay(amount=3, unit=DelayUnit.WORKDAYS), approving=Delay(amount=3, unit=DelayUnit.WORKDAYS),
    remind_days=1,
)  # fmt: skip
CHANGE = AgeChange(elder_id="E1", code="care_allowance", row="class_2", fen=20000, month=date(2026, 3, 1))


class CountyPlayer:
    """`drew`: how often a list was drawn; each drawing has another hash."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 1, tzinfo=UTC), rules: CountyRules = RULES) -> None:
        self.now = at
        self.drew = 0
        self.rules = rules
        self.state: State = county.initial(CountyStart(county_id="C1"))
        self.said: list[Event] = []
        self.letters: list[Letter] = []
        self._keys = 0
        self._tick()

    def until_day(self, year: int, month: int, day: int) -> list[str]:
        """Nine in the morning."""
        before, at = len(self.said), datetime(year, month, day, 1, tzinfo=UTC)
        while (wakeup := county.next_wakeup(self.state)) is not None and wakeup <= at:
            self.now = max(self.now, wakeup)
            if not self._tick():
                raise AssertionError(f"woken at {wakeup} and nothing to do")
        self.now = at
        return [told(event) for event in self.said[before:]]

    def tell(self, kind: type[Any], actor: Actor = COUNTY, **values: Any) -> list[str]:
        self._keys += 1
        head = {"key": f"m-{self._keys}", "actor": actor, "channel": Channel.CONSOLE, "received_at": self.now}
        message = kind.model_validate({**head, **values})
        before = len(self.said)
        wanted = county.wants(self.state, message, self.now)
        self._record(county.decide(self.state, message, self.now, self._brief(wanted)))
        return [told(event) for event in self.said[before:]]

    def of_list(self, kind: type[Any], actor: Actor = COUNTY, **other: Any) -> list[str]:
        mine = self.state.in_hand
        assert mine is not None
        drawn = mine.drawn
        seen = {"month": mine.month, "sha256": drawn.sha256, "fen": drawn.fen, "claw_back_fen": drawn.claw_back_fen}
        return self.tell(kind, actor, **seen | other)

    def last(self, kind: type[Any]) -> Any:
        return next(event for event in reversed(self.said) if isinstance(event, kind))

    def _tick(self) -> bool:
        tick = Tick(key=f"tick/{len(self.said)}")
        wanted = county.wants(self.state, tick, self.now)
        events = county.decide(self.state, tick, self.now, self._brief(wanted))
        self._record(events)
        return bool(events)

    def _record(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self.said.append(event)
            self.state = county.evolve(self.state, event, self.now)
            blank = "0" * 64
            recorded = Recorded.model_construct(
                stream="county/C1", seq=len(self.said), key=event.cause, at=self.now, prev=blank, salt="",
                body_hash=blank, hash=blank, event=event,
            )  # fmt: skip
            self.letters += letters_for_county(recorded, self.state)

    def _brief(self, asked: CountyQuestion | None) -> CountyBriefing | None:
        if asked is None:
            return None
        drawn = snapshot = None
        if asked.draw is not None:
            self.drew += 1
            drawn = Drawn(
                sha256=f"{self.drew:064d}", lines=2, fen=40000, back_pay_fen=0, claw_back_fen=-100, held=0, unstated=0
            )
        if asked.close is not None:
            rate = TownshipRate(township_id="T1", listed=3, seen=2, excused=0)
            snapshot = MonthSnapshot(month=asked.close, known_at=self.now, townships=(rate,))
        fresh = asked.law and (self.state.policy is None or self.state.rules != self.rules)
        return CountyBriefing(
            policy=fengjie() if fresh else None, rules=self.rules if fresh else None, snapshot=snapshot, drawn=drawn,
            changes=(CHANGE,) if asked.stands else (), owner="S-2" if asked.remind else None, edition=2,
        )  # fmt: skip


def told(event: Event) -> str:
    month = getattr(event, "month", None) or getattr(getattr(event, "snapshot", None), "month", None)
    about = getattr(event, "refusal", None) or (month and f"{month:%Y-%m}")
    return f"{type(event).__name__} {about}" if about else type(event).__name__


@pytest.fixture
def play() -> CountyPlayer:
    play = CountyPlayer()
    assert play.until_day(2026, 3, 10) == ["MonthClosed 2026-02", "ListDrawn 2026-03"]
    return play


def approved(play: CountyPlayer) -> None:
    play.of_list(CheckList)
    play.of_list(ApproveList, APPROVER)


def test_on_its_day_the_month_before_is_closed_and_the_list_drawn(play: CountyPlayer) -> None:
    assert play.last(MonthClosed).snapshot.townships[0].seen == 2
    assert (play.last(ListDrawn).n, play.last(ListDrawn).due_at) == (1, datetime(2026, 3, 12, 22, tzinfo=UTC))
    items = [(item.item, item.role, item.about) for item in play.letters if isinstance(item, WorkItem)]
    assert items == [("pay_list", Role.COUNTY_OFFICER, "2026-03 checking")]


def test_one_checks_and_another_approves(play: CountyPlayer) -> None:
    assert play.of_list(ApproveList, APPROVER) == [f"MessageRefused {Refusal.LIST_NOT_THERE}"]
    assert play.of_list(CheckList) == ["ListChecked 2026-03"]
    assert play.of_list(CheckList) == [f"MessageRefused {Refusal.LIST_NOT_THERE}"]
    assert play.of_list(ApproveList, COUNTY) == [f"MessageRefused {Refusal.SAME_PERSON}"]
    assert play.of_list(ApproveList, APPROVER) == ["ListApproved 2026-03"]
    frozen = play.last(ListApproved)
    assert (frozen.checked_by, frozen.actor.id, frozen.changes) == (COUNTY.id, APPROVER.id, (CHANGE,))
    assert play.state.in_hand is None and play.state.next == date(2026, 4, 1)


def test_the_changes_by_age_take_effect_with_it(play: CountyPlayer) -> None:
    approved(play)
    (told_,) = [letter for letter in play.letters if isinstance(letter, UpdateLetter)]
    assert (told_.workflow_id, told_.message.kind, told_.message.actor) == ("benefit/E1", "confirm_listed", APPROVER)
    assert told_.message.key == f"county/C1#{len(play.said)}.0"
    assert sum(isinstance(letter, EndItems) for letter in play.letters) == 3


@pytest.mark.parametrize("other", [{"sha256": "f" * 64}, {"fen": 40001}, {"claw_back_fen": 0}])
def test_nobody_answers_for_a_list_they_have_not_seen(play: CountyPlayer, other: dict[str, Any]) -> None:
    assert play.of_list(CheckList, **other) == [f"MessageRefused {Refusal.OTHER_LIST}"]


def test_a_list_of_no_such_month(play: CountyPlayer) -> None:
    assert play.of_list(CheckList, month=date(2026, 4, 1)) == [f"MessageRefused {Refusal.NO_SUCH_LIST}"]
    approved(play)
    assert play.tell(ReturnList, APPROVER, month=date(2026, 3, 1), note=NOTE) == [
        f"MessageRefused {Refusal.NO_SUCH_LIST}"
    ]


def test_what_is_returned_is_drawn_again_and_checked_anew(play: CountyPlayer) -> None:
    play.of_list(CheckList)
    again: dict[str, Any] = {"month": date(2026, 3, 1)}
    assert play.tell(DrawList, **again) == [f"MessageRefused {Refusal.LIST_NOT_THERE}"]
    assert play.tell(ReturnList, APPROVER, **again, note=NOTE) == ["ListReturned 2026-03"]
    assert play.of_list(ApproveList, APPROVER) == [f"MessageRefused {Refusal.LIST_NOT_THERE}"]
    assert play.tell(DrawList, **again) == ["ListDrawn 2026-03"]
    mine = play.state.in_hand
    assert mine is not None and (mine.n, mine.stage, mine.checked_by) == (2, "checking", None)
    approved(play)
    assert play.last(ListApproved).n == 2


def test_a_list_in_hand_keeps_the_next_from_being_drawn_but_no_month_open(play: CountyPlayer) -> None:
    said = play.until_day(2026, 4, 15)
    assert "MonthClosed 2026-03" in said and "ListDrawn 2026-04" not in said
    approved(play)
    assert play.until_day(2026, 4, 16) == ["ListDrawn 2026-04"]


def test_months_follow_each_other(play: CountyPlayer) -> None:
    for number in range(4, 9):
        approved(play)
        assert play.until_day(2026, number, 10) == [f"MonthClosed 2026-{number - 1:02}", f"ListDrawn 2026-{number:02}"]


def test_whoever_holds_the_post_is_told_before_at_and_after_the_end_of_a_term(play: CountyPlayer) -> None:
    mine = play.state.in_hand
    assert mine is not None
    assert play.until_day(2026, 3, 12) == ["ListReminded 2026-03"]
    assert play.until_day(2026, 3, 14) == ["ListReminded 2026-03"]
    assert play.until_day(2026, 3, 21) == ["ListReminded 2026-03"]
    assert (play.last(ListReminded).stage, play.last(ListReminded).owner) == ("checking", "S-2")
    texts = [letter for letter in play.letters if isinstance(letter, TextLetter)]
    assert len(texts) == 3 and all(text.send_by and text.send_by >= mine.due_at for text in texts)


def test_begun_in_the_middle_of_a_month_its_list_is_drawn_at_once() -> None:
    play = CountyPlayer(datetime(2026, 3, 20, 1, tzinfo=UTC))
    assert play.until_day(2026, 3, 20) == ["MonthClosed 2026-02", "ListDrawn 2026-03"]


def test_begun_with_an_earlier_month_its_lists_follow_each_other_as_they_are_approved() -> None:
    since = RULES.model_copy(update={"since": date(2026, 1, 1)})
    play = CountyPlayer(datetime(2026, 3, 20, 1, tzinfo=UTC), since)
    said = play.until_day(2026, 3, 20)
    assert said == ["MonthClosed 2025-12", "ListDrawn 2026-01", "MonthClosed 2026-01", "MonthClosed 2026-02"]
    for month in ("2026-02", "2026-03"):
        approved(play)
        assert play.until_day(2026, 3, 20) == [f"ListDrawn {month}"]
    approved(play)
    assert play.until_day(2026, 3, 31) == []


def test_a_day_a_month_does_not_have_is_its_last() -> None:
    play = CountyPlayer(datetime(2026, 2, 1, 1, tzinfo=UTC))
    play.rules = RULES.model_copy(update={"day": 31})
    play.state = play.state.model_copy(update={"rules": play.rules})
    assert county.next_wakeup(play.state) == datetime(2026, 2, 27, 22, tzinfo=UTC)


def test_other_rules_hold_from_the_next_drawing(play: CountyPlayer) -> None:
    approved(play)
    play.rules = RULES.model_copy(update={"remind_days": 2})
    assert play.until_day(2026, 4, 10) == ["CountyRulesAdopted", "MonthClosed 2026-03", "ListDrawn 2026-04"]


def test_after_a_long_sleep_each_month_is_closed() -> None:
    play = CountyPlayer()
    play.now += timedelta(days=100)
    said = play.until_day(2026, 6, 11)
    assert [one for one in said if one.startswith("MonthClosed")] == [f"MonthClosed 2026-0{n}" for n in range(2, 6)]
