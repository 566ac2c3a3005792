"""What is known of one elder's assessments: the fold of their stream, shared by workflow, tables and auditor."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime

from decisions.memory import Memory, remember
from models.ability import AbilityLevel
from models.assessment import AbilitySheet, AssessmentRules, Disputed, Stage, Trigger
from models.errors import StateContradicted
from models.events import (
    AssessmentEnded,
    AssessmentOpened,
    AssessmentRefused,
    AssessmentRequested,
    AssessmentRulesAdopted,
    AssessorsNamed,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    Event,
    LevelConfirmed,
    LevelExpired,
    LevelObjected,
    LevelProposed,
    SheetConfirmed,
    SheetReturned,
    SheetSettled,
    SheetSubmitted,
    StageProlonged,
    StageReminded,
)
from models.messages import CaseStart
from models.policy import PolicySlice
from models.values import CloseReason, Id, Value


class Round(Value):
    """One assessment under way. `stage` began at `since`, its term ends at `due_at`.

    `not_these`: who may not assess, because an objection is against what they found. `told_by`: who handed in the
    result from elsewhere that is proposed. `ladders`: how many this round has had. `looked_at`: the last reminder.
    """

    n: int
    trigger: Trigger
    stage: Stage
    since: AwareDatetime
    due_at: AwareDatetime
    not_these: tuple[Id, ...] = ()
    first: Id | None = None
    second: Id | None = None
    body_id: Id | None = None
    sheet: AbilitySheet | None = None
    disputed: tuple[Disputed, ...] = ()
    proposed: AbilityLevel | None = None
    assessed_on: date | None = None
    told_by: Id | None = None
    looked_at: AwareDatetime | None = None
    escalation_id: Id | None = None
    ladders: int = 0

    @property
    def assessors(self) -> tuple[Id, ...]:
        return tuple(who for who in (self.first, self.second) if who is not None)


class Level(Value):
    """The level that holds. `renewed`: it has been asked for again because it ends."""

    level: AbilityLevel
    round: int
    assessed_on: date
    valid_to: date | None
    object_by: AwareDatetime
    assessors: tuple[Id, ...]
    renewed: bool = False
    expired: bool = False


class State(Memory):
    """`rounds`: how many there have been. `gone`: why nobody is to be assessed any more."""

    elder_id: Id
    county_id: Id
    township_id: Id
    village_id: Id = "unknown"
    has_case: bool = False
    opened: bool = False
    policy: PolicySlice | None = None
    rules: AssessmentRules | None = None
    rounds: int = 0
    round: Round | None = None
    level: Level | None = None
    gone: CloseReason | None = None

    def editions(self) -> tuple[int, ...]:
        """None before it is opened: that is decided under the newest."""
        return (self.edition,) if self.opened else ()

    @property
    def stage(self) -> Stage:
        return self.round.stage if self.round else Stage.RESTING

    @property
    def in_hand(self) -> Round:
        """The round that a step belongs to. Raises StateContradicted when there is none."""
        if self.round is None:
            raise StateContradicted(f"no assessment of {self.elder_id} is under way")
        return self.round

    @property
    def law(self) -> AssessmentRules:
        if self.rules is None:
            raise StateContradicted(f"the assessments of {self.elder_id} have no rules yet")
        return self.rules


def initial(start: CaseStart) -> State:
    """Before the stream's first event."""
    return State(elder_id=start.elder_id, county_id=start.county_id, township_id=start.township_id)


def begin(first: AssessmentOpened) -> State:
    """The same, where the first event is at hand and no start."""
    return State(elder_id=first.elder_id, county_id=first.county_id, township_id=first.township_id)


def evolve(state: State, event: Event, at: datetime) -> State:
    """The state after `event`, recorded at `at`. Total: an event it does not react to only leaves its reply."""
    return remember(_apply(state, event, at), event)


