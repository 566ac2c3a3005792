"""A county's policy pack: read from its folder or from the store, and cut into what one case needs.

A pack is its content: canonical JSON of policy.toml and source.txt, and the hash of that. It is stored whole under the
hash (`policy_version.content`) and read back by `from_content`, so an old event's policy never depends on a file.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Literal, cast

from chinese_calendar import constants as published  # pyright: ignore[reportMissingTypeStubs]
from pydantic import ValidationError

from decisions.deadlines import instant
from models.policy import (
    AskRule,
    Cadence,
    CadenceUnit,
    Delay,
    DelayUnit,
    DueRule,
    PolicySlice,
    ReminderRule,
    Rung,
    RungChannel,
    TextRules,
    WorkCalendar,
)
from models.values import EscalationCause, Method, Role, Value
from policies.schema import PackFile, PackUnreadable, ReminderRow, RungRow, Tier, values_of
from policies.sourced import Problem

FOLDER = Path(__file__).parent

COUNTY = r"[a-z0-9][a-z0-9_-]*"
_BEFORE, _AFTER = timedelta(days=45), timedelta(days=400)  # the window of a slice's calendar: over a year of periods


@dataclass(frozen=True)
class Pack:
    """An immutable pack. `content` is canonical JSON; equal content, equal hash."""

    content: str
    file: PackFile
    source_text: str

    @property
    def county(self) -> str:
        return self.file.county

    @property
    def version(self) -> str:
        return self.file.version

    @cached_property
    def hash(self) -> str:
        """sha256 of `content`, 64 hex digits."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @cached_property
    def texts(self) -> TextRules:
        """How the county's texts are sent. The sender is empty in a pack that `check` refuses for it."""
        table = self.file.texts
        templates = {name: row.value for name, row in table.templates.items()}
        return TextRules.model_validate({"sender": "", **values_of(table), "templates": templates})


# --- reading ---------------------------------------------------------------------------------------------------------


def counties(folder: Path = FOLDER) -> tuple[str, ...]:
    """The counties that have a pack, in order of name."""
    return tuple(sorted(path.parent.name for path in folder.glob("*/policy.toml")))


def written_for(county: str, folder: Path = FOLDER) -> str:
    """The pack a county goes by, by name: its own, else the first that covers it, else its own all the same."""
    if file_of(county, folder).is_file():
        return county
    return next((name for name in counties(folder) if county in load(name, folder).file.covers), county)


def file_of(county: str, folder: Path = FOLDER) -> Path:
    return folder / county / "policy.toml"


def load(county: str, folder: Path = FOLDER) -> Pack:
    """Read `<folder>/<county>/policy.toml` and `source.txt`. Raises PackUnreadable with every shape problem."""
    if not re.fullmatch(COUNTY, county):
        raise PackUnreadable(county, [Problem("county", "a county's folder is small letters, digits, - and _")])
    try:
        raw = tomllib.loads(file_of(county, folder).read_text("utf-8"))
        source_text = (folder / county / "source.txt").read_text("utf-8")
    except (OSError, ValueError) as error:
        raise PackUnreadable(county, [Problem(county, str(error))]) from error
    pack = from_content(canonical({"policy": raw, "source": source_text}), county)
    if pack.county != county:
        raise PackUnreadable(county, [Problem("county", f"the folder is {county!r}, the pack says {pack.county!r}")])
    return pack


def from_content(content: str, county: str = "") -> Pack:
    """The pack a store holds. `county` only names it in the error. Raises PackUnreadable."""
    try:
        stored = cast("dict[str, object]", json.loads(content))
        source_text = cast(str, stored["source"])
        file = PackFile.model_validate_json(canonical(stored["policy"]))
    except ValidationError as error:
        problems = [Problem(".".join(str(at) for at in row["loc"]), row["msg"]) for row in error.errors()]
        raise PackUnreadable(county, problems) from error
    except (ValueError, KeyError, TypeError) as error:
        raise PackUnreadable(county, [Problem("content", str(error))]) from error
    return Pack(content=content, file=file, source_text=source_text)


