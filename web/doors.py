"""What the console is given: the counter, what may be read, and how people are shown. Built by `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Protocol

from decisions.pay_told import PayWords
from decisions.permits import HeldPost, Territory
from models.ability import AbilityScale, AbilityScored, Standard
from models.checks import Check, CheckFailure, Heads
from models.claims import FactSource
from models.errors import Refusal, Unfit
from models.events import Recorded
from models.facts import FactValue
from models.figures import Behind, Cut, Figure, Folding
from models.payments import PayLine, WrongCell
from models.receipts import Receipt
from models.roster import RegisterList
from models.roster_lists import Listed
from models.shown import (
    Candidate,
    CardShown,
    CaseShown,
    EldersFound,
    ElderShown,
    FindElders,
    PersonShown,
    PhoneShown,
    PhonesShown,
    Revealed,
    SignedText,
    TextShown,
    Thread,
)
from models.typed_sheet import Trial, TypedSheet
from models.visiting import EnclosureShown
from post.bodies import Bodies
from post.counter import Counter
from post.items import Items
from post.people import PeopleSteps
from post.ports import Keep
from post.rosters import Rosters
from post.scans import Scans
from post.visitor import VisitorDesk
from web.doors_of_accounts import AccountBook, Accounts, PhoneCodes, SignInLinks, SingleSignOn
from web.doors_of_rules import Messages, PolicyDoors


class Told(Protocol):
    """One line of a case's story."""

    @property
    def at(self) -> datetime: ...

    @property
    def text(self) -> str: ...

    @property
    def evidence(self) -> str: ...


class Known(Protocol):
    """What stood recorded of one elder at a moment: the tables for `projections.read*`, the fold of each stream."""

    @property
    def tables(self) -> Any: ...

    @property
    def states(self) -> Mapping[str, Any]: ...


class Auditing(Protocol):
    """What audit tells of a case. `as_of` None: all that is known now.

    `evidence`: what a line of the story stands on (`audit.evidence.Evidence`); None: the story has no such line.
    `begin`: a check beside this process, of a case or (`elder_id` None) of the county; its id, or None while one of
    the same is at work. `checks`: those of an elder or a county, the newest first. `heads`: where every stream stood.
    Bundles are zips, gone when they are closed; both raise NoBundle. `words_of`: sealed notes, opened, by id.
    `in_history`: run id and event id in the engine's history of a fact; None: it cannot be said now. `known_by`: all
    that a county's figures of a month are counted from, as it stood at a moment (`audit.known_rows`), in minutes;
    `told` hears how many streams are folded, of how many.
    """

    def timeline(self, elder_id: str, as_of: datetime | None) -> Sequence[Told]: ...

    def known(self, elder_id: str, at: datetime) -> AbstractContextManager[Known]: ...

    def known_by(
        self, county_id: str, first: date, at: datetime, told: Callable[[int, int], None]
    ) -> AbstractContextManager[Any]: ...  # fmt: skip

    def evidence(self, elder_id: str, of: str) -> Any: ...

    async def in_history(self, stream: str, seq: int) -> tuple[str, int] | None: ...

    def begin(self, county_id: str, elder_id: str | None, by: str) -> str | CheckFailure | None: ...

    def checks(self, subject_id: str, limit: int) -> Sequence[Check]: ...

    def heads(self, county_id: str, until: datetime) -> Heads: ...

    async def case_bundle(self, elder_id: str) -> IO[bytes]: ...

    async def county_bundle(self, county_id: str, until: datetime) -> IO[bytes]: ...

    def words_of(self, notes: Collection[str]) -> Mapping[str, str]: ...


class Places(Protocol):
    """Where things lie, and who holds which posts today."""

    def posts_of(self, staff_id: str, now: datetime) -> tuple[HeldPost, ...]: ...

    def territory_of(self, elder_id: str) -> Territory | None: ...

    def places_of_volunteer(self, volunteer_id: str) -> tuple[Territory, ...]: ...

    def places_of_staff(self, staff_id: str) -> tuple[Territory, ...]: ...

    def place_of_area(self, area_id: str) -> tuple[Territory, ...]: ...

    def places_of_item_id(self, item_id: str) -> tuple[Territory, ...]: ...

    def places_of_post(self, post_id: str) -> tuple[Territory, ...]: ...

    def places_of_body(self, body_id: str) -> tuple[Territory, ...]: ...


class People(Protocol):
    """Sealed words, opened for whoever may see them. Ids that nobody has are left out of a mapping."""

    def names(self, ids: Collection[str]) -> Mapping[str, PersonShown]: ...

    def elder(self, elder_id: str) -> ElderShown | None: ...

    def revealed(self, elder_id: str) -> Revealed | None: ...

    def areas(self, ids: Collection[str]) -> Mapping[str, str]: ...

    def texts_to(self, recipient_id: str, limit: int, areas: Collection[str]) -> Sequence[TextShown]: ...


