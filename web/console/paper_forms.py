"""A village's month of paper forms on one screen: a row per elder, each handed in as one report and answered by itself.

What was refused stays as it was typed, with why beside it; what was recorded or kept is gone from the fields. The same
form sent twice is one visit (`post.forms.PaperForm.key`).
"""

from __future__ import annotations

import asyncio
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from starlette.datastructures import FormData
from starlette.responses import Response

from decisions.deadlines import civil_day, instant
from models.errors import REFUSAL_WORDS, Refusal, Unfit
from models.messages import Reply
from models.shown import PersonShown
from models.values import Checks, Finding, Method, VisitResult
from post.desk import LATER, Refused, Unknown
from post.forms import PaperForm, begun, hand_in, why_not
from projections import read_people
from web.console.ask import Ask, TurnedAway
from web.console.fields import day
from web.console.need import Need
from web.console.router import Console
from web.language import _
from web.openapi import Takes

ON_A_PAGE = 60
AT_ONCE = 16  # a village does not wait for one elder whose case cannot answer
RESULTS: Mapping[str, str] = {
    VisitResult.WELL: _("1 平安"), VisitResult.NOT_SEEN: _("2 没见到"), VisitResult.NEEDS_HELP: _("3 要帮忙"),
}  # fmt: skip
CHECKS: Mapping[str, str] = {
    "health": _("健康"), "economy": _("经济"), "family": _("家庭"), "safety": _("安全"), "services": _("服务"),
}  # fmt: skip
FINDINGS: Mapping[str, str] = {Finding.FINE: _("1 好"), Finding.CONCERN: _("2 有问题")}
METHODS: Mapping[str, str] = {
    Method.HOME: _("上门"), Method.PHONE: _("电话"), Method.VIDEO: _("视频"), Method.GROUP: _("小组"),
}  # fmt: skip
FIELDS = ("on", "visitor", "result", *CHECKS)
ENTERED = Takes(fields=("village", "month", "after", "reason", "method"), rows=tuple(f"{one}-" for one in FIELDS))
NO_DAY, NOT_A_DAY = _("还没有填哪天"), _("不是这个月里的一天，填几号就行，如 18")
NO_RESULT, NOT_OFFERED = _("还没有选结果"), _("不是可选的一项")
NO_VISITOR = _("还没有填谁去的")
CAN_GO_WRONG = _("这一行没有送到，请再送一次")
LATE_REASON = _("补录的原因：")


class Sheet(NamedTuple):
    """One page of a village's month. `visitors`: what may be typed as who went → the id."""

    village: Any
    first: date
    last: date
    elders: list[str]
    more: bool
    names: Mapping[str, PersonShown]
    paired: Mapping[str, list[Any]]
    seen: Mapping[str, list[Any]]
    visitors: Mapping[str, str]
    labels: Mapping[str, str]


class Line(NamedTuple):
    """A row as it is shown. `came`: recorded, later, refused, or nothing was handed in."""

    elder_id: str
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = {}
    came: str = ""


def add(console: Console) -> None:
    @console.get("/forms", Need("report_visit"), Takes(query=("village", "month", "after")))
    def forms(ask: Ask) -> Response:
        return _shown(ask, _sheet(ask, ask.request.query_params), None, "", None, 200)

    @console.post("/forms", Need("report_visit"), ENTERED)
    async def entered(ask: Ask) -> Response:
        given = {name: value for name, value in ask.form.items() if isinstance(value, str)}
        sheet = await asyncio.to_thread(_sheet, ask, given)
        if sheet is None:
            return await asyncio.to_thread(_shown, ask, None, None, "", None, 422)
        reason, method = given.get("reason", "").strip()[:200], given.get("method", "")
        turn = asyncio.Semaphore(AT_ONCE)
        lines = await asyncio.gather(
            *(_one(ask, sheet, elder, _typed(elder, ask.form), method, reason, turn) for elder in sheet.elders)
        )
        again = await asyncio.to_thread(_sheet, ask, given)  # with what is on record now
        refused = any(line.came == "refused" for line in lines)
        return await asyncio.to_thread(
            _shown, ask, again, lines, reason, method, 422 if refused else 200
        )  # fmt: skip


