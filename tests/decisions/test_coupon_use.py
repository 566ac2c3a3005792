"""The use of a service coupon: what it pays of a month's bills, which bill is not taken, and that a use is a fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from audit.decided import Decided, months
from decisions.coupon import kept_since
from models.benefits import BenefitRow, BenefitRules
from models.claim_messages import (
    EndBenefits,
    RedeemCoupon,
    StopBenefit,
    TakeBackRedemption,
)
from models.claims import Amount, EndCause
from models.values import CloseReason
from tests.decisions.claim_player import BEGINS, CARE, COUNTY, COUPON, NOTE, ClaimPlayer

HOME, INSTITUTION = "home_community", "institution"
MARCH, APRIL, JULY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 7, 1)
DIED_ON = date(2026, 3, 20)


def with_coupon() -> ClaimPlayer:
    """Given from March 2026 on, 800 元 a month; it is 16 March, nine in the morning."""
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.until_day(2026, 3, 16)
    return play


def use(
    play: ClaimPlayer, bill: str, on: date, fen: int, at: str = HOME, received_at: datetime | None = None, **said: Any
) -> str:
    """What the coupon paid and had left, or why not."""
    came = {"received_at": received_at} if received_at else {}
    bill_of: dict[str, Any] = {"code": COUPON, "bill": bill, "on": on, "at": at, "bill_fen": fen, **came, **said}
    told = play.tell(RedeemCoupon, **bill_of)
    if told[0].startswith("MessageRefused"):
        return told[0].removeprefix("MessageRefused ")
    event = next(event for event, _ in play.said[-len(told) :] if type(event).__name__ == "CouponRedeemed")
    return f"{event.paid_fen} {event.left_fen}"  # type: ignore[attr-defined]


def as_audited(play: ClaimPlayer) -> None:
    """What the state says a month gives is what the auditor finds in the facts."""
    decided, holding = Decided(), play.state.holding(COUPON)
    for event, _ in play.said:
        decided.hear(event)
    for month in months(date(2026, 1, 1), date(2027, 6, 1)):
        given = holding.gives(month)
        assert (given.fen if given else 0) == decided.approved(COUPON, month), month


def take_back(play: ClaimPlayer, bill: str) -> list[str]:
    return play.tell(TakeBackRedemption, code=COUPON, bill=bill, note=NOTE)


# --- what it pays ----------------------------------------------------------------------------------------------------


def test_a_month_pays_each_bill_its_share_until_it_is_used_up_and_the_next_begins_anew() -> None:
    play = with_coupon()
    assert use(play, "B-1", date(2026, 3, 2), 60_001) == "30000 50000"  # 50 %, rounded down
    assert use(play, "B-2", date(2026, 3, 9), 100_000, INSTITUTION) == "40000 10000"  # 40 %
    assert use(play, "B-3", date(2026, 3, 15), 90_000) == "10000 0"  # what was left, less than the half
    assert use(play, "B-4", date(2026, 3, 16), 1_000) == "coupon_used_up"
    play.until_day(2026, 4, 1)
    assert use(play, "B-4", date(2026, 3, 31), 1_000) == "coupon_used_up", "of the bill's month, whenever it comes"
    assert use(play, "B-5", date(2026, 4, 1), 300_000) == "80000 0", "and nothing is carried on"
    event = next(event for event, _ in play.said if getattr(event, "bill", "") == "B-2")
    said = event.model_dump(include={"code", "bill", "on", "at", "percent", "bill_fen", "paid_fen", "left_fen"})
    assert said == {
        "code": COUPON, "bill": "B-2", "on": date(2026, 3, 9), "at": INSTITUTION, "percent": 40,
        "bill_fen": 100_000, "paid_fen": 40_000, "left_fen": 10_000,
    }  # fmt: skip


def test_a_bill_counts_once_and_taken_back_leaves_its_month_what_it_had() -> None:
    play = with_coupon()
    assert use(play, "B-1", date(2026, 3, 2), 120_000) == "60000 20000"
    assert use(play, "B-2", date(2026, 3, 3), 90_000) == "20000 0"
    assert use(play, "B-1", date(2026, 4, 2), 1) == "bill_known"
    assert take_back(play, "B-9") == ["MessageRefused bill_unknown"]
    assert take_back(play, "B-1") == [f"RedemptionTakenBack {COUPON}"]
    assert take_back(play, "B-1") == ["MessageRefused bill_unknown"]
    assert play.last(type(play.said[-2][0])).paid_fen == 60_000
    assert [each.paid_fen for each in play.state.holding(COUPON).used] == [20_000], "the other stays as it was paid"
    assert use(play, "B-1", date(2026, 3, 2), 100_000) == "50000 10000"


def test_a_code_nobody_was_given_has_no_bill_to_take_back() -> None:
    assert take_back(ClaimPlayer(), "B-1") == ["MessageRefused bill_unknown"]


# --- what is not taken -----------------------------------------------------------------------------------------------

Played = Callable[[ClaimPlayer], str]


def _rules(**of_coupon: Any) -> Callable[[date], BenefitRules | None]:
    """The example's, with other words about the coupon."""

    def rules(month: date) -> BenefitRules | None:
        found = ClaimPlayer().rules(month)
        assert found is not None
        changed = [each.model_copy(update=of_coupon) if each.code == COUPON else each for each in found.benefits]
        return found.model_copy(update={"benefits": tuple(changed)})

    return rules


