"""主动发现: to whom the rules of a month give what nobody has asked for.

Pure: what is known of each elder comes in, who is to be told of goes out. What a scan finds is what the elder's own
benefits find when they are told (`decisions.entitlements`); it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from decisions.benefit import ready
from decisions.claim_rules import Found, found_by
from decisions.claim_state import State
from decisions.entitlements import new_to
from models.benefits import BenefitRules
from models.facts import FactSheet
from models.values import Id

NOBODY = "-"  # whose benefits nobody has told of: the rules ask for no name


class Scanned(NamedTuple):
    """One elder. `state`: of their benefits; None: nobody has told of any."""

    elder_id: Id
    sheet: FactSheet
    state: State | None = None


class ToOffer(NamedTuple):
    elder_id: Id
    found: tuple[Found, ...]


def to_offer(rules: BenefitRules, elders: Iterable[Scanned]) -> Iterator[ToOffer]:
    """Of elders of one county, in the order they come in."""
    made = ready(rules)
    nothing = State(elder_id=NOBODY, county_id=rules.county, township_id=NOBODY)
    for elder in elders:
        state = elder.state or nothing
        found = () if state.held else new_to(state, found_by(rules, made, state, elder.sheet))
        if found:
            yield ToOffer(elder.elder_id, tuple(found))


def key_of(one: ToOffer, on: date) -> str:
    """Of what is handed in because of a scan: the same found again on the same day asks nothing twice."""
    codes = ",".join(each.benefit.code for each in one.found)
    return f"benefit-scan-{one.elder_id}-{on.isoformat()}-{sha256(codes.encode()).hexdigest()[:8]}"
