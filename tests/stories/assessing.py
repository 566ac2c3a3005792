"""Four assessors of one registered body in the county of `world`, and the steps of an assessment as the counter takes
them in: permitted, kept, delivered, answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from adapters.database import reading, writing
from decisions.deadlines import civil_day
from models.assessment import AbilitySheet, Assessor
from models.ids import assessment_stream
from models.messages import Reply
from models.tables import AssessingBody, AssessmentRow, BodyAssessor, LevelRow, Post, Staff, table_of
from models.values import Channel, NoteRef, Role
from tests.decisions.assessment_player import sheet
from tests.stories.world import COUNTY, World

ASSESSORS = ("A-1", "A-2", "A-3", "A-4")
ASSESSOR_PHONES = {who: f"+861920000009{n}" for n, who in enumerate(ASSESSORS)}
TOWNSHIP, COUNTY_OFFICER = f"S-{Role.TOWNSHIP_OFFICER.value}", f"S-{Role.COUNTY_OFFICER.value}"
SINCE = date(2020, 1, 1)
ROUNDS, LEVELS = table_of(AssessmentRow), table_of(LevelRow)
NOTE = NoteRef(id="note-1", sha256="0" * 64)


def settle_in(world: World) -> None:
    """The body and its people are in the register."""
    seal, index = world.house.sealer.seal, world.house.sealer.index
    with writing(world.house.engine) as c:
        c.execute(
            insert(table_of(AssessingBody)).values(
                id="B1", county_id=COUNTY, name="示例评估中心", registered_as="示例登记0001", from_on=SINCE
            )
        )
        for who, phone in ASSESSOR_PHONES.items():
            c.execute(
                insert(table_of(Staff)).values(
                    id=who, county_id=COUNTY, name_enc=seal("郑示戊"), phone_enc=seal(phone),
                    phone_index=index("phone", phone),
                )
            )  # fmt: skip
            post = {"id": f"P-{who}", "role": Role.ASSESSOR.value, "area_id": COUNTY, "holder_id": who}
            c.execute(insert(table_of(Post)).values(post))
            c.execute(insert(table_of(BodyAssessor)).values(staff_id=who, body_id="B1", from_on=SINCE))


class Counter:
    """Hands in one step of a person about one elder, in the order they are called; to the stream that it is for."""

    def __init__(self, world: World, elder: str = "E1", stream: Callable[[str], str] = assessment_stream) -> None:
        self._world = world
        self._desk = world.house.desk(world.client)
        self._elder = elder
        self._stream = stream(elder)
        self._steps = 0

    async def step(self, kind: type[Any], staff: str, **said: Any) -> str:
        """What was recorded, or why not."""
        self._steps += 1
        action = kind.model_fields["kind"].default
        head = {
            "key": f"step-{self._stream}-{self._steps}", "actor": self._desk.actor(staff, action, self._elder),
            "channel": Channel.CONSOLE, "received_at": self._world.clock,
        }  # fmt: skip
        message = kind.model_validate({**head, **said})
        reply: Reply = await self._desk.hand_in(self._stream, self._elder, message)
        await self._world.settle()
        return reply.refusal or " ".join(reply.recorded)

    def sheet(self, total: int, first: str = "A-1", second: str = "A-2") -> AbilitySheet:
        """Of today, signed by the first."""
        today = civil_day(self._world.clock)
        by = (Assessor(staff_id=first, body_id="B1", signed_on=today), Assessor(staff_id=second, body_id="B1"))
        return sheet(today, total).model_copy(update={"assessors": by})


def rounds(world: World, elder: str = "E1") -> list[Any]:
    with reading(world.house.engine) as connection:
        return list(connection.execute(select(ROUNDS).where(ROUNDS.c.elder_id == elder).order_by(ROUNDS.c.round)))


def level(world: World, elder: str = "E1") -> Any:
    with reading(world.house.engine) as connection:
        return connection.execute(select(LEVELS).where(LEVELS.c.elder_id == elder)).one_or_none()
