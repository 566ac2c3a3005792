"""Texts as pages list them: sealed words opened for whoever may read them, numbers masked, outcomes in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from adapters import sql_messages as texts
from adapters.beginnings import Begins
from adapters.database import reading
from adapters.phones import chinese, e164
from adapters.provider_codes import code_of
from adapters.sealing import Sealer
from adapters.sql_messages import ATTEMPTS, DIGESTS, INBOUND, ITEMS, LETTERS, NOTES, Reach
from adapters.sql_shown import masked
from decisions.words import WORDS
from models.errors import FAULTS
from models.ids import text_answered
from models.letters import LETTER, TextClass, TextLetter
from models.shown_messages import (
    Hidden,
    Outcome,
    TextCause,
    TextKey,
    TextLine,
    TextOpened,
    TextsShown,
    TextStep,
    TextsWanted,
    Way,
)
from models.tables import SendReceipt, table_of

RECEIPTS = table_of(SendReceipt)
OF_LETTERS = {"due": Outcome.WAITING, "expired": Outcome.EXPIRED, "dead": Outcome.EXPIRED}


class MessagesShown:
    def __init__(self, engine: Engine, sealer: Sealer, home: str) -> None:
        """`home`: the county that is told of what a phone nobody knows writes."""
        self._engine = engine
        self._sealer = sealer
        self._home = home

    def page(self, asked: TextsWanted) -> TextsShown:
        """Whoever calls this has recorded who reads."""
        with reading(self._engine) as connection:
            reach = texts.reach_of(connection, asked.areas, self._home)
            who = self._whom(connection, reach, asked.who) if asked.who else None
            held = texts.held_since(connection)
            if who is not None and not (who.ids or who.phones):
                return TextsShown(lines=(), after=None, held_since=held, nobody=True)
            rows: list[tuple[Way, datetime, Row[Any]]] = [
                *(("waits", row.created_at, row) for row in texts.unbuilt(connection, asked, reach, who)),
                *(("sent", row.built_at, row) for row in texts.digests(connection, asked, reach, who)),
                *(("received", row.received_at, row) for row in texts.received(connection, asked, reach, who)),
            ]
            rows.sort(key=lambda each: (each[1], each[0]), reverse=True)
            lines = self._lines(connection, rows[: asked.limit], asked.areas, held)
        last = lines[-1] if len(rows) > asked.limit else None
        return TextsShown(lines=tuple(lines), after=last and TextKey(last.at, last.id), held_since=held)

    def _whom(self, connection: Connection, reach: Reach, words: str) -> texts.Whom:
        number = chinese(words)
        return texts.whom(connection, self._sealer, reach, words, e164(number) if number else None)

    def _lines(
        self, connection: Connection, rows: Sequence[tuple[Way, datetime, Row[Any]]], areas: Collection[str],
        held: datetime | None,
    ) -> list[TextLine]:  # fmt: skip
        sent = [row.id for way, _, row in rows if way == "sent"]
        came = {row.note_id: row.provider_message_id for way, _, row in rows if way == "received"}
        tried = texts.tried(connection, sent)
        about = texts.elders_of(connection, sent) | texts.elders_answered(connection, came)
        seen = texts.seen_among(connection, {id_ for ids in about.values() for id_ in ids}, areas)
        persons = texts.persons_of(connection, {row.phone_index for way, _, row in rows if way == "received"})
        made: list[TextLine] = []
        for way, _, row in rows:
            match way:
                case "sent":
                    elsewhere = not about.get(row.id, set()) <= seen
                    made.append(self._sent(row, tried.get(row.id), elsewhere=elsewhere, held=held is not None))
                case "received":
                    elsewhere = not about.get(row.note_id, set()) <= seen
                    made.append(self._received(row, persons.get(row.phone_index, []), elsewhere=elsewhere))
                case "waits":
                    made.append(self._waits(row))
        return made

    # --- a line ------------------------------------------------------------------------------------------------------

    def _sent(self, row: Row[Any], tried: tuple[int, str, str] | None, *, elsewhere: bool, held: bool) -> TextLine:
        count, provider, last = tried or (0, "", "")
        hidden = (
            Hidden.CODE if row.text_class == TextClass.SIGN_IN else Hidden.ELSEWHERE if elsewhere else None
        )  # fmt: skip
        outcome = Outcome(row.state) if row.state != "built" else Outcome.WAITING
        if row.state == "built" and (held or last == "refused"):
            outcome = Outcome.HELD if held else Outcome.RETRYING
        stranger = row.recipient_id.startswith("phone:")
        return TextLine(
            id=f"sent~{row.id}", way="sent", at=row.built_at, persons=() if stranger else (row.recipient_id,),
            phone=None, template=row.template, words=None if hidden else self._sealer.open(row.body_enc),
            hidden=hidden, outcome=outcome, why=why_in_words(provider, row.why), tries=count,
            waits_until=row.send_by if row.state == "built" else None,
        )  # fmt: skip

    def _received(self, row: Row[Any], persons: Sequence[str], *, elsewhere: bool) -> TextLine:
        words = self._sealer.open(row.text_enc) if row.text_enc is not None and not elsewhere else ""
        return TextLine(
            id=f"received~{row.note_id}", way="received", at=row.received_at, persons=tuple(persons),
            phone=None if persons else masked(self._sealer.open(row.phone_enc)), template="",
            words=None if elsewhere else words, hidden=Hidden.ELSEWHERE if elsewhere else None,
            outcome=Outcome.UNREAD if row.read_at is None else Outcome.RECEIVED,
        )  # fmt: skip

    def _waits(self, row: Row[Any]) -> TextLine:
        letter = LETTER.validate_json(self._sealer.open(row.body_enc))
        outcome = OF_LETTERS.get(row.state, Outcome.CANCELLED)
        goes_at: datetime = max(row.send_not_before, row.next_try_at or row.send_not_before)
        return TextLine(
            id=f"waits~{row.id}", way="waits", at=row.created_at, persons=(row.recipient_id,), phone=None,
            template=letter.template if isinstance(letter, TextLetter) else "", words=None, hidden=Hidden.NOT_BUILT,
            outcome=outcome, why=why_in_words("", row.why), waits_until=goes_at if row.state == "due" else None,
        )  # fmt: skip

    # --- one, whole --------------------------------------------------------------------------------------------------

    def text(self, text_id: str, areas: Collection[str]) -> TextOpened | None:
        """None: there is none of this id, or it is of nobody within these areas."""
        way, _, id_ = text_id.partition("~")
        with reading(self._engine) as connection:
            reach = texts.reach_of(connection, areas, self._home)
            match way:
                case "sent":
                    found = self._of_digest(connection, reach, id_, areas)
                case "received":
                    found = self._of_inbound(connection, reach, id_, areas)
                case "waits":
                    found = self._of_letter(connection, reach, id_, areas)
                case _:
                    found = None
        return found

    def _of_digest(
        self, connection: Connection, reach: Reach, id_: str, areas: Collection[str]
    ) -> TextOpened | None:  # fmt: skip
        of = DIGESTS.c
        query = select(DIGESTS).where(of.id == id_, reach.of(of.recipient_id))
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        held = texts.held_since(connection)
        [line] = self._lines(connection, [("sent", row.built_at, row)], areas, held)
        tries = connection.execute(select(ATTEMPTS).where(ATTEMPTS.c.digest_id == id_).order_by(ATTEMPTS.c.id)).all()
        messages = {one.provider_message_id: one.provider for one in tries if one.provider_message_id}
        receipts = connection.execute(
            select(RECEIPTS).where(RECEIPTS.c.provider_message_id.in_(sorted(messages))).order_by(RECEIPTS.c.at)
        ).all()
        steps = [
            *(_step(one.at, one.step, one.provider, one.nth, one.error) for one in tries),
            *(_step(one.at, one.status, messages[one.provider_message_id], None, one.error) for one in receipts),
        ]
        letters = connection.execute(select(LETTERS).where(LETTERS.c.digest_id == id_).order_by(LETTERS.c.id)).all()
        left = (f"call-{id_}", f"opted-out-{id_}")
        items = connection.execute(select(ITEMS.c.id).where(ITEMS.c.id.in_(left), ITEMS.c.closed_at.is_(None)))
        return TextOpened(
            line=line, text_class=row.text_class, segments=row.segments, send_by=row.send_by,
            steps=tuple(sorted(steps, key=lambda one: one.at)), causes=self._causes(connection, letters, areas),
            items=tuple(items.scalars()),
        )  # fmt: skip

    def _of_inbound(
        self, connection: Connection, reach: Reach, id_: str, areas: Collection[str]
    ) -> TextOpened | None:  # fmt: skip
        query = select(INBOUND, NOTES.c.text_enc).outerjoin(NOTES, NOTES.c.id == INBOUND.c.note_id)
        row = connection.execute(
            query.where(INBOUND.c.note_id == id_, reach.of_phone(INBOUND.c.phone_index))
        ).one_or_none()
        if row is None:
            return None
        [line] = self._lines(connection, [("received", row.received_at, row)], areas, None)
        steps = [_step(row.received_at, "received", row.provider, None, None)]
        steps += [_step(row.read_at, "read_by_us", "", None, None)] if row.read_at is not None else []
        begins = texts.begins(row.provider_message_id)
        letters = connection.execute(select(LETTERS).where(Begins(LETTERS.c.id, begins)).order_by(LETTERS.c.id)).all()
        return TextOpened(
            line=line, text_class="", segments=None, send_by=None, steps=tuple(steps),
            causes=self._causes(connection, letters, areas), items=(),
        )  # fmt: skip

    def _of_letter(
        self, connection: Connection, reach: Reach, id_: str, areas: Collection[str]
    ) -> TextOpened | None:  # fmt: skip
        of = LETTERS.c
        mine = (of.id == id_, of.kind == "text", reach.of(of.recipient_id))
        row = connection.execute(select(LETTERS).where(*mine)).one_or_none()
        if row is None:
            return None
        causes = self._causes(connection, [row], areas)
        return TextOpened(
            line=self._waits(row), text_class="", segments=None, send_by=row.send_by, steps=(), causes=causes, items=(),
        )  # fmt: skip

    def _causes(
        self, connection: Connection, letters: Sequence[Row[Any]], areas: Collection[str]
    ) -> tuple[TextCause, ...]:  # fmt: skip
        seen = texts.seen_among(connection, {row.elder_id for row in letters if row.elder_id}, areas)
        return tuple(self._cause(row, seen) for row in letters)

    def _cause(self, row: Row[Any], seen: Collection[str]) -> TextCause:
        letter = LETTER.validate_json(self._sealer.open(row.body_enc))
        elsewhere = row.elder_id is not None and row.elder_id not in seen
        cause = TextCause(
            letter=row.kind, template="", state=row.state, why=why_in_words("", row.why), answers=text_answered(row.id),
            elder_id=None if elsewhere else row.elder_id, elsewhere=elsewhere,
        )  # fmt: skip
        if not isinstance(letter, TextLetter):
            kind = letter.message.kind if letter.kind == "update" else letter.kind
            return cause.model_copy(update={"template": kind})
        named = {
            "template": letter.template, "visit_id": letter.cause_visit_id, "stage": letter.cause_stage,
            "escalation_id": letter.cause_escalation_id, "claim": letter.cause_claim, "pay_list": letter.cause_list,
        }  # fmt: skip
        return cause.model_copy(update=named if not elsewhere else {"template": letter.template})


def _step(at: datetime, what: str, provider: str, nth: int | None, error: str | None) -> TextStep:
    means = why_in_words(provider, error) if error else ""
    return TextStep(at=at, what=what, provider=provider, nth=nth, error=error or "", means=means)


def why_in_words(provider: str, why: str | None) -> str:
    """What kept a text from arriving: our word for it, or what the provider's code means. Else as it stands."""
    if not why:
        return ""
    code = code_of(provider, why)
    return FAULTS[code.fault].console if code is not None else WORDS.get(why, why)
