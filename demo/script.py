"""Who behaves how in the demo: seeded, so that a run can be told again. Nobody here is real.

In every run somebody is silent until the month is missed, somebody's elder climbs the whole ladder, somebody garbles,
somebody calls for help, somebody falls, a paper form comes late: each has an elder of their own, so none can take the
place of another. Two volunteers share a phone in every sample of at least `LEAST_VOLUNTEERS`.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

Manner = Literal[
    "fast", "late", "silent", "climbs", "garbled", "help", "danger", "not_seen", "paper", "unanswered"
]  # fmt: skip

# Shares of the ordinary manners, per visit; those below are placed by hand in every run.
ORDINARY: tuple[tuple[Manner, int], ...] = (
    ("fast", 82),
    ("late", 5),
    ("silent", 4),
    ("garbled", 4),
    ("help", 3),
    ("not_seen", 2),
)

# Those for whom a volunteer must be asked come first: they get the elders who are sure to have one.
PLACED: tuple[Manner, ...] = ("climbs", "danger", "garbled", "late", "help", "not_seen", "fast", "silent", "paper")
ENDINGS = 3
LEAST_ELDERS = len(PLACED) + ENDINGS
LEAST_VOLUNTEERS = 3  # with fewer, no two share a phone (`adapters.sample`)


class Part(NamedTuple):
    """What happens at one elder's visit in one period, and after how many seconds (of a 40-second month)."""

    manner: Manner
    after: float


class Ending(NamedTuple):
    """What comes after the last period's visit opened: these elders' last visits are cancelled."""

    hospital: str
    death: str
    refusal: str


class Cast(NamedTuple):
    """`parts` by (elder, period number). `hero` is followed up the ladder; `paper` is whose form comes late."""

    parts: dict[tuple[str, int], Part]
    hero: str
    paper: tuple[str, int]
    ending: Ending


def cast(elders: Sequence[str], paired: Collection[str], periods: int, seed: int) -> Cast:
    """Everybody's part. `elders` in a fixed order; the `paired` among them are sure to have a volunteer.

    Raises ValueError for fewer elders than there are parts to be placed.
    """
    if len(elders) < LEAST_ELDERS:
        raise ValueError(f"演示至少要有{LEAST_ELDERS}位老人，现在只有{len(elders)}位")
    drawn = random.Random(seed)
    manners: list[Manner] = [manner for manner, _ in ORDINARY]
    weights = [weight for _, weight in ORDINARY]
    parts = {
        (elder, period): Part(drawn.choices(manners, weights)[0], 0.5 + 4 * drawn.random())
        for period in range(periods)
        for elder in elders
    }
    order = sorted(drawn.sample(elders, len(elders)), key=lambda elder: elder not in paired)
    placed: dict[Manner, tuple[str, int]] = {
        manner: (elder, index % periods if manner != "paper" else 0)
        for index, (manner, elder) in enumerate(zip(PLACED, order, strict=False))
    }
    for index, (manner, where) in enumerate(placed.items()):
        parts[where] = Part(manner, 1.0 + index * 0.3)
    ending = Ending(*order[len(PLACED) : LEAST_ELDERS])
    for elder in ending:
        parts[elder, periods - 1] = Part("unanswered", 0)
    return Cast(parts, placed["climbs"][0], placed["paper"], ending)
