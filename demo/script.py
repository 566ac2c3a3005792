"""Who behaves how in the demo: seeded, so that a run can be told again. Nobody here is real.

In every run somebody is silent, somebody garbles, somebody calls for help, somebody falls, two share a phone, and a
paper form comes late.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

Manner = Literal["fast", "late", "silent", "garbled", "help", "danger", "not_seen", "paper", "unanswered"]

# Shares of the ordinary manners, per visit; the ones below are placed by hand in every run.
ORDINARY: tuple[tuple[Manner, int], ...] = (
    ("fast", 82),
    ("late", 5),
    ("silent", 4),
    ("garbled", 4),
    ("help", 3),
    ("not_seen", 2),
)


class Part(NamedTuple):
    """What happens at one elder's visit in one period, and after how many seconds (of a 40-second month)."""

    manner: Manner
    after: float


class Ending(NamedTuple):
    """What comes after the last period's visit opened: these elders' last visits are cancelled."""

    hospital: str
    death: str
    refusal: str


def cast(elders: Sequence[str], periods: int, seed: int) -> dict[tuple[str, int], Part]:
    """A part for each (elder, period number). `elders` in a fixed order; every manner occurs at least once."""
    drawn = random.Random(seed)
    manners: list[Manner] = [manner for manner, _ in ORDINARY]
    weights = [weight for _, weight in ORDINARY]
    parts = {
        (elder, period): Part(drawn.choices(manners, weights)[0], 0.5 + 4 * drawn.random())
        for period in range(periods)
        for elder in elders
    }
    placed: tuple[Manner, ...] = ("silent", "garbled", "danger", "paper", "late", "help")
    for index, manner in enumerate(placed):
        elder = elders[(seed + index * 7) % len(elders)]
        period = min(index % max(1, periods), periods - 1) if manner != "paper" else 0
        parts[elder, period] = Part(manner, 1.0 + index * 0.3)
    for elder in ending(elders, seed):
        parts[elder, periods - 1] = Part("unanswered", 0)
    return parts


def ending(elders: Sequence[str], seed: int) -> Ending:
    """Three elders whose visits were not placed by hand."""
    placed = {(seed + index * 7) % len(elders) for index in range(6)}
    free = [elder for index, elder in enumerate(elders) if index not in placed]
    return Ending(*free[:3])
