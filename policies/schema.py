"""The shape of `policy.toml`: what a county may say, and that each value says where it comes from.

Shape only: types, and exactly one source per value. Whether a quote is in the document, a role exists or a ladder
reaches its top is `policies.check`'s; codes are plain strings here so that one check can list every mistake at once.
Each key, and how to write a pack: `docs/policies.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Literal, cast

from pydantic import AwareDatetime, BaseModel, Field

from models.policy import Delay
from models.values import Id, Value
from policies.benefit_tables import BenefitTable, CodedRow, ExclusivityTable
from policies.programme import (
    AssessmentTable,
    ContactRow,
    DutyRow,
    KpiRow,
    LocalHoliday,
    PaymentTable,
    PerformerRow,
    ServiceRow,
    SubsidyRow,
)
from policies.sourced import Problem, Sourced, Val

Off = Literal["off"]
CADENCES = ("monthly", "half_monthly", "weekly", "every")
SILENT = "silent."  # under `unknown`: what the document does not say and the pack gives no value for


class PackUnreadable(Exception):
    """The file is not a pack at all: not there, not TOML, a field missing, unknown or without its source."""

    def __init__(self, county: str, problems: list[Problem]) -> None:
        lines = "; ".join(f"{problem.where}: {problem.what}" for problem in problems)
        super().__init__(f"pack {county!r} cannot be read: {lines}")
        self.county = county
        self.problems = problems


class RungRow(Sourced):
    """`channel`: how its owner is told; packs that were activated before it was asked for have a text."""

    role: str
    after: Delay
    resolve_by: Delay
    channel: str = "sms"


class ReminderRow(Sourced):
    """`days_before` and `at`, or `before` where a period is shorter than a day."""

    days_before: int | None = Field(default=None, ge=0)
    at: time | None = None
    before: timedelta | None = None


class GroupRow(Sourced):
    """Who becomes a case: carries one of `any_of` (any elder, if empty), and the flags that are set here hold."""

    code: Id
    name: str
    tier: str
    any_of: tuple[str, ...] = ()
    rural: bool | None = None
    poor: bool | None = None


class DayRow(Sourced):
    day: date


class AskTable(Value):
    spread_workdays: Val[int] | None = None
    at: Val[time] | None = None
    jitter: Val[timedelta]
    spread: Val[timedelta] | None = None
    lead: Val[timedelta] | None = None
    least_days: Val[int] | None = None


class DueTable(Value):
    day_of_month: Val[int] | None = None
    after: Val[timedelta] | None = None
    enrolled_days: Val[int]
    enrolled_by_day: Val[int]


class Tier(Value):
    """A cadence and what hangs on it. `ladder` replaces the county's for this tier (a week needs a faster one).

    `after_refusal`: the method by which the period after a refused one is asked for. Packs activated before it was
    asked for have none.
    """

    cadence: Val[str]
    every: Val[timedelta] | None = None
    anchor_at: Val[AwareDatetime] | None = None
    ask: AskTable
    due: DueTable
    reminders: tuple[ReminderRow, ...]
    methods: Val[tuple[str, ...]]
    after_refusal: Val[str] | None = None
    ladder: tuple[RungRow, ...] | None = None


class Limits(Value):
    sms_back_days: Val[int]
    suspend_max_days: Val[int]
    extend_max: Val[int]
    extend_past_period: Val[timedelta]
    urgent_visit_within: Val[timedelta]


class TextsTable(Value):
    """`sender` may be missing here so that the check can say so beside the other mistakes.

    `answer_within` is missing in packs that were activated before it was asked for.
    """

    sender: Val[str] | None = None
    quiet_from: Val[time | Off]
    quiet_to: Val[time | Off]
    slot: Val[time | Off]
    slot_lead: Val[timedelta]
    max_per_day: Val[int]
    max_identical: Val[int]
    expiry: Val[timedelta]
    burst: Val[timedelta]
    answer_within: Val[timedelta] | None = None
    templates: dict[str, Val[str]] = Field(default_factory=dict[str, Val[str]])


class CalendarTable(Value):
    """The county's own days. `official_through`: the last year whose official days stand here or in chinesecalendar.

    `local`: festivals of the place, by name and year.
    """

    official_through: Val[int] | None = None
    off: tuple[DayRow, ...] = ()
    on: tuple[DayRow, ...] = ()
    local: tuple[LocalHoliday, ...] = ()


class Document(Value):
    """A document that was published without number or day leaves them out; they then stand under unknown."""

    title: str
    number: str | None = None
    issued_on: date | None = None


class PackFile(Value):
    """`policy.toml`, whole. `money`: amounts in fen by code, each code ends in `_fen`.

    `covers`: the counties of a city whose pack this is; one that has a pack of its own goes by that. All from
    `performers` on is missing in packs that were activated before there was room for it. `exclusivity` is applied in
    the order it stands in.
    """

    county: Id
    covers: tuple[Id, ...] = ()
    version: Id
    effective_from: date
    effective_to: date | None = None
    document: Document
    min_age: Val[int]
    high_risk: Val[tuple[str, ...]]
    groups: tuple[GroupRow, ...]
    tiers: dict[str, Tier]
    ladder: tuple[RungRow, ...]
    urgent_ladder: tuple[RungRow, ...]
    first_role: dict[str, Val[str]]
    limits: Limits
    texts: TextsTable
    calendar: CalendarTable = CalendarTable()
    money: dict[str, Val[int]] = Field(default_factory=dict[str, Val[int]])
    performers: tuple[PerformerRow, ...] = ()
    service_types: tuple[ServiceRow, ...] = ()
    kpis: tuple[KpiRow, ...] = ()
    assessment: AssessmentTable | None = None
    subsidies: tuple[SubsidyRow, ...] = ()
    duties: tuple[DutyRow, ...] = ()
    contacts: tuple[ContactRow, ...] = ()
    benefits: tuple[BenefitTable, ...] = ()
    exclusivity: tuple[ExclusivityTable, ...] = ()
    payment: PaymentTable | None = None
    unknown: dict[str, str]


def sourced(at: object, where: str = "") -> Iterator[tuple[str, Sourced]]:
    """Every sourced value below `at` with its dotted path: rows of a list by role, code or number."""
    if isinstance(at, Sourced):
        yield where, at
    for name, below in parts(at):
        yield from sourced(below, f"{where}.{name}" if where else name)


def unsaid(file: PackFile) -> Iterator[str]:
    """The dotted paths of what the document leaves out though the pack has a place for it: no value, no default."""
    for field in ("number", "issued_on"):
        if getattr(file.document, field) is None:
            yield f"document.{field}"
    for row in file.subsidies:
        if not row.amounts:
            yield f"subsidies.{row.code}.amounts"
    for benefit in file.benefits:
        at = f"benefits.{benefit.code}"
        if not benefit.rows:
            yield f"{at}.rows"
        yield from (f"{at}.rows.{row.code}.fen" for row in benefit.rows if row.fen is None)
        yield from (f"{at}.open.{case.code}" for case in benefit.open)
    if file.assessment is not None:
        for field in ("use", "standard", "valid_months"):
            if getattr(file.assessment, field) is None:
                yield f"assessment.{field}"
    for holiday in file.calendar.local:
        if not holiday.days:
            yield f"calendar.local.{holiday.name}.{holiday.year}"


def values_of(table: BaseModel) -> dict[str, object]:
    """The bare values of a table of `Val`s; what is not given is left out, `off` is None."""
    given = {name: cast("Val[object]", field).value for name, field in parts(table) if isinstance(field, Val)}
    return {name: None if value == "off" else value for name, value in given.items()}


def parts(at: object) -> Iterator[tuple[str, object]]:
    """What stands directly below, by name; nothing below a plain value."""
    if isinstance(at, BaseModel):
        yield from at
    elif isinstance(at, dict):
        yield from cast("dict[str, object]", at).items()
    elif isinstance(at, tuple):
        for n, row in enumerate(cast("tuple[object, ...]", at), start=1):
            yield _name_of(row, n), row


def _name_of(row: object, n: int) -> str:
    match row:
        case RungRow() | ContactRow():
            return row.role
        case GroupRow() | PerformerRow() | ServiceRow() | KpiRow() | SubsidyRow() | DutyRow() | CodedRow():
            return row.code
        case DayRow():
            return row.day.isoformat()
        case LocalHoliday():
            return f"{row.name}.{row.year}"
        case _:
            return str(n)
