"""How much of each fault: the short form of every test run, and the long one of `make faults`. And what came of it.

`lease`: how long whoever was killed still has its letters, in every process of a town alike. The long form's is the
real one; the short one's is no shorter than an answer at the counter may take (`adapters.sql_desk.COUNTER_TIME`).
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from adapters import sql_claim

FIGURES = "FAULTS_FIGURES"  # the file that what came of it is written to
FORM = "FAULTS_FORM"  # long; anything else: short


@dataclass(frozen=True)
class Scale:
    worker_kills: int = 5
    engine_kills: int = 2
    web_rounds: int = 1
    texts: int = 200
    due_at_once: int = 200
    demo_periods: int = 1
    provider_rounds: int = 1
    slow: float = 3  # seconds; the long form's is more than the 20 s that one try of a text may take
    away: float = 20  # seconds without a store: several times the 5 s for which a call is tried locally
    lease: timedelta = timedelta(seconds=25)


LONG = Scale(25, 8, 6, 2000, 3000, 2, 4, 25, 60, sql_claim.LEASE)
SCALE = LONG if os.environ.get(FORM) == "long" else Scale()


def hold_leases() -> None:
    """In this process letters are leased for as long as the form says."""
    sql_claim.LEASE = SCALE.lease


@dataclass(frozen=True)
class Figure:
    """A scenario as it went. `acknowledged`: what somebody was told has arrived. `lost`: how much of that is gone."""

    scenario: str
    acknowledged: str
    lost: int
    drained: float | None = None  # seconds from the end of the fault till all was settled; None: the engine's clock


seen: list[Figure] = []


def figure(scenario: str, acknowledged: str, lost: int, drained: float | None = None) -> None:
    """Note what came of a scenario, and hold it to the promise: nothing is lost."""
    told = Figure(scenario, acknowledged, lost, drained)
    seen.append(told)
    if file := os.environ.get(FIGURES):
        with Path(file).open("a", encoding="utf-8") as figures:
            figures.write(json.dumps(asdict(told), ensure_ascii=False) + "\n")
    assert lost == 0, told


def texts(number: int) -> str:
    return "1 text" if number == 1 else f"{number} texts"


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began
