"""Texts in both directions, newest first, page by key: whose they are, and what became of them. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)

from adapters.beginnings import Begins
from adapters.sealing import Sealer
from models.ids import letter_of_inbound
from models.shown_messages import Outcome, TextKey, TextsWanted
from models.tables import (
    Area,
    DigestRow,
    Elder,
    Inbound,
    LetterRow,
    Note,
    Post,
    SendAttempt,
    Staff,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.values import AreaKind

AREAS, ELDERS, VOLUNTEERS, STAFF = table_of(Area), table_of(Elder), table_of(Volunteer), table_of(Staff)
POSTS, ITEMS, NOTES = table_of(Post), table_of(WorkItemRow), table_of(Note)
DIGESTS, INBOUND, LETTERS, ATTEMPTS = (
    table_of(DigestRow), table_of(Inbound), table_of(LetterRow), table_of(SendAttempt),
)  # fmt: skip
PEOPLE: tuple[Table, ...] = (VOLUNTEERS, STAFF)
UNBUILT: ColumnElement[Any] = literal_column(
    "letter.kind = 'text' AND letter.state != 'gathered'"
)  # as the index has it
NEVER: tuple[str, ...] = ()
STATES: Mapping[Outcome | None, tuple[Sequence[str] | None, Sequence[str] | None]] = {
    None: (None, None),
    Outcome.RECEIVED: (NEVER, NEVER), Outcome.UNREAD: (NEVER, NEVER), Outcome.WAITING: (("built",), ("due",)),
    Outcome.HELD: (("built",), NEVER), Outcome.RETRYING: (("built",), NEVER), Outcome.ACCEPTED: (("accepted",), NEVER),
    Outcome.DELIVERED: (("delivered",), NEVER), Outcome.UNDELIVERED: (("undelivered",), NEVER),
    Outcome.FAILED: (("failed",), NEVER), Outcome.UNKNOWN: (("unknown",), NEVER),
    Outcome.EXPIRED: (("expired",), ("expired", "dead")), Outcome.CANCELLED: (("cancelled",), ("cancelled",)),
}  # fmt: skip
"""Of each outcome the states of texts, and of lines that no text was built of. None: any."""


class Reach(NamedTuple):
    """Whose texts a reader may see: of all in `counties`, of `ids` with these `phones`, of who is in no register."""

    counties: tuple[str, ...]
    ids: tuple[str, ...]
    phones: tuple[str, ...]
    strangers: bool

    def of(self, person: ColumnElement[Any]) -> ColumnElement[bool]:
        within = [person.in_(self.ids)] if self.ids else []
        within += [exists().where(t.c.id == person, t.c.county_id.in_(self.counties)) for t in self._everybody]
        return or_(false(), *within, *([person.startswith("phone:")] if self.strangers else []))

    def of_phone(self, phone: ColumnElement[Any]) -> ColumnElement[bool]:
        within: list[ColumnElement[bool]] = [phone.in_(self.phones)] if self.phones else []
        within += [exists().where(t.c.phone_index == phone, t.c.county_id.in_(self.counties)) for t in self._everybody]
        if self.strangers:
            within.append(and_(*(~exists().where(table.c.phone_index == phone) for table in PEOPLE)))
        return or_(false(), *within)

    @property
    def _everybody(self) -> tuple[Table, ...]:
        return PEOPLE if self.counties else ()


class Whom(NamedTuple):
    """Somebody looked for, by id and by the blind index of their phone."""

    ids: tuple[str, ...]
    phones: tuple[str, ...]


# --- whose -----------------------------------------------------------------------------------------------------------


def reach_of(connection: Connection, areas: Collection[str], home: str) -> Reach:
    """Whoever lives, or has a post, within these areas. In a village or township they are few, and are named."""
    kinds = connection.execute(select(AREAS.c.id, AREAS.c.kind).where(AREAS.c.id.in_(sorted(areas)))).all()
    counties = tuple(row.id for row in kinds if row.kind == AreaKind.COUNTY.value)
    nearer = [row.id for row in kinds if row.id not in counties]
    people = _within(connection, nearer) if nearer else []
    ids, phones = ({row.id for row in people}, {row.phone_index for row in people if row.phone_index})
    return Reach(counties, tuple(sorted(ids)), tuple(sorted(phones)), home in counties)


def _within(connection: Connection, areas: Sequence[str]) -> list[Any]:
    near = or_(VOLUNTEERS.c.village_id.in_(areas), VOLUNTEERS.c.township_id.in_(areas))
    below = select(AREAS.c.id).where(or_(AREAS.c.id.in_(areas), AREAS.c.parent_id.in_(areas)))
    held = POSTS.c.area_id.in_(below)
    staff = or_(
        *(
            STAFF.c.id.in_(select(seat).where(held, seat.is_not(None)))
            for seat in (POSTS.c.holder_id, POSTS.c.deputy_id)
        )
    )
    queries = (
        select(VOLUNTEERS.c.id, VOLUNTEERS.c.phone_index, VOLUNTEERS.c.name_enc).where(near),
        select(STAFF.c.id, STAFF.c.phone_index, STAFF.c.name_enc).where(staff),
    )
    return [row for query in queries for row in connection.execute(query)]


def whom(connection: Connection, sealer: Sealer, reach: Reach, words: str, number: str | None) -> Whom:
    """Who of these goes by this id, this number (E.164), or a name with these characters in it."""
    if number is not None:
        index = sealer.index("phone", number)
        found = [(row.id, index) for table in PEOPLE for row in _reached(connection, reach, table, phone=index)]
        return Whom(tuple(id_ for id_, _ in found) or (f"phone:{index}",), (index,))
    found = [
        (row.id, row.phone_index)
        for table in PEOPLE
        for row in _reached(connection, reach, table)
        if row.id == words or words in sealer.open(row.name_enc)
    ]
    return Whom(tuple(id_ for id_, _ in found), tuple(phone for _, phone in found if phone))


def _reached(connection: Connection, reach: Reach, table: Table, phone: str | None = None) -> Sequence[Any]:
    theirs = or_(table.c.id.in_(reach.ids), table.c.county_id.in_(reach.counties))
    query = select(table.c.id, table.c.phone_index, table.c.name_enc).where(theirs)
    return connection.execute(query if phone is None else query.where(table.c.phone_index == phone)).all()


# --- pages -----------------------------------------------------------------------------------------------------------


def digests(connection: Connection, asked: TextsWanted, reach: Reach, who: Whom | None) -> Sequence[Row[Any]]:
    states, _ = STATES[asked.outcome]
    if asked.way not in (None, "sent") or states == NEVER:
        return ()
    of = DIGESTS.c
    where: list[ColumnElement[Any]] = [reach.of(of.recipient_id)]
    where += [of.state.in_(states)] if states is not None else []
    where += [of.recipient_id.in_(who.ids)] if who else []
    return _page(connection, select(DIGESTS), where, asked, "sent", of.built_at, of.id)


def received(connection: Connection, asked: TextsWanted, reach: Reach, who: Whom | None) -> Sequence[Row[Any]]:
    if asked.way not in (None, "received") or asked.outcome not in (None, Outcome.RECEIVED, Outcome.UNREAD):
        return ()
    of = INBOUND.c
    where: list[ColumnElement[Any]] = [reach.of_phone(of.phone_index)]
    where += [of.read_at.is_(None)] if asked.outcome is Outcome.UNREAD else []
    where += [of.phone_index.in_(who.phones)] if who else []
    whole = select(INBOUND, NOTES.c.text_enc).outerjoin(NOTES, NOTES.c.id == of.note_id)
    return _page(connection, whole, where, asked, "received", of.received_at, of.note_id)


def unbuilt(connection: Connection, asked: TextsWanted, reach: Reach, who: Whom | None) -> Sequence[Row[Any]]:
    """Lines of which no text was built: those that wait, and those that were dropped."""
    _, states = STATES[asked.outcome]
    if asked.way not in (None, "waits") or states == NEVER:
        return ()
    of = LETTERS.c
    where: list[ColumnElement[Any]] = [UNBUILT, reach.of(of.recipient_id)]
    if states is not None:  # by no index of states: most letters of any state are no texts
        where.append((of.state + "").in_(states))
    where += [of.recipient_id.in_(who.ids)] if who else []
    return _page(connection, select(LETTERS), where, asked, "waits", of.created_at, of.id)


def _page(
    connection: Connection, whole: Select[Any], where: Sequence[ColumnElement[Any]], asked: TextsWanted, way: str,
    at: ColumnElement[Any], id_: ColumnElement[Any],
) -> Sequence[Row[Any]]:  # fmt: skip
    """Newest first; of one moment those of a way together, the ways backwards by name.

    First which: what is put in order are keys, from an index. Only then what they hold.
    """
    query = select(id_).where(*where)
    if asked.since is not None:
        query = query.where(at >= asked.since)
    if asked.until is not None:
        query = query.where(at < asked.until)
    if asked.after is not None:
        query = query.where(*_after(asked.after, way, at, id_))
    newest = (at.desc(), id_.desc())
    which = connection.execute(query.order_by(*newest).limit(asked.limit + 1)).scalars().all()
    return connection.execute(whole.where(id_.in_(which)).order_by(*newest)).all() if which else ()


def _after(
    key: TextKey, way: str, at: ColumnElement[Any], id_: ColumnElement[Any]
) -> tuple[ColumnElement[bool], ...]:  # fmt: skip
    last, _, rest = key.id.partition("~")
    if way == last:
        return at <= key.at, or_(at < key.at, id_ < rest)
    return (at <= key.at,) if way < last else (at < key.at,)


# --- beside a page ---------------------------------------------------------------------------------------------------


def tried(connection: Connection, digest_ids: Collection[str]) -> dict[str, tuple[int, str, str]]:
    """Of each text: how often a provider was called, which the last time, and whether it refused last."""
    query = select(ATTEMPTS).where(ATTEMPTS.c.digest_id.in_(sorted(digest_ids))).order_by(ATTEMPTS.c.id)
    found: dict[str, tuple[int, str, str]] = {}
    for row in connection.execute(query):
        count, *_rest = found.get(row.digest_id, (0, "", ""))
        found[row.digest_id] = count + (row.step == "intent"), row.provider, row.step
    return found


def elders_of(connection: Connection, digest_ids: Collection[str]) -> dict[str, set[str]]:
    """Of each text the elders it is about."""
    query = select(LETTERS.c.digest_id, LETTERS.c.elder_id).where(
        LETTERS.c.digest_id.in_(sorted(digest_ids)), LETTERS.c.elder_id.is_not(None)
    )
    found: dict[str, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.digest_id, set()).add(row.elder_id)
    return found


def begins(provider_message_id: str) -> str:
    """How the ids of the letters begin that a received text became."""
    return letter_of_inbound(provider_message_id, "")


def elders_answered(connection: Connection, texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Of each received text, by its note, the elders that what it became is about. `texts`: note → id there."""
    if not texts:
        return {}
    query = select(LETTERS.c.id, LETTERS.c.elder_id).where(
        or_(*(Begins(LETTERS.c.id, begins(id_)) for id_ in texts.values())), LETTERS.c.elder_id.is_not(None)
    )
    became = connection.execute(query).all()
    found = {note: {row.elder_id for row in became if row.id.startswith(begins(id_))} for note, id_ in texts.items()}
    return {note: elders for note, elders in found.items() if elders}


def seen_among(connection: Connection, elder_ids: Collection[str], areas: Collection[str]) -> set[str]:
    """Which of these elders live within these areas."""
    near = (ELDERS.c.village_id, ELDERS.c.township_id, ELDERS.c.county_id)
    within = or_(*(column.in_(sorted(areas)) for column in near))
    return set(connection.execute(select(ELDERS.c.id).where(ELDERS.c.id.in_(sorted(elder_ids)), within)).scalars())


def persons_of(connection: Connection, phones: Collection[str]) -> dict[str, list[str]]:
    """By phone (its blind index) whoever of the register has it."""
    found: dict[str, list[str]] = {}
    for table in PEOPLE:
        query = select(table.c.id, table.c.phone_index).where(table.c.phone_index.in_(sorted(phones)))
        for row in connection.execute(query.order_by(table.c.id)):
            found.setdefault(row.phone_index, []).append(row.id)
    return found


def held_since(connection: Connection) -> Any | None:
    """Since when texts are held back, because the provider does not know us; None: they are not."""
    query = select(func.min(ITEMS.c.opened_at)).where(ITEMS.c.item == "texts_held", ITEMS.c.closed_at.is_(None))
    return connection.execute(query).scalar()
