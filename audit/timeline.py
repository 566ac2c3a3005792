"""A case told in plain Chinese, as it was known at a moment: what happened, and who was told what, when, by what.

Only what stood recorded by then is told. Names are the register's own, because a person reads this on the county's own
screen; each line names its evidence (`stream#seq`, a digest, an inbound text).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Row

from adapters.sealing import SealBroken
from adapters.sms_manual import ManualSms, item_of
from audit.chain import Walked, walk
from audit.store import (
    ATTEMPTS,
    DIGESTS,
    INBOUND,
    ITEMS,
    LETTERS,
    NOTES,
    RECEIPTS,
    STAFF,
    VOLUNTEERS,
    Snapshot,
    Store,
    Stream,
    snapshot,
)
from audit.timeline_people import UNREADABLE, People, by_column, ids_in, opened
from audit.timeline_words import claimed, say
from decisions.words import word
from models.errors import TanfangFault
from models.ids import ASSESSMENT, BENEFIT, COUNTY, ESCALATION, county_stream, kind_of
from models.letters import LETTER, UpdateLetter

NOT_SENT = {"failed": "没有发出", "expired": "过期未发", "cancelled": "不用再发"}
BESIDE_THE_CASE = {ESCALATION: "【督办】", ASSESSMENT: "【评估】", BENEFIT: "【待遇】"}
RECEIPT_WORDS = {"delivered": "送达", "undelivered": "没有送达"}
CALLED = {"delivered": "打通了，已告知", "undelivered": "没有打通"}


class Line(NamedTuple):
    """`at` is when it became known to the county, UTC."""

    at: datetime
    text: str
    evidence: str


def timeline(store: Store, elder_id: str, as_of: datetime | None = None) -> list[Line]:
    """The case's lines in the order they became known. `as_of` None = all there is now; an unknown elder = none."""
    until = as_of or datetime.max.replace(tzinfo=UTC)
    with snapshot(store) as held:
        people = People(held)
        facts, notes = _facts(held, held.streams(elder_id), until, people)
        letters = [row for row in held.rows(LETTERS, LETTERS.c.elder_id == elder_id) if row.created_at <= until]
        notes |= _note_ids(held, letters)
        lines = [*facts, *_texts_in(held, notes, until, people), *_texts_out(held, letters, until, people)]
    return sorted(lines, key=lambda line: line.at)


def county_timeline(store: Store, county_id: str, as_of: datetime | None = None) -> list[Line]:
    """The same of a county's months: no text from outside is about them."""
    until = as_of or datetime.max.replace(tzinfo=UTC)
    with snapshot(store) as held:
        months = (stream for stream in held.of_kind(COUNTY) if stream.name == county_stream(county_id))
        return _facts(held, months, until, People(held))[0]


def _facts(held: Snapshot, streams: Iterable[Stream], until: datetime, people: People) -> tuple[list[Line], set[str]]:
    walked = [walk(held, stream) for stream in streams]
    facts = [recorded for one in walked for recorded in one.events if recorded.at <= until]
    people.packs |= {recorded.event.policy_hash for recorded in facts if kind_of(recorded.stream) == BENEFIT}
    people.meet(id_ for recorded in facts for id_ in ids_in(recorded.event))
    notes = {recorded.event.note.id for recorded in facts if recorded.event.note is not None}
    kept = by_column(held, NOTES.c.id, notes)
    lines: list[Line] = []
    for recorded in facts:
        event = recorded.event
        told = say(event, people.called, recorded.at) + claimed(event, recorded.at)
        text = BESIDE_THE_CASE.get(kind_of(recorded.stream), "") + told
        lines.append(Line(recorded.at, text + _said_beside(held, event, kept), f"{recorded.stream}#{recorded.seq}"))
    return lines + [line for one in walked if (line := _broken(one, until)) is not None], notes


def _broken(walked: Walked, until: datetime) -> Line | None:
    if walked.broken is None:
        return None
    seq, what = walked.broken
    at = walked.rows[seq].at if seq in walked.rows else until
    return Line(at, f"台账自此不可信：{what}", f"{walked.name}#{seq}") if at <= until else None


def _said_beside(held: Snapshot, event: Any, kept: Mapping[str, Sequence[Row[Any]]]) -> str:
    """A staff member's note stands with the fact; a raw text has a line of its own. A fact proves its note by hash."""
    if event.note is None or event.channel == "sms":
        return ""
    for row in kept.get(event.note.id, ()):
        text = opened(held, row.text_enc)
        proven = text == UNREADABLE or sha256(text.encode()).hexdigest() == event.note.sha256
        return f"（附言：{text}）" if proven else f"（附言：{text}，与台账所记不符）"
    return "（附言不在登记簿里）"


# --- texts -----------------------------------------------------------------------------------------------------------


def _note_ids(held: Snapshot, letters: Sequence[Row[Any]]) -> set[str]:
    """The raw texts behind letters that came from outside, also those that no fact has followed from yet."""
    found: set[str] = set()
    for row in letters:
        if row.kind != "update" or not row.id.startswith("sms-"):
            continue
        try:
            letter = LETTER.validate_json(held.open(row.body_enc))
        except (SealBroken, TanfangFault, ValidationError):
            continue
        if isinstance(letter, UpdateLetter) and letter.message.note is not None:
            found.add(letter.message.note.id)
    return found


