"""Which state machine a stream belongs to: how its fold begins, goes on, and is written down."""

from __future__ import annotations

from datetime import datetime

from decisions import case_state, escalation
from models.events import CaseOpened, EscalationStarted, Event
from models.ids import CASE, kind_of

State = case_state.State | escalation.State


def begin(stream: str, first: Event) -> State:
    """The state before a stream's first event. Raises ValueError when a stream does not begin as its kind must."""
    if isinstance(first, CaseOpened):
        return case_state.State(elder_id=first.elder_id, county_id=first.county_id, township_id=first.township_id)
    if isinstance(first, EscalationStarted):
        return escalation.initial(first, stream)
    raise ValueError(f"{stream} begins with {type(first).__name__}")


def evolve(state: State, event: Event, at: datetime) -> State:
    if isinstance(state, case_state.State):
        return case_state.evolve(state, event, at)
    return escalation.evolve(state, event, at)


def load(stream: str, json: str) -> State:
    kind = case_state.State if kind_of(stream) == CASE else escalation.State
    return kind.model_validate_json(json)
