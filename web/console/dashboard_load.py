"""The list behind the load of volunteers: each with their visits of the month, who has most is first."""

from __future__ import annotations

from starlette.responses import Response

from models.figures import FigureRow
from web.console.ask import Ask, TurnedAway
from web.console.dashboard import ASKED, wanted
from web.console.need import Need
from web.console.router import Console
from web.openapi import Takes

ACTION = "volunteer"
ON_A_PAGE = 50


def add(console: Console) -> None:
    @console.get("/dashboard/volunteers", Need(ACTION), Takes((*ASKED, "after", "over")))
    def load(ask: Ask) -> Response:
        asked = wanted(ask, ACTION)
        ask.seen(ACTION, f"{asked.month:%Y-%m}")
        (figure,) = ask.doors.figures.figures(asked.county, asked.month, asked.cut, [ACTION])
        over = bool(ask.request.query_params.get("over"))
        found = [row for row in figure.rows if not over or _is_over(row)]
        begin = _begin([row.key for row in found], ask.request.query_params.get("after", ""))
        rows = found[begin : begin + ON_A_PAGE]
        more = rows[-1].key if begin + ON_A_PAGE < len(found) else None
        return ask.page(
            "dashboard_load.html", asked=asked, figure=figure, rows=rows, more=more, over=over,
            people=ask.doors.people.names([row.key for row in rows]),
        )  # fmt: skip


def _is_over(row: FigureRow) -> bool:
    """They see more elders than they have places for."""
    *_rest, elders, capacity = (cell.number or 0 for cell in row.cells)
    return elders > capacity


def _begin(keys: list[str], after: str) -> int:
    """Raises TurnedAway: nobody of theirs is called so."""
    if not after:
        return 0
    if after not in keys:
        raise TurnedAway(404, "not_here")
    return keys.index(after) + 1
