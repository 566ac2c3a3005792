"""Which edition of the code's rules a stream is decided under. (A county's rules are data with versions: `policies`.)

A replay decides again whatever its history decided. So a rule that changes keeps its old branch: `under` chooses by the
edition in the state, and a case takes up a newer one only by a recorded fact, when a period opens. Only what is decided
may branch; the fold (`evolve`) reads facts of every edition alike. The steps: docs/runbook.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, TypeVar

from models.errors import Fault, TanfangFault

T = TypeVar("T")


class Edition(NamedTuple):
    """`since`: the day it was written; a case decides under it from its own `EditionAdopted`. `changed`: for people."""

    number: int
    since: date
    changed: str


# Oldest first. A row goes when `audit rehearse` finds no run that needs it, together with its branches.
EDITIONS: tuple[Edition, ...] = (
    Edition(1, date(2026, 11, 22), "最初的规则"),
    Edition(
        2,
        date(2026, 11, 26),
        "报告去世后，探访的督办撤下，等核实；主动探访按当天的规则开始；主动探访收回后另派人；出院即恢复探访；建档日以名单为准，不因系统停机推迟；收到时间不晚于办理时间；后来有人看望过，以前漏访的督办即撤；督办办结时见到老人的，算见到那天所在周期的探访；满一年后在周期结束时换卷",
    ),
)


def newest() -> int:
    return EDITIONS[-1].number


def must_know(editions: Iterable[int], stream: str) -> None:
    """Raises TanfangFault(EDITION_UNKNOWN): a worker of another day would decide wrongly, so it does not decide."""
    numbers = [edition.number for edition in EDITIONS]
    for number in editions:
        if number not in numbers:
            raise TanfangFault(Fault.EDITION_UNKNOWN, f"{stream} is of edition {number}")


def under(edition: int, rules: Mapping[int, T]) -> T:
    """The rule in force in an edition. `rules`: each by the edition that brought it, the oldest known among them."""
    return rules[max(number for number in rules if number <= edition)]
