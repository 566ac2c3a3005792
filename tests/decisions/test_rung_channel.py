"""How the owner of a rung is told: by a text, or by the worklist alone where the county's pack says so."""

from __future__ import annotations

from datetime import date

import pytest

from decisions import escalation
from decisions.ledger import GENESIS, link
from decisions.letters import letters_for
from models.messages import Owner, Tick
from models.policy import PolicySlice, RungChannel
from models.values import EscalationCause, Role, Urgency
from policies import pack
from policies.check import check
from policies.schema import sourced
from policies.telling import in_words
from tests.decisions.case_player import at
from tests.decisions.planting import FENGJIE, planted, put

ON_THE_LIST = planted(put("ladder.0.channel", "worklist"))


def slice_of(held: pack.Pack) -> PolicySlice:
    return pack.slice_of(held, "general", date(2026, 1, 1))


def told(policy: PolicySlice, rung: int) -> list[str]:
    """Who has a text when this rung is reached."""
    state = escalation.State(
        escalation_id="escalation/E1/2026-03", elder_id="E1", cause_of=EscalationCause.OVERDUE,
        urgency=Urgency.ORDINARY, visit_id="E1.2026-03", ends_at=at("2026-04-01 00:00"), township_id="T1",
        village_id="W1", policy=policy,
    )  # fmt: skip
    now = at("2026-03-21 00:00")
    owner = Owner(rung=rung, role=policy.ladder[rung].role, staff_id=f"S-{rung}")
    events = escalation.decide(state, Tick(key="tick/0", owner=owner), now)
    recipients: list[str] = []
    for event in events:
        state = escalation.evolve(state, event, now)
        [recorded] = link(state.escalation_id, 0, GENESIS, "tick/0", now, [event], lambda: "0" * 32)
        recipients += [getattr(letter, "recipient_id", letter.kind) for letter in letters_for(recorded, state)]
    assert state.owner_id == f"S-{rung}"  # on the worklist they have it in any case
    return recipients


def test_a_rung_of_the_worklist_is_owned_without_a_text() -> None:
    assert check(ON_THE_LIST) == []
    policy = slice_of(ON_THE_LIST)
    assert [rung.channel for rung in policy.ladder] == [RungChannel.WORKLIST] + [RungChannel.SMS] * 3
    assert told(policy, 0) == []
    assert told(policy, 1) == ["S-1"]


def test_where_a_pack_says_nothing_it_is_a_text_and_shown_as_our_default() -> None:
    policy = slice_of(FENGJIE)
    assert told(policy, 0) == ["S-0"]
    assert "channel" not in policy.model_dump_json()  # nor are slices of before read otherwise
    rows = dict(sourced(FENGJIE.file))
    assert in_words(rows["ladder.grid_worker"]) == "短信"
    assert rows["ladder.grid_worker"].default and "ladder.grid_worker" in FENGJIE.file.unknown
    assert in_words(dict(sourced(ON_THE_LIST.file))["ladder.grid_worker"]) == "只进待办，不发短信"


@pytest.mark.parametrize(
    ("where", "channel", "what"),
    [("ladder", "fax", "unknown channel 'fax'"), ("urgent_ladder", "worklist", "danger to life")],
)
def test_what_reaches_nobody_is_refused(where: str, channel: str, what: str) -> None:
    [problem] = check(planted(put(f"{where}.0.channel", channel)))
    assert problem.where == f"{where}.{Role.GRID_WORKER.value}.channel" and what in problem.what
