"""Every total with every combination of what changes a level, and what comes of it by tables written down here.

`python -m tests.decisions.ability_cases` scores them all and says how many there are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations_with_replacement, product
from typing import NamedTuple

from decisions.ability import score
from models.ability import (
    AbilityAnswers,
    AbilityLevel,
    AbilityScored,
    CareEvent,
    CareRisk,
    Diagnosis,
)
from policies.scales import load

DAY = date(2026, 3, 31)

# As the transcriptions print them: 32 + 15 + 28 + 15 = 90.
MAXIMA = {
    "B.1.1": 4, "B.1.2": 4, "B.1.3": 4, "B.1.4": 4, "B.1.5": 4, "B.1.6": 4, "B.1.7": 4, "B.1.8": 4,
    "B.2.1": 4, "B.2.2": 4, "B.2.3": 4, "B.2.4": 3,
    "B.3.1": 4, "B.3.2": 4, "B.3.3": 4, "B.3.4": 4, "B.3.5": 4, "B.3.6": 4, "B.3.7": 1, "B.3.8": 1, "B.3.9": 2,
    "B.4.1": 2, "B.4.2": 2, "B.4.3": 4, "B.4.4": 3, "B.4.5": 4,
}  # fmt: skip

# A level's number for each total from 0 to 90, and the number one step worse.
NUMBER_OF_TOTAL = "4" * 30 + "3" * 16 + "2" * 20 + "1" * 24 + "0"
ONE_WORSE = {"0": "1", "1": "2", "2": "3", "3": "4", "4": "4"}
LEVEL_OF_NUMBER = {
    "0": AbilityLevel.INTACT, "1": AbilityLevel.MILD, "2": AbilityLevel.MODERATE, "3": AbilityLevel.SEVERE,
    "4": AbilityLevel.COMPLETE,
}  # fmt: skip

DEMENTIA = {False: (), True: (Diagnosis(code="F00"),)}
MENTAL = {
    "none": (),
    "by a psychiatrist": (Diagnosis(code="F32.1", by_psychiatrist=True),),
    "by another doctor": (Diagnosis(code="F32.1", by_psychiatrist=False),),
}
RECENT = [kinds for n in (0, 1, 2) for kinds in combinations_with_replacement(CareRisk, n)]
OLD = {"none": (), "two, 31 days before": (CareRisk.FALL, CareRisk.FALL)}


class Case(NamedTuple):
    answers: AbilityAnswers
    total: int
    preliminary: AbilityLevel
    final: AbilityLevel


def points(total: int, backwards: bool = False) -> dict[str, int]:
    """Items filled to their maximum one after the other, from the first or from the last, until `total` is reached."""
    given: dict[str, int] = {}
    for code in reversed(MAXIMA) if backwards else MAXIMA:
        given[code] = min(MAXIMA[code], total)
        total -= given[code]
    assert total == 0
    return given


def happened(kinds: tuple[CareRisk, ...], days_before: int) -> tuple[CareEvent, ...]:
    return tuple(CareEvent(kind=kind, on=DAY - timedelta(days=days_before)) for kind in kinds)


def cases() -> Iterator[Case]:
    for total, number in enumerate(NUMBER_OF_TOTAL):
        scores = points(total)
        for coma, dementia, mental, recent, old in product((False, True), DEMENTIA, MENTAL, RECENT, OLD):
            raised = dementia or mental == "by a psychiatrist" or len(recent) == 2
            final = "4" if coma else ONE_WORSE[number] if raised else number
            answers = AbilityAnswers(
                assessed_on=DAY,
                scores=dict(scores),
                coma=coma,
                diagnoses=DEMENTIA[dementia] + MENTAL[mental],
                events=happened(recent, 30) + happened(OLD[old], 31),
            )
            yield Case(answers, total, LEVEL_OF_NUMBER[number], LEVEL_OF_NUMBER[final])


def score_all() -> tuple[int, list[str]]:
    """How many cases, and those that came out otherwise than the tables say."""
    scale = load()
    count, wrong = 0, list[str]()
    for case in cases():
        count += 1
        got = score(scale, case.answers)
        told = (got.total, got.preliminary, got.final) if isinstance(got, AbilityScored) else got
        if told != (case.total, case.preliminary, case.final):
            wrong.append(f"{case}: {told}")
    return count, wrong


def in_words() -> str:
    factors = {
        "totals": len(NUMBER_OF_TOTAL), "coma or not": 2, "dementia or not": len(DEMENTIA),
        "other disorder (none, by a psychiatrist, by another doctor)": len(MENTAL),
        "events of 30 days (none, one, two of five kinds)": len(RECENT), "older events or not": len(OLD),
    }  # fmt: skip
    return " × ".join(f"{n} {what}" for what, n in factors.items())


if __name__ == "__main__":
    count, differing = score_all()
    sys.stdout.write(f"{count} cases = {in_words()}; {len(differing)} differ\n")
    sys.exit(bool(differing))
