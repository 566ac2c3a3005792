"""The visitor's pages: one visit behind its link, and the door where a code is typed in. Small, and without a script.

The link is all that is asked for, so there is no session, no cookie and nothing another site could send in somebody's
name without knowing it. What it may do is asked of the store each time.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from decisions.deadlines import civil_day
from models.accounts import TurnedAway, Why
from models.values import Checks, Finding, Method, Need, VisitResult
from models.visiting import Beside, Left, Position, TaskShown, Ticked
from post.visitor import Came
from web.console.fields import Field, Kind
from web.doors import ConsoleDoors
from web.language import COOKIE, _, chosen
from web.openapi import Takes, answers, told
from web.pages import render, said_moment
from web.security import client_of
from web.visitor.sent import Sent, form_of

LONGEST_NOTE = 1000
BACK_DAYS = 3  # as by text; what a case does not take, it says
A_MOMENT = timedelta(seconds=1)
BY_PHONE = "reached_by_phone"
RESULTS = {**{one.value: one.value for one in VisitResult}, BY_PHONE: VisitResult.WELL.value}
"""What may be ticked, and what it says happened at the door."""
CHECKS: Mapping[str, str] = {
    "health": _("身体"), "economy": _("吃穿用钱"), "family": _("家人照看"), "safety": _("家里安全（水电火气）"),
    "services": _("生活服务"),
}  # fmt: skip
FINDINGS: Mapping[str, str] = {Finding.FINE: _("好"), Finding.CONCERN: _("有问题"), Finding.NOT_ASKED: _("没问到")}
NEEDS = tuple(need.value for need in Need if need is not Need.UNSPECIFIED)
DAYS = (_("今天"), _("昨天"), _("前天"), _("大前天"))
VISIT = "/v/{token}"
CODE = Takes(fields=("code",))
REPORT = Takes(
    fields=(
        Field("result", "result", Kind.CHOICE, required=True, options={one: one for one in RESULTS}),
        Field("on", "on", Kind.DAY), Field("need", "need", Kind.CHOICES, options={one: one for one in NEEDS}),
        Field("danger", "danger", Kind.FLAG), Field("note", "note", Kind.WORDS), "form",
        *(Field(f"check_{name}", name, Kind.CHOICE, options=FINDINGS) for name in CHECKS),
    )
)  # fmt: skip
TICK_ONE = _("请选一个：平安、没见到、要帮忙、去不了。")
CONTRADICTED = _("您选了没见到或去不了，下面又选了看到的情况。请改成一致的，再送一次。")
NOT_READ = _("这张表没有收到，请再送一次。")
WRONG_CODE = _("这个编码打不开。请对着纸条再输一次；过了期的编码也打不开。")
WAIT = _("试得太多了，请稍后再试。可以再试的时间：")


LEFT: Mapping[Left, str] = {
    Left.NOT_AGREED: _("照片和位置没有留下：没有勾选老人同意。"),
    Left.NOT_SEEN: _("照片和位置没有留下：没有当面见到老人。"),
    Left.TOO_LARGE: _("照片没有留下：太大了，最多 8 MB。"),
    Left.HEIC: _(
        "照片没有留下：手机把它存成了 HEIC 格式，这里打不开。可以截一张屏再附上；"
        "要常附照片，请在相机设置里把格式改成“兼容性最佳”（JPEG）。"
    ),
    Left.NO_PHOTO: _("照片没有留下：打不开，请用手机直接拍的照片。"),
}  # fmt: skip


class Form(NamedTuple):
    """`ticked` None: `wrong` says why. `typed`: what stood in the form, to be shown again."""

    ticked: Ticked | None
    words: str
    form_id: str
    typed: Mapping[str, Any]
    wrong: str = ""


def router(doors: ConsoleDoors) -> APIRouter:
    routes = APIRouter(responses=answers(200, 303, 410, 413, 422, 429))
    desk = doors.visitor

    @routes.get("/v", openapi_extra=told("/v", session=False))
    async def code_page(request: Request) -> Response:
        return _page(request, "code.html", said="", code="")

    @routes.post("/v", openapi_extra=told("/v", CODE, form=True, token=False, session=False))
    async def code(request: Request) -> Response:
        said = (await form_of(request)).fields.get("code", [""])[0][:40]
        path = await asyncio.to_thread(desk.typed, said, client_of(request))
        if not isinstance(path, TurnedAway):
            return RedirectResponse(path, HTTPStatus.SEE_OTHER)
        if path.why is Why.WAIT:
            until = said_moment(path.until, _language(request))
            return _page(request, "code.html", 429, said=WAIT, until=until, code=said)
        return _page(request, "code.html", 422, said=WRONG_CODE, code=said)

    @routes.get(VISIT, openapi_extra=told(VISIT, session=False))
    async def visit(request: Request, token: str) -> Response:
        shown = await asyncio.to_thread(desk.opened, token)
        if shown is None:
            return _gone(request)
        return _visit(request, shown, _blank(shown), doors)

    @routes.post(VISIT, openapi_extra=told(VISIT, REPORT, form=True, token=False, session=False))
    async def reported(request: Request, token: str) -> Response:
        ours = await asyncio.to_thread(desk.knows, token)
        sent = await form_of(request, photos=ours)
        form = _read(sent.fields, doors)
        answer = None
        if form.ticked is not None:
            answer = await desk.told(token, form.ticked, form.words, form.form_id, _beside(sent))
        if answer is None or answer.came is Came.CONTRADICTED:
            shown = await asyncio.to_thread(desk.opened, token)
            if shown is None:
                return _gone(request)
            return _visit(request, shown, form.typed, doors, form.wrong or CONTRADICTED, 422)
        if answer.came is Came.GONE:
            return _gone(request)
        left = LEFT[answer.left] if answer.left else ""
        return _page(request, "told.html", told=answer, ticked=form.ticked, path=request.url.path, left=left)

    return routes


def _gone(request: Request) -> Response:
    return _page(request, "gone.html", HTTPStatus.GONE, sent=request.method == "POST")


def _visit(
    request: Request,
    shown: TaskShown,
    typed: Mapping[str, Any],
    doors: ConsoleDoors,
    wrong: str = "",
    status: int = 200,
) -> Response:
    today = civil_day(doors.now())
    begun = civil_day(shown.starts_at)
    days = {(today - timedelta(days=n)).isoformat(): said for n, said in enumerate(DAYS)}
    results = [*(one.value for one in VisitResult), *([BY_PHONE] if shown.calls else [])]
    return _page(
        request, "visit.html", status, shown=shown, typed=typed, wrong=wrong, results=results,
        due_on=civil_day(shown.due_at - A_MOMENT), over=shown.due_at < doors.now(),
        days={day: said for day, said in days.items() if day >= begun.isoformat()},
        checks=CHECKS, findings=FINDINGS, needs=NEEDS, form_id=secrets.token_urlsafe(9), longest=LONGEST_NOTE,
    )  # fmt: skip


def _blank(shown: TaskShown) -> dict[str, Any]:
    return {"result": shown.result.value if shown.result else "", "on": "", "needs": (), "danger": False, "note": ""}


def _read(said: Mapping[str, list[str]], doors: ConsoleDoors) -> Form:
    def one(name: str) -> str:
        return said.get(name, [""])[0].strip()

    words = one("note").replace("\r\n", "\n")[:LONGEST_NOTE]
    needs = tuple(need for need in NEEDS if need in said.get("need", []))
    findings = {name: one(f"check_{name}") for name in CHECKS}
    typed = {"result": one("result"), "on": one("on"), "needs": needs, "danger": bool(one("danger")), "note": words}
    typed |= {f"check_{name}": finding for name, finding in findings.items()}
    typed |= {"agreed": bool(one("agreed")), "position": one("position")[:60]}
    form = Form(None, words, one("form")[:40], typed)
    if typed["result"] not in RESULTS:
        return form._replace(wrong=TICK_ONE)
    try:
        ticked = Ticked.model_validate(
            {
                "result": RESULTS[typed["result"]],
                "method": Method.PHONE if typed["result"] == BY_PHONE else Method.HOME,
                "visited_on": typed["on"] or civil_day(doors.now()), "needs": needs, "danger": typed["danger"],
                "checks": Checks.model_validate({name: finding for name, finding in findings.items() if finding}),
            }
        )  # fmt: skip
    except ValueError:
        return form._replace(wrong=NOT_READ)
    return form._replace(ticked=ticked)


def _beside(sent: Sent) -> Beside:
    """A position that is none is not there: no visitor has typed it."""
    said = sent.fields.get("position", [""])[0].split(",")
    try:
        latitude, longitude, accuracy = (float(one) for one in said)
        where = Position(latitude=latitude, longitude=longitude, accuracy_m=ceil(accuracy))
    except (ValueError, OverflowError):
        where = None
    return Beside(bool(sent.fields.get("agreed")), sent.photo, sent.too_large, where)


def _language(request: Request) -> str:
    return chosen(request.cookies.get(COOKIE))


def _page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(render(f"visitor/{template}", _language(request), {"until": "", **values}), status)
