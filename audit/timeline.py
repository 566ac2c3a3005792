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
from sqlalchemy import Row, Table

from adapters.sealing import SealBroken
from adapters.sms_manual import ManualSms, item_of
from audit.chain import walk
from audit.store import (
    ATTEMPTS,
    BODIES,
    DIGESTS,
    ELDERS,
    INBOUND,
    ITEMS,
    LETTERS,
    NOTES,
    POLICIES,
    RECEIPTS,
    STAFF,
    VOLUNTEERS,
    Snapshot,
    Store,
    Stream,
    snapshot,
)
from audit.timeline_words import claimed, say
from decisions.words import word
from models.errors import TanfangFault
from models.ids import ASSESSMENT, BENEFIT, COUNTY, ESCALATION, county_stream, kind_of
from models.letters import LETTER, UpdateLetter
from policies import pack

NOT_SENT = {"failed": "没有发出", "expired": "过期未发", "cancelled": "不用再发"}
UNREADABLE = "（打不开）"
BESIDE_THE_CASE = {ESCALATION: "【督办】", ASSESSMENT: "【评估】", BENEFIT: "【待遇】"}
RECEIPT_WORDS = {"delivered": "送达", "undelivered": "没有送达"}
CALLED = {"delivered": "打通了，已告知", "undelivered": "没有打通"}


class Line(NamedTuple):
    """`at` is when it became known to the county, UTC."""

    at: datetime
    text: str
    evidence: str


class People:
    """Names by opaque id, opened once each. `packs`: the hashes of those that say what a benefit is called."""

    def __init__(self, held: Snapshot) -> None:
        self._held = held
        self.packs: set[str] = set()
        self._known: dict[str, str] = {"engine": "系统"}

    def called(self, id_: str) -> str:
        if id_ not in self._known:
            self._known[id_] = self._look_up(id_) or id_
        return self._known[id_]

    def _look_up(self, id_: str) -> str | None:
        for table in (VOLUNTEERS, STAFF, ELDERS):
            for row in self._held.rows(table, table.c.id == id_):
                return opened(self._held, row.name_enc)
        body = next((row.name for row in self._held.rows(BODIES, BODIES.c.id == id_)), None)
        return body or self._in_packs().get(id_)

    def _in_packs(self) -> Mapping[str, str]:
        """What the elder's packs call their benefits and the papers of these, by code; the later one's word holds."""
        named = self._held.rows(POLICIES, POLICIES.c.hash.in_(sorted(self.packs)))
        files = [pack.from_content(row.content).file for row in sorted(named, key=lambda row: row.active_from)]
        benefits = [benefit for file in files for benefit in file.benefits]
        papers = [paper for benefit in benefits for paper in benefit.documents]
        return {row.code: row.name for row in (*papers, *benefits)}


def opened(held: Snapshot, sealed: bytes) -> str:
    """The text, or a word that says it cannot be read (another key, or changed)."""
    try:
        return held.open(sealed)
    except (SealBroken, TanfangFault):
        return UNREADABLE


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
    lines: list[Line] = []
    notes: set[str] = set()
    for stream in streams:
        walked = walk(held, stream)
        if kind_of(stream.name) == BENEFIT:
            people.packs |= {recorded.event.policy_hash for recorded in walked.events}
        for recorded in walked.events:
            if recorded.at > until:
                break
            event = recorded.event
            told = say(event, people.called, recorded.at) + claimed(event, recorded.at)
            text = BESIDE_THE_CASE.get(kind_of(stream.name), "") + told
            if event.note is not None:
                notes.add(event.note.id)
            lines.append(Line(recorded.at, text + _said_beside(held, event), f"{stream.name}#{recorded.seq}"))
        if walked.broken is not None:
            seq, what = walked.broken
            at = walked.rows[seq].at if seq in walked.rows else until
            if at <= until:
                lines.append(Line(at, f"台账自此不可信：{what}", f"{stream.name}#{seq}"))
    return lines, notes


def _said_beside(held: Snapshot, event: Any) -> str:
    """A staff member's note stands with the fact; a raw text has a line of its own. A fact proves its note by hash."""
    if event.note is None or event.channel == "sms":
        return ""
    for row in held.rows(NOTES, NOTES.c.id == event.note.id):
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
    for row in held.rows(INBOUND, INBOUND.c.note_id.in_(sorted(notes))):
        if row.received_at > until:
            continue
        body = "".join(opened(held, note.text_enc) for note in held.rows(NOTES, NOTES.c.id == row.note_id))
        who = "或".join(_holders(held, row.phone_index, people)) or "未登记的号码"
        read = "" if row.read_at is not None and row.read_at <= until else "（还没有读）"
        evidence = f"inbound {row.provider}/{row.provider_message_id}"
        yield Line(row.received_at, f"收到{who}的短信：「{body}」{read}", evidence)


def _holders(held: Snapshot, phone_index: str, people: People) -> list[str]:
    tables: tuple[Table, ...] = (VOLUNTEERS, STAFF)
    found = [row.id for table in tables for row in held.rows(table, table.c.phone_index == phone_index)]
    return [people.called(id_) for id_ in found]


def _texts_out(held: Snapshot, letters: Sequence[Row[Any]], until: datetime, people: People) -> Iterable[Line]:
    texts = [row for row in letters if row.kind == "text"]
    for letter in texts:
        if letter.state in ("cancelled", "expired") and letter.settled_at is not None and letter.settled_at <= until:
            to = people.called(letter.recipient_id)
            yield Line(letter.settled_at, f"原要发给{to}的短信没有发：{word(letter.why)}", f"letter {letter.id}")
    wanted = {letter.digest_id for letter in texts if letter.digest_id is not None}
    for digest in held.rows(DIGESTS, DIGESTS.c.id.in_(sorted(wanted))):
        if digest.built_at <= until:
            yield from _sending(held, digest, until, people)


def _sending(held: Snapshot, digest: Row[Any], until: datetime, people: People) -> Iterable[Line]:
    """Accepted and delivered are two facts of two times; what came later than `until` is not known yet."""
    to, words, evidence = people.called(digest.recipient_id), opened(held, digest.body_enc), f"digest {digest.id}"
    steps = [s for s in held.rows(ATTEMPTS, ATTEMPTS.c.digest_id == digest.id) if s.at <= until]
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
    ids = sorted({step.provider_message_id for step in accepted if step.provider_message_id})
    for receipt in held.rows(RECEIPTS, RECEIPTS.c.provider_message_id.in_(ids)):
        if receipt.at <= until:
            said = CALLED if by_phone else RECEIPT_WORDS
            status = said.get(receipt.status, receipt.status)
            who = _who_called(held, digest.id, people) if by_phone else ""
            told = f"{who}给{to}的{'电话' if by_phone else '短信'}{status}"
            yield Line(receipt.at, told, f"receipt {receipt.provider_message_id}")


def _who_called(held: Snapshot, digest_id: str, people: People) -> str:
    return "".join(
        people.called(item.closed_by) for item in held.rows(ITEMS, ITEMS.c.id == item_of(digest_id)) if item.closed_by
    )
