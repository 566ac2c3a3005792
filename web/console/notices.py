"""公示: the sheet of a claim, or of a village all that are to be put up or hang. Its fields are not ours to choose."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from starlette.responses import Response

from decisions.deadlines import civil_day
from decisions.public_notice import hangs, notice_text
from models.claim_messages import PostNotice
from models.claims import ClaimStage
from models.errors import REFUSAL_WORDS, Refusal
from models.ids import benefit_stream
from models.values import Channel
from post.counter import new_key
from post.desk import Refused
from projections import read_benefits
from web.console.ask import Ask
from web.console.case_steps import NOT_YET
from web.console.fields import Field, Filled, Kind, blank, read
from web.console.need import About, Need
from web.console.router import Console
from web.console.steps import SAID_LATER, not_now, told
from web.language import _
from web.openapi import Takes

NOTICE = _("公示")
MOST = 100  # of a village at once
RECORDED = _("已记公示")
TOO_MANY = _("一次最多记 100 张，这一张没有记，请再记一次")
NONE_PICKED = _("还没有勾选哪几张已经贴出。")
FIELDS = (
    Field("posted_on", _("哪天贴出的"), Kind.DAY, required=True),
    Field("proof", _("照片存放处，或谁看见的"), required=True, help=_("存入登记簿，不进流程")),
    Field("where", _("贴在哪里")),
)


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
        return _of_village(ask, rows, village, blank(FIELDS), "", 200)

    @console.post(
        "/villages/{area_id}/notices", Need("post_notice", About.AREA), Takes(fields=(*FIELDS, "pick", "key"))
    )
    async def put_up(ask: Ask, area_id: str) -> Response:
        """What hangs since one day is told at once; each claim is a step of its own, and answered by itself."""
        rows = await asyncio.to_thread(_waiting, ask, area_id)
        filled = read(FIELDS, ask.form)
        if filled.values.get("posted_on") is not None and filled.values["posted_on"] > civil_day(ask.now):
            filled.wrong["posted_on"] = NOT_YET
        picked = [str(one) for one in dict.fromkeys(ask.form.getlist("pick"))]
        if filled.wrong or not picked:
            said = "" if filled.wrong else NONE_PICKED
            return await asyncio.to_thread(_of_village, ask, rows, area_id, filled, said, 422)
        waiting = {f"{row.elder_id}/{row.code}": row for row in rows if row.stage == ClaimStage.POSTING.value}
        key = ask.key(ask.request.url.path) or new_key()
        came = [await _put_up(ask, waiting.get(one), filled.values, f"{key}.{one}") for one in picked[:MOST]]
        came += [TOO_MANY] * len(picked[MOST:])
        return await asyncio.to_thread(_told, ask, area_id, rows, dict(zip(picked, came, strict=True)))


def _waiting(ask: Ask, area_id: str) -> Sequence[Any]:
    with ask.doors.reading() as connection:
        rows = read_benefits.notices_in(connection, ask.scope("post_notice"))
    return [row for row in rows if row.lives_in == area_id]


def _of_village(ask: Ask, rows: Sequence[Any], village: str, filled: Filled, said: str, status: int) -> Response:
    ask.seen("benefit_notice", village)
    sheets = _sheets(ask, [row for row in rows if row.lives_in == village])
    name = ask.doors.people.areas([village]).get(village, "") if sheets else ""
    path = f"/villages/{village}/notices"
    return ask.page(
        "notices_village.html", status, sheets=sheets, back="/notices", village=name, fields=FIELDS, filled=filled,
        said=said, may_post=ask.may("post_notice"), post_to=path, key=ask.new_key(path),
    )  # fmt: skip


async def _put_up(ask: Ask, row: Any | None, values: dict[str, Any], key: str) -> str:
    """None of this name waits: gone on, or never theirs. The words, or `recorded`."""
    counter = ask.doors.counter
    if row is None:
        return REFUSAL_WORDS[Refusal.CLAIM_NOT_THERE]
    try:
        head = await asyncio.to_thread(
            counter.head, ask.staff_id, "post_notice", row.elder_id, values["where"], Channel.CONSOLE, key=key
        )
        proof = await asyncio.to_thread(counter.keep_note, values["proof"])
        stream = benefit_stream(row.elder_id)
        reply = await counter.hand_in(
            stream, row.elder_id, PostNotice, **head, code=row.code, posted_on=values["posted_on"], proof=proof
        )
    except Refused as refused:
        return REFUSAL_WORDS[refused.refusal]
    return told(ask, reply) or RECORDED


def _told(ask: Ask, area_id: str, rows: Sequence[Any], came: dict[str, str]) -> Response:
    known = {f"{row.elder_id}/{row.code}": row for row in rows}
    ask.seen("benefit_notice", area_id)
    people = ask.doors.people.names({row.elder_id for row in known.values()})
    place = ask.doors.places.place_of_area(area_id)
    names = ask.doors.benefit_names([one.county_id for one in place])
    back = f"/notices?village={area_id}"
    results = [(known.get(one), says) for one, says in came.items()]
    return ask.page(
        "notices_posted.html", results=results, people=people, names=names, back=back, good=RECORDED, later=SAID_LATER
    )  # fmt: skip


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
