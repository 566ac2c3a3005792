"""Texts as pages list them, and one with all that was tried. Never recorded, never logged."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from models.values import Id, Value

Way = Literal["received", "sent", "waits"]
"""From a phone; built for one; or a line that no text was built of."""


class Outcome(StrEnum):
    RECEIVED = "received"
    UNREAD = "unread"  # received, and nobody has read it yet
    WAITING = "waiting"  # for its slot, or for its turn
    HELD = "held"  # the provider does not know us: until a person has dealt with it
    RETRYING = "retrying"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Hidden(StrEnum):
    """Why the words of a text are not shown."""

    ELSEWHERE = "elsewhere"  # it is about an elder whom the reader may not see
    CODE = "code"  # it is somebody's code for signing in
    NOT_BUILT = "not_built"


class TextKey(NamedTuple):
    """A place in the list, newest first. `id`: of a `TextLine`."""

    at: AwareDatetime
    id: str


class TextsWanted(Value):
    """`areas`: a scope. `who`: an id, a number, or a part of a name. `until` is not in it any more."""

    areas: tuple[Id, ...]
    way: Way | None = None
    outcome: Outcome | None = None
    who: str = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    after: TextKey | None = None
    limit: int = 50


class TextLine(Value):
    """One text. `persons`: whose phone it is, who of the register; `phone`: masked, where it is nobody's.

    `why`: what kept it from arriving, in words; `waits_until`: of what waits. `tries`: calls of the provider.
    """

    id: str
    way: Way
    at: AwareDatetime
    persons: tuple[Id, ...]
    phone: str | None
    template: str
    words: str | None
    hidden: Hidden | None
    outcome: Outcome
    why: str = ""
    tries: int = 0
    waits_until: AwareDatetime | None = None


class TextsShown(Value):
    """`held_since`: texts are held back, since when. `after`: where the next page begins; None: that was all."""

    lines: tuple[TextLine, ...]
    after: TextKey | None
    held_since: AwareDatetime | None
    nobody: bool = False


class TextStep(Value):
    """One thing that became of a text. `error`: the provider's own word."""

    at: AwareDatetime
    what: str
    provider: str
    nth: int | None = None
    error: str = ""
    means: str = ""


class TextCause(Value):
    """What a line of it is about, by id. `elder_id` None: about none, or about one whom the reader may not see."""

    letter: str
    template: str
    state: str
    why: str
    elder_id: Id | None
    elsewhere: bool
    visit_id: str | None = None
    escalation_id: str | None = None
    stage: str | None = None
    claim: str | None = None
    pay_list: str | None = None
    answers: str | None = None


class TextOpened(Value):
    """A text with its attempts, receipts and causes: of what was received, the letters it became.

    `items`: open work items that it left.
    """

    line: TextLine
    text_class: str
    segments: int | None
    send_by: AwareDatetime | None
    steps: tuple[TextStep, ...]
    causes: tuple[TextCause, ...]
    items: tuple[str, ...]
