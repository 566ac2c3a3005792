"""Scans: whom the register gives a reason to assess, or a benefit that nobody has asked for; then asked in steps.

So many at once, and the page says how far it is; nothing of it is held here, since what was asked is not found again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from starlette.responses import Response

from decisions.benefit_wording import STANDINGS, a_month
from decisions.closed_words import ASSESSED_BECAUSE
from decisions.deadlines import civil_day
from models.benefits import Standing
from models.messages import Reply
from post.desk import LATER, Refused
from web.console.ask import Ask
from web.console.case_steps import NOT_YET
from web.console.fields import Field, Filled, Kind, blank, read
from web.console.need import Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

SHOWN = 200
AT_ONCE = 40  # asked for by one request: a few seconds
TOGETHER = 8
MOST_DAYS = 3660
DAYS = _("往前看的天数须在 0 到 3660 之间")
COUNTED = tuple(Field(name, name, Kind.NUMBER) for name in ("asked", "later", "refused"))
AFTER = Field("after", "after")


class Scan(NamedTuple):
    """`find` raises Refused. `says`: why an elder was found, in words."""

    path: str
    action: str
    title: str
    intro: str
    fields: tuple[Field, ...]
    find: Callable[[Ask, dict[str, Any]], Sequence[Any]]
    take: Callable[[Ask, Any], Awaitable[Reply]]
    says: Callable[[Ask, Any], str]


class Came(NamedTuple):
    asked: int = 0
    later: int = 0
    refused: int = 0

    @property
    def handled(self) -> int:
        return self.asked + self.later + self.refused


def _to_assess(ask: Ask, values: dict[str, Any]) -> Sequence[Any]:
    return ask.doors.scans.assessments(ask.staff_id, values["on"], values["days"])


def _ask_assessment(ask: Ask, one: Any) -> Awaitable[Reply]:
    return ask.doors.scans.ask_assessment(ask.staff_id, one)


def _assessment_said(ask: Ask, one: Any) -> str:
    return f"{ask.say(ASSESSED_BECAUSE[one.trigger])} {one.on}"


def _to_give(ask: Ask, _values: dict[str, Any]) -> Sequence[Any]:
    return ask.doors.scans.benefits(ask.staff_id)


def _ask_benefits(ask: Ask, one: Any) -> Awaitable[Reply]:
    return ask.doors.scans.ask_benefits(ask.staff_id, one)


def _benefits_said(ask: Ask, one: Any) -> str:
    chosen = f"（{ask.say(STANDINGS[Standing.TO_CHOOSE])}）"
    return "；".join(
        f"{each.benefit.name} {a_month(each.benefit.kind, each.proposed.fen)}"
        + (chosen if each.proposed.standing is Standing.TO_CHOOSE else "")
        for each in one.found
    )


SCANS = (
    Scan(
        "/scans/assessments", "assessment_scan", _("主动响应：该评估的"),
        _("本人辖区内新满80周岁、新列低保或特困、新列失能或失智，而没有有效等级的。正在办理的、12个月内表示不愿意的不列。"),
        (
            Field("on", _("按哪一天的登记簿"), Kind.DAY, help=_("不写就是今天")),
            Field("days", _("往前看几天"), Kind.NUMBER, required=True, first="31"),
        ),
        _to_assess, _ask_assessment, _assessment_said,
    ),
    Scan(
        "/scans/benefits", "benefit_scan", _("主动发现：该享受的"),
        _("本人辖区内，按本月规定和已知情况符合条件、而没有申请也没有享受的。缺一项情况就不能判定的不列；不予批准的、本人不要的不再列。"),
        (), _to_give, _ask_benefits, _benefits_said,
    ),
)  # fmt: skip


def add(console: Console) -> None:
    for scan in SCANS:
        _add(console, scan)


def _add(console: Console, scan: Scan) -> None:
    @console.get(scan.path, Need(scan.action), Takes(("look", *(one.name for one in scan.fields))))
    def looked(ask: Ask) -> Response:
        said = ask.request.query_params
        if "look" not in said:
            return _page(ask, scan, blank(scan.fields), None)
        filled = _read(ask, scan, said)
        if filled.wrong:
            return _page(ask, scan, filled, None, status=422)
        return _page(ask, scan, filled, _found(ask, scan, filled.values))

    @console.post(scan.path, Need(scan.action), Takes(fields=(*scan.fields, *COUNTED, AFTER)))
    async def asked(ask: Ask) -> Response:
        filled = await asyncio.to_thread(_read, ask, scan, ask.form)
        if filled.wrong:
            return await asyncio.to_thread(_page, ask, scan, filled, None, status=422)
        before, after = read(COUNTED, ask.form).values, read([AFTER], ask.form).values.get("after") or ""
        found = await asyncio.to_thread(_found, ask, scan, filled.values)
        rest = [one for one in found if one.elder_id > after]
        came = await _take(ask, scan, rest[:AT_ONCE], Came(*(before.get(field.name) or 0 for field in COUNTED)))
        return await asyncio.to_thread(_page, ask, scan, filled, rest[AT_ONCE:], came, rest[:AT_ONCE])


def _read(ask: Ask, scan: Scan, form: Any) -> Filled:
    filled = read(scan.fields, form)
    on, days = filled.values.get("on"), filled.values.get("days")
    if on is not None and on > civil_day(ask.now):
        filled.wrong["on"] = NOT_YET
    if days is not None and not 0 <= days <= MOST_DAYS:
        filled.wrong["days"] = DAYS
    return filled


def _found(ask: Ask, scan: Scan, values: dict[str, Any]) -> list[Any]:
    return sorted(scan.find(ask, values), key=lambda one: one.elder_id)


async def _take(ask: Ask, scan: Scan, some: Sequence[Any], before: Came) -> Came:
    gate = asyncio.Semaphore(TOGETHER)

    async def one(found: Any) -> str:
        async with gate:
            try:
                reply = await scan.take(ask, found)
            except Refused:
                return "refused"
        return "asked" if reply.accepted else "later" if reply.refusal == LATER else "refused"

    words = await asyncio.gather(*map(one, some))
    return Came(*(held + words.count(name) for name, held in before._asdict().items()))


def _page(
    ask: Ask, scan: Scan, filled: Filled, found: Sequence[Any] | None, came: Came | None = None,
    taken: Sequence[Any] = (), status: int = 200,
) -> Response:  # fmt: skip
    """`found` None: nobody has looked yet. `came`: of those asked for so far; `found` is who is left then."""
    shown = (found or ())[:SHOWN]
    return ask.page(
        "scan.html", status, scan=scan, filled=filled, found=found, shown=shown, came=came,
        people=ask.doors.people.names([one.elder_id for one in shown]), says=partial(scan.says, ask),
        after=taken[-1].elder_id if taken else "", at_once=AT_ONCE,
    )  # fmt: skip
