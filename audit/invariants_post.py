"""I3, I4 and I9: no text sent twice or too late, no text received twice or left unread, nothing acknowledged lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Row, func, or_, select

from adapters.sealing import SealBroken
from adapters.sql_ledger import LEDGER
from audit.checks import Check, Tally
from audit.invariants_causes import Causes
from audit.store import ATTEMPTS, COMMANDS, DIGESTS, INBOUND, LETTERS, NOTES, RECEIPTS, Snapshot
from models.errors import TanfangFault
from models.ids import STREAMS, kind_of, message_key, step_of
from models.letters import LETTER, UpdateLetter

ENDED = (
    "case_closed",
    "already_closed",
    "not_assessed",
    "no_benefits",
)  # what a letter is answered that no workflow will ever hear
SENT = ("accepted", "delivered", "undelivered")
UPDATE = "update"


# --- I3 --------------------------------------------------------------------------------------------------------------


def texts_once(held: Snapshot, limit: datetime) -> Check:
    """I3. `accepted` twice only after an attempt whose end nobody knows; sent = the last attempt before the answer.

    Every line must be so when it is built into a text, and again when the text goes: words once built stay.
    """
    tally = Tally("I3", "每条短信至多送出一次，不滞留，不过期才发，事由不在不发", limit)
    causes = Causes(held)
    lines = causes.lines(tally)
    attempts: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in held.rows(ATTEMPTS):
        attempts[row.digest_id].append(row)
    for digest in held.rows(DIGESTS):
        tally.see()
        steps = attempts[digest.id]
        if _sent_again(steps):
            tally.offend(f"{digest.id}：送出不止一次")
        if digest.state == "built":
            tally.offend(f"{digest.id}：写好了没有发", digest.built_at)
        if (sent_at := _sent_at(digest, steps)) is None:
            continue
        if digest.send_by is not None and sent_at > digest.send_by:
            tally.offend(f"{digest.id}：过期才发")
        for line in lines[digest.id]:
            if causes.gone(line.letter, digest.built_at):
                tally.offend(f"{line.id}：事由已不在才并入短信")
        if any(causes.gone(line.letter, sent_at) for line in lines[digest.id]):
            tally.offend(f"{digest.id}：事由已不在才发")
    waiting = held.rows(LETTERS, LETTERS.c.kind == "text", LETTERS.c.state == "due", LETTERS.c.send_not_before <= limit)
    for letter in waiting:
        tally.offend(f"{letter.id}：该发没有发")
    return tally.close()


def _sent_again(steps: Sequence[Row[Any]]) -> bool:
    """Two acceptances, with no attempt between them or before that was left without an answer."""
    accepted, unknown = 0, 0
    for step, following in pairwise([*steps, None]):
        assert step is not None
        if step.step == "accepted":
            accepted += 1
        elif step.step == "unknown" or (step.step == "intent" and (following is None or following.step == "intent")):
            unknown += 1
    return accepted > 1 + unknown


def _sent_at(digest: Row[Any], steps: Sequence[Row[Any]]) -> datetime | None:
    if digest.state not in SENT:
        return None
    tried = [step.at for step in steps if step.step == "intent"]
    return max(tried) if tried else digest.accepted_at


# --- I4 --------------------------------------------------------------------------------------------------------------


def inbound_once(held: Snapshot, limit: datetime) -> Check:
    """I4. One row, read, kept whole; each task of it one letter, settled, and one effect in its stream.

    What comes by a visitor's page is such a letter from the start.
    """
    tally = Tally("I4", "每条来信存一次、读一次，每件事只生效一次", limit)
    notes = set(held.connection.execute(select(NOTES.c.id)).scalars())
    times = held.connection.execute(
        select(INBOUND.c.provider_message_id, func.count()).group_by(INBOUND.c.provider_message_id)
    )
    twice = {message_id for message_id, count in times if count > 1}
    for row in held.rows(INBOUND):
        tally.see()
        if row.provider_message_id in twice:
            tally.offend(f"{row.provider_message_id}：同一条来信存了不止一次")
        if row.note_id not in notes:
            tally.offend(f"{row.provider_message_id}：原文不在了")
        if row.read_at is None:
            tally.offend(f"{row.provider_message_id}：没有读", row.received_at)
    from_texts = held.rows(LETTERS, LETTERS.c.kind == UPDATE, _of_visitors(LETTERS.c.id))
    for letter in from_texts:
        tally.see()
        if letter.state == "due":
            tally.offend(f"{letter.id}：没有送到个案", letter.created_at)
    for what in _effects_twice(held, {letter.id: letter.workflow_id for letter in from_texts}):
        tally.offend(what)
    return tally.close()


def _of_visitors(id_: ColumnElement[str]) -> ColumnElement[bool]:
    """Letters of a text, and of a visitor's page."""
    return or_(id_.startswith("sms-"), id_.startswith("page-"))


