"""What is wrong with a pack beside its visits and benefits: words, days, money, who answers for what.

Each rule is a function of the file that yields problems; `RULES` is the list of them, run by `policies.check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from models.ability import AbilityLevel
from models.assessment import ResultUse, Stage
from models.policy import DelayUnit
from models.values import Role
from policies.programme import KINDS, PER, UNITS, AssessmentTable, Dated, PaymentTable
from policies.schema import PackFile
from policies.sourced import Problem

PERFORMERS = (
    "volunteer", "grid_worker", "social_worker", "village_assistant", "village_committee", "party_member", "neighbour",
    "elders_association", "younger_elder", "social_organisation", "property_company", "clinic", "service_advisor",
)  # fmt: skip
SERVICES = (
    "visit", "check_in", "meals", "cleaning", "bathing", "walking", "medical", "company", "farm_work", "rescue",
    "daily_care", "patrol", "sick_visit", "day_care", "respite", "rehabilitation", "nursing", "health_check", "rounds",
    "referral", "errands", "repairs", "group_living", "mutual_help", "home_adaptation", "care_at_home",
)  # fmt: skip
COMPARED = ("=", ">", ">=", "<", "<=")
ATTRIBUTES = ("约束性", "预期性")
COUNTED = ("month_visit_rate", "visit_scheme_coverage")  # what we can count: `decisions.figure_words.COMPUTED`
USES = tuple(use.value for use in ResultUse)
LEVELS = tuple(level.value for level in AbilityLevel)
STAGES = tuple(stage.value for stage in Stage if stage is not Stage.RESTING)
STANDARDS = ("gbt42195-2022", "aligned-local")  # the national one, and a place's own that is aligned to it
SHORTEST_MONTH, LONGEST_MONTH = 28, 31  # days
CAP_MISSING = "a delay in workdays needs cap_days: a festival makes two workdays ten days"
A_DAY = timedelta(days=1)


Rule = Callable[[PackFile], Iterator[Problem]]


def unknown_words(where: str, kind: str, words: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    closed = sorted(known)
    for word in words:
        if word not in closed:
            yield Problem(where, f"unknown {kind} {word!r}; known: {', '.join(closed)}")


def _codes(file: PackFile) -> Iterator[Problem]:
    for table, kind, known in (("performers", "performer", PERFORMERS), ("service_types", "service type", SERVICES)):
        for row in getattr(file, table):
            yield from unknown_words(f"{table}.{row.code}", kind, [row.code], known)
    for table in ("performers", "service_types", "kpis", "subsidies", "duties"):
        codes = Counter(row.code for row in getattr(file, table))
        for code, times in codes.items():
            if times > 1:
                yield Problem(f"{table}.{code}", f"the code {code!r} stands {times} times")


def _kpis(file: PackFile) -> Iterator[Problem]:
    for row in file.kpis:
        where = f"kpis.{row.code}"
        yield from unknown_words(where, "unit", [row.unit], UNITS)
        yield from unknown_words(where, "comparison", (target.op for target in row.targets), COMPARED)
        yield from unknown_words(where, "attribute", [row.attribute] if row.attribute else [], ATTRIBUTES)
        yield from unknown_words(where, "rate", [row.computation] if row.computation else [], COUNTED)
        if row.computation and row.unit != "percent":
            yield Problem(where, "what we count is a percentage", "unit")
        if not row.targets:
            yield Problem(where, "an indicator has at least one target")
        yield from _in_turn(f"{where}.targets", row.targets)


def _subsidies(file: PackFile) -> Iterator[Problem]:
    for row in file.subsidies:
        where = f"subsidies.{row.code}"
        yield from unknown_words(where, "kind of subsidy", [row.kind], KINDS)
        for n, amount in enumerate(row.amounts, start=1):
            yield from unknown_words(f"{where}.amounts.{n}", "rhythm", [amount.per], PER)
            if amount.fen <= 0:
                yield Problem(f"{where}.amounts.{n}", "an amount is above zero; one that is not known is left out")
        yield from _in_turn(f"{where}.amounts", row.amounts)


def _in_turn(where: str, rows: Sequence[Dated]) -> Iterator[Problem]:
    """Each begins the day after the one before it ends: on no day do two hold, and on none in between nothing."""
    for n, row in enumerate(rows, start=1):
        if row.from_on is not None and row.to_on is not None and row.to_on < row.from_on:
            yield Problem(f"{where}.{n}", f"ends on {row.to_on}, before it begins on {row.from_on}")
    for n, (before, row) in enumerate(pairwise(rows), start=2):
        ends, begins = before.to_on or date.max, row.from_on or date.min
        if ends == date.max or begins <= ends:
            yield Problem(f"{where}.{n}", f"overlap: {_from(row)} it holds beside the one before it, {_to(before)}")
        elif begins != ends + A_DAY:
            yield Problem(f"{where}.{n}", f"gap: nothing holds from {ends + A_DAY} to {begins - A_DAY}")


def _from(row: Dated) -> str:
    return f"from {row.from_on}" if row.from_on else "without a first day"


def _to(row: Dated) -> str:
    return f"which ends on {row.to_on}" if row.to_on else "which has no last day"


def _assessment(file: PackFile) -> Iterator[Problem]:
    if file.assessment is not None:
        yield from problems_of_assessment(file.assessment)


def problems_of_assessment(table: AssessmentTable) -> Iterator[Problem]:
    """What is left out is right: another says it (`policies.assessing`)."""
    words = {
        "use": ((table.use.value,) if table.use else (), "use", USES),
        "endless": (table.endless.value if table.endless else (), "level", LEVELS),
        "elsewhere": (table.elsewhere.value if table.elsewhere else (), "standard", STANDARDS),
        "terms": (table.terms, "stage", STAGES),
    }
    for field, (given, kind, known) in words.items():
        yield from unknown_words(f"assessment.{field}", kind, given, known)
    for stage in STAGES:
        if table.terms and stage not in table.terms:
            yield Problem("assessment.terms", f"the stage {stage!r} has no term: a pack gives all terms or none")
    delays = {f"terms.{stage}": term for stage, term in table.terms.items()}
    if table.object_within is not None:
        delays["object_within"] = table.object_within
    for field, delay in delays.items():
        if delay.value.amount <= 0:
            yield Problem(f"assessment.{field}", "a term is longer than nothing")
        if delay.value.unit is DelayUnit.WORKDAYS and delay.value.cap_days is None:
            yield Problem(f"assessment.{field}", CAP_MISSING)
    yield from _lengths(table)


def _lengths(table: AssessmentTable) -> Iterator[Problem]:
    valid, renew, remind = (
        row.value if row else None for row in (table.valid_months, table.renew_days, table.remind_days)
    )
    if valid is not None and valid <= 0:
        yield Problem("assessment.valid_months", "is valid for at least a month")
    for field, days in (("renew_days", renew), ("remind_days", remind)):
        if days is not None and days < 0:
            yield Problem(f"assessment.{field}", "is so many days before, and not after")
    if valid is not None and renew is not None and renew >= valid * SHORTEST_MONTH:
        yield Problem("assessment.renew_days", "a level would be asked for again on the day it is confirmed")


def _payment(file: PackFile) -> Iterator[Problem]:
    if file.payment is not None:
        yield from problems_of_payment(file.payment)


def problems_of_payment(table: PaymentTable) -> Iterator[Problem]:
    """What is left out is right: another says it (`policies.paying`). A month without the day has it on its last."""
    if table.day is not None and not 1 <= table.day.value <= LONGEST_MONTH:
        yield Problem("payment.day", f"is a day of a month, 1 to {LONGEST_MONTH}, and not {table.day.value}")
    for field, term in (("checking", table.checking), ("approving", table.approving)):
        if term is not None and term.value.amount <= 0:
            yield Problem(f"payment.{field}", "a term is longer than nothing")
    if table.remind_days is not None and table.remind_days.value < 0:
        yield Problem("payment.remind_days", "is so many days before, and not after")


def _duties(file: PackFile) -> Iterator[Problem]:
    for row in file.duties:
        if not [who for who in row.who if who.strip()]:
            yield Problem(f"duties.{row.code}", "a duty is somebody's")
        if not row.what.strip():
            yield Problem(f"duties.{row.code}", "a duty says what is to be done")


def _contacts(file: PackFile) -> Iterator[Problem]:
    """With contacts given, no rung leads to nobody, and nobody stands beside the ladder."""
    if not file.contacts:
        return
    own = [row for tier in file.tiers.values() for row in tier.ladder or ()]
    rungs = dict.fromkeys(row.role for row in (*file.ladder, *file.urgent_ladder, *own))
    told = Counter(row.role for row in file.contacts)
    for role, times in told.items():
        yield from unknown_words(f"contacts.{role}", "role", [role], [role.value for role in Role])
        if role not in rungs:
            yield Problem(f"contacts.{role}", f"the role {role!r} is not a rung of a ladder", "role")
        if times > 1:
            yield Problem(f"contacts.{role}", f"the role {role!r} has {times} contacts")
    for role in rungs:
        if role not in told:
            yield Problem("contacts", f"the rung {role!r} leads to nobody: it has no contact")


def _holidays(file: PackFile) -> Iterator[Problem]:
    years = Counter((row.name, row.year) for row in file.calendar.local)
    for (name, year), times in years.items():
        if times > 1:
            yield Problem(f"calendar.local.{name}.{year}", f"stands {times} times")
    for row in file.calendar.local:
        for day in row.days:
            if day.year != row.year:
                yield Problem(f"calendar.local.{row.name}.{row.year}", f"{day} is not a day of {row.year}")


def _covers(file: PackFile) -> Iterator[Problem]:
    for code, times in Counter(file.covers).items():
        if code == file.county:
            yield Problem("covers", f"{code!r} is the pack's own name: it covers that without saying so")
        if times > 1:
            yield Problem("covers", f"the county {code!r} stands {times} times")


RULES: tuple[Rule, ...] = (
    _codes, _kpis, _subsidies, _assessment, _payment, _duties, _contacts, _holidays, _covers,
)  # fmt: skip
