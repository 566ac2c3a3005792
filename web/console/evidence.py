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


ENCLOSED = ("enclosed.photo.id", "enclosed.position.id")
"""Where a fact names what came with it."""


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
            persons=dict(found.persons), enclosed=[id_ for name, id_ in found.values if name in ENCLOSED],
            may_see=ask.may("enclosure_show"),
        )  # fmt: skip

    @console.get("/elders/{elder_id}/enclosed", Need("enclosure_show", About.ELDER, reason=True), Takes(("of",)))
    def enclosed(ask: Ask, elder_id: str) -> Response:
        """A photo or a position: one at a time, and each time it is a reading of its own."""
        id_ = ask.request.query_params.get("of", "")
        if not id_:
            return ask.go(f"/elders/{elder_id}")
        ask.seen("enclosure_show", elder_id)
        shown = ask.doors.enclosures.shown(elder_id, id_)
        if shown is None:
            raise TurnedAway(404, "not_here")
        return ask.page("enclosed.html", shown=shown, elder=ask.doors.people.elder(elder_id), elder_id=elder_id)
