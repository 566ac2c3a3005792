"""A county's rules as one case receives them: the typed slice of an activated pack.

A slice is small (< 8 KB), whole, and identified by the pack's version and hash; a case keeps working under it
without any file. Where a value comes from (source quote or our default) is in the pack, not here.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from models.values import EscalationCause, Id, Method, Role, Sha256, Value, added


class CadenceUnit(StrEnum):
    MONTHLY = "monthly"
    HALF_MONTHLY = "half_monthly"
    WEEKLY = "weekly"
    EVERY = "every"  # a fixed length from an anchor: demo and tests


class Cadence(Value):
    """How often. `every` and `anchor_at` are set for `EVERY` only; periods are then numbered from the anchor."""

    unit: CadenceUnit
    every: timedelta | None = None
    anchor_at: AwareDatetime | None = None


class DelayUnit(StrEnum):
    SECONDS = "seconds"
    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKDAYS = "workdays"


class Delay(Value):
    """A length of time in the unit the county thinks in; a workday delay is capped in calendar days."""

    amount: int
    unit: DelayUnit
    cap_days: int | None = None


class AskRule(Value):
    """When a visit opens in its period.

    Calendar cadences: spread over the first `spread_workdays` workdays at `at`, by a stable hash of the pairing
    (or village), plus up to `jitter` by elder; only over days that leave `least_days` before due (a festival month
    moves the due day to the 14th). `EVERY`: spread over `spread`, after `lead`.
    """

    spread_workdays: int = 10
    at: time = time(9, 0)
    jitter: timedelta = timedelta(minutes=20)
    spread: timedelta = timedelta(0)
    lead: timedelta = timedelta(0)
    least_days: int = 3


class DueRule(Value):
    """The last moment to be on time: a day of the month (moved to the earlier workday), or a length from the start.

    Days of a month scale to shorter periods (of 30 to 15 or 7, rounded up): the 20th is a week's Friday.
    `enrolled_days`: who is enrolled inside a period has this many days, within the period.
    `enrolled_by_day`: enrolled later than this day of the month, the first period is skipped as `enrolled_late`.
    """

    day_of_month: int | None = 20
    after: timedelta | None = None
    enrolled_days: int = 10
    enrolled_by_day: int = 20


class ReminderRule(Value):
    """A reminder: so many days before due at an hour (calendar cadences), or a length before due."""

    days_before: int | None = None
    at: time = time(9, 0)
    before: timedelta | None = None


class RungChannel(StrEnum):
    """How the owner of a rung is told. On the worklist they have it in any case."""

    SMS = "sms"
    WORKLIST = "worklist"


class Rung(Value):
    """One level of the ladder: who, how long after the previous rung was recorded, by when they resolve, how told."""

    role: Role
    after: Delay
    resolve_by: Delay
    channel: RungChannel = added(RungChannel.SMS)


class Category(StrEnum):
    """The closed list of tags an elder can carry, as the roster and the packs write them (`docs/policies.md`)."""

    LIVING_ALONE = "独居"
    EMPTY_NEST = "空巢"
    LEFT_BEHIND = "留守"
    NO_KIN = "孤寡"
    LOST_ONLY_CHILD = "失独"
    DISABLED_CARE = "失能"  # cannot care for themself; by GB/T 42195 or, before assessment, as reported
    DEMENTIA = "失智"
    SEVERE_DISABILITY = "重残"
    DISABILITY = "残疾"
    FAMILY_PLANNING = "计划生育特殊家庭"
    VERY_OLD = "高龄"
    DESTITUTE = "特困"
    MINIMUM_LIVING = "低保"
    LOW_INCOME = "低收入"
    MONITORED = "重点监测人员"
    HIGH_RISK = "高风险"  # a staff member's tag, not a group


class WorkCalendar(Value):
    """Workdays that differ from Monday–Friday near the period in hand.

    `off`: weekdays that are holidays; `on`: weekend days that are worked (调休). From `provisional_from` on no
    official calendar exists yet: deadlines there are 暂定.
    """

    off: tuple[date, ...] = ()
    on: tuple[date, ...] = ()
    provisional_from: date | None = None


class PolicySlice(Value):
    """Everything a case or an escalation needs to know of its county's rules.

    `after_refusal`: how the first visit after a refused period is asked for; None: like any other.
    """

    county: Id
    version: str
    hash: Sha256
    tier: str
    cadence: Cadence
    ask: AskRule = AskRule()
    due: DueRule = DueRule()
    reminders: tuple[ReminderRule, ...] = ()
    methods: tuple[Method, ...]
    after_refusal: Method | None = added(None)
    ladder: tuple[Rung, ...]
    urgent_ladder: tuple[Rung, ...]
    first_role: dict[EscalationCause, Role] = Field(default_factory=dict[EscalationCause, Role])
    high_risk: tuple[str, ...] = ()
    sms_back_days: int = 3
    suspend_max_days: int = 62
    extend_max: int = 2
    extend_past_period: timedelta = timedelta(days=3)
    urgent_visit_within: timedelta = timedelta(hours=24)
    calendar: WorkCalendar = WorkCalendar()


class TextRules(Value):
    """How a county's texts are sent. A time that is None is switched off (the demo has no quiet hours and no slot).

    `sender` stands in the signature 【…】. Quiet hours run from `quiet_from` to `quiet_to`, over midnight. Texts wait
    for `slot` and are gathered there, or `slot_lead` before the earliest of them must go. `max_per_day` and
    `max_identical` are per number and day. What is not sent within `expiry` is dropped; answers of one `burst` are
    one text. A question back that has no certain answer after `answer_within` is put before a person. `templates`: our
    template id to the provider's, for providers that send nothing else.
    """

    sender: str
    quiet_from: time | None = None
    quiet_to: time | None = None
    slot: time | None = None
    slot_lead: timedelta = timedelta(minutes=30)
    max_per_day: int = 4
    max_identical: int = 2
    expiry: timedelta = timedelta(hours=24)
    burst: timedelta = timedelta(minutes=10)
    answer_within: timedelta = timedelta(hours=24)
    counts_phone_calls: bool = False  # the digit 5 is in use, codes start at 60
    templates: dict[str, str] = Field(default_factory=dict[str, str])