def canonical(content: object) -> str:
    """What is hashed: the same content, the same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a pack or a scale")


# --- cutting ---------------------------------------------------------------------------------------------------------


def slice_of(
    pack: Pack, tier: str, around: date, *, every: timedelta | None = None, anchor_at: datetime | None = None
) -> PolicySlice:
    """What a case of `tier` needs to know, with the work calendar from 45 days before `around` to 400 after.

    `every` and `anchor_at` (aware) replace those of a tier whose cadence is `every`; the tier's delays shrink or grow
    with it. Raises KeyError for a tier the pack has not, ValueError for another cadence or a pack `check` refuses.
    """
    own = pack.file.tiers[tier]
    unit = CadenceUnit(own.cadence.value)
    if unit is not CadenceUnit.EVERY and (every is not None or anchor_at is not None):
        raise ValueError(f"tier {tier!r} is {unit.value}: only an `every` tier can be given another length")
    cadence, pace = Cadence(unit=unit), 1.0
    if unit is CadenceUnit.EVERY:
        length = own.every.value if own.every else None
        if length is None or length <= timedelta(0) or (every is not None and every <= timedelta(0)):
            raise ValueError(f"tier {tier!r}: `every` needs a length above zero")
        anchor_at = anchor_at or (own.anchor_at.value if own.anchor_at else instant(pack.file.effective_from))
        cadence = Cadence(unit=unit, every=every or length, anchor_at=anchor_at)
        pace = (every or length) / length
    limits = pack.file.limits
    return PolicySlice(
        county=pack.county,
        version=pack.version,
        hash=pack.hash,
        tier=tier,
        cadence=cadence,
        ask=AskRule.model_validate(_paced(values_of(own.ask), pace)),
        due=DueRule.model_validate(_paced({"day_of_month": None, **values_of(own.due)}, pace)),
        reminders=tuple(_reminder(row, pace) for row in own.reminders),
        methods=tuple(Method(method) for method in own.methods.value),
        after_refusal=Method(own.after_refusal.value) if own.after_refusal else None,
        ladder=tuple(_rung(row, pace) for row in ladder_of(pack, own)),
        urgent_ladder=tuple(_rung(row, pace) for row in pack.file.urgent_ladder),
        first_role={EscalationCause(cause): Role(row.value) for cause, row in pack.file.first_role.items()},
        high_risk=pack.file.high_risk.value,
        sms_back_days=limits.sms_back_days.value,
        suspend_max_days=limits.suspend_max_days.value,
        extend_max=limits.extend_max.value,
        extend_past_period=limits.extend_past_period.value * pace,
        urgent_visit_within=limits.urgent_visit_within.value * pace,
        calendar=calendar_of(pack, around - _BEFORE, around + _AFTER),
    )


def ladder_of(pack: Pack, tier: Tier) -> tuple[RungRow, ...]:
    """The tier's own ladder, else the county's."""
    return pack.file.ladder if tier.ladder is None else tier.ladder


def calendar_of(pack: Pack, first: date, last: date) -> WorkCalendar:
    """The days from `first` to `last` that differ from Monday–Friday: chinesecalendar, then the pack's own table."""
    table = pack.file.calendar
    off, on = _official(first, last)
    own = (*(row.day for row in table.off), *(day for row in table.local for day in row.days))
    local_off = {day for day in own if first <= day <= last}
    local_on = {row.day for row in table.on if first <= row.day <= last}
    through = max(official_years()[-1], table.official_through.value if table.official_through else 0)
    unofficial = date(through + 1, 1, 1)
    return WorkCalendar(
        off=tuple(sorted((off | local_off) - local_on)),
        on=tuple(sorted((on | local_on) - local_off)),
        provisional_from=unofficial if unofficial <= last else None,
    )


def official_years() -> range:
    """The years whose official calendar chinesecalendar carries."""
    return range(min(published.holidays).year, max(published.holidays).year + 1)


def _official(first: date, last: date) -> tuple[set[date], set[date]]:
    off = {day for day in published.holidays if first <= day <= last and day.weekday() < 5}
    return off, {day for day in published.workdays if first <= day <= last and day.weekday() >= 5}


def _paced(values: dict[str, object], pace: float) -> dict[str, object]:
    return {name: value * pace if isinstance(value, timedelta) else value for name, value in values.items()}


