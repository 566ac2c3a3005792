"""Effects as rows: a text to a person, an update to a workflow, the start of one, an item on a worklist.

A letter is written in the transaction of the event that causes it, and carried by `post/` until it is answered.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from models.assessment_messages import AssessmentMessage
from models.claim_messages import BenefitMessage
from models.county_messages import CountyMessage
from models.events import EscalationOpened
from models.messages import CaseMessage, EscalationMessage
from models.policy import PolicySlice
from models.values import Id, Role, Value, added


class TextClass(StrEnum):
    """`SIGN_IN`: a code that its recipient has just asked for, worth nothing minutes later."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    SIGN_IN = "sign_in"


AT_ONCE = (TextClass.URGENT, TextClass.SIGN_IN)
"""Of these a text waits for no slot and no morning, and no day's cap holds it back."""


class TextLetter(Value):
    """One line of a text to one person. Lines of one recipient are gathered into a digest.

    `template` and `params` are of `decisions.wording`; params hold ids and codes only: names are filled in from the
    register when the digest is built. `cause_visit_id`, `cause_escalation_id`, `cause_stage`, `cause_claim`,
    `cause_list`: if that is over, the letter is cancelled when it is claimed.
    """

    kind: Literal["text"] = "text"
    recipient_id: Id
    recipient_kind: Literal["volunteer", "staff"]
    template: str
    params: dict[str, str] = Field(default_factory=dict)
    elder_id: Id | None = None
    text_class: TextClass = TextClass.ORDINARY
    wait_for_slot: bool = True
    send_by: AwareDatetime | None = None
    cause_visit_id: Id | None = None
    cause_escalation_id: Id | None = None
    cause_volunteer_id: Id | None = None
    cause_stage: Id | None = added(None)  # of the elder's assessment, `<round>/<stage>`
    cause_claim: Id | None = added(None)  # of a benefit of the elder, `<code>/<stage>`
    cause_list: Id | None = added(None)  # of a county's payment list, `<county>/<month>/<stage>`
    is_confirmation: bool = False
    in_burst: bool = False  # gathered with what else comes within one burst, instead of waiting for the slot


AnyMessage = CaseMessage | EscalationMessage | AssessmentMessage | BenefitMessage | CountyMessage


class UpdateLetter(Value):
    """A message to a case, an escalation, assessments, benefits; or to a county's months, which are about no elder.

    The letter's id is the update id.
    """

    kind: Literal["update"] = "update"
    workflow_id: Id
    elder_id: Id | None
    message: Annotated[AnyMessage, Field(discriminator="kind")]


class StartEscalation(Value):
    kind: Literal["start_escalation"] = "start_escalation"
    workflow_id: Id
    elder_id: Id
    county_id: Id
    opened: EscalationOpened
    policy: PolicySlice
    edition: int = added(1)


class StartCase(Value):
    kind: Literal["start_case"] = "start_case"
    workflow_id: Id
    elder_id: Id
    county_id: Id
    township_id: Id


class StartAssessment(Value):
    """Assessments begin with a message; by a letter of their own they only go on, after the engine was lost."""

    kind: Literal["start_assessment"] = "start_assessment"
    workflow_id: Id
    elder_id: Id
    county_id: Id
    township_id: Id


class StartBenefits(Value):
    """Benefits begin with a message; by a letter of their own they only go on, after the engine was lost."""

    kind: Literal["start_benefits"] = "start_benefits"
    workflow_id: Id
    elder_id: Id
    county_id: Id
    township_id: Id


class StartCounty(Value):
    """A county's months begin when its pack is active, and go on."""

    kind: Literal["start_county"] = "start_county"
    workflow_id: Id
    county_id: Id


class StartDigest(Value):
    kind: Literal["start_digest"] = "start_digest"
    digest_id: Id


Item = Literal[
    "call_by_phone",
    "unclear_reply",
    "unknown_phone",
    "undeliverable",
    "confirm_suspension",
    "follow_up",
    "dead_letter",
    "step_refused",
    "off_list",
    "category_lost",
    "out_of_group",
    "closed_on_list",
    "texts_held",
    "name_assessors",
    "confirm_level",
    "await_papers",
    "check_benefit",
    "post_notice",
    "recheck_benefit",
    "approve_benefit",
    "tell_decision",
    "change_benefit",
    "review_benefit",
    "pay_list",
]


class WorkItem(Value):
    """A task for a person that no ladder carries: call by phone, read an unclear text, follow up a need.

    `county_id`: whose county's task it is, known even where elder and township are not.
    """

    kind: Literal["work_item"] = "work_item"
    item: Item
    county_id: Id | None
    elder_id: Id | None = None
    township_id: Id | None = None
    role: Role = Role.TOWNSHIP_OFFICER
    due_at: AwareDatetime
    about: str = Field(default="", max_length=120)


class EndItems(Value):
    """What was put before a person about this elder, of these kinds, has nothing left to do. `about`: of this only.

    `elder_id` None: what is before the people of a county about no elder.
    """

    kind: Literal["end_items"] = "end_items"
    elder_id: Id | None
    county_id: Id | None = added(None)
    items: tuple[Item, ...]
    closed_by: Id
    reason: Literal["suspension_confirmed", "case_closed", "assessed", "decided"]
    about: str | None = added(None)


Letter = Annotated[
    TextLetter
    | UpdateLetter
    | StartEscalation
    | StartCase
    | StartAssessment
    | StartBenefits
    | StartCounty
    | StartDigest
    | WorkItem
    | EndItems,
    Field(discriminator="kind"),
]
LETTER: TypeAdapter[Letter] = TypeAdapter(Letter)
