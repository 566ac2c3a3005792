"""Which facts of an elder's streams are decisions, what the receipt of one needs, and what every receipt has in common.

A receipt is derived each time it is asked for, and never stored: what was decided, known and proposed is in the ledger,
the rules in the pack whose hash the decision names. So whatever has changed since, the same decision has the same
receipt; only the last day to appeal is not known before the person was told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from decisions.closed_words import ROLES
from decisions.deadlines import civil_day
from decisions.public_notice import masked
from models.events import (
    AssessmentRefused,
    BenefitChosen,
    ChangeDropped,
    ChangeLapsed,
    ChangeProposed,
    ClaimApproved,
    ClaimEnded,
    ClaimRefused,
    ClaimWithdrawn,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    Event,
    LevelConfirmed,
    LevelExpired,
    LevelObjected,
    LevelProposed,
    ObjectionDecided,
    PaymentsHeld,
    PaymentsReleased,
    Recorded,
)

OF_BENEFITS = (
    ClaimApproved, ClaimRefused, ObjectionDecided, EntitlementChanged, ChangeDropped, EntitlementStopped,
    EntitlementReviewed,
)  # fmt: skip
DECISIONS: tuple[type[Event], ...] = (LevelConfirmed, *OF_BENEFITS)
A_STEP = "办理中的一步，不是决定"
NOT_DECIDED: dict[type[Event], str] = {
    LevelProposed: "只是拟定，等工作人员确认",
    ChangeProposed: "只是拟定，等县里决定",
    LevelObjected: "异议已收下，复评后的等级另有告知书",
    LevelExpired: "有效期满，没有人作决定",
    AssessmentRefused: "老人不愿评估，没有作决定",
    BenefitChosen: "是本人的选择，没有人作决定",
    ClaimWithdrawn: "本人撤回，没有作决定",
    ClaimEnded: "老人去世或迁出，没有作决定",
    ChangeLapsed: "拟定的变更已不成立，没有作决定",
    PaymentsHeld: "暂停发放，等核实，还没有作决定",
    PaymentsReleased: "不再暂停发放，没有作决定",
}
"""Facts that could be taken for a decision, and why they are none. Any other is a step."""

_NUMBERS = re.compile(r"\d{7,}[Xx]?|1\d{2}[ -]\d{4}[ -]\d{4}")
LEFT_OUT = "（号码略）"


class Place(NamedTuple):
    """A decision in its stream. `after`: what came later, of which only the telling counts."""

    recorded: Recorded
    before: tuple[Recorded, ...]
    after: tuple[Recorded, ...]


def why_not(event: Event) -> str | None:
    """Why it has no receipt; None: it has one."""
    return None if isinstance(event, DECISIONS) else NOT_DECIDED.get(type(event), A_STEP)


def decisions_of(facts: Iterable[Recorded]) -> tuple[Recorded, ...]:
    return tuple(each for each in facts if why_not(each.event) is None)


def place_of(facts: Sequence[Recorded], seq: int) -> Place | None:
    """None: nothing is recorded there."""
    recorded = next((each for each in facts if each.seq == seq), None)
    if recorded is None:
        return None
    return Place(
        recorded, tuple(each for each in facts if each.seq < seq), tuple(each for each in facts if each.seq > seq)
    )


def home_of(place: Place) -> tuple[str, str]:
    """County and township, as the stream knew them when it was decided."""
    counties = (getattr(each.event, "county_id", None) for each in place.before)
    townships = (getattr(each.event, "township_id", None) for each in reversed(place.before))
    return next(filter(None, counties)), next(filter(None, townships))


def name_of(recorded: Recorded) -> str:
    """benefit/E1#12, as everywhere a fact is named."""
    return f"{recorded.stream}#{recorded.seq}"


# --- words -----------------------------------------------------------------------------------------------------------


def who(event: Event) -> str:
    """乡镇专干 S-1"""
    return f"{ROLES[event.actor.role]} {event.actor.id}" if event.actor.role else event.actor.id


def who_when(recorded: Recorded) -> str:
    return f"{who(recorded.event)}，{day(civil_day(recorded.at))}"


def day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def month(of: date) -> str:
    return f"{of.year}年{of.month}月"


def without_numbers(text: str, name: str) -> str:
    """A typed reason as the paper may have it: without what could be a number of a person, the name masked."""
    return _NUMBERS.sub(LEFT_OUT, text).replace(name, masked(name))


def verdict(passed: bool | None) -> str:
    return {True: "符合", False: "不符合", None: "说不准"}[passed]