def _reminder(row: ReminderRow, pace: float) -> ReminderRule:
    if row.before is not None:
        return ReminderRule(before=row.before * pace)
    if row.days_before is None or row.at is None:
        raise ValueError("a reminder says `days_before` and `at`, or `before`")
    return ReminderRule(days_before=row.days_before, at=row.at)


def _rung(row: RungRow, pace: float) -> Rung:
    return Rung(
        role=Role(row.role), after=_delay(row.after, pace), resolve_by=_delay(row.resolve_by, pace),
        channel=RungChannel(row.channel),
    )  # fmt: skip


def _delay(delay: Delay, pace: float) -> Delay:
    if delay.unit is not DelayUnit.SECONDS:
        return delay
    return delay.model_copy(update={"amount": ceil(delay.amount * pace)})


# --- who becomes a case ----------------------------------------------------------------------------------------------


class GroupFacts(Value):
    """What the register knows of an elder. None = the list did not say, which is never taken for "no"."""

    age: int | None = None
    rural: bool | None = None
    poor: bool | None = None
    categories: tuple[str, ...] | None = None


class InGroup(Value):
    """Becomes a case. `codes`: every group they are in, in the pack's order; `tier`: the closest cadence of these."""

    kind: Literal["in_group"] = "in_group"
    codes: tuple[str, ...]
    tier: str


class RegisterOnly(Value):
    """Listed with the reason, no case."""

    kind: Literal["register_only"] = "register_only"
    reason: Literal["under_age", "in_no_group"]


class CannotDecide(Value):
    """Listed: a person must find out. `missing`: the facts of `GroupFacts` that would decide it."""

    kind: Literal["cannot_decide"] = "cannot_decide"
    missing: tuple[str, ...]


GroupResult = InGroup | RegisterOnly | CannotDecide

_CLOSEST = (CadenceUnit.EVERY, CadenceUnit.WEEKLY, CadenceUnit.HALF_MONTHLY, CadenceUnit.MONTHLY)


def group_of(pack: Pack, facts: GroupFacts) -> GroupResult:
    """Whether an elder becomes a case (`docs/policies.md`): in a group, in none, or a fact is missing.

    One group that certainly holds is enough, whatever else is unknown. A fact is missing only if no group holds and
    it could still make one hold.
    """
    if facts.age is None:
        return CannotDecide(missing=("age",))
    if facts.age < pack.file.min_age.value:
        return RegisterOnly(reason="under_age")
    lacking = {group.code: _lacking(group.any_of, group.rural, group.poor, facts) for group in pack.file.groups}
    held = [group for group in pack.file.groups if lacking[group.code] == ()]
    if held:
        codes = tuple(group.code for group in held)
        return InGroup(codes=codes, tier=tier_of(pack, codes))
    missing = {name for names in lacking.values() if names is not None for name in names}
    if missing:
        return CannotDecide(missing=tuple(sorted(missing)))
    return RegisterOnly(reason="in_no_group")


def tier_of(pack: Pack, codes: Collection[str], level: str | None = None) -> str:
    """The closest cadence of these groups, and of the confirmed level where the pack gives it one.

    Of groups the pack has not: of all, for a visit too many costs less.
    """
    tiers = {group.tier for group in pack.file.groups if group.code in codes} or set(pack.file.tiers)
    by_level = pack.file.assessment.tiers.get(level or "") if pack.file.assessment else None
    tiers |= {by_level.value} if by_level else set()
    return min(sorted(tiers), key=lambda name: _CLOSEST.index(CadenceUnit(pack.file.tiers[name].cadence.value)))


def _lacking(
    any_of: tuple[str, ...], rural: bool | None, poor: bool | None, facts: GroupFacts
) -> tuple[str, ...] | None:
    """() the group holds; None it does not; else the facts that are missing to say."""
    tests: list[tuple[str, bool | None]] = []
    if any_of:
        tagged = None if facts.categories is None else any(tag in facts.categories for tag in any_of)
        tests.append(("categories", tagged))
    if rural is not None:
        tests.append(("rural", None if facts.rural is None else facts.rural == rural))
    if poor is not None:
        tests.append(("poor", None if facts.poor is None else facts.poor == poor))
    if any(holds is False for _, holds in tests):
        return None
    return tuple(name for name, holds in tests if holds is None)
