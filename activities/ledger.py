"""The two things a case does to the world: record what was decided, and look up what a decision needs."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.ports import Directory, Ledger
from models.assessment_messages import AssessmentBriefing, AssessmentQuestion
from models.claim_messages import BenefitBriefing, BenefitQuestion
from models.county_messages import CountyBriefing, CountyQuestion
from models.errors import Fault
from models.events import RecordReply, RecordRequest, StreamPage
from models.messages import BriefingQuestion, Owner, OwnerQuestion, PeriodBriefing, StreamQuestion


class LedgerActivities:
    """Each method is idempotent: it may run again after a crash and must answer the same."""

    def __init__(self, ledger: Ledger, directory: Directory) -> None:
        self._ledger = ledger
        self._directory = directory

    @activity.defn
    async def record(self, request: RecordRequest) -> RecordReply:
        return await self._ledger.record(request)

    @activity.defn
    async def events_after(self, question: StreamQuestion) -> StreamPage:
        return await self._ledger.events_after(question)

    @activity.defn
    async def brief(self, question: BriefingQuestion) -> PeriodBriefing:
        return await self._directory.brief(question)

    @activity.defn
    async def assess(self, question: AssessmentQuestion) -> AssessmentBriefing:
        return await self._directory.assess(question)

    @activity.defn
    async def benefits(self, question: BenefitQuestion) -> BenefitBriefing:
        return await self._directory.benefits(question)

    @activity.defn
    async def county(self, question: CountyQuestion) -> CountyBriefing:
        return await self._directory.county(question)

    @activity.defn
    async def owner(self, question: OwnerQuestion) -> Owner:
        """The owner of a rung. Nobody at all on the ladder is a fault of the register: tried again until mended."""
        found = await self._directory.owner(question)
        if found is None:
            raise ApplicationError(f"no post on the ladder is held in {question.village_id}", type=Fault.NO_OWNER)
        return found
