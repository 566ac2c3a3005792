"""Whom a text goes to: their name, their number, and where they are. By SQL, from the digest's row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from adapters.sealing import Sealer
from adapters.sql_duty import townships_of_posts
from models import ids
from models.tables import DigestRow, Elder, Inbound, LetterRow, Staff, Volunteer, table_of

VOLUNTEERS, STAFF, ELDERS = table_of(Volunteer), table_of(Staff), table_of(Elder)
INBOUND, LETTERS, DIGESTS = table_of(Inbound), table_of(LetterRow), table_of(DigestRow)
PEOPLE = {"volunteer": VOLUNTEERS, "staff": STAFF}


def number_of(connection: Connection, sealer: Sealer, digest: Row[Any]) -> str | None:
    """The number itself: from the register, or, for a stranger, from what they sent."""
    table = PEOPLE.get(digest.recipient_kind)
    if table is not None:
        sealed = connection.execute(select(table.c.phone_enc).where(table.c.id == digest.recipient_id)).scalar()
    else:
        query = select(INBOUND.c.phone_enc).where(INBOUND.c.phone_index == digest.phone_index)
        sealed = connection.execute(query.limit(1)).scalar()
    return sealer.open(sealed) if sealed is not None else None


def county_of(connection: Connection, recipient_id: str | None) -> str | None:
    """Whose volunteer or staff they are. None: a stranger."""
    for table in (VOLUNTEERS, STAFF):
        found = connection.execute(select(table.c.county_id).where(table.c.id == recipient_id)).scalar()
        if found is not None:
            return found
    return None


def county_of_phone(connection: Connection, phone: str | None) -> str | None:
    """Whose volunteer or staff has this phone (its blind index). None: a stranger."""
    for table in (VOLUNTEERS, STAFF):
        theirs = select(table.c.county_id).where(table.c.phone_index == phone).order_by(table.c.id)
        found = connection.execute(theirs).scalar()
        if found is not None:
            return found
    return None


def place_of_letter(connection: Connection, letter: Row[Any], home: str) -> tuple[str | None, str]:
    """Township and county of the elder a letter is about; of none the county it goes to, a stranger's `home`."""
    if ids.kind_of(letter.workflow_id or "") == ids.COUNTY:
        return None, ids.county_of(letter.workflow_id)
    lives = select(ELDERS.c.township_id, ELDERS.c.county_id).where(ELDERS.c.id == letter.elder_id)
    elder = connection.execute(lives).one_or_none()
    if elder is not None:
        return elder.township_id, elder.county_id
    sent = select(DIGESTS.c.recipient_id).where(DIGESTS.c.id == ids.digest_of(letter.workflow_id or ""))
    recipient = letter.recipient_id or connection.execute(sent).scalar()
    return None, county_of(connection, recipient) or home


def home_of(connection: Connection, recipient_id: str) -> str | None:
    """The township a volunteer lives in, or staff have a post in. None: a stranger, or the county's own."""
    found = connection.execute(select(VOLUNTEERS.c.township_id).where(VOLUNTEERS.c.id == recipient_id)).scalar()
    return found or next(iter(townships_of_posts(connection, recipient_id)), None)


def names_of(connection: Connection, sealer: Sealer, phone: str) -> list[str]:
    """Of all who have this phone (its blind index): one may be shared."""
    found: list[str] = []
    for table in (VOLUNTEERS, STAFF):
        rows = connection.execute(select(table.c.name_enc).where(table.c.phone_index == phone).order_by(table.c.id))
        found += [sealer.open(sealed) for sealed in rows.scalars()]
    return list(dict.fromkeys(found))


def township_of(connection: Connection, digest: Row[Any]) -> str | None:
    """Where a volunteer lives; of staff the elder they were told of, else a post of theirs. None: the county's own."""
    found = connection.execute(select(VOLUNTEERS.c.township_id).where(VOLUNTEERS.c.id == digest.recipient_id)).scalar()
    if found is None:
        elders = select(LETTERS.c.elder_id).where(LETTERS.c.digest_id == digest.id, LETTERS.c.elder_id.is_not(None))
        found = connection.execute(select(ELDERS.c.township_id).where(ELDERS.c.id.in_(elders)).limit(1)).scalar()
    return found or next(iter(townships_of_posts(connection, digest.recipient_id)), None)
