"""The service coupon: a month's ceiling that pays a share of bills, and is gone with the month. Never money on a list.

Source: the national subsidy for elders of middle and higher disability, from 2026-01-01 (`policies/example-cq`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Protocol

from decisions.benefit_time import month_of
from decisions.deadlines import months_after

LATE_MONTHS = 12  # a bill may be of these months before the one it comes in
KEPT_MONTHS = LATE_MONTHS + 1  # of these each bill is known: what came in time may have waited for us


class Used(Protocol):
    """A bill on which the coupon was used."""

    @property
    def on(self) -> date: ...
    @property
    def paid_fen(self) -> int: ...


class Redeemed(NamedTuple):
    """A bill on which the coupon was used, and what it paid, in fen."""

    on: date
    bill_fen: int
    paid_fen: int


def oldest(came_on: date) -> date:
    """The month of the oldest bill that may come on this day."""
    return months_after(month_of(came_on), -LATE_MONTHS)


def kept_since(today: date) -> date:
    """Whole months, so that what is left of one is known as long as a bill of it may come."""
    return months_after(month_of(today), -KEPT_MONTHS)


def left(ceiling_fen: int, month: date, redeemed: Sequence[Used]) -> int:
    """What the coupon of `month` still holds. Nothing is carried from the month before, or into the next."""
    return max(ceiling_fen - sum(each.paid_fen for each in redeemed if month_of(each.on) == month), 0)


def redeem(ceiling_fen: int, percent: int, bill_fen: int, on: date, redeemed: Sequence[Used]) -> Redeemed:
    """What it pays of a bill (of what is left to the person to pay): the percent, rounded down, as far as it reaches.

    Raises ValueError for a negative bill.
    """
    if bill_fen < 0:
        raise ValueError(f"a bill cannot be negative: {bill_fen}")
    return Redeemed(on, bill_fen, min(bill_fen * percent // 100, left(ceiling_fen, month_of(on), redeemed)))
