"""What an elder's assessment can be told. Each is the one argument of an update of the same name.

A level is proposed by rule and confirmed by a named person: nothing here carries a level that a person only wishes for.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from models.ability import AbilityLevel, AbilityScale
from models.assessment import AbilitySheet, AssessmentRules, Disputed, ResultElsewhere, Trigger
from models.messages import EscalationClosed, Message
from models.policy import PolicySlice
from models.values import CloseReason, Id, Sha256, Value, added


class RequestAssessment(Message):
    """Somebody, or the register, asks. While one is under way it is noted there. An objection has its own message.

    `visit_id`: whose finding it was. Who applied for the elder is in the note.
    """

    kind: Literal["request_assessment"] = "request_assessment"
    trigger: Trigger
    visit_id: Id | None = None

    @model_validator(mode="after")
    def _is_asked_for(self) -> Self:
        if self.trigger in (Trigger.OBJECTION, Trigger.EXPIRY):
            raise ValueError(f"{self.trigger.value} is no request")
        return self


class NameAssessors(Message):
    """Two assessors of one registered body, or two others instead of them before their sheet is in."""

    kind: Literal["name_assessors"] = "name_assessors"
    first: Id
    second: Id


class SubmitSheet(Message):
    """The one sheet of both, entered by the first of them."""

    kind: Literal["submit_sheet"] = "submit_sheet"
    sheet: AbilitySheet


class ConfirmSheet(Message):
    """The second assessor signs, or marks the items on which they differ. `own`: or hands in another sheet, where the
    county wants two; what differs is in dispute.
    """

    kind: Literal["confirm_sheet"] = "confirm_sheet"
    disputed: tuple[Disputed, ...] = ()
    own: AbilitySheet | None = added(None)


class SettleSheet(Message):
    """What the two agreed on, item by item, each with its reason."""

    kind: Literal["settle_sheet"] = "settle_sheet"
    settled: tuple[Disputed, ...] = Field(min_length=1)


class RecordResult(Message):
    """A level that another body found: recorded instead of assessing again, and confirmed like any other."""

    kind: Literal["record_result"] = "record_result"
    result: ResultElsewhere


class ConfirmLevel(Message):
    """A person takes responsibility for the proposed level (PIPL, art. 24)."""

    kind: Literal["confirm_level"] = "confirm_level"
    level: AbilityLevel


class ReturnSheet(Message):
    """The proposed level is not confirmed; why is in the note. The assessors go again."""

    kind: Literal["return_sheet"] = "return_sheet"

    @model_validator(mode="after")
    def _why_is_told(self) -> Self:
        return self._in_the_note()


class RefuseAssessment(Message):
    """The elder does not want to be assessed: a recorded end. What they said is in the note."""

    kind: Literal["refuse_assessment"] = "refuse_assessment"

    @model_validator(mode="after")
    def _what_was_said(self) -> Self:
        return self._in_the_note()


class ObjectLevel(Message):
    """The elder or their agent doubts the level: others assess again (复评). Why is in the note."""

    kind: Literal["object_level"] = "object_level"

    @model_validator(mode="after")
    def _why_is_told(self) -> Self:
        return self._in_the_note()


class EndAssessment(Message):
    """The elder has died or moved: what is under way ends, nothing is asked for again."""

    kind: Literal["end_assessment"] = "end_assessment"
    reason: CloseReason


AssessmentMessage = (
    RequestAssessment
    | NameAssessors
    | SubmitSheet
    | ConfirmSheet
    | SettleSheet
    | RecordResult
    | ConfirmLevel
    | ReturnSheet
    | RefuseAssessment
    | ObjectLevel
    | EndAssessment
    | EscalationClosed
)


# --- what a look-up brings in ----------------------------------------------------------------------------------------


class AssessmentQuestion(Value):
    """`rules`: the pack in force is wanted, unless it is `known_policy` (`models.digests.policy_digest`).

    `scale`: so is the scale. `assessors`: what the register knows of these.
    """

    elder_id: Id
    at: AwareDatetime
    rules: bool = False
    known_policy: Sha256 | None = None
    scale: bool = False
    assessors: tuple[Id, ...] = ()


class AssessorFacts(Value):
    """What the register knows of somebody who is to assess this elder. `body_id` None: of no registered body today.

    `kin`: their number is one of the elder's household, or of whom to call for them. `visits`: they are, by number, a
    volunteer who is paired with the elder or has visited. `away`: on leave today.
    """

    staff_id: Id
    body_id: Id | None
    kin: bool
    visits: bool
    away: bool


class AssessmentBriefing(Value):
    """`gone`: why nobody is to be assessed any more. `has_case`: there is a case that is told of the level."""

    county_id: Id
    township_id: Id
    village_id: Id
    has_case: bool
    gone: CloseReason | None = None
    policy: PolicySlice | None = None
    rules: AssessmentRules | None = None
    scale: AbilityScale | None = None
    assessors: tuple[AssessorFacts, ...] = ()
    edition: int = 1
