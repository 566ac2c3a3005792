"""What comes in: stored first, then read, then delivered. A text is answered by what it made happen."""

from __future__ import annotations

from datetime import datetime

import structlog

from decisions.answering import letters_of
from decisions.reading import read
from post.ports import InboundStore

log = structlog.get_logger()
AT_ONCE = 50


class Inbox:
    def __init__(self, store: InboundStore) -> None:
        self._store = store

    def accept(self, provider: str, message_id: str, phone: str, body: str, received_at: datetime) -> bool:
        """Keep the text and nothing else; the answer to the provider waits for this alone. False: had it already."""
        return self._store.store(provider, message_id, phone, body, received_at)

    def read_all(self, now: datetime) -> int:
        """Read what is unread. One that cannot be read for a fault of ours is put before a person; the rest go on."""
        count = 0
        for provider, message_id in self._store.unread(AT_ONCE):
            try:
                self._read_one(provider, message_id, now)
            except (ValueError, LookupError, AssertionError, TypeError) as error:
                log.error("text_put_aside", message_id=message_id, error=type(error).__name__)
                self._store.put_aside(provider, message_id, type(error).__name__, now)
            count += 1
        return count

    def _read_one(self, provider: str, message_id: str, now: datetime) -> None:
        opened = self._store.open(provider, message_id)
        if opened is None:
            return
        body, text, context = opened
        reading = read(body, context)
        letters = letters_of(reading, context, text)
        self._store.answered(provider, message_id, reading, letters, now)
        log.info("text_read", message_id=message_id, rules=[rule.value for rule in reading.rules], letters=len(letters))
