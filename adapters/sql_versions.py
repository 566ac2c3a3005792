"""The versions of a county's pack: put forward by one person, in force by a second, whole and by hash.

What is put forward stands in a table of its own, which no case and no month reads. Each step is one transaction, and
holds what was typed against what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from adapters.database import patient, reading, writing
from adapters.sql_policies import InForce, covers_none
from decisions.versions import too_early
from models.errors import Refusal
from models.ids import county_area
from models.shown_policy import PackOffered
from models.tables import PayListRow, PolicyProposal, PolicyVersion, table_of

VERSIONS, PROPOSALS, LISTS = table_of(PolicyVersion), table_of(PolicyProposal), table_of(PayListRow)
ACTIVATED, WITHDRAWN = "activated", "withdrawn"


class PackText(NamedTuple):
    """A pack as it is stored."""

    county: str
    version: str
    hash: str
    content: str


class Version(NamedTuple):
    """A pack of the store. `active_from`: since when, or for when it is put forward.

    `activated_by` None: it was not. `proposed_by` None: whoever set the county up activated it alone.
    """

    county: str
    version: str
    hash: str
    active_from: date
    proposed_by: str | None
    proposed_at: datetime | None
    activated_by: str | None = None
    activated_at: datetime | None = None
    withdrawn_by: str | None = None
    in_force: bool = False

    @property
    def waits(self) -> bool:
        return self.activated_by is None and self.withdrawn_by is None


class SqlVersions:
    def __init__(
        self,
        engine: Engine,
        civil_day: Callable[[datetime], date],
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`covers(pack content)`: as for `sql_policies.InForce`."""
        self._engine = engine
        self._civil_day = civil_day
        self._covers = covers
        self._in_force = InForce(covers)

    # --- steps -------------------------------------------------------------------------------------------------------

    @patient
    def install(self, pack: PackText, active_from: date, by: str, now: datetime) -> bool:
        """In force by one person, who sets the county up. Answers whether it is new; twice is once."""
        with writing(self._engine) as connection:
            is_new = not _is_activated(connection, pack.hash)
            if is_new:
                _put_in_force(connection, pack, active_from, None, by, now)
        return is_new

    @patient
    def propose(self, pack: PackText, active_from: date, by: str, now: datetime) -> Refusal | None:
        """Stored whole for that day. None: it waits for a second person."""
        with writing(self._engine) as connection:
            if _is_activated(connection, pack.hash):
                return Refusal.ALREADY_ACTIVATED
            if _open(connection, pack.county) is not None:
                return Refusal.ALREADY_PROPOSED
            if self._too_early(connection, pack.county, pack.content, active_from, now):
                return Refusal.MONTH_LISTED
            row = pack._asdict() | {"active_from": active_from, "proposed_by": by, "proposed_at": now}
            connection.execute(insert(PROPOSALS).values(id=f"policy-{uuid4().hex}", **row))
        return None

    @patient
    def activate(self, county: str, seen: str, active_from: date, by: str, now: datetime) -> Refusal | None:
        """In force by a second person who has typed the hash (or how it begins) and the day as they saw them."""
        with writing(self._engine) as connection:
            held = _open(connection, county)
            if held is None:
                return self._none_open(connection, county, seen)
            if not held.hash.startswith(seen) or held.active_from != active_from:
                return Refusal.OTHER_VERSION
            if held.proposed_by == by:
                return Refusal.SAME_PERSON
            if _is_activated(connection, held.hash):
                return Refusal.ALREADY_ACTIVATED
            if self._too_early(connection, county, held.content, active_from, now):
                return Refusal.MONTH_LISTED
            of = PackText(held.county, held.version, held.hash, held.content)
            _put_in_force(connection, of, active_from, held.proposed_by, by, now)
            _end(connection, held.id, ACTIVATED, by, now)
        return None

    @patient
    def withdraw(self, county: str, seen: str, by: str, now: datetime) -> Refusal | None:
        with writing(self._engine) as connection:
            held = _open(connection, county)
            if held is None:
                return self._none_open(connection, county, seen)
            if not held.hash.startswith(seen):
                return Refusal.OTHER_VERSION
            _end(connection, held.id, WITHDRAWN, by, now)
        return None

    def offer(self, pack: PackOffered, active_from: date, by: str, now: datetime) -> Refusal | None:
        """`propose`, of a pack that was checked."""
        return self.propose(PackText(pack.county, pack.version, pack.hash, pack.content), active_from, by, now)

    # --- reading -----------------------------------------------------------------------------------------------------

    def waiting(self, county: str) -> Row[Any] | None:
        """What is put forward and neither in force nor withdrawn, with its content."""
        with reading(self._engine) as connection:
            return _open(connection, county)

    def of_county(self, county: str, now: datetime) -> list[Version]:
        """All of its own, and whatever it goes by today, by the day they hold from."""
        with reading(self._engine) as connection:
            holds = self._in_force.hash_of(connection, county_area(county), self._civil_day(now))
            own = (VERSIONS.c.county == county) | (VERSIONS.c.hash == holds)
            active = connection.execute(select(VERSIONS).where(own)).all()
            proposed = connection.execute(select(PROPOSALS).where(PROPOSALS.c.county == county)).all()
        since = {row.hash: row.proposed_at for row in proposed if row.outcome == ACTIVATED}
        found = [
            Version(
                row.county, row.version, row.hash, row.active_from, row.proposed_by, since.get(row.hash),
                row.activated_by, row.at, in_force=row.hash == holds,
            )
            for row in active
        ]  # fmt: skip
        found += [
            Version(
                row.county, row.version, row.hash, row.active_from, row.proposed_by, row.proposed_at,
                withdrawn_by=row.ended_by,
            )
            for row in proposed
            if row.outcome != ACTIVATED
        ]  # fmt: skip
        return sorted(found, key=lambda each: (each.active_from, each.activated_at or each.proposed_at or now))

    def in_force(self, county: str, now: datetime) -> PackText | None:
        """What a county goes by today."""
        with reading(self._engine) as connection:
            hash_ = self._in_force.hash_of(connection, county_area(county), self._civil_day(now))
            row = hash_ and connection.execute(select(VERSIONS).where(VERSIONS.c.hash == hash_)).one_or_none()
        return PackText(row.county, row.version, row.hash, row.content) if row else None

    def named(self, prefix: str) -> list[tuple[PackText, date]]:
        """Each pack of the store, in force or put forward, whose hash begins so, and from which day."""
        found: dict[str, tuple[PackText, date]] = {}
        with reading(self._engine) as connection:
            for table in (PROPOSALS, VERSIONS):
                for row in connection.execute(select(table).where(table.c.hash.startswith(prefix, autoescape=True))):
                    found[row.hash] = PackText(row.county, row.version, row.hash, row.content), row.active_from
        return [found[hash_] for hash_ in sorted(found)]

    # --- what is asked -----------------------------------------------------------------------------------------------

    def _none_open(self, connection: Connection, county: str, seen: str) -> Refusal:
        query = select(VERSIONS.c.hash).where(VERSIONS.c.county == county)
        is_there = any(hash_.startswith(seen) for hash_ in connection.execute(query).scalars())
        return Refusal.ALREADY_ACTIVATED if is_there else Refusal.NO_PROPOSAL

    def _too_early(self, connection: Connection, county: str, content: str, active_from: date, now: datetime) -> bool:
        """In any of the counties that go by it."""
        today = self._civil_day(now)
        areas = [county_area(each) for each in (county, *self._covers(content))]
        listed = connection.execute(select(func.max(LISTS.c.month)).where(LISTS.c.county_id.in_(areas))).scalar()
        begun = any(self._in_force.hash_of(connection, area, today) is not None for area in areas)
        return too_early(active_from, today, begun=begun, listed=listed)


def _is_activated(connection: Connection, hash_: str) -> bool:
    return connection.execute(select(VERSIONS.c.hash).where(VERSIONS.c.hash == hash_)).first() is not None


def _open(connection: Connection, county: str) -> Row[Any] | None:
    query = select(PROPOSALS).where(PROPOSALS.c.county == county, PROPOSALS.c.outcome.is_(None))
    return connection.execute(query).one_or_none()


def _put_in_force(
    connection: Connection, of: PackText, active_from: date, proposed_by: str | None, by: str, now: datetime
) -> None:
    row = of._asdict() | {"active_from": active_from, "proposed_by": proposed_by, "activated_by": by, "at": now}
    connection.execute(insert(VERSIONS).values(**row))


def _end(connection: Connection, id_: str, outcome: str, by: str, now: datetime) -> None:
    of = update(PROPOSALS).where(PROPOSALS.c.id == id_)
    connection.execute(of.values(outcome=outcome, ended_by=by, ended_at=now))
