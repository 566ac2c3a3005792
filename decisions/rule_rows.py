"""Rows of conditions over facts, decided in three values: holds, does not hold, cannot be said.

A missing fact leaves a row open only if some values of it would make the row hold and others not. Most of that is
Kleene's logic; where a row asks about one fact twice (age >= 60 and age <= 79), the values the fact can have are tried,
one of each stretch that no condition of the row tells apart. So the answer is exact, not just safe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import cast

from models.benefits import Condition, Conditions
from models.facts import FACTS, FactDef, FactType, FactValue, Known, Reckoned

Verdict = bool | None
Cell = FactValue | frozenset[str]


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition made ready: which values pass. `missing`: what can be said of it without knowing the fact.

    `vague`: what can be said of an option that only says it is one of several, where the condition does not name it.
    """

    condition: Condition
    passing: frozenset[Cell] | range
    vague: Mapping[object, Verdict]
    codes: frozenset[str] | None
    wants_some: bool
    missing: Verdict

    def verdict(self, value: object) -> Verdict:
        """`value` is one that can be stated for the fact."""
        if self.codes is not None:
            return (not self.codes.isdisjoint(cast("Iterable[str]", value))) is self.wants_some
        return True if value in self.passing else self.vague.get(value, False)


@dataclass(frozen=True, slots=True)
class Row:
    """Conditions by the numbers of their literals. `twice`: facts that more than one of them asks about."""

    code: str
    when: tuple[int, ...]
    any: tuple[tuple[int, ...], ...]
    twice: tuple[tuple[str, tuple[int, ...], tuple[Cell, ...]], ...]


def literal(condition: Condition) -> Literal:
    """Raises ValueError for what no pack that `policies.check` passes can say."""
    fact, wanted = FACTS[condition.fact], condition.wanted
    if fact.type is FactType.CODES:
        codes = frozenset(cast("tuple[str, ...]", wanted))
        return Literal(condition, frozenset(), {}, codes, condition.op == "any_of", None)
    passing = _passing(fact, condition)
    named = wanted if isinstance(wanted, tuple) else (wanted,)
    vague: dict[object, Verdict] = {
        option: _all_or_none([member in passing for member in members])
        for option, members in fact.vague
        if option not in named
    }
    sure = _all_or_none([value in passing for value in _values(fact)])
    return Literal(condition, passing, vague, None, False, sure)


def row_of(conditions: Conditions, numbers: Mapping[Condition, int], literals: Sequence[Literal]) -> Row:
    when = tuple(numbers[condition] for condition in conditions.when)
    alternatives = tuple(tuple(numbers[condition] for condition in each) for each in conditions.any)
    asked = Counter(literals[n].condition.fact for n in chain(when, *alternatives))
    own = dict.fromkeys(chain(when, *alternatives))
    twice = tuple(
        (fact, about, cells(fact, [literals[n] for n in about]))
        for fact, times in asked.items()
        if times > 1
        for about in [tuple(n for n in own if literals[n].condition.fact == fact)]
    )
    return Row(conditions.code, when, alternatives, twice)


def conditions_of(rows: Iterable[Conditions]) -> Iterator[Condition]:
    for row in rows:
        yield from row.when
        for alternative in row.any:
            yield from alternative


def holds(
    row: Row, verdicts: Sequence[Verdict], literals: Sequence[Literal], facts: Mapping[str, Known | Reckoned]
) -> Verdict:
    """Whether the row holds, exactly. `verdicts` of all literals, in turn."""
    verdict = kleene(row, verdicts)
    if verdict is not None or not row.twice:
        return verdict
    open_ = [each for each in row.twice if any(verdicts[n] is None for n in each[1])]
    if not open_:
        return None
    seen: set[Verdict] = set()
    for values in product(*(_may_be(fact, cells_, facts) for fact, _, cells_ in open_)):
        tried = list(verdicts)
        for (_, about, _), value in zip(open_, values, strict=True):
            for n in about:
                if verdicts[n] is None:
                    tried[n] = literals[n].verdict(value)
        seen.add(kleene(row, tried))
        if len(seen) > 1:
            return None
    return seen.pop()


def kleene(row: Row, verdicts: Sequence[Verdict]) -> Verdict:
    """Exact as long as no fact that is open is asked about twice."""
    sure = _all_of(row.when, verdicts)
    if sure is False or not row.any:
        return sure
    best: Verdict = False
    for alternative in row.any:
        verdict = _all_of(alternative, verdicts)
        if verdict is True:
            return sure
        if verdict is None:
            best = None
    return best


def _all_of(numbers: Iterable[int], verdicts: Sequence[Verdict]) -> Verdict:
    sure: Verdict = True
    for n in numbers:
        verdict = verdicts[n]
        if verdict is False:
            return False
        if verdict is None:
            sure = None
    return sure


def cells(fact: str, about: Iterable[Literal]) -> tuple[Cell, ...]:
    """One value of each stretch of the fact's values that none of the literals tells apart, in rising order."""
    own, known = tuple(about), FACTS[fact]
    if known.type is FactType.CODES:
        codes = sorted(frozenset(chain.from_iterable(each.codes or () for each in own)))
        return tuple(frozenset(some) for n in range(len(codes) + 1) for some in combinations(codes, n))
    values = _values(known)
    if known.type is not FactType.NUMBER:
        return tuple(values)
    ranges = [cast("range", each.passing) for each in own]
    cuts = {known.least} | {cut for each in ranges for cut in (each.start, each.stop) if each.start < each.stop}
    return tuple(value for value in values if value in cuts)


def _may_be(fact: str, tried: tuple[Cell, ...], facts: Mapping[str, Known | Reckoned]) -> tuple[Cell, ...]:
    """A vague value is one of its members; a missing one any."""
    return dict(FACTS[fact].vague)[cast("str", facts[fact].value)] if fact in facts else tried


def _values(fact: FactDef) -> Sequence[Cell]:
    """Every value that says something by itself."""
    match fact.type:
        case FactType.NUMBER:
            return range(fact.least, fact.most + 1)
        case FactType.YES_NO:
            return (False, True)
        case _:
            vague = dict(fact.vague)
            return tuple(option for option in fact.options if option not in vague)


def _passing(fact: FactDef, condition: Condition) -> frozenset[Cell] | range:
    op, wanted = condition.op, condition.wanted
    if fact.type is FactType.NUMBER:
        low, high = _bounds(op, cast("int", wanted), fact.least, fact.most)
        return range(max(low, fact.least), min(high, fact.most) + 1)
    if fact.type is FactType.YES_NO:
        return frozenset((wanted,))
    if isinstance(wanted, tuple):
        named = frozenset[Cell](wanted)
        return named if op == "in" else frozenset(_values(fact)) - named
    at = fact.options.index(cast("str", wanted))
    low, high = _bounds(op, at, 0, len(fact.options) - 1)
    return frozenset(fact.options[max(low, 0) : high + 1])


def _bounds(op: str, wanted: int, least: int, most: int) -> tuple[int, int]:
    match op:
        case "=":
            return wanted, wanted
        case ">":
            return wanted + 1, most
        case ">=":
            return wanted, most
        case "<":
            return least, wanted - 1
        case "<=":
            return least, wanted
        case _:
            raise ValueError(f"{op!r} compares nothing")


def _all_or_none(passed: Sequence[bool]) -> Verdict:
    return True if all(passed) else None if any(passed) else False
