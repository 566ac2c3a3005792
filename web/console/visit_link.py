"""The way to a visit's page, for staff who tell it to its volunteer: made when asked for, and recorded."""

from __future__ import annotations

from typing import NamedTuple

from starlette.responses import Response

from models.visiting import Ways
from web.console.ask import Ask
from web.console.need import About, Need
from web.console.router import Console
from web.pictures import qr_source

PATH = "/elders/{elder_id}/visit-link"
NEED = Need("visit_link", About.ELDER, reason=True)


class Shown(NamedTuple):
    way: Ways
    url: str

    @property
    def picture(self) -> str:
        return qr_source(self.url)


def add(console: Console) -> None:
    @console.get(PATH, NEED)
    def before(ask: Ask, elder_id: str) -> Response:
        ask.seen("case_show", elder_id)
        return _page(ask, elder_id, None)

    @console.post(PATH, NEED)
    def made(ask: Ask, elder_id: str) -> Response:
        ask.seen("visit_link", elder_id)
        base = (ask.doors.public_url or str(ask.request.base_url)).rstrip("/")
        ways = [Shown(way, base + way.path) for way in ask.doors.visitor.links.of_elder(elder_id, ask.now)]
        return _page(ask, elder_id, ways, f"{base}/v")


def _page(ask: Ask, elder_id: str, ways: list[Shown] | None, door: str = "") -> Response:
    people = ask.doors.people.names({elder_id, *(one.way.task.volunteer_id for one in ways or ())})
    return ask.page("visit_link.html", elder_id=elder_id, people=people, ways=ways, door=door)
