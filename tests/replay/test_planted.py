"""Changes that no running case may meet, each planted in today's code, and which walls of the replay tests catch it.

engine: other commands than the history has. result: the recorded result is of another call. receipt: what is recorded
now has another hash than the store's receipt says. fingerprint: other commands than the kept ones; alone it sees a wait
of another length, which the engine does not compare.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from temporalio import workflow

from activities.ledger import LedgerActivities
from decisions import care_case, case_time, ledger
from decisions.case_state import State
from decisions.draft import Draft
from models.events import Event, PolicyAdopted, VisitOpened
from models.messages import Message, Reply, StreamQuestion
from models.values import ENGINE
from tests.decisions.second_edition import change_without_an_edition
from tests.replay.commands import HISTORIES, check_fingerprint, history_of, replayer
from workflows import loop
from workflows.loop import Desk

Patch = pytest.MonkeyPatch
CASES = sorted(HISTORIES.glob("*--case+*.json"))
WALLS = {"Nondeterminism error": "engine", "Failed decoding": "result", "forked": "receipt"}

commit, catch_up, add, link = Desk.commit, Desk.catch_up, Draft.add, ledger.link


def an_extra_local_activity(patch: Patch) -> None:
    async def asks_first(desk: Any, key: str, events: Sequence[Event]) -> Any:
        await loop.store_call(LedgerActivities.events_after, StreamQuestion(stream=desk.stream, after_seq=desk.seq))
        return await commit(desk, key, events)

    patch.setattr(Desk, "commit", asks_first)


def a_swapped_order(patch: Patch) -> None:
    async def nothing(desk: Any) -> None:
        desk.caught_up = False

    async def catches_up_after(desk: Any, key: str, events: Sequence[Event]) -> Any:
        done = await commit(desk, key, events)
        if not getattr(desk, "caught_up", True):
            desk.caught_up = True
            await catch_up(desk)
        return done

    patch.setattr(Desk, "catch_up", nothing)
    patch.setattr(Desk, "commit", catches_up_after)


def a_removed_local_activity(patch: Patch) -> None:
    async def nothing(desk: Any) -> None:
        pass

    patch.setattr(Desk, "catch_up", nothing)


def a_call_made_another_way(patch: Patch) -> None:
    patch.setattr(loop, "store_call", loop.store_work)


def an_added_timer(patch: Patch) -> None:
    async def rests(desk: Any, key: str, events: Sequence[Event]) -> Any:
        await workflow.sleep(timedelta(seconds=1))
        return await commit(desk, key, events)

    patch.setattr(Desk, "commit", rests)


def an_answer_before_it_is_recorded(patch: Patch) -> None:
    async def at_once(desk: Any, message: Message) -> Reply:
        desk.inbox.append(loop.Pending(message))
        return Reply(key=message.key, accepted=True)

    patch.setattr(Desk, "tell", at_once)


def a_changed_wait(patch: Patch) -> None:
    """The rule of edition 2 for all: nobody is reminded."""
    change_without_an_edition(patch)


def a_wait_a_minute_longer(patch: Patch) -> None:
    def wakes_at(state: State) -> datetime | None:
        at = case_time.next_wakeup(state)
        return at and at + timedelta(minutes=1)

    patch.setattr(care_case, "next_wakeup", wakes_at)


def a_changed_decision(patch: Patch) -> None:
    """A new case is skipped till the period after next."""
    patch.setattr(case_time, "why_none", lambda state, period: "refused" if state.ad_hoc == 0 else None)


def another_field(patch: Patch) -> None:
    def told_otherwise(draft: Any, event: type[Event], **body: Any) -> None:
        if event is VisitOpened:
            body["told"] = not body["told"]
        add(draft, event, **body)

    patch.setattr(Draft, "add", told_otherwise)


def another_actor(patch: Patch) -> None:
    patch.setattr(Draft, "actor", property(lambda draft: ENGINE))


def a_wall_clock(patch: Patch) -> None:
    def linked(stream: str, seq: int, head: str, key: str, _now: datetime, *more: Any) -> Any:
        return link(stream, seq, head, key, datetime.now(UTC), *more)

    patch.setattr(loop.ledger, "link", linked)


def a_random_id(patch: Patch) -> None:
    patch.setattr(loop, "_salt", lambda: os.urandom(16).hex())


def a_set_that_is_gone_through(patch: Patch) -> None:
    """The order of a set of words is another in every process; it is the kept one in one of 13,824."""

    def by_set(draft: Any, event: type[Event], **body: Any) -> None:
        if event is PolicyAdopted:
            lists = {name: tuple(set(getattr(body["policy"], name))) for name in ("ladder", "urgent_ladder", "methods")}
            body["policy"] = body["policy"].model_copy(update=lists)
        add(draft, event, **body)

    patch.setattr(Draft, "add", by_set)


class Planted(NamedTuple):
    plant: Callable[[Patch], None]
    caught_by: set[str]


PLANTED = (
    Planted(an_extra_local_activity, {"result", "fingerprint"}),
    Planted(a_swapped_order, {"result", "fingerprint"}),
    Planted(a_removed_local_activity, {"result", "fingerprint"}),
    Planted(a_call_made_another_way, {"engine", "fingerprint"}),
    Planted(an_added_timer, {"engine", "fingerprint"}),
    Planted(an_answer_before_it_is_recorded, {"engine", "fingerprint"}),
    Planted(a_changed_wait, {"engine", "fingerprint"}),
    Planted(a_changed_decision, {"receipt", "fingerprint"}),
    Planted(another_field, {"receipt", "fingerprint"}),
    Planted(another_actor, {"receipt", "fingerprint"}),
    Planted(a_wall_clock, {"receipt", "fingerprint"}),
    Planted(a_random_id, {"receipt", "fingerprint"}),
    Planted(a_set_that_is_gone_through, {"receipt", "fingerprint"}),
    Planted(a_wait_a_minute_longer, {"fingerprint"}),
)


async def caught(logged: pytest.LogCaptureFixture) -> set[str]:
    """By which walls today's code is caught on any of the kept cases."""
    walls: set[str] = set()
    for file in CASES:
        told = await replayer().replay_workflow(history_of(file), raise_on_replay_failure=False)
        if told.replay_failure is not None:
            walls.add(_wall(str(told.replay_failure), logged))
        try:
            await check_fingerprint(file)
        except AssertionError:
            walls.add("fingerprint")
    return walls


def _wall(failure: str, logged: pytest.LogCaptureFixture) -> str:
    """The engine says what it found; what failed the task in our own code is sealed there, and stands in the log."""
    ours = [str(record.exc_info[1]) for record in logged.records if record.exc_info]
    said = f"{failure} {ours[-1] if ours else ''}"
    return next((wall for words, wall in WALLS.items() if words in said), said)


async def test_nothing_is_caught_where_nothing_is_planted(caplog: pytest.LogCaptureFixture) -> None:
    assert await caught(caplog) == set()


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.plant.__name__)
async def test_a_planted_change_is_caught(
    planted: Planted, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    planted.plant(monkeypatch)
    assert await caught(caplog) == planted.caught_by
