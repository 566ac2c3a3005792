"""Texts in both directions, newest first: what was said, what became of it, and one of them with all that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from decisions.deadlines import instant
from decisions.words import STEPS as DONE
from models.shown_messages import Hidden, Outcome, TextCause, TextKey, TextsWanted, Way
from web.console import searched, work
from web.console.ask import Ask, TurnedAway
from web.console.fields import day_of, key_moment
from web.console.need import Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

PAGE = 50
LONGEST_WHO = 40
WAYS: Mapping[Way, str] = {"received": _("来信"), "sent": _("我方发出"), "waits": _("还没有发")}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.RECEIVED: _("已读"), Outcome.UNREAD: _("系统还没有读"), Outcome.WAITING: _("等发送"),
    Outcome.HELD: _("通道停发，等着"), Outcome.RETRYING: _("通道没收下，稍后再试"),
    Outcome.ACCEPTED: _("通道已收下，等回执"), Outcome.DELIVERED: _("已送达"), Outcome.UNDELIVERED: _("没有送达"),
    Outcome.FAILED: _("没有发出"), Outcome.UNKNOWN: _("是否送出还不知道"), Outcome.EXPIRED: _("过期，不再发"),
    Outcome.CANCELLED: _("取消，不发"),
}  # fmt: skip
LOOKS: Mapping[Outcome, str] = {
    Outcome.DELIVERED: "good", Outcome.RECEIVED: "", Outcome.ACCEPTED: "", Outcome.CANCELLED: "",
    Outcome.UNDELIVERED: "bad", Outcome.FAILED: "bad", Outcome.EXPIRED: "bad",
}  # fmt: skip
"""How it stands out; what is not here waits for something."""
FILTERED = (
    Outcome.WAITING, Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.UNDELIVERED, Outcome.FAILED, Outcome.UNKNOWN,
    Outcome.EXPIRED, Outcome.CANCELLED, Outcome.UNREAD,
)  # fmt: skip
HIDDEN: Mapping[Hidden, str] = {
    Hidden.ELSEWHERE: _("涉及您辖区以外的老人，不显示原话"), Hidden.CODE: _("登录验证码，不显示原话"),
    Hidden.NOT_BUILT: _("发的时候才写成短信"),
}  # fmt: skip
PURPOSES: Mapping[str, str] = {
    "task": _("派探访任务"), "reminder": _("提醒"), "reassigned": _("改派"), "cancelled": _("不用去了"),
    "try": _("再试一次"), "other": _("告知别人已去"), "ask": _("反问"), "danger": _("危险提示"),
    "urgent": _("紧急"), "escalation": _("督办"), "assessment": _("评估"), "benefit": _("待遇"),
    "list": _("发放名单"), "sign": _("登录验证码"),
}  # fmt: skip
"""By how the name of a template begins; any other answers a text."""
ANSWER = _("答复")
LETTERS: Mapping[str, str] = {
    "due": _("等着"), "gathered": _("写进了短信"), "delivered": _("已办"), "cancelled": _("取消"),
    "expired": _("过期"), "dead": _("办不成，已列入待办"),
}  # fmt: skip
STEPS: Mapping[str, str] = {
    "intent": _("准备发送"), "accepted": _("通道已收下"), "refused": _("通道拒绝"), "unknown": _("不知是否送出"),
    "withheld": _("时限已过，没有交给通道"),
    "delivered": _("送达"), "undelivered": _("没有送达"), "failed": _("没有送达"), "received": _("收到"),
    "read_by_us": _("系统读过"), "sent": _("通道已发出"), "queued": _("通道排队中"),
}  # fmt: skip
ASKED = ("way", "outcome", "who", "day")
NO_DAY = _("不是日期，应写成 2026-12-18")


def add(console: Console) -> None:
    @console.get("/messages", Need("messages"), Takes((*ASKED, "after")))
    def messages(ask: Ask) -> Response:
        said = ask.request.query_params
        asked = {name: said.get(name, "").strip() for name in ASKED}
        asked["who"] = searched.said(ask, asked["who"])[:LONGEST_WHO]
        day, wrong = _day(asked["day"])
        wanted = TextsWanted(
            areas=ask.scope("messages"), way=_one_of(asked["way"], WAYS), outcome=_outcome(asked["outcome"]),
            who=asked["who"], since=day, until=day and day + timedelta(days=1),
            after=_key(said.get("after", "")), limit=PAGE,
        )  # fmt: skip
        ask.seen("messages", "")
        shown = ask.doors.messages.page(wanted)
        people = ask.doors.people.names({id_ for line in shown.lines for id_ in line.persons})
        return ask.page(
            "messages.html", 422 if wrong else 200, shown=shown, people=people, asked=asked, wrong=wrong,
            filtered=any(asked.values()), first=wanted.after is None, filters=FILTERED, path_of=path_of,
            later=_address(ask, asked, after=f"{shown.after.at.isoformat()}~{shown.after.id}") if shown.after else "",
            newest=_address(ask, asked), **_words(),
        )  # fmt: skip

    @console.post("/messages", Need("messages"), Takes(fields=ASKED))
    def search(ask: Ask) -> Response:
        """To the page of what was found, whose address does not tell whom somebody looked for."""
        return ask.go(_address(ask, {name: str(ask.form.get(name, "")).strip()[:LONGEST_WHO] for name in ASKED}))

    @console.get("/messages/{text_id:path}", Need("messages"))
    def message(ask: Ask, text_id: str) -> Response:
        areas = ask.scope("messages")
        found = ask.doors.messages.text(text_id, areas)
        if found is None:
            raise TurnedAway(404, "not_here")
        ask.seen("messages", text_id)
        elders = {cause.elder_id for cause in found.causes if cause.elder_id}
        people = ask.doors.people.names({*found.line.persons, *elders})
        items = [id_ for id_ in found.items if ask.may("item_show") and ask.doors.items.on_list(ask.staff_id, id_)]
        return ask.page(
            "message.html", found=found, done=DONE, line=found.line, people=people, items=items, steps=STEPS,
            letters=LETTERS,
            cause_path=partial(_cause_path, ask), quoted=partial(quote, safe=""), **_words(),
        )  # fmt: skip


def path_of(text_id: str) -> str:
    return f"/messages/{quote(text_id, safe='~')}"


def purpose(template: str) -> str:
    return PURPOSES.get(template.partition("_")[0], ANSWER)


def _words() -> Mapping[str, Any]:
    return {"ways": WAYS, "outcomes": OUTCOMES, "looks": LOOKS, "hidden": HIDDEN, "purpose": purpose}


def _cause_path(ask: Ask, cause: TextCause) -> str:
    """Where what it is about is dealt with; empty where the reader may not open it."""
    if cause.pay_list is not None and ask.may("pay_show"):
        _county, month, _stage = cause.pay_list.split("/")
        return f"/pay/{month}"
    if cause.elder_id is None or not ask.may("case_show"):
        return ""
    elder = f"/elders/{cause.elder_id}"
    if cause.escalation_id is not None:
        return work.escalation_path(cause.elder_id, cause.escalation_id)
    if cause.stage is not None:
        return f"{elder}/assessment"
    if cause.claim is not None:
        return f"{elder}/benefits"
    return elder


def _one_of(said: str, known: Mapping[Way, str]) -> Way | None:
    return next((way for way in known if way == said), None)


def _outcome(said: str) -> Outcome | None:
    return next((one for one in FILTERED if one == said), None)


def _day(said: str) -> tuple[datetime | None, str]:
    """The beginning of that day; and what is wrong with it."""
    if not said:
        return None, ""
    try:
        return instant(day_of(said)), ""
    except ValueError:
        return None, NO_DAY


def _key(said: str) -> TextKey | None:
    at, _tilde, id_ = said.partition("~")
    moment = key_moment(at)
    return TextKey(moment, id_) if moment is not None and id_ else None


def _address(ask: Ask, asked: Mapping[str, str], **more: str) -> str:
    said = {name: value for name, value in {**asked, **more, "who": searched.held(ask, asked["who"])}.items() if value}
    return f"/messages?{urlencode(said)}" if said else "/messages"