def _apply(state: State, event: Event, at: datetime) -> State:
    match event:
        case AssessmentOpened():
            return _set(
                state, opened=True, township_id=event.township_id, village_id=event.village_id,
                has_case=event.has_case, policy=event.policy, rules=event.rules, edition=event.edition,
            )  # fmt: skip
        case AssessmentRulesAdopted():
            return _set(state, policy=event.policy, rules=event.rules)
        case AssessmentRequested():
            return _requested(state, event, at)
        case LevelConfirmed():
            return _confirmed(state, event)
        case AssessmentRefused():
            return _set(state, round=None)
        case AssessmentEnded():
            return _set(state, round=None, gone=event.reason)
        case LevelExpired():
            return _level(state, expired=True)
        case LevelObjected():
            barred = state.level.assessors if state.level else ()
            return _round(state, not_these=barred) if state.round else state
        case _:
            return _step(state, event, at)


def _requested(state: State, event: AssessmentRequested, at: datetime) -> State:
    begun = Round(
        n=event.round, trigger=event.trigger, stage=Stage.NAMING, since=at, due_at=event.due_at or at,
        not_these=event.not_these,
    )  # fmt: skip
    state = _set(
        state, rounds=event.round, round=begun, township_id=event.township_id, village_id=event.village_id,
        has_case=event.has_case, gone=None,
    )  # fmt: skip
    return _level(state, renewed=True)  # whatever made it begin, the level that holds is being looked at


def _confirmed(state: State, event: LevelConfirmed) -> State:
    level = Level(
        level=event.level, round=event.round, assessed_on=event.assessed_on, valid_to=event.valid_to,
        object_by=event.object_by, assessors=state.round.assessors if state.round else (),
    )  # fmt: skip
    return _set(state, level=level, round=None)


def _step(state: State, event: Event, at: datetime) -> State:
    """What moves the round in hand."""
    match event:
        case AssessorsNamed():
            return _stage(
                state, Stage.ASSESSING, at, event.due_at, first=event.first, second=event.second, body_id=event.body_id
            )
        case SheetSubmitted():
            day = event.sheet.answers.assessed_on
            return _stage(state, Stage.SIGNING, at, event.due_at, sheet=event.sheet, disputed=(), assessed_on=day)
        case SheetConfirmed(due_at=None):
            return _round(state, disputed=())
        case SheetConfirmed(due_at=datetime() as due_at):
            return _stage(state, Stage.SETTLING, at, due_at, disputed=event.disputed)
        case SheetSettled():
            return _round(state, disputed=event.settled)
        case LevelProposed():
            elsewhere = event.elsewhere
            told: dict[str, Any] = (
                {"told_by": event.actor.id, "assessed_on": elsewhere.assessed_on} if elsewhere else {}
            )
            return _stage(state, Stage.CONFIRMING, at, event.due_at, proposed=event.level, **told)
        case SheetReturned():
            return _stage(state, event.stage, at, event.due_at, sheet=None, disputed=(), proposed=None, told_by=None)
        case StageReminded():
            return _round(state, looked_at=at)
        case StageProlonged():
            return _stage(state, event.stage, at, event.due_at)
        case EscalationOpened():
            ladders = state.round.ladders + 1 if state.round else 0
            return _round(state, escalation_id=event.escalation_id, ladders=ladders)
        case EscalationWithdrawn() | EscalationEnded():
            return _round(state, escalation_id=None)
        case _:
            return state


def _set(state: State, /, **changes: Any) -> State:
    return state.model_copy(update=changes)


def _round(state: State, /, **changes: Any) -> State:
    return state if state.round is None else _set(state, round=state.round.model_copy(update=changes))


def _stage(state: State, stage: Stage, at: datetime, due_at: datetime, /, **changes: Any) -> State:
    return _round(state, stage=stage, since=at, due_at=due_at, looked_at=None, **changes)


def _level(state: State, /, **changes: Any) -> State:
    return state if state.level is None else _set(state, level=state.level.model_copy(update=changes))
