"""An indicator of a county's document: what is to be reached until when, and whether we can count it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from models.values import Value


class Goal(Value):
    """`op` as printed: = > >= < <=. In force from `from_on` to `to_on`, both included; None: open at that end."""

    op: str
    value: Decimal
    from_on: date | None = None
    to_on: date | None = None


class Indicator(Value):
    """`unit`: in words. `computation`: which of ours counts it; None: its figures come from elsewhere.

    `ours`: no document says that it is counted so.
    """

    code: str
    name: str
    unit: str
    goals: tuple[Goal, ...]
    attribute: str | None = None
    who: str | None = None
    computation: str | None = None
    ours: bool = True
