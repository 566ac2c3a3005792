"""Facts in the past tense, as one closed list, and how a fact stands in the ledger.

A fact is never changed; a correction is another fact. The facts are told in `models.case_events`,
`models.escalation_events`, `models.assessment_events` and `models.claim_events`, and imported from here. When one was
recorded, and where in the chain, stands in `Recorded`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from models.assessment_events import (
    AssessmentEnded,
    AssessmentOpened,
    AssessmentRefused,
    AssessmentRequested,
    AssessmentRulesAdopted,
    AssessorsNamed,
    ElderPlaced,
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
from models.case_events import (
    AssessmentDue,
    AttemptRecorded,
    CareLevelNoted,
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
    CircumstancesChanged,
    DeathConfirmed,
    DeathReported,
    DeathUndone,
    EditionAdopted,
    EscalationEnded,
    EscalationOpened,
    EscalationWithdrawn,
    Event,
    LadderHeld,
    MessageRefused,
    PeriodSkipped,
    PolicyAdopted,
    RefusalRecorded,
    ReportCorrected,
    ServiceNeeded,
    SuspensionProposed,
    UndeliverableNoted,
    VisitCancelled,
    VisitMissed,
    VisitOpened,
    VisitorReminded,
    VisitOverdue,
    VisitReassigned,
    VisitReported,
)
from models.claim_events import (
    ApprovalDue,
    BenefitChosen,
    BenefitPolicyAdopted,
    BenefitsEnded,
    BenefitsLookedAt,
    BenefitsOpened,
    ChangeDropped,
    ChangeLapsed,
    ChangeListed,
    ChangeProposed,
    ClaimApproved,
    ClaimAsked,
    ClaimChecked,
    ClaimEnded,
    ClaimObjected,
    ClaimOpened,
    ClaimProlonged,
    ClaimRefused,
    ClaimReminded,
    ClaimReturned,
    ClaimWithdrawn,
    DecisionTold,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    NoticeDue,
    NoticeEnded,
    NoticePosted,
    NoticeSkipped,
    ObjectionDecided,
    PapersAsked,
    PapersHandedIn,
    PaymentsHeld,
    PaymentsReleased,
    ReviewDue,
)
from models.county_events import (
    CountyOpened,
    CountyRulesAdopted,
    ListApproved,
    ListChecked,
    ListDrawn,
    ListReminded,
    ListReturned,
    MonthClosed,
)
from models.escalation_events import (
    EscalationAcknowledged,
    EscalationExtended,
    EscalationResolved,
    EscalationStarted,
    RungReached,
)
from models.values import Id, Sha256, Value

__all__ = [
    "ANY_EVENT", "AnyEvent", "ApprovalDue", "AssessmentDue", "AssessmentEnded", "AssessmentOpened",
    "AssessmentRefused", "AssessmentRequested", "AssessmentRulesAdopted", "AssessorsNamed", "AttemptRecorded",
    "BenefitChosen", "BenefitPolicyAdopted", "BenefitsEnded", "BenefitsLookedAt", "BenefitsOpened",
    "CareLevelNoted", "CaseClosed", "CaseMoved", "CaseOpened", "CaseReopened", "CaseResumed", "CaseSuspended",
    "ChangeDropped", "ChangeLapsed", "ChangeProposed", "CircumstancesChanged", "ClaimApproved", "ClaimAsked",
    "ClaimChecked", "ClaimEnded", "ClaimObjected", "ClaimOpened", "ClaimProlonged", "ClaimRefused", "ClaimReminded",
    "ClaimReturned", "ClaimWithdrawn", "CountyOpened", "CountyRulesAdopted", "DeathConfirmed", "DeathReported",
    "DeathUndone", "DecisionTold", "EditionAdopted", "ElderPlaced", "EntitlementChanged", "EntitlementReviewed",
    "EntitlementStopped", "EscalationAcknowledged", "EscalationEnded", "EscalationExtended", "EscalationOpened",
    "EscalationResolved", "EscalationStarted", "EscalationWithdrawn", "Event", "LadderHeld", "LevelConfirmed",
    "LevelExpired", "LevelObjected", "LevelProposed", "ListApproved", "ListChecked", "ListDrawn", "ListReminded",
    "ListReturned", "MessageRefused", "MonthClosed", "NoticeDue", "NoticeEnded", "NoticePosted", "NoticeSkipped",
    "ObjectionDecided", "PapersAsked", "PapersHandedIn", "PaymentsHeld", "PaymentsReleased", "PeriodSkipped",
    "PolicyAdopted", "RecordReply", "RecordRequest", "Recorded", "RefusalRecorded", "ReportCorrected", "ReviewDue",
    "RungReached", "ServiceNeeded", "SheetConfirmed", "SheetReturned", "SheetSettled", "SheetSubmitted",
    "StageProlonged", "StageReminded", "StreamPage", "SuspensionProposed", "TriggerNoted", "UndeliverableNoted",
    "VisitCancelled", "VisitMissed", "VisitOpened", "VisitOverdue", "VisitReassigned", "VisitReported",
    "VisitorReminded",
]  # fmt: skip

AnyEvent = Annotated[
    CaseOpened
    | PolicyAdopted
    | EditionAdopted
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
    | LadderHeld
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
    | CaseReopened
    | MessageRefused
    | UndeliverableNoted
    | EscalationStarted
    | RungReached
    | EscalationAcknowledged
    | EscalationExtended
    | EscalationResolved
    | CareLevelNoted
    | AssessmentOpened
    | AssessmentRulesAdopted
    | AssessmentRequested
    | ElderPlaced
    | TriggerNoted
    | AssessorsNamed
    | SheetSubmitted
    | SheetConfirmed
    | SheetSettled
    | LevelProposed
    | SheetReturned
    | LevelConfirmed
    | AssessmentRefused
    | LevelObjected
    | StageReminded
    | StageProlonged
    | LevelExpired
    | AssessmentEnded
    | BenefitsOpened
    | BenefitPolicyAdopted
    | BenefitsLookedAt
    | ClaimOpened
    | ClaimAsked
    | PapersAsked
    | PapersHandedIn
    | ClaimChecked
    | NoticeDue
    | NoticeSkipped
    | NoticePosted
    | NoticeEnded
    | ClaimObjected
    | ObjectionDecided
    | ApprovalDue
    | BenefitChosen
    | ClaimReturned
    | ClaimApproved
    | ClaimRefused
    | ClaimWithdrawn
    | ClaimEnded
    | DecisionTold
    | PaymentsHeld
    | PaymentsReleased
    | ChangeProposed
    | ChangeLapsed
    | ChangeListed
    | ChangeDropped
    | EntitlementChanged
    | EntitlementStopped
    | ReviewDue
    | EntitlementReviewed
    | ClaimReminded
    | ClaimProlonged
    | BenefitsEnded
    | CountyOpened
    | CountyRulesAdopted
    | MonthClosed
    | ListDrawn
    | ListChecked
    | ListReturned
    | ListApproved
    | ListReminded,
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
    them: `more` says whether to ask again). `known`: this key's events stand further back already. `unheard`: a reply
    received in time is still on its way; decide later. `forked` and `behind` are faults.
    """

    status: Literal["appended", "adopted", "known", "unheard", "forked", "behind"]
    from_seq: int = 0
    to_seq: int = 0
    head: Sha256 | None = None
    key: Id | None = None
    events: tuple[Recorded, ...] = ()
    more: bool = False
