"""The page of one visit: who holds its link sees the door, and what they send is a letter to the case, kept first.

What is shown is a reading of personal data and is kept as one; a link that is not theirs any more shows nothing.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import NamedTuple, Protocol

from decisions.answering_page import (
    contradicts,
    danger_key,
    enclosed_of,
    key_of,
    left_of,
    messages_of,
    not_kept,
)
from models.accounts import TurnedAway
from models.errors import Refusal
from models.ids import case_stream
from models.letters import UpdateLetter
from models.messages import Reply
from models.values import NoteRef, Role
from models.visiting import (
    NOTHING,
    Beside,
    Enclosure,
    EnclosureKind,
    Left,
    TaskShown,
    Ticked,
    VisitTask,
    Ways,
)
from post.counter import CounterStore
from post.desk import LATER, Desk

SEEN_ACTION = "visit_page"


class VisitLinks(Protocol):
    def task_of(self, token: str, now: datetime) -> VisitTask | None: ...

    def by_code(self, said: str, client: str, now: datetime) -> VisitTask | TurnedAway: ...

    def shown(self, task: VisitTask, now: datetime) -> TaskShown | None: ...

    def next_of(self, task: VisitTask, now: datetime) -> VisitTask | None: ...

    def path_of(self, task: VisitTask) -> str: ...

    def of_elder(self, elder_id: str, now: datetime) -> list[Ways]: ...

    def of_volunteer(self, volunteer_id: str, now: datetime) -> list[Ways]: ...

    def note_of(self, key: str, words: str) -> NoteRef: ...

    def enclosures(self, key: str, beside: Beside) -> list[Enclosure]: ...

    def keep(
        self, letter_id: str, letter: UpdateLetter, words: str, beside: Sequence[Enclosure], now: datetime
    ) -> None: ...


class Came(StrEnum):
    """What came of a page that was sent."""

    RECORDED = "recorded"
    AGAIN = "again"  # the same is recorded already
    LATER = "later"  # kept; its case has not answered yet
    NOT_RECORDED = "not_recorded"  # kept, and a person reads it
    KEPT = "kept"  # it was given to others meanwhile; what they sent is heard all the same
    GONE = "gone"  # no link of ours, or its time is over; not kept
    CONTRADICTED = "contradicted"  # not kept: asked back


class Told(NamedTuple):
    """`after` None: it is not theirs any more. `next`: the path of another visit of theirs.

    `danger`: whether somebody on duty has been told of the one they told of. None: they told of none.
    `kept`: what is kept of what they enclosed; `left`: why the rest is not.
    """

    came: Came
    danger: bool | None = None
    before: TaskShown | None = None
    after: TaskShown | None = None
    next: str | None = None
    kept: tuple[EnclosureKind, ...] = ()
    left: Left | None = None


CAME = {LATER: Came.LATER, Refusal.ALREADY_REPORTED.value: Came.AGAIN}


class VisitorDesk:
    def __init__(
        self, links: VisitLinks, desk: Desk, store: CounterStore, now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self.links = links
        self._desk = desk
        self._store = store
        self._now = now

    def opened(self, token: str) -> TaskShown | None:
        """What this link shows now. None: nothing, for whatever reason."""
        now = self._now()
        task = self.links.task_of(token, now)
        shown = None if task is None else self.links.shown(task, now)
        if shown is not None:
            by, about = shown.task.volunteer_id, shown.task.elder_id
            read = f"read-{uuid.uuid4().hex}"
            self._store.log_step(read, by, Role.VOLUNTEER.value, SEEN_ACTION, about, True, "read", now)
        return shown

    def typed(self, code: str, client: str) -> str | TurnedAway:
        """The path that a typed code opens."""
        task = self.links.by_code(code, client, self._now())
        return task if isinstance(task, TurnedAway) else self.links.path_of(task)

    def knows(self, token: str) -> bool:
        """Whether anything sent by this link is read at all."""
        return self.links.task_of(token, self._now()) is not None

    async def told(self, token: str, ticked: Ticked, words: str, form_id: str, came: Beside = NOTHING) -> Told:
        """What the visitor sends; `form_id` is the form's own, so that one sent twice is one message.

        What came with it and may not be kept goes no further than here.
        """
        now = self._now()
        task = await asyncio.to_thread(self.links.task_of, token, now)
        if task is None:
            return Told(Came.GONE)
        if contradicts(ticked):
            return Told(Came.CONTRADICTED)
        shown = await asyncio.to_thread(self.links.shown, task, now)
        left = not_kept(ticked, came)
        beside = NOTHING if left else came
        key = key_of(task, form_id, ticked, words, beside)
        note = self.links.note_of(key, words) if words else None
        kept = await asyncio.to_thread(self.links.enclosures, key, beside)
        stream, keep = case_stream(task.elder_id), partial(self._keep, words, kept)
        messages = messages_of(task, shown, ticked, key, note, words, now, enclosed_of(kept))
        handed = [self._desk.hand_in(stream, task.elder_id, message, keep) for message in messages]
        report, *more = await asyncio.gather(*handed)
        told = Told(Came.KEPT) if shown is None else await asyncio.to_thread(self._came, shown, report, now)
        dangers = [reply.accepted for reply in more if reply.key == danger_key(key)]
        kinds = tuple(one.kind for one in kept)
        left = left or left_of(beside, kinds)
        return told._replace(danger=dangers[0] if dangers else None, kept=kinds, left=left)

    def _keep(
        self, words: str, beside: Sequence[Enclosure], letter_id: str, letter: UpdateLetter, now: datetime
    ) -> None:  # fmt: skip
        self.links.keep(letter_id, letter, words, beside, now)

    def _came(self, before: TaskShown, reply: Reply, now: datetime) -> Told:
        came = Came.RECORDED if reply.accepted else CAME.get(reply.refusal or "", Came.NOT_RECORDED)
        after, other = self.links.shown(before.task, now), self.links.next_of(before.task, now)
        return Told(came, None, before, after, self.links.path_of(other) if other else None)
