"""People, and where their cases stand, as a page shows them to whoever may see them. Never recorded, never logged."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from models.ability import AbilityLevel
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


class Revealed(Value):
    """What a page shows masked, whole."""

    phone: str | None
    id_number: str
    contact: str | None


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
