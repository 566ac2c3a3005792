"""公示: the sheet of a claim, or of a village all that are to be put up or hang. Its fields are not ours to choose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from starlette.responses import Response

from decisions.deadlines import civil_day
from decisions.public_notice import hangs, notice_text
from models.claims import ClaimStage
from models.errors import Refusal
from models.ids import benefit_stream
from projections import read_benefits
from web.console.ask import Ask
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import not_now
from web.language import _
from web.openapi import Takes

NOTICE = _("公示")


class Sheet(NamedTuple):
    """`lines`: what is printed, heading first. The rest is said beside it on the screen only."""

    elder_id: str
    code: str
    lines: list[str]
    is_up: bool
    from_on: date
    until_on: date
    place: str | None


def add(console: Console) -> None:
    @console.get("/elders/{elder_id}/benefits/{code}/notice", Need("post_notice", About.ELDER, reason=True))
    def one(ask: Ask, elder_id: str, code: str) -> Response:
        ask.seen("benefit_notice", elder_id)
        back = f"/elders/{elder_id}/benefits"
        with ask.doors.reading() as connection:
            rows = read_benefits.notices_in(connection, ask.scope("post_notice"), elder_id=elder_id)
        sheets = _sheets(ask, [row for row in rows if row.code == code])
        if not sheets:
            return not_now(ask, NOTICE, _why_none(ask.doors.state_of(benefit_stream(elder_id)), code), back)
        return ask.page("notice.html", sheets=sheets, back=back, village="", may_post=ask.may("post_notice"))

    @console.get("/notices", Need("post_notice"), Takes(query=("village",)))
    def of_village(ask: Ask) -> Response:
        ask.seen("benefit_notice", "")
        village = ask.request.query_params.get("village", "")
        with ask.doors.reading() as connection:
            rows = read_benefits.notices_in(connection, ask.scope("post_notice"))
        places = ask.doors.people.areas({row.lives_in for row in rows})
        if not village:
            return ask.page("notices.html", villages=_villages(rows), places=places)
        sheets = _sheets(ask, [row for row in rows if row.lives_in == village])
        name = places.get(village, "")
        return ask.page("notice.html", sheets=sheets, back="/notices", village=name, may_post=ask.may("post_notice"))


def _villages(rows: Any) -> dict[str, dict[str, int]]:
    """By village, how many are to be put up and how many hang."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counted = found.setdefault(row.lives_in, {ClaimStage.POSTING.value: 0, ClaimStage.POSTED.value: 0})
        counted[row.stage] += 1
    return found


def _why_none(state: Any, code: str) -> Refusal:
    if state is None:
        return Refusal.NO_BENEFITS
    return Refusal.NO_CLAIM if state.stage(code) is None else Refusal.CLAIM_NOT_THERE


def _sheets(ask: Ask, rows: Sequence[Any]) -> list[Sheet]:
    """A sheet of each claim that is to be put up or hangs."""
    people = ask.doors.people.names({row.elder_id for row in rows})
    called = ask.doors.people.areas({id_ for row in rows for id_ in (row.lives_in, row.of_township)})
    states = ask.doors.benefits.states_of({benefit_stream(row.elder_id) for row in rows})
    found: list[Sheet] = []
    for row in rows:
        state = states[benefit_stream(row.elder_id)]
        claim = state.claim(row.code)
        days = hangs(state, claim, civil_day(ask.now))
        if days is None:
            continue
        text = notice_text(
            name=people[row.elder_id].name, village=called[row.lives_in], township=called[row.of_township],
            benefit=ask.doors.benefits.packs.names(claim.proposed.hash)[row.code], from_on=days[0], until_on=days[1],
        )  # fmt: skip
        place = claim.terms.notice.place if claim.terms.notice else None
        is_up = row.stage == ClaimStage.POSTED.value
        found.append(Sheet(row.elder_id, row.code, text.splitlines(), is_up, *days, place))
    return found
