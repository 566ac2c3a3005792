"""Volunteers of a place, one of them, their card, and a whole village's visits given to others in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from starlette.responses import Response

from decisions import card
from decisions.deadlines import civil_day, instant
from models.errors import REFUSAL_WORDS, UNFIT_WORDS, Refusal
from models.ids import case_stream
from models.messages import Reassign
from models.values import Channel
from post.counter import NotFit
from post.desk import LATER, Refused, Unknown
from projections import read_people
from web.card import picture_of
from web.console.ask import Ask, TurnedAway
from web.console.need import About, Need
from web.console.people_steps import OF_VOLUNTEERS
from web.console.router import Console
from web.console.steps import Step
from web.console.steps import add as add_step
from web.language import _
from web.openapi import Takes

ON_A_PAGE = 50
TEXTS = 20
AT_ONCE = 8  # visits given away beside each other
ANYBODY = "anybody"
NOT_OFFERED = _("不是可选的一项")
GIVEN_MEANWHILE = _("这次探访已经改派给别人，请看现在是谁，再选一次")
TEXT_STATES = {
    "built": _("待发"), "accepted": _("已发出"), "delivered": _("已送达"), "undelivered": _("没有送达"),
    "failed": _("没有发出"), "unknown": _("是否送出不明"), "expired": _("过时未发"), "cancelled": _("已取消"),
}  # fmt: skip


class Given(NamedTuple):
    """What came of one row. `came`: recorded, later, refused."""

    to: str
    came: str = ""
    says: str = ""


def add(console: Console) -> None:
    @console.get("/volunteers", Need("volunteer"), Takes(query=("village", "after")))
    def volunteers(ask: Ask) -> Response:
        return _listed(ask)

    @console.get("/volunteers/{volunteer_id}", Need("volunteer", About.VOLUNTEER), Takes(query=("done",)))
    def volunteer(ask: Ask, volunteer_id: str) -> Response:
        return _one(ask, volunteer_id)

    @console.get("/volunteers/{volunteer_id}/card", Need("volunteer", About.VOLUNTEER))
    def its_card(ask: Ask, volunteer_id: str) -> Response:
        ask.seen("volunteer_card", volunteer_id)
        made = ask.doors.card(volunteer_id)
        ours = _ours(ask, (line.elder_id for line in made.lines))
        lines = tuple(line for line in made.lines if line.elder_id in ours)
        held = made.model_copy(update={"lines": lines})
        rows, foot = card.told(held)
        codes = any(line.elder_id in held.codes for line in lines)
        url = f"{ask.doors.public_url}/v" if ask.doors.public_url and codes else None
        return ask.page(
            "volunteer_card.html", rows=rows, foot=foot, volunteer_id=volunteer_id, with_codes=codes,
            people=ask.doors.people.names([volunteer_id]), elsewhere=len(made.lines) - len(lines), url=url,
            picture=picture_of(url),
        )  # fmt: skip

    @console.get("/villages/{area_id}/reassign", Need("reassign", About.AREA), Takes(query=("after",)))
    def village(ask: Ask, area_id: str) -> Response:
        return _village(ask, area_id, {}, 200)

    @console.post("/villages/{area_id}/reassign", Need("reassign", About.AREA), Takes(query=("after",), rows=("to-",)))
    async def given(ask: Ask, area_id: str) -> Response:
        return await _give(ask, area_id)

    for step in OF_VOLUNTEERS:
        add_step(console, step)


def _since(today: date) -> Any:
    return instant(today.replace(month=1, day=1))


def _ours(ask: Ask, elder_ids: Iterable[str]) -> set[str]:
    """Of a volunteer's elders those who live where whoever looks may see them: pairs reach over villages."""
    with ask.doors.reading() as connection:
        return read_people.elders_within(connection, set(elder_ids), ask.scope("volunteer"))


def _listed(ask: Ask) -> Response:
    ask.seen("volunteer", "")
    today, asked = civil_day(ask.now), ask.request.query_params
    areas = ask.scope("volunteer")
    with ask.doors.reading() as connection:
        villages = read_people.villages(connection, areas, today)
        village = asked.get("village", "")
        ids = read_people.volunteers(connection, areas, village or None, asked.get("after", ""), ON_A_PAGE + 1)
        lines = read_people.volunteer_lines(connection, ids[:ON_A_PAGE], today, _since(today))
    return ask.page(
        "volunteers.html", lines=lines, people=ask.doors.people.names([line.id for line in lines]),
        places={row.id: row for row in villages}, villages=villages, village=village, more=len(ids) > ON_A_PAGE,
    )  # fmt: skip


