"""A work item that a person closes by hand: what was said, whom to call, and that it was dealt with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from decisions.deadlines import civil_day
from decisions.permits import BY_HAND
from decisions.words import in_words, word
from models.errors import REFUSAL_WORDS
from models.shown import Said
from models.values import VisitResult
from post.desk import Refused
from post.items import Closed
from projections import read_worklist
from projections.read_worklist import KINDS, Who
from web.console import work
from web.console.ask import Ask, TurnedAway
from web.console.fields import Field, Filled, Kind, blank, read
from web.console.messages import path_of
from web.console.need import About, Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

PATH = "/items/{item_id:path}"
WHAT = Field("what", _("怎样办的"), Kind.WORDS, required=True, help=_("存入登记簿，不进流程"))
CALLED = Field(
    "called", _("电话打通了吗"), Kind.CHOICE, required=True,
    options={"reached": _("打通了，已经告知"), "not_reached": _("没有打通")},
)  # fmt: skip
SAID_ANSWERS = {
    Closed.NOT_OPEN: _("已经有人办了，或者没有这一项"),
    Closed.BY_STEP: _("这一件要办了它要的那一步才算完，不能直接办完"),
    Closed.NO_CALL: _("只有代短信打的电话才有没打通一说"),
}
WAYS = {"received": _("来信"), "sent": _("我方发出"), "call": _("请打电话告知")}
WHAT_NOW = {
    "call_by_phone": _("请打电话，把下面的话告诉对方，再写明怎样办的。"),
    "follow_up": _("请联系老人或家人，问清需要，再写明怎样办的。"),
    "unclear_reply": _("请看原话；意思清楚的，照它记一次探访；不清楚的，打电话问写信的人。"),
    "unknown_phone": _("这个号码不在名册里。请打电话问清是谁、说的是哪位老人。"),
    "undeliverable": _("短信到不了这个人。请改用电话，并核对号码。"),
    "dead_letter": _("系统试了多次，这一步仍没有办成。请核对老人的情况，需要的手工补办，并告诉管理员。"),
    "step_refused": _("收下的这一步后来没有办成。请核对缘由，需要的重新办一次。"),
    "texts_held": _("短信通道不认我们的账号，短信都停着。请通知管理员核对账号；紧急的先打电话。"),
    "off_list": _("新的整份名单里没有这位老人。请核实本人情况：该结案的结案，漏报的请补报。"),
    "category_lost": _("名单不再列有这些类别。请核实：确实不再是的，写明从哪天起；仍是的，写明依据。"),
    "out_of_group": _("按名单，这位老人不再属于探访对象。请核实，由人决定。"),
    "closed_on_list": _("个案已经结案，名单上又有。请核实，需要的重开个案。"),
}
"""What whoever has it does now."""
CALLS = KINDS["call"]
OF_TEXTS = ("call_by_phone", "undeliverable")


def add(console: Console) -> None:
    @console.get(PATH, Need("item_show", About.ITEM), Takes(query=("done",)))
    def item(ask: Ask, item_id: str) -> Response:
        row = _row(ask, item_id)
        if row is None:
            return _closed(ask, item_id)
        if row.what not in BY_HAND:
            return ask.go(work.path(row) or "/worklist")
        return _shown(ask, row, blank(_fields(ask, item_id)), None, 200)

    @console.post(PATH, Need("item_done", About.ITEM), Takes(("done",), (CALLED._replace(required=False), WHAT)))
    async def done(ask: Ask, item_id: str) -> Response:
        row = await asyncio.to_thread(_row, ask, item_id)
        if row is None:
            return await asyncio.to_thread(_closed, ask, item_id)
        if row.what not in BY_HAND:  # a step of its workflow ends it, and nothing else does
            return ask.go(work.path(row) or "/worklist")
        filled = read(_fields(ask, item_id), ask.form)
        if filled.wrong:
            return await asyncio.to_thread(_shown, ask, row, filled, None, 422)
        not_reached = filled.values.get("called") == "not_reached"
        items, counter = ask.doors.items, ask.doors.counter
        try:
            closed = await items.done(counter, ask.staff_id, item_id, filled.values["what"], not_reached=not_reached)
        except Refused as refused:
            return await asyncio.to_thread(_shown, ask, row, filled, REFUSAL_WORDS[refused.refusal], 422)
        if closed is not Closed.DONE:
            return await asyncio.to_thread(_shown, ask, row, filled, SAID_ANSWERS[closed], 422)
        return ask.go(f"{work.item_path(item_id)}?done=recorded")


def _row(ask: Ask, item_id: str) -> Any | None:
    """As it stands on their list."""
    with ask.doors.reading() as connection:
        return read_worklist.among(connection, Who(ask.staff_id, ask.posts), [item_id]).get(item_id)


def _fields(ask: Ask, item_id: str) -> tuple[Field, ...]:
    return (CALLED, WHAT) if ask.doors.items.is_call(item_id) else (WHAT,)


def _closed(ask: Ask, item_id: str) -> Response:
    """That it is done, by whom and when, and in what words. Raises TurnedAway for what was never on their list."""
    found = ask.doors.items.closed(ask.doors.counter, ask.staff_id, item_id)
    if found is None:
        raise TurnedAway(404, "not_here")
    row, words = found
    cause = in_words({"cause": row.item, "about": row.about}, {})["cause"]
    people = ask.doors.people.names([id_ for id_ in (row.closed_by, row.elder_id) if id_])
    return ask.page(
        "item_closed.html", item=row, cause=cause, people=people, done=ask.request.query_params.get("done"),
        words=words, story=_story(ask, row.elder_id),
    )  # fmt: skip


def _story(ask: Ask, elder_id: str | None) -> str:
    """Where what happened to the elder is told; empty where it is about none, or the reader may not see it."""
    return f"/elders/{quote(elder_id, safe='')}#s-story" if elder_id and ask.may_here("case_show") else ""


def _shown(ask: Ask, row: Any, filled: Filled, refused: str | None, status: int) -> Response:
    _item, said = ask.doors.items.shown(ask.doors.counter, ask.staff_id, row.id)
    elder = ask.doors.people.elder(row.elder_id) if row.elder_id else None
    numbers = None
    if elder is not None and row.what in CALLS:
        ask.seen("reveal", elder.id, row.what)
        numbers = ask.doors.people.revealed(elder.id)
    return ask.page(
        "item.html", status, row=row, fields=_fields(ask, row.id), filled=filled, refused=refused, said=said,
        elder=elder, numbers=numbers, cause=in_words({"cause": row.what, "about": row.about}, {})["cause"],
        about=work.about(row.what, row.about, {}), ways=WAYS, what_now=WHAT_NOW[row.what],
        readings=_readings(ask, row, said) if elder is not None and row.what == "unclear_reply" else (),
        why=row.about if row.what == "dead_letter" else "", text=_text(ask, row),
        story=_story(ask, row.elder_id), next=f"/worklist/next?{urlencode({'but': row.id})}",
    )  # fmt: skip


def _text(ask: Ask, row: Any) -> str:
    """The page of the text that did not arrive; empty where it is about none, or the reader may not open it."""
    text_id = f"sent~{row.about.rpartition(' ')[2]}"
    asked = row.what in OF_TEXTS and ask.may("messages")
    return path_of(text_id) if asked and ask.doors.messages.text(text_id, ask.scope("messages")) else ""


def _readings(ask: Ask, row: Any, said: Sequence[Said]) -> Sequence[tuple[str, str]]:
    """What the words may mean, each with the form of a visit that says so, filled in as far as they tell."""
    if not ask.may("report_visit"):
        return ()
    wrote = next((one for one in reversed(said) if one.way == "received"), None)
    known = {"visitor": wrote.person_id, "visited_on": _day(wrote.at)} if wrote is not None else {}
    given = {name: value for name, value in known.items() if value}
    return [
        (word(result.value), f"/elders/{row.elder_id}/record-visit?{urlencode({**given, 'result': result.value})}")
        for result in VisitResult
    ]


def _day(at: datetime) -> str:
    return civil_day(at).isoformat()
