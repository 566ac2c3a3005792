"""One text on its way: the order to send it, and what became of it. Words and numbers stay in the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from models.values import Id, Value

CLIENT_REF = "ref"  # in a receipt's URL: our own reference, a digest's id


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


# What a digest waits for; any other word of a provider (queued, sent) is kept and not told on.
FATES: Mapping[str, Literal["delivered", "undelivered"]] = {
    "delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
}
