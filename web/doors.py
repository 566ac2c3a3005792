"""What the console is given: the counter, what may be read, and how people are shown. Built by `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from decisions.permits import HeldPost, Territory
from models.errors import Unfit
from models.events import Recorded
from models.shown import ElderShown, PersonShown
from post.counter import Counter
from post.visitor import VisitorDesk


class Told(Protocol):
    """One line of a case's story."""

    @property
    def at(self) -> datetime: ...

    @property
    def text(self) -> str: ...

    @property
    def evidence(self) -> str: ...


class Auditing(Protocol):
    """What audit tells of a case. `as_of` None: all that is known now."""

    def timeline(self, elder_id: str, as_of: datetime | None) -> Sequence[Told]: ...


class Signed(NamedTuple):
    """A session that stands. `step`: `full`, or what is still to be done before it may do anything else."""

    session_id: str
    staff_id: str
    step: str


class Sessions(Protocol):
    def session(self, token: str, now: datetime) -> Signed | None: ...


class Places(Protocol):
    """Where things lie, and who holds which posts today."""

    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]: ...

    def territory_of(self, elder_id: str) -> Territory | None: ...

    def places_of_volunteer(self, volunteer_id: str) -> tuple[Territory, ...]: ...

    def places_of_staff(self, staff_id: str) -> tuple[Territory, ...]: ...

    def place_of_area(self, area_id: str) -> tuple[Territory, ...]: ...

    def places_of_open_work(self) -> dict[str, Territory]: ...

    def places_of_item_id(self, item_id: str) -> tuple[Territory, ...]: ...


class People(Protocol):
    """Sealed words, opened for whoever may see them. Ids that nobody has are left out of a mapping."""

    def names(self, ids: Collection[str]) -> Mapping[str, PersonShown]: ...

    def elder(self, elder_id: str) -> ElderShown | None: ...

    def areas(self, ids: Collection[str]) -> Mapping[str, str]: ...


class Fitness(Protocol):
    def as_visitor(self, person_id: str) -> Unfit | None: ...

    def as_volunteer(self, volunteer_id: str, today: date) -> Unfit | None: ...

    def as_owner(self, staff_id: str) -> Unfit | None: ...


@dataclass(frozen=True)
class ConsoleDoors:
    """`reading`: one snapshot for `projections.read*`. `state_of`: the fold of a stream, None before it began.

    `secure`: pages are reached by https only, so cookies and HSTS say so. `benefit_names`: by code, in these counties.
    """

    counter: Counter
    sessions: Sessions
    places: Places
    people: People
    fitness: Fitness
    reading: Callable[[], AbstractContextManager[Any]]
    state_of: Callable[[str], Any]
    recorded_in: Callable[[str], Iterator[Recorded]]
    auditing: Auditing
    benefit_names: Callable[[Collection[str]], Mapping[str, str]]
    now: Callable[[], datetime]
    visitor: VisitorDesk
    secure: bool = False
