"""What the activities need from the outside, as Protocols. Adapters fulfil them; `wiring` brings both together."""

from __future__ import annotations

from typing import Protocol

from models.assessment_messages import AssessmentBriefing, AssessmentQuestion
from models.claim_messages import BenefitBriefing, BenefitQuestion
from models.county_messages import CountyBriefing, CountyQuestion
from models.events import RecordReply, RecordRequest, StreamPage
from models.messages import BriefingQuestion, Owner, OwnerQuestion, PeriodBriefing, StreamQuestion
from models.texts import SendOrder, SendOutcome


class Ledger(Protocol):
    """The commit point. Every method raises on a store that is away; the workflow then waits."""

    async def record(self, request: RecordRequest) -> RecordReply: ...

    async def events_after(self, question: StreamQuestion) -> StreamPage: ...


class Directory(Protocol):
    """Who is who and who stands in for whom, on a day; and the county's rules in force that day."""

    async def brief(self, question: BriefingQuestion) -> PeriodBriefing: ...

    async def assess(self, question: AssessmentQuestion) -> AssessmentBriefing: ...

    async def benefits(self, question: BenefitQuestion) -> BenefitBriefing: ...

    async def county(self, question: CountyQuestion) -> CountyBriefing: ...

    async def owner(self, question: OwnerQuestion) -> Owner | None: ...


class Texts(Protocol):
    """One provider of texts. Idempotent by digest id: an order already accepted is not sent again."""

    def send(self, order: SendOrder) -> SendOutcome: ...

    def settle(self, order: SendOrder) -> SendOutcome: ...
