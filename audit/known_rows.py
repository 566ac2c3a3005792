"""All that the dashboard's figures of a month are counted from, as it was known at a moment, in a store of its own.

What facts write is folded again, every stream of every elder and of the counties, one stream in hand at a time. What no
fact writes is copied, as it stood:

* volunteers, and where an elder lives: as they are, with what was changed later taken back (`register_change`);
* texts: put together by then, with no later attempt, receipt or reading; the other ends of a text have no time of their
  own (`_ended`);
* rules put in force by then, and the lines of payment lists that were approved then, which are never changed.

Places are as they are. `decisions.figure_words.THEN` says of each figure what that leaves untold.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, func, insert, select, text

from adapters.texts import LOST
from audit.fold import refolding
from audit.known import fold, nobody
from audit.store import (
    AREAS,
    ATTEMPTS,
    DIGESTS,
    ELDERS,
    INBOUND,
    LEVELS,
    LINES,
    LISTS,
    PAGE,
    POLICIES,
    RECEIPTS,
    STAFF,
    STATES,
    TABLES,
    VOLUNTEERS,
    Snapshot,
    Store,
    snapshot,
)
from decisions.benefit_time import next_month
from decisions.deadlines import civil_day, instant
from projections.figures_benefits import approved

NAMES, CHANGES = TABLES["area_name"], TABLES["register_change"]
BESIDE = (AREAS, NAMES, ELDERS, VOLUNTEERS, STAFF, POLICIES, DIGESTS, INBOUND)
UNSENT = ("failed", "expired", "cancelled", "unknown")
SHUT = b""  # in place of what is sealed: no figure reads it
Values = dict[str, Any]


@contextmanager
def figured_by(
    store: Store, county_id: str, first: date, at: datetime, told: Callable[[int, int], None] = nobody
) -> Generator[Connection]:
    """Of a county's month that begins on `first` and, but for texts, of those before it.

    `told` hears how many streams are folded, of how many. Raises as `audit.known.known_by` does.
    """
    with snapshot(store) as held, refolding(BESIDE) as folded:
        of = held.connection.execute(select(func.count()).select_from(STATES)).scalar_one()
        for done, stream in enumerate(held.until(at)):
            told(done, of)
            fold(held, stream, folded)
        folded.connection.execute(text("PRAGMA defer_foreign_keys = ON"))  # areas come in any order
        for table, rows in (
            (AREAS, _all(held, AREAS)),
            (NAMES, _all(held, NAMES)),
            (POLICIES, (row for row in _all(held, POLICIES) if row["at"] <= at)),
            (STAFF, _staff(held, county_id)),
            (VOLUNTEERS, _volunteers(held, county_id, at)),
            (ELDERS, _elders(held, county_id, at)),
            (DIGESTS, _texts(held, first, at)),
            (INBOUND, _replies(held, first, at)),
            (LINES, _lines(held, folded.connection, county_id, first)),
        ):
            coming = iter(rows)
            while some := list(islice(coming, PAGE)):
                folded.connection.execute(insert(table), some)
        yield folded.connection


def _all(held: Snapshot, table: Table) -> list[Values]:
    return [dict(row) for row in held.connection.execute(select(table)).mappings()]


def _paged(held: Snapshot, query: Select[Any], *key: str) -> Iterator[Sequence[Row[Any]]]:
    """Page after page by key, so that what is asked beside a page is asked of few."""
    columns, last = [query.selected_columns[name] for name in key], tuple[Any, ...]()
    while True:
        later = [] if not last else [_after(columns, last)]
        page = held.connection.execute(query.where(*later).order_by(*columns).limit(PAGE)).all()
        if not page:
            return
        yield page
        last = tuple(getattr(page[-1], name) for name in key)


def _after(columns: Sequence[Any], last: Sequence[Any]) -> Any:
    if len(columns) == 1:
        return columns[0] > last[0]
    return (columns[0] > last[0]) | and_(columns[0] == last[0], columns[1] > last[1])


# --- who is registered -----------------------------------------------------------------------------------------------


def _staff(held: Snapshot, county_id: str) -> Iterator[Values]:
    for page in _paged(held, select(STAFF).where(STAFF.c.county_id == county_id), "id"):
        for row in page:
            own = {"id": row.id, "county_id": county_id, "phone_index": row.phone_index}
            yield own | {"name_enc": SHUT, "phone_enc": SHUT}


def _elders(held: Snapshot, county_id: str, at: datetime) -> Iterator[Values]:
    """Those who ever had a level: where they lived."""
    assessed = select(LEVELS.c.elder_id)
    query = select(ELDERS).where(ELDERS.c.county_id == county_id, ELDERS.c.id.in_(assessed))
    blank: Values = {"household_id": "", "name_enc": SHUT, "id_number_enc": SHUT, "born_on_enc": SHUT, "sex": "F"}
    for page in _paged(held, query, "id"):
        changes = _changed_since(held, [row.id for row in page], at)
        for row in page:
            lived = _place(row, changes.get(row.id, {}))
            own = {"id": row.id, "county_id": county_id, "id_number_index": row.id, "standing": row.standing}
            yield blank | own | lived | {"updated_at": row.updated_at}


def _volunteers(held: Snapshot, county_id: str, at: datetime) -> Iterator[Values]:
    blank: Values = {"name_enc": SHUT, "phone_enc": SHUT, "sex": "F", "standing": ""}
    for page in _paged(held, select(VOLUNTEERS).where(VOLUNTEERS.c.county_id == county_id), "id"):
        changes = _changed_since(held, [row.id for row in page], at)
        for row in page:
            was = changes.get(row.id, {})
            own = {"id": row.id, "county_id": county_id, "capacity": int(was.get("capacity") or row.capacity)}
            phone = {"phone_index": _phone(held, row, was), "barred": _barred(row, was)}
            yield blank | own | _place(row, was) | phone | _consent(row, was, at)


def _changed_since(held: Snapshot, ids: Sequence[str], at: datetime) -> dict[str, dict[str, str | None]]:
    """Of each, the value that a field had before it was first changed after `at`."""
    query = select(CHANGES).where(CHANGES.c.subject_id.in_(ids), CHANGES.c.at > at).order_by(CHANGES.c.id)
    found: dict[str, dict[str, str | None]] = {}
    for row in held.connection.execute(query):
        old = held.open(row.old_enc) if row.old_enc is not None else None
        found.setdefault(row.subject_id, {}).setdefault(row.field, old)
    return found


def _place(row: Row[Any], was: Mapping[str, str | None]) -> Values:
    return {name: was.get(name) or getattr(row, name) for name in ("township_id", "village_id")}


def _phone(held: Snapshot, row: Row[Any], was: Mapping[str, str | None]) -> str:
    old = was.get("phone")
    return held.sealer.index("phone", old) if old else row.phone_index


def _barred(row: Row[Any], was: Mapping[str, str | None]) -> bool:
    """Of the two the first that came after is the opposite of what was."""
    first = next((name for name in was if name in ("barred", "bar_lifted")), None)
    return row.barred if first is None else first == "bar_lifted"


def _consent(row: Row[Any], was: Mapping[str, str | None], at: datetime) -> Values:
    """Who consented later had not. Whoever consented anew later had stopped their texts, nobody knows when."""
    on, _, stopped = (was.get("consent") or "").partition("/")
    if "consent" in was:
        return {"consented_on": date.fromisoformat(on) if on else None, "opted_out_at": at if stopped else None}
    given = row.consented_on if row.consented_on is not None and row.consented_on <= civil_day(at) else None
    gone = row.opted_out_at if row.opted_out_at is not None and row.opted_out_at <= at else None
    return {"consented_on": given, "opted_out_at": gone}


# --- texts -----------------------------------------------------------------------------------------------------------


def _texts(held: Snapshot, first: date, at: datetime) -> Iterator[Values]:
    of = DIGESTS.c
    begins, ends = instant(first), instant(next_month(first))
    query = select(DIGESTS).where(of.built_at >= begins, of.built_at < ends, of.built_at <= at)
    blank: Values = {"phone_index": "", "text_class": "", "template": "", "body_enc": SHUT, "segments": 0}
    for page in _paged(held, query, "built_at", "id"):
        ids = [row.id for row in page]
        refused, lost = _last_tries(held, ids), _lost(held, ids, at)
        for row in page:
            state, why = _ended(row, refused.get(row.id), lost.get(row.id), at)
            own = {"id": row.id, "recipient_id": row.recipient_id, "recipient_kind": row.recipient_kind}
            yield blank | own | {"body_index": "", "built_at": row.built_at, "state": state, "why": why}


def _ended(
    row: Row[Any], tried_at: datetime | None, lost: Sequence[str | None] | None, at: datetime
) -> tuple[str, str | None]:  # fmt: skip
    """How it had ended by then. What ends a text unsent has no time of its own: of one that was refused it is the last
    attempt's, of one that came too late its time limit, of the others when it was put together."""
    if row.delivered_at is not None and row.delivered_at <= at:
        return "delivered", None
    if lost:
        return "undelivered", lost[-1]
    if row.state in UNSENT:
        since = tried_at if row.state == "failed" else row.send_by if row.state == "expired" else None
        return (row.state, row.why) if (since or row.built_at) <= at else ("built", None)
    return ("accepted" if row.accepted_at is not None and row.accepted_at <= at else "built"), None


