"""The ladder by its pure functions: who is asked, when it climbs, and what ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from decisions import escalation
from decisions.deadlines import after
from decisions.escalation import State
from decisions.letters import letters_for
from decisions.wording import OWNER_TEMPLATE, TemplateId
from models import events as e
from models import messages as m
from models.errors import Refusal
from models.letters import TextLetter
from models.messages import Owner, Tick
from models.values import Actor, ActorKind, Channel, EscalationCause, NoteRef, Outcome, Role, Urgency
from tests.decisions.case_player import at, fengjie

ASSISTANT = Actor(id="S-2", kind=ActorKind.STAFF, role=Role.VILLAGE_ASSISTANT)
ENDS = at("2026-04-01 00:00")
WHY = NoteRef(id="note-why", sha256="a" * 64)


class LadderPlayer:
    """One escalation without a workflow. `vacant` roles are skipped, as the directory would."""

    def __init__(
        self, opened_at: datetime, urgency: Urgency = Urgency.ORDINARY, vacant: tuple[Role, ...] = (),
        cause: EscalationCause = EscalationCause.OVERDUE,
    ) -> None:  # fmt: skip
        self.now = opened_at
        self.vacant = vacant
        self.state = State(
            escalation_id="escalation/E1/2026-03", elder_id="E1", cause_of=cause, urgency=urgency,
            visit_id="E1.2026-03", ends_at=ENDS, township_id="T1", village_id="W1", policy=fengjie(),
        )  # fmt: skip
        self.said: list[tuple[Any, datetime]] = []
        self._keys = 0
        self._tick()

    def until(self, when: datetime) -> None:
        while (wakeup := escalation.next_wakeup(self.state)) is not None and wakeup <= when:
            self.now = wakeup
            self._tick()
        self.now = when

    def tell(self, kind: type[Any], actor: Actor = ASSISTANT, **values: Any) -> str:
        self._keys += 1
        head = {"key": f"m-{self._keys}", "actor": actor, "channel": Channel.CONSOLE, "received_at": self.now}
        return self._record(escalation.decide(self.state, kind.model_validate({**head, **values}), self.now))

    def _tick(self) -> None:
        rung = escalation.wanted_rung(self.state, self.now)
        assert rung is not None
        roles = [level.role for level in self.state.ladder]
        skipped: list[str] = []
        while roles[rung] in self.vacant:
            skipped.append(roles[rung].value)
            rung += 1
        owner = Owner(rung=rung, role=roles[rung], staff_id=f"S-{rung}", skipped=tuple(skipped))
        self._record(escalation.decide(self.state, Tick(key=f"tick/{len(self.said)}", owner=owner), self.now))

    def _record(self, events: tuple[Any, ...]) -> str:
        for event in events:
            self.state = escalation.evolve(self.state, event, self.now)
            self.said.append((event, self.now))
        return type(events[-1]).__name__

    def rungs(self) -> list[tuple[Role, datetime]]:
        return [(event.role, when) for event, when in self.said if isinstance(event, e.RungReached)]


@pytest.fixture
def ladder() -> LadderPlayer:
    return LadderPlayer(at("2026-03-21 00:00"))


def test_nobody_acknowledges_and_the_county_officer_has_it_four_days_after_due(ladder: LadderPlayer) -> None:
    ladder.until(at("2026-03-26 00:00"))
    assert ladder.rungs()[:4] == [
        (Role.GRID_WORKER, at("2026-03-21 00:00")),
        (Role.VILLAGE_ASSISTANT, at("2026-03-22 00:00")),
        (Role.TOWNSHIP_OFFICER, at("2026-03-23 00:00")),
        (Role.COUNTY_OFFICER, at("2026-03-25 00:00")),
    ]


def test_the_top_is_told_again_and_never_lets_go(ladder: LadderPlayer) -> None:
    ladder.until(at("2026-04-20 00:00"))
    assert ladder.rungs()[-1][0] is Role.COUNTY_OFFICER
    assert len(ladder.rungs()) > 6 and ladder.state.owner_id == "S-3"


def test_an_acknowledgement_holds_the_climb_only_until_its_resolve_by(ladder: LadderPlayer) -> None:
    ladder.until(at("2026-03-22 10:00"))
    assert ladder.tell(m.Acknowledge) == "EscalationAcknowledged"
    held_until = ladder.state.due_at
    assert held_until is not None and held_until > at("2026-03-23 00:00")
    ladder.until(held_until)
    assert ladder.rungs()[-1] == (Role.TOWNSHIP_OFFICER, held_until)
    assert ladder.said[-1][0].because == "not_resolved"


def test_handing_on_buys_no_time(ladder: LadderPlayer) -> None:
    ladder.until(at("2026-03-21 20:00"))
    assert ladder.tell(m.ReassignOwner, staff_id="S-9") == "RungReached"
    assert (ladder.state.owner_id, ladder.state.due_at) == ("S-9", at("2026-03-22 00:00"))
    ladder.until(at("2026-03-22 00:00"))
    assert ladder.rungs()[-1] == (Role.VILLAGE_ASSISTANT, at("2026-03-22 00:00"))


def test_what_is_handed_on_after_an_acknowledgement_keeps_its_time_however_often_it_is_taken(
    ladder: LadderPlayer,
) -> None:
    ladder.tell(m.Acknowledge)
    held_until = ladder.state.due_at
    for hours in (5, 5):
        ladder.now += timedelta(hours=hours)
        ladder.tell(m.ReassignOwner, staff_id="S-9")
        assert not ladder.state.acknowledged and ladder.state.due_at == held_until
        ladder.tell(m.Acknowledge)
        assert ladder.state.acknowledged and ladder.state.due_at == held_until
    assert held_until is not None
    ladder.until(held_until)
    ladder.tell(m.Acknowledge)
    assert ladder.state.due_at is not None and ladder.state.due_at > held_until  # the next rung has its own time


def test_a_time_that_is_over_when_it_is_handed_on_counts_again_from_then(ladder: LadderPlayer) -> None:
    ladder.now = at("2026-03-22 03:00")  # the engine slept over the climb
    ladder.tell(m.ReassignOwner, staff_id="S-9")
    assert ladder.state.due_at == at("2026-03-23 03:00")


def test_resolving_needs_a_person_and_ends_it(ladder: LadderPlayer) -> None:
    assert ladder.tell(m.Resolve, outcome=Outcome.VISITED) == "EscalationResolved"
    assert ladder.state.ended and ladder.state.resolved_by == ASSISTANT
    assert escalation.next_wakeup(ladder.state) is None
    assert ladder.tell(m.Acknowledge) == "MessageRefused"


def test_it_may_be_extended_twice_within_three_days_of_the_periods_end(ladder: LadderPlayer) -> None:
    assert ladder.tell(m.Extend, until=at("2026-03-29 09:00"), note=WHY) == "EscalationExtended"
    assert ladder.tell(m.Extend, until=ENDS + timedelta(days=3, minutes=1), note=WHY) == "MessageRefused"
    assert ladder.said[-1][0].refusal == Refusal.EXTENSION_TOO_LONG
    assert ladder.tell(m.Extend, until=ENDS + timedelta(days=3), note=WHY) == "EscalationExtended"
    ladder.tell(m.Extend, until=at("2026-03-30 09:00"), note=WHY)
    assert ladder.said[-1][0].refusal == Refusal.TOO_MANY_EXTENSIONS


def test_without_a_period_it_may_be_extended_three_days_past_the_rungs_own_time(ladder: LadderPlayer) -> None:
    ladder.state = ladder.state.model_copy(update={"ends_at": None, "visit_id": None})
    rung = ladder.state.ladder[ladder.state.rung]
    longest = after(rung.resolve_by, ladder.now, ladder.state.policy.calendar) + timedelta(days=3)
    assert ladder.tell(m.Extend, until=longest + timedelta(minutes=1), note=WHY) == "MessageRefused"
    assert ladder.said[-1][0].refusal == Refusal.EXTENSION_TOO_LONG
    assert ladder.tell(m.Extend, until=at("2029-01-01 00:00"), note=WHY) == "MessageRefused"
    assert ladder.tell(m.Extend, until=longest, note=WHY) == "EscalationExtended"
    assert ladder.state.due_at == longest


def test_danger_climbs_every_quarter_of_an_hour_in_the_night_and_is_never_extended() -> None:
    ladder = LadderPlayer(at("2026-02-17 02:00"), Urgency.URGENT)  # Spring Festival, at night
    ladder.until(at("2026-02-17 02:45"))
    assert [when for _, when in ladder.rungs()] == [at(f"2026-02-17 02:{m:02d}") for m in (0, 15, 30, 45)]
    ladder.tell(m.Extend, until=at("2026-02-18 09:00"), note=WHY)
    assert ladder.said[-1][0].refusal == Refusal.URGENT_NOT_EXTENDED


def test_a_vacant_post_is_skipped_at_once_and_said_so() -> None:
    ladder = LadderPlayer(at("2026-03-21 00:00"), vacant=(Role.GRID_WORKER, Role.VILLAGE_ASSISTANT))
    assert ladder.rungs() == [(Role.TOWNSHIP_OFFICER, at("2026-03-21 00:00"))]
    assert ladder.said[-1][0].skipped == ("grid_worker", "village_assistant")


def test_after_a_long_sleep_it_climbs_one_rung_and_counts_from_there(ladder: LadderPlayer) -> None:
    ladder.now = at("2026-03-30 08:00")
    ladder._tick()
    assert ladder.rungs()[-1] == (Role.VILLAGE_ASSISTANT, at("2026-03-30 08:00"))
    assert ladder.state.due_at == at("2026-03-31 08:00")


def test_a_withdrawal_names_the_one_who_reported_and_tells_the_case_nothing(ladder: LadderPlayer) -> None:
    ladder.tell(m.Withdraw, outcome=Outcome.REPORTED_BY_VISITOR, resolved_by=ASSISTANT)
    assert ladder.state.ended and not ladder.said[-1][0].tell_case


def test_the_fold_of_its_own_events_is_the_state(ladder: LadderPlayer) -> None:
    ladder.until(at("2026-03-24 00:00"))
    ladder.tell(m.Acknowledge)
    again = escalation.initial(ladder.said[0][0], ladder.state.escalation_id)
    for event, when in ladder.said:
        again = escalation.evolve(again, event, when)
    assert again == ladder.state


# --- what its owner is told ------------------------------------------------------------------------------------------


def told(ladder: LadderPlayer) -> TextLetter:
    event, when = ladder.said[-1]
    recorded = e.Recorded(
        stream=ladder.state.escalation_id, seq=2, key="tick/1", at=when, prev="0" * 64, salt="s", body_hash="0" * 64,
        hash="0" * 64, event=event,
    )  # fmt: skip
    (letter,) = letters_for(recorded, ladder.state)
    assert isinstance(letter, TextLetter)
    return letter


@pytest.mark.parametrize("cause", EscalationCause)
def test_the_owner_is_told_in_the_words_of_its_cause(cause: EscalationCause) -> None:
    letter = told(LadderPlayer(at("2026-03-21 00:00"), cause=cause))
    assert (letter.template, letter.text_class) == (OWNER_TEMPLATE[cause], "ordinary")


@pytest.mark.parametrize("cause", EscalationCause)
def test_the_urgent_one_has_its_own_words_whatever_the_cause(cause: EscalationCause) -> None:
    letter = told(LadderPlayer(at("2026-03-21 00:00"), Urgency.URGENT, cause=cause))
    assert (letter.template, letter.text_class) == (TemplateId.URGENT, "urgent")


def test_no_volunteer_takes_on_or_ends_an_escalation() -> None:
    ladder = LadderPlayer(at("2026-03-20 16:00"))
    volunteer = Actor(id="V-1", kind=ActorKind.VOLUNTEER, role=Role.VOLUNTEER)
    for kind, more in ((m.Acknowledge, {}), (m.Resolve, {"outcome": Outcome.VISITED})):
        assert ladder.tell(kind, actor=volunteer, **more) == "MessageRefused"
        assert ladder.said[-1][0].refusal == Refusal.STAFF_ONLY
    withdrawn = {"outcome": Outcome.REPORTED_BY_VISITOR, "resolved_by": volunteer}
    assert ladder.tell(m.Withdraw, actor=volunteer, **withdrawn) == "EscalationResolved"