def _one(ask: Ask, volunteer_id: str) -> Response:
    ask.seen("volunteer", volunteer_id)
    today = civil_day(ask.now)
    with ask.doors.reading() as connection:
        lines = read_people.volunteer_lines(connection, [volunteer_id], today, _since(today))
        pairs = read_people.pairs_of(connection, volunteer_id, today)
        visits = read_people.open_visits_by(connection, volunteer_id)
        leaves = read_people.leaves_of(connection, volunteer_id, today)
    if not lines:
        raise TurnedAway(404, "not_here")
    elders = {row.elder_id for row in (*pairs, *visits)}
    ours = _ours(ask, elders)
    pairs, visits = ([row for row in rows if row.elder_id in ours] for rows in (pairs, visits))
    return ask.page(
        "volunteer.html", line=lines[0], pairs=pairs, visits=visits, leaves=leaves,
        texts=ask.doors.people.texts_to(volunteer_id, TEXTS, ask.scope("volunteer")), states=TEXT_STATES,
        people=ask.doors.people.names({volunteer_id, *ours}), elsewhere=len(elders) - len(ours),
        areas=ask.doors.people.areas({lines[0].village_id, *(row.village_id for row in pairs)}),
        steps=[step for step in OF_VOLUNTEERS if ask.may_here(step.action) and _is_to_do(step, lines[0])],
        done=ask.request.query_params.get("done"),
        year=today.year,
    )  # fmt: skip


def _is_to_do(step: Step, line: read_people.VolunteerLine) -> bool:
    """Who is barred is not barred again."""
    return not step.path.endswith("/lift-bar" if not line.barred else "/bar")


# --- a village at once -----------------------------------------------------------------------------------------------


def _village(ask: Ask, area_id: str, given: dict[str, Given], status: int) -> Response:
    ask.seen("reassign", area_id)
    place = next(iter(ask.doors.places.place_of_area(area_id)))
    today = civil_day(ask.now)
    with ask.doors.reading() as connection:
        visits = read_people.open_visits_in(
            connection, area_id, ask.request.query_params.get("after", ""), ON_A_PAGE + 1
        )
        others = read_people.volunteers_of_township(connection, place.township_id or "")
        lines = read_people.volunteer_lines(connection, others, today, _since(today))
    page = visits[:ON_A_PAGE]
    ids = {row.elder_id for row in page} | {row.volunteer_id for row in page if row.volunteer_id} | set(others)
    return ask.page(
        "village_reassign.html", status, area_id=area_id, village=ask.doors.people.areas([area_id])[area_id],
        visits=page, more=len(visits) > ON_A_PAGE, lines=lines, people=ask.doors.people.names(ids), given=given,
        came={word: [one.came for one in given.values()].count(word) for word in ("recorded", LATER, "refused")},
    )  # fmt: skip


async def _give(ask: Ask, area_id: str) -> Response:
    def held() -> tuple[Sequence[Any], list[str]]:
        after = ask.request.query_params.get("after", "")
        place = next(iter(ask.doors.places.place_of_area(area_id)))
        with ask.doors.reading() as connection:
            visits = read_people.open_visits_in(connection, area_id, after, ON_A_PAGE)
            return visits, read_people.volunteers_of_township(connection, place.township_id or "")

    turn = asyncio.Semaphore(AT_ONCE)

    async def one(visit: Any, to: str) -> Given:
        if to not in (ANYBODY, *others):
            return Given(to, "refused", NOT_OFFERED)
        if ask.form.get(f"from-{visit.id}", "") != (visit.volunteer_id or ""):
            return Given(to, "refused", GIVEN_MEANWHILE)
        async with turn:
            return await _give_one(ask, visit, to)

    visits, others = await asyncio.to_thread(held)
    wanted = {visit.id: str(ask.form.get(f"to-{visit.id}", "")).strip() for visit in visits}
    picked = [visit for visit in visits if wanted[visit.id]]
    came = await asyncio.gather(*(one(visit, wanted[visit.id]) for visit in picked))
    given = {visit.id: said for visit, said in zip(picked, came, strict=True)}
    refused = any(one.came == "refused" for one in given.values())
    return await asyncio.to_thread(_village, ask, area_id, given, 422 if refused else 200)


async def _give_one(ask: Ask, visit: Any, to: str) -> Given:
    """To whom it is named, or to whom assignment chooses; only while it is still whose the page said."""
    counter, chosen = ask.doors.counter, None if to == ANYBODY else to
    try:
        named = (
            {to: await asyncio.to_thread(ask.doors.fitness.as_volunteer, to, civil_day(ask.now))} if chosen else None
        )
        head = await asyncio.to_thread(
            counter.head, ask.staff_id, "reassign", visit.elder_id, None, Channel.CONSOLE, None, named
        )
        reply = await counter.hand_in(
            case_stream(visit.elder_id), visit.elder_id, Reassign, **head, volunteer_id=chosen, visit_id=visit.id,
            from_id=visit.volunteer_id,
        )  # fmt: skip
    except NotFit as wrong:
        return Given(to, "refused", UNFIT_WORDS[wrong.unfit])
    except Refused as refused:
        return Given(to, "refused", REFUSAL_WORDS[refused.refusal])
    except (Unknown, ValueError):
        return Given(to, "refused", NOT_OFFERED)
    if reply.accepted:
        return Given(to, "recorded")
    return Given(to, LATER) if reply.refusal == LATER else Given(to, "refused", REFUSAL_WORDS[Refusal(reply.refusal)])
