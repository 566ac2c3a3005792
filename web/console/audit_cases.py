"""Replay of one case, now, with the result in place; and its bundle."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from starlette.responses import Response

from decisions.deadlines import SHANGHAI
from models.checks import NoBundle
from web.console.ask import Ask, TurnedAway
from web.console.audit import begun, download, no_bundle, shown
from web.console.need import About, Need
from web.console.router import Console
from web.openapi import Takes

AT = "/audit/cases/{elder_id}"


def add(console: Console) -> None:
    replay = Need("audit_case", About.ELDER, reason=True)
    export = Need("export", About.ELDER, reason=True)

    @console.get(AT, replay, Takes(("not",)))
    def case(ask: Ask, elder_id: str) -> Response:
        """What is fetched again while it is at work names nobody, and is no reading."""
        name, may_open = None, ask.may_here("case_show")
        if not ask.is_part:
            ask.seen("audit_case", elder_id)
            name = ask.doors.people.names({elder_id})[elder_id].name if may_open else None
        return shown(ask, "audit_case.html", elder_id, may_open=may_open, elder_id=elder_id, name=name)

    @console.get(f"{AT}/replay", replay)
    def again(ask: Ask, elder_id: str) -> Response:
        """Nothing is begun by a link."""
        return ask.go(_at(elder_id))

    @console.post(f"{AT}/replay", replay)
    def replayed(ask: Ask, elder_id: str) -> Response:
        place = ask.doors.places.territory_of(elder_id)
        if place is None:
            raise TurnedAway(404, "not_here")
        return begun(ask, place.county_id, elder_id, _at(elder_id))

    @console.get(f"{AT}/bundle", export)
    def asked(ask: Ask, elder_id: str) -> Response:
        return ask.go(_at(elder_id) if ask.may("audit_case") else f"/elders/{quote(elder_id, safe='')}")

    @console.post(f"{AT}/bundle", export)
    async def bundle(ask: Ask, elder_id: str) -> Response:
        await asyncio.to_thread(ask.seen, "export", elder_id)
        try:
            packed = await ask.doors.auditing.case_bundle(elder_id)
        except NoBundle as no:
            return no_bundle(ask, no, _at(elder_id))
        return download(packed, f"case-{elder_id}-{ask.now.astimezone(SHANGHAI):%Y%m%d-%H%M}.zip")


def _at(elder_id: str) -> str:
    return f"/audit/cases/{quote(elder_id, safe='')}"