def _effects_twice(held: Snapshot, meant_for: dict[str, str]) -> list[str]:
    """The facts of one message stand together in one stream, and were recorded at one moment."""
    query = select(LEDGER.c.stream, LEDGER.c.seq, LEDGER.c.key, LEDGER.c.at).where(_of_visitors(LEDGER.c.key))
    effects: defaultdict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    rows = held.connection.execute(query.order_by(LEDGER.c.stream, LEDGER.c.seq)).all()
    for row in cast("Sequence[Row[Any]]", rows):
        effects[message_key(row.key), row.stream].append(row)
    found: list[str] = []
    for (key, stream), facts in effects.items():
        together = facts[-1].seq - facts[0].seq == len(facts) - 1
        if not together or len({fact.at for fact in facts}) > 1:
            found.append(f"{stream}#{facts[-1].seq}：{key} 生效不止一次")
        if meant_for.get(key, stream) != stream:
            found.append(f"{stream}#{facts[0].seq}：{key} 本是给 {meant_for[key]} 的")
    return found


# --- I9 --------------------------------------------------------------------------------------------------------------


def nothing_missing(held: Snapshot, limit: datetime) -> Check:
    """I9. What somebody was told has arrived is there: letters, digests, receipts, commands."""
    tally = Tally("I9", "答复过的没有一件不见", limit)
    _letters(held, tally)
    _digests(held, tally)
    for command in held.rows(COMMANDS, COMMANDS.c.accepted.is_(True)):
        if kind_of(command.subject_id) in STREAMS:
            tally.see()
            if not _stands(held, command.subject_id, step_of(command.id)):
                tally.offend(f"{command.id}：答复已办，{command.subject_id} 的台账里没有")
    return tally.close()


def _letters(held: Snapshot, tally: Tally) -> None:
    for row in held.rows(LETTERS, LETTERS.c.kind == UPDATE, LETTERS.c.state == "delivered"):
        tally.see()
        try:
            letter = LETTER.validate_json(held.open(row.body_enc))
        except (SealBroken, TanfangFault, ValidationError) as error:
            tally.offend(f"{row.id}：信打不开（{type(error).__name__}）")
            continue
        assert isinstance(letter, UpdateLetter)
        if row.why not in ENDED and not _stands(held, letter.workflow_id, letter.message.key):
            tally.offend(f"{row.id}：已送到，{letter.workflow_id} 的台账里没有")


def _stands(held: Snapshot, stream: str, key: str) -> bool:
    found = select(LEDGER.c.seq).where(LEDGER.c.stream == stream, LEDGER.c.key == key)
    return held.connection.execute(found).first() is not None


def _digests(held: Snapshot, tally: Tally) -> None:
    digests = {row.id: row for row in held.rows(DIGESTS)}
    for letter in held.rows(LETTERS, LETTERS.c.kind == "text", LETTERS.c.state == "gathered"):
        tally.see()
        if letter.digest_id not in digests:
            tally.offend(f"{letter.id}：说已并入短信，短信不在")
    accepted: dict[str, str | None] = {}
    for step in held.rows(ATTEMPTS, ATTEMPTS.c.step == "accepted"):
        accepted[step.digest_id] = step.provider_message_id
    said = {row.provider_message_id for row in held.rows(RECEIPTS)}
    for digest in digests.values():
        if digest.state not in SENT:
            continue
        tally.see()
        if digest.id not in accepted:
            tally.offend(f"{digest.id}：说已送出，没有送出的记录")
        elif digest.state != "accepted" and accepted[digest.id] not in said:
            tally.offend(f"{digest.id}：说有回执，回执不在")
