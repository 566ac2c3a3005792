"""The counter where staff hand in a step: checked against role and territory, kept, delivered, answered.

What is handed in is a letter first, so nothing acknowledged is lost: if the case cannot answer now, or the store goes
away once the step is kept, the answer is `later` and dispatch goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import structlog

from decisions.permits import HeldPost, Territory, permit, permit_over
from models.errors import Refusal
from models.letters import AnyMessage, UpdateLetter
from models.messages import Reply
from models.values import Actor, ActorKind, Role
from post.dispatch import ended, place
from post.gateway import Fate, Gateway
from post.ports import LATER, Keep, StepLog

# A command's stdout is its answer, and a command configures no logs.
log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))


class DeskStore(StepLog, Protocol):
    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]: ...

    def knows_staff(self, staff_id: str) -> bool: ...

    def territory_of(self, elder_id: str) -> Territory | None: ...

    def hand_in(self, letter_id: str, letter: UpdateLetter, now: datetime) -> None: ...

    def settle(
        self, letter_id: str, now: datetime, state: str, why: str | None = None, reply: str | None = None
    ) -> None: ...

    def leave(self, letter_id: str) -> None: ...


class Sort(StrEnum):
    """What an id may be meant to name."""

    STAFF = "staff"
    ELDER = "elder"
    VOLUNTEER = "volunteer"
    POST = "post"
    ESCALATION = "escalation"


class Unknown(Exception):
    """There is none of this id: a slip of the pen, no refusal."""

    def __init__(self, sort: Sort, id_: str) -> None:
        super().__init__(f"{sort.value} {id_}")
        self.sort = sort
        self.id = id_


class Refused(Exception):
    """They may not. `refusal` says why, in a word the console has a sentence for."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Desk:
    def __init__(self, store: DeskStore, gateway: Gateway | None, now: Callable[[], datetime]) -> None:
        self._store = store
        self._gateway = gateway
        self._now = now

    def actor(self, staff_id: str, action: str, elder_id: str | None) -> Actor:
        """Who acts, under which role; `elder_id` None: the step is not about one place. Raises Refused or Unknown."""
        if elder_id is None:
            answer = permit(action, self._store.posts_of(staff_id, self._now()), None)
            return self._permitted(staff_id, action, "", answer)
        territory = self._store.territory_of(elder_id)
        places = (territory,) if territory else ()
        return self.actor_over(staff_id, action, elder_id, places, Unknown(Sort.ELDER, elder_id))

    def actor_over(
        self, staff_id: str, action: str, subject_id: str, places: tuple[Territory, ...], nobody: Unknown | None = None
    ) -> Actor:
        """The same for a step about a person, post or item: every place it touches must be theirs. Raises Refused.

        No place at all is nobody's; `nobody` is raised then, to whom might ask it elsewhere.
        """
        answer = permit_over(action, self._store.posts_of(staff_id, self._now()), places)
        return self._permitted(staff_id, action, subject_id, answer, None if places else nobody)

    def actor_among(self, staff_id: str, action: str, subject_id: str, places: tuple[Territory, ...]) -> Actor:
        """The same for a reading to which one place of several is enough. Raises Refused; without a place, always."""
        posts = self._store.posts_of(staff_id, self._now())
        answers = [permit(action, posts, at) for at in places] or [permit_over(action, posts, ())]
        allowed = [answer for answer in answers if not isinstance(answer, Refusal)]
        return self._permitted(staff_id, action, subject_id, (allowed or answers)[0])

    def _permitted(
        self, staff_id: str, action: str, subject_id: str, answer: Role | Refusal, nobody: Unknown | None = None
    ) -> Actor:
        if not isinstance(answer, Refusal):
            return Actor(id=staff_id, kind=ActorKind.STAFF, role=answer)
        unknown = nobody if answer is Refusal.OTHER_TERRITORY else None
        if answer is Refusal.WRONG_ROLE and not self._store.knows_staff(staff_id):
            unknown = Unknown(Sort.STAFF, staff_id)
        said = "unknown" if unknown else answer.value
        self._log(f"{action}-{uuid.uuid4().hex}", staff_id, "", action, subject_id, False, said)
        raise unknown or Refused(answer)

    async def hand_in(
        self, workflow_id: str, elder_id: str | None, message: AnyMessage, keep: Keep | None = None
    ) -> Reply:  # fmt: skip
        """Keep the step, deliver it, answer what was recorded. `refusal="later"` = kept, not yet heard.

        `elder_id` None: it is about none. `keep`: where more is kept with it than its letter. Raises only while the
        step is not kept.
        """
        letter = UpdateLetter(workflow_id=workflow_id, elder_id=elder_id, message=message)
        await asyncio.to_thread(keep or self._store.hand_in, message.key, letter, self._now())
        try:
            reply = await self._deliver(letter)
        except Exception as error:  # noqa: BLE001 — it is kept, and dispatch meets whatever this was, with its own alarm
            log.warning("step_waits", step_id=message.key, error=type(error).__name__, where=place(error))
            reply = Reply(key=message.key, accepted=False, refusal=LATER)
        actor = message.actor
        role = actor.role.value if actor.role else ""
        self._log(message.key, actor.id, role, message.kind, workflow_id, reply.accepted, reply.refusal or "recorded")
        if reply.refusal == LATER:
            await self._leave(message.key)
        return reply

    async def _leave(self, key: str) -> None:
        """Dispatch may take it up at once; without a store it does when the counter's time with it is over."""
        with contextlib.suppress(Exception):
            await asyncio.to_thread(self._store.leave, key)

    async def _deliver(self, letter: UpdateLetter) -> Reply:
        key = letter.message.key
        if self._gateway is None:
            return Reply(key=key, accepted=False, refusal=LATER)
        delivered = await self._gateway.deliver(letter)
        if delivered.fate is Fate.ANSWERED and delivered.reply is not None:
            answer = delivered.reply
            await asyncio.to_thread(self._store.settle, key, self._now(), "delivered", None, answer.model_dump_json())
            return answer
        if delivered.fate is Fate.GONE:
            why = ended(letter)
            await asyncio.to_thread(self._store.settle, key, self._now(), "delivered", why, None)
            return Reply(key=key, accepted=False, refusal=why)
        return Reply(key=key, accepted=False, refusal=LATER)

    def _log(
        self, step_id: str, staff_id: str, role: str, action: str, subject: str, accepted: bool, answer: str
    ) -> None:
        """A step's line in the log of commands; without a store the answer stands all the same."""
        try:
            self._store.log_step(step_id, staff_id, role, action, subject, accepted, answer, self._now())
        except Exception as error:  # noqa: BLE001 — whatever keeps the line from being written, the step was answered
            log.error("step_not_logged", step_id=step_id, answer=answer, error=type(error).__name__, where=place(error))
