"""Slices for the tests of time: three calendar cadences and a month of seconds, on the real calendar of 2024–2027."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from decisions.cadence import period_at
from decisions.deadlines import instant
from models.policy import AskRule, Cadence, CadenceUnit, DueRule, PolicySlice, ReminderRule, WorkCalendar
from models.values import Method, Period
from policies.pack import calendar_of, load

YEARS = calendar_of(load("fengjie"), date(2023, 12, 1), date(2028, 2, 29))
NIGHT = timedelta(days=1)
ANCHOR = datetime(2026, 11, 1, 4, 0, 7, tzinfo=UTC)


def policy(unit: CadenceUnit = CadenceUnit.MONTHLY, calendar: WorkCalendar = YEARS, **changes: object) -> PolicySlice:
    slice_ = PolicySlice(
        county="fengjie",
        version="1",
        hash="0" * 64,
        tier="general",
        cadence=Cadence(unit=unit),
        ask=AskRule(at=time(8, 30)),
        reminders=(ReminderRule(days_before=1), ReminderRule(days_before=5)),
        methods=(Method.HOME,),
        ladder=(),
        urgent_ladder=(),
        calendar=calendar,
    )
    return slice_.model_copy(update=changes)


def every(seconds: int = 40, **due: object) -> PolicySlice:
    return policy(
        CadenceUnit.EVERY,
        cadence=Cadence(unit=CadenceUnit.EVERY, every=timedelta(seconds=seconds), anchor_at=ANCHOR),
        ask=AskRule(spread=timedelta(seconds=8), jitter=timedelta(seconds=1)),
        due=DueRule.model_validate({"day_of_month": None, "after": timedelta(seconds=24), **due}),
        reminders=(ReminderRule(before=timedelta(seconds=6)),),
    )


CALENDAR_CADENCES = [CadenceUnit.MONTHLY, CadenceUnit.HALF_MONTHLY, CadenceUnit.WEEKLY]
POLICIES = [*(policy(unit) for unit in CALENDAR_CADENCES), every(), every(seconds=7001)]


def at(policy_: PolicySlice, day: date, hour: int = 12, spread_key: str = "pair-1", elder_key: str = "e1") -> Period:
    return period_at(policy_, instant(day, time(hour)), spread_key, elder_key)
