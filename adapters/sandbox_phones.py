"""The sandbox's phones as whoever plays them sees them: what came, what was written. Fulfils `web.doors.Phones`.

A reply is signed as the sandbox signs, and goes to the door that every provider knocks at.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, exists, func, literal, or_, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sms_sandbox import INBOUND_PATH, SIGNATURE_HEADER, sign
from adapters.sql_shown import masked
from models.shown import PhoneShown, PhonesShown, PhoneText, SignedText, Thread
from models.tables import Area, Inbound, Note, Post, SandboxText, Staff, VisitRow, Volunteer, table_of

TEXTS, INBOUND, NOTES, VISITS = table_of(SandboxText), table_of(Inbound), table_of(Note), table_of(VisitRow)
VOLUNTEERS, STAFF, POSTS, AREAS = table_of(Volunteer), table_of(Staff), table_of(Post), table_of(Area)
NAME = "sandbox"
SYNTHETIC = "+86192"  # a range given to nobody: sample rosters, demo and tests live in it
AT_ONCE = 50
LATEST = 60
DIGITS = 10
Texts = Select[Any, Any, Any]
People = Select[Any, Any, Any, Any, str]
Person = Row[Any, Any, Any, Any, str]


class SandboxPhones:
    def __init__(self, engine: Engine, sealer: Sealer, secret: str) -> None:
        self._engine = engine
        self._sealer = sealer
        self._secret = secret

    def phones(self, areas: Collection[str], after: str) -> PhonesShown:
        """Of the people within these areas, by id from `after` on: whoever had a text, or has a visit to make."""
        within = sorted(areas)
        asked = exists().where(VISITS.c.volunteer_id == VOLUNTEERS.c.id, VISITS.c.state == "open")
        lives = or_(*(VOLUNTEERS.c[area].in_(within) for area in ("village_id", "township_id", "county_id")))
        with reading(self._engine) as connection:
            volunteers = connection.execute(_page(VOLUNTEERS, lives & or_(_used(VOLUNTEERS), asked), after)).all()
            staff = connection.execute(_page(STAFF, _in_post(within) & _used(STAFF), after)).all()
            people = sorted((*volunteers, *staff), key=lambda row: row.id)
            shown = people[:AT_ONCE]
            lasts = self._lasts(connection, {row.phone_index for row in shown})
        rows = tuple(self._phone(row, lasts.get(row.phone_index)) for row in shown)
        return PhonesShown(phones=rows, after=rows[-1].person_id if len(people) > AT_ONCE else None)

    def phone(self, person_id: str) -> PhoneShown | None:
        with reading(self._engine) as connection:
            row = _person(connection, person_id)
            lasts: Mapping[str, PhoneText] = {} if row is None else self._lasts(connection, {row.phone_index})
        return None if row is None else self._phone(row, lasts.get(row.phone_index))

    def thread(self, person_id: str, after: str) -> Thread:
        """The texts of this phone in both directions since `after` (an earlier answer's), or the last of them."""
        with reading(self._engine) as connection:
            row = _person(connection, person_id)
            if row is None:
                return Thread(texts=(), after="0.0")
            came, wrote = _came(row.phone_index), _wrote(row.phone_index)
            totals = [
                connection.execute(select(func.count()).select_from(q.subquery())).scalar_one() for q in (came, wrote)
            ]
            seen = _counts(after) or tuple(max(total - LATEST, 0) for total in totals)
            texts = [
                PhoneText(at=text.at, body=self._sealer.open(text.body_enc), mine=mine)
                for query, skip, mine in zip((came, wrote), seen, (False, True), strict=True)
                for text in connection.execute(query.offset(skip).limit(LATEST))
            ]
        counted = zip(seen, (False, True), strict=True)
        return Thread(
            texts=tuple(sorted(texts, key=lambda text: text.at)),
            after=".".join(str(skip + sum(text.mine is mine for text in texts)) for skip, mine in counted),
        )

    def signed(self, person_id: str, base_url: str, body: str) -> SignedText | None:
        """What this phone's provider would post to us. None: nobody's phone."""
        with reading(self._engine) as connection:
            row = _person(connection, person_id)
        if row is None:
            return None
        url = base_url.rstrip("/") + INBOUND_PATH
        params = {"MessageSid": f"SM{uuid.uuid4().hex}", "From": self._sealer.open(row.phone_enc), "Body": body}
        return SignedText(url=url, params=params, headers={SIGNATURE_HEADER: sign(self._secret, url, params)})

    def _phone(self, row: Person, last: PhoneText | None) -> PhoneShown:
        number = self._sealer.open(row.phone_enc)
        return PhoneShown(
            person_id=row.id, name=self._sealer.open(row.name_enc), volunteer=row.kind == "volunteer",
            number=number if number.startswith(SYNTHETIC) else masked(number) or "", last=last,
        )  # fmt: skip

    def _lasts(self, connection: Connection, phones: Collection[str]) -> Mapping[str, PhoneText]:
        """The last text to or from each."""
        found: dict[str, PhoneText] = {}
        for table, at, mine in ((TEXTS, TEXTS.c.sent_at, False), (INBOUND, INBOUND.c.received_at, True)):
            theirs = table.c.phone_index.in_(sorted(phones))
            newest = select(table.c.phone_index, func.max(at).label("at")).where(theirs)
            of_each = newest.group_by(table.c.phone_index).subquery()
            query = (_came(None) if table is TEXTS else _wrote(None)).join(
                of_each, (of_each.c.phone_index == table.c.phone_index) & (of_each.c.at == at)
            )
            for row in connection.execute(query.where(theirs)):  # said twice, or every text is read
                if row.phone_index not in found or found[row.phone_index].at <= row.at:
                    found[row.phone_index] = PhoneText(at=row.at, body=self._sealer.open(row.body_enc), mine=mine)
        return found


def _came(phone_index: str | None) -> Texts:
    query = select(TEXTS.c.phone_index, TEXTS.c.sent_at.label("at"), TEXTS.c.body_enc)
    query = query.order_by(TEXTS.c.sent_at, TEXTS.c.id)
    return query if phone_index is None else query.where(TEXTS.c.phone_index == phone_index)


def _wrote(phone_index: str | None) -> Texts:
    query = select(INBOUND.c.phone_index, INBOUND.c.received_at.label("at"), NOTES.c.text_enc.label("body_enc"))
    query = query.join(NOTES, NOTES.c.id == INBOUND.c.note_id).where(INBOUND.c.provider == NAME)
    query = query.order_by(INBOUND.c.received_at, INBOUND.c.provider_message_id)
    return query if phone_index is None else query.where(INBOUND.c.phone_index == phone_index)


def _people(table: Table) -> People:
    kind = literal("volunteer" if table is VOLUNTEERS else "staff").label("kind")
    return select(table.c.id, table.c.name_enc, table.c.phone_index, table.c.phone_enc, kind)


def _page(table: Table, which: ColumnElement[bool], after: str) -> People:
    return _people(table).where(which, table.c.id > after).order_by(table.c.id).limit(AT_ONCE + 1)


def _used(table: Table) -> ColumnElement[bool]:
    wrote = exists().where(INBOUND.c.phone_index == table.c.phone_index, INBOUND.c.provider == NAME)
    return or_(exists().where(TEXTS.c.phone_index == table.c.phone_index), wrote)


def _in_post(areas: Collection[str]) -> ColumnElement[bool]:
    """Who holds a post and none outside these areas."""
    below, above = AREAS.alias("below"), AREAS.alias("above")
    inside = or_(POSTS.c.area_id.in_(areas), below.c.parent_id.in_(areas), above.c.parent_id.in_(areas))
    posts = (
        select(POSTS.c.id).join(below, below.c.id == POSTS.c.area_id).outerjoin(above, above.c.id == below.c.parent_id)
    )
    theirs = posts.where(or_(POSTS.c.holder_id == STAFF.c.id, POSTS.c.deputy_id == STAFF.c.id))
    outside = theirs.where(~func.coalesce(inside, False))
    return theirs.correlate(STAFF).exists() & ~outside.correlate(STAFF).exists()


def _person(connection: Connection, person_id: str) -> Person | None:
    for table in (VOLUNTEERS, STAFF):
        row = connection.execute(_people(table).where(table.c.id == person_id)).one_or_none()
        if row is not None:
            return row
    return None


def _counts(after: str) -> tuple[int, int] | None:
    """None: our pages made no such counts; what a store cannot count is none either."""
    said = after.split(".")
    ours = len(said) == 2 and all(one.isascii() and one.isdecimal() and len(one) < DIGITS for one in said)
    return (int(said[0]), int(said[1])) if ours else None
