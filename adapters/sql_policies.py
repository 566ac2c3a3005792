"""Which pack is in force in a county on a day: the newest of its own, else the newest that covers it (its city's).

And what an elder there is kept by: the slice of that pack.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from models.digests import policy_digest
from models.errors import Fault, TanfangFault
from models.ids import county_code
from models.policy import PolicySlice
from models.tables import Area, PolicyVersion, table_of
from models.values import AreaKind

AREAS, POLICIES = table_of(Area), table_of(PolicyVersion)

SliceOf = Callable[[str, date, str, str | None], PolicySlice]


def covers_none(_content: str) -> tuple[str, ...]:
    return ()


class InForce:
    def __init__(self, covers: Callable[[str], Collection[str]] = covers_none) -> None:
        """`covers(pack content)`: the counties a pack is for beside the one it is named after."""
        self._covers = covers
        self._covered: dict[str, frozenset[str]] = {}

    def hash_of(self, connection: Connection, county_id: str, day: date) -> str | None:
        """None: this county has none. Never another county's, so a case waits rather than go by foreign rules."""
        return next(self._versions(connection, county_id, day), None)

    def versions(self, connection: Connection, county_id: str, day: date) -> tuple[str, ...]:
        """All that had been activated for it by then, the newest first: its own, else those that cover it."""
        return tuple(self._versions(connection, county_id, day))

    def _versions(self, connection: Connection, county_id: str, day: date) -> Iterator[str]:
        code = county_code(county_id)
        query = select(POLICIES.c.hash, POLICIES.c.county).where(POLICIES.c.active_from <= day)
        newest = connection.execute(query.order_by(POLICIES.c.active_from.desc(), POLICIES.c.at.desc())).all()
        own = [row.hash for row in newest if row.county == code]
        yield from own or (row.hash for row in newest if code in self._covered_by(connection, row.hash))

    def of_each(self, connection: Connection, day: date) -> dict[str, str]:
        """By code, each county of the store that has one: the pack's content."""
        counties = connection.execute(select(AREAS.c.id).where(AREAS.c.kind == AreaKind.COUNTY.value)).scalars().all()
        found = {county_code(county): self.hash_of(connection, county, day) for county in counties}
        return {county: self.content_of(connection, hash_) for county, hash_ in found.items() if hash_ is not None}

    def content_of(self, connection: Connection, hash_: str) -> str:
        return connection.execute(select(POLICIES.c.content).where(POLICIES.c.hash == hash_)).scalar_one()

    def _covered_by(self, connection: Connection, hash_: str) -> frozenset[str]:
        if hash_ not in self._covered:
            self._covered[hash_] = frozenset(self._covers(self.content_of(connection, hash_)))
        return self._covered[hash_]


class Slices:
    """What an elder of some groups is kept by on a day, made once of each pack, year, groups and level."""

    def __init__(self, slice_of: SliceOf, covers: Callable[[str], Collection[str]] = covers_none) -> None:
        """`slice_of(pack content, first day of the year, groups, confirmed level)`; `covers`: as for `InForce`."""
        self._slice_of = slice_of
        self._in_force = InForce(covers)
        self._made: dict[tuple[str, date, str, str | None], tuple[PolicySlice, str | None]] = {}

    def pack_of(self, connection: Connection, county_id: str, day: date) -> str:
        """The hash of the pack in force. Raises TanfangFault(POLICY_NOT_IN_STORE) where none is."""
        hash_ = self._in_force.hash_of(connection, county_id, day)
        if hash_ is None:
            raise TanfangFault(Fault.POLICY_NOT_IN_STORE, f"none is active in {county_id} on {day}")
        return hash_

    def versions(self, connection: Connection, county_id: str, day: date) -> tuple[str, ...]:
        return self._in_force.versions(connection, county_id, day)

    def content_of(self, connection: Connection, hash_: str) -> str:
        return self._in_force.content_of(connection, hash_)

    def unless_known(
        self, connection: Connection, elder: Row[Any], day: date, known: str | None
    ) -> tuple[str, PolicySlice | None]:
        """The hash of the pack in force, and the elder's slice of it; no slice where its digest is `known`."""
        hash_ = self.pack_of(connection, elder.county_id, day)
        policy, digest = self.of(connection, hash_, day.year, elder.standing_reason)
        return hash_, None if digest == known else policy

    def of(
        self, connection: Connection, hash_: str, year: int, groups: str, level: str | None = None
    ) -> tuple[PolicySlice, str | None]:
        """The slice and its digest (`models.digests.policy_digest`)."""
        key = (hash_, date(year, 1, 1), groups, level)
        if key not in self._made:
            made = self._slice_of(self.content_of(connection, hash_), *key[1:])
            self._made[key] = (made, policy_digest(made))
        return self._made[key]
