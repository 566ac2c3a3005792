"""Facts in the past tense. A fact is never changed; a correction is another fact.

Every event says who, through what channel, because of which message, under which version of the county's rules, and
when it is claimed to have happened. When it was recorded, and its place in the chain, stand in `Recorded`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from models.policy import PolicySlice
from models.values import (
    Actor,
    Channel,
    Checks,
    CloseReason,
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
    Urgency,
    Value,
    VisitKind,
    VisitResult,
    VisitState,
)


class Event(Value):
    """The envelope. `cause` is the key of the message; `policy_hash` names the pack version this was decided under."""

    happened_at: AwareDatetime
    actor: Actor
    channel: Channel
    cause: Id
    policy_version: str
    policy_hash: Sha256
    note: NoteRef | None = None


# --- a case ----------------------------------------------------------------------------------------------------------


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


class CaseMoved(Event):
    """Village, township or tags are other than the case knew."""

    kind: Literal["CaseMoved"] = "CaseMoved"
    village_id: Id
    township_id: Id
    spread_key: str
    tags: tuple[str, ...]


class VisitOpened(Event):
    kind: Literal["VisitOpened"] = "VisitOpened"
    visit_id: Id
    visit_kind: VisitKind
    reason: str
    period: Period
    volunteer_id: Id | None
    assigned_because: str
    told: bool = True  # False: already reported when it opened, or owned by the ladder: nobody is texted


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


class ReportCorrected(Event):
    """What a report said is replaced; the earlier report stays in the ledger. `state` is what the visit is now."""

    kind: Literal["ReportCorrected"] = "ReportCorrected"
    visit_id: Id
    visitor_id: Id
    result: VisitResult | None
    state: VisitState
    visited_on: date | None


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
    """From here a named person must end it. The escalation is a workflow of its own, started by letter."""

    kind: Literal["EscalationOpened"] = "EscalationOpened"
    escalation_id: Id
    cause_of: EscalationCause
    urgency: Urgency
    visit_id: Id | None
    first_role: Role | None
    ends_at: AwareDatetime | None
    township_id: Id
    village_id: Id


class EscalationWithdrawn(Event):
    """The case asks the escalation to end, because its cause has gone; `outcome` says how."""

    kind: Literal["EscalationWithdrawn"] = "EscalationWithdrawn"
    escalation_id: Id
    outcome: Outcome
    resolved_by: Actor


class EscalationEnded(Event):
    kind: Literal["EscalationEnded"] = "EscalationEnded"
    escalation_id: Id
    outcome: Outcome
    resolved_by: Actor


class AssessmentDue(Event):
    kind: Literal["AssessmentDue"] = "AssessmentDue"
    visit_id: Id
    need: Need


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
    kind: Literal["DeathConfirmed"] = "DeathConfirmed"
    died_on: date
    source: str


class DeathUndone(Event):
    kind: Literal["DeathUndone"] = "DeathUndone"


class CaseClosed(Event):
    kind: Literal["CaseClosed"] = "CaseClosed"
    reason: CloseReason
    receiving_place: str | None


class MessageRefused(Event):
    """A message that changed nothing; a repeat gets the same answer. `volunteer_id`: whom to tell, if they wrote."""

    kind: Literal["MessageRefused"] = "MessageRefused"
    message_kind: str
    refusal: str
    visit_id: Id | None = None


class UndeliverableNoted(Event):
    kind: Literal["UndeliverableNoted"] = "UndeliverableNoted"
    recipient_id: Id
    visit_id: Id | None
    why: str


# --- an escalation ---------------------------------------------------------------------------------------------------


class EscalationStarted(Event):
    kind: Literal["EscalationStarted"] = "EscalationStarted"
    first_role: Role | None
    elder_id: Id
    cause_of: EscalationCause
    urgency: Urgency
    visit_id: Id | None
    ends_at: AwareDatetime | None
    township_id: Id
    village_id: Id
    policy: PolicySlice


class RungReached(Event):
    """The ladder stands at this rung; its owner must acknowledge by `climbs_at` or the next is asked."""

    kind: Literal["RungReached"] = "RungReached"
    rung: int
    role: Role
    staff_id: Id
    as_deputy: bool
    skipped: tuple[str, ...]
    climbs_at: AwareDatetime
    because: Literal["opened", "not_acknowledged", "not_resolved", "reassigned", "extension_over"]


class EscalationAcknowledged(Event):
    kind: Literal["EscalationAcknowledged"] = "EscalationAcknowledged"
    staff_id: Id
    resolve_by: AwareDatetime


class EscalationExtended(Event):
    kind: Literal["EscalationExtended"] = "EscalationExtended"
    until: AwareDatetime
    reason: str


class EscalationResolved(Event):
    kind: Literal["EscalationResolved"] = "EscalationResolved"
    outcome: Outcome
    visited_on: date | None
    visited_at: AwareDatetime | None
    text: str | None
    resolved_by: Actor
    rung: int
    tell_case: bool


AnyEvent = Annotated[
    CaseOpened
    | PolicyAdopted
    | CaseMoved
    | VisitOpened
    | PeriodSkipped
    | VisitorReminded
    | AttemptRecorded
    | VisitReported
    | ReportCorrected
    | VisitOverdue
    | VisitMissed
    | VisitCancelled
    | VisitReassigned
    | EscalationOpened
    | EscalationWithdrawn
    | EscalationEnded
    | AssessmentDue
    | ServiceNeeded
    | CircumstancesChanged
    | SuspensionProposed
    | CaseSuspended
    | CaseResumed
    | RefusalRecorded
    | DeathReported
    | DeathConfirmed
    | DeathUndone
    | CaseClosed
    | MessageRefused
    | UndeliverableNoted
    | EscalationStarted
    | RungReached
    | EscalationAcknowledged
    | EscalationExtended
    | EscalationResolved,
    Field(discriminator="kind"),
]

ANY_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


class Recorded(Value):
    """An event with its place in its stream's chain.

    `hash = H(stream, seq, kind, at, key, prev, body_hash)`, `body_hash = H(salt ‖ canonical body)`: a body can be
    erased and the chain still verifies. `at` is when it was decided; it is the fact's recorded time.
    """

    stream: Id
    seq: int
    key: Id
    at: AwareDatetime
    prev: Sha256
    salt: str
    body_hash: Sha256
    hash: Sha256
    event: AnyEvent


# --- the one activity call of a case's life --------------------------------------------------------------------------


class RecordRequest(Value):
    """Compare-and-append: the stream must end at (`expected_seq`, `expected_head`)."""

    stream: Id
    expected_seq: int
    expected_head: Sha256
    key: Id
    events: tuple[Recorded, ...]


class StreamPage(Value):
    """Events of a stream after a position, oldest first; `more`: ask again after the last."""

    events: tuple[Recorded, ...]
    more: bool


class RecordReply(Value):
    """What the store answered.

    `appended`: the receipt. `adopted`: the stream held more; these are its events after `expected_seq` (a page of
    them: `more` says whether to ask again). `known`: this key's events stand further back already. `unheard`: a reply received in time is still on its way; decide later.
    `forked` and `behind` are faults.
    """

    status: Literal["appended", "adopted", "known", "unheard", "forked", "behind"]
    from_seq: int = 0
    to_seq: int = 0
    head: Sha256 | None = None
    key: Id | None = None
    events: tuple[Recorded, ...] = ()
    more: bool = False
