"""The worklist: all that waits for somebody in the user's territory, by deadline."""

from __future__ import annotations

from starlette.responses import Response

from decisions.permits import shown_to, waits_for
from decisions.words import in_words
from models.values import Role
from projections import read
from web.console.ask import Ask
from web.console.need import Need
from web.console.router import Console


def add(console: Console) -> None:
    @console.get("/worklist", Need("worklist"))
    def worklist(ask: Ask) -> Response:
        ask.seen("worklist", "")
        places = ask.doors.places.places_of_open_work()
        with ask.doors.reading() as connection:
            rows = [
                {"id": row.id, "elder_id": row.elder_id, "cause": row.cause, "role": row.role, "due_at": row.climbs_at,
                 "owner_id": row.owner_id, "urgency": row.urgency, "about": ""}
                for row in read.open_escalations(connection)
                if row.owner_id == ask.staff_id or waits_for(ask.posts, places.get(row.id), None)
            ] + [
                {"id": row.id, "elder_id": row.elder_id, "cause": row.item, "role": row.role, "due_at": row.due_at,
                 "owner_id": row.owner_id, "urgency": "ordinary", "about": row.about}
                for row in read.open_items(connection)
                if waits_for(ask.posts, places.get(row.id), shown_to(row.item, row.elder_id, Role(row.role)))
            ]  # fmt: skip
        counties = {place.county_id for place in places.values()}
        names = ask.doors.benefit_names(counties)
        people = ask.doors.people.names({row["elder_id"] for row in rows if row["elder_id"]})
        rows.sort(key=lambda row: (row["due_at"] is None, row["due_at"]))
        return ask.page("worklist.html", rows=[row | in_words(row, names) for row in rows], people=people)
