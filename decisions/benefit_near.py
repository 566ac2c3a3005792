"""The nearest miss: of the rows that do not hold, the one of which least is wanting, and by how much.

A level of GB/T 42195 is short by points of the score where the score is known ("还差2分到重度失能"). A level that was
raised by one, for dementia or incidents of care, counts its points to the level before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from models.benefits import NearMiss, RowTrace, Short, Tested
from models.facts import FACTS, LEVEL_AT_MOST, LEVELS, FactType, Known, Reckoned


def nearest(rows: Sequence[RowTrace], facts: Mapping[str, Known | Reckoned]) -> NearMiss | None:
    """Fewest conditions failed, then fewest that cannot be said, then the smallest gap, then the pack's order."""
    best: tuple[int, int, int] | None = None
    found: tuple[str, list[Tested]] | None = None
    for trace in rows:
        failed, unsaid = _wanting(trace)
        if not failed or (best is not None and (len(failed), unsaid) > best[:2]):
            continue
        rank = (len(failed), unsaid, sum([_gap(each) or 0 for each in failed]))
        if best is None or rank < best:
            best, found = rank, (trace.row, failed)
    return None if found is None else NearMiss(found[0], tuple([_short(each, facts) for each in found[1]]))


def _wanting(trace: RowTrace) -> tuple[list[Tested], int]:
    """What failed, and how much cannot be said, counting of the alternatives the one that is nearest."""
    failed, unsaid = _failed(trace.when)
    if not trace.any:
        return failed, unsaid
    least, open_ = min((_failed(each) for each in trace.any), key=lambda option: (len(option[0]), option[1]))
    return failed + least, unsaid + open_


def _failed(tested: Sequence[Tested]) -> tuple[list[Tested], int]:
    failed: list[Tested] = []
    unsaid = 0
    for each in tested:
        if each.passed is None:
            unsaid += 1
        elif not each.passed:
            failed.append(each)
    return failed, unsaid


def _gap(tested: Tested) -> int | None:
    """How many units or steps the value lies off; None where values have no order."""
    fact, value, wanted = FACTS[tested.fact], tested.value, tested.wanted
    if value is None:
        return None
    if fact.type is FactType.NUMBER:
        at, to = cast("int", value), cast("int", wanted)
    elif fact.type is FactType.ORDERED and not isinstance(wanted, tuple):
        at, to = fact.options.index(cast("str", value)), fact.options.index(cast("str", wanted))
    else:
        return None
    return abs(at - to) + (tested.op in ("<", ">"))


def _short(tested: Tested, facts: Mapping[str, Known | Reckoned]) -> Short:
    score = facts.get("gb_score")
    if tested.fact == "gb_level" and tested.op in (">", ">=", "=") and score is not None:
        at, to = LEVELS.index(cast("str", tested.value)), LEVELS.index(cast("str", tested.wanted))
        points = cast("int", score.value)
        target = to + (tested.op == ">") - max(at - _level_of(points), 0)
        if _level_of(points) < target < len(LEVELS):
            return Short(tested, points - LEVEL_AT_MOST[LEVELS[target]], by_score=True)
    return Short(tested, _gap(tested))


def _level_of(points: int) -> int:
    return max(n for n, level in enumerate(LEVELS) if points <= LEVEL_AT_MOST[level])
