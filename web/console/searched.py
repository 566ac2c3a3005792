"""What somebody looks for, as an address may hold it: an id as it is, anything else sealed.

Addresses stay in histories and in the logs of proxies, so no name, phone or ID number stands in one.
"""

from __future__ import annotations

import re

from web.console.ask import Ask

ID = re.compile(r"[A-Za-z][A-Za-z0-9_:-]*")  # numbers begin with no letter, and a name has none of these


def held(ask: Ask, words: str) -> str:
    """As an address may hold it."""
    return words if not words or ID.fullmatch(words) else ask.doors.find.hidden(words)


def said(ask: Ask, held: str) -> str:
    """What an address that holds this looks for."""
    return ask.doors.find.shown(held) or held
