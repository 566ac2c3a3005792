"""One text on its way: the order to send it, and what became of it. Words and numbers stay in the store."""

from __future__ import annotations

from typing import Literal

from models.values import Id, Value


class SendOrder(Value):
    digest_id: Id
    attempt: int = 1


class SendOutcome(Value):
    """`accepted`: the provider has it. `unknown`: it may or may not. `cancelled`, `expired`: not sent, on purpose."""

    status: Literal["accepted", "delivered", "unknown", "failed", "cancelled", "expired", "retry"]
    why: str | None = None


class Receipt(Value):
    """The provider's word on a text, as told to its digest."""

    key: Id
    status: Literal["delivered", "undelivered"]
    why: str | None = None
