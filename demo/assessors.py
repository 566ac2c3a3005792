"""The scripted assessors and who confirms what they find: some elders are assessed while the months go by.

Each story of an assessment happens to one of them: signed at once, disputed and settled, returned, objected to and
assessed by others, found elsewhere, refused. The rest are signed at once, one level after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import select

from adapters.database import reading
from adapters.sql_bodies import SqlBodies
from decisions.ability import items_of
from demo.counter import Counter, holders
from models.ability import AbilityAnswers, AbilityLevel
from models.assessment import (
    AbilitySheet,
    AssessmentReason,
    Assessor,
    Consent,
    ConsentBy,
    ConsentHow,
    Disputed,
    InformationProvider,
    Place,
    PlaceKind,
    Relation,
    ResultElsewhere,
    Trigger,
)
from models.assessment_messages import (
    ConfirmLevel,
    ConfirmSheet,
    NameAssessors,
    ObjectLevel,
    RecordResult,
    RefuseAssessment,
    RequestAssessment,
    ReturnSheet,
    SettleSheet,
    SubmitSheet,
)
from models.ids import assessment_stream, county_area
from models.tables import AssessmentRow, BodyAssessor, table_of
from models.values import Actor, ActorKind, Role
from policies import scales
from post.desk import Desk
from wiring import House

Story = Literal["signed", "disputed", "returned", "objected", "elsewhere", "refused"]
STORIES: tuple[Story, ...] = ("signed", "disputed", "returned", "objected", "elsewhere", "refused")
TOTALS = (90, 70, 50, 40, 20)  # one for each level
ROUNDS, OF_BODY = table_of(AssessmentRow), table_of(BodyAssessor)


def settle_in(house: House, since: date) -> None:
    """One registered body with everybody who holds an assessor's post."""
    bodies = SqlBodies(house.engine, house.sealer)
    by = Actor(id="demo", kind=ActorKind.STAFF, role=Role.ADMIN)
    body = bodies.add(county_area(house.settings.county), "示例评估中心", "示例登记0001", since, by, house.now())
    for who in holders(house, Role.ASSESSOR):
        bodies.take_on(body, who, since, by, house.now())


def body_of(house: House, assessor: str) -> str:
    with reading(house.engine) as connection:
        return connection.execute(select(OF_BODY.c.body_id).where(OF_BODY.c.staff_id == assessor)).scalar_one()


class Assessments:
    """`officer_of`: who holds the post of a township's officer where an elder lives."""

    def __init__(self, house: House, desk: Desk, officer_of: Callable[[str], str]) -> None:
        self._house = house
        self._counter = Counter(house, desk, "assess")
        self._officer_of = officer_of
        self._assessors = holders(house, Role.ASSESSOR)
        self._confirms = holders(house, Role.COUNTY_OFFICER)[0]
        self._body = body_of(house, self._assessors[0])
        self._scale = scales.load()

    async def of(self, elders: Sequence[str]) -> None:
        """One elder after the other, each in a story of their own while there are any."""
        for n, elder in enumerate(elders):
            story = STORIES[n] if n < len(STORIES) else "signed"
            await self.one(elder, story, TOTALS[n % len(TOTALS)])

    async def one(self, elder: str, story: Story, total: int) -> None:
        officer, first, others = self._officer_of(elder), self._assessors[:2], self._assessors[2:4]
        if story == "elsewhere":
            result = ResultElsewhere(
                body_id=self._body, standard=self._scale.standard.code, level=AbilityLevel.SEVERE,
                assessed_on=self._counter.today - timedelta(days=90), document=self._counter.note("评估报告 示例第1号"),
            )  # fmt: skip
            await self._step(elder, RecordResult, officer, result=result)
            await self._step(elder, ConfirmLevel, self._confirms, level=AbilityLevel.SEVERE)
            return
        await self._step(elder, RequestAssessment, officer, trigger=Trigger.APPLICATION)
        await self._named(elder, *first)
        if story == "refused":
            await self._step(elder, RefuseAssessment, officer, note=self._counter.note("老人说不用"))
            return
        if story == "returned":
            await self._sheet(elder, total, *first)
            await self._step(elder, ReturnSheet, self._confirms, note=self._counter.note("与探访记录不符"))
        await self._sheet(elder, total, *first, disputed=story == "disputed")
        await self._confirmed(elder)
        if story == "objected":
            await self._step(elder, ObjectLevel, officer, note=self._counter.note("家属认为偏轻"))
            await self._named(elder, *others)
            await self._sheet(elder, total, *others)
            await self._confirmed(elder)

    async def _named(self, elder: str, first: str, second: str) -> None:
        await self._step(elder, NameAssessors, self._officer_of(elder), first=first, second=second)

    async def _sheet(self, elder: str, total: int, first: str, second: str, *, disputed: bool = False) -> None:
        """Entered by the first, signed by the second; an item in dispute is settled as the first had it."""
        sheet = self._filled(total, first, second)
        await self._step(elder, SubmitSheet, first, sheet=sheet)
        if not disputed:
            await self._step(elder, ConfirmSheet, second)
            return
        item, points = next((item, points) for item, points in sheet.answers.scores.items() if points)
        differs = Disputed(item=item, first=int(points), second=int(points) - 1)
        await self._step(elder, ConfirmSheet, second, disputed=(differs,))
        settled = differs.model_copy(update={"settled": differs.first, "reason": self._counter.note("当场再看一次")})
        await self._step(elder, SettleSheet, first, settled=(settled,))

    async def _confirmed(self, elder: str) -> None:
        """As it is proposed, by somebody who did not assess."""
        with reading(self._house.engine) as connection:
            newest = select(ROUNDS.c.proposed).where(ROUNDS.c.elder_id == elder).order_by(ROUNDS.c.round.desc())
            level = AbilityLevel(connection.execute(newest.limit(1)).scalar_one())
        await self._step(elder, ConfirmLevel, self._confirms, level=level)

    def _filled(self, total: int, first: str, second: str) -> AbilitySheet:
        """Items at their maximum from the first on, until the total is reached."""
        scores: dict[str, int | float] = {}
        for item in items_of(self._scale):
            scores[item.code] = min(item.max, total)
            total -= min(item.max, total)
        today, told = self._counter.today, self._counter.note("示例：本人口述")
        return AbilitySheet(
            reason=AssessmentReason.FIRST,
            place=Place(kind=PlaceKind.HOME),
            provider=InformationProvider(relation=Relation.SELF, signed_on=today),
            consent=Consent(
                by=ConsentBy.ELDER, how=ConsentHow.FINGERPRINT, given_on=today, notice_version="demo", document=told
            ),
            assessors=(
                Assessor(staff_id=first, body_id=self._body, signed_on=today),
                Assessor(staff_id=second, body_id=self._body),
            ),
            answers=AbilityAnswers(assessed_on=today, scores=scores, coma=False, diagnoses=(), events=()),
        )

    async def _step(self, elder: str, kind: type[Any], staff: str, **said: Any) -> None:
        await self._counter.step(assessment_stream(elder), elder, kind, staff, **said)
