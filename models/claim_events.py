"""What can happen to the benefits of one elder. Import from `models.events`.

A claim is one benefit's way from a request to a decision the person knows of; an entitlement is what comes of it.
Claims of one benefit are counted by `n`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, StrictInt

from models.case_events import Event
from models.claims import Change, ClaimStage, ClaimTerms, ClaimTrigger, EndCause, Heard, NoNotice, Proposed, ToldHow
from models.policy import PolicySlice
from models.values import CloseReason, Id, NoteRef, added


class BenefitsOpened(Event):
    """The stream begins. The policy stands here whole, so that a fold needs no file."""

    kind: Literal["BenefitsOpened"] = "BenefitsOpened"
    elder_id: Id
    county_id: Id
    township_id: Id
    village_id: Id
    has_case: bool
    policy: PolicySlice
    edition: int = added(1)


class BenefitPolicyAdopted(Event):
    """The next claim works under another version of the county's pack."""

    kind: Literal["BenefitPolicyAdopted"] = "BenefitPolicyAdopted"
    policy: PolicySlice


class BenefitsLookedAt(Event):
    """All benefits were looked at with the rules of `month`; what came of it follows. `heard` None: the month began.

    `idle`: nothing could be proposed, because payment is held or no pack is in force.
    """

    kind: Literal["BenefitsLookedAt"] = "BenefitsLookedAt"
    month: date
    heard: Heard | None
    idle: bool


class ClaimOpened(Event):
    kind: Literal["ClaimOpened"] = "ClaimOpened"
    code: Id
    n: int
    trigger: ClaimTrigger
    asked_on: date
    terms: ClaimTerms
    proposed: Proposed
    due_at: AwareDatetime


class ClaimAsked(Event):
    """It was asked for once more while a claim was under way."""

    kind: Literal["ClaimAsked"] = "ClaimAsked"
    code: Id
    n: int
    trigger: ClaimTrigger


class PapersAsked(Event):
    kind: Literal["PapersAsked"] = "PapersAsked"
    code: Id
    n: int
    documents: tuple[Id, ...]
    due_at: AwareDatetime


class PapersHandedIn(Event):
    kind: Literal["PapersHandedIn"] = "PapersHandedIn"
    code: Id
    n: int
    due_at: AwareDatetime


class ClaimChecked(Event):
    """The actor checked it. What follows: a notice (`NoticeSkipped` says why not), or the county."""

    kind: Literal["ClaimChecked"] = "ClaimChecked"
    code: Id
    n: int
    proposed: Proposed


class NoticeDue(Event):
    """公示 for `days` of `unit`, as the pack has it. `again`: after an upheld objection."""

    kind: Literal["NoticeDue"] = "NoticeDue"
    code: Id
    n: int
    days: int
    unit: str
    again: bool
    due_at: AwareDatetime


class NoticeSkipped(Event):
    kind: Literal["NoticeSkipped"] = "NoticeSkipped"
    code: Id
    n: int
    why: NoNotice


class NoticePosted(Event):
    """It hangs until the end of `until_on`."""

    kind: Literal["NoticePosted"] = "NoticePosted"
    code: Id
    n: int
    posted_on: date
    until_on: date
    proof: NoteRef


class NoticeEnded(Event):
    kind: Literal["NoticeEnded"] = "NoticeEnded"
    code: Id
    n: int
    until_on: date


class ClaimObjected(Event):
    kind: Literal["ClaimObjected"] = "ClaimObjected"
    code: Id
    n: int
    due_at: AwareDatetime


class ObjectionDecided(Event):
    """Dismissed, what was proposed stands. `hangs` : the notice's time is not over, and it goes on."""

    kind: Literal["ObjectionDecided"] = "ObjectionDecided"
    code: Id
    n: int
    upheld: bool
    proposed: Proposed | None
    hangs: bool


class ApprovalDue(Event):
    """It is for the county to decide."""

    kind: Literal["ApprovalDue"] = "ApprovalDue"
    code: Id
    n: int
    due_at: AwareDatetime


class BenefitChosen(Event):
    """Of benefits of which one only may be had; `over` the others."""

    kind: Literal["BenefitChosen"] = "BenefitChosen"
    code: Id
    over: tuple[Id, ...]


class ClaimReturned(Event):
    kind: Literal["ClaimReturned"] = "ClaimReturned"
    code: Id
    n: int
    due_at: AwareDatetime


