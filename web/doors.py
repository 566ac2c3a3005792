"""What the console is given: the counter, what may be read, and how people are shown. Built by `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from decisions.pay_told import PayWords
from decisions.permits import HeldPost, Territory
from models.accounts import Choose, Enrolled, Enrolment, Session, SignedIn, TurnedAway
from models.errors import Refusal, Unfit
from models.events import Recorded
from models.payments import PayLine, WrongCell
from models.receipts import Receipt
from models.shown import ElderShown, PersonShown
from post.counter import Counter


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


class People(Protocol):
    """Sealed words, opened for whoever may see them. Ids that nobody has are left out of a mapping."""

    def names(self, ids: Collection[str]) -> Mapping[str, PersonShown]: ...

    def elder(self, elder_id: str) -> ElderShown | None: ...

    def areas(self, ids: Collection[str]) -> Mapping[str, str]: ...


class Fitness(Protocol):
    def as_visitor(self, person_id: str) -> Unfit | None: ...

    def as_volunteer(self, volunteer_id: str, today: date) -> Unfit | None: ...

    def as_owner(self, staff_id: str) -> Unfit | None: ...


class PacksKept(Protocol):
    """The packs that decisions name, by hash, whatever is in force today."""

    def names(self, hash_: str) -> Mapping[str, str]: ...

    def documents(self, code: str, hash_: str) -> Mapping[str, str]: ...

    def places(self, code: str, hash_: str) -> Sequence[str]: ...


class ReceiptsMade(Protocol):
    def of(self, stream: str, seq: int) -> Receipt:
        """Raises NoReceipt."""
        ...

    def pdf(self, receipt: Receipt) -> bytes:
        """Raises NoFont."""
        ...


class PaySheets(Protocol):
    """`row`: of a list, `lines`: all of it."""

    def cannot(self, row: Any, lines: Sequence[PayLine]) -> Refusal | None: ...

    def book(self, row: Any, lines: Sequence[PayLine], by: str, at: datetime) -> bytes: ...

    def month_in(self, content: bytes) -> date:
        """Raises NotAPayList."""
        ...

    def wrong(self, content: bytes, row: Any, lines: Sequence[PayLine]) -> Sequence[str]: ...

    def wrong_cells(self, content: bytes, row: Any, lines: Sequence[PayLine]) -> Sequence[WrongCell]: ...


@dataclass(frozen=True)
class BenefitDoors:
    """`told`: where an elder's benefits stand, None before anybody has asked for one. `states_of`: by stream.

    `unlike`: how many lines of a list of this county, hash and month would not be drawn so today."""

    told: Callable[[str], dict[str, Any] | None]
    packs: PacksKept
    receipts: ReceiptsMade
    states_of: Callable[[Collection[str]], Mapping[str, Any]]
    pay_words: Callable[[str], PayWords]
    sheets: PaySheets
    unlike: Callable[[str, str, date], int]


@dataclass(frozen=True)
class ConsoleDoors:
    """`reading`: one snapshot for `projections.read*`. `state_of`: the fold of a stream, None before it began.

    `secure`: pages are reached by https only, so cookies and HSTS say so. `benefit_names`: by code, in these counties.
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
    benefits: BenefitDoors
    now: Callable[[], datetime]
    secure: bool = False