class Find(Protocol):
    """Elders by name, phone or ID number. `mark`: what was searched for, as the log may keep it.

    `hidden`: the same as an address may hold it; `shown`: what such an address searches for, empty for any other.
    """

    def find(self, asked: FindElders) -> EldersFound: ...

    def hidden(self, words: str) -> str: ...

    def shown(self, hidden: str) -> str: ...

    def mark(self, words: str) -> str: ...


class Fitness(Protocol):
    def as_visitor(self, person_id: str) -> Unfit | None: ...

    def as_volunteer(self, volunteer_id: str, today: date) -> Unfit | None: ...

    def as_owner(self, staff_id: str) -> Unfit | None: ...


class Assessing(Protocol):
    """What sheets are made of, and who may be named: `adapters.assessing_desk`."""

    @property
    def scale(self) -> AbilityScale: ...

    def checked(self, standard: Standard) -> str: ...

    def read(self, raw: Mapping[str, Any], today: date) -> tuple[TypedSheet, AbilityScored]: ...

    def trial(self, answers: Mapping[str, Any], today: date) -> Trial: ...

    def may_come(self, state: Any, kind: str) -> bool: ...

    def candidates(self, elder_id: str, not_these: Collection[str], now: datetime) -> Sequence[Candidate]: ...

    def body_names(self, bodies: Collection[str]) -> Mapping[str, str]: ...


class Phones(Protocol):
    """The sandbox's phones, played by whoever may. `areas`: a scope; `after`: what an earlier answer said."""

    def phones(self, areas: Collection[str], after: str) -> PhonesShown: ...

    def phone(self, person_id: str) -> PhoneShown | None: ...

    def thread(self, person_id: str, after: str) -> Thread: ...

    def signed(self, person_id: str, base_url: str, body: str) -> SignedText | None: ...


class Stated(Protocol):
    """A fact as staff stated it; `value` None: it was taken back."""

    @property
    def code(self) -> str: ...

    @property
    def value(self) -> FactValue | None: ...

    @property
    def source(self) -> FactSource: ...

    @property
    def on(self) -> date: ...


class Enclosures(Protocol):
    """Photos and positions of visits: `adapters.sql_enclosures`. None: this elder has none of this id."""

    def shown(self, elder_id: str, id_: str) -> EnclosureShown | None: ...


class Facts(Protocol):
    """Facts about elders as staff state them: `adapters.sql_facts`."""

    def holding(self, elder_id: str, on: date) -> Mapping[str, Stated]: ...

    def keeper(
        self, code: str, value: FactValue | None, source: FactSource, on: date, document_note_id: str | None
    ) -> Keep: ...  # fmt: skip


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


class Lists(Protocol):
    def page(self, which: RegisterList, areas: Collection[str], after: str, limit: int) -> Sequence[Listed]: ...

    def count(self, which: RegisterList, areas: Collection[str]) -> int: ...


class Figures(Protocol):
    """The dashboard's: `adapters.figures_held`. `month` is the first of one, `county_id` an area.

    `may`: the actions that whoever looks may ask of all that the cut holds."""

    def figures(self, county_id: str, month: date, cut: Cut, may: Collection[str] = ...) -> Sequence[Figure]: ...

    def again(self, county_id: str, month: date) -> None: ...

    def behind(
        self, of: str, county_id: str, month: date, cut: Cut, which: str, after: str, limit: int,
        may: Collection[str] = ...,
    ) -> Behind | None: ...  # fmt: skip

    @property
    def counting(self) -> bool: ...


class FiguresThen(Protocol):
    """Those that can be had as they were known at a moment: `adapters.figures_known`."""

    def figures(
        self, county_id: str, month: date, at: datetime, cut: Cut, may: Collection[str] = ...
    ) -> Folding: ...  # fmt: skip


@dataclass(frozen=True)
class ConsoleDoors:
    """`reading`: one snapshot for `projections.read*`. `state_of`: the fold of a stream, None before it began.

    `case_shown(state, now, by)`: where a case stands, for whoever looks.
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
    items: Items
    find: Find
    benefit_names: Callable[[Collection[str]], Mapping[str, str]]
    assessing: Assessing
    benefits: BenefitDoors
    now: Callable[[], datetime]
    visitor: VisitorDesk
    case_shown: Callable[[Any, datetime, str], CaseShown]
    facts: Facts
    people_steps: PeopleSteps
    card: Callable[[str], CardShown]
    rosters: Rosters
    lists: Lists
    account_book: AccountBook
    policies: PolicyDoors
    messages: Messages
    home: str
    figures: Figures
    figures_then: FiguresThen
    figure_sheet: Callable[[Figure, str, Callable[[str], str]], bytes]
    enclosures: Enclosures
    scans: Scans
    bodies: Bodies
    public_url: str | None = None
    phones: Phones | None = None
    single_sign_on: SingleSignOn | None = None
    secure: bool = False
