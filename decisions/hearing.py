"""When a message was heard: never after the moment it is decided at, whatever the clock of web or worker said."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from decisions.deadlines import civil_day
from decisions.edition import under
from models.messages import Message, ReportVisit, Resolve, Tick

M = TypeVar("M", bound=Message | Tick)


def heard(message: M, now: datetime, edition: int) -> M:
    """The message as of the engine's clock. Before edition 2 the hour that came with it was believed."""
    return under(edition, {1: _believed, 2: _no_later})(message, now)


def _believed(message: M, now: datetime) -> M:
    return message


def _no_later(message: M, now: datetime) -> M:
    """A day or an hour that was only the hour of hearing moves with it; what somebody claimed stays as it was told."""
    if isinstance(message, Tick) or message.received_at <= now:
        return message
    moved: dict[str, object] = {"received_at": now}
    if isinstance(message, ReportVisit | Resolve):
        if message.visited_at == message.received_at:
            moved["visited_at"] = now
        if message.visited_on == civil_day(message.received_at):
            moved["visited_on"] = civil_day(now)
    return message.model_copy(update=moved)
