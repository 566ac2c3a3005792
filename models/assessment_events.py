"""What can happen to the assessments of one elder, round by round. Import from `models.events`.

A round is one assessment, from its request to a confirmed level or another recorded end.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from models.ability import AbilityLevel, AbilityScored
from models.assessment import (
    AbilitySheet,
    AssessmentReason,
    AssessmentRules,
    Disputed,
    ResultElsewhere,
    ResultUse,
    Stage,
    Trigger,
)
from models.case_events import Event
from models.policy import PolicySlice
from models.values import CloseReason, Id, added


class AssessmentOpened(Event):
    """The stream begins. Policy and rules stand here whole, so that a fold needs no file."""

    kind: Literal["AssessmentOpened"] = "AssessmentOpened"
    elder_id: Id
    county_id: Id
    township_id: Id
    village_id: Id
    has_case: bool
    policy: PolicySlice
    rules: AssessmentRules
    edition: int = added(1)


class AssessmentRulesAdopted(Event):
    """The next round works under another version of the county's rules."""

    kind: Literal["AssessmentRulesAdopted"] = "AssessmentRulesAdopted"
    policy: PolicySlice
    rules: AssessmentRules


class AssessmentRequested(Event):
    """A round begins. `not_these`: who may not assess in it, because an objection is against what they found.

    `due_at` None: a result from elsewhere was handed in with the request, so nobody has to be named.
    """

    kind: Literal["AssessmentRequested"] = "AssessmentRequested"
    round: int
    trigger: Trigger
    reason: AssessmentReason
    visit_id: Id | None
    township_id: Id
    village_id: Id
    has_case: bool
    not_these: tuple[Id, ...]
    due_at: AwareDatetime | None


class ElderPlaced(Event):
    """Where the elder lives, or whether there is a case of them, is other than the stream knew."""

    kind: Literal["ElderPlaced"] = "ElderPlaced"
    township_id: Id
    village_id: Id
    has_case: bool


class TriggerNoted(Event):
    """It was asked for once more while a round was under way. A change told after the sheet has a round follow."""

    kind: Literal["TriggerNoted"] = "TriggerNoted"
    round: int
    trigger: Trigger
    visit_id: Id | None


class AssessorsNamed(Event):
    """`instead_of`: who had been named before."""

    kind: Literal["AssessorsNamed"] = "AssessorsNamed"
    round: int
    first: Id
    second: Id
    body_id: Id
    instead_of: tuple[Id, ...]
    due_at: AwareDatetime


class SheetSubmitted(Event):
    kind: Literal["SheetSubmitted"] = "SheetSubmitted"
    round: int
    sheet: AbilitySheet
    due_at: AwareDatetime


class SheetConfirmed(Event):
    """The second assessor signed; with `disputed`, all items but these. `due_at` None: nothing is in dispute.

    `own`: the second sheet, where the county wants two.
    """

    kind: Literal["SheetConfirmed"] = "SheetConfirmed"
    round: int
    disputed: tuple[Disputed, ...]
    due_at: AwareDatetime | None
    own: AbilitySheet | None = added(None)


class SheetSettled(Event):
    kind: Literal["SheetSettled"] = "SheetSettled"
    round: int
    settled: tuple[Disputed, ...]


class LevelProposed(Event):
    """By rule: `scored`, with every reason. Or as another body found it: `elsewhere`, `instead_of` who was named."""

    kind: Literal["LevelProposed"] = "LevelProposed"
    round: int
    level: AbilityLevel
    scored: AbilityScored | None
    elsewhere: ResultElsewhere | None
    instead_of: tuple[Id, ...]
    due_at: AwareDatetime


class SheetReturned(Event):
    """The assessors go again; or two are named: after a result from elsewhere, or where an objection bars these."""

    kind: Literal["SheetReturned"] = "SheetReturned"
    round: int
    stage: Stage
    assessors: tuple[Id, ...]
    due_at: AwareDatetime


class LevelConfirmed(Event):
    """The actor confirmed it. `valid_to`: its last day; None: until it is assessed anew. `use`: the county's word."""

    kind: Literal["LevelConfirmed"] = "LevelConfirmed"
    round: int
    level: AbilityLevel
    assessed_on: date
    valid_to: date | None
    object_by: AwareDatetime
    use: ResultUse | None


class AssessmentRefused(Event):
    """The elder did not want it: the round's recorded end. `assessors`: who had been named."""

    kind: Literal["AssessmentRefused"] = "AssessmentRefused"
    round: int
    assessors: tuple[Id, ...]


class LevelObjected(Event):
    """Against the level of `round`, which holds until another is confirmed. `not_these` found it and assess no more."""

    kind: Literal["LevelObjected"] = "LevelObjected"
    round: int
    not_these: tuple[Id, ...]


class StageReminded(Event):
    """Who the stage waits for is told once more, before its term is over."""

    kind: Literal["StageReminded"] = "StageReminded"
    round: int
    stage: Stage
    waits_for: tuple[Id, ...]


class StageProlonged(Event):
    """A named person ended the ladder and the step is still to be done: its term begins again."""

    kind: Literal["StageProlonged"] = "StageProlonged"
    round: int
    stage: Stage
    due_at: AwareDatetime


class LevelExpired(Event):
    """The level's last day is over."""

    kind: Literal["LevelExpired"] = "LevelExpired"
    round: int


class AssessmentEnded(Event):
    """Nobody is to be assessed any more; a round under way ends with it. `assessors`: who had been named in it."""

    kind: Literal["AssessmentEnded"] = "AssessmentEnded"
    reason: CloseReason
    assessors: tuple[Id, ...]
