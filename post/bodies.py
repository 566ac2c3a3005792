"""The county's register of assessing bodies (评估机构), by whichever door: checked against its county, then changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from decisions.deadlines import civil_day
from decisions.permits import Territory
from models.values import Actor
from post.counter import Counter


class Register(Protocol):
    """`adapters.sql_bodies.SqlBodies`. Raises LookupError for an id that nobody has, ValueError for what cannot be."""

    def county_of(self, body_id: str) -> str: ...

    def add(self, county_id: str, name: str, registered_as: str, from_on: date, by: Actor, at: datetime) -> str: ...

    def end(self, body_id: str, on: date, by: Actor, at: datetime) -> None: ...

    def take_on(self, body_id: str, staff_id: str, from_on: date, by: Actor, at: datetime) -> bool: ...

    def let_go(self, body_id: str, staff_id: str, to_on: date, by: Actor, at: datetime) -> bool: ...

    def of_county(self, county_id: str, day: date) -> Sequence[Any]: ...


class Places(Protocol):
    def place_of_area(self, area_id: str) -> tuple[Territory, ...]: ...

    def places_of_staff(self, staff_id: str) -> tuple[Territory, ...]: ...


class Bodies:
    """Each step raises Refused before anything is written."""

    def __init__(self, counter: Counter, places: Places, register: Register, now: Callable[[], datetime]) -> None:
        self._counter = counter
        self._places = places
        self._register = register
        self._now = now

    def add(self, staff: str, county_id: str, name: str, registered_as: str, from_on: date | None) -> str:
        """Its id. One of the same number is the same body, with the name it has now."""
        by, now = self._in(staff, county_id), self._now()
        return self._register.add(county_id, name.strip(), number(registered_as), from_on or civil_day(now), by, now)

    def end(self, staff: str, body_id: str, on: date) -> None:
        self._register.end(body_id, on, self._of(staff, body_id), self._now())

    def take_on(self, staff: str, body_id: str, person: str, from_on: date) -> bool:
        """False: assesses for it already."""
        return self._register.take_on(body_id, person, from_on, self._of(staff, body_id), self._now())

    def let_go(self, staff: str, body_id: str, person: str, to_on: date) -> bool:
        """False: did not assess for it."""
        return self._register.let_go(body_id, person, to_on, self._of(staff, body_id), self._now())

    def seen_by(self, staff: str) -> list[Any]:
        """Those of whoever looks' county, each with its assessors today; the reading is kept first."""
        by = self._counter.desk.actor(staff, "name_assessors", None)
        counties = sorted({place.county_id for place in self._places.places_of_staff(staff)})
        for county in counties:
            self._counter.seen(by, "body_list", county)
        return [body for county in counties for body in self._register.of_county(county, civil_day(self._now()))]

    def _in(self, staff: str, county_id: str) -> Actor:
        return self._counter.desk.actor_over(staff, "body", county_id, self._places.place_of_area(county_id))

    def _of(self, staff: str, body_id: str) -> Actor:
        """Whoever may not touch bodies is not told which there are."""
        self._counter.desk.actor(staff, "body", None)
        return self._in(staff, self._register.county_of(body_id))


def number(registered_as: str) -> str:
    return registered_as.strip().upper()
