"""What the rules of a month give one elder: eligible, not eligible, or cannot decide, with everything it went by.

`ready` a month's rules once, then `propose` for each elder. A proposal is never a decision: a named person confirms it
(个人信息保护法, art. 24), and its trace is the explanation. Nothing is refused here that a pack may say: rows that
overlap, gaps and unknown facts were refused when the pack was checked (`policies/check_rows.py`).

| A row | A case no rule speaks of | Then |
|---|---|---|
| holds | none holds | eligible for the row's amount |
| holds | one holds | cannot decide: `open` |
| holds | cannot be said | cannot decide: `missing` |
| cannot be said | | cannot decide: `missing` |
| none holds | | not eligible, with the nearest miss |
| none is in force this month | | not eligible |
| nobody has said who gets it | | cannot decide: `open` |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from decisions.benefit_near import nearest
from decisions.benefit_time import reckon
from decisions.rule_rows import Literal, Row, Verdict, conditions_of, holds, literal, row_of
from models.benefits import (
    Benefit,
    BenefitRow,
    BenefitRules,
    Chance,
    Condition,
    Outcome,
    Proposal,
    RowTrace,
    Tested,
    Wanted,
)
from models.facts import FACTS, FactSheet, Known, Reckoned

NO_ROWS = "rows"  # stands in `open` where nobody has said who gets the benefit


class Asked(NamedTuple):
    """A condition: `unknown` is what is said of it where the fact is missing."""

    fact: str
    op: str
    wanted: Wanted
    verdict: Callable[[object], Verdict]
    unknown: Tested


@dataclass(frozen=True, slots=True)
class Ready:
    """One benefit of a month, made ready to be asked many times."""

    benefit: Benefit
    month: date
    version: str
    hash: str
    literals: tuple[Literal, ...]
    asked: tuple[Asked, ...]  # the same, as it is gone through for each elder
    reckoned: frozenset[str]  # the facts that only a month gives
    rows: tuple[tuple[Row, BenefitRow], ...]
    open: tuple[Row, ...]


def ready(rules: BenefitRules) -> tuple[Ready, ...]:
    return tuple(_ready(rules, benefit) for benefit in rules.benefits)


def _ready(rules: BenefitRules, benefit: Benefit) -> Ready:
    numbers: dict[Condition, int] = {}
    for condition in conditions_of((*benefit.rows, *benefit.open)):
        numbers.setdefault(condition, len(numbers))
    literals = tuple(literal(condition) for condition in numbers)
    return Ready(
        benefit=benefit,
        month=rules.month,
        version=rules.version,
        hash=rules.hash,
        literals=literals,
        asked=tuple(_asked(each) for each in literals),
        reckoned=frozenset(fact for fact in (each.condition.fact for each in literals) if FACTS[fact].comes_of),
        rows=tuple((row_of(row, numbers, literals), row) for row in benefit.rows),
        open=tuple(row_of(row, numbers, literals) for row in benefit.open),
    )


def propose(ready: Ready, sheet: FactSheet) -> Proposal:
    """What `ready` gives the elder of whom `sheet` is known."""
    facts: dict[str, Known | Reckoned] = {**sheet.facts}
    if ready.reckoned:
        reckon(facts, ready.reckoned, ready.benefit, ready.month)
    tested: list[Tested] = []
    verdicts: list[Verdict] = []
    for fact, op, wanted, verdict, unknown in ready.asked:
        known = facts.get(fact)
        if known is None:
            tested.append(unknown)
            verdicts.append(unknown.passed)
        else:
            passed = verdict(known.value)
            verdicts.append(passed)
            tested.append(Tested(fact, op, wanted, known.value, known.source, known.on, passed))
    rows = [_trace(row, holds(row, verdicts, ready.literals, facts), tested) for row, _ in ready.rows]
    open_rows = [_trace(row, holds(row, verdicts, ready.literals, facts), tested) for row in ready.open]
    return _proposal(ready, facts, rows, open_rows)


def _asked(each: Literal) -> Asked:
    fact, op, wanted = each.condition.fact, each.condition.op, each.condition.wanted
    is_plain = each.codes is None and not each.vague
    verdict = each.passing.__contains__ if is_plain else each.verdict
    return Asked(fact, op, wanted, verdict, Tested(fact, op, wanted, None, "", None, each.missing))


def _trace(row: Row, passed: Verdict, tested: Sequence[Tested]) -> RowTrace:
    alternatives = tuple([tuple([tested[n] for n in each]) for each in row.any]) if row.any else ()
    return RowTrace(row.code, passed, tuple([tested[n] for n in row.when]), alternatives)


def _proposal(
    ready: Ready,
    facts: Mapping[str, Known | Reckoned],
    rows: Sequence[RowTrace],
    open_rows: Sequence[RowTrace],
) -> Proposal:
    hit: BenefitRow | None = None
    maybe: list[BenefitRow] = []
    for (_, row), trace in zip(ready.rows, rows, strict=True):
        if trace.passed:
            hit = row
        elif trace.passed is None:
            maybe.append(row)
    near, missing, unsaid = None, (), ()
    if ready.benefit.unsaid:
        outcome, unsaid = Outcome.CANNOT_DECIDE, (NO_ROWS,)
    elif hit is None and not maybe:
        outcome, near = Outcome.NOT_ELIGIBLE, nearest(rows, facts)
    else:
        unsaid = tuple([trace.row for trace in open_rows if trace.passed])
        undecided = [trace for trace in (*rows, *open_rows) if trace.passed is None]
        if hit is not None:
            maybe, undecided = [hit], [trace for trace in open_rows if trace.passed is None and not unsaid]
        missing = _facts_missing(undecided) if undecided else ()
        outcome = Outcome.CANNOT_DECIDE if missing or unsaid else Outcome.ELIGIBLE
    sure = hit if outcome is Outcome.ELIGIBLE else None
    return Proposal(
        ready.benefit.code,
        ready.benefit.kind,
        ready.month,
        ready.version,
        ready.hash,
        outcome,
        sure.code if sure else None,
        sure.fen if sure else None,
        missing,
        unsaid,
        () if sure else tuple([Chance(row.code, row.fen) for row in maybe]),
        near,
        tuple(rows),
        tuple(open_rows),
    )


def _facts_missing(undecided: Sequence[RowTrace]) -> tuple[str, ...]:
    """The facts that keep rows open, in the order they are asked for; none that no longer matters to its row."""
    found: dict[str, None] = {}
    for trace in undecided:
        open_ = [each for each in trace.when if each.passed is None]
        if not any(all(each.passed for each in alternative) for alternative in trace.any):
            for alternative in trace.any:
                if all(each.passed is not False for each in alternative):
                    open_ += [each for each in alternative if each.passed is None]
        found.update(dict.fromkeys(each.fact for each in open_))
    return tuple(found)
