"""What one line of an elder's story stands on; a photo or a position that came with it, shown and erased."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.words import CHANNELS
from models.errors import Refusal
from models.visiting import EnclosureErased, EnclosureShown
from post.desk import Refused
from web.console.ask import Ask, TurnedAway
from web.console.fields import Field, Kind, asks
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import Path, Step
from web.console.steps import add as add_step
from web.language import _
from web.openapi import Takes

SAID = {
    "intent": _("准备发送"), "accepted": _("通道已收下"), "refused": _("通道拒绝"), "unknown": _("不知是否送出"),
    "withheld": _("时限已过，没有交给通道"),
    "delivered": _("送达"), "undelivered": _("没有送达"), "read": _("已读"),
}  # fmt: skip
"""What became of a text, as the tables of the post have it."""


ERASE = "enclosure_erase"
WHY = Field("why", _("老人怎样说的，谁听见的"), Kind.WORDS, required=True, help=_("封存在登记簿的变更记录里"))
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
        elder = ask.doors.people.elder(elder_id)
        if isinstance(shown, EnclosureErased):
            by = ask.doors.people.names([shown.by])
            return ask.page("enclosed_erased.html", shown=shown, elder=elder, elder_id=elder_id, people=by)
        erase = f"/elders/{elder_id}/erase-enclosed?{urlencode({'of': id_})}" if ask.may_here(ERASE) else ""
        return ask.page("enclosed.html", shown=shown, elder=elder, elder_id=elder_id, erase=erase)

    add_step(console, STEP)


@asks(WHY)
def _why(ask: Ask, path: Path) -> tuple[Field, ...]:
    """Raises Refused: there is nothing to erase."""
    if not isinstance(ask.doors.enclosures.shown(path["elder_id"], _of(ask)), EnclosureShown):
        raise Refused(Refusal.NOTHING_ENCLOSED)
    return (WHY,)


def _of(ask: Ask) -> str:
    return ask.request.query_params.get("of", "")


async def _erased(ask: Ask, path: Path, values: dict[str, Any]) -> None:
    await asyncio.to_thread(_erase, ask, path["elder_id"], values[WHY.name])


def _erase(ask: Ask, elder_id: str, why: str) -> None:
    erased = ask.doors.enclosures.erase(elder_id, _of(ask), why, ask.actor, ask.now)
    ask.doors.counter.done(ask.actor, ERASE, elder_id, "recorded" if erased else "nothing_open", accepted=erased)
    if not erased:
        raise Refused(Refusal.NOTHING_ENCLOSED)


def _back(path: Path) -> str:
    return f"/elders/{path['elder_id']}"


STEP = Step(
    "/elders/{elder_id}/erase-enclosed", ERASE, _("老人不同意了，删除"), _why, None,
    _back,
    warns=_("同一次附上的照片和位置一起删除，删了不能恢复。探访记录不变；谁删的、为什么删，会记下。"), done=_erased,
    query=("of",),
)  # fmt: skip
