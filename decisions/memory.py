"""What the state of every stream holds: the edition of its rules, and what was answered to whom.

Answers are remembered from the facts alone, so that a fold remembers them too.
"""

from __future__ import annotations

from typing import TypeVar

from models.events import Event, MessageRefused
from models.messages import Reply
from models.values import Value, added

TICK = "tick/"
KEPT_REPLIES = 128

M = TypeVar("M", bound="Memory")


class Memory(Value):
    """`edition`: which rules decide what comes next (`decisions.edition`)."""

    edition: int = added(1)
    replies: tuple[Reply, ...] = ()

    def editions(self) -> tuple[int, ...]:
        """Every edition that may still decide about something in here."""
        return (self.edition,)

    def reply_to(self, key: str) -> Reply | None:
        return next((reply for reply in self.replies if reply.key == key), None)


def remember(state: M, event: Event) -> M:
    """The state that knows what `event` answers. A message's events stand one after the other, and are one answer."""
    if event.cause.startswith(TICK):
        return state
    refused = event if isinstance(event, MessageRefused) else None
    last = state.replies[-1] if state.replies else None
    kind: str = getattr(event, "kind", "")
    if last is not None and last.key == event.cause:
        reply = last.model_copy(update={"recorded": (*last.recorded, kind)})
        return state.model_copy(update={"replies": (*state.replies[:-1], reply)})
    reply = Reply(
        key=event.cause, accepted=refused is None, refusal=refused.refusal if refused else None, recorded=(kind,),
        about_on=refused.about_on if refused else None,
    )  # fmt: skip
    return state.model_copy(update={"replies": (*state.replies, reply)[-KEPT_REPLIES:]})


def tick_key(seq: int) -> str:
    """A tick at the same position in the ledger is the same tick."""
    return f"{TICK}{seq}"
