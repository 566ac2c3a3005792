"""The use of a service coupon, as bills come in: what it pays of each, and that one is taken back.

A use is a fact: what is decided later of the entitlement, or of another bill, changes nothing of it.
"""

from __future__ import annotations

from decisions.benefit_time import month_of
from decisions.claim_state import Holding, State
from decisions.coupon import left, oldest, redeem
from decisions.deadlines import civil_day
from decisions.draft import Draft
from models.benefits import Benefit, BenefitKind
from models.claim_messages import BenefitBriefing, RedeemCoupon, TakeBackRedemption
from models.errors import Refusal
from models.events import CouponRedeemed, RedemptionTakenBack
from models.values import CloseReason


def use(draft: Draft[State], message: RedeemCoupon, briefing: BenefitBriefing) -> None:
    """By the rules of the bill's month, and within the ceiling that is approved for it."""
    state, month, today = draft.state, month_of(message.on), civil_day(message.received_at)
    holding, benefit = state.holdings.get(message.code), _ruled(briefing, message.code)
    used = holding.used if holding else ()
    given = holding.gives(month) if holding else None
    percent = next((each.percent for each in benefit.offsets if each.place == message.at), None) if benefit else None
    if any(each.bill == message.bill for each in used):
        draft.refuse(Refusal.BILL_KNOWN)
    elif message.on > today:
        draft.refuse(Refusal.IN_THE_FUTURE)
    elif month < oldest(today):
        draft.refuse(Refusal.BILL_TOO_OLD)
    elif not _is_coupon(holding, benefit):
        draft.refuse(Refusal.NOT_A_COUPON)
    elif _is_held(state, holding, briefing):
        draft.refuse(Refusal.PAYMENT_HELD)
    elif state.died_on is not None and message.on > state.died_on:
        draft.refuse(Refusal.BILL_AFTER_DEATH)
    elif given is None or benefit is None or given.row not in {row.code for row in benefit.rows}:
        draft.refuse(Refusal.NO_COUPON)
    elif given.fen is None:
        draft.refuse(Refusal.COUPON_UNSTATED)
    elif percent is None:
        draft.refuse(Refusal.NO_OFFSET)
    elif left(given.fen, month, used) == 0:
        draft.refuse(Refusal.COUPON_USED_UP)
    else:
        now = redeem(given.fen, percent, message.bill_fen, message.on, used)
        draft.add(
            CouponRedeemed, code=message.code, bill=message.bill, on=message.on, at=message.at, percent=percent,
            bill_fen=now.bill_fen, paid_fen=now.paid_fen, left_fen=left(given.fen, month, (*used, now)),
        )  # fmt: skip


def take_back(draft: Draft[State], message: TakeBackRedemption) -> None:
    """What other bills were paid when this one stood stays as it is."""
    holding = draft.state.holdings.get(message.code)
    found = next((each for each in holding.used if each.bill == message.bill), None) if holding else None
    if found is None:
        draft.refuse(Refusal.BILL_UNKNOWN)
    else:
        draft.add(RedemptionTakenBack, code=message.code, bill=found.bill, on=found.on, paid_fen=found.paid_fen)


def _ruled(briefing: BenefitBriefing, code: str) -> Benefit | None:
    benefits = briefing.rules.benefits if briefing.rules else ()
    return next((each for each in benefits if each.code == code), None)


def _is_coupon(holding: Holding | None, benefit: Benefit | None) -> bool:
    """What it is called nowhere is refused for another reason."""
    kinds = [holding.terms.kind] if holding else [benefit.kind] if benefit else []
    return all(kind is BenefitKind.COUPON for kind in kinds)


def _is_held(state: State, holding: Holding | None, briefing: BenefitBriefing) -> bool:
    """A death is reported; or known, and nobody has decided yet until when it is given."""
    if briefing.gone is not CloseReason.DEATH_CONFIRMED:
        return briefing.reported
    return state.died_on is None or (holding is not None and holding.held)
