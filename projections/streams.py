"""Which state machine a stream belongs to: how its fold begins, goes on, and is written down."""

from __future__ import annotations

from datetime import datetime

from decisions import assessment_state, case_state, claim_fold, claim_state, county_state, escalation
from models.events import AssessmentOpened, BenefitsOpened, CaseOpened, CountyOpened, EscalationStarted, Event
from models.ids import ASSESSMENT, BENEFIT, CASE, COUNTY, ESCALATION, kind_of

State = case_state.State | escalation.State | assessment_state.State | claim_state.State | county_state.State
STATES: dict[str, type[State]] = {
    CASE: case_state.State, ESCALATION: escalation.State, ASSESSMENT: assessment_state.State,
    BENEFIT: claim_state.State, COUNTY: county_state.State,
}  # fmt: skip


def begin(stream: str, first: Event) -> State:
    """The state before a stream's first event. Raises ValueError when a stream does not begin as its kind must."""
    match first:
        case CaseOpened():
            return case_state.State(elder_id=first.elder_id, county_id=first.county_id, township_id=first.township_id)
        case EscalationStarted():
            return escalation.initial(first, stream)
        case AssessmentOpened():
            return assessment_state.begin(first)
        case BenefitsOpened():
            return claim_state.begin(first)
        case CountyOpened():
            return county_state.begin(first)
        case _:
            raise ValueError(f"{stream} begins with {type(first).__name__}")


def evolve(state: State, event: Event, at: datetime) -> State:
    if isinstance(state, case_state.State):
        return case_state.evolve(state, event, at)
    if isinstance(state, assessment_state.State):
        return assessment_state.evolve(state, event, at)
    if isinstance(state, claim_state.State):
        return claim_fold.evolve(state, event, at)
    if isinstance(state, county_state.State):
        return county_state.evolve(state, event, at)
    return escalation.evolve(state, event, at)


def load(stream: str, json: str) -> State:
    return STATES[kind_of(stream)].model_validate_json(json)
