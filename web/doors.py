"""What the console is given: the counter, what may be read, and how people are shown. Built by `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from decisions.permits import HeldPost, Territory
from models.accounts import AccountLine, Choose, Enrolled, Enrolment, OneTime, Session, SignedIn, TurnedAway
from models.errors import Refusal, Unfit
from models.events import Recorded
from models.roster import RegisterList
from models.roster_lists import Listed
from models.shown import CardShown, ElderShown, PersonShown, TextShown
from models.values import Actor
from post.counter import Counter
from post.people import PeopleSteps
from post.rosters import Rosters


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


class Accounts(Protocol):
    """Signing in with a password, sessions, one's own account: `adapters.sql_accounts`."""

    def session_of(self, token: str, now: datetime) -> Session | None: ...

    def sign_in(self, staff_id: str, password: str, client: str, now: datetime) -> SignedIn | TurnedAway: ...

    def second_factor(self, token: str, code: str, client: str, now: datetime) -> SignedIn | TurnedAway: ...

    def change_password(
        self, token: str, old: str, new: str, client: str, now: datetime
    ) -> SignedIn | TurnedAway: ...  # fmt: skip

    def enrol(self, token: str, now: datetime) -> Enrolment | TurnedAway: ...

    def confirm_enrolment(self, token: str, code: str, client: str, now: datetime) -> Enrolled | TurnedAway: ...

    def own_sessions(self, token: str, now: datetime) -> tuple[Session, ...]: ...

    def sign_out(self, token: str, now: datetime) -> None: ...

    def revoke(self, token: str, session_id: str, now: datetime) -> bool: ...

    def revoke_others(self, token: str, now: datetime) -> int: ...


class PhoneCodes(Protocol):
    """Signing in by a code to one's own phone: `adapters.sql_phone_codes`."""

    def ask(self, phone: str, client: str, now: datetime) -> TurnedAway | None: ...

    def sign_in(
        self, phone: str, code: str, client: str, now: datetime, staff_id: str | None = None
    ) -> SignedIn | Choose | TurnedAway: ...  # fmt: skip


class SignInLinks(Protocol):
    def open(self, token: str, now: datetime) -> SignedIn | TurnedAway: ...


class Places(Protocol):
    """Where things lie, and who holds which posts today."""

    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]: ...

    def territory_of(self, elder_id: str) -> Territory | None: ...

    def places_of_volunteer(self, volunteer_id: str) -> tuple[Territory, ...]: ...

    def places_of_staff(self, staff_id: str) -> tuple[Territory, ...]: ...

    def place_of_area(self, area_id: str) -> tuple[Territory, ...]: ...

    def places_of_open_work(self) -> dict[str, Territory]: ...

    def places_of_item_id(self, item_id: str) -> tuple[Territory, ...]: ...

    def places_of_post(self, post_id: str) -> tuple[Territory, ...]: ...


class People(Protocol):
    """Sealed words, opened for whoever may see them. Ids that nobody has are left out of a mapping."""

    def names(self, ids: Collection[str]) -> Mapping[str, PersonShown]: ...

    def elder(self, elder_id: str) -> ElderShown | None: ...

    def areas(self, ids: Collection[str]) -> Mapping[str, str]: ...

    def texts_to(self, recipient_id: str, limit: int) -> Sequence[TextShown]: ...


class Fitness(Protocol):
    def as_visitor(self, person_id: str) -> Unfit | None: ...

    def as_volunteer(self, volunteer_id: str, today: date) -> Unfit | None: ...

    def as_owner(self, staff_id: str) -> Unfit | None: ...


class Lists(Protocol):
    def page(self, which: RegisterList, areas: Collection[str], after: str, limit: int) -> Sequence[Listed]: ...

    def count(self, which: RegisterList, areas: Collection[str]) -> int: ...


class AccountBook(Protocol):
    def make(self, staff_id: str, by: Actor, now: datetime) -> OneTime | Refusal: ...

    def reset(self, staff_id: str, by: Actor, now: datetime) -> OneTime | Refusal: ...

    def disable(self, staff_id: str, by: Actor, now: datetime) -> Refusal | None: ...

    def of_county(self, county_id: str, after: str = "", limit: int | None = None) -> list[AccountLine]: ...

    def line(self, staff_id: str) -> AccountLine | None: ...


@dataclass(frozen=True)
class ConsoleDoors:
    """`reading`: one snapshot for `projections.read*`. `state_of`: the fold of a stream, None before it began.

    `home`: the county whose lists this process brings in. `secure`: pages are reached by https only, so cookies and
    HSTS say so. `benefit_names`: by code, in these counties.
    """

    counter: Counter
    accounts: Accounts
    phone_codes: PhoneCodes
    sign_in_links: SignInLinks
    places: Places
    people: People
    fitness: Fitness
    reading: Callable[[], AbstractContextManager[Any]]
    state_of: Callable[[str], Any]
    recorded_in: Callable[[str], Iterator[Recorded]]
    auditing: Auditing
    benefit_names: Callable[[Collection[str]], Mapping[str, str]]
    now: Callable[[], datetime]
    people_steps: PeopleSteps
    card: Callable[[str], CardShown]
    rosters: Rosters
    lists: Lists
    account_book: AccountBook
    home: str
    secure: bool = False
