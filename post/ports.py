"""What the post needs from the store and from the provider, as Protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from decisions.answering import Inbound
from decisions.asking import Asking
from decisions.wording import TemplateId
from models.county_messages import CountyStart
from models.letters import Letter, TextClass, TextLetter, UpdateLetter
from models.messages import CaseStart
from models.policy import TextRules
from models.reading import OpenTask, Reading, SenderContext

LATER = "later"
"""What a step is answered that is kept, and that nobody has answered yet."""
Keep = Callable[[str, UpdateLetter, datetime], None]
"""`keep(letter id, letter, now)` writes the letter, with whatever is to be kept with it or not at all."""


class StepLog(Protocol):
    """The log of commands: what a staff member asked, and what came of it."""

    def log_step(
        self,
        step_id: str,
        staff_id: str,
        role: str,
        action: str,
        subject_id: str,
        accepted: bool,
        answer: str,
        now: datetime,
    ) -> None: ...


class Claimed(NamedTuple):
    """A letter leased to this process until `lease_until`."""

    id: str
    letter: Letter
    tries: int


class Sleeping(NamedTuple):
    """How a workflow that does not run is started. `begun`: its stream holds facts, which the new run folds."""

    start: CaseStart | CountyStart
    begun: bool


class SettledStep(NamedTuple):
    """What came of a step that its staff member was told would be done `later`. `refusal` None: it was recorded."""

    letter: UpdateLetter
    refusal: str | None


class Settled(NamedTuple):
    """A letter that has arrived: `why` where nothing could be done with it, `reply` as its workflow answered (JSON)."""

    id: str
    why: str | None = None
    reply: str | None = None
    step: SettledStep | None = None


class DueText(NamedTuple):
    """A text letter whose time has come, with what its words need. `alive` False: its cause has gone."""

    id: str
    letter: TextLetter
    created_at: datetime
    alive: bool
    due_at: datetime | None


class Recipient(NamedTuple):
    """One phone. `sent_today` counts what went to it since civil midnight, without the codes it asked for."""

    id: str
    kind: str
    phone_index: str
    textable: bool
    sent_today: int


class Built(NamedTuple):
    """A digest to be sent: the words, the template and parameters they were made from, the letters it carries."""

    digest_id: str
    template: str
    params: Mapping[str, str]
    text: str
    segments: int
    text_class: TextClass
    send_by: datetime
    letter_ids: tuple[str, ...]


class Letterbox(Protocol):
    """Letters by SQL. Every method is one transaction."""

    def claim(self, now: datetime, limit: int, owner: str, starts_a_second: int | None) -> list[Claimed]: ...

    def settle(self, letters: Sequence[Settled], now: datetime) -> None: ...

    def try_again(self, letter_id: str, at: datetime, why: str) -> None: ...

    def tell_stuck(self, letter_id: str, now: datetime, why: str) -> None: ...

    def tell_gone(self, letter_id: str, now: datetime, *, danger: bool) -> None: ...

    def tell_unsent(self, letter_id: str, now: datetime, why: str, *, urgent: bool) -> None: ...

    def bury(self, letter_id: str, now: datetime, why: str) -> None: ...

    def recipients_due(self, now: datetime) -> list[str]: ...

    def due_texts(self, recipient_id: str, now: datetime) -> list[DueText]: ...

    def waiting_texts(self, recipient_id: str, now: datetime) -> list[DueText]: ...

    def recipient(self, recipient_id: str, now: datetime) -> Recipient | None: ...

    def same_text_today(self, phone_index: str, text: str, now: datetime) -> int: ...

    def task_of(self, phone_index: str, elder_id: str, visit_id: str, now: datetime, first_code: int) -> OpenTask: ...

    def asked_of(self, recipient_id: str) -> list[str]: ...

    def called(self, phone_index: str, elder_ids: list[str]) -> list[str]: ...

    def post_digest(self, recipient: Recipient, built: Built, now: datetime) -> None: ...

    def postpone(self, letter_ids: tuple[str, ...], until: datetime) -> None: ...

    def drop(self, letter_ids: tuple[str, ...], state: str, why: str, now: datetime) -> None: ...

    def text_rules(self, now: datetime, recipient_id: str | None) -> TextRules: ...

    def in_flight(self, now: datetime) -> int: ...


class Opened(NamedTuple):
    """A text not read yet, opened, with what is known of it and of its sender."""

    provider: str
    message_id: str
    body: str
    text: Inbound
    context: SenderContext


class Unopened(NamedTuple):
    """A text that cannot be opened for a fault of ours: `why` is the error's name."""

    provider: str
    message_id: str
    why: str


class Answered(NamedTuple):
    """A text read, the letters that follow from it, each with its id, and what it does to its sender's questions.

    `answer_by`: how long what it puts waits for its answer.
    """

    provider: str
    message_id: str
    text: Inbound
    meant: Reading
    letters: list[tuple[str, Letter]]
    asking: Asking
    answer_by: datetime


class InboundStore(Protocol):
    """Texts received: stored first, read later, each once."""

    def store(self, provider: str, message_id: str, phone: str, body: str, received_at: datetime) -> bool: ...

    def open_unread(self, limit: int) -> tuple[list[Opened], list[Unopened]]: ...

    def answered(self, texts: Sequence[Answered], now: datetime) -> None: ...

    def tell_unanswered(self, now: datetime) -> int: ...

    def put_aside(self, provider: str, message_id: str, why: str, now: datetime) -> None: ...


class Came(NamedTuple):
    """A text that a provider received for us, and when."""

    message_id: str
    phone: str
    body: str
    received_at: datetime


class Collector(Protocol):
    """A provider that can be asked for what it received. Raises TanfangFault."""

    name: str

    def collect(self, since: datetime) -> list[Came]: ...


class PolledStore(Protocol):
    """Up to when each provider was asked; and whether it knows us, as its answer shows."""

    def polled_until(self, provider: str) -> datetime | None: ...

    def polled(self, provider: str, at: datetime) -> None: ...

    def shut(self, provider: str, at: datetime) -> None: ...

    def answered(self, provider: str, at: datetime) -> bool: ...


__all__ = [
    "Answered", "Built", "Came", "Claimed", "Collector", "DueText", "InboundStore", "Letterbox", "Opened",
    "PolledStore", "Recipient", "Settled", "SettledStep", "TemplateId", "Unopened",
]  # fmt: skip
