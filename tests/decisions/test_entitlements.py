"""What is paid month after month: an age reached, a level, a late death, a stop, a review. By the shipped example."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from decisions.benefit import propose, ready
from decisions.claims import next_wakeup, rests
from models.benefits import BenefitRules, Outcome, Tested
from models.claim_messages import (
    ApproveBenefit,
    ConfirmChange,
    EndBenefits,
    FactsChanged,
    HoldBenefits,
    KeepBenefit,
    ReleaseBenefits,
    ReviewBenefit,
    StopBenefit,
)
from models.claims import Change, ClaimStage, ClaimTrigger, EndCause, Heard, Proposed
from models.errors import Refusal
from models.events import (
    BenefitsEnded,
    BenefitsLookedAt,
    ChangeProposed,
    ClaimApproved,
    ClaimOpened,
    EntitlementChanged,
    EntitlementReviewed,
    EntitlementStopped,
    PaymentsHeld,
    ReviewDue,
)
from models.values import CloseReason
from policies.benefits import rules_of
from policies.pack import load
from tests.decisions.claim_player import CARE, CHECKER, COUNTY, COUPON, NOTE, OLD_AGE, SEVERE, ClaimPlayer

DIED = CloseReason.DEATH_CONFIRMED


def month(number: int, year: int = 2026) -> date:
    return date(year, number, 1)


@pytest.fixture
def play() -> ClaimPlayer:
    """Class 1 of the care allowance, from March."""
    play = ClaimPlayer()
    play.given(CARE)
    return play


def ends(play: ClaimPlayer, on: date, reason: CloseReason = DIED) -> list[str]:
    play.gone = reason
    return play.tell(EndBenefits, reason=reason, on=on)


# --- the story of one elder -------------------------------------------------------------------------------------------


def test_79_poor_and_disabled_found_severe_80_in_june_died_in_september_reported_in_november() -> None:
    play = ClaimPlayer(bedridden=False)  # the other way into class 1, which they do not need
    assert play.knows(gb_level="重度失能", gb_score=40) == [
        "BenefitsLookedAt", f"ClaimOpened {CARE}", f"ClaimOpened {COUPON}",
    ]  # fmt: skip
    opened = {event.code: event for event, _ in play.said if isinstance(event, ClaimOpened)}
    assert set(opened) == {CARE, COUPON}  # 80 of the disabled gives way to 200: it is not even opened
    assert all(each.trigger is ClaimTrigger.DISCOVERED for each in opened.values())
    assert opened[CARE].proposed.row == "class_1"  # by the disability, and never by the level
    assert opened[COUPON].proposed.row == "moderate_or_worse"  # by the level
    asked = {each.fact for each in facts_of(opened[CARE].proposed)}
    assert "gb_level" not in asked and {"disability_kind", "disability_grade"} <= asked
    for code in (CARE, COUPON):
        play.given(code)
    assert [(code, play.state.holding(code).entitlement.fen) for code in (CARE, COUPON)] == [
        (CARE, 20000), (COUPON, 80000),
    ]  # fmt: skip

    play.until_day(2026, 6, 2)  # 80 on the 15th: it counts for the month
    changed = [event for event, _ in play.said if isinstance(event, ChangeProposed)]
    assert [(each.code, each.change) for each in changed] == [
        (CARE, Change(ends=None, row="class_2", fen=20000, month=month(6), on=None, by_age=True))
    ]
    assert play.state.stage(OLD_AGE) is ClaimStage.CHECKING  # 高龄津贴, found out
    assert play.last(ClaimOpened).proposed.row == "from_80_poor"
    assert play.confirmed(CARE) == [f"EntitlementChanged {CARE}"]
    play.given(OLD_AGE)
    assert play.last(ClaimApproved).from_month == month(6)
    holding = play.state.holding(CARE).entitlement
    assert (holding.row, holding.fen, holding.from_month) == ("class_2", 20000, month(6))  # one class, never both

    play.until_day(2026, 11, 9)  # died on 20 September, and nobody told anybody
    play.death(reported=True)
    assert play.last(PaymentsHeld).codes == (CARE, COUPON, OLD_AGE)
    said = ends(play, date(2026, 9, 20))
    assert said == [f"ChangeProposed {CARE}", f"ChangeProposed {COUPON}", f"ChangeProposed {OLD_AGE}", "BenefitsEnded"]
    for code in (CARE, COUPON, OLD_AGE):
        assert play.state.holding(code).change == Change(
            ends=EndCause.DEATH, row=None, fen=None, month=month(9), on=date(2026, 9, 20)
        )
        assert play.confirmed(code) == [f"EntitlementStopped {code}"]
        assert play.state.holding(code).entitlement.through == month(9)  # October and November come back
        play.told(code)  # the family
    assert rests(play.state)


def facts_of(proposed: Proposed) -> list[Tested]:
    rules = rules_of(load("example-cq"), proposed.month)
    (row,) = [
        trace
        for each in ready(rules)
        if each.benefit.code == CARE
        for trace in propose(each, proposed.sheet).rows
        if trace.row == proposed.row
    ]
    return [*row.when, *(one for option in row.any for one in option)]


def test_of_the_destitute_no_rule_says_whether_they_get_the_coupon() -> None:
    play = ClaimPlayer(economic="特困", self_care="半护理", gb_level="重度失能")
    play.asked(COUPON)
    proposed = play.last(ClaimOpened).proposed
    assert (proposed.outcome, proposed.open, proposed.fen) == (Outcome.CANNOT_DECIDE, ("destitute",), None)


# --- months -----------------------------------------------------------------------------------------------------------


def test_what_is_paid_is_looked_at_when_a_month_begins_and_only_then(play: ClaimPlayer) -> None:
    assert play.until_day(2026, 5, 31) == ["BenefitsLookedAt"] * 2
    looked = [(event.month, event.heard) for event, _ in play.said if isinstance(event, BenefitsLookedAt)]
    assert looked == [(month(4), None), (month(5), None)]


def test_the_month_begins_for_one_after_another_within_its_first_night() -> None:
    wakes = set()
    for elder in range(20):
        play = ClaimPlayer()
        play.state = play.state.model_copy(update={"elder_id": f"E{elder}"})
        play.given(CARE)
        wakes.add(next_wakeup(play.state))
    assert len(wakes) > 15
    assert all(0 <= (at.hour + 8) % 24 < 6 for at in wakes if at is not None)


def test_a_rule_that_ends_is_proposed_to_end_with_it() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.until_day(2027, 1, 4)
    assert play.state.holding(COUPON).change == Change(
        ends=EndCause.RULE_ENDED, row=None, fen=None, month=month(12), on=None
    )
    assert play.confirmed(COUPON) == [f"EntitlementStopped {COUPON}"]
    assert play.state.holding(COUPON).entitlement.through == month(12)


def test_another_amount_of_the_same_row_counts_from_the_month_of_its_rules(play: ClaimPlayer) -> None:
    def raised(of: date) -> BenefitRules:
        rules = rules_of(load("example-cq"), of)
        care = rules.benefits[0]
        rows = tuple(row.model_copy(update={"fen": 22000}) for row in care.rows)
        return rules.model_copy(update={"benefits": (care.model_copy(update={"rows": rows}), *rules.benefits[1:])})

    play.rules = lambda of: raised(of) if of >= month(5) else rules_of(load("example-cq"), of)
    play.until_day(2026, 5, 6)
    assert play.state.holding(CARE).change == Change(ends=None, row="class_1", fen=22000, month=month(5), on=None)
    play.confirmed(CARE)
    assert play.last(EntitlementChanged).fen == 22000


def test_a_benefit_the_pack_no_longer_has_ends(play: ClaimPlayer) -> None:
    def without(of: date) -> BenefitRules:
        rules = rules_of(load("example-cq"), of)
        return rules.model_copy(update={"benefits": rules.benefits[1:], "exclusivity": ()})

    play.rules = without
    play.until_day(2026, 4, 7)
    change = play.state.holding(CARE).change
    assert change is not None and (change.ends, change.month) == (EndCause.RULE_ENDED, month(3))
    assert play.confirmed(CARE) == [f"EntitlementStopped {CARE}"]


def test_a_corrected_birth_date_counts_from_the_month_it_was_reached(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 20)
    play.knows(born_on=date(1946, 4, 2))
    april = Change(ends=None, row="class_2", fen=20000, month=month(4), on=None, by_age=True)
    assert play.state.holding(CARE).change == april
    assert play.last(ClaimOpened).code == OLD_AGE


# --- changes ----------------------------------------------------------------------------------------------------------


def test_a_level_that_is_milder_ends_the_coupon_with_the_month_it_was_found_in() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.until_day(2026, 4, 15)
    assert play.knows(gb_level="轻度失能")[-1] == f"ChangeProposed {COUPON}"
    assert play.state.holding(COUPON).change == Change(
        ends=EndCause.LEVEL_CHANGED, row=None, fen=None, month=month(4), on=date(2026, 4, 15)
    )
    assert play.tell(FactsChanged, heard=Heard.REGISTER) == ["BenefitsLookedAt"]  # not proposed twice
    assert play.tell(ConfirmChange, CHECKER, code=COUPON, row="moderate_or_worse", fen=80000) == [
        f"MessageRefused {Refusal.OTHER_AMOUNT}"
    ]
    other = play.tell(ConfirmChange, COUNTY, code=COUPON, row=None, fen=None, month=month(5))
    assert other == [f"MessageRefused {Refusal.OTHER_MONTH}"]
    assert play.confirmed(COUPON) == [f"EntitlementStopped {COUPON}"]


def test_what_changes_back_before_anybody_decided_lapses() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.knows(gb_level="轻度失能")
    play.days_pass(1)
    assert play.knows(gb_level="中度失能") == ["BenefitsLookedAt", f"ChangeLapsed {COUPON}"]
    assert play.tell(KeepBenefit, COUNTY, code=COUPON, note=NOTE) == [f"MessageRefused {Refusal.NOT_PAID}"]


def test_where_no_rule_names_the_month_the_person_does(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    play.knows(economic="其他")
    change = play.state.holding(CARE).change
    assert change is not None and (change.ends, change.month) == (EndCause.NOT_ELIGIBLE, None)
    assert play.confirmed(CARE) == [f"MessageRefused {Refusal.MONTH_NEEDED}"]
    for wrong in (date(2026, 5, 2), month(1)):
        assert play.confirmed(CARE, wrong) == [f"MessageRefused {Refusal.OTHER_MONTH}"]
    assert play.confirmed(CARE, month(5)) == [f"EntitlementStopped {CARE}"]


def test_what_a_person_kept_is_not_proposed_again_until_something_else_is(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    play.knows(economic="其他")
    assert play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE) == [f"ChangeDropped {CARE}"]
    said = play.until_day(2026, 6, 3)
    assert not [kind for kind in said if kind == f"ChangeProposed {CARE}"]


def test_what_is_not_so_any_more_is_not_confirmed(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    play.knows(economic="其他")
    play.facts["economic"] = ("低保", play.today)  # known since, and not heard of yet
    assert play.confirmed(CARE, month(5)) == [f"MessageRefused {Refusal.CHANGED_SINCE}"]


def test_a_fact_that_is_missing_now_is_no_end_but_a_review(play: ClaimPlayer) -> None:
    del play.facts["disability_grade"]
    assert play.tell(FactsChanged, heard=Heard.FACT) == ["BenefitsLookedAt", f"ReviewDue {CARE}"]
    assert play.last(ReviewDue).missing == ("disability_grade", "bedridden_months")
    assert play.tell(ReviewBenefit, code=CARE) == [f"MessageRefused {Refusal.FACTS_MISSING}"]
    play.knows(disability_grade=1)
    assert play.tell(ReviewBenefit, code=CARE) == [f"EntitlementReviewed {CARE}"]
    assert play.last(EntitlementReviewed).review_on == date(2027, 3, 2)


def test_it_is_reviewed_when_its_year_is_over(play: ClaimPlayer) -> None:
    play.until_day(2026, 6, 2)
    play.confirmed(CARE)
    said = play.until_day(2027, 3, 3)
    assert f"ReviewDue {CARE}" in said
    assert play.tell(ReviewBenefit, code=CARE) == [f"EntitlementReviewed {CARE}"]


# --- a death, a move --------------------------------------------------------------------------------------------------


def test_a_reported_death_holds_what_is_paid_and_undone_releases_it(play: ClaimPlayer) -> None:
    play.asked(SEVERE)
    assert play.death(reported=True) == ["PaymentsHeld"] and play.state.holding(CARE).held
    assert play.tell(HoldBenefits) == [f"MessageRefused {Refusal.ALREADY_REPORTED}"]
    said = play.until_day(2026, 6, 2)
    assert f"ChangeProposed {CARE}" not in said  # while it is held nothing is proposed
    assert play.death(reported=False) == ["PaymentsReleased"] and not play.state.holding(CARE).held
    assert play.until(play.now) == ["BenefitsLookedAt", f"ChangeProposed {CARE}", f"ClaimOpened {OLD_AGE}"]
    assert play.tell(ReleaseBenefits) == [f"MessageRefused {Refusal.NO_DEATH_REPORTED}"]


def test_nothing_is_approved_while_a_death_is_reported() -> None:
    play = ClaimPlayer()
    play.checked(CARE)
    play.death(reported=True)
    said = play.tell(ApproveBenefit, COUNTY, code=CARE, row="class_1", fen=20000)
    assert said == [f"MessageRefused {Refusal.PAYMENT_HELD}"]


def test_a_death_in_the_middle_of_a_claim_ends_it() -> None:
    play = ClaimPlayer()
    play.asked(CARE)
    play.days_pass(30)  # its ladder climbs
    play.asked(SEVERE)
    said = ends(play, date(2026, 3, 30))
    assert said == [
        "EscalationWithdrawn",
        f"ClaimEnded {CARE}",
        f"ClaimEnded {SEVERE}",
        "PaymentsHeld",
        "BenefitsEnded",
    ]
    assert rests(play.state)
    assert play.asked(CARE) == [f"MessageRefused {Refusal.ELDER_GONE}"]


def test_who_moves_away_is_paid_as_the_pack_says(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 20)
    ends(play, date(2026, 5, 18), CloseReason.MOVED_OUT)
    change = play.state.holding(CARE).change
    assert change is not None and (change.ends, change.month) == (EndCause.MOVED_OUT, month(5))
    assert play.confirmed(CARE) == [f"EntitlementStopped {CARE}"]
    assert (play.last(BenefitsEnded).reason, play.state.held) == (CloseReason.MOVED_OUT, False)


def test_a_death_before_it_began_stops_it_from_its_first_month(play: ClaimPlayer) -> None:
    ends(play, date(2026, 1, 5))
    assert play.confirmed(CARE) == [f"EntitlementStopped {CARE}"]
    assert play.last(EntitlementStopped).through == month(1)  # before March: nothing was due


def test_an_end_of_a_case_that_is_open_again_ends_nothing(play: ClaimPlayer) -> None:
    assert play.tell(EndBenefits, reason=CloseReason.MOVED_OUT, on=date(2026, 3, 1)) == [
        f"MessageRefused {Refusal.NOT_CLOSED}"
    ]


def test_who_is_back_is_paid_on_where_nobody_stopped_it(play: ClaimPlayer) -> None:
    ends(play, date(2026, 3, 1), CloseReason.MOVED_OUT)
    play.gone = None
    said = play.tell(FactsChanged, heard=Heard.REGISTER)
    assert said == ["PaymentsReleased", f"ChangeLapsed {CARE}", "BenefitsLookedAt"]
    assert play.state.gone is None and not rests(play.state)


def test_moved_within_the_county_the_next_step_is_the_new_townships(play: ClaimPlayer) -> None:
    play.asked(SEVERE)
    play.lives_in = ("T2", "W9")
    assert play.until_day(2026, 4, 3).count("ElderPlaced") == 1
    assert (play.state.township_id, play.state.village_id) == ("T2", "W9")


# --- stopped by a person ----------------------------------------------------------------------------------------------


def test_a_person_stops_it_by_the_packs_month(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    stop = {"code": CARE, "why": EndCause.DEATH, "on": date(2026, 4, 30), "note": NOTE}
    tomorrow = play.tell(StopBenefit, COUNTY, **stop | {"on": play.today + timedelta(days=1)})
    assert tomorrow == [f"MessageRefused {Refusal.IN_THE_FUTURE}"]
    assert play.tell(StopBenefit, COUNTY, **stop, month=month(5)) == [f"MessageRefused {Refusal.OTHER_MONTH}"]
    assert play.tell(StopBenefit, COUNTY, **stop) == [f"EntitlementStopped {CARE}"]
    assert play.last(EntitlementStopped).through == month(4)


def test_what_was_given_up_is_not_found_out_again(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    stop = {"code": CARE, "why": EndCause.GIVEN_UP, "on": play.today, "note": NOTE}
    assert play.tell(StopBenefit, COUNTY, **stop) == [f"MessageRefused {Refusal.MONTH_NEEDED}"]
    assert play.tell(StopBenefit, COUNTY, **stop, month=month(5)) == [
        f"EntitlementStopped {CARE}", f"ClaimOpened {SEVERE}",  # nothing gives way to what is not wanted
    ]  # fmt: skip
    play.told(CARE)
    assert play.tell(FactsChanged, heard=Heard.REGISTER) == ["BenefitsLookedAt"]
    play.asked(CARE)
    assert play.last(ClaimOpened).n == 2


def test_what_is_not_paid_is_not_stopped(play: ClaimPlayer) -> None:
    stop = {"why": EndCause.GIVEN_UP, "on": play.today, "month": month(3), "note": NOTE}
    assert play.tell(StopBenefit, COUNTY, code=SEVERE, **stop) == [f"MessageRefused {Refusal.NOT_PAID}"]
