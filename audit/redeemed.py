"""I8, of coupons: what a month's bills were paid is within the ceiling it had when each came in, and the table says so.

From the facts alone, like `audit.decided`: neither the state of the workflow nor its rules are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from audit.decided import Decided
from audit.store import COUPON_USES, Snapshot
from decisions.benefit_time import month_of
from models.events import CouponRedeemed, Recorded, RedemptionTakenBack


def bills_are_covered(held: Snapshot, elder: str, facts: Sequence[Recorded]) -> tuple[int, list[str]]:
    """How many bills were looked at, and what is not so."""
    decided = Decided()
    bills: dict[int, CouponRedeemed] = {}
    back: set[int] = set()
    wrong: list[str] = []
    for recorded in facts:
        match recorded.event:
            case CouponRedeemed() as event:
                wrong += _beyond(decided, event, (bills[seq] for seq in bills.keys() - back))
                bills[recorded.seq] = event
            case RedemptionTakenBack() as event:
                named = (event.code, event.bill, event.on)
                back |= {seq for seq, one in bills.items() if (one.code, one.bill, one.on) == named}
            case event:
                decided.hear(event)
    wrong += _unlike(held, elder, bills, back)
    return len(bills), [f"{elder} {what}" for what in wrong]


def _beyond(decided: Decided, event: CouponRedeemed, before: Iterable[CouponRedeemed]) -> Iterator[str]:
    month = month_of(event.on)
    mine = (one.paid_fen for one in before if (one.code, month_of(one.on)) == (event.code, month))
    paid, ceiling = event.paid_fen + sum(mine), decided.approved(event.code, month) or 0
    if paid > ceiling:
        yield f"{event.code} {month:%Y-%m}：账单共抵扣{paid}分，额度{ceiling}分"
    if not 0 <= event.paid_fen * 100 <= event.bill_fen * event.percent:
        yield f"{event.code} 账单{event.bill}：抵扣{event.paid_fen}分，多于{event.bill_fen}分的{event.percent}%"


def _unlike(held: Snapshot, elder: str, bills: dict[int, CouponRedeemed], back: set[int]) -> Iterator[str]:
    """The rows that a person is shown."""
    rows = {
        row.seq: (row.code, row.bill, row.month, row.paid_fen, row.taken_back_at is not None)
        for row in held.rows(COUPON_USES, COUPON_USES.c.elder_id == elder)
    }
    own = {seq: (one.code, one.bill, month_of(one.on), one.paid_fen, seq in back) for seq, one in bills.items()}
    for seq in sorted(rows.keys() | own.keys()):
        if rows.get(seq) != own.get(seq):
            yield f"第{seq}条的账单：台账是{_said(own.get(seq))}，账单表是{_said(rows.get(seq))}"


def _said(of: tuple[object, ...] | None) -> str:
    return "没有" if of is None else "/".join(str(each) for each in of[:4]) + ("（已撤销）" if of[4] else "")
