"""What an elder's benefits can be told. Each is the one argument of an update of the same name.

A benefit is proposed by rule and decided by named persons: nothing here carries an amount that a person only wishes
for. `row` and `fen` are what whoever decides has seen, and must be what the rules give.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import AwareDatetime, Field, StrictInt, model_validator

from models.benefits import BenefitRules
from models.claims import ClaimTerms, ClaimTrigger, EndCause, Heard, ToldHow
from models.facts import FactSheet
from models.messages import EscalationClosed, Message
from models.policy import PolicySlice
from models.values import CloseReason, Id, NoteRef, Role, Sha256, Value


class ClaimMessage(Message):
    """About one benefit, by its code in the pack."""

    code: Id


class WithReason(ClaimMessage):
    """Why is in the note."""

    @model_validator(mode="after")
    def _why_is_told(self) -> Self:
        return self._in_the_note()


# --- a claim on its way ----------------------------------------------------------------------------------------------


class RequestBenefit(ClaimMessage):
    """The elder or their agent applies, or staff ask. Who applied is in the note; `asked_on`: a day before today."""

    kind: Literal["request_benefit"] = "request_benefit"
    trigger: Literal[ClaimTrigger.APPLICATION, ClaimTrigger.STAFF]
    asked_on: date | None = None


class AskPapers(ClaimMessage):
    """一次性告知: all the papers that are missing, told once; by the pack's codes, or in the note where it has none."""

    kind: Literal["ask_papers"] = "ask_papers"
    documents: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _which_is_told(self) -> Self:
        return self if self.documents else self._in_the_note()


class HandInPapers(ClaimMessage):
    kind: Literal["hand_in_papers"] = "hand_in_papers"


class CheckBenefit(ClaimMessage):
    """The township has looked into what is known of the elder; the rules are asked with that."""

    kind: Literal["check_benefit"] = "check_benefit"


class PostNotice(ClaimMessage):
    """公示 is up since `posted_on`. `proof`: a picture, or who saw it; where, is in the note."""

    kind: Literal["post_notice"] = "post_notice"
    posted_on: date
    proof: NoteRef


class ObjectBenefit(WithReason):
    """Somebody objects while the notice hangs; who and why is in the note."""

    kind: Literal["object_benefit"] = "object_benefit"


class DecideObjection(WithReason):
    """Another than who checked has looked into it. Upheld, the rules are asked again with what is known now."""

    kind: Literal["decide_objection"] = "decide_objection"
    upheld: bool


class ChooseBenefit(ClaimMessage):
    """Of benefits of which one only may be had, the person chooses this."""

    kind: Literal["choose_benefit"] = "choose_benefit"


class ApproveBenefit(ClaimMessage):
    """A person of the county takes responsibility for it (PIPL, art. 24): not who checked it."""

    kind: Literal["approve_benefit"] = "approve_benefit"
    row: Id
    fen: StrictInt | None


class RefuseBenefit(WithReason):
    """In writing, with reasons and the way to appeal (社会救助暂行办法)."""

    kind: Literal["refuse_benefit"] = "refuse_benefit"


class ReturnBenefit(WithReason):
    """The county sends it back to be checked again."""

    kind: Literal["return_benefit"] = "return_benefit"


class WithdrawBenefit(WithReason):
    """The person does not want it: the claim ends. An entitlement is given up by `stop_benefit`."""

    kind: Literal["withdraw_benefit"] = "withdraw_benefit"


class TellDecision(ClaimMessage):
    """The person knows since `told_on`: from then on the time to appeal runs."""

    kind: Literal["tell_decision"] = "tell_decision"
    told_on: date
    how: ToldHow


# --- an entitlement --------------------------------------------------------------------------------------------------


class ConfirmChange(ClaimMessage):
    """What is proposed holds. `month` where no rule says it: the first of the new amount, or the last that is paid."""

    kind: Literal["confirm_change"] = "confirm_change"
    row: Id | None
    fen: StrictInt | None
    month: date | None = None


class ConfirmListed(ClaimMessage):
    """A change by age from `month` on stood on the payment list of `listed`, whose approver confirms it."""

    kind: Literal["confirm_listed"] = "confirm_listed"
    row: Id
    fen: StrictInt
    month: date
    listed: date


class KeepBenefit(WithReason):
    """What is proposed does not hold: it goes on as it was."""

    kind: Literal["keep_benefit"] = "keep_benefit"


class StopBenefit(WithReason):
    """Stopped by a person, unproposed. `on`: of what happened. `month`: the last paid, where no rule says it."""

    kind: Literal["stop_benefit"] = "stop_benefit"
    why: EndCause
    on: date
    month: date | None = None


class ReviewBenefit(ClaimMessage):
    """The township has looked into it again."""

    kind: Literal["review_benefit"] = "review_benefit"


# --- about all of an elder's benefits --------------------------------------------------------------------------------


class FactsChanged(Message):
    """Something may have changed what the elder gets: all is looked at again."""

    kind: Literal["facts_changed"] = "facts_changed"
    heard: Heard


class HoldBenefits(Message):
    """A death is reported: nothing is paid until it is confirmed or undone."""

    kind: Literal["hold_benefits"] = "hold_benefits"


class ReleaseBenefits(Message):
    """The report of a death was mistaken."""

    kind: Literal["release_benefits"] = "release_benefits"


class EndBenefits(Message):
    """The elder has died or moved away: claims end, and for each entitlement its end is proposed.

    `on`: that day; None: nobody said, and who decides names the month.
    """

    kind: Literal["end_benefits"] = "end_benefits"
    reason: Literal[CloseReason.DEATH_CONFIRMED, CloseReason.MOVED_OUT]
    on: date | None


BenefitMessage = (
    RequestBenefit
    | AskPapers
    | HandInPapers
    | CheckBenefit
    | PostNotice
    | ObjectBenefit
    | DecideObjection
    | ChooseBenefit
    | ApproveBenefit
    | RefuseBenefit
    | ReturnBenefit
    | WithdrawBenefit
    | TellDecision
    | ConfirmChange
    | ConfirmListed
    | KeepBenefit
    | StopBenefit
    | ReviewBenefit
    | FactsChanged
    | HoldBenefits
    | ReleaseBenefits
    | EndBenefits
    | EscalationClosed
)


# --- what a look-up brings in ----------------------------------------------------------------------------------------


class BenefitQuestion(Value):
    """`law`: the pack in force is wanted as a slice, unless it is `known_policy`. `month`: the rules of this month,
    with what is known of the elder for it, and the terms of each benefit. `remind`: who holds these posts today.
    """

    elder_id: Id
    at: AwareDatetime
    law: bool = False
    known_policy: Sha256 | None = None
    month: date | None = None
    remind: tuple[Role, ...] = ()


class BenefitBriefing(Value):
    """`gone`: why nobody here is to get anything any more. `reported`: a death is, and is not confirmed or undone.
    `has_case`: there is a case that can be told.

    `rules` None though a month was asked for: no version of the county's pack is in force in it. `terms`: by code.
    `owners`: by role, who holds the post for the elder's village or township today, or stands in.
    """

    county_id: Id
    township_id: Id
    village_id: Id
    has_case: bool
    gone: CloseReason | None = None
    reported: bool = False
    policy: PolicySlice | None = None
    rules: BenefitRules | None = None
    terms: dict[Id, ClaimTerms] = Field(default_factory=dict[Id, ClaimTerms])
    sheet: FactSheet = FactSheet(facts={})
    owners: dict[Role, Id] = Field(default_factory=dict[Role, Id])
    edition: int = 1