# --- what the sheet is -----------------------------------------------------------------------------------------------


def _sheet(ask: Ask, asked: Mapping[str, str]) -> Sheet | None:
    """None: no village is named. Raises TurnedAway for one that is not theirs."""
    village_id = asked.get("village")
    if not village_id:
        return None
    today = civil_day(ask.now)
    first = _month(asked.get("month"), today)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    with ask.doors.reading() as connection:
        villages = read_people.villages(connection, ask.scope("report_visit"), today)
        village = next((one for one in villages if one.id == village_id), None)
        if village is None:
            raise TurnedAway(404, "not_here")
        since = instant(first)
        found = read_people.cases_of_village(connection, village_id, since, asked.get("after", ""), ON_A_PAGE + 1)
        elders = [row.elder_id for row in found][:ON_A_PAGE]
        paired = read_people.paired_with(connection, elders, today)
        seen = read_people.seen_between(connection, elders, first, last)
        went = read_people.who_may_have_gone(connection, village_id, village.township_id)
    persons = list(dict.fromkeys([ask.staff_id, *(row.volunteer_id for row in paired), *went]))
    more = {row.visitor_id for row in seen if row.visitor_id}
    names = ask.doors.people.names({*elders, *persons, *more})
    labels = _labels([names[one] for one in persons if one in names])
    return Sheet(
        village, first, last, elders, len(found) > ON_A_PAGE, names, _by_elder(paired), _by_elder(seen),
        {label: id_ for id_, label in labels.items()}, labels,
    )  # fmt: skip


def _month(said: str | None, today: date) -> date:
    """The first of the month that is asked for, or of this one."""
    try:
        return min(day(f"{said}-01"), today.replace(day=1))
    except ValueError:
        return today.replace(day=1)


def _by_elder(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.elder_id, []).append(row)
    return found


def _labels(persons: Collection[PersonShown]) -> dict[str, str]:
    """By id: the name, or where two share it the name with the last four of the phone, as the paper sheet has it."""
    names = [person.name for person in persons]
    labels: dict[str, str] = {}
    for person in persons:
        label = person.name if names.count(person.name) == 1 else f"{person.name}{(person.phone or '')[-4:]}"
        labels[person.id] = label if label not in labels.values() else person.id
    return labels


def _typed(elder: str, form: FormData) -> dict[str, str]:
    return {field: str(form.get(f"{field}-{elder}", "")).strip()[:80] for field in FIELDS}


def _blank(sheet: Sheet, elder: str) -> dict[str, str]:
    """Who is paired stands there already."""
    first = next(iter(sheet.paired.get(elder, ())), None)
    return dict.fromkeys(FIELDS, "") | {"visitor": sheet.labels.get(first.volunteer_id, "") if first else ""}


# --- one row ---------------------------------------------------------------------------------------------------------


async def _one(
    ask: Ask, sheet: Sheet, elder: str, typed: dict[str, str], method: str, reason: str, turn: asyncio.Semaphore
) -> Line:  # fmt: skip
    if not any(said for field, said in typed.items() if field != "visitor"):
        return Line(elder, typed if typed["visitor"] else _blank(sheet, elder))
    form, wrong = _read(sheet, elder, typed, method)
    if form is None:
        return Line(elder, typed, wrong, "refused")
    async with turn:
        try:
            came = await _hand_in(ask, form, reason)
        except Exception:  # noqa: BLE001 — one row that could not be kept says so; the others are answered all the same
            came = "result", CAN_GO_WRONG
    if isinstance(came, tuple):
        return Line(elder, typed, dict([came]), "refused")
    return Line(elder, _blank(sheet, elder), {}, came)


