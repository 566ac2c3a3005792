"""The worklist: all that waits for whoever reads it, urgent first, then by deadline; and what is done to several."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from decisions.closed_words import ROLES
from decisions.permits import areas_shown
from models import messages as m
from models.errors import REFUSAL_WORDS
from models.values import Channel, Role
from post.desk import Refused, Unknown
from post.items import Closed
from projections import read_worklist
from projections.read_worklist import MINE, Counts, Key, Wanted, Who
from web.console import work
from web.console.ask import Ask
from web.console.fields import LONGEST_WORDS, Field, Kind, key_moment, whole
from web.console.need import Need
from web.console.router import Console
from web.console.steps import SAID_LATER, told
from web.language import _
from web.openapi import Takes

PAGE = 50
OF_A_PAGE = (*Wanted._fields, "after", "before")
PICK = Field("pick", "pick", Kind.CHOICES)
AT_ONCE = 8  # steps of a bulk handed in beside each other
NONE_PICKED = _("还没有选。请先在左边勾选，再按一次。")
NO_WORDS = _("请写一句怎样告知的，再按一次。")
NOT_YOURS = _("不在您的待办里，可能已经有人办了")
TAKEN, TOLD, GONE = _("已接手"), _("已记为告知"), _("已经有人办了")


class View(NamedTuple):
    """One page of the list as it stands. `mark` changes when anything on it does, and once an hour, for `还剩`."""

    rows: Sequence[Any]
    counts: Counts
    earlier: str | None
    later: str | None
    mark: str


def add(console: Console) -> None:
    @console.get("/worklist", Need("worklist"), Takes(query=OF_A_PAGE))
    def worklist(ask: Ask) -> Response:
        return _page(ask, said=None)

    @console.get("/worklist/part", Need("worklist"), Takes(query=(*OF_A_PAGE, "mark")))
    def part(ask: Ask) -> Response:
        """The list alone, for a page that asks again by itself: 204 while nothing has changed."""
        known = ask.request.query_params.get("mark", "")
        view = _view(ask, wanted(ask))
        if view.mark == known:
            return Response(status_code=204)
        before = known.partition(".")[0]
        more = view.counts.all - whole(before, view.counts.all)
        ask.seen("worklist", "")
        return ask.page("worklist_part.html", news=more, **_told(ask, view, wanted(ask)))

    @console.get("/worklist/next", Need("worklist"), Takes(query=(*Wanted._fields, "but")))
    def following(ask: Ask) -> Response:
        """To the first that waits, but for the one that somebody comes from."""
        asked, but = wanted(ask), ask.request.query_params.get("but", "")
        with ask.doors.reading() as connection:
            rows = read_worklist.rows(connection, _who(ask), ask.now, asked, limit=PAGE)
        paths = (work.path(row) for row in rows if row.id != but)
        return ask.go(next((path for path in paths if path is not None), "/worklist"))

    @console.post("/worklist/acknowledge", Need("acknowledge"), Takes(query=OF_A_PAGE, fields=(PICK, "what")))
    async def acknowledge(ask: Ask) -> Response:
        return await _several(ask, "acknowledge", _acknowledge)

    @console.post("/worklist/told", Need("item_done"), Takes(query=OF_A_PAGE, fields=(PICK, "what")))
    async def told_by_phone(ask: Ask) -> Response:
        what = str(ask.form.get("what", "")).strip()[:LONGEST_WORDS]
        if not what:
            return await asyncio.to_thread(_page, ask, said=NO_WORDS)
        return await _several(ask, "told", lambda ask, row: _was_told(ask, row, what))


# --- the list --------------------------------------------------------------------------------------------------------


def _who(ask: Ask) -> Who:
    return Who(ask.staff_id, ask.posts)


def wanted(ask: Ask) -> Wanted:
    """What the address asks for. A word that is none of the list is not heard."""
    said = ask.request.query_params
    kind, whose = said.get("kind", ""), said.get("whose", "")
    return Wanted(
        kind=kind if kind in work.HEADINGS else "",
        area=said.get("area", ""),
        whose=whose if whose == MINE or whose in ROLES else "",
        overdue=said.get("overdue") == "1",
        urgent=said.get("urgent") == "1",
    )


def address(asked: Wanted, **more: str) -> str:
    """The query of an address that asks for this, and more; empty where it asks for all."""
    said = {name: "1" if value is True else value for name, value in asked._asdict().items() if value} | more
    return f"?{urlencode(said)}" if said else ""


def _view(ask: Ask, asked: Wanted) -> View:
    after, before = (_key(ask.request.query_params.get(name, "")) for name in ("after", "before"))
    who = _who(ask)
    with ask.doors.reading() as connection:
        rows = read_worklist.rows(
            connection, who, ask.now, asked, after=after, before=None if after else before, limit=PAGE + 1
        )
        counts = read_worklist.counts(connection, who, ask.now, asked)
    more, back = len(rows) > PAGE, before is not None and after is None
    rows = rows[-PAGE:] if back else rows[:PAGE]
    keys = [_said(read_worklist.key_of(row)) for row in rows[:: len(rows) - 1 or 1]]
    earlier = keys[0] if rows and (more if back else after is not None) else None
    later = keys[-1] if rows and (more if not back else True) else None
    seen = [(row.id, row.due_at, row.owner_id, row.role, row.state, row.urgency) for row in rows]
    stands = repr((seen, sorted(counts.kinds.items()), f"{ask.now:%Y-%m-%dT%H}"))
    mark = f"{counts.all}.{sha256(stands.encode()).hexdigest()[:16]}"
    return View(rows, counts, earlier, later, mark)


def _key(said: str) -> Key | None:
    turn, _, rest = said.partition("~")
    at, _, id_ = rest.partition("~")
    due_at = key_moment(at)
    return Key(int(turn), due_at, id_) if turn in ("0", "1") and due_at is not None else None


def _said(key: Key) -> str:
    return f"{key.turn}~{key.due_at.isoformat()}~{key.id}"


def _page(ask: Ask, said: str | None) -> Response:
    asked = wanted(ask)
    ask.seen("worklist", "")
    values = _told(ask, _view(ask, asked), asked)
    with ask.doors.reading() as connection:
        areas = read_worklist.places_below(connection, ask.scope("worklist"), asked.area)
    return ask.page(
        "worklist.html", 422 if said else 200, said=said, areas=areas, roles=_roles(ask), news=0, mine=MINE, **values
    )


def _told(ask: Ask, view: View, asked: Wanted) -> Mapping[str, Any]:
    rows, people = work.lines(ask, view.rows)
    return {
        "rows": rows, "people": people, "view": view, "asked": asked, "address": address, "headings": work.HEADINGS,
        "may_open": ask.may("case_show"), "picks": any(row.pick for row in rows), "picked": ask.form.getlist("pick"),
        "typed": str(ask.form.get("what", "")), "here": _here(ask),
    }  # fmt: skip


def _here(ask: Ask) -> Mapping[str, str]:
    """Which page of the list this is: what could not be done is told on the same one."""
    return {name: said for name, said in ask.request.query_params.items() if name in ("after", "before")}


def _roles(ask: Ask) -> Mapping[str, str]:
    """By whose it may be narrowed: the roles whose work they are shown."""
    of_others = (Role.VOLUNTEER, Role.AUDITOR, Role.ADMIN)
    return {
        role.value: ROLES[role] for role in Role if role not in of_others and areas_shown(ask.posts, role)
    }  # fmt: skip


# --- several at once -------------------------------------------------------------------------------------------------

Taking = Callable[[Ask, Any], Coroutine[Any, Any, str]]


async def _several(ask: Ask, pick: str, take: Taking) -> Response:
    """Each its own step, and each told by itself what came of it."""
    picked = [str(id_) for id_ in dict.fromkeys(ask.form.getlist("pick"))][:PAGE]
    if not picked:
        return await asyncio.to_thread(_page, ask, said=NONE_PICKED)
    rows = await asyncio.to_thread(_among, ask, picked)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(id_: str) -> str:
        row = rows.get(id_)
        if row is None:
            return NOT_YOURS
        async with gate:
            return await take(ask, row)

    theirs = [id_ for id_ in picked if id_ not in rows or _fits(pick, rows[id_])]
    if not theirs:
        return await asyncio.to_thread(_page, ask, said=NONE_PICKED)
    said = await asyncio.gather(*map(one, theirs))
    return await asyncio.to_thread(_results, ask, rows, dict(zip(theirs, said, strict=True)))


def _fits(pick: str, row: Any) -> bool:
    """Calls and escalations may be ticked beside each other: each button takes its own."""
    return (row.kind == "escalation") if pick == "acknowledge" else row.what == "call_by_phone"


def _among(ask: Ask, ids: Sequence[str]) -> dict[str, Any]:
    with ask.doors.reading() as connection:
        return read_worklist.among(connection, _who(ask), ids)


async def _acknowledge(ask: Ask, row: Any) -> str:
    counter = ask.doors.counter
    try:
        head = await asyncio.to_thread(
            counter.head, ask.staff_id, "acknowledge", row.elder_id, None, Channel.CONSOLE
        )  # fmt: skip
        reply = await counter.hand_in(row.id, row.elder_id, m.Acknowledge, **head)
    except Refused as refused:
        return REFUSAL_WORDS[refused.refusal]
    except Unknown:
        return NOT_YOURS
    return told(ask, reply) or TAKEN


async def _was_told(ask: Ask, row: Any, what: str) -> str:
    try:
        closed = await ask.doors.items.done(ask.doors.counter, ask.staff_id, row.id, what)
    except Refused as refused:
        return REFUSAL_WORDS[refused.refusal]
    return TOLD if closed is Closed.DONE else GONE


def _results(ask: Ask, rows: Mapping[str, Any], said: Mapping[str, str]) -> Response:
    ask.seen("worklist", "")
    shown, people = work.lines(ask, list(rows.values()))
    lines = {line.id: line for line in shown}
    results = [(lines.get(id_), words, words in (TAKEN, TOLD), words == SAID_LATER) for id_, words in said.items()]
    return ask.page("worklist_done.html", results=results, people=people)
