"""Who visits: filters, then one order of preference, and the reason is recorded.

Order: paired, last visitor, same village, lowest load, township, stable hash. Source: the visit rules, "Assignment".
Only the township's volunteers are asked, and whoever is paired with the elder or went last; so of the rest the township
tells nobody apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from models.messages import Assignment
from models.values import Id, Value


class Candidate(Value):
    """A volunteer as seen for one elder's visit. `load` counts places taken now; `free` is capacity minus load."""

    volunteer_id: Id
    paired: bool
    last_visitor: bool
    same_village: bool
    same_township: bool
    load: int
    free: int
    available: bool  # consented, not opted out, not on leave, alive, not barred, not the elder themself


Reason = Literal["paired", "last_visitor", "same_village", "lowest_load", "township"]


def choose(
    visit_id: str,
    elder_id: str,
    candidates: Sequence[Candidate],
    not_these: Sequence[str] = (),
    prefer: str | None = None,
) -> Assignment:
    """The visitor, or nobody. `prefer` is a person named by staff: they or, where they cannot go, nobody else."""
    able = [c for c in candidates if c.available and c.free > 0 and c.volunteer_id not in not_these]
    if prefer is not None:
        able = [c for c in able if c.volunteer_id == prefer]
    if not able:
        return Assignment(visit_id=visit_id, volunteer_id=None, reason="nobody" if prefer is None else "not_free")
    best = min(able, key=lambda c: (*_rank(c), _stable(elder_id, c.volunteer_id)))
    return Assignment(visit_id=visit_id, volunteer_id=best.volunteer_id, reason=_reason(best, able))


def _rank(candidate: Candidate) -> tuple[bool, bool, bool, int, bool]:
    return (
        not candidate.paired,
        not candidate.last_visitor,
        not candidate.same_village,
        candidate.load,
        not candidate.same_township,
    )


def _reason(best: Candidate, able: Sequence[Candidate]) -> Reason:
    if best.paired:
        return "paired"
    if best.last_visitor:
        return "last_visitor"
    if best.same_village:
        return "same_village"
    others = [c.load for c in able if c.volunteer_id != best.volunteer_id]
    return "lowest_load" if others and best.load < min(others) else "township"


def _stable(elder_id: str, volunteer_id: str) -> str:
    return hashlib.sha256(f"{elder_id} {volunteer_id}".encode()).hexdigest()
