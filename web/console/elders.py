"""An elder's page: who, where things stand, what may be done, and the whole story."""

from __future__ import annotations

from starlette.responses import Response

from models.ids import case_stream
from projections import read
from web.console import case_steps
from web.console.ask import Ask, TurnedAway
from web.console.need import About, Need
from web.console.router import Console


def add(console: Console) -> None:
    @console.get("/elders/{elder_id}", Need("case_show", About.ELDER, reason=True))
    def elder(ask: Ask, elder_id: str) -> Response:
        ask.seen("case_show", elder_id)
        shown = ask.doors.people.elder(elder_id)
        if shown is None:
            raise TurnedAway(404, "not_here")
        state = ask.doors.state_of(case_stream(elder_id))
        with ask.doors.reading() as connection:
            escalations = read.open_escalations_of(connection, elder_id)
            visits = read.visits_of(connection, elder_id)
        return ask.page(
            "elder.html", elder=shown, state=state, escalations=escalations, visits=visits,
            lines=ask.doors.auditing.timeline(elder_id, None), done=ask.request.query_params.get("done"),
            steps=[step for step in case_steps.STEPS if ask.may(step.action)],
        )  # fmt: skip

    for step in case_steps.STEPS:
        case_steps.add(console, step)
