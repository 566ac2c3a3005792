"""What can happen to a case, and the envelope every event has. Import them from `models.events`.

Every event says who, through what channel, because of which message, under which version of the county's rules, and
when it is claimed to have happened.

No fact holds words that a person typed: `note` names them in the register, by id and hash.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from models.ability import AbilityLevel
from models.policy import PolicySlice
from models.values import (
    Actor,
    Channel,
    Checks,
    CloseReason,
    DeathSource,
    Enclosed,
    EscalationCause,
    Evidence,
    Id,
    Method,
    Need,
    NoteRef,
    Outcome,
    Period,
    Role,
    Sha256,
    SuspendReason,
    Undelivered,
    Urgency,
    Value,
    VisitKind,
    VisitResult,
    VisitState,
    added,
)


class Event(Value):
    """The envelope. `cause` is the key of the message; `policy_hash` names the pack version this was decided under.

    A field that is added later is `added`, or the chain of what stands in the ledger breaks.
    """

    happened_at: AwareDatetime
    actor: Actor
    channel: Channel
    cause: Id
    policy_version: str
    policy_hash: Sha256
    note: NoteRef | None = None


class CaseOpened(Event):
    kind: Literal["CaseOpened"] = "CaseOpened"
    elder_id: Id
    county_id: Id
    township_id: Id
    village_id: Id
    spread_key: str
    tags: tuple[str, ...]
    start_on: date
    enrolled_at: AwareDatetime


class PolicyAdopted(Event):
    """The case works under another version from here on; the slice stands here whole, so a fold needs no file."""

    kind: Literal["PolicyAdopted"] = "PolicyAdopted"
    policy: PolicySlice


class EditionAdopted(Event):
    """The case is decided by another edition of the code's rules from here on (`decisions.edition`)."""

    kind: Literal["EditionAdopted"] = "EditionAdopted"
    edition: int


class CaseMoved(Event):
    """Village, township or tags are other than the case knew."""

    kind: Literal["CaseMoved"] = "CaseMoved"
    village_id: Id
    township_id: Id
    spread_key: str
    tags: tuple[str, ...]


class VisitOpened(Event):
    """`method`: how it is asked for, where that is not left to the visitor (the period before was refused)."""

    kind: Literal["VisitOpened"] = "VisitOpened"
    visit_id: Id
    visit_kind: VisitKind
    reason: str
    period: Period
    volunteer_id: Id | None
    assigned_because: str
    told: bool = True  # False: already reported when it opened, or owned by the ladder: nobody is texted
    method: Method | None = added(None)


class PeriodSkipped(Event):
    """The recorded reason why a period has no scheduled visit, and who gave it."""

    kind: Literal["PeriodSkipped"] = "PeriodSkipped"
    period: Period
    reason: str
    given_by: Actor


class VisitorReminded(Event):
    kind: Literal["VisitorReminded"] = "VisitorReminded"
    visit_id: Id
    volunteer_id: Id
    nth: int


class AttemptRecorded(Event):
    """Somebody tried: nobody came to the door, or the phone was not answered."""

    kind: Literal["AttemptRecorded"] = "AttemptRecorded"
    visit_id: Id
    visitor_id: Id
    nth: int
    result: VisitResult
    method: Method
    evidence: Evidence
    try_again: bool
    attempted_at: AwareDatetime | None = None
    enclosed: Enclosed | None = added(None)


class VisitReported(Event):
    """The elder was seen or spoken to. `state` is what the visit became; `recorded_late`: after its period's end."""

    kind: Literal["VisitReported"] = "VisitReported"
    visit_id: Id
    visitor_id: Id
    result: VisitResult
    state: VisitState
    method: Method
    visited_on: date
    visited_at: AwareDatetime | None
    reported_at: AwareDatetime
    evidence: Evidence
    checks: Checks
    needs: tuple[Need, ...]
    risk: bool
    recorded_late: bool
    enclosed: Enclosed | None = added(None)


class ReportCorrected(Event):
    """What a report said is replaced; the earlier report stays in the ledger. `state` is what the visit is now."""

    kind: Literal["ReportCorrected"] = "ReportCorrected"
    visit_id: Id
    visitor_id: Id
    result: VisitResult | None
    state: VisitState
    visited_on: date | None
    enclosed: Enclosed | None = added(None)


class VisitOverdue(Event):
    kind: Literal["VisitOverdue"] = "VisitOverdue"
    visit_id: Id


class VisitMissed(Event):
    kind: Literal["VisitMissed"] = "VisitMissed"
    visit_id: Id
    escalation_id: Id


class VisitCancelled(Event):
    kind: Literal["VisitCancelled"] = "VisitCancelled"
    visit_id: Id
    reason: str
    given_by: Actor
    volunteer_id: Id | None


