"""Posts with who holds them and who stands in, and villages as they are renamed and merged."""

from __future__ import annotations

from starlette.responses import Response

from decisions.deadlines import civil_day
from projections import read_people
from web.console.ask import Ask
from web.console.need import Need
from web.console.people_steps import OF_AREAS, OF_POSTS, OF_STAFF
from web.console.router import Console
from web.console.steps import add as add_step
from web.openapi import Takes

ON_A_PAGE = 60


def add(console: Console) -> None:
    @console.get("/staff", Need("staff"), Takes(query=("after", "vacant", "done")))
    def staff(ask: Ask) -> Response:
        ask.seen("staff", "")
        today, asked = civil_day(ask.now), ask.request.query_params
        vacant = asked.get("vacant") == "1"
        with ask.doors.reading() as connection:
            rows = read_people.posts(
                connection, ask.scope("staff"), asked.get("after", ""), ON_A_PAGE + 1, vacant=vacant
            )
            page = rows[:ON_A_PAGE]
            ids = {row.holder_id for row in page} | {row.deputy_id for row in page}
            away = read_people.away(connection, {id_ for id_ in ids if id_}, today)
        return ask.page(
            "staff.html", rows=page, more=len(rows) > ON_A_PAGE, away=away, vacant=vacant, done=asked.get("done"),
            people=ask.doors.people.names({id_ for id_ in ids if id_}),
        )  # fmt: skip

    @console.get("/areas", Need("area"), Takes(query=("after", "done")))
    def areas(ask: Ask) -> Response:
        today, asked = civil_day(ask.now), ask.request.query_params
        with ask.doors.reading() as connection:
            rows = read_people.villages_and_changes(
                connection, ask.scope("area"), asked.get("after", ""), ON_A_PAGE + 1
            )
            page = rows[:ON_A_PAGE]
            to_come = read_people.names_to_come(connection, [row.id for row in page], today)
        return ask.page(
            "areas.html", rows=page, more=len(rows) > ON_A_PAGE, to_come=to_come, today=today, done=asked.get("done")
        )

    for step in (*OF_STAFF, *OF_POSTS, *OF_AREAS):
        add_step(console, step)