class ClaimApproved(Event):
    """The actor approved it. `instead_of`: the benefits it takes the place of."""

    kind: Literal["ClaimApproved"] = "ClaimApproved"
    code: Id
    n: int
    proposed: Proposed
    from_month: date
    review_on: date
    instead_of: tuple[Id, ...]
    due_at: AwareDatetime


class ClaimRefused(Event):
    """The actor refused it; why is in the note, and in what was proposed."""

    kind: Literal["ClaimRefused"] = "ClaimRefused"
    code: Id
    n: int
    proposed: Proposed
    due_at: AwareDatetime


class ClaimWithdrawn(Event):
    kind: Literal["ClaimWithdrawn"] = "ClaimWithdrawn"
    code: Id
    n: int


class ClaimEnded(Event):
    """The elder died or moved away before it was decided."""

    kind: Literal["ClaimEnded"] = "ClaimEnded"
    code: Id
    n: int
    reason: CloseReason


class DecisionTold(Event):
    """The person, or the family, knows; until the end of `appeal_by` they may appeal (行政复议法, art. 20)."""

    kind: Literal["DecisionTold"] = "DecisionTold"
    code: Id
    n: int
    told_on: date
    how: ToldHow
    appeal_by: date


class PaymentsHeld(Event):
    """A death is reported: of these nothing is paid for now, until it is undone or a person has stopped them."""

    kind: Literal["PaymentsHeld"] = "PaymentsHeld"
    codes: tuple[Id, ...]


class PaymentsReleased(Event):
    """No death is reported any more. `back`: who was gone is here again."""

    kind: Literal["PaymentsReleased"] = "PaymentsReleased"
    codes: tuple[Id, ...]
    back: bool


class ChangeProposed(Event):
    """By rule. `proposed` None: of a death or a move, for which no row is asked."""

    kind: Literal["ChangeProposed"] = "ChangeProposed"
    code: Id
    change: Change
    proposed: Proposed | None
    due_at: AwareDatetime


class ChangeLapsed(Event):
    """What was proposed is so no longer: what is known changed back."""

    kind: Literal["ChangeLapsed"] = "ChangeLapsed"
    code: Id


class ChangeDropped(Event):
    """A person said that what was proposed does not hold."""

    kind: Literal["ChangeDropped"] = "ChangeDropped"
    code: Id
    change: Change


class ChangeListed(Event):
    """The change by age stood on the approved payment list of `listed`. What is so already stays as it is."""

    kind: Literal["ChangeListed"] = "ChangeListed"
    code: Id
    row: Id
    fen: StrictInt
    month: date
    listed: date


class EntitlementChanged(Event):
    """`row` and `fen` from `from_month` on; the actor confirmed it."""

    kind: Literal["EntitlementChanged"] = "EntitlementChanged"
    code: Id
    row: Id
    fen: StrictInt | None
    from_month: date
    proposed: Proposed


class EntitlementStopped(Event):
    """`through` is the last month paid. `due_at`: by when the person or the family is told."""

    kind: Literal["EntitlementStopped"] = "EntitlementStopped"
    code: Id
    why: EndCause
    on: date | None
    through: date
    proposed: Proposed | None
    due_at: AwareDatetime


class ReviewDue(Event):
    """复核. `missing`: what is not known any more; empty: its time has come."""

    kind: Literal["ReviewDue"] = "ReviewDue"
    code: Id
    missing: tuple[Id, ...]
    due_at: AwareDatetime


class EntitlementReviewed(Event):
    """It goes on as it is; looked at again on `review_on`. `proposed` None: its benefit has left the rules."""

    kind: Literal["EntitlementReviewed"] = "EntitlementReviewed"
    code: Id
    proposed: Proposed | None
    review_on: date


class ClaimReminded(Event):
    """Who holds the post is told once more. `owner` None: nobody holds it, which the ladder will find."""

    kind: Literal["ClaimReminded"] = "ClaimReminded"
    code: Id
    stage: ClaimStage
    owner: Id | None


class ClaimProlonged(Event):
    """A named person ended the ladder and the step is still to be done: its term begins again."""

    kind: Literal["ClaimProlonged"] = "ClaimProlonged"
    code: Id
    stage: ClaimStage
    due_at: AwareDatetime


class BenefitsEnded(Event):
    """Nobody here is to get anything any more."""

    kind: Literal["BenefitsEnded"] = "BenefitsEnded"
    reason: CloseReason
    on: date | None
