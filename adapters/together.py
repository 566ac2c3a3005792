"""Calls from the event loop to the store: those that come while one is under way are made together.

One thread and one transaction serve them all, so a thousand cases that wake at once cost few commits and few threads.
That is for a store with one writer (SQLite). PostgreSQL has many, so there each call goes by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from adapters.sql_assessing import SqlAssessing
from adapters.sql_benefits import SqlBenefits
from adapters.sql_county import SqlCounty
from adapters.sql_directory import SqlDirectory
from adapters.sql_ledger import SqlLedger
from models.assessment_messages import AssessmentBriefing, AssessmentQuestion
from models.claim_messages import BenefitBriefing, BenefitQuestion
from models.county_messages import CountyBriefing, CountyQuestion
from models.events import RecordReply, RecordRequest, StreamPage
from models.messages import BriefingQuestion, Owner, OwnerQuestion, PeriodBriefing, StreamQuestion

Q = TypeVar("Q")
R = TypeVar("R")
LANES = 6  # writers of one process at once on PostgreSQL: more get in each other's way (SERIALIZABLE)
AT_ONCE = 64  # one call's share of the 4 s a store call has stays small


class Together(Generic[Q, R]):
    """`call_all(questions)` answers each question with a result or with the error that is its own."""

    def __init__(self, call_all: Callable[[Sequence[Q]], Sequence[R | BaseException]], *, one_writer: bool) -> None:
        """`one_writer`: the store's (SQLite). Where it has many, each call goes by itself, a few at once."""
        self._call_all = call_all
        self._one_writer = one_writer
        self._lanes = asyncio.Semaphore(LANES)
        self._waiting: list[tuple[Q, asyncio.Future[R]]] = []
        self._carrying: asyncio.Task[None] | None = None

    async def __call__(self, question: Q) -> R:
        if not self._one_writer:
            return await self._alone(question)
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._carrying is None or self._carrying.done():
            self._carrying = asyncio.create_task(self._carry())
        return await answer

    async def _alone(self, question: Q) -> R:
        async with self._lanes:
            [outcome] = await asyncio.to_thread(self._ask, [question])
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def _carry(self) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            now = [(question, answer) for question, answer in now if not answer.done()]  # nobody waits for these
            try:
                outcomes = await asyncio.to_thread(self._ask, [question for question, _ in now])
            except BaseException as error:
                for _, answer in now:
                    if not answer.done():
                        answer.set_exception(error)
                if isinstance(error, asyncio.CancelledError):
                    raise
                continue
            for (_, answer), outcome in zip(now, outcomes, strict=True):
                if answer.done():  # its caller was cancelled meanwhile; what was written stays, and is found again
                    continue
                if isinstance(outcome, BaseException):
                    answer.set_exception(outcome)
                else:
                    answer.set_result(outcome)

    def _ask(self, questions: list[Q]) -> Sequence[R | BaseException]:
        try:
            return self._call_all(questions)
        except BaseException as error:  # noqa: BLE001 — it belongs to every caller, and is raised to each
            return [error] * len(questions)


class LedgerFront:
    """Fulfils `activities.ports.Ledger`."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger
        self._record = Together[RecordRequest, RecordReply](ledger.record_all, one_writer=ledger.one_writer)

    async def record(self, request: RecordRequest) -> RecordReply:
        return await self._record(request)

    async def events_after(self, question: StreamQuestion) -> StreamPage:
        return await asyncio.to_thread(self._ledger.events_after, question)


class DirectoryFront:
    """Fulfils `activities.ports.Directory`."""

    def __init__(
        self, directory: SqlDirectory, assessing: SqlAssessing, benefits: SqlBenefits, county: SqlCounty
    ) -> None:
        self._directory = directory
        self._assessing = assessing
        self._benefits = benefits
        self._county = county
        self._brief = Together[BriefingQuestion, PeriodBriefing](directory.brief_all, one_writer=directory.one_writer)

    async def brief(self, question: BriefingQuestion) -> PeriodBriefing:
        return await self._brief(question)

    async def assess(self, question: AssessmentQuestion) -> AssessmentBriefing:
        return await asyncio.to_thread(self._assessing.brief, question)

    async def benefits(self, question: BenefitQuestion) -> BenefitBriefing:
        return await asyncio.to_thread(self._benefits.brief, question)

    async def county(self, question: CountyQuestion) -> CountyBriefing:
        return await asyncio.to_thread(self._county.brief, question)

    async def owner(self, question: OwnerQuestion) -> Owner | None:
        return await asyncio.to_thread(self._directory.owner, question)
