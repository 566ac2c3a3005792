"""What every step of staff begins with, whichever door it comes through: who, when, and their words by reference.

Whom a message names is looked at before anything is written; what was typed is kept sealed first, and the message holds
its id and hash.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from models.errors import Unfit
from models.letters import AnyMessage
from models.messages import Reply
from models.values import Actor, Channel, NoteRef
from post.desk import Desk
from post.ports import StepLog


class CounterStore(StepLog, Protocol):
    def keep_note(self, text: str, now: datetime) -> NoteRef: ...

    def answer_to(self, letter_id: str) -> Reply | None: ...


class NotFit(Exception):
    """A person whom a step names cannot be the one. `unfit` says why, in a word people have a sentence for."""

    def __init__(self, person_id: str, unfit: Unfit) -> None:
        super().__init__(f"{person_id} {unfit.value}")
        self.person_id = person_id
        self.unfit = unfit


def new_key() -> str:
    return f"step-{uuid.uuid4().hex}"


class Counter:
    def __init__(self, desk: Desk, store: CounterStore, now: Callable[[], datetime]) -> None:
        self.desk = desk
        self._store = store
        self._now = now

    def head(
        self, staff: str, action: str, elder_id: str, note: str | None, channel: Channel,
        visitor: str | None = None, named: Mapping[str, Unfit | None] | None = None, key: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What every message begins with: key, who, through what, when, and the note by reference. Raises Refused.

        `visitor`: on whose behalf it is entered, where that is somebody else. `named`: the persons the message names,
        each with why they cannot be the one. Raises NotFit for the first, before anything is written. `key`: of a form
        that was given one when it was made (`answered`).
        """
        actor = self.desk.actor(staff, action, elder_id)
        for person_id, unfit in (named or {}).items():
            if unfit is not None:
                raise NotFit(person_id, unfit)
        if visitor is not None and visitor != staff:
            actor = actor.model_copy(update={"on_behalf_of": visitor})
        return self.begun(actor, note, channel, key)

    def begun(self, actor: Actor, note: str | None, channel: Channel, key: str | None = None) -> dict[str, Any]:
        """The same of a step whose actor is permitted already."""
        return {
            "key": key or new_key(),
            "actor": actor,
            "channel": channel,
            "received_at": self._now(),
            "note": self.keep_note(note) if note else None,
        }

    def seen(self, actor: Actor, action: str, subject_id: str, answer: str = "read") -> None:
        """A reading kept as a step of its own, before anything is shown. `answer`: why, where that was asked."""
        self._kept("read", actor, action, subject_id, answer, accepted=True)

    def done(self, actor: Actor, action: str, subject_id: str, answer: str, *, accepted: bool = True) -> None:
        """A step that is no message to anybody, and what came of it."""
        self._kept("step", actor, action, subject_id, answer, accepted=accepted)

    def _kept(self, kind: str, actor: Actor, action: str, subject_id: str, answer: str, *, accepted: bool) -> None:
        role, step = actor.role.value if actor.role else "", f"{kind}-{uuid.uuid4().hex}"
        self._store.log_step(step, actor.id, role, action, subject_id, accepted, answer, self._now())

    def seen_not(self, actor: Actor, action: str, subject_id: str, why: str) -> None:
        """A reading that was asked for and refused."""
        self._kept("read", actor, action, subject_id, why, accepted=False)

    def answered(self, key: str) -> Reply | None:
        """What a step of this key was answered: sent once more it is the same step. None: there is none yet."""
        return self._store.answer_to(key)

    def keep_note(self, text: str) -> NoteRef:
        return self._store.keep_note(text, self._now())

    async def hand_in(
        self, workflow_id: str, elder_id: str | None, kind: type[AnyMessage], **values: Any
    ) -> Reply:  # fmt: skip
        return await self.desk.hand_in(workflow_id, elder_id, kind.model_validate(values))
