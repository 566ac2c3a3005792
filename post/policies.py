"""A version of a county's rules is two persons': put forward by one, in force by another, by whichever door.

Each step is kept in the log of commands, done or refused, with county and hash.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, Protocol

from decisions.permits import Territory
from models.errors import Refusal
from models.ids import county_area
from models.shown_policy import PackOffered
from models.values import Actor
from post.desk import Desk, Refused
from post.ports import StepLog


class Counties(StepLog, Protocol):
    def has_staff(self, county_id: str) -> bool: ...

    def is_person(self, staff_id: str) -> bool: ...

    def place_of_area(self, area_id: str) -> tuple[Territory, ...]: ...


class Versions(Protocol):
    """`adapters.sql_versions.SqlVersions`."""

    def waiting(self, county: str) -> Any | None: ...

    def offer(self, pack: PackOffered, active_from: date, by: str, now: datetime) -> Refusal | None: ...

    def activate(self, county: str, seen: str, active_from: date, by: str, now: datetime) -> Refusal | None: ...

    def withdraw(self, county: str, seen: str, by: str, now: datetime) -> Refusal | None: ...


class Packs(Protocol):
    """What packs say of themselves. `effective_from`: of what a county goes by, with the county it is named after."""

    def covers(self, content: str) -> Collection[str]: ...

    def in_folder(self, county: str) -> PackOffered | None: ...

    def checked(self, content: str, county: str) -> PackOffered: ...

    def effective_from(self, county: str) -> tuple[str, date] | None: ...


class NotSound(Exception):
    """The pack has problems: its `findings` say which."""

    def __init__(self, offered: PackOffered) -> None:
        super().__init__(f"{offered.county} has {len(offered.findings)} problems")
        self.offered = offered


class Older(Exception):
    """A month goes by the version with the latest `effective_from`: this one would be in force and rule none."""

    def __init__(self, since: date, before: date) -> None:
        super().__init__(f"{since} is before {before}")
        self.since = since
        self.before = before


def with_staff(store: Counties, counties: Collection[str]) -> tuple[Territory, ...]:
    """Those of these counties that have staff in the register; none while they are being set up."""
    return tuple(place for area in counties if store.has_staff(area) for place in store.place_of_area(area))


class PolicySteps:
    def __init__(
        self, desk: Desk, store: Counties, versions: Versions, packs: Packs, begin: Callable[[datetime], object],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        """`begin(now)`: what begins in a county once rules are in force there."""
        self._desk = desk
        self._store = store
        self._versions = versions
        self._packs = packs
        self._begin = begin
        self._now = now

    def areas(self, county: str) -> list[str]:
        """The counties that go by what waits, or else by the pack of the folder: the county itself first."""
        waits = self._versions.waiting(county)
        held = None if waits else self._packs.in_folder(county)
        return self._areas(county, waits.content if waits else held.content if held else "")

    def _areas(self, county: str, content: str) -> list[str]:
        return [county_area(each) for each in (county, *(self._packs.covers(content) if content else ()))]

    def actor(self, staff: str, action: str, county: str, content: str | None = None) -> Actor:
        """Somebody of the register: where two persons are asked for, nobody is taken at their word. Raises Refused."""
        areas = self.areas(county) if content is None else self._areas(county, content)
        places = with_staff(self._store, areas)
        return self._desk.actor_among(staff, action, places[0].county_id if places else county, places)

    def propose(self, offered: PackOffered, since: date, staff: str) -> Actor:
        """It waits for a second person. Raises NotSound, Older, Refused."""
        if offered.findings:
            raise NotSound(offered)
        by = self.actor(staff, "policy_propose", offered.county, offered.content)
        now = self._packs.effective_from(offered.county)
        if now is not None and now[0] == offered.county and offered.effective_from < now[1]:
            raise Older(offered.effective_from, now[1])
        refusal = self._no_person(by) or self._versions.offer(offered, since, by.id, self._now())
        self.kept(by, "policy_propose", offered.county, offered.hash, refusal)
        return by

    def activate(self, county: str, seen: str, since: date, by: Actor) -> str:
        """In force from that day. `seen`: the hash, or how it begins. Answers the hash. Raises Refused."""
        waits = self._versions.waiting(county)
        refusal = self._no_person(by)
        if refusal is None and waits is not None and self._packs.checked(waits.content, county).findings:
            refusal = Refusal.NOT_CHECKED
        refusal = refusal or self._versions.activate(county, seen, since, by.id, self._now())
        whole = self.kept(by, "policy_activate", county, waits.hash if waits else seen, refusal)
        self._begin(self._now())
        return whole

    def withdraw(self, county: str, seen: str, by: Actor) -> str:
        """What waits is put aside. Raises Refused."""
        waits = self._versions.waiting(county)
        refusal = self._versions.withdraw(county, seen, by.id, self._now())
        return self.kept(by, "policy_withdraw", county, waits.hash if waits else seen, refusal)

    def _no_person(self, by: Actor) -> Refusal | None:
        """An account of nobody is the second account of whoever set the county up."""
        return None if self._store.is_person(by.id) else Refusal.NO_PERSON

    def kept(self, by: Actor, action: str, county: str, hash_: str, refusal: Refusal | None) -> str:
        """The step and what came of it; answers the hash. Raises Refused."""
        role = by.role.value if by.role else ""
        answer = refusal.value if refusal else hash_
        self._store.log_step(
            f"policy-{uuid.uuid4().hex}", by.id, role, action, county, refusal is None, answer, self._now()
        )
        if refusal is not None:
            raise Refused(refusal)
        return hash_
