"""People, and where their cases stand, as a page shows them to whoever may see them. Never recorded, never logged."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from models.ability import AbilityLevel
from models.errors import Refusal
from models.policy import CadenceUnit
from models.values import CaseStatus, Id, Method, SuspendReason, Value, VisitKind, VisitResult, VisitState


class PersonShown(Value):
    """`phone` is masked to its last four digits."""

    id: Id
    name: str
    phone: str | None = None


class CategoryShown(Value):
    category: str
    source: str
    from_on: date
    to_on: date | None = None


class ElderShown(Value):
    """An elder of the register. Phone and ID number are masked; `models.shown.Revealed` has them whole."""

    id: Id
    name: str
    sex: str
    age: int
    village_id: Id
    village: str
    township_id: Id
    township: str
    county_id: Id
    phone: str | None
    id_number: str
    contact: str | None
    addresses: tuple[str, ...]
    living: str | None
    household_id: Id
    categories: tuple[CategoryShown, ...]


class Candidate(Value):
    """Somebody who assesses for a registered body. `why_not`: why not this elder, or not today."""

    staff_id: Id
    name: str
    body_id: Id
    body: str
    why_not: Refusal | None = None


class Revealed(Value):
    """What a page shows masked, whole."""

    phone: str | None
    id_number: str
    contact: str | None


class Said(NamedTuple):
    """One text. `way`: received from this person, sent to them, or to be told them by phone.

    `person_id`: whoever of the register wrote it or was to read it, where that is known.
    """

    at: datetime
    way: Literal["received", "sent", "call"]
    name: str
    phone: str
    words: str
    person_id: str | None = None


class ElderFound(Value):
    """One elder of a search. Phone and ID number are masked. `status`: of the case, None where there is none."""

    id: Id
    name: str
    sex: str
    village_id: Id
    village: str
    township: str
    phone: str | None
    id_number: str
    standing: str
    status: str | None
    level: str | None


class FindElders(Value):
    """What is looked for: a name or a part of one, a phone, an ID number or its last four with the name; or nothing,
    for all within `scope`, village by village. `after`: village and id of the last one shown.
    """

    words: str
    scope: tuple[Id, ...]
    area: str = ""
    standing: str = ""
    category: str = ""
    level: str = ""
    after: tuple[str, str] | None = None
    limit: int = 50


class EldersFound(Value):
    """`more`: where a further page begins; None: that was all."""

    elders: tuple[ElderFound, ...]
    more: tuple[str, str] | None


class PhoneText(Value):
    """A text on a sandbox phone. `mine`: written there; else it came."""

    at: AwareDatetime
    body: str
    mine: bool


class PhoneShown(Value):
    """A sandbox phone, by the person who has it. `number`: masked, unless it can be nobody's."""

    person_id: Id
    name: str
    volunteer: bool
    number: str
    last: PhoneText | None = None


class PhonesShown(Value):
    """`after`: from where the next page goes on; None: there is none."""

    phones: tuple[PhoneShown, ...]
    after: str | None


class Thread(Value):
    """`after`: to be said back, to be told only of what came since."""

    texts: tuple[PhoneText, ...]
    after: str


class SignedText(Value):
    """A text as a provider posts it to us."""

    url: str
    params: dict[str, str]
    headers: dict[str, str]


class ComingShown(Value):
    """The visit that opens next. `provisional`: the holidays of its year are not known yet."""

    period: Id
    opens_at: AwareDatetime
    due_at: AwareDatetime
    tier: str
    provisional: bool


class PauseShown(Value):
    """A suspension, proposed or in force."""

    reason: SuspendReason
    review_on: date
    proposed_by: Id


class VisitShown(Value):
    id: Id
    kind: VisitKind
    state: VisitState
    volunteer_id: Id | None
    due_at: AwareDatetime
    ends_at: AwareDatetime
    overdue: bool
    attempts: int
    visited_on: date | None
    result: VisitResult | None
    method: Method | None


class CaseShown(Value):
    """Where a case stands. `waiting`: its open visits; `told`: those reported, which may be corrected.

    `offers`: the kinds of messages it would take now, whoever may send them.
    """

    status: CaseStatus
    start_on: date | None
    tier: str | None
    cadence: CadenceUnit | None
    coming: ComingShown | None
    suspension: PauseShown | None
    proposed: PauseShown | None
    died_on: date | None
    death_reported_by: Id | None
    care_level: AbilityLevel | None
    waiting: tuple[VisitShown, ...]
    told: tuple[VisitShown, ...]
    suspend_max_days: int | None
    offers: frozenset[str]
