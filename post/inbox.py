"""What comes in: stored first, then read, then delivered. A text is answered by what it made happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import phonenumbers
import structlog

from decisions import asking
from decisions.answering import asking_of, letters_of
from decisions.asking import Question
from decisions.reading import read
from models.policy import TextRules
from models.reading import SenderContext
from models.values import Actor
from post.ports import Answered, InboundStore, Opened

log = structlog.get_logger()
AT_ONCE = 50
LONGEST_TEXT = 2000
LONGEST_UNANSWERED = timedelta(hours=24)
FAULTS = (ValueError, LookupError, AssertionError, TypeError)


class Inbox:
    def __init__(self, store: InboundStore, rules: Callable[[datetime, str | None], TextRules]) -> None:
        """`rules(now, sender)`: of the sender's county, as its texts go by; whether 5 is a result, how long we wait."""
        self._store = store
        self._rules = rules

    def accept(self, provider: str, message_id: str, phone: str, body: str, received_at: datetime) -> bool:
        """Keep the text and nothing else; the answer to the provider waits for this alone. False: had it already."""
        return self._store.store(provider, message_id, phone, body[:LONGEST_TEXT], received_at)

    def read_all(self, now: datetime) -> int:
        """Read what is unread. One that cannot be read for a fault of ours is put before a person; the rest go on."""
        opened, unopened = self._store.open_unread(AT_ONCE)
        for fault in unopened:
            self._put_aside(fault.provider, fault.message_id, fault.why, now)
        questions: dict[str, dict[str, Question]] = {}  # by phone, as this pass leaves them, not yet in the store
        read_now: list[Answered] = []
        for one in opened:
            phone = one.text.phone_index
            text = one.text.model_copy(update={"asked": questions.get(phone, one.text.asked)})
            try:
                context = self._by_the_pack(one)
                meant = read(one.body, context)
                asked = asking_of(meant, context, text)
                letters = letters_of(meant, context, text, asked)
            except FAULTS as error:
                self._put_aside(one.provider, one.message_id, type(error).__name__, now)
                continue
            questions[phone] = asking.after(text.asked, asked, text.note.id)
            answer_by = self._answer_by(text.sender, now) if asked.put else now
            read_now.append(Answered(one.provider, one.message_id, text, meant, letters, asked, answer_by))
        self._answer(read_now, now)
        return len(opened) + len(unopened)

    def tell_unanswered(self, now: datetime) -> int:
        """Put before a person what was asked back and has no certain answer in time. Answers how many."""
        told = self._store.tell_unanswered(now)
        if told:
            log.info("questions_unanswered", count=told)
        return told

    def _answer(self, texts: list[Answered], now: datetime) -> None:
        """All in one transaction; where one cannot be written, each by itself, so that it keeps nobody waiting."""
        try:
            self._store.answered(texts, now)
        except Exception as error:
            if len(texts) > 1:
                self._answer_each(texts, now)
                return
            if not isinstance(error, FAULTS):
                raise
            self._put_aside(texts[0].provider, texts[0].message_id, type(error).__name__, now)
            return
        for text in texts:
            rules = [rule.value for rule in text.meant.rules]
            log.info("text_read", message_id=text.message_id, rules=rules, letters=len(text.letters))

    def _by_the_pack(self, one: Opened) -> SenderContext:
        """The digits that stood in the texts of that day, whatever codes the phone has from before."""
        rules = self._rules_of(one.text.sender, one.text.received_at)
        return one.context.model_copy(update={"counts_phone_calls": rules is not None and rules.counts_phone_calls})

    def _answer_by(self, sender: Actor | None, now: datetime) -> datetime:
        """A county without a pack in force (yet) keeps nobody waiting: the longest a pack may say holds there."""
        rules = self._rules_of(sender, now)
        return now + (LONGEST_UNANSWERED if rules is None else rules.answer_within)

    def _rules_of(self, sender: Actor | None, at: datetime) -> TextRules | None:
        try:
            return self._rules(at, sender.id if sender else None)
        except LookupError:
            return None

    def _answer_each(self, texts: list[Answered], now: datetime) -> None:
        failed: Exception | None = None
        for text in texts:
            try:
                self._answer([text], now)
            except Exception as error:  # noqa: BLE001 — raised when the others are written
                failed = error
        if failed is not None:
            raise failed

    def _put_aside(self, provider: str, message_id: str, why: str, now: datetime) -> None:
        log.error("text_put_aside", message_id=message_id, error=why)
        self._store.put_aside(provider, message_id, why, now)


def e164(phone: str) -> str:
    """+8613800000000. Raises ValueError for what is no number."""
    try:
        parsed = phonenumbers.parse(phone, "CN")
    except phonenumbers.NumberParseException as error:
        raise ValueError("no phone number") from error
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
