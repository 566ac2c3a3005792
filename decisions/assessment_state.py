"""What is known of one elder's assessments: the fold of their stream, shared by workflow, tables and auditor."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime

from decisions.deadlines import civil_day
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
    EditionAdopted,
    ElderPlaced,
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
    TriggerNoted,
)
from models.messages import CaseStart
from models.policy import PolicySlice
from models.values import CloseReason, Id, Value


class Round(Value):
    """One assessment under way. `stage` began at `since`, its term ends at `due_at`.

    `asked_on`: no sheet is of an earlier day. `objected`: others than `not_these` must find it. `looked`: whose sheets
    it has had. `changed`: another round follows, because of a change told after the sheet. `told_by`: who handed in the
    result from elsewhere that is proposed. `ladders`: how many it has had. `looked_at`: the last reminder.
    """

    n: int
    trigger: Trigger
    asked_on: date
    stage: Stage
    since: AwareDatetime
    due_at: AwareDatetime
    objected: bool = False
    not_these: tuple[Id, ...] = ()
    looked: tuple[Id, ...] = ()
    changed: bool = False
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
    """The level that holds. `looked`: who found it, and who found those it came of by objection."""

    level: AbilityLevel
    round: int
    assessed_on: date
    valid_to: date | None
    object_by: AwareDatetime
    looked: tuple[Id, ...]
    renewed: bool = False  # asked for again because it ends
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

    def is_blind(self, staff_id: str) -> bool:
        """Who is to write a sheet of their own, and has not handed it in: they see nothing of the first's."""
        mine = self.round is not None and staff_id == self.round.second and self.stage is Stage.SIGNING
        return mine and self.law.independent

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
            return _round(state, objected=True, not_these=event.not_these)
        case ElderPlaced():
            return _set(state, township_id=event.township_id, village_id=event.village_id, has_case=event.has_case)
        case EditionAdopted():
            return _set(state, edition=event.edition)
        case TriggerNoted(trigger=Trigger.EXPIRY):
            return _level(state, renewed=True)
        case TriggerNoted(trigger=Trigger.CHANGE):
            return _round(state, changed=state.stage not in (Stage.NAMING, Stage.ASSESSING))
        case _:
            return _step(state, event, at)


def _requested(state: State, event: AssessmentRequested, at: datetime) -> State:
    begun = Round(
        n=event.round, trigger=event.trigger, asked_on=civil_day(at), stage=Stage.NAMING, since=at,
        due_at=event.due_at or at, objected=event.trigger is Trigger.OBJECTION, not_these=event.not_these,
    )  # fmt: skip
    state = _set(
        state, rounds=event.round, round=begun, township_id=event.township_id, village_id=event.village_id,
        has_case=event.has_case, gone=None,
    )  # fmt: skip
    return _level(state, renewed=True) if event.trigger is Trigger.EXPIRY else state


def _confirmed(state: State, event: LevelConfirmed) -> State:
    round_ = state.in_hand
    level = Level(
        level=event.level, round=event.round, assessed_on=event.assessed_on, valid_to=event.valid_to,
        object_by=event.object_by, looked=_with(round_.not_these, round_.looked),
    )  # fmt: skip
    return _set(state, level=level, round=None)


def _step(state: State, event: Event, at: datetime) -> State:
    """What moves the round in hand."""
    match event:
        case AssessorsNamed():
            return _stage(
                state, Stage.ASSESSING, at, event.due_at, first=event.first, second=event.second,
                body_id=event.body_id, **NO_SHEET,
            )  # fmt: skip
        case SheetSubmitted():
            day = event.sheet.answers.assessed_on
            looked = _with(state.in_hand.looked, state.in_hand.assessors)
            return _stage(
                state, Stage.SIGNING, at, event.due_at, sheet=event.sheet, disputed=(), assessed_on=day, looked=looked
            )
        case SheetConfirmed(due_at=None):
            return _round(state, disputed=())
        case SheetConfirmed(due_at=datetime() as due_at):
            return _stage(state, Stage.SETTLING, at, due_at, disputed=event.disputed)
        case SheetSettled():
            return _round(state, disputed=event.settled)
        case LevelProposed():
            elsewhere = event.elsewhere
            told: dict[str, Any] = {}
            if elsewhere is not None:
                told = {**NOBODY, "told_by": event.actor.id, "assessed_on": elsewhere.assessed_on}
            return _stage(state, Stage.CONFIRMING, at, event.due_at, proposed=event.level, **told)
        case SheetReturned():
            again = {} if event.stage is Stage.ASSESSING else NOBODY
            return _stage(state, event.stage, at, event.due_at, **NO_SHEET, **again)
        case StageReminded():
            return _round(state, looked_at=at)
        case StageProlonged():
            return _stage(state, event.stage, at, event.due_at)
        case EscalationOpened():
            ladders = state.round.ladders + 1 if state.round else 0
            return _round(state, escalation_id=event.escalation_id, ladders=ladders)
        case EscalationWithdrawn() | EscalationEnded():
            mine = state.round is not None and state.round.escalation_id == event.escalation_id
            return _round(state, escalation_id=None) if mine else state
        case _:
            return state


NO_SHEET: dict[str, Any] = {"sheet": None, "disputed": (), "assessed_on": None, "proposed": None, "told_by": None}
NOBODY: dict[str, Any] = {"first": None, "second": None, "body_id": None}


def _with(people: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return (*people, *(who for who in more if who not in people))


def _set(state: State, /, **changes: Any) -> State:
    return state.model_copy(update=changes)


def _round(state: State, /, **changes: Any) -> State:
    return state if state.round is None else _set(state, round=state.round.model_copy(update=changes))


def _stage(state: State, stage: Stage, at: datetime, due_at: datetime, /, **changes: Any) -> State:
    return _round(state, stage=stage, since=at, due_at=due_at, looked_at=None, **changes)


def _level(state: State, /, **changes: Any) -> State:
    return state if state.level is None else _set(state, level=state.level.model_copy(update=changes))
