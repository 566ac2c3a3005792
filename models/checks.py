"""What a check of the audit looked at and found, as pages and the command line tell it. Ids only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.values import Id, Value


class CheckPhase(StrEnum):
    BEGUN = "begun"
    COLLECT = "collect"  # histories are fetched
    REPLAY = "replay"  # `done` of `total` are told again
    COMPARE = "compare"


class CheckFailure(StrEnum):
    """Why a check ended without a result."""

    ENGINE_AWAY = "engine_away"
    BROKE = "broke"
    LOST = "lost"  # its process ended
    NOTHING = "nothing"  # there are no facts
    DIFFERS = "differs"  # the chain does not hold


class NoBundle(Exception):
    """A bundle cannot be made. `differs`: the fact at which the chain does not hold; without, `failure` says why."""

    def __init__(self, failure: CheckFailure, differs: Differs | None = None) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.differs = differs


class Differs(Value):
    """The first difference of a stream by one check: `audit.verify.Finding`."""

    check: str
    stream: Id
    seq: int | None = None
    what: str
    event_id: int | None = None
    run_id: Id | None = None


class CheckedRun(Value):
    """One history that was told again."""

    workflow_id: Id
    run_id: Id
    workflow_type: str
    events: int
    is_open: bool
    archived: bool
    fits: bool


class CheckResult(Value):
    """`examined`: how much each check that ran has looked at. `differ`: those told, `more`: how many are not.

    `runs`: of one case; of a county only how many there were of each type.
    """

    examined: dict[str, int]
    differ: tuple[Differs, ...] = ()
    more: int = 0
    in_flight: int = 0
    runs: tuple[CheckedRun, ...] = ()
    types: dict[str, int] = Field(default_factory=dict[str, int])


class Check(Value):
    """`elder_id` None: of the whole county. Without `ended_at` it is at work, or its process is gone."""

    id: Id
    county_id: Id
    elder_id: Id | None = None
    asked_by: Id
    begun_at: datetime
    beat_at: datetime
    phase: CheckPhase
    done: int = 0
    total: int = 0
    ended_at: datetime | None = None
    failure: CheckFailure | None = None
    clean: bool | None = None
    result: CheckResult | None = None


class Heads(Value):
    """Where every stream of a county stood: `digest` is over the last fact of each that was recorded by `until`."""

    until: datetime
    streams: int
    facts: int
    newest_at: datetime | None = None
    digest: str
