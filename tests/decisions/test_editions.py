"""Rules that change while cases run: a second edition, brought by the tests, with one rule of its own in each machine.

In edition 2 nobody is reminded, and a rung of the ladder lasts a day longer.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from decisions import case_state, case_time, edition, escalation
from decisions.edition import EDITIONS, must_know, newest, under
from decisions.ledger import GENESIS, link
from decisions.letters import letters_for
from decisions.memory import Memory, remember
from models.errors import FAULTS, Fault, TanfangFault
from models.events import (
    ANY_EVENT,
    EditionAdopted,
    EscalationStarted,
    MessageRefused,
    Recorded,
    VisitorReminded,
)
from models.letters import StartEscalation
from models.messages import ConfirmSuspension, Owner, RequestVisit, Suspend, Tick
from models.values import ENGINE, Channel, Role, SuspendReason, VisitState
from projections import streams
from tests.decisions.case_player import SECOND, CasePlayer, at
from tests.decisions.second_edition import BOTH, bring

MID_MARCH = at("2026-03-14 12:00")


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code that knows both editions."""
    bring(monkeypatch)


def march_under_1() -> CasePlayer:
    player = CasePlayer(at("2026-02-02 09:00"))
    player.until(MID_MARCH)
    assert player.state.edition == 1 and player.visit("2026-03").open
    return player


def reminded(player: CasePlayer, period: str) -> int:
    mine = [event for event, _ in player.said if isinstance(event, VisitorReminded)]
    return sum(event.visit_id == f"E1.{period}" for event in mine)


# --- the table -------------------------------------------------------------------------------------------------------


def test_the_editions_are_numbered_one_after_the_other_and_each_says_what_changed() -> None:
    assert all(later.number == earlier.number + 1 for earlier, later in pairwise(EDITIONS))
    assert all(later.since >= earlier.since for earlier, later in pairwise(EDITIONS))
    assert all(one.changed for one in EDITIONS)
    assert newest() == max(one.number for one in EDITIONS)


@pytest.mark.parametrize(("number", "chosen"), [(1, "first"), (2, "first"), (3, "third"), (4, "third")])
def test_the_rule_in_force_is_the_newest_that_is_not_newer(number: int, chosen: str) -> None:
    assert under(number, {1: "first", 3: "third"}) == chosen


def test_a_worker_decides_nothing_of_an_edition_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    must_know([newest(), newest()], "case/E1")
    for unknown in (newest() + 1, 0):
        with pytest.raises(TanfangFault) as raised:
            must_know([newest(), unknown], "case/E1")
        assert raised.value.fault is Fault.EDITION_UNKNOWN
        assert FAULTS[raised.value.fault].retry
    monkeypatch.setattr(edition, "EDITIONS", BOTH[1:])  # the branches of 1 have gone
    with pytest.raises(TanfangFault, match="edition 1"):
        must_know([1], "case/E1")


# --- a case ----------------------------------------------------------------------------------------------------------


def test_a_case_of_the_first_edition_records_none() -> None:
    assert "EditionAdopted" not in march_under_1().kinds()


def test_a_running_case_takes_up_a_newer_edition_once_when_its_next_period_opens(both: None) -> None:
    player = march_under_1()
    player.edition = 2
    march = player.until(at("2026-03-31 12:00"))
    assert "EditionAdopted" not in march and player.state.edition == 1
    later = player.until(at("2026-06-30 12:00"))
    assert later.count("EditionAdopted") == 1
    assert later[later.index("EditionAdopted") + 1] == "VisitOpened"
    assert player.state.edition == 2 and player.visit("2026-04").edition == 2
    assert player.last(EditionAdopted).edition == 2


def test_from_then_on_the_new_rule_holds_and_what_was_open_ends_under_the_old(both: None) -> None:
    player = march_under_1()
    player.edition = 2
    player.until(at("2026-05-31 12:00"))
    assert reminded(player, "2026-03") == reminded(player, "2026-02") > 0
    assert reminded(player, "2026-04") == reminded(player, "2026-05") == 0


