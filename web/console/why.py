"""The page that asks why somebody reads of an elder; it shows nothing of them."""

from __future__ import annotations

from starlette.responses import Response

from projections.read_elder import REASON
from web.console.ask import Ask
from web.console.fields import MISSING, Field, Filled, Kind, blank, read
from web.console.need import About, Need
from web.console.reasons import WHY, Why
from web.console.router import Console
from web.language import _
from web.openapi import Takes

FIELDS = (
    Field("why", _("为什么查阅"), Kind.CHOICE, required=True, options=WHY),
    Field("words", _("其他原因，请写明"), Kind.WORDS, help=_("只在选“其他”时写；封存在登记簿里")),
)


def add(console: Console) -> None:
    need = Need("reason", About.ELDER)

    @console.get("/elders/{elder_id}/reason", need, Takes(query=("next",)))
    def asked(ask: Ask, elder_id: str) -> Response:
        return _page(ask, elder_id, blank(FIELDS), 200)

    @console.post("/elders/{elder_id}/reason", need, Takes(query=("next",), fields=FIELDS))
    def said(ask: Ask, elder_id: str) -> Response:
        filled = read(FIELDS, ask.form)
        why, words = filled.values.get("why"), filled.values.get("words") or ""
        if why == Why.OTHER and not words:
            filled.wrong["words"] = MISSING
        if filled.wrong:
            return _page(ask, elder_id, filled, 422)
        ask.seen(REASON, elder_id, ask.doors.counter.keep_note(words).id if why == Why.OTHER else why)
        return ask.go(_next(ask, elder_id))


def _page(ask: Ask, elder_id: str, filled: Filled, status: int) -> Response:
    return ask.page("reason.html", status, fields=FIELDS, filled=filled, elder_id=elder_id, on=_next(ask, elder_id))


def _next(ask: Ask, elder_id: str) -> str:
    """Back to where they wanted to go: a page of this elder."""
    own, wanted = f"/elders/{elder_id}", ask.request.query_params.get("next", "")
    pages = (own, f"/audit/cases/{elder_id}")
    is_of = wanted.isprintable() and any(wanted == one or wanted.startswith((f"{one}/", f"{one}?")) for one in pages)
    return wanted if is_of else own
