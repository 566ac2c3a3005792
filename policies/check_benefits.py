"""What is wrong with the benefits of a pack by its words: facts, operators, values, codes, money, days.

Each rule is a function of the file that yields problems; `RULES` is the list of them, run by `policies.check`. Rows
that overlap or leave a gap are `check_rows`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import cast

from decisions.closed_words import SERVICE_PLACES as PLACES
from decisions.rule_rows import literal
from models.benefits import (
    OPS,
    AgeCounts,
    Begins,
    BenefitKind,
    Condition,
    Ends,
    How,
    LeapBirthday,
    StopCause,
)
from models.facts import ASKED, HELD_ELSEWHERE, FactDef, FactType
from policies.benefit_tables import NOTICE_UNITS, STEPS, BenefitTable, ConditionRow, StartTable
from policies.check_programme import unknown_words
from policies.schema import PackFile, sourced
from policies.sourced import Problem

# What a Chinese keyboard writes for a sign.
HALF_WIDTH = str.maketrans(
    {"》": ">", "〉": ">", "＞": ">", "《": "<", "〈": "<", "＜": "<", "＝": "=", "≥": ">=", "≤": "<=", "　": " "}
)
LISTS = ("in", "not_in", "any_of", "none_of")

Rule = Callable[[PackFile], Iterator[Problem]]


def conditions_in(table: BenefitTable) -> Iterator[tuple[str, ConditionRow]]:
    """Every condition of the benefit with its dotted path."""
    at = f"benefits.{table.code}"
    yield from _numbered(f"{at}.over", table.over)
    for part, rows in (("rows", table.rows), ("open", table.open)):
        for row in rows:
            yield from _numbered(f"{at}.{part}.{row.code}.when", row.when)
            for n, alternative in enumerate(row.any, start=1):
                yield from _numbered(f"{at}.{part}.{row.code}.any.{n}", alternative)


def _numbered(where: str, rows: Iterable[ConditionRow]) -> Iterator[tuple[str, ConditionRow]]:
    for n, row in enumerate(rows, start=1):
        yield f"{where}.{n}", row


def _conditions(file: PackFile) -> Iterator[Problem]:
    held = {*HELD_ELSEWHERE, *(table.code for table in file.benefits)}
    for table in file.benefits:
        for where, row in conditions_in(table):
            problem = _condition(where, row, held)
            if problem is not None:
                yield problem
        for part, rows in (("rows", table.rows), ("open", table.open)):
            for row in rows:
                where = f"benefits.{table.code}.{part}.{row.code}"
                if not row.when and not row.any:
                    yield Problem(where, "asks nothing: a row has at least one condition")
                if not all(row.any):
                    yield Problem(where, "an alternative has at least one condition", "any")


def _condition(where: str, row: ConditionRow, held: set[str]) -> Problem | None:
    fact = ASKED.get(row.fact)
    if fact is None:
        return Problem(where, f"unknown fact {row.fact!r}; known: {', '.join(sorted(ASKED))}", "fact")
    if row.op not in OPS[fact.type]:
        meant = row.op.translate(HALF_WIDTH).replace(" ", "")
        if meant in OPS[fact.type]:
            return Problem(where, f"the operator {row.op!r} is full-width or holds a blank; write {meant!r}", "op")
        return Problem(where, f"unknown operator {row.op!r} for {row.fact}; known: {' '.join(OPS[fact.type])}", "op")
    wrong = _value(fact, row, held)
    if wrong:
        return Problem(where, wrong, "value")
    if fact.type is FactType.CODES:
        return None
    sure = literal(Condition(fact=row.fact, op=row.op, wanted=row.value)).missing
    return None if sure is None else Problem(where, f"holds for {'everybody' if sure else 'nobody'}", "value")


def _value(fact: FactDef, row: ConditionRow, held: set[str]) -> str:
    value = row.value
    if (row.op in LISTS) != isinstance(value, tuple):
        return f"{row.op!r} is followed by {'a list' if row.op in LISTS else 'one value'}, not by {value!r}"
    match fact.type:
        case FactType.NUMBER if type(value) is not int:
            return f"{value!r} is {'text' if isinstance(value, str) else 'not a number'}; {row.fact} is a whole number"
        case FactType.NUMBER:
            fits = fact.least <= cast("int", value) <= fact.most
            return "" if fits else f"{value} {fact.unit} is outside {fact.least} to {fact.most}"
        case FactType.YES_NO:
            return "" if isinstance(value, bool) else f"{value!r} is neither true nor false"
        case FactType.CODES:
            return _strangers("code", cast("tuple[str, ...]", value), sorted(held))
        case _:
            return _strangers("value", value if isinstance(value, tuple) else (value,), fact.options)


def _strangers(kind: str, values: Sequence[object], known: Sequence[str]) -> str:
    if not values:
        return "an empty list tells nobody apart"
    strange = [value for value in values if value not in known]
    return f"unknown {kind} {strange[0]!r}; known: {', '.join(known)}" if strange else ""


def _words(file: PackFile) -> Iterator[Problem]:
    for table in file.benefits:
        at = f"benefits.{table.code}"
        yield from _of(f"{at}.kind", "kind of benefit", [table.kind], BenefitKind)
        if table.start is not None:
            yield from _start(f"{at}.start", table.start)
        for row in table.stops:
            yield from _of(f"{at}.stops.{row.code}", "cause to stop", [row.code], StopCause)
            yield from _of(f"{at}.stops.{row.code}", "end", [row.ends], Ends)
        for row in table.deadlines:
            yield from unknown_words(f"{at}.deadlines.{row.code}", "step", [row.code], STEPS)
            if row.workdays < 1:
                yield Problem(f"{at}.deadlines.{row.code}", "a deadline is at least a workday")
        if table.review_months is not None and table.review_months.value < 1:
            yield Problem(f"{at}.review_months", "it is looked at again after a month at least")
        if table.remind_days is not None and table.remind_days.value < 0:
            yield Problem(f"{at}.remind_days", "a reminder comes before the end of a term, not after it")
        if table.birthday is not None:
            yield from _of(f"{at}.birthday", "way to count an age", [table.birthday.counts], AgeCounts)
            yield from _of(f"{at}.birthday", "birthday", [table.birthday.leap], LeapBirthday)
        if table.notice is not None:
            yield from unknown_words(f"{at}.notice", "unit", [table.notice.unit], NOTICE_UNITS)
            if table.notice.days < 1 or (table.notice.again_days is not None and table.notice.again_days < 1):
                yield Problem(f"{at}.notice", "a public notice stands at least a day")
    for row in file.exclusivity:
        yield from _of(f"exclusivity.{row.code}", "exclusivity", [row.how], How)


def _start(where: str, start: StartTable) -> Iterator[Problem]:
    yield from _of(where, "start", [start.begins], Begins)
    if (start.begins == Begins.MONTH_AGE_REACHED) != (start.if_late is not None):
        yield Problem(where, "`if_late` stands with month_age_reached, and only there")
    late = [each for each in Begins if each is not Begins.MONTH_AGE_REACHED]
    yield from unknown_words(where, "start", [start.if_late] if start.if_late else [], late)


def _of(where: str, kind: str, words: Iterable[str], known: type[StrEnum]) -> Iterator[Problem]:
    yield from unknown_words(where, kind, words, [member.value for member in known])


def _codes(file: PackFile) -> Iterator[Problem]:
    lists: list[tuple[str, Sequence[str]]] = [
        ("benefits", [table.code for table in file.benefits]),
        ("exclusivity", [row.code for row in file.exclusivity]),
    ]
    lists += [
        (f"benefits.{table.code}.{part}", [row.code for row in getattr(table, part)])
        for table in file.benefits
        for part in ("rows", "open", "stops", "deadlines", "documents", "offsets")
    ]
    for where, codes in lists:
        for code, times in Counter(codes).items():
            if times > 1:
                yield Problem(f"{where}.{code}", f"the code {code!r} stands {times} times")


def _money(file: PackFile) -> Iterator[Problem]:
    for table in file.benefits:
        at = f"benefits.{table.code}"
        for row in table.rows:
            if row.fen is not None and row.fen.value <= 0:
                yield Problem(f"{at}.rows.{row.code}.fen", "an amount is above zero; one that is not known is left out")
        is_coupon = table.kind == BenefitKind.COUPON
        if is_coupon != bool(table.offsets):
            yield Problem(f"{at}.offsets", "a coupon says how much of a bill it pays, and nothing else does")
        for row in table.offsets:
            yield from unknown_words(f"{at}.offsets.{row.code}", "place", [row.code], PLACES)
            if not 1 <= row.percent <= 100:
                yield Problem(f"{at}.offsets.{row.code}", f"{row.percent} is no percent of a bill", "percent")


def _defaults(file: PackFile) -> Iterator[Problem]:
    """Who gets how much, and what is shown to the village, is a rule's or nobody's."""
    for table in file.benefits:
        at = f"benefits.{table.code}"
        for part in ("rows", "offsets"):
            for where, row in sourced(getattr(table, part), f"{at}.{part}"):
                if row.default is not None:
                    yield Problem(where, "no default is ever given for money")
        if table.notice is not None and table.notice.default is not None:
            yield Problem(f"{at}.notice", "nothing is shown to the village without a rule that says so")
    for row in file.exclusivity:
        if row.default is not None:
            yield Problem(f"exclusivity.{row.code}", "no default is ever given for money")


def _months(file: PackFile) -> Iterator[Problem]:
    for table in file.benefits:
        for row in table.rows:
            where = f"benefits.{table.code}.rows.{row.code}"
            if row.from_on is not None and row.from_on.day != 1:
                yield Problem(where, f"a month is paid whole: {row.from_on} is no first day of one", "from_on")
            if row.to_on is not None and row.to_on != date.max and _day_after(row.to_on).day != 1:
                yield Problem(where, f"a month is paid whole: {row.to_on} is no last day of one", "to_on")
            if row.from_on is not None and row.to_on is not None and row.to_on < row.from_on:
                yield Problem(where, f"ends on {row.to_on}, before it begins on {row.from_on}")


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _age(file: PackFile) -> Iterator[Problem]:
    for table in file.benefits:
        asks = any(row.fact == "age" for _, row in conditions_in(table))
        if asks != (table.birthday is not None):
            yield Problem(f"benefits.{table.code}", "`birthday` stands where a row asks for an age, and only there")
        if table.start is not None and table.start.begins == Begins.MONTH_AGE_REACHED and not asks:
            yield Problem(f"benefits.{table.code}.start", "begins with an age that no row asks for")


def _months_paid(file: PackFile) -> Iterator[Problem]:
    for table in file.benefits:
        if table.rows and table.start is None:
            yield Problem(f"benefits.{table.code}", "does not say from which month it is paid: `start` is missing")
        if table.rows and StopCause.DEATH not in {row.code for row in table.stops}:
            yield Problem(f"benefits.{table.code}.stops", "does not say when it ends by death")


def _exclusivity(file: PackFile) -> Iterator[Problem]:
    kinds = {table.code: table.kind for table in file.benefits}
    pairs: dict[tuple[str, ...], str] = {}
    for row in file.exclusivity:
        where = f"exclusivity.{row.code}"
        yield from (each._replace(key="between") for each in unknown_words(where, "benefit", row.between, kinds))
        if len(row.between) < 2 or len(set(row.between)) < len(row.between):
            yield Problem(where, "holds between two benefits or more, each named once", "between")
        if row.how == How.TAKE_HIGHER and any(kinds.get(code) == BenefitKind.COUPON for code in row.between):
            yield Problem(where, "a coupon is no money: it is not higher or lower than any", "between")
        for pair in combinations(sorted(set(row.between)), 2):
            before = pairs.setdefault(pair, row.code)
            if before != row.code:
                yield Problem(where, f"{pair[0]} and {pair[1]} stand in {before!r} already", "between")


RULES: tuple[Rule, ...] = (
    _conditions, _words, _codes, _money, _defaults, _months, _age, _months_paid, _exclusivity,
)  # fmt: skip