def _row(fen: int | None) -> BenefitRow:
    """The coupon's, for another amount."""
    found = ClaimPlayer().rules(MARCH)
    assert found is not None
    [coupon] = [each for each in found.benefits if each.code == COUPON]
    return coupon.rows[0].model_copy(update={"fen": fen})


def _no_rules(play: ClaimPlayer) -> str:
    play.rules = lambda month: None
    return use(play, "B-1", MARCH, 100)


def _no_row(play: ClaimPlayer) -> str:
    play.rules = _rules(rows=())
    return use(play, "B-1", MARCH, 100)


def _money(play: ClaimPlayer) -> str:
    play.given(CARE)
    return use(play, "B-1", MARCH, 100, code=CARE)


def _died(play: ClaimPlayer) -> str:
    play.gone = CloseReason.DEATH_CONFIRMED  # and the benefits have not heard which day
    return use(play, "B-1", MARCH, 100)


def _stopped(play: ClaimPlayer) -> str:
    play.tell(StopBenefit, COUNTY, code=COUPON, why=EndCause.GIVEN_UP, on=play.today, month=MARCH, note=NOTE)
    play.until_day(2026, 4, 10)
    assert use(play, "B-0", date(2026, 3, 31), 100) == "50 79950"
    return use(play, "B-1", APRIL, 100)


def _reported(play: ClaimPlayer) -> str:
    play.reported = True  # and the benefits have not heard of it yet
    return use(play, "B-1", MARCH, 100)


