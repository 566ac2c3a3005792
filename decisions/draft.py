"""A decision being written down: each event added is at once folded in, so the next is decided on what is now true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from models.errors import Refusal, StateContradicted
from models.events import Event, MessageRefused
from models.messages import Message, Tick
from models.policy import PolicySlice
from models.values import ENGINE, Actor, Channel

S = TypeVar("S")


class Draft(Generic[S]):
    """Events decided so far for one message, and the state they lead to.

    `actor`, `channel` and `cause` come from the message; time passing is the engine's doing.
    """

    def __init__(
        self,
        state: S,
        message: Message | Tick,
        now: datetime,
        policy: PolicySlice | None,
        evolve: Callable[[S, Event, datetime], S],
    ) -> None:
        self.state = state
        self.now = now
        self.message = message
        self.policy = policy
        self.events: list[Event] = []
        self._evolve = evolve

    @property
    def actor(self) -> Actor:
        return self.message.actor if isinstance(self.message, Message) else ENGINE

    def add(self, event: type[Event], *, happened_at: datetime | None = None, **body: Any) -> None:
        message = self.message
        if self.policy is None:
            raise StateContradicted("the first thing a case learns is its policy")
        fact = event(
            happened_at=happened_at or self.now,
            actor=self.actor,
            channel=message.channel if isinstance(message, Message) else Channel.ENGINE,
            cause=message.key,
            policy_version=self.policy.version,
            policy_hash=self.policy.hash,
            note=message.note if isinstance(message, Message) else None,
            **body,
        )
        self.events.append(fact)
        self.state = self._evolve(self.state, fact, self.now)

    def refuse(self, refusal: Refusal, visit_id: str | None = None, about_on: date | None = None) -> None:
        kind = getattr(self.message, "kind", "")
        enclosed = getattr(self.message, "enclosed", None)
        self.add(
            MessageRefused, message_kind=kind, refusal=refusal, visit_id=visit_id, about_on=about_on, enclosed=enclosed
        )  # fmt: skip
