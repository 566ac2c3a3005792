"""The scripted assessors and who confirms what they find: some elders are assessed while the months go by.

Each story of an assessment happens to one of them: signed at once, disputed and settled, returned, objected to and
assessed by others, found elsewhere, refused. The rest are signed at once, one level after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import insert, select

from adapters.database import patient, reading, writing
from adapters.sql_bodies import SqlBodies
from decisions.ability import items_of
from decisions.deadlines import civil_day
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
from models.messages import Reply
from models.tables import AssessmentRow, BodyAssessor, Note, Post, table_of
from models.values import Actor, ActorKind, Channel, NoteRef, Role
from policies import scales
from post.desk import LATER, Desk
from wiring import House

Story = Literal["signed", "disputed", "returned", "objected", "elsewhere", "refused"]
STORIES: tuple[Story, ...] = ("signed", "disputed", "returned", "objected", "elsewhere", "refused")
LOOK = 0.25
TOTALS = (90, 70, 50, 40, 20)  # one for each level
POSTS, ROUNDS, OF_BODY = table_of(Post), table_of(AssessmentRow), table_of(BodyAssessor)


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


def holders(house: House, role: Role) -> list[str]:
    with reading(house.engine) as connection:
        query = select(POSTS.c.holder_id).where(POSTS.c.role == role.value, POSTS.c.holder_id.is_not(None))
        return list(connection.execute(query.order_by(POSTS.c.id)).scalars())


class Assessments:
    """`officer_of`: who holds the post of a township's officer where an elder lives."""

    def __init__(self, house: House, desk: Desk, officer_of: Callable[[str], str]) -> None:
        self._house = house
        self._desk = desk
        self._officer_of = officer_of
        self._assessors = holders(house, Role.ASSESSOR)
        self._confirms = holders(house, Role.COUNTY_OFFICER)[0]
        self._body = body_of(house, self._assessors[0])
        self._scale = scales.load()
        self._number = 0

    async def of(self, elders: Sequence[str]) -> None:
        """One elder after the other, each in a story of their own while there are any."""
        for n, elder in enumerate(elders):
            story = STORIES[n] if n < len(STORIES) else "signed"
            await self._one(elder, story, TOTALS[n % len(TOTALS)])

    async def _one(self, elder: str, story: Story, total: int) -> None:
        officer, first, others = self._officer_of(elder), self._assessors[:2], self._assessors[2:4]
        if story == "elsewhere":
            result = ResultElsewhere(
                body_id=self._body, standard=self._scale.standard.code, assessed_on=self._today - timedelta(days=90),
                level=AbilityLevel.SEVERE, document=self._note("评估报告 示例第1号"),
            )  # fmt: skip
            await self._step(elder, RecordResult, officer, result=result)
            await self._step(elder, ConfirmLevel, self._confirms, level=AbilityLevel.SEVERE)
            return
        await self._step(elder, RequestAssessment, officer, trigger=Trigger.APPLICATION)
        await self._named(elder, *first)
        if story == "refused":
            await self._step(elder, RefuseAssessment, officer, note=self._note("老人说不用"))
            return
        if story == "returned":
            await self._sheet(elder, total, *first)
            await self._step(elder, ReturnSheet, self._confirms, note=self._note("与探访记录不符"))
        await self._sheet(elder, total, *first, disputed=story == "disputed")
        await self._confirmed(elder)
        if story == "objected":
            await self._step(elder, ObjectLevel, officer, note=self._note("家属认为偏轻"))
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
        settled = differs.model_copy(update={"settled": differs.first, "reason": self._note("当场再看一次")})
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
        today, told = self._today, self._note("示例：本人口述")
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
        """Raises RuntimeError for a step that is refused: the script asks for none."""
        self._number += 1
        action = kind.model_fields["kind"].default
        message = kind.model_validate(
            {
                "key": f"assess-{self._number:06d}", "actor": self._desk.actor(staff, action, elder),
                "channel": Channel.CONSOLE, "received_at": self._house.now(), **said,
            }
        )  # fmt: skip
        stream = assessment_stream(elder)
        reply: Reply | None = await self._desk.hand_in(stream, elder, message)
        while reply is None or reply.refusal == LATER:
            await asyncio.sleep(LOOK)
            reply = await asyncio.to_thread(self._house.ledger.reply_under, stream, message.key)
        if not reply.accepted:
            raise RuntimeError(f"{action} of {elder} was answered {reply.refusal}")

    @property
    def _today(self) -> date:
        return civil_day(self._house.now())

    @patient
    def _note(self, words: str) -> NoteRef:
        self._number += 1
        ref = NoteRef(id=f"note-assess-{self._number:06d}", sha256=sha256(words.encode()).hexdigest())
        with writing(self._house.engine) as connection:
            values = {"id": ref.id, "sha256": ref.sha256, "text_enc": self._house.sealer.seal(words)}
            connection.execute(insert(table_of(Note)).values(**values, written_at=self._house.now()))
        return ref
