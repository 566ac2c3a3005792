"""What is known of one elder's benefits: the fold of their stream, shared by workflow, tables and auditor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from decisions.memory import Memory
from models.claims import Change, ClaimStage, ClaimTerms, ClaimTrigger, EndCause, Entitlement, Proposed
from models.errors import StateContradicted
from models.events import (
    BenefitsOpened,
)
from models.messages import CaseStart
from models.policy import PolicySlice
from models.values import CloseReason, Id, Value

Decision = Literal["approved", "refused", "withdrawn", "ended"]
OF_THE_ENTITLEMENT = (ClaimStage.CHANGING, ClaimStage.REVIEWING)


class Step(Value):
    """What is waited for. `since`: when the stage, or its term, began; `looked_at`: the last reminder."""

    stage: ClaimStage
    since: AwareDatetime
    due_at: AwareDatetime
    looked_at: AwareDatetime | None = None
    escalation_id: Id | None = None


class Claim(Value):
    """The last claim to a benefit, and who has checked it, or looked into an objection.

    `days` of `unit` the notice hangs, `until_on` is its last day. `decided_on`: from then on it may be told.
    """

    code: Id
    n: int
    trigger: ClaimTrigger
    asked_on: date
    terms: ClaimTerms
    proposed: Proposed
    step: Step | None
    papers_asked: bool = False
    checkers: tuple[Id, ...] = ()
    recheckers: tuple[Id, ...] = ()
    days: int | None = None
    unit: str | None = None
    posted_on: date | None = None
    until_on: date | None = None
    decision: Decision | None = None
    decided_on: date | None = None

    @property
    def checked_by(self) -> str | None:
        """Last."""
        return self.checkers[-1] if self.checkers else None


class Holding(Value):
    """A benefit that was approved. `change`: what is proposed of it; `dropped`: what a person said does not hold.

    `stopped_on`: when a person stopped it, and `ended` why; `against` the rules, which gave it; `cap`: the last month
    of an end before this one. `held`: nothing is paid for now. `past`: the amounts before; `rolled`: an age brought the
    last. `aged`: a change by age whose place another took before it was decided, and `aged_by` what it is proposed by:
    it may stand on a list.
    """

    code: Id
    n: int
    terms: ClaimTerms
    entitlement: Entitlement
    first: date  # the month it began with, whatever was changed since
    step: Step | None = None
    change: Change | None = None
    changed: Proposed | None = None  # what the change is proposed by
    dropped: Change | None = None
    stopped_on: date | None = None
    ended: EndCause | None = None
    against: bool = False
    held: bool = False
    cap: date | None = None
    past: tuple[Entitlement, ...] = ()
    rolled: bool = False
    aged: Change | None = None
    aged_by: Proposed | None = None

    @property
    def runs(self) -> bool:
        return self.entitlement.through is None


class State(Memory):
    """`looked`: the month all was last looked at with; `seen`: and something could be proposed; `gap`: not in the
    months before.

    `chosen`: of benefits of which one only may be had. `held`: a death is reported. `ladders`: how many there have
    been. `gone`: why nobody here is to get anything.
    """

    elder_id: Id
    county_id: Id
    township_id: Id
    village_id: Id = "unknown"
    has_case: bool = False
    opened: bool = False
    policy: PolicySlice | None = None
    claims: dict[Id, Claim] = Field(default_factory=dict[Id, Claim])
    holdings: dict[Id, Holding] = Field(default_factory=dict[Id, Holding])
    chosen: tuple[Id, ...] = ()
    looked: date | None = None
    seen: date | None = None
    gap: bool = False
    held: bool = False
    ladders: int = 0
    gone: CloseReason | None = None

    def editions(self) -> tuple[int, ...]:
        """None before it is opened: that is decided under the newest."""
        return (self.edition,) if self.opened else ()

    @property
    def running(self) -> tuple[Holding, ...]:
        return tuple(holding for holding in self.holdings.values() if holding.runs)

    def claim(self, code: str) -> Claim:
        """Raises StateContradicted when there has been none."""
        if code not in self.claims:
            raise StateContradicted(f"no claim of {self.elder_id} to {code}")
        return self.claims[code]

    def holding(self, code: str) -> Holding:
        if code not in self.holdings:
            raise StateContradicted(f"{self.elder_id} has never held {code}")
        return self.holdings[code]

    def stage(self, code: str) -> ClaimStage | None:
        """What the claim in hand waits for; None: nothing is claimed now."""
        step = self.claims[code].step if code in self.claims else None
        return step.stage if step else None

    def steps(self) -> Iterator[tuple[Claim | Holding, Step]]:
        """Everything that is waited for, in the order of claims, then of entitlements."""
        for of in (*self.claims.values(), *self.holdings.values()):
            if of.step is not None:
                yield of, of.step


def initial(start: CaseStart) -> State:
    """Before the stream's first event."""
    return State(elder_id=start.elder_id, county_id=start.county_id, township_id=start.township_id)


def begin(first: BenefitsOpened) -> State:
    """The same, where the first event is at hand and no start."""
    return State(elder_id=first.elder_id, county_id=first.county_id, township_id=first.township_id)


# --- steps -----------------------------------------------------------------------------------------------------------


def waiting(state: State, code: str, stage: ClaimStage) -> Claim | Holding | None:
    """The claim, or the entitlement, that waits in this stage."""
    places = (state.holdings,) if stage in OF_THE_ENTITLEMENT else (state.claims, state.holdings)
    for place in places:
        of = place.get(code)
        if of is not None and of.step is not None and of.step.stage is stage:
            return of
    return None


def about(of: Claim | Holding, step: Step) -> str:
    """How a ladder, or a text, names the step it is about."""
    return f"{of.code}/{step.stage.value}"
