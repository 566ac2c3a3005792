"""How a service coupon stands, as `starter.py benefit show` tells it: this month's ceiling, and the bills of a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from decisions import coupon
from decisions.benefit_time import month_of
from decisions.benefit_wording import yuan
from decisions.claim_state import Holding, State
from models.benefits import BenefitKind
from policies.benefit_tables import PLACES

BEYOND = "超出资格期使用"


def coupon_data(state: State, holding: Holding, rows: Sequence[Row[Any]], today: date) -> dict[str, Any] | None:
    """`rows`: all bills of the elder. None: it is money. `beyond`: of a month or day it is not given for any more."""
    if holding.terms.kind is not BenefitKind.COUPON:
        return None
    month = month_of(today)
    given = holding.gives(month)
    ceiling = given.fen if given else None
    return {
        "month": month, "given": given is not None, "ceiling_fen": ceiling,
        "used_fen": sum(each.paid_fen for each in holding.used if month_of(each.on) == month),
        "left_fen": None if ceiling is None else coupon.left(ceiling, month, holding.used),
        "uses": [
            use_data(row) | {"beyond": row.taken_back_at is None and _is_beyond(state, holding, row)}
            for row in rows if row.code == holding.code
        ],
    }  # fmt: skip


def use_data(row: Row[Any]) -> dict[str, Any]:
    columns = ("bill", "month", "on", "place", "percent", "bill_fen", "paid_fen", "left_fen", "recorded_by")
    return {name: getattr(row, name) for name in columns} | {"taken_back_by": row.taken_back_by}


def _is_beyond(state: State, holding: Holding, row: Row[Any]) -> bool:
    return holding.gives(row.month) is None or (state.died_on is not None and row.on > state.died_on)


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