REFUSED: dict[str, tuple[Played, str]] = {
    "money is no coupon": (_money, "not_a_coupon"),
    "never asked for": (lambda play: use(play, "B-1", MARCH, 100, code="old_age"), "not_a_coupon"),
    "called nowhere": (lambda play: use(play, "B-1", MARCH, 100, code="moon"), "no_coupon"),
    "before it was given": (lambda play: use(play, "B-1", date(2026, 2, 28), 100), "no_coupon"),
    "after its end": (_stopped, "no_coupon"),
    "no version of the pack": (_no_rules, "no_coupon"),
    "its row has ended": (_no_row, "no_coupon"),
    "a death is reported": (_reported, "payment_held"),
    "a death is known": (_died, "payment_held"),
    "tomorrow": (lambda play: use(play, "B-1", date(2026, 3, 17), 100), "in_the_future"),
    "a day that no calendar goes beyond": (lambda play: use(play, "B-1", date.max, 100), "in_the_future"),
    "the first day of all": (lambda play: use(play, "B-1", date.min, 100), "bill_too_old"),
    "a year and a month ago": (lambda play: use(play, "B-1", date(2025, 2, 28), 100), "bill_too_old"),
    "a year ago": (lambda play: use(play, "B-1", date(2025, 3, 1), 100), "no_coupon"),
    "another kind of place": (lambda play: use(play, "B-1", MARCH, 100, at="hospital"), "no_offset"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_bill_is_refused(why: str) -> None:
    play = with_coupon()
    done, refusal = REFUSED[why]
    assert done(play) == refusal
    assert "B-1" not in [each.bill for each in play.state.holding(COUPON).used]


def test_an_amount_nobody_states_pays_nothing() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.rules = _rules(rows=(_row(None),))
    play.given(COUPON)
    assert use(play, "B-1", date(2026, 3, 2), 100) == "coupon_unstated"


def test_who_was_given_nothing_has_no_coupon() -> None:
    assert use(ClaimPlayer(gb_level="重度失能"), "B-1", MARCH, 100) == "no_coupon"


@pytest.mark.parametrize("said", [{"bill_fen": 0}, {"bill_fen": -5}, {"bill_fen": 10**9}, {"bill": "张三的账单"}])
def test_a_bill_has_a_number_and_an_amount(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        use(with_coupon(), **{"bill": "B-1", "on": MARCH, "fen": 100} | said)


def test_whoever_takes_a_bill_back_says_why() -> None:
    with pytest.raises(ValidationError, match="note is missing"):
        with_coupon().tell(TakeBackRedemption, code=COUPON, bill="B-1")


# --- what is decided later -------------------------------------------------------------------------------------------


def test_a_death_pays_no_bill_of_a_later_day_and_takes_none_back() -> None:
    play = with_coupon()
    play.until_day(2026, 3, 25)
    assert use(play, "B-1", date(2026, 3, 21), 100_000) == "50000 30000"
    play.death(reported=True)
    assert use(play, "B-2", date(2026, 3, 2), 100) == "payment_held"
    play.reported, play.gone = False, CloseReason.DEATH_CONFIRMED
    assert use(play, "B-2", date(2026, 3, 2), 100) == "payment_held", "and nobody has told of which day"
    play.tell(EndBenefits, reason=CloseReason.DEATH_CONFIRMED, on=DIED_ON)
    assert use(play, "B-2", date(2026, 3, 2), 100) == "payment_held", "until a person has decided its end"
    play.confirmed(COUPON)
    assert use(play, "B-2", date(2026, 3, 21), 100) == "bill_after_death"
    assert use(play, "B-2", DIED_ON, 100) == "50 29950"
    assert [each.bill for each in play.state.holding(COUPON).used] == ["B-1", "B-2"], "a use is a fact"
    assert take_back(play, "B-1") == [f"RedemptionTakenBack {COUPON}"]


def test_a_death_that_a_person_stopped_it_by_counts_too_and_is_forgotten_with_the_next_approval() -> None:
    play = with_coupon()
    play.tell(StopBenefit, COUNTY, code=COUPON, why=EndCause.DEATH, on=date(2026, 3, 10), note=NOTE)
    assert use(play, "B-1", date(2026, 3, 11), 100) == "bill_after_death"
    assert use(play, "B-1", date(2026, 3, 10), 100) == "50 79950"
    play.told(COUPON)
    play.until_day(2026, 4, 2)
    play.asked(COUPON)
    play.given(COUPON)
    assert use(play, "B-2", APRIL, 100) == "50 79950"


def test_who_is_back_uses_it_again() -> None:
    play = with_coupon()
    play.gone = CloseReason.DEATH_CONFIRMED
    play.tell(EndBenefits, reason=CloseReason.DEATH_CONFIRMED, on=date(2026, 3, 10))
    assert use(play, "B-1", date(2026, 3, 12), 100) == "payment_held"
    play.gone = None
    assert use(play, "B-1", date(2026, 3, 12), 100) == "bill_after_death", "as it was known; and that is over now"
    assert use(play, "B-1", date(2026, 3, 12), 100) == "50 79950"


def cheaper_from(play: ClaimPlayer, month: date) -> None:
    """600 元 by the rules of that month and of those after it."""
    before, after = play.rules, _rules(rows=(_row(60_000),))
    play.rules = lambda each: (after if each >= month else before)(each)


def test_each_month_keeps_the_ceiling_it_was_given_and_the_bills_it_had() -> None:
    """800 元 until June, 600 from July on, none in September; then claimed again."""
    play = with_coupon()
    assert use(play, "B-1", date(2026, 3, 2), 100_000) == "50000 30000"
    cheaper_from(play, JULY)
    play.until_day(2026, 7, 2)
    play.confirmed(COUPON)
    assert use(play, "B-2", JULY, 200_000) == "60000 0"
    assert use(play, "B-3", date(2026, 6, 30), 200_000) == "80000 0", "June is what it was"
    play.until_day(2026, 8, 20)
    stop = {"why": EndCause.GIVEN_UP, "on": play.today, "month": date(2026, 8, 1), "note": NOTE}
    play.tell(StopBenefit, COUNTY, code=COUPON, **stop)
    play.told(COUPON)
    play.until_day(2026, 10, 2)
    play.asked(COUPON)
    play.given(COUPON)
    assert use(play, "B-4", date(2026, 9, 1), 100) == "no_coupon"
    assert use(play, "B-4", date(2026, 10, 1), 100) == "50 59950"
    assert use(play, "B-5", date(2026, 6, 1), 100) == "coupon_used_up"
    assert use(play, "B-5", date(2026, 3, 1), 200_000) == "30000 0"
    assert use(play, "B-1", date(2026, 10, 1), 100) == "bill_known"
    given = [(each.n, each.fen, each.from_month.month, each.through) for each in play.state.holding(COUPON).amounts]
    assert given == [
        (1, 80_000, 3, date(2026, 6, 1)), (1, 60_000, 7, date(2026, 8, 1)), (2, 60_000, 10, None),
    ]  # fmt: skip

    as_audited(play)

    # Stopped with a month before it began, of which the claim before speaks.
    play.tell(StopBenefit, COUNTY, code=COUPON, why=EndCause.DEATH, on=date(2026, 6, 20), note=NOTE)
    assert play.state.holding(COUPON).gives(date(2026, 10, 1)) is None
    as_audited(play)
    assert [each.bill for each in play.state.holding(COUPON).used] == ["B-1", "B-2", "B-3", "B-4", "B-5"]


def test_a_stop_with_an_earlier_month_than_it_was_changed_in_ends_what_it_gave_before() -> None:
    play = with_coupon()
    cheaper_from(play, JULY)
    play.until_day(2026, 7, 2)
    play.confirmed(COUPON)
    assert play.state.holding(COUPON).entitlement.from_month == JULY
    stop = {"why": EndCause.GIVEN_UP, "on": play.today, "month": MARCH, "note": NOTE}
    play.tell(StopBenefit, COUNTY, code=COUPON, **stop)
    assert use(play, "B-1", APRIL, 100) == "no_coupon" == use(play, "B-1", JULY, 100)
    assert use(play, "B-1", MARCH, 100) == "50 79950"
    as_audited(play)


def test_of_two_amounts_that_cover_a_month_the_last_given_is_its_ceiling() -> None:
    holding = with_coupon().state.holding(COUPON)
    older = Amount(n=0, row="older", fen=1, from_month=MARCH, through=APRIL)
    given = holding.model_copy(update={"before": (older,)}).gives(APRIL)
    assert given is not None and given.fen == 80_000


def test_a_bill_goes_by_the_rules_of_its_own_month() -> None:
    play = with_coupon()
    play.until_day(2027, 1, 10)  # the rule ended with the year, and nobody has confirmed the stop yet
    assert play.state.holding(COUPON).runs
    assert use(play, "B-1", date(2026, 12, 31), 100) == "50 79950"
    assert use(play, "B-2", date(2027, 1, 1), 100) == "no_coupon"


def test_who_moved_away_uses_it_until_its_end_is_decided() -> None:
    play = with_coupon()
    play.gone = CloseReason.MOVED_OUT
    play.tell(EndBenefits, reason=CloseReason.MOVED_OUT, on=date(2026, 3, 10))
    assert use(play, "B-1", date(2026, 3, 12), 100) == "50 79950"


def test_a_bill_that_waited_for_us_is_of_the_day_it_came() -> None:
    play = with_coupon()
    play.rules = lambda month: ClaimPlayer().rules(min(month, date(2026, 12, 1)))
    play.until_day(2027, 3, 31)
    came = play.now
    play.until_day(2027, 4, 2)
    assert use(play, "B-1", date(2026, 3, 2), 100, received_at=came) == "50 79950"
    assert use(play, "B-2", date(2026, 3, 2), 100) == "bill_too_old"
    assert use(play, "B-3", date(2026, 4, 2), 100) == "50 79950"


def test_only_the_bills_of_which_another_may_come_are_kept() -> None:
    play = with_coupon()
    play.rules = lambda month: ClaimPlayer().rules(min(month, date(2026, 12, 1)))
    for n, (year, month) in enumerate([(2026, 3), (2026, 4), (2027, 4), (2027, 5)]):
        play.until_day(year, month, 28)
        assert use(play, f"B-{n}", date(year, month, 28), 100) == "50 79950"
    assert [each.bill for each in play.state.holding(COUPON).used] == ["B-1", "B-2", "B-3"]
    assert kept_since(date(2027, 5, 28)) == APRIL


def test_a_coupon_that_is_money_nowhere_keeps_nothing_of_benefits_that_are() -> None:
    play = ClaimPlayer(BEGINS)
    play.given(CARE)
    play.until(datetime(2026, 6, 20, 1, tzinfo=UTC))
    play.confirmed(CARE)
    held = play.state.holding(CARE)
    assert held.entitlement.from_month == date(2026, 6, 1) and held.before == () == held.used
    play.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.GIVEN_UP, on=play.today, month=date(2026, 6, 1), note=NOTE)
    play.told(CARE)
    play.until_day(2026, 7, 2)
    play.given(CARE)
    held = play.state.holding(CARE)
    assert held.n == 2 and held.before == () == held.used
    assert {"used", "before", "died_on"}.isdisjoint(play.state.model_dump(mode="json"))
    assert {"used", "before"}.isdisjoint(held.model_dump(mode="json")), "a state of before reads the same"
