"""Why somebody reads of an elder. It is asked outside one's own work, before anything is shown, and holds for a while.

What they said is a line in the log of commands, and so is each reading, with the reason it was for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from urllib.parse import quote

from decisions.permits import shown_to, waits_for
from models.ids import own_streams
from models.values import Role
from projections import read, read_assessments, read_elder
from web.console.ask import Ask, TurnedAway
from web.language import _
from web.security import UNSAFE


class Why(StrEnum):
    ROUTINE = "routine"
    CALL = "call"
    CHARGED = "charged"
    HANDOVER = "handover"
    AUDIT = "audit"
    OTHER = "other"


WHY: Mapping[str, str] = {
    Why.ROUTINE: _("日常查阅"), Why.CALL: _("来电核实"), Why.CHARGED: _("交办督查"), Why.HANDOVER: _("交接"),
    Why.AUDIT: _("审计"), Why.OTHER: _("其他"),
}  # fmt: skip
"""A line of the log holds the word; of `other` the id of the sealed note that says it."""
OWN_WORK = "own_work"
HOLDS = timedelta(minutes=30)
FORM_HOLDS = timedelta(hours=12)  # a form that was opened for a reason may be sent in later


def must_say_why(ask: Ask, elder_id: str) -> None:
    """Raises TurnedAway to the page that asks for it, from which they come back."""
    ask.why = _own_work(ask, elder_id) or _said(ask, elder_id) or _just_done(ask, elder_id) or ""
    if not ask.why:
        url = ask.request.url
        wanted = url.path if ask.request.method in UNSAFE or not url.query else f"{url.path}?{url.query}"
        raise TurnedAway(303, "no_reason", f"/elders/{quote(elder_id, safe='')}/reason?next={quote(wanted, safe='')}")


def _own_work(ask: Ask, elder_id: str) -> str | None:
    """Something of this elder is on their own list, or is theirs by name."""
    at = ask.doors.places.territory_of(elder_id)
    with ask.doors.reading() as connection:
        escalations = read.open_escalations_of(connection, elder_id)
        items = read_elder.items_of(connection, elder_id)
        named = read_assessments.is_named(connection, elder_id, ask.staff_id)
    theirs = (
        any(row.owner_id == ask.staff_id for row in (*escalations, *items))
        or (bool(escalations) and waits_for(ask.posts, at, None))
        or any(waits_for(ask.posts, at, shown_to(row.item, elder_id, Role(row.role))) for row in items)
        or named
    )
    return OWN_WORK if theirs else None


def _just_done(ask: Ask, elder_id: str) -> str | None:
    """A step of theirs: it took the elder off their list, and they come back to see what came of it."""
    with ask.doors.reading() as connection:
        ladders = [row.id for row in read_elder.escalations_of(connection, elder_id)]
        done = read_elder.dealt_with(connection, ask.staff_id, (*own_streams(elder_id), *ladders), ask.now - HOLDS)
    return OWN_WORK if done else None


def _said(ask: Ask, elder_id: str) -> str | None:
    since = ask.now - (FORM_HOLDS if ask.request.method in UNSAFE else HOLDS)
    with ask.doors.reading() as connection:
        return read_elder.reason_given(connection, ask.staff_id, elder_id, since)