def _last_tries(held: Snapshot, digest_ids: Sequence[str]) -> dict[str, datetime]:
    """When a provider was last called, or answered, whenever that was."""
    last = func.max(ATTEMPTS.c.at)
    query = select(ATTEMPTS.c.digest_id, last).where(ATTEMPTS.c.digest_id.in_(digest_ids))
    return {row[0]: row[1] for row in held.connection.execute(query.group_by(ATTEMPTS.c.digest_id))}


def _lost(held: Snapshot, digest_ids: Sequence[str], at: datetime) -> dict[str, list[str | None]]:
    """The provider's codes for not arriving that had come by then, in their order."""
    query = (
        select(ATTEMPTS.c.digest_id, RECEIPTS.c.error)
        .join(RECEIPTS, RECEIPTS.c.provider_message_id == ATTEMPTS.c.provider_message_id)
        .where(ATTEMPTS.c.digest_id.in_(digest_ids), ATTEMPTS.c.at <= at)
        .where(RECEIPTS.c.status.in_(LOST), RECEIPTS.c.at <= at)
        .order_by(RECEIPTS.c.at, RECEIPTS.c.status)
    )
    found: dict[str, list[str | None]] = {}
    for row in held.connection.execute(query):
        found.setdefault(row.digest_id, []).append(row.error)
    return found


def _replies(held: Snapshot, first: date, at: datetime) -> Iterator[Values]:
    of = INBOUND.c
    begins, ends = instant(first), instant(next_month(first))
    query = select(INBOUND).where(of.received_at >= begins, of.received_at < ends, of.received_at <= at)
    for page in _paged(held, query, "received_at", "note_id"):
        for row in page:
            own = {name: getattr(row, name) for name in ("provider", "provider_message_id", "phone_index", "note_id")}
            read = row.read_at is not None and row.read_at <= at
            told = {"read_at": row.read_at, "reading": row.reading} if read else {"read_at": None, "reading": None}
            yield own | told | {"phone_enc": SHUT, "received_at": row.received_at, "tries": 0}


# --- payment lists ---------------------------------------------------------------------------------------------------


def _lines(held: Snapshot, known: Connection, county_id: str, first: date) -> Iterator[Values]:
    """Those of the lists that were approved then."""
    lists = select(LISTS.c.sha256).where(*approved(county_id, first)).distinct()
    for sha256 in known.execute(lists).scalars().all():
        for page in _paged(held, select(LINES).where(LINES.c.sha256 == sha256), "seq"):
            yield from (dict(row._mapping) for row in page)  # pyright: ignore[reportPrivateUsage]
