"""What is known of a coupon beside its entitlement: the bills it was used for, and its ceiling in months that are over.

Only of coupons: a bill comes in after its month, and an amount of money is never asked for again.
"""

from __future__ import annotations

from datetime import date, datetime

from decisions.benefit_time import month_before, month_of
from decisions.claim_state import Holding
from decisions.coupon import kept_since
from decisions.deadlines import civil_day
from models.benefits import BenefitKind
from models.claims import Amount, Redemption
from models.events import CouponRedeemed, RedemptionTakenBack


def carried_on(old: Holding | None, to: Holding) -> Holding:
    """The holding of a later claim knows what became of the one before."""
    if old is None or old.terms.kind is not BenefitKind.COUPON:
        return to
    return to.model_copy(update={"used": old.used, "before": old.amounts})


def changed(of: Holding, from_month: date) -> tuple[Amount, ...]:
    """What it gave before another amount from that month on."""
    return _until(of, of.amounts, month_before(from_month)) if of.terms.kind is BenefitKind.COUPON else ()


def stopped(of: Holding, through: date) -> tuple[Amount, ...]:
    return _until(of, of.before, through)


def used_for(of: Holding, event: CouponRedeemed, at: datetime) -> tuple[Redemption, ...]:
    """With this bill, and without those of months of which none may come any more."""
    bill = Redemption(bill=event.bill, on=event.on, bill_fen=event.bill_fen, paid_fen=event.paid_fen)
    since = kept_since(civil_day(at))
    return tuple(each for each in (*of.used, bill) if month_of(each.on) >= since)


def without(of: Holding, event: RedemptionTakenBack) -> tuple[Redemption, ...]:
    return tuple(each for each in of.used if each.bill != event.bill)


def _until(of: Holding, amounts: tuple[Amount, ...], month: date) -> tuple[Amount, ...]:
    """Those of its own claim end with `month` at the latest: what would begin later is given in none."""
    ends = {"through": month}
    return tuple(
        each.model_copy(update=ends) if each.n == of.n and (each.through or month) >= month else each
        for each in amounts
    )  # fmt: skip
