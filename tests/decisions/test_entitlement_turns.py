"""Turns that benefits of one elder can take: late, twice, in another order, back again. By the shipped example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from decisions import claims
from decisions.claims import next_wakeup, rests
from models.benefits import BenefitRules, PublicNotice
from models.claim_messages import (
    ApproveBenefit,
    AskPapers,
    CheckBenefit,
    ConfirmChange,
    DecideObjection,
    EndBenefits,
    FactsChanged,
    HoldBenefits,
    KeepBenefit,
    ObjectBenefit,
    PostNotice,
    RefuseBenefit,
    ReleaseBenefits,
    RequestBenefit,
    ReturnBenefit,
    ReviewBenefit,
    StopBenefit,
)
from models.claims import Change, ClaimStage, ClaimTrigger, EndCause, Heard
from models.errors import Refusal
from models.events import (
    BenefitsLookedAt,
    ChangeProposed,
    ClaimApproved,
    ClaimReminded,
    EntitlementReviewed,
    EntitlementStopped,
    EscalationOpened,
    PaymentsHeld,
)
from models.values import CloseReason
from policies.benefits import rules_of
from policies.pack import load
from tests.decisions.claim_player import (
    CARE,
    CHECKER,
    COUNTY,
    COUPON,
    NOTE,
    OTHER,
    SEVERE,
    ClaimPlayer,
)

DIED, MOVED = CloseReason.DEATH_CONFIRMED, CloseReason.MOVED_OUT


def month(number: int, year: int = 2026) -> date:
    return date(year, number, 1)


@pytest.fixture
def play() -> ClaimPlayer:
    """Class 1 of the care allowance, from March."""
    play = ClaimPlayer()
    play.given(CARE)
    return play


def ends(play: ClaimPlayer, on: date | None, reason: CloseReason = DIED) -> list[str]:
    play.reported, play.gone = False, reason
    return play.tell(EndBenefits, reason=reason, on=on)


def given_up(play: ClaimPlayer, code: str, last: date) -> list[str]:
    return play.tell(
        StopBenefit, COUNTY, code=code, why=EndCause.GIVEN_UP, on=play.today, month=last, note=NOTE
    )  # fmt: skip


def raised(fen: int, from_month: date) -> Callable[[date], BenefitRules | None]:
    """The example, with another amount of the care allowance from a month on."""

    def of(asked: date) -> BenefitRules:
        rules = rules_of(load("example-cq"), asked)
        care = rules.benefits[0]
        rows = tuple(row.model_copy(update={"fen": fen if asked >= from_month else row.fen}) for row in care.rows)
        return rules.model_copy(update={"benefits": (care.model_copy(update={"rows": rows}), *rules.benefits[1:])})

    return of


# --- a review always comes to an end ----------------------------------------------------------------------------------


def test_a_review_of_what_a_person_has_kept_goes_on_as_they_said(play: ClaimPlayer) -> None:
    play.until_day(2026, 6, 2)
    play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE)
    play.until_day(2027, 3, 3)
    assert play.tell(ReviewBenefit, code=CARE) == [f"EntitlementReviewed {CARE}"]
    assert play.last(EntitlementReviewed).review_on == date(2028, 3, 3)


def test_a_review_of_what_gives_way_only_to_what_does_not_run_goes_on() -> None:
    play = ClaimPlayer(economic="其他")
    play.given(SEVERE)
    play.until_day(2027, 3, 1)
    play.knows(economic="低保")  # the higher one is only claimed
    play.until_day(2027, 3, 3)
    assert play.tell(ReviewBenefit, code=SEVERE) == [f"EntitlementReviewed {SEVERE}"]


def test_no_message_is_decided_by_nothing(play: ClaimPlayer) -> None:
    play.until_day(2026, 6, 2)
    for message in (HoldBenefits, ReleaseBenefits):
        assert play.tell(message)
    for message in (KeepBenefit, ReviewBenefit, ReturnBenefit, RefuseBenefit):
        assert play.tell(message, COUNTY, code=SEVERE, note=NOTE)


def test_without_a_pack_nothing_is_reviewed_stopped_or_approved(play: ClaimPlayer) -> None:
    play.until_day(2026, 6, 2)
    play.rules = lambda of: None
    assert play.confirmed(CARE) == [f"MessageRefused {Refusal.NO_RULES}"]
    play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE)
    play.until_day(2027, 3, 3)
    assert play.tell(ReviewBenefit, code=CARE) == [f"MessageRefused {Refusal.NO_RULES}"]
    assert play.state.holding(CARE).runs


# --- who is told ------------------------------------------------------------------------------------------------------


def test_who_was_not_told_of_a_stop_is_told_before_anything_is_asked_anew(play: ClaimPlayer) -> None:
    given_up(play, CARE, month(3))
    assert play.asked(CARE) == [f"MessageRefused {Refusal.TELL_FIRST}"]
    assert play.tell(FactsChanged, heard=Heard.REGISTER) == ["BenefitsLookedAt"]
    play.days_pass(10)
    assert len([event for event, _ in play.said if isinstance(event, ClaimReminded)]) == 1
    play.told(CARE)
    assert f"ClaimOpened {CARE}" in play.asked(CARE)


# --- no month twice ---------------------------------------------------------------------------------------------------


def test_what_is_asked_for_again_begins_after_the_month_it_was_stopped_with(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    given_up(play, CARE, month(5))
    play.told(CARE)
    play.given(CARE)
    assert (play.last(ClaimApproved).n, play.last(ClaimApproved).from_month) == (2, month(6))


def test_what_may_not_stand_beside_another_begins_after_its_last_month(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    given_up(play, CARE, month(5))
    play.given(SEVERE)
    approved = play.last(ClaimApproved)
    assert (approved.code, approved.from_month) == (SEVERE, month(6))


def test_no_last_month_lies_in_the_future(play: ClaimPlayer) -> None:
    assert given_up(play, CARE, month(4)) == [f"MessageRefused {Refusal.OTHER_MONTH}"]


# --- since when -------------------------------------------------------------------------------------------------------


def test_no_month_is_given_by_what_was_not_so_yet() -> None:
    play = ClaimPlayer(economic="其他")
    del play.facts["disability_grade"]
    play.asked(SEVERE)
    play.until_day(2026, 5, 11)
    play.knows(disability_grade=1)
    play.given(SEVERE)
    assert play.last(ClaimApproved).from_month == month(5)  # asked for in March


def test_months_since_it_was_asked_for_count_where_it_was_so_then() -> None:
    play = ClaimPlayer(economic="其他")
    play.asked(SEVERE)
    play.until_day(2026, 5, 11)
    play.given(SEVERE)
    assert play.last(ClaimApproved).from_month == month(3)


def test_an_application_on_paper_counts_from_its_own_day() -> None:
    play = ClaimPlayer(economic="其他")
    said = {"code": SEVERE, "trigger": ClaimTrigger.APPLICATION}
    assert play.tell(RequestBenefit, **said, asked_on=date(2026, 3, 3)) == [f"MessageRefused {Refusal.IN_THE_FUTURE}"]
    play.tell(RequestBenefit, **said, asked_on=date(2026, 2, 27))
    play.given(SEVERE)
    assert play.last(ClaimApproved).from_month == month(2)


def test_what_is_looked_up_in_one_month_is_decided_in_it(play: ClaimPlayer) -> None:
    before = datetime(2026, 5, 31, 15, tzinfo=UTC)  # eleven at night
    play.until(before)
    message = FactsChanged.model_validate(
        {"key": "late", "actor": CHECKER, "channel": "console", "received_at": before, "heard": "fact"}
    )
    asked = claims.wants(play.state, message, before)
    assert asked is not None and asked.month == month(5)
    play.hand(message)
    assert play.last(BenefitsLookedAt).month == month(5)
    assert f"ChangeProposed {CARE}" in play.until_day(2026, 6, 2)


# --- a change that waits ----------------------------------------------------------------------------------------------


def test_a_raise_nobody_decides_keeps_its_month_and_its_term(play: ClaimPlayer) -> None:
    play.rules = raised(25000, month(4))
    play.until_day(2026, 5, 20)
    proposed = [event for event, _ in play.said if isinstance(event, ChangeProposed)]
    assert [event.change.month for event in proposed] == [month(4)]
    assert any(isinstance(event, EscalationOpened) for event, _ in play.said)


def test_what_an_age_brings_waits_for_the_raise_before_it(play: ClaimPlayer) -> None:
    play.rules = raised(25000, month(5))
    play.until_day(2026, 6, 3)  # 80 in June
    assert play.state.holding(CARE).change == Change(ends=None, row="class_1", fen=25000, month=month(5), on=None)
    assert play.confirmed(CARE)[-2:] == [f"EntitlementChanged {CARE}", f"ChangeProposed {CARE}"]
    change = play.state.holding(CARE).change
    assert change is not None and (change.row, change.fen, change.month) == ("class_2", 25000, month(6))
    assert play.confirmed(CARE) == [f"EntitlementChanged {CARE}"]


def test_a_benefit_that_has_left_the_rules_ends_with_the_month_it_left(play: ClaimPlayer) -> None:
    def without(of: date) -> BenefitRules:
        rules = rules_of(load("example-cq"), of)
        return rules.model_copy(update={"benefits": rules.benefits[1:], "exclusivity": ()})

    play.rules = without
    play.until_day(2026, 6, 20)
    assert [event.change.month for event, _ in play.said if isinstance(event, ChangeProposed)] == [month(3)]


def test_what_was_kept_is_not_proposed_in_another_month_again(play: ClaimPlayer) -> None:
    play.rules = raised(25000, month(4))
    play.until_day(2026, 4, 7)
    play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE)
    assert play.until_day(2026, 5, 30) == ["BenefitsLookedAt"]


def test_a_raise_of_months_nobody_could_look_at_begins_when_a_person_says() -> None:
    play = ClaimPlayer(born_on=date(1950, 1, 1))
    play.given(CARE)
    play.until_day(2026, 4, 20)
    play.death(reported=True)
    play.rules = raised(25000, month(5))
    play.until_day(2026, 6, 20)
    play.death(reported=False)
    play.until(play.now)
    change = play.state.holding(CARE).change
    assert change is not None and (change.fen, change.month) == (25000, None)
    assert play.confirmed(CARE) == [f"MessageRefused {Refusal.MONTH_NEEDED}"]
    assert play.confirmed(CARE, month(5))[0] == f"EntitlementChanged {CARE}"


# --- a death in another order -----------------------------------------------------------------------------------------


def test_what_was_stopped_is_held_and_ended_earlier_by_a_death_told_later(play: ClaimPlayer) -> None:
    play.until_day(2026, 8, 5)
    given_up(play, CARE, month(8))
    play.told(CARE)
    play.death(reported=True)
    assert play.last(PaymentsHeld).codes == (CARE,)
    ends(play, date(2026, 6, 1))
    assert play.state.holding(CARE).change == Change(
        ends=EndCause.DEATH, row=None, fen=None, month=month(6), on=date(2026, 6, 1)
    )
    assert play.confirmed(CARE) == [f"EntitlementStopped {CARE}"]
    assert (play.last(EntitlementStopped).through, play.state.holding(CARE).held) == (month(6), False)


def test_a_person_stops_earlier_what_was_stopped_or_its_end_on_another_day_and_never_later(play: ClaimPlayer) -> None:
    play.until_day(2026, 8, 5)
    given_up(play, CARE, month(8))
    play.told(CARE)
    stop = {"code": CARE, "why": EndCause.DEATH, "note": NOTE}
    assert play.tell(StopBenefit, COUNTY, **stop, on=date(2026, 6, 1))[0] == f"EntitlementStopped {CARE}"
    assert play.state.holding(CARE).entitlement.through == month(6)
    assert play.tell(StopBenefit, COUNTY, **stop, on=date(2026, 7, 1))[0] == f"EntitlementStopped {CARE}"
    assert play.state.holding(CARE).entitlement.through == month(7)
    play.until_day(2026, 9, 3)
    assert play.tell(StopBenefit, COUNTY, **stop, on=date(2026, 9, 1)) == [f"MessageRefused {Refusal.NOT_PAID}"]


def test_a_hold_that_comes_after_its_end_holds_nothing(play: ClaimPlayer) -> None:
    assert play.tell(ReleaseBenefits) == [f"MessageRefused {Refusal.NO_DEATH_REPORTED}"]
    assert play.tell(HoldBenefits) == [f"MessageRefused {Refusal.NO_DEATH_REPORTED}"]  # undone since
    assert not play.state.held


def test_who_lives_after_all_is_released_by_whatever_is_told_next(play: ClaimPlayer) -> None:
    play.death(reported=True)
    play.reported = False  # confirmed, and opened again, before anybody told
    refused = play.tell(EndBenefits, reason=DIED, on=date(2026, 3, 1))
    assert refused == [f"MessageRefused {Refusal.NOT_CLOSED}", "PaymentsReleased"]
    assert not play.state.held and not play.state.holding(CARE).held


def test_a_death_reported_before_anything_was_asked_is_known() -> None:
    play = ClaimPlayer()
    play.reported = True
    assert play.asked(CARE)[-1] == "PaymentsHeld"
    play.checked(CARE)
    assert play.approved(CARE) == [f"MessageRefused {Refusal.PAYMENT_HELD}"]


def test_of_who_is_gone_nothing_is_kept(play: ClaimPlayer) -> None:
    ends(play, date(2026, 3, 1), MOVED)
    assert play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE) == [f"MessageRefused {Refusal.ELDER_GONE}"]
    assert not rests(play.state) and next_wakeup(play.state) is not None


def test_the_death_of_who_is_back_stops_nothing(play: ClaimPlayer) -> None:
    ends(play, date(2026, 3, 1))
    play.gone = None  # opened again, and not heard of yet
    refused = play.tell(ConfirmChange, COUNTY, code=CARE, row=None, fen=None)
    assert refused[0] == f"MessageRefused {Refusal.CHANGED_SINCE}"
    assert play.state.holding(CARE).change is None and not play.state.held


def test_who_moved_on_a_day_nobody_told_is_paid_until_the_month_a_person_names(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    ends(play, None, MOVED)
    assert play.confirmed(CARE) == [f"MessageRefused {Refusal.MONTH_NEEDED}"]
    assert play.confirmed(CARE, month(3)) == [f"EntitlementStopped {CARE}"]


def test_what_a_death_stopped_is_not_found_out_again() -> None:
    play = ClaimPlayer(has_case=False)
    play.given(CARE)
    play.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.DEATH, on=play.today, note=NOTE)
    play.told(CARE)
    assert f"ClaimOpened {CARE}" not in play.tell(FactsChanged, heard=Heard.REGISTER)


# --- objections, papers, and who decides ------------------------------------------------------------------------------


def posted(play: ClaimPlayer) -> None:
    play.notice = PublicNotice(days=7, unit="calendar_days", again_days=3)
    play.checked(CARE)
    play.tell(PostNotice, code=CARE, posted_on=play.today, proof=NOTE)


def test_one_more_objection_is_looked_into_with_the_first() -> None:
    play = ClaimPlayer()
    posted(play)
    play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE)
    step = play.state.claim(CARE).step
    assert play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE) == [f"ClaimObjected {CARE}"]
    assert play.state.claim(CARE).step == step


def test_an_objection_before_it_was_recorded_that_the_notice_hangs_is_heard() -> None:
    play = ClaimPlayer()
    play.notice = PublicNotice(days=7, unit="calendar_days")
    play.checked(CARE)
    assert play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE) == [f"ClaimObjected {CARE}"]
    said = play.tell(DecideObjection, OTHER, code=CARE, upheld=False, note=NOTE)
    assert said == [f"ObjectionDecided {CARE}", f"NoticeDue {CARE}"]
    assert play.state.stage(CARE) is ClaimStage.POSTING


def test_who_checked_in_an_earlier_round_does_not_approve() -> None:
    play = ClaimPlayer()
    play.checked(CARE)
    play.tell(ReturnBenefit, COUNTY, code=CARE, note=NOTE)
    play.tell(RefuseBenefit, CHECKER, code=CARE, note=NOTE)
    play.tell(CheckBenefit, OTHER, code=CARE)
    for who in (CHECKER, OTHER):
        said = play.tell(ApproveBenefit, who, code=CARE, row="class_1", fen=20000)
        assert said == [f"MessageRefused {Refusal.SAME_PERSON}"]


def test_papers_that_never_come_are_refused_by_the_county() -> None:
    play = ClaimPlayer()
    play.asked(CARE)
    play.tell(AskPapers, code=CARE, documents=("id_copy",))
    assert play.tell(RefuseBenefit, COUNTY, code=CARE, note=NOTE) == [f"ClaimRefused {CARE}"]


def test_what_was_refused_because_no_rule_could_say_is_found_out_when_one_does() -> None:
    play = ClaimPlayer(economic="特困", self_care="半护理", gb_level="重度失能")
    play.checked(COUPON)
    play.tell(RefuseBenefit, COUNTY, code=COUPON, note=NOTE)
    play.told(COUPON)
    play.knows(economic="低保")
    assert play.state.stage(COUPON) is ClaimStage.CHECKING


def test_a_running_one_that_no_rule_speaks_of_any_more_is_the_countys_to_end() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.days_pass(1)
    assert f"ReviewDue {COUPON}" in play.knows(economic="特困", self_care="半护理")
    assert f"ChangeProposed {COUPON}" in play.tell(ReviewBenefit, code=COUPON)
    assert play.confirmed(COUPON, month(3))[0] == f"EntitlementStopped {COUPON}"


def test_no_ladder_says_of_which_benefit_it_is() -> None:
    play = ClaimPlayer()
    play.asked(SEVERE)
    play.days_pass(30)
    opened = play.last(EscalationOpened)
    assert (opened.escalation_id, opened.about) == ("escalation/E1/benefit-1", f"{SEVERE}/checking")


# --- what a second reading found --------------------------------------------------------------------------------------


def test_a_move_told_while_a_death_was_reported_still_ends_it() -> None:
    play = ClaimPlayer(born_on=date(1950, 1, 1))
    play.given(CARE)
    play.death(reported=True)
    said = ends(play, None, MOVED)
    assert said == [f"ChangeProposed {CARE}", "BenefitsEnded", "PaymentsReleased"]
    assert play.state.gone is MOVED and play.state.holding(CARE).change is not None


def test_a_move_the_rules_speak_of_is_confirmed_and_lapses_like_any_change() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.knows(lives_here=False)
    change = play.state.holding(COUPON).change
    assert change is not None and change.ends is EndCause.MOVED_OUT
    assert f"ChangeLapsed {COUPON}" in play.knows(lives_here=True)
    play.days_pass(1)
    play.knows(lives_here=False)
    assert f"EntitlementStopped {COUPON}" in play.confirmed(COUPON)


def test_what_may_not_stand_beside_what_runs_waits_for_its_end(play: ClaimPlayer) -> None:
    play.until_day(2026, 5, 6)
    play.knows(economic="其他")  # the end of one waits, the other opens
    assert play.approved(SEVERE) == [f"MessageRefused {Refusal.OTHER_RUNS}"]
    assert f"EntitlementStopped {CARE}" in play.confirmed(CARE, month(5))
    play.approved(SEVERE)
    assert play.last(ClaimApproved).from_month == month(6)


def test_what_was_kept_is_proposed_when_it_is_so_of_another_day() -> None:
    play = ClaimPlayer(born_on=date(1950, 1, 1))
    play.given(CARE)
    play.knows(economic="其他")
    play.tell(KeepBenefit, COUNTY, code=CARE, note=NOTE)
    play.days_pass(1)
    play.knows(economic="低保")
    play.until_day(2026, 9, 9)
    assert f"ChangeProposed {CARE}" in play.knows(economic="其他")


def test_a_corrected_day_corrects_the_month_that_is_proposed() -> None:
    play = ClaimPlayer(gb_level="重度失能")
    play.given(COUPON)
    play.until_day(2026, 6, 8)
    play.knows(gb_level="轻度失能")
    play.facts["gb_level"] = ("轻度失能", date(2026, 4, 10))
    play.tell(FactsChanged, heard=Heard.LEVEL)
    change = play.state.holding(COUPON).change
    assert change is not None and change.month == month(4)


def test_a_later_claim_is_not_wiped_by_an_earlier_end_of_the_first(play: ClaimPlayer) -> None:
    play.until_day(2026, 8, 5)
    given_up(play, CARE, month(8))
    play.told(CARE)
    play.asked(CARE)
    stop = play.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.DEATH, on=date(2026, 6, 1), note=NOTE)
    assert stop == [f"MessageRefused {Refusal.CLAIM_NOT_THERE}"]
    assert play.state.stage(CARE) is ClaimStage.CHECKING


def test_a_ladder_about_telling_ends_with_the_stop_that_is_told_instead() -> None:
    play = ClaimPlayer(born_on=date(1950, 1, 1))
    play.approved(CARE)
    play.days_pass(8)
    assert any(isinstance(event, EscalationOpened) for event, _ in play.said)
    assert given_up(play, CARE, month(3))[:2] == ["EscalationWithdrawn", f"EntitlementStopped {CARE}"]


def test_after_a_gap_a_person_says_since_when_a_benefit_has_left_the_rules() -> None:
    play = ClaimPlayer(born_on=date(1950, 1, 1))
    play.given(CARE)
    play.until_day(2026, 4, 20)
    play.death(reported=True)

    def without(of: date) -> BenefitRules:
        rules = rules_of(load("example-cq"), of)
        return rules.model_copy(update={"benefits": rules.benefits[1:], "exclusivity": ()})

    play.rules = without
    play.until_day(2026, 7, 20)
    play.death(reported=False)
    play.until(play.now)
    change = play.state.holding(CARE).change
    assert change is not None and (change.ends, change.month) == (EndCause.RULE_ENDED, None)
    assert play.confirmed(CARE, month(4)) == [f"EntitlementStopped {CARE}"]


def test_the_last_month_may_lie_before_a_change(play: ClaimPlayer) -> None:
    play.until_day(2026, 6, 3)
    play.confirmed(CARE)
    play.until_day(2026, 8, 5)
    stop = play.tell(
        StopBenefit, COUNTY, code=CARE, why=EndCause.FALSE_PAPERS, on=play.today, month=month(4), note=NOTE
    )  # fmt: skip
    assert stop[0] == f"EntitlementStopped {CARE}"


def test_a_move_is_proposed_again_though_one_was_kept(play: ClaimPlayer) -> None:
    ends(play, None, MOVED)
    play.state = play.state.model_copy(
        update={"holdings": {CARE: play.state.holding(CARE).model_copy(update={"dropped": Change(
            ends=EndCause.MOVED_OUT, row=None, fen=None, month=None, on=None), "change": None, "step": None})}}
    )  # fmt: skip
    assert f"ChangeProposed {CARE}" in ends(play, None, MOVED)
