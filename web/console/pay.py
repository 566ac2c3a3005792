"""A county's months: each list with its sums and lines, as a sheet, and a sheet held against it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from decisions.closed_words import LINE_KINDS
from decisions.words import LIST_STATES
from models.errors import Refusal
from models.payments import NotAPayList, PayLine
from post.desk import Refused
from projections import read_payments
from web.console import pay_steps
from web.console.ask import Ask, TurnedAway
from web.console.fields import whole
from web.console.need import Need
from web.console.pay_steps import county_of, month_in, told_of
from web.console.router import Console
from web.console.steps import add as add_step
from web.console.steps import not_now
from web.language import _
from web.openapi import Takes

A_PAGE = 100
MOST_BYTES = 64 * 1024 * 1024
OF_A_LIST = ("after", "township", "recount", "done", "county")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORT, VERIFY = _("导出名单"), _("核验名单")
NO_FILE = _("请选一个导出的 .xlsx 文件")
NOT_OURS = _("这个文件不是这里导出的名单")
TOO_BIG = _("文件太大，不是这里导出的名单")


def add(console: Console) -> None:
    _months(console)
    _sheet(console)
    for step in pay_steps.STEPS:
        add_step(console, step)


def _months(console: Console) -> None:
    @console.get("/pay", Need("pay_show"), Takes(query=("county",)))
    def months(ask: Ask) -> Response:
        ask.seen("pay_show", "last")
        county, within = county_of(ask, "pay_show")
        with ask.doors.reading() as connection:
            rows = read_payments.lists_of(connection, county)
            due_at = read_payments.due_of(connection, county)
        others = [one for one in pay_steps.counties_of(ask, "pay_show") if one != county]
        return ask.page(
            "pay.html", rows=[*reversed(rows)], whole=within is None, due_at=due_at, states=LIST_STATES, at=_at(ask),
            may_export=ask.may_in("pay_export", county), county=county, others=others,
            called=ask.doors.people.areas({county, *others}) if others else {},
        )  # fmt: skip

    @console.get("/pay/verify", Need("pay_export"), Takes(query=("county",)))
    def verify(ask: Ask) -> Response:
        return ask.page("pay_verify.html", wrong=None, said="", month=None, at=_at(ask))

    @console.post("/pay/verify", Need("pay_export"), Takes(query=("county",), files=("file",)))
    async def verified(ask: Ask) -> Response:
        file = ask.form.get("file")
        content = await file.read(MOST_BYTES + 1) if isinstance(file, UploadFile) else b""
        return await asyncio.to_thread(_verified, ask, content)

    @console.get("/pay/{month}", Need("pay_show"), Takes(query=OF_A_LIST))
    def one(ask: Ask, month: str) -> Response:
        return _list(ask, month, "pay_month.html", only_adjustments=False)

    @console.get("/pay/{month}/adjustments", Need("pay_show"), Takes(query=OF_A_LIST))
    def adjustments(ask: Ask, month: str) -> Response:
        return _list(ask, month, "pay_adjustments.html", only_adjustments=True)


def _list(ask: Ask, month: str, template: str, *, only_adjustments: bool) -> Response:
    of = month_in(month)
    ask.seen("pay_show", month)
    try:
        county, within, told = told_of(ask, "pay_show", of)
    except Refused as refused:
        return not_now(ask, _("发放名单"), refused.refusal, _at(ask)("/pay"))
    said = ask.request.query_params
    after = whole(said.get("after", ""), -1)
    township = "" if only_adjustments else said.get("township", "")
    with ask.doors.reading() as connection:
        page = read_payments.page_of(
            connection, told["sha256"], within, after, A_PAGE + 1, township, adjusted=only_adjustments
        )
    lines, words = page[:A_PAGE], ask.doors.benefits.pay_words(county)
    ids = {id_ for _seq, line in lines for id_ in (line.township_id, line.village_id)}
    filters = {"township": township} if township else {}
    unlike = None
    if said.get("recount") and told["whole"]:
        unlike = ask.doors.benefits.unlike(county, told["sha256"], of)
    return ask.page(
        template, list=told, month=month, of=of, lines=[_line(line, words) for _seq, line in lines],
        people=pay_steps.people_of(ask, told, *(line.elder_id for _seq, line in lines)),
        places=ask.doors.people.areas(ids),
        township=township, unlike=unlike, kinds=LINE_KINDS, states=LIST_STATES, done=said.get("done"),
        steps=pay_steps.offered(ask, month, told["state"], county), may_export=ask.may_in("pay_export", county),
        more=_at(ask)("", **filters, after=lines[-1][0]) if len(page) > A_PAGE else "", at=_at(ask),
        county=said.get("county", ""),
    )  # fmt: skip


def _at(ask: Ask) -> Callable[..., str]:
    return partial(pay_steps.address, ask)


def _line(line: PayLine, words: Any) -> dict[str, Any]:
    return line.model_dump() | {"benefit": words.benefit(line), "why": words.why(line)}


# --- as a sheet ------------------------------------------------------------------------------------------------------


def _kept(ask: Ask, month: date) -> tuple[Any, tuple[PayLine, ...]]:
    """The list's row, and all its lines. Raises Refused."""
    county, within = county_of(ask, "pay_export")
    if within is not None:  # a sheet holds all of it
        raise TurnedAway(404, "not_here")
    with ask.doors.reading() as connection:
        row = read_payments.list_of(connection, county, month)
        if row is None:
            raise Refused(Refusal.NO_SUCH_LIST)
        return row, read_payments.lines_of(connection, row.sha256)


def _sheet(console: Console) -> None:
    @console.get("/pay/{month}/sheet", Need("pay_export"), Takes(query=("county",)))
    def sheet(ask: Ask, month: str) -> Response:
        of, sheets = month_in(month), ask.doors.benefits.sheets
        try:
            row, lines = _kept(ask, of)
            cannot = sheets.cannot(row, lines)
            if cannot is not None:
                raise Refused(cannot)
        except Refused as refused:
            return not_now(ask, EXPORT, refused.refusal, _at(ask)("/pay"))
        ask.seen("pay_export", month, f"export {row.state} {row.sha256[:8]} {len(lines)}")
        made = sheets.book(row, lines, ask.staff_id, ask.now)
        named = {"Content-Disposition": f'attachment; filename="pay-{month}-{row.sha256[:8]}.xlsx"'}
        return Response(made, media_type=XLSX, headers=named)


def _verified(ask: Ask, content: bytes) -> Response:
    sheets, said = ask.doors.benefits.sheets, ""
    if not content:
        said = NO_FILE
    elif len(content) > MOST_BYTES:
        said = TOO_BIG
    else:
        try:
            month = sheets.month_in(content)
            ask.seen("pay_verify", f"{month:%Y-%m}")
            row, lines = _kept(ask, month)
            wrong, cells = sheets.wrong(content, row, lines), sheets.wrong_cells(content, row, lines)
            return ask.page("pay_verify.html", wrong=wrong, cells=cells, said="", month=month, row=row,
                            states=LIST_STATES, at=_at(ask))  # fmt: skip
        except NotAPayList:
            said = NOT_OURS
        except Refused as refused:
            return not_now(ask, VERIFY, refused.refusal, _at(ask)("/pay/verify"))
    return ask.page("pay_verify.html", 422, wrong=None, said=said, month=None, at=_at(ask))