def _texts_in(held: Snapshot, notes: set[str], until: datetime, people: People) -> Iterable[Line]:
    rows = [row for found in by_column(held, INBOUND.c.note_id, notes).values() for row in found]
    kept = by_column(held, NOTES.c.id, {row.note_id for row in rows})
    holders = _holders(held, {row.phone_index for row in rows}, people)
    for row in sorted(rows, key=lambda row: (row.provider, row.provider_message_id)):
        if row.received_at > until:
            continue
        body = "".join(opened(held, note.text_enc) for note in kept.get(row.note_id, ()))
        who = "或".join(holders.get(row.phone_index, ())) or "未登记的号码"
        read = "" if row.read_at is not None and row.read_at <= until else "（还没有读）"
        evidence = f"inbound {row.provider}/{row.provider_message_id}"
        yield Line(row.received_at, f"收到{who}的短信：「{body}」{read}", evidence)


def _holders(held: Snapshot, phones: set[str], people: People) -> dict[str, list[str]]:
    """The names of whoever has each of these numbers, volunteers first."""
    found: dict[str, list[str]] = {}
    for table in (VOLUNTEERS, STAFF):
        for phone, rows in by_column(held, table.c.phone_index, phones).items():
            people.meet(row.id for row in rows)
            found.setdefault(phone, []).extend(people.called(row.id) for row in rows)
    return found


def _texts_out(held: Snapshot, letters: Sequence[Row[Any]], until: datetime, people: People) -> Iterable[Line]:
    texts = [row for row in letters if row.kind == "text"]
    people.meet(row.recipient_id for row in texts)
    for letter in texts:
        if letter.state in ("cancelled", "expired") and letter.settled_at is not None and letter.settled_at <= until:
            to = people.called(letter.recipient_id)
            yield Line(letter.settled_at, f"原要发给{to}的短信没有发：{word(letter.why)}", f"letter {letter.id}")
    wanted = {letter.digest_id for letter in texts if letter.digest_id is not None}
    digests = [row for rows in by_column(held, DIGESTS.c.id, wanted).values() for row in rows]
    sent = Sent(held, digests, people)
    for digest in sorted(digests, key=lambda row: row.id):
        if digest.built_at <= until:
            yield from _sending(sent, digest, until)


class Sent:
    """What became of these texts, looked up together."""

    def __init__(self, held: Snapshot, digests: Sequence[Row[Any]], people: People) -> None:
        self.held = held
        self.people = people
        people.meet(row.recipient_id for row in digests)
        self.attempts = by_column(held, ATTEMPTS.c.digest_id, [row.id for row in digests])
        messages = {step.provider_message_id for steps in self.attempts.values() for step in steps}
        self.receipts = by_column(held, RECEIPTS.c.provider_message_id, messages - {None})
        self.calls = by_column(held, ITEMS.c.id, [item_of(row.id) for row in digests])

    def who_called(self, digest_id: str) -> str:
        calls = self.calls.get(item_of(digest_id), ())
        return "".join(self.people.called(item.closed_by) for item in calls if item.closed_by)


def _sending(sent: Sent, digest: Row[Any], until: datetime) -> Iterable[Line]:
    """Accepted and delivered are two facts of two times; what came later than `until` is not known yet."""
    to, evidence = sent.people.called(digest.recipient_id), f"digest {digest.id}"
    words = opened(sent.held, digest.body_enc)
    steps = [step for step in sent.attempts.get(digest.id, ()) if step.at <= until]
    accepted = [step for step in steps if step.step == "accepted"]
    by_phone = any(step.provider == ManualSms.name for step in accepted)
    for step in accepted[:1]:
        told = f"已交人打电话，待告知{to}" if by_phone else f"短信告知{to}（{step.provider}已收下）"
        yield Line(step.at, f"{told}：「{words}」", evidence)
    for step in steps:
        if step.step in ("refused", "unknown"):
            yield Line(step.at, f"发给{to}的短信{'被通道拒绝' if step.step == 'refused' else '不知是否送出'}", evidence)
    if not accepted:
        state = NOT_SENT.get(digest.state)
        told = f"发给{to}的短信{state}（{word(digest.why)}）" if state else f"写好发给{to}的短信，还没有送出"
        yield Line(digest.built_at, f"{told}：「{words}」", evidence)
    for message in sorted({step.provider_message_id for step in accepted if step.provider_message_id}):
        for receipt in sent.receipts.get(message, ()):
            if receipt.at <= until:
                said = CALLED if by_phone else RECEIPT_WORDS
                status = said.get(receipt.status, receipt.status)
                who = sent.who_called(digest.id) if by_phone else ""
                told = f"{who}给{to}的{'电话' if by_phone else '短信'}{status}"
                yield Line(receipt.at, told, f"receipt {receipt.provider_message_id}")