def test_a_visit_that_is_open_when_the_case_goes_on_is_decided_under_its_own(both: None) -> None:
    player = march_under_1()
    player.report()
    player.edition = 2
    opens_at = case_time.next_period(player.state)[0].asks_at
    player.until(opens_at - timedelta(hours=1))
    player.tell(RequestVisit)
    (asked,) = player.state.open_visits()
    player.until(opens_at)
    assert player.state.edition == 2
    assert {visit.visit_id: visit.edition for visit in player.state.open_visits()} == {
        asked.visit_id: 1,
        "E1.2026-04": 2,
    }
    assert set(player.state.editions()) == {1, 2}


def test_a_look_up_by_an_earlier_worker_takes_nothing_back(both: None) -> None:
    player = march_under_1()
    player.edition = 2
    player.until(at("2026-04-30 12:00"))
    player.edition = 1
    later = player.until(at("2026-06-30 12:00"))
    assert "VisitOpened" in later and "EditionAdopted" not in later
    assert player.state.edition == player.visit("2026-05").edition == 2


def test_an_edition_this_code_does_not_know_is_not_taken_up() -> None:
    player = march_under_1()
    player.edition = newest() + 1
    before = len(player.said)
    with pytest.raises(TanfangFault) as raised:
        player.until(at("2026-04-30 12:00"))
    assert raised.value.fault is Fault.EDITION_UNKNOWN
    assert player.state.edition == 1 and "VisitOpened" not in player.kinds(before)


def test_a_case_that_opens_no_visit_keeps_its_edition_until_it_does(both: None) -> None:
    player = march_under_1()
    player.report()
    player.edition = 2
    player.tell(Suspend, reason=SuspendReason.HOSPITAL, review_on=date(2026, 4, 28))
    player.tell(ConfirmSuspension, SECOND)
    april = player.until(at("2026-04-27 12:00"))
    assert april == ["PeriodSkipped"] and player.state.edition == 1
    player.until(at("2026-05-31 12:00"))
    assert player.visit("2026-05").edition == 2


def test_a_new_case_opens_under_the_newest_edition_and_its_first_visit_is_of_it(both: None) -> None:
    player = CasePlayer(at("2026-03-02 09:00"), edition=2)
    assert player.kinds() == ["CaseOpened", "PolicyAdopted", "EditionAdopted"]
    player.until(at("2026-03-31 12:00"))
    assert player.visit("2026-03").edition == 2 and reminded(player, "2026-03") == 0


def test_a_case_can_begin_when_the_first_edition_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "EDITIONS", BOTH[1:])
    blank = case_state.State(elder_id="E1", county_id="C1", township_id="T1")
    must_know(blank.editions(), "case/E1")
    player = CasePlayer(at("2026-03-02 09:00"), edition=newest())
    must_know(player.state.editions(), "case/E1")
    assert player.state.edition == 2


def test_the_fold_of_the_facts_is_the_state_that_decided(both: None) -> None:
    player = march_under_1()
    player.edition = 2
    player.until(at("2026-05-31 12:00"))
    opened, _ = player.said[0]
    state = streams.begin("case/E1", opened)
    for event, when in player.said:
        again = ANY_EVENT.validate_json(ANY_EVENT.dump_json(event))  # pyright: ignore[reportArgumentType]
        state = streams.evolve(state, again, when)
    assert state == player.state
    assert streams.load("case/E1", state.model_dump_json()) == state


# --- an escalation ---------------------------------------------------------------------------------------------------


