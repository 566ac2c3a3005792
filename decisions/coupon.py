"""The service coupon: a month's ceiling that pays a share of bills, and is gone with the month. Never money on a list.

Source: the national subsidy for elders of middle and higher disability, from 2026-01-01 (`policies/example-cq`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from decisions.benefit_time import month_of


class Redeemed(NamedTuple):
    """A bill on which the coupon was used, and what it paid, in fen."""

    on: date
    bill_fen: int
    paid_fen: int


def left(ceiling_fen: int, month: date, redeemed: Sequence[Redeemed]) -> int:
    """What the coupon of `month` still holds. Nothing is carried from the month before, or into the next."""
    return max(ceiling_fen - sum(each.paid_fen for each in redeemed if month_of(each.on) == month), 0)


def redeem(ceiling_fen: int, percent: int, bill_fen: int, on: date, redeemed: Sequence[Redeemed]) -> Redeemed:
    """What it pays of a bill (of what is left to the person to pay): the percent, rounded down, as far as it reaches.

    Raises ValueError for a negative bill.
    """
    if bill_fen < 0:
        raise ValueError(f"a bill cannot be negative: {bill_fen}")
    return Redeemed(on, bill_fen, min(bill_fen * percent // 100, left(ceiling_fen, month_of(on), redeemed)))
