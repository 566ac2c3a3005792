"""What makes a pack unfit to be activated. `starter.py policy check` prints these; an empty list is a clean pack.

Source: `docs/policies.md` ("The check refuses"); what a sender and a slot are: `docs/sms.md`.
Every rule is a function of the pack that yields problems; `RULES` is the list of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from decisions.cadence import period_after, period_at
from decisions.deadlines import SHANGHAI, after, instant
from decisions.wording import violations
from models.ability import AbilityLevel
from models.policy import CadenceUnit, Category, DelayUnit, PolicySlice, Rung, RungChannel, TextRules
from models.templates import TemplateId, sendable
from models.values import EscalationCause, Method, Role
from policies import check_benefits, check_programme
from policies.check_programme import CAP_MISSING, unknown_words
from policies.check_rows import tiles
from policies.pack import Pack, official_years, slice_of
from policies.schema import CADENCES, SILENT, RungRow, Tier, sourced, unsaid
from policies.sourced import Problem

SHORTEST_MONTH = timedelta(days=28)
MARGIN = timedelta(days=2)  # the top of a ladder is reached this long before the period's end
MARGIN_OF_A_MONTH = 2 / 30  # the same for a period that is not of the calendar
LONGEST_SLICE = 8192  # bytes of JSON
SHORTEST_QUOTE = 4  # characters; the empty text is in every document
LAST_YEARS = 6
MONEY = ("money.", "subsidies.")
LONGEST_UNANSWERED = timedelta(hours=24)  # a question back

_LIMITS = {"suspend_max_days": 62, "extend_max": 2, "sms_back_days": 3, "extend_past_period": timedelta(days=3)}
_CALENDAR_NEEDS = ("ask.spread_workdays", "ask.at", "ask.least_days")
_EVERY_NEEDS = ("every", "ask.spread", "due.after")

_CATEGORIES = frozenset(category.value for category in Category)
_ROLES = frozenset(role.value for role in Role)
_NEARNESS: dict[str, int] = {  # who may deal with what was missed, and how far from the elder they are
    Role.GRID_WORKER: 0, Role.VILLAGE_ASSISTANT: 0, Role.TOWNSHIP_OFFICER: 1, Role.COUNTY_OFFICER: 2,
}  # fmt: skip
_CHANNELS = frozenset(channel.value for channel in RungChannel)
_METHODS = frozenset(method.value for method in Method)
_TEMPLATES = frozenset(one.value for one in TemplateId)
_LEVELS = frozenset(level.value for level in AbilityLevel)
_CAUSES = frozenset(cause.value for cause in EscalationCause)


def check(pack: Pack) -> list[Problem]:
    """Every reason to refuse the pack, in the order of the rules. Pure but for the calendar of chinesecalendar."""
    problems = [problem for rule in RULES for problem in rule(pack)]
    problems += [problem for rule in (*check_programme.RULES, *check_benefits.RULES) for problem in rule(pack.file)]
    if problems:
        return problems
    # What follows computes with the values, so it needs a pack whose words are all known.
    return [problem for rule in COMPUTED_RULES for problem in rule(pack)]


def without_template(texts: TextRules) -> tuple[TemplateId, ...]:
    """The texts this county can come to send that have no id at its provider: each would be a call instead."""
    return tuple(one for one in sendable(texts.counts_phone_calls) if not texts.templates.get(one, "").strip())


# --- sources ---------------------------------------------------------------------------------------------------------


def _quotes(pack: Pack) -> Iterator[Problem]:
    for where, value in sourced(pack.file):
        if value.quote is None:
            continue
        if len(value.quote.strip()) < SHORTEST_QUOTE:
            yield Problem(where, f"a quote of {len(value.quote.strip())} characters proves nothing", "quote")
        elif value.quote not in pack.source_text:
            yield Problem(where, f"the quote {value.quote!r} is not in source.txt", "quote")
    number = pack.file.document.number
    if number is not None and number not in pack.source_text:
        yield Problem("document.number", f"{number!r} is not in source.txt")


def _document(pack: Pack) -> Iterator[Problem]:
    if not pack.source_text.strip():
        yield Problem("document", "source.txt is empty: there is nothing to quote")
    for field in ("title", "number"):
        value = getattr(pack.file.document, field)
        if value is not None and not value.strip():
            yield Problem(f"document.{field}", "is blank")


def _defaults(pack: Pack) -> Iterator[Problem]:
    values, open_ = dict(sourced(pack.file)), set(unsaid(pack.file))
    for where, value in values.items():
        if value.default is None:
            continue
        if where.startswith(MONEY):
            yield Problem(where, "no default is ever given for money")
        if where not in pack.file.unknown:
            yield Problem(where, "is a default but is not listed under unknown")
    for where in sorted(open_ - pack.file.unknown.keys()):
        yield Problem(where, "is neither given nor listed under unknown")
    for where in pack.file.unknown:
        if where.startswith(SILENT) or where in open_:
            continue
        if where not in values:
            yield Problem(f"unknown.{where}", "names no value of this pack")
        elif values[where].default is None:
            yield Problem(f"unknown.{where}", "the value is not a default, so it is known")
    for code in pack.file.money:
        if not code.endswith("_fen"):
            yield Problem(f"money.{code}", "an amount is in fen, and its code ends in _fen")


# --- words -----------------------------------------------------------------------------------------------------------


def _words(pack: Pack) -> Iterator[Problem]:
    file = pack.file
    yield from unknown_words("high_risk", "category", file.high_risk.value, _CATEGORIES)
    yield from unknown_words("texts.templates", "template id", file.texts.templates, _TEMPLATES)
    yield from unknown_words("first_role", "cause", file.first_role, _CAUSES)
    for cause in sorted(_CAUSES - file.first_role.keys()):
        yield Problem("first_role", f"the cause {cause!r} has no first role")
    rungs = {row.role for row in file.ladder}
    for cause, row in file.first_role.items():
        where = f"first_role.{cause}"
        yield from unknown_words(where, "role", [row.value], _ROLES)
        if row.value in _ROLES and row.value not in rungs:
            yield Problem(where, f"the role {row.value!r} is not a rung of the ladder")
    for group in file.groups:
        yield from unknown_words(f"groups.{group.code}", "category", group.any_of, _CATEGORIES)
        yield from unknown_words(f"groups.{group.code}", "tier", [group.tier], file.tiers)
    by_level = file.assessment.tiers if file.assessment else {}
    yield from unknown_words("assessment.tiers", "level", by_level, _LEVELS)
    for level, row in by_level.items():
        yield from unknown_words(f"assessment.tiers.{level}", "tier", [row.value], file.tiers)
    for name, tier in file.tiers.items():
        yield from unknown_words(f"tiers.{name}.methods", "method", tier.methods.value, _METHODS)
        if not tier.methods.value:
            yield Problem(f"tiers.{name}.methods", "no method counts as a visit")
        first = tier.after_refusal.value if tier.after_refusal else None
        if first is not None and first not in tier.methods.value:
            yield Problem(f"tiers.{name}.after_refusal", f"{first!r} is none of the methods that count")
    for where, ladder in _ladders(pack):
        for row in ladder:
            yield from unknown_words(f"{where}.{row.role}", "role", [row.role], _ROLES)
            yield from unknown_words(f"{where}.{row.role}.channel", "channel", [row.channel], _CHANNELS)
            if where == "urgent_ladder" and row.channel == RungChannel.WORKLIST:
                yield Problem(f"{where}.{row.role}.channel", "danger to life does not wait until somebody looks")
        if len({row.role for row in ladder}) < len(ladder):
            yield Problem(where, "a role stands on two rungs")
        yield from _leads_up(where, ladder)


def _leads_up(where: str, ladder: tuple[RungRow, ...]) -> Iterator[Problem]:
    """Each rung is of who may deal with it, none nearer to the elder than the one below; the last is the county's.

    Also where the pack gives no contacts: who may be asked is not for a county to say.
    """
    known = [row.role for row in ladder if row.role in _NEARNESS]
    for row in ladder:
        if row.role in _ROLES and row.role not in _NEARNESS:
            what = f"leads to nobody: who has this role may not deal with it; may: {', '.join(_NEARNESS)}"
            yield Problem(f"{where}.{row.role}", what, "role")
    for below, above in pairwise(known):
        if _NEARNESS[above] < _NEARNESS[below]:
            yield Problem(
                f"{where}.{above}", f"leads down: it stands above {below!r}, which is further from the elder", "role"
            )
    if known and known[-1] == ladder[-1].role and known[-1] != Role.COUNTY_OFFICER:
        yield Problem(f"{where}.{known[-1]}", "there is no rung above it: the ladder ends before the county", "role")


# --- values ----------------------------------------------------------------------------------------------------------


def _cadences(pack: Pack) -> Iterator[Problem]:
    for name, tier in pack.file.tiers.items():
        where, cadence = f"tiers.{name}.cadence", tier.cadence.value
        if cadence in ("quarterly", "half_yearly", "yearly"):
            yield Problem(where, f"{cadence!r} is longer than a month, which nobody on the list may wait")
        elif cadence not in CADENCES:
            yield Problem(where, f"unknown cadence {cadence!r}; known: {', '.join(CADENCES)}")
        else:
            yield from _tier(f"tiers.{name}", tier)


def _tiers_used(pack: Pack) -> Iterator[Problem]:
    used = {group.tier for group in pack.file.groups}
    for name in pack.file.tiers:
        if name not in used:
            yield Problem(f"tiers.{name}", "is no group's: nobody would be visited by it")


def _tier(where: str, tier: Tier) -> Iterator[Problem]:
    is_every = tier.cadence.value == CadenceUnit.EVERY.value
    tables = {"": tier, "ask": tier.ask, "due": tier.due}
    for path in _EVERY_NEEDS if is_every else _CALENDAR_NEEDS:
        table, _, field = path.rpartition(".")
        if getattr(tables[table], field) is None:
            yield Problem(f"{where}.{path}", f"is missing, and a cadence {tier.cadence.value!r} needs it")
    if is_every and tier.every is not None and tier.every.value > SHORTEST_MONTH:
        yield Problem(f"{where}.every", f"{tier.every.value.days} days are longer than the shortest month, 28 days")
    if is_every and tier.every is not None and tier.every.value <= timedelta(0):
        yield Problem(f"{where}.every", "a period has a length above zero")
    if not is_every and (tier.due.day_of_month is None) == (tier.due.after is None):
        yield Problem(f"{where}.due", "due is either day_of_month or after")
    for n, row in enumerate(tier.reminders, start=1):
        if (row.before is None) == (row.days_before is None or row.at is None):
            yield Problem(f"{where}.reminders.{n}", "a reminder says days_before and at, or before")


def _delays(pack: Pack) -> Iterator[Problem]:
    for where, ladder in _ladders(pack):
        if not ladder:
            yield Problem(where, "a ladder has at least one rung")
        for row in ladder:
            for field, delay in (("after", row.after), ("resolve_by", row.resolve_by)):
                rung = f"{where}.{row.role}.{field}"
                if delay.amount < 0:
                    yield Problem(rung, "a delay cannot be negative")
                if delay.unit is DelayUnit.WORKDAYS and delay.cap_days is None:
                    yield Problem(rung, CAP_MISSING)
                if delay.unit is DelayUnit.WORKDAYS and where == "urgent_ladder":
                    yield Problem(rung, "danger to life does not wait for a workday")


def _limits(pack: Pack) -> Iterator[Problem]:
    for name, most in _LIMITS.items():
        given = getattr(pack.file.limits, name).value
        if given > most:
            yield Problem(f"limits.{name}", f"is {given}, at most {most}")


def _texts(pack: Pack) -> Iterator[Problem]:
    table, rules = pack.file.texts, pack.texts
    if table.sender is None or not table.sender.value.strip():
        yield Problem("texts.sender", "the sender is missing: no text goes out without its signature")
    else:
        for found in violations(table.sender.value):
            yield Problem("texts.sender", f"a provider refuses {found!r} in a signature")
        if set(table.sender.value) & set("【】{}"):
            yield Problem("texts.sender", "stands in brackets of its own, and is no template: without 【】 and {}")
    if (rules.quiet_from is None) != (rules.quiet_to is None):
        yield Problem("texts.quiet_to", "quiet hours have both ends, or are off at both")
    if rules.max_per_day < 1 or rules.max_identical < 1:
        yield Problem("texts.max_per_day", "a cap below one text silences the county")
    if not timedelta(0) < rules.answer_within <= LONGEST_UNANSWERED:
        yield Problem("texts.answer_within", f"is {rules.answer_within}, at most {LONGEST_UNANSWERED}")
    if rules.slot is None:
        return
    for name, tier in pack.file.tiers.items():
        if tier.ask.at is not None and _later(tier.ask.at.value, tier.ask.jitter.value) > rules.slot:
            yield Problem(f"tiers.{name}.ask.at", f"with its jitter it misses the slot at {rules.slot}: a day is lost")


def _later(at: time, by: timedelta) -> time:
    return (datetime.combine(date(2000, 1, 1), at) + by).time()


# --- the ladder in real years ----------------------------------------------------------------------------------------


def _reaches_the_top(pack: Pack) -> Iterator[Problem]:
    years = official_years()[-LAST_YEARS:]
    for name, tier in pack.file.tiers.items():
        where = "ladder" if tier.ladder is None else f"tiers.{name}.ladder"
        told: set[str] = set()
        for year in (*years, years[-1] + 1):
            policy = slice_of(pack, name, date(year, 1, 15))
            for place, ladder in ((where, policy.ladder), ("urgent_ladder", policy.urgent_ladder)):
                too_late = None if place in told else _first_too_late(policy, ladder, year)
                if too_late is not None:
                    period_id, reached_at, latest_at = too_late
                    told.add(place)
                    yield Problem(
                        place,
                        f"in {period_id} ({year}, tier {name}) the top, {ladder[-1].role}, is reached "
                        f"{_civil(reached_at)}, later than {_civil(latest_at)}, two days before the period's end",
                    )


def _first_too_late(policy: PolicySlice, ladder: tuple[Rung, ...], year: int) -> tuple[str, datetime, datetime] | None:
    """The first period of the year whose ladder, begun when it is due and answered by nobody, tops out too late."""
    every = policy.cadence.every
    margin = MARGIN if every is None else every * MARGIN_OF_A_MONTH
    period = period_at(policy, instant(date(year, 1, 1)), "", "")
    # Periods of a fixed length are all alike: the first speaks for the year.
    last_at = instant(date(year + 1, 1, 1)) if every is None else period.ends_at
    while period.starts_at < last_at:
        reached_at = period.due_at
        for rung in ladder:
            reached_at = after(rung.after, reached_at, policy.calendar)
        if reached_at > period.ends_at - margin:
            return period.id, reached_at, period.ends_at - margin
        period = period_after(policy, period, "", "")
    return None


def _fits(pack: Pack) -> Iterator[Problem]:
    for name in pack.file.tiers:
        size = len(slice_of(pack, name, pack.file.effective_from).model_dump_json().encode())
        if size > LONGEST_SLICE:
            yield Problem(f"tiers.{name}", f"its slice is {size} bytes, at most {LONGEST_SLICE}")


def _ladders(pack: Pack) -> Iterator[tuple[str, tuple[RungRow, ...]]]:
    yield "ladder", pack.file.ladder
    yield "urgent_ladder", pack.file.urgent_ladder
    for name, tier in pack.file.tiers.items():
        if tier.ladder is not None:
            yield f"tiers.{name}.ladder", tier.ladder


def _civil(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")


Rule = Callable[[Pack], Iterator[Problem]]

RULES: tuple[Rule, ...] = (_document, _quotes, _defaults, _words, _tiers_used, _cadences, _delays, _limits, _texts)
COMPUTED_RULES: tuple[Rule, ...] = (_reaches_the_top, _fits, tiles)
