"""The list behind the load of volunteers: each with their visits of the month, who has most is first."""

from __future__ import annotations

from starlette.responses import Response

from web.console.ask import Ask, TurnedAway
from web.console.dashboard import ASKED, wanted
from web.console.need import Need
from web.console.router import Console
from web.openapi import Takes

ACTION = "volunteer"
ON_A_PAGE = 50


def add(console: Console) -> None:
    @console.get("/dashboard/volunteers", Need(ACTION), Takes((*ASKED, "after")))
    def load(ask: Ask) -> Response:
        asked = wanted(ask, ACTION)
        ask.seen(ACTION, f"{asked.month:%Y-%m}")
        (figure,) = ask.doors.figures.figures(asked.county, asked.month, asked.cut, [ACTION])
        begin = _begin([row.key for row in figure.rows], ask.request.query_params.get("after", ""))
        rows = figure.rows[begin : begin + ON_A_PAGE]
        more = rows[-1].key if begin + ON_A_PAGE < len(figure.rows) else None
        return ask.page(
            "dashboard_load.html", asked=asked, figure=figure, rows=rows, more=more,
            people=ask.doors.people.names([row.key for row in rows]),
        )  # fmt: skip


def _begin(keys: list[str], after: str) -> int:
    """Raises TurnedAway: nobody of theirs is called so."""
    if not after:
        return 0
    if after not in keys:
        raise TurnedAway(404, "not_here")
    return keys.index(after) + 1
