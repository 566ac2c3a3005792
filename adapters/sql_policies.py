"""Which pack is in force in a county on a day: the newest of its own, else the newest that covers it (its city's).

And what an elder there is kept by: the slice of that pack.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy import Connection, select

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
        code = county_code(county_id)
        query = select(POLICIES.c.hash, POLICIES.c.county).where(POLICIES.c.active_from <= day)
        newest = connection.execute(query.order_by(POLICIES.c.active_from.desc(), POLICIES.c.at.desc())).all()
        own = next((row.hash for row in newest if row.county == code), None)
        if own is not None:
            return own
        return next((row.hash for row in newest if code in self._covered_by(connection, row.hash)), None)

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

    def content_of(self, connection: Connection, hash_: str) -> str:
        return self._in_force.content_of(connection, hash_)

    def of(
        self, connection: Connection, hash_: str, year: int, groups: str, level: str | None = None
    ) -> tuple[PolicySlice, str | None]:
        """The slice and its digest (`models.digests.policy_digest`)."""
        key = (hash_, date(year, 1, 1), groups, level)
        if key not in self._made:
            made = self._slice_of(self.content_of(connection, hash_), *key[1:])
            self._made[key] = (made, policy_digest(made))
        return self._made[key]
