"""What a provider's error code means and what follows from it: one table a provider, whichever way the code came.

A code comes as the answer to a send, or in a receipt. `docs/sms.md` has the same rows with the action in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from models.errors import Fault


class Code(NamedTuple):
    """`reason`: what is true of the other side, as attempts keep it. `fault`: what is done about it (`FAULTS`)."""

    reason: str
    fault: Fault


TWILIO: Mapping[str, Code] = {
    "429": Code("too many requests", Fault.PROVIDER_AWAY),
    "20429": Code("too many requests", Fault.PROVIDER_AWAY),
    "401": Code("not authenticated", Fault.PROVIDER_SHUT),
    "403": Code("forbidden", Fault.PROVIDER_SHUT),
    "20003": Code("not authenticated", Fault.PROVIDER_SHUT),
    "21211": Code("no such number", Fault.BAD_NUMBER),
    "21614": Code("not a mobile number", Fault.BAD_NUMBER),
    "30005": Code("unknown number", Fault.BAD_NUMBER),
    "30006": Code("landline or unreachable carrier", Fault.BAD_NUMBER),
    "21610": Code("opted out at the provider", Fault.RECIPIENT_OPTED_OUT),
    "30003": Code("phone off or out of reach", Fault.RECIPIENT_UNREACHABLE),
    "30008": Code("not delivered, cause unknown", Fault.RECIPIENT_UNREACHABLE),
    "30004": Code("blocked", Fault.TEXT_REFUSED),
    "30007": Code("filtered", Fault.TEXT_REFUSED),
}
TABLES: Mapping[str, Mapping[str, Code]] = {"twilio": TWILIO}


def code_of(provider: str, code: str | None) -> Code | None:
    """The row of a code; None where the provider has no table, said no code, or one that stands in no row."""
    return TABLES.get(provider, {}).get(code or "")
