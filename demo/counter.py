"""The counter at which the scripted officials hand in their steps: the typed updates of the command line, answered."""

from __future__ import annotations

import asyncio
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select

from adapters.database import patient, reading, writing
from decisions.deadlines import civil_day
from models.ids import county_stream
from models.letters import AnyMessage
from models.messages import Reply
from models.tables import Note, Post, table_of
from models.values import Actor, Channel, NoteRef, Role
from post.desk import LATER, Desk, Keep
from wiring import House

LOOK = 0.25
POSTS = table_of(Post)


def holders(house: House, role: Role) -> list[str]:
    with reading(house.engine) as connection:
        query = select(POSTS.c.holder_id).where(POSTS.c.role == role.value, POSTS.c.holder_id.is_not(None))
        return list(connection.execute(query.order_by(POSTS.c.id)).scalars())


class Counter:
    """`name` begins every key: two counters never give the same one."""

    def __init__(self, house: House, desk: Desk, name: str) -> None:
        self.house = house
        self._desk = desk
        self._name = name
        self._number = 0

    @property
    def today(self) -> date:
        return civil_day(self.house.now())

    async def step(
        self, stream: str, elder: str, kind: type[Any], staff: str, *,
        action: str | None = None, keep: Keep | None = None, **said: Any,
    ) -> None:  # fmt: skip
        """One step about an elder, permitted as `action` if it is not called as its message is.

        `keep`: as for `Desk.hand_in`. Raises RuntimeError for a step that is refused: the script asks for none.
        """
        actor = self._desk.actor(staff, action or _name(kind), elder)
        await self._hand_in(stream, elder, self._message(kind, actor, said), keep)

    async def of_county(self, kind: type[Any], staff: str, **said: Any) -> None:
        """One about the county's months."""
        places = self.house.desk_store.place_of_area(self.house.home)
        actor = self._desk.actor_over(staff, _name(kind), "", places)
        await self._hand_in(county_stream(self.house.home), None, self._message(kind, actor, said))

    def _message(self, kind: type[Any], actor: Actor, said: dict[str, Any]) -> AnyMessage:
        self._number += 1
        head = {"key": f"{self._name}-{self._number:06d}", "actor": actor, "channel": Channel.CONSOLE}
        return kind.model_validate({**head, "received_at": self.house.now(), **said})

    async def _hand_in(self, stream: str, elder: str | None, message: AnyMessage, keep: Keep | None = None) -> None:
        reply: Reply | None = await self._desk.hand_in(stream, elder, message, keep)
        while reply is None or reply.refusal == LATER:
            await asyncio.sleep(LOOK)
            reply = await asyncio.to_thread(self.house.ledger.reply_under, stream, message.key)
        if not reply.accepted:
            raise RuntimeError(f"{message.kind} in {stream} was answered {reply.refusal}")

    @patient
    def note(self, words: str) -> NoteRef:
        self._number += 1
        ref = NoteRef(id=f"note-{self._name}-{self._number:06d}", sha256=sha256(words.encode()).hexdigest())
        with writing(self.house.engine) as connection:
            values = {"id": ref.id, "sha256": ref.sha256, "text_enc": self.house.sealer.seal(words)}
            connection.execute(insert(table_of(Note)).values(**values, written_at=self.house.now()))
        return ref


def _name(kind: type[Any]) -> str:
    return kind.model_fields["kind"].default
