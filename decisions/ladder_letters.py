"""What a ladder of an elder's assessments or benefits makes others do: it starts, ends, or has found a death."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol

from models.events import EscalationEnded, EscalationOpened, EscalationWithdrawn, Recorded
from models.ids import case_stream, letter_of_event
from models.letters import Item, Letter, StartEscalation, UpdateLetter, WorkItem
from models.messages import ReportDeath, Withdraw
from models.policy import PolicySlice
from models.values import Outcome, Role

CALL_WITHIN = timedelta(hours=24)


class Climbing(Protocol):
    """A state whose steps may be late."""

    @property
    def elder_id(self) -> str: ...
    @property
    def county_id(self) -> str: ...
    @property
    def township_id(self) -> str: ...
    @property
    def has_case(self) -> bool: ...
    @property
    def policy(self) -> PolicySlice | None: ...
    @property
    def edition(self) -> int: ...


def letters_of_ladder(recorded: Recorded, state: Climbing) -> Iterable[Letter]:
    """An update is the letter number 0 of its event."""
    event, elder = recorded.event, state.elder_id
    match event:
        case EscalationOpened() if state.policy is not None:
            yield StartEscalation(
                workflow_id=event.escalation_id, elder_id=elder, county_id=state.county_id, opened=event,
                policy=state.policy, edition=state.edition,
            )  # fmt: skip
        case EscalationWithdrawn():
            told = Withdraw(**head(recorded, 0), outcome=event.outcome, resolved_by=event.resolved_by)
            yield UpdateLetter(workflow_id=event.escalation_id, elder_id=elder, message=told)
        case EscalationEnded(outcome=Outcome.DIED) if state.has_case:
            yield UpdateLetter(workflow_id=case_stream(elder), elder_id=elder, message=ReportDeath(**head(recorded, 0)))
        case EscalationEnded(outcome=Outcome.DIED | Outcome.MOVED):
            yield work_item("follow_up", event.outcome.value, recorded, state)
        case _:
            return


def head(recorded: Recorded, index: int) -> dict[str, Any]:
    """What a message that follows from this event carries, as the letter number `index` of it."""
    event = recorded.event
    return {
        "key": letter_of_event(recorded.stream, recorded.seq, index), "actor": event.actor, "channel": event.channel,
        "received_at": recorded.at,
    }  # fmt: skip


def work_item(item: Item, about: str, recorded: Recorded, state: Climbing) -> WorkItem:
    return WorkItem(
        item=item, elder_id=state.elder_id, township_id=state.township_id, county_id=state.county_id,
        role=Role.TOWNSHIP_OFFICER, due_at=recorded.at + CALL_WITHIN, about=about,
    )  # fmt: skip
