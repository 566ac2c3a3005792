"""A claim from its request to a decision the person knows of, by the rules of the shipped example."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from decisions.claim_state import Step
from decisions.claims import WHEN, next_wakeup, rests
from models.benefits import Outcome, PublicNotice, Standing
from models.claim_messages import (
    ApproveBenefit,
    AskPapers,
    ChooseBenefit,
    DecideObjection,
    HandInPapers,
    ObjectBenefit,
    PostNotice,
    RefuseBenefit,
    RequestBenefit,
    ReturnBenefit,
    TellDecision,
    WithdrawBenefit,
)
from models.claims import ClaimStage, ClaimTrigger, EndCause, NoNotice, ToldHow
from models.errors import Refusal
from models.events import (
    BenefitChosen,
    ClaimApproved,
    ClaimChecked,
    ClaimOpened,
    ClaimRefused,
    ClaimReminded,
    DecisionTold,
    EntitlementStopped,
    EscalationOpened,
    NoticeDue,
    NoticePosted,
    NoticeSkipped,
)
from models.letters import EndItems, StartEscalation, TextLetter, WorkItem
from models.messages import EscalationClosed
from models.values import EscalationCause, Role
from models.values import Outcome as Ended
from tests.decisions.claim_player import BEGINS, CARE, CHECKER, COUNTY, COUPON, NOTE, OTHER, SEVERE, ClaimPlayer

SEVEN_DAYS = PublicNotice(days=7, unit="calendar_days", again_days=3, place="村务公开栏")
APRIL = date(2026, 4, 1)


@pytest.fixture
def play() -> ClaimPlayer:
    return ClaimPlayer()


def test_from_a_request_to_an_entitlement_the_person_knows_of(play: ClaimPlayer) -> None:
    assert play.asked(CARE)[-1] == f"ClaimOpened {CARE}"
    opened = play.last(ClaimOpened)
    assert (opened.n, opened.trigger, opened.asked_on) == (1, ClaimTrigger.APPLICATION, date(2026, 3, 2))
    assert (opened.proposed.outcome, opened.proposed.row, opened.proposed.fen) == (Outcome.ELIGIBLE, "class_1", 20000)
    play.days_pass(2)
    assert play.checked(CARE) == [f"ClaimChecked {CARE}", f"NoticeSkipped {CARE}", f"ApprovalDue {CARE}"]
    assert play.last(NoticeSkipped).why is NoNotice.NO_BASIS  # no pack quotes a rule of public notice for it
    play.days_pass(1)
    assert play.approved(CARE) == [f"ClaimApproved {CARE}"]
    approved = play.last(ClaimApproved)
    assert (approved.from_month, approved.proposed.fen) == (date(2026, 3, 1), 20000)
    assert approved.proposed.version and len(approved.proposed.hash) == 64  # pinned
    assert approved.review_on == date(2027, 3, 5)
    play.told(CARE)
    assert play.last(DecisionTold).appeal_by == date(2026, 5, 6)  # 60 days on is 2026-05-04, a holiday until the 5th
    holding = play.state.holding(CARE)
    assert holding.runs and play.state.stage(CARE) is None
    assert not rests(play.state)  # it is looked at again when April begins
    wakes = next_wakeup(play.state)
    assert wakes is not None and date(2026, 3, 31) <= wakes.date() <= date(2026, 4, 1)


def test_each_step_stands_on_the_worklist_of_whose_it_is(play: ClaimPlayer) -> None:
    play.given(CARE)
    items = [(item.item, item.role, item.about) for item in play.letters if isinstance(item, WorkItem)]
    assert items == [
        ("check_benefit", Role.TOWNSHIP_OFFICER, CARE), ("approve_benefit", Role.COUNTY_OFFICER, CARE),
        ("tell_decision", Role.TOWNSHIP_OFFICER, CARE),
    ]  # fmt: skip
    ends = [letter for letter in play.letters if isinstance(letter, EndItems)]
    assert len(ends) == 4 and {end.about for end in ends} == {CARE}


# --- who may not ------------------------------------------------------------------------------------------------------


def test_who_checked_it_does_not_approve_or_refuse_it(play: ClaimPlayer) -> None:
    play.checked(CARE)
    refused = [f"MessageRefused {Refusal.SAME_PERSON}"]
    assert play.tell(ApproveBenefit, CHECKER, code=CARE, row="class_1", fen=20000) == refused
    assert play.tell(RefuseBenefit, CHECKER, code=CARE, note=NOTE) == refused


@pytest.mark.parametrize(("row", "fen"), [("class_1", 20001), ("class_2", 20000), ("class_1", None)])
def test_nobody_approves_what_the_rules_do_not_give(play: ClaimPlayer, row: str, fen: int | None) -> None:
    play.checked(CARE)
    said = play.tell(ApproveBenefit, COUNTY, code=CARE, row=row, fen=fen)
    assert said == [f"MessageRefused {Refusal.OTHER_AMOUNT}"]


def test_what_has_changed_since_the_check_goes_back(play: ClaimPlayer) -> None:
    play.checked(CARE)
    play.knows(born_on=date(1946, 3, 1))  # 80 this month: the other class
    assert play.tell(ApproveBenefit, COUNTY, code=CARE, row="class_2", fen=20000) == [
        f"MessageRefused {Refusal.CHANGED_SINCE}"
    ]
    assert play.tell(ReturnBenefit, COUNTY, code=CARE, note=NOTE) == [f"ClaimReturned {CARE}"]
    play.approved(CARE)
    assert play.last(ClaimApproved).proposed.row == "class_2"


def test_a_step_is_refused_where_it_does_not_belong(play: ClaimPlayer) -> None:
    assert play.tell(WithdrawBenefit, code=CARE, note=NOTE) == [f"MessageRefused {Refusal.NO_CLAIM}"]
    play.asked(CARE)
    said = play.tell(ApproveBenefit, COUNTY, code=CARE, row="class_1", fen=20000)
    assert said == [f"MessageRefused {Refusal.CLAIM_NOT_THERE}"]
    assert play.tell(TellDecision, code=CARE, told_on=play.today, how=ToldHow.HANDED) == [
        f"MessageRefused {Refusal.CLAIM_NOT_THERE}"
    ]
    assert set(WHEN) >= {"check_benefit", "approve_benefit", "refuse_benefit"}


def test_an_unknown_benefit_and_a_month_without_a_pack_are_told_apart(play: ClaimPlayer) -> None:
    assert play.asked("no_such") == [f"MessageRefused {Refusal.UNKNOWN_BENEFIT}"]
    play.rules = lambda month: None
    assert play.asked(CARE) == [f"MessageRefused {Refusal.NO_RULES}"]


def test_asked_again_while_it_is_under_way_it_is_noted(play: ClaimPlayer) -> None:
    play.asked(CARE)
    assert play.asked(CARE, ClaimTrigger.STAFF) == [f"ClaimAsked {CARE}"]
    play.given(CARE)
    assert play.asked(CARE) == [f"MessageRefused {Refusal.ALREADY_HELD}"]


# --- papers and facts -------------------------------------------------------------------------------------------------


def test_papers_are_asked_for_once(play: ClaimPlayer) -> None:
    play.asked(CARE)
    unknown = play.tell(AskPapers, code=CARE, documents=("birth_certificate",))
    assert unknown == [f"MessageRefused {Refusal.UNKNOWN_PAPER}"]
    assert play.tell(AskPapers, code=CARE, documents=("id_copy",)) == [f"PapersAsked {CARE}"]
    assert play.state.stage(CARE) is ClaimStage.PAPERS
    assert play.tell(HandInPapers, code=CARE) == [f"PapersHandedIn {CARE}"]
    again = play.tell(AskPapers, code=CARE, documents=("disability_card",))
    assert again == [f"MessageRefused {Refusal.PAPERS_ASKED_BEFORE}"]


def test_which_papers_must_be_said() -> None:
    head = {"key": "k", "actor": CHECKER, "channel": "console", "received_at": BEGINS, "code": CARE}
    with pytest.raises(ValueError, match="note is missing"):
        AskPapers.model_validate(head)
    assert AskPapers.model_validate(head | {"note": NOTE}).documents == ()


def test_what_is_missing_is_found_out_before_it_is_checked(play: ClaimPlayer) -> None:
    del play.facts["economic"]
    play.asked(CARE)
    assert play.last(ClaimOpened).proposed.outcome is Outcome.CANNOT_DECIDE
    assert play.checked(CARE) == [f"MessageRefused {Refusal.FACTS_MISSING}"]
    play.knows(economic="低保")
    assert play.checked(CARE)[0] == f"ClaimChecked {CARE}"


def test_what_is_missing_of_a_higher_one_holds_the_lower_up(play: ClaimPlayer) -> None:
    del play.facts["economic"]
    play.asked(SEVERE)
    assert play.last(ClaimOpened).proposed.standing is Standing.CANNOT_DECIDE
    assert play.checked(SEVERE) == [f"MessageRefused {Refusal.FACTS_MISSING}"]
    play.knows(economic="其他")
    assert play.checked(SEVERE)[0] == f"ClaimChecked {SEVERE}"
    play.approved(SEVERE)
    assert play.last(ClaimApproved).proposed.fen == 8000


def test_where_no_rule_speaks_the_county_can_only_refuse(play: ClaimPlayer) -> None:
    play.facts |= {"economic": ("特困", date(2025, 1, 1)), "gb_level": ("重度失能", date(2025, 1, 1))}
    play.checked(COUPON)
    checked = play.last(ClaimChecked).proposed
    assert (checked.outcome, checked.open, checked.missing) == (Outcome.CANNOT_DECIDE, ("destitute",), ())
    assert play.last(NoticeSkipped).why is NoNotice.UNDECIDED
    said = play.tell(ApproveBenefit, COUNTY, code=COUPON, row="moderate_or_worse", fen=80000)
    assert said == [f"MessageRefused {Refusal.NOT_PROPOSED}"]
    assert play.tell(RefuseBenefit, COUNTY, code=COUPON, note=NOTE) == [f"ClaimRefused {COUPON}"]


def test_a_refusal_is_told_with_the_time_to_appeal(play: ClaimPlayer) -> None:
    play.facts["economic"] = ("其他", date(2025, 1, 1))
    play.checked(CARE)
    play.tell(RefuseBenefit, COUNTY, code=CARE, note=NOTE)
    refused = play.last(ClaimRefused)
    assert refused.proposed.outcome is Outcome.NOT_ELIGIBLE and refused.note == NOTE
    assert play.asked(CARE) == [f"MessageRefused {Refusal.TELL_FIRST}"]
    early = play.tell(TellDecision, code=CARE, told_on=play.today - timedelta(days=1), how=ToldHow.HANDED)
    late = play.tell(TellDecision, code=CARE, told_on=play.today + timedelta(days=1), how=ToldHow.HANDED)
    assert (early, late) == (
        [f"MessageRefused {Refusal.TOLD_TOO_EARLY}"], [f"MessageRefused {Refusal.IN_THE_FUTURE}"],
    )  # fmt: skip
    play.told(CARE)
    assert rests(play.state)
    play.knows(economic="低保")
    assert play.state.stage(CARE) is None  # refused before: it is not found out again, somebody asks
    play.asked(CARE)
    assert play.last(ClaimOpened).n == 2


# --- public notice ----------------------------------------------------------------------------------------------------


def posted(play: ClaimPlayer) -> None:
    play.notice = SEVEN_DAYS
    play.checked(CARE)
    assert (play.last(NoticeDue).days, play.last(NoticeDue).again) == (7, False)
    play.tell(PostNotice, code=CARE, posted_on=play.today, proof=NOTE)


def test_a_notice_hangs_its_days_and_then_it_is_the_countys(play: ClaimPlayer) -> None:
    posted(play)
    assert play.last(NoticePosted).until_on == date(2026, 3, 9)  # the first day is not counted
    assert play.days_pass(6) == []
    assert play.days_pass(2) == [f"NoticeEnded {CARE}", f"ApprovalDue {CARE}"]
    assert play.tell(ObjectBenefit, code=CARE, note=NOTE) == [f"MessageRefused {Refusal.OBJECTION_TOO_LATE}"]


def test_a_last_day_off_moves_on(play: ClaimPlayer) -> None:
    play.until_day(2026, 3, 7)  # a Saturday
    posted(play)
    assert play.last(NoticePosted).until_on == date(2026, 3, 16)


def test_a_notice_in_workdays(play: ClaimPlayer) -> None:
    play.notice = SEVEN_DAYS.model_copy(update={"unit": "workdays"})
    play.checked(CARE)
    play.tell(PostNotice, code=CARE, posted_on=play.today, proof=NOTE)
    assert play.last(NoticePosted).until_on == date(2026, 3, 11)


def test_a_notice_is_of_no_other_day_than_one_it_can_be(play: ClaimPlayer) -> None:
    play.notice = SEVEN_DAYS
    play.checked(CARE)
    for day, refusal in ((date(2026, 3, 1), Refusal.TOLD_TOO_EARLY), (date(2026, 3, 3), Refusal.IN_THE_FUTURE)):
        assert play.tell(PostNotice, code=CARE, posted_on=day, proof=NOTE) == [f"MessageRefused {refusal}"]


def test_a_dismissed_objection_lets_the_notice_hang_on(play: ClaimPlayer) -> None:
    posted(play)
    play.days_pass(2)
    assert play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE) == [f"ClaimObjected {CARE}"]
    same = play.tell(DecideObjection, CHECKER, code=CARE, upheld=False, note=NOTE)
    assert same == [f"MessageRefused {Refusal.SAME_PERSON}"]
    assert play.tell(DecideObjection, OTHER, code=CARE, upheld=False, note=NOTE) == [f"ObjectionDecided {CARE}"]
    assert play.state.stage(CARE) is ClaimStage.POSTED
    play.until_day(2026, 3, 10)
    assert play.state.stage(CARE) is ClaimStage.APPROVING
    refused = play.tell(ApproveBenefit, OTHER, code=CARE, row="class_1", fen=20000)
    assert refused == [f"MessageRefused {Refusal.SAME_PERSON}"]  # they looked into the objection


def test_dismissed_after_its_days_it_goes_to_the_county(play: ClaimPlayer) -> None:
    posted(play)
    play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE)
    play.days_pass(10)
    said = play.tell(DecideObjection, OTHER, code=CARE, upheld=False, note=NOTE)
    assert said[-2:] == [f"ObjectionDecided {CARE}", f"ApprovalDue {CARE}"]


def test_an_upheld_objection_is_posted_again_for_its_own_days(play: ClaimPlayer) -> None:
    posted(play)
    play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE)
    play.tell(DecideObjection, OTHER, code=CARE, upheld=True, note=NOTE)
    assert (play.last(NoticeDue).days, play.last(NoticeDue).again) == (3, True)
    play.tell(PostNotice, code=CARE, posted_on=play.today, proof=NOTE)
    assert play.last(NoticePosted).until_on == date(2026, 3, 5)


def test_upheld_because_of_what_is_known_now_it_goes_to_the_county_to_refuse(play: ClaimPlayer) -> None:
    posted(play)
    play.tell(ObjectBenefit, OTHER, code=CARE, note=NOTE)
    play.knows(economic="其他")
    said = play.tell(DecideObjection, OTHER, code=CARE, upheld=True, note=NOTE)
    assert said == [f"ObjectionDecided {CARE}", f"NoticeSkipped {CARE}", f"ApprovalDue {CARE}"]


def test_an_objection_heard_in_time_counts_though_the_notice_has_ended_since(play: ClaimPlayer) -> None:
    posted(play)
    heard_at = play.now + timedelta(days=6)
    play.days_pass(8)
    assert play.state.stage(CARE) is ClaimStage.APPROVING
    late = ObjectBenefit.model_validate(
        {"key": "late", "actor": OTHER, "channel": "console", "received_at": heard_at, "code": CARE, "note": NOTE}
    )
    assert play.hand(late) == [f"ClaimObjected {CARE}"]


def test_minors_are_never_posted() -> None:
    play = ClaimPlayer(born_on=date(2010, 1, 1), economic="其他")
    play.notice = SEVEN_DAYS
    play.checked(SEVERE)
    assert play.last(NoticeSkipped).why is NoNotice.MINOR


# --- one beside the other ---------------------------------------------------------------------------------------------


def test_the_higher_takes_the_place_of_the_lower(play: ClaimPlayer) -> None:
    play.facts["economic"] = ("其他", date(2025, 1, 1))
    play.given(SEVERE)
    play.until_day(2026, 4, 7)
    assert f"ClaimOpened {CARE}" in play.knows(economic="低保")  # found out, nobody applied
    play.checked(CARE)
    assert play.approved(CARE) == [f"ClaimApproved {CARE}", f"EntitlementStopped {SEVERE}"]
    stopped = play.last(EntitlementStopped)
    assert (stopped.why, stopped.through) == (EndCause.OTHER_BENEFIT, date(2026, 3, 1))
    assert play.last(ClaimApproved).from_month == APRIL and play.last(ClaimApproved).instead_of == (SEVERE,)


def test_the_lower_is_not_given_beside_the_higher(play: ClaimPlayer) -> None:
    play.given(CARE)
    play.checked(SEVERE)
    checked = play.last(ClaimChecked).proposed
    assert (checked.standing, checked.to) == (Standing.GIVES_WAY, (CARE,))
    said = play.tell(ApproveBenefit, COUNTY, code=SEVERE, row="grade_1", fen=8000)
    assert said == [f"MessageRefused {Refusal.NOT_PROPOSED}"]


def test_who_does_not_want_the_higher_may_have_the_lower(play: ClaimPlayer) -> None:
    play.asked(CARE)
    play.tell(WithdrawBenefit, code=CARE, note=NOTE)
    play.given(SEVERE)
    approved = play.last(ClaimApproved).proposed
    assert (approved.fen, approved.aside) == (8000, (CARE,))


def test_of_two_of_which_one_only_may_be_had_the_person_chooses() -> None:
    play = ClaimPlayer(economic="特困", self_care="半护理")
    other = "destitute_care"
    play.asked(CARE)
    play.tell(WithdrawBenefit, code=CARE, note=NOTE)
    play.checked(SEVERE)
    assert play.last(ClaimChecked).proposed.standing is Standing.TO_CHOOSE
    said = play.tell(ApproveBenefit, COUNTY, code=SEVERE, row="grade_1", fen=8000)
    assert said == [f"MessageRefused {Refusal.TO_CHOOSE_FIRST}"]
    assert play.tell(ChooseBenefit, code=SEVERE) == [f"BenefitChosen {SEVERE}"]
    assert play.last(BenefitChosen).over == (other,)
    play.approved(SEVERE)
    assert play.state.holding(SEVERE).entitlement.fen == 8000
    play.told(SEVERE)
    play.asked(other)  # held: this gives way, until it is chosen
    assert play.last(ClaimOpened).proposed.standing is Standing.GIVES_WAY
    assert play.tell(ChooseBenefit, code=other) == [f"BenefitChosen {other}"]
    assert play.approved(other)[-2:] == [f"ClaimApproved {other}", f"EntitlementStopped {SEVERE}"]
    assert play.state.holding(other).entitlement.fen is None  # nobody states how much: it is not paid


def test_nothing_is_to_be_chosen_where_both_may_be_had(play: ClaimPlayer) -> None:
    play.asked(CARE)
    assert play.tell(ChooseBenefit, code=CARE) == [f"MessageRefused {Refusal.NOTHING_TO_CHOOSE}"]


# --- time -------------------------------------------------------------------------------------------------------------


def test_whoever_holds_the_post_is_told_once_more_and_then_the_ladder_climbs(play: ClaimPlayer) -> None:
    play.asked(CARE)
    step = play.state.claim(CARE).step
    assert isinstance(step, Step)
    assert play.until(step.due_at - timedelta(hours=1)) == [f"ClaimReminded {CARE}"]
    assert play.last(ClaimReminded).owner == CHECKER.id
    (text,) = [letter for letter in play.letters if isinstance(letter, TextLetter)]
    assert (text.recipient_id, text.cause_claim) == (CHECKER.id, f"{CARE}/checking")
    play.until(step.due_at)
    opened = play.last(EscalationOpened)
    assert (opened.cause_of, opened.first_role, opened.about) == (
        EscalationCause.BENEFIT_LATE, Role.TOWNSHIP_OFFICER, f"{CARE}/checking",
    )  # fmt: skip
    assert any(isinstance(letter, StartEscalation) for letter in play.letters)
    assert play.checked(CARE)[0] == "EscalationWithdrawn"


def test_what_the_county_has_to_do_begins_with_the_county(play: ClaimPlayer) -> None:
    play.checked(CARE)
    play.days_pass(30)
    assert play.last(EscalationOpened).first_role is Role.COUNTY_OFFICER


@pytest.mark.parametrize(
    ("outcome", "then"), [(Ended.DONE, f"ClaimProlonged {CARE}"), (Ended.REFUSED, f"ClaimWithdrawn {CARE}")]
)
def test_a_ladder_a_person_ends_leaves_the_step_to_do_in_a_new_term(
    play: ClaimPlayer, outcome: Ended, then: str
) -> None:
    play.asked(CARE)
    play.days_pass(30)
    opened = play.last(EscalationOpened)
    closed = {"escalation_id": opened.escalation_id, "outcome": outcome, "resolved_by": CHECKER}
    assert play.tell(EscalationClosed, **closed) == ["EscalationEnded", then]
    assert play.tell(EscalationClosed, **closed) == [f"MessageRefused {Refusal.ALREADY_CLOSED}"]


def test_two_late_steps_have_each_a_ladder_of_their_own(play: ClaimPlayer) -> None:
    play.asked(CARE)
    play.asked(SEVERE)
    play.days_pass(30)
    ladders = [event for event, _ in play.said if isinstance(event, EscalationOpened)]
    assert [each.about for each in ladders] == [f"{CARE}/checking", f"{SEVERE}/checking"]
    assert len({each.escalation_id for each in ladders}) == 2
    play.checked(SEVERE)
    care = play.state.claim(CARE).step
    assert care is not None and care.escalation_id == ladders[0].escalation_id


def test_told_twice_it_happens_once(play: ClaimPlayer) -> None:
    message = RequestBenefit.model_validate(
        {
            "key": "once", "actor": CHECKER, "channel": "console", "received_at": play.now, "code": CARE,
            "trigger": "staff",
        }
    )  # fmt: skip
    first, again = play.hand(message), play.hand(message)
    assert first[-1] == f"ClaimOpened {CARE}" and again == []


def test_a_death_a_ladder_finds_is_told_to_the_case(play: ClaimPlayer) -> None:
    play.asked(CARE)
    play.days_pass(30)
    opened = play.last(EscalationOpened)
    play.tell(EscalationClosed, escalation_id=opened.escalation_id, outcome=Ended.DIED, resolved_by=CHECKER)
    assert [letter.message.kind for letter in play.letters if letter.kind == "update"] == ["report_death"]
