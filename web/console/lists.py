"""Who is in the register and no case, who cannot be decided, and against whose case a list speaks."""

from __future__ import annotations

from starlette.responses import Response

from decisions.register_words import LISTS, why
from models.roster import RegisterList
from web.console.ask import Ask
from web.console.need import Need
from web.console.router import Console
from web.openapi import Takes

ON_A_PAGE = 60


def add(console: Console) -> None:
    @console.get("/lists", Need("roster_list"), Takes(query=("which", "after", "done")))
    def lists(ask: Ask) -> Response:
        asked, areas = ask.request.query_params, ask.scope("roster_list")
        said = asked.get("which")
        which = RegisterList(said) if said in set(RegisterList) else RegisterList.TO_DECIDE
        ask.seen("roster_list", which.value)
        rows = ask.doors.lists.page(which, areas, asked.get("after", ""), ON_A_PAGE + 1)
        return ask.page(
            "lists.html", which=which, words=LISTS, rows=[(row, why(row, ask.say)) for row in rows[:ON_A_PAGE]],
            more=len(rows) > ON_A_PAGE, counts={one: ask.doors.lists.count(one, areas) for one in RegisterList},
            done=asked.get("done"), to_decide=which is RegisterList.TO_DECIDE,
        )  # fmt: skip
