"""What one line of an elder's story stands on."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from decisions.words import CHANNELS
from web.console.ask import Ask, TurnedAway
from web.console.need import About, Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

SAID = {
    "intent": _("准备发送"), "accepted": _("通道已收下"), "refused": _("通道拒绝"), "unknown": _("不知是否送出"),
    "delivered": _("送达"), "undelivered": _("没有送达"), "read": _("已读"),
}  # fmt: skip
"""What became of a text, as the tables of the post have it."""


def add(console: Console) -> None:
    @console.get("/elders/{elder_id}/evidence", Need("case_show", About.ELDER, reason=True), Takes(query=("of",)))
    async def evidence(ask: Ask, elder_id: str) -> Response:
        of = ask.request.query_params.get("of", "")
        if not of:
            return ask.go(f"/elders/{elder_id}")
        await asyncio.to_thread(ask.seen, "evidence_show", elder_id)
        found = await asyncio.to_thread(ask.doors.auditing.evidence, elder_id, of)
        if found is None:
            raise TurnedAway(404, "not_here")
        at = await ask.doors.auditing.in_history(found.stream, found.seq) if found.stream else None
        elder = await asyncio.to_thread(ask.doors.people.elder, elder_id)
        return ask.page(
            "evidence.html", found=found, history=at, elder=elder, elder_id=elder_id, channels=CHANNELS, said=SAID,
            persons=dict(found.persons),
        )  # fmt: skip