def _read(
    sheet: Sheet, elder: str, typed: Mapping[str, str], method: str
) -> tuple[PaperForm | None, dict[str, str]]:  # fmt: skip
    """The form, or by field why it is none."""
    wrong: dict[str, str] = {}
    day = _day(typed["on"], sheet.first)
    if day is None:
        wrong["on"] = NOT_A_DAY if typed["on"] else NO_DAY
    if typed["result"] not in RESULTS:
        wrong["result"] = NOT_OFFERED if typed["result"] else NO_RESULT
    if not typed["visitor"]:
        wrong["visitor"] = NO_VISITOR
    wrong |= {check: NOT_OFFERED for check in CHECKS if typed[check] and typed[check] not in FINDINGS}
    if wrong or day is None:
        return None, wrong
    checks = Checks.model_validate({check: typed[check] or Finding.NOT_ASKED for check in CHECKS})
    went = sheet.visitors.get(typed["visitor"], typed["visitor"])
    how = Method(method) if method in METHODS else Method.HOME
    return PaperForm(elder, day, VisitResult(typed["result"]), went, how, checks), {}


def _day(said: str, first: date) -> date | None:
    """`18`, or the whole date, of that month."""
    try:
        day = first.replace(day=int(said)) if said.isdecimal() and len(said) < 3 else date.fromisoformat(said)
    except ValueError:
        return None
    return day if (day.year, day.month) == (first.year, first.month) else None


async def _hand_in(ask: Ask, form: PaperForm, reason: str) -> str | tuple[str, str]:
    """`recorded`, `later`, or the field and why."""
    unfit = await asyncio.to_thread(_unfit, ask, form.visitor_id)
    problem = why_not(form.visited_on, civil_day(ask.now), unfit, reason)
    if problem is not None:
        return {"visited_on": "on", "reason": "on", "visitor": "visitor"}[problem[0]], problem[1]
    counter, note = ask.doors.counter, LATE_REASON + reason if reason else None
    try:
        report = await asyncio.to_thread(begun, counter, ask.staff_id, form, note)
        reply: Reply = await hand_in(counter, report, form.elder_id)
    except Refused as refused:
        return "result", REFUSAL_WORDS[refused.refusal]
    except Unknown:
        return "result", REFUSAL_WORDS[Refusal.OTHER_TERRITORY]
    if reply.accepted:
        return "recorded"
    return LATER if reply.refusal == LATER else ("on", REFUSAL_WORDS[Refusal(reply.refusal)])


def _unfit(ask: Ask, person_id: str) -> Unfit | None:
    return ask.doors.fitness.as_visitor(person_id)


# --- how it is shown -------------------------------------------------------------------------------------------------


def _shown(
    ask: Ask, sheet: Sheet | None, lines: Sequence[Line] | None, reason: str, method: str | None, status: int
) -> Response:  # fmt: skip
    today = civil_day(ask.now)
    if sheet is None:
        with ask.doors.reading() as connection:
            villages = read_people.villages(connection, ask.scope("report_visit"), today)
        if len(villages) == 1 and status == 200:
            return ask.go(f"/forms?village={villages[0].id}")
        return ask.page("forms_village.html", status, villages=villages, month=f"{today:%Y-%m}")
    ask.seen("report_visit", sheet.village.id)
    shown = lines or [Line(elder, _blank(sheet, elder)) for elder in sheet.elders]
    came = [line.came for line in shown]
    return ask.page(
        "forms.html", status, sheet=sheet, lines=shown, month=f"{sheet.first:%Y-%m}", this_month=f"{today:%Y-%m}",
        reason=reason, method=method or Method.HOME.value, results=RESULTS, checks=CHECKS, findings=FINDINGS,
        methods=METHODS, came={word: came.count(word) for word in ("recorded", "later", "refused")},
        unseen=sum(elder not in sheet.seen for elder in sheet.elders), after=_after(ask),
        first_wrong=next((line.elder_id for line in shown if line.wrong), None),
    )  # fmt: skip


def _after(ask: Ask) -> str:
    held = ask.form.get("after") or ask.request.query_params.get("after", "")
    return held if isinstance(held, str) else ""
