"""Texts of the town as the post builds and sends them, and as they come in by the inbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from adapters.database import reading, writing
from adapters.sql_letters import insert_letter
from models.letters import TextClass, TextLetter
from models.tables import DigestRow, Inbound, LetterRow, Note, Staff, Volunteer, table_of
from models.templates import TemplateId
from models.texts import SendOrder
from post.ports import Built, Recipient
from tests.pages.town import Town

PEOPLE = (table_of(Volunteer), table_of(Staff))


def person(town: Town, id_: str) -> Any:
    with reading(town.house.engine) as connection:
        found = [connection.execute(select(table).where(table.c.id == id_)).one_or_none() for table in PEOPLE]
    return next(row for row in found if row is not None)


def line(town: Town, to: str, elder: str | None, letter_id: str, **more: Any) -> str:
    """A line that waits for its slot."""
    kind = "volunteer" if to.startswith("V") else "staff"
    letter = TextLetter(
        recipient_id=to, recipient_kind=kind, template=TemplateId.REMINDER_ONE.value, elder_id=elder, **more
    )
    with writing(town.house.engine) as connection:
        insert_letter(connection, town.house.sealer, letter_id, letter, town.now)
    return letter_id


def built(town: Town, to: str, words: str, *elders: str, digest_id: str = "", **more: Any) -> str:
    """A text of one line for each elder."""
    id_ = digest_id or f"D-{to}-{town.now:%d%H%M%S}"
    lines = tuple(line(town, to, elder, f"{id_}-{elder}", **more) for elder in elders)
    row = person(town, to)
    kind = "volunteer" if to.startswith("V") else "staff"
    of = Built(
        id_, TemplateId.REMINDER_ONE.value, {}, words, 1, TextClass.ORDINARY, town.now + timedelta(days=1), lines
    )  # fmt: skip
    town.house.letterbox.post_digest(Recipient(to, kind, row.phone_index, True, 0), of, town.now)
    return id_


def sent(town: Town, digest_id: str) -> str:
    """Handed to the sandbox. Answers what came of it."""
    return town.house.texts.send(SendOrder(digest_id=digest_id)).status


def received(town: Town, phone: str, words: str, message_id: str) -> str:
    town.house.inbox._store.store("sandbox", message_id, phone, words, town.now)
    return f"sms-sandbox-{message_id}"


def many(town: Town, to: str, begins: datetime, count: int) -> None:
    """So many texts to one person and from their phone, a minute apart, each pair of one moment."""
    row, seal = person(town, to), town.house.sealer.seal
    number = row.phone_enc
    with writing(town.house.engine) as connection:
        for n in range(count):
            at = begins + timedelta(minutes=n)
            connection.execute(
                insert(table_of(DigestRow)).values(
                    id=f"M-{to}-{n:05}", recipient_id=to, recipient_kind="volunteer", phone_index=row.phone_index,
                    text_class="ordinary", template="reminder_one", body_enc=seal(f"text {n}"), segments=1,
                    body_index="x", state="delivered" if n % 2 else "undelivered", built_at=at,
                )
            )  # fmt: skip
            note = f"sms-sandbox-{to}-{n:05}"
            connection.execute(
                insert(table_of(Inbound)).values(
                    provider="sandbox", provider_message_id=f"{to}-{n:05}", phone_index=row.phone_index,
                    phone_enc=number, note_id=note, received_at=at, tries=0,
                )
            )  # fmt: skip
            connection.execute(
                insert(table_of(Note)).values(id=note, sha256="x", text_enc=seal(f"reply {n}"), written_at=at)
            )


def letters(town: Town) -> list[Any]:
    with reading(town.house.engine) as connection:
        return list(connection.execute(select(table_of(LetterRow))))
