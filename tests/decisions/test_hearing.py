"""A message is heard no later than it is decided: the clock of who took it in may be ahead of the engine's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from decisions.deadlines import civil_day
from decisions.hearing import heard
from models.messages import ReportVisit, Tick
from models.values import Actor, ActorKind, Channel, Evidence, Role, VisitResult
from tests.decisions.case_player import at

NOW = at("2027-03-18 23:30")
AHEAD = NOW + timedelta(hours=1)  # the next day already
VOLUNTEER = Actor(id="V-1", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)


def report(received_at: datetime, visited_at: datetime | None) -> ReportVisit:
    return ReportVisit(
        key="sms-1-E1", actor=VOLUNTEER, channel=Channel.SMS, received_at=received_at, visitor_id="V-1",
        result=VisitResult.WELL, visited_on=civil_day(visited_at or received_at), visited_at=visited_at,
        evidence=Evidence.SMS_DIGIT,
    )  # fmt: skip


@pytest.mark.parametrize("visited_at", [AHEAD, None])
def test_a_clock_ahead_is_set_right_with_the_day_that_came_from_it(visited_at: datetime | None) -> None:
    told = heard(report(AHEAD, visited_at), NOW, 2)
    assert (told.received_at, told.visited_on) == (NOW, civil_day(NOW))
    assert told.visited_at == (NOW if visited_at else None)


def test_what_somebody_claimed_of_another_hour_is_not_touched() -> None:
    yesterday = NOW - timedelta(days=1)
    told = heard(report(AHEAD, yesterday), NOW, 2)
    assert (told.visited_at, told.visited_on) == (yesterday, civil_day(yesterday))


def test_what_was_heard_before_stays_as_it_is() -> None:
    message = report(NOW - timedelta(days=3), None)
    assert heard(message, NOW, 2) is message
    tick = Tick(key="tick/1")
    assert heard(tick, NOW, 2) is tick


def test_under_edition_1_the_hour_was_believed() -> None:
    message = report(AHEAD, AHEAD)
    assert heard(message, NOW, 1) is message
