"""The receipt of a decision: as a page to print, as data, and as PDF."""

from __future__ import annotations

import re

from starlette.responses import Response

from models.ids import ASSESSMENT, BENEFIT, assessment_stream, benefit_stream
from models.receipts import NoFont, NoReceipt, Receipt
from web.console.ask import Ask, TurnedAway
from web.console.need import About, Need
from web.console.router import Console
from web.language import _

BASE = "/elders/{elder_id}/receipts/{of}/{seq}"
STREAMS = {BENEFIT: benefit_stream, ASSESSMENT: assessment_stream}
PAGES = {BENEFIT: "benefits", ASSESSMENT: "assessment"}
CALLED = {BENEFIT: _("待遇"), ASSESSMENT: _("能力评估")}
NO_RECEIPT = _("没有这份告知书")


def add(console: Console) -> None:
    need = Need("receipt", About.ELDER, reason=True)

    @console.get(BASE, need)
    def page(ask: Ask, elder_id: str, of: str, seq: str) -> Response:
        try:
            receipt = _receipt(ask, elder_id, of, seq)
        except NoReceipt as none:
            return _none(ask, elder_id, of, none.why)
        here = f"/elders/{elder_id}/receipts/{of}/{seq}"
        back = _back(elder_id, of)
        return ask.page("receipt.html", receipt=receipt, here=here, back=back, back_to=CALLED[of])

    @console.get(f"{BASE}/json", need)
    def data(ask: Ask, elder_id: str, of: str, seq: str) -> Response:
        try:
            receipt = _receipt(ask, elder_id, of, seq)
        except NoReceipt as none:
            return _none(ask, elder_id, of, none.why)
        return Response(receipt.model_dump_json(), media_type="application/json")

    @console.get(f"{BASE}/pdf", need)
    def pdf(ask: Ask, elder_id: str, of: str, seq: str) -> Response:
        try:
            made = ask.doors.benefits.receipts.pdf(_receipt(ask, elder_id, of, seq))
        except NoReceipt as none:
            return _none(ask, elder_id, of, none.why)
        except NoFont:
            return _none(ask, elder_id, of, _("这台机器没有中文字体，不能做 PDF，请管理员安装；网页可以直接打印"))
        named = {"Content-Disposition": f'attachment; filename="receipt-{of}-{seq}.pdf"'}
        return Response(made, media_type="application/pdf", headers=named)


def _receipt(ask: Ask, elder_id: str, of: str, seq: str) -> Receipt:
    """Read, which is kept first. Raises NoReceipt."""
    if of not in STREAMS or not re.fullmatch(r"[1-9]\d{0,8}", seq, re.ASCII):
        raise TurnedAway(404, "not_here")
    ask.seen("receipt", elder_id)
    return ask.doors.benefits.receipts.of(STREAMS[of](elder_id), int(seq))


def _back(elder_id: str, of: str) -> str:
    return f"/elders/{elder_id}/{PAGES[of]}"


def _none(ask: Ask, elder_id: str, of: str, why: str) -> Response:
    return ask.page("not_now.html", 409, title=NO_RECEIPT, said=why, back=_back(elder_id, of))