def begun(player: CasePlayer) -> tuple[escalation.State, Recorded]:
    """The escalation that the case has just opened, as its workflow begins it from the letter."""
    opened, when = next((e, w) for e, w in reversed(player.said) if type(e).__name__ == "EscalationOpened")
    (recorded,) = link("case/E1", 0, GENESIS, "tick/0", when, [opened], lambda: "0" * 32)
    letters = letters_for(recorded, player.state)
    (start,) = [letter for letter in letters if isinstance(letter, StartEscalation)]
    again = StartEscalation.model_validate_json(start.model_dump_json())
    return climb(escalation.initial(again, again.workflow_id), when)


def climb(state: escalation.State, when: datetime) -> tuple[escalation.State, Recorded]:
    owner = Owner(rung=state.rung, role=Role.GRID_WORKER, staff_id="S-1")
    events = escalation.decide(state, Tick(key="tick/0", owner=owner), when)
    for event in events:
        state = escalation.evolve(state, event, when)
    return state, link(state.escalation_id, 0, GENESIS, "tick/0", when, events, lambda: "0" * 32)[0]


def test_an_escalation_begins_and_ends_under_the_edition_its_case_had(both: None) -> None:
    player = march_under_1()
    player.edition = 2
    player.until(at("2026-03-25 12:00"))
    old, first = begun(player)
    player.until(at("2026-04-25 12:00"))
    new, second = begun(player)
    assert (old.edition, new.edition) == (1, 2)
    for state, recorded in ((old, first), (new, second)):
        assert isinstance(recorded.event, EscalationStarted)
        assert streams.begin(state.escalation_id, recorded.event).edition == state.edition
    when = at("2026-05-11 09:00")
    assert escalation.climbs_at(new, 0, when) - escalation.climbs_at(old, 0, when) == timedelta(days=1)


# --- what stands in the ledger ---------------------------------------------------------------------------------------


def test_nothing_of_the_first_edition_is_written_other_than_before(both: None) -> None:
    """A fact's hash is of its bytes, and yesterday's worker refuses a field it does not know."""
    player = march_under_1()
    player.until(at("2026-03-25 12:00"))
    state, recorded = begun(player)
    assert isinstance(recorded.event, EscalationStarted)
    for value in (recorded.event, state, player.state, *player.state.visits):
        assert "edition" not in value.model_dump(mode="json")
        assert "edition" not in value.model_dump_json()
    newer = recorded.event.model_copy(update={"edition": 2})
    assert newer.model_dump(mode="json")["edition"] == 2


def test_an_adopted_edition_is_a_fact_with_its_number() -> None:
    fact = EditionAdopted(
        happened_at=MID_MARCH, actor=ENGINE, channel=Channel.ENGINE, cause="tick/9", policy_version="1",
        policy_hash="0" * 64, edition=2,
    )  # fmt: skip
    assert ANY_EVENT.validate_json(fact.model_dump_json()) == fact
    assert fact.model_dump(mode="json")["edition"] == 2


# --- what every state remembers --------------------------------------------------------------------------------------


def test_a_messages_facts_are_one_answer_and_time_is_answered_nothing() -> None:
    player = march_under_1()
    player.report()
    (visit,) = [v for v in player.state.visits if v.state is VisitState.DONE]
    event, _ = player.said[-1]
    empty: Memory = case_state.State(elder_id="E1", county_id="C1", township_id="T1")
    once = remember(empty, event)
    twice = remember(once, event)
    assert visit.reported_by == "V-1"
    assert [reply.recorded for reply in once.replies] == [("VisitReported",)]
    assert [reply.recorded for reply in twice.replies] == [("VisitReported", "VisitReported")]
    assert remember(empty, event.model_copy(update={"cause": "tick/1"})) == empty
    refused = MessageRefused(**{**event.model_dump(include=set(MessageRefused.model_fields) - {"kind", "visit_id"}),
                                "cause": "other", "message_kind": "resolve", "refusal": "already_closed"})  # fmt: skip
    reply = remember(twice, refused).reply_to("other")
    assert reply is not None and (reply.accepted, reply.refusal) == (False, "already_closed")