class VisitReassigned(Event):
    kind: Literal["VisitReassigned"] = "VisitReassigned"
    visit_id: Id
    from_id: Id | None
    to_id: Id | None
    reason: str
    assigned_because: str


class EscalationOpened(Event):
    """From here a named person must end it. The escalation is a workflow of its own, started by letter.

    `about`: which step is late, where an elder may have several.
    """

    kind: Literal["EscalationOpened"] = "EscalationOpened"
    escalation_id: Id
    cause_of: EscalationCause
    urgency: Urgency
    visit_id: Id | None
    first_role: Role | None
    ends_at: AwareDatetime | None
    township_id: Id
    village_id: Id
    about: Id | None = added(None)


class EscalationWithdrawn(Event):
    """The case asks the escalation to end, because its cause has gone; `outcome` says how.

    `by_visit_id`: the later visit whose report ended it, where it was about a missed one.
    """

    kind: Literal["EscalationWithdrawn"] = "EscalationWithdrawn"
    escalation_id: Id
    outcome: Outcome
    resolved_by: Actor
    by_visit_id: Id | None = added(None)


class EscalationEnded(Event):
    kind: Literal["EscalationEnded"] = "EscalationEnded"
    escalation_id: Id
    outcome: Outcome
    resolved_by: Actor


class LadderHeld(Event):
    """The visit is owed an escalation of this cause, which waits while a death is reported; undone, it opens."""

    kind: Literal["LadderHeld"] = "LadderHeld"
    visit_id: Id
    cause_of: EscalationCause


class AssessmentDue(Event):
    kind: Literal["AssessmentDue"] = "AssessmentDue"
    visit_id: Id
    need: Need


class CareLevelNoted(Event):
    """The confirmed level of the elder's assessment, as its stream told it. `valid_to` None: until assessed anew."""

    kind: Literal["CareLevelNoted"] = "CareLevelNoted"
    level: AbilityLevel
    assessed_on: date
    valid_to: date | None
    confirmed_by: Actor


class ServiceNeeded(Event):
    kind: Literal["ServiceNeeded"] = "ServiceNeeded"
    visit_id: Id
    need: Need


class CircumstancesChanged(Event):
    kind: Literal["CircumstancesChanged"] = "CircumstancesChanged"
    change: str


class SuspensionProposed(Event):
    kind: Literal["SuspensionProposed"] = "SuspensionProposed"
    reason: SuspendReason
    review_on: date


class CaseSuspended(Event):
    kind: Literal["CaseSuspended"] = "CaseSuspended"
    reason: SuspendReason
    review_on: date
    proposed_by: Actor


class CaseResumed(Event):
    kind: Literal["CaseResumed"] = "CaseResumed"
    because: Literal["review_day", "staff", "death_undone"]


class RefusalRecorded(Event):
    kind: Literal["RefusalRecorded"] = "RefusalRecorded"
    period_id: Id


class DeathReported(Event):
    kind: Literal["DeathReported"] = "DeathReported"
    escalation_id: Id


class DeathConfirmed(Event):
    """`source` `other` is named in the note. `村医证明` is how old facts write `village_doctor`."""

    kind: Literal["DeathConfirmed"] = "DeathConfirmed"
    died_on: date
    source: DeathSource | Literal["村医证明"]


class DeathUndone(Event):
    kind: Literal["DeathUndone"] = "DeathUndone"


class CaseClosed(Event):
    """`receiving_place` says that the note names it."""

    kind: Literal["CaseClosed"] = "CaseClosed"
    reason: CloseReason
    receiving_place: Literal["in_note"] | None


class CaseReopened(Event):
    """Closed, and a case again: its periods begin anew at `enrolled_at`, or go on from the one it was closed in."""

    kind: Literal["CaseReopened"] = "CaseReopened"
    enrolled_at: AwareDatetime


class MessageRefused(Event):
    """A message that changed nothing; a repeat gets the same answer. `about_on`: the day that stands against it.

    `enclosed`: what came with it all the same, so that nothing is kept that no fact names.
    """

    kind: Literal["MessageRefused"] = "MessageRefused"
    message_kind: str
    refusal: str
    visit_id: Id | None = None
    about_on: date | None = added(None)
    enclosed: Enclosed | None = added(None)


class UndeliverableNoted(Event):
    """`why` is one of our words; old facts may hold a provider's code, and are read as they stand."""

    kind: Literal["UndeliverableNoted"] = "UndeliverableNoted"
    recipient_id: Id
    visit_id: Id | None
    why: Annotated[Undelivered | Id, Field(union_mode="left_to_right")]
