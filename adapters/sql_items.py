"""What a work item is about, opened for the person who has it: the texts it stands for, or the call it asks for."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Row, or_, select

from adapters.beginnings import Begins
from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_recipients import names_of, number_of
from models.ids import text_answered
from models.letters import LETTER, UpdateLetter
from models.shown import Said
from models.tables import AskedBack, DigestRow, Inbound, LetterRow, Note, table_of

INBOUND, NOTES, DIGESTS, LETTERS = table_of(Inbound), table_of(Note), table_of(DigestRow), table_of(LetterRow)
ASKED = table_of(AskedBack)


class SqlItems:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def said(self, item: Row[Any]) -> list[Said]:
        """Oldest first. Empty: it is about no text."""
        names = item.about.rpartition(" ")[2]  # why, and then the id of a text, of a letter or of a digest
        with reading(self._engine) as connection:
            digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == names)).one_or_none()
            if digest is not None:
                return [self._sent(connection, digest, "call")]
            asked = connection.execute(select(ASKED.c.note_id).where(ASKED.c.item_id == item.id).limit(1)).scalar()
            first = self._received(connection, asked or names)  # asked back before: from the first unclear one
            return self._talk(connection, first, item) if first is not None else []

    def dealt(self, item: Row[Any]) -> str | None:
        """In whose words a person closed it. None: it was no person, or the reason is no words."""
        with reading(self._engine) as connection:
            sealed = connection.execute(select(NOTES.c.text_enc).where(NOTES.c.id == item.close_reason)).scalar()
        return self._sealer.open(sealed) if sealed is not None else None

    def _received(self, connection: Connection, names: str) -> Row[Any] | None:
        letter = connection.execute(select(LETTERS.c.body_enc).where(LETTERS.c.id == names)).scalar()
        note = names
        if (answered := text_answered(names)) is not None:  # our answer to it could not be said
            return connection.execute(select(INBOUND).where(INBOUND.c.provider_message_id == answered)).first()
        if letter is not None:
            opened = LETTER.validate_json(self._sealer.open(letter))
            note = opened.message.note.id if isinstance(opened, UpdateLetter) and opened.message.note else names
        return connection.execute(select(INBOUND).where(INBOUND.c.note_id == note)).one_or_none()

    def _talk(self, connection: Connection, first: Row[Any], item: Row[Any]) -> list[Said]:
        """What this phone wrote from the first unclear text until a person had it, and what we answered to these."""
        until = max(first.received_at, item.opened_at)
        query = select(INBOUND, NOTES.c.text_enc).join(NOTES, NOTES.c.id == INBOUND.c.note_id)
        texts = connection.execute(
            query.where(
                INBOUND.c.phone_index == first.phone_index,
                INBOUND.c.received_at.between(first.received_at, until),
            )
        ).all()
        answers: list[ColumnElement[bool]] = [
            Begins(LETTERS.c.id, f"sms-{text.provider_message_id}-say-") for text in texts
        ]
        if "#" in item.id:  # of a fact: its other letters answer the same text
            answers.append(Begins(LETTERS.c.id, item.id.rpartition(".")[0] + "."))
        told = select(LETTERS.c.digest_id).where(or_(*answers), LETTERS.c.digest_id.is_not(None))
        ours = select(DIGESTS).where(DIGESTS.c.id.in_(told), DIGESTS.c.phone_index == first.phone_index)
        who = self._called(connection, first.phone_index)
        theirs = [
            Said(
                text.received_at, "received", who, self._sealer.open(text.phone_enc), self._sealer.open(text.text_enc),
                text.sender_id,
            )
            for text in texts
        ]  # fmt: skip
        said = theirs + [self._sent(connection, digest, "sent") for digest in connection.execute(ours).all()]
        return sorted(said, key=lambda one: one.at)

    def _sent(self, connection: Connection, digest: Row[Any], way: Literal["sent", "call"]) -> Said:
        phone = number_of(connection, self._sealer, digest) or ""
        name = self._called(connection, digest.phone_index)
        words = self._sealer.open(digest.body_enc)
        return Said(digest.accepted_at or digest.built_at, way, name, phone, words, digest.recipient_id)

    def _called(self, connection: Connection, phone: str) -> str:
        return "或".join(names_of(connection, self._sealer, phone)) or "未登记的号码"
