"""How a service coupon stands, as `starter.py benefit show` tells it: this month's ceiling, and the bills of a year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from decisions.benefit_wording import yuan
from decisions.closed_words import SERVICE_PLACES as PLACES

BEYOND = "超出资格期使用"


def coupon_in_words(of: dict[str, Any]) -> Iterator[str]:
    month = f"{of['month']:%Y-%m}"
    if not of["given"]:
        yield f"{month}没有额度"
    elif of["ceiling_fen"] is None:
        yield f"{month}额度未定"
    else:
        yield f"{month}额度{yuan(of['ceiling_fen'])}，已用{yuan(of['used_fen'])}，还剩{yuan(of['left_fen'])}"
    for use in of["uses"]:
        marked = "，已撤销" if use["taken_back_by"] else f"，{BEYOND}" if use["beyond"] else ""
        where = PLACES.get(use["place"], use["place"])
        bill = f"{use['on']} 账单 {use['bill']}（{where}，{yuan(use['bill_fen'])}）"
        yield f"{bill}抵扣{yuan(use['paid_fen'])}，由 {use['recorded_by']} 登记{marked}"


def paid_in_words(use: dict[str, Any]) -> str:
    """按50%抵扣300.00元，本人付300.00元；2026-03还剩500.00元"""
    share = use["bill_fen"] * use["percent"] // 100
    paid, month = yuan(use["paid_fen"]), f"{use['month']:%Y-%m}"
    by = f"按{use['percent']}%抵扣{paid}"
    if use["paid_fen"] < share:
        by = f"按{use['percent']}%应抵扣{yuan(share)}，{month}的额度只剩{paid}，抵扣{paid}"
    own = yuan(use["bill_fen"] - use["paid_fen"])
    return f"{by}，本人付{own}；{month}还剩{yuan(use['left_fen'])}"
