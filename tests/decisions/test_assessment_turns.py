"""What may come between in an assessment: the round always has a way on, and nothing that was said is forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from decisions import assessment
from models.ability import AbilityLevel
from models.assessment import Disputed, Relation, ResultElsewhere, Stage, Trigger
from models.assessment_messages import (
    ConfirmLevel,
    ConfirmSheet,
    EndAssessment,
    ObjectLevel,
    RecordResult,
    RefuseAssessment,
    ReturnSheet,
    SubmitSheet,
)
from models.events import AssessmentRequested, EditionAdopted, EscalationOpened, LevelConfirmed
from models.letters import TextLetter, UpdateLetter, WorkItem
from models.messages import EscalationClosed
from models.values import Actor, CloseReason, Outcome, Role
from tests.decisions.assessment_player import FIRST, FOURTH, NOTE, OTHER, THIRD, AssessmentPlayer, fit, sheet
from tests.decisions.case_player import OFFICER, SECOND

TODAY = date(2026, 3, 2)
SECOND_SHEET = {
    "assessors": (
        sheet(TODAY).assessors[0].model_copy(update={"staff_id": THIRD.id}),
        sheet(TODAY).assessors[1].model_copy(update={"staff_id": FOURTH.id}),
    )
}


def last(player: AssessmentPlayer, kind: type[Any]) -> Any:
    return next(event for event in reversed(player.said) if isinstance(event, kind))


def today(play: AssessmentPlayer) -> date:
    return (play.now + timedelta(hours=8)).date()


def at_stage(stage: Stage) -> AssessmentPlayer:
    play = AssessmentPlayer()
    play.asked()
    if stage is Stage.NAMING:
        return play
    play.named()
    if stage in (Stage.SIGNING, Stage.SETTLING, Stage.CONFIRMING):
        play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY))
    if stage is Stage.SETTLING:
        play.tell(ConfirmSheet, OTHER, disputed=(Disputed(item="B.1.1", first=4, second=3),))
    if stage is Stage.CONFIRMING:
        play.tell(ConfirmSheet, OTHER)
    assert play.state.stage is stage
    return play


def by_the_others(play: AssessmentPlayer, total: int = 50) -> None:
    """Named, assessed and signed by the other two."""
    play.named(THIRD, FOURTH)
    play.tell(SubmitSheet, THIRD, sheet=sheet(today(play), total).model_copy(update=SECOND_SHEET))
    play.tell(ConfirmSheet, FOURTH)


# --- nobody is needed without whom it cannot go on --------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.SIGNING, Stage.SETTLING])
def test_two_others_begin_anew_where_one_of_the_two_cannot_go_on(stage: Stage) -> None:
    play = at_stage(stage)
    assert play.named() == ["MessageRefused same_two"]
    assert play.named(THIRD, FOURTH) == ["AssessorsNamed"]
    assert play.state.stage is Stage.ASSESSING and play.state.in_hand.sheet is None
    assert play.texts()[-4:] == [
        ("A-1", "assessment_not_needed"), ("A-2", "assessment_not_needed"),
        ("A-3", "assessment_asked"), ("A-4", "assessment_asked"),
    ]  # fmt: skip


@pytest.mark.parametrize("stage", [Stage.SIGNING, Stage.SETTLING])
def test_a_sheet_with_a_slip_goes_back_before_it_is_signed(stage: Stage) -> None:
    play = at_stage(stage)
    assert play.tell(ReturnSheet, SECOND, note=NOTE) == ["SheetReturned"]
    assert play.proposed(70).level is AbilityLevel.MILD


@pytest.mark.parametrize("stage", [Stage.NAMING, Stage.ASSESSING, Stage.SIGNING, Stage.SETTLING])
def test_the_elder_may_refuse_until_there_is_a_level(stage: Stage) -> None:
    assert at_stage(stage).tell(RefuseAssessment, note=NOTE) == ["AssessmentRefused"]


def test_the_same_two_are_not_named_again_to_buy_time() -> None:
    play = at_stage(Stage.ASSESSING)
    play.days_pass(21)
    assert play.named() == ["MessageRefused same_two"]
    assert play.named(OTHER, FIRST) == ["EscalationWithdrawn", "AssessorsNamed"]
    assert play.texts()[-2:] == [("A-2", "assessment_asked"), ("A-1", "assessment_asked")]


# --- objections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.ASSESSING, Stage.SIGNING, Stage.CONFIRMING])
def test_an_objection_in_another_round_takes_it_from_those_who_are_objected_to(stage: Stage) -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.asked(Trigger.CHANGE)
    play.named()
    if stage is not Stage.ASSESSING:
        play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY))
    if stage is Stage.CONFIRMING:
        play.tell(ConfirmSheet, OTHER)
    assert play.tell(ObjectLevel, note=NOTE) == ["LevelObjected", "SheetReturned"]
    assert play.state.stage is Stage.NAMING
    assert play.texts()[-2:] == [("A-1", "assessment_not_needed"), ("A-2", "assessment_not_needed")]
    assert [one.about for one in play.letters if isinstance(one, WorkItem)][-1] == "returned"
    assert play.named(FIRST, THIRD) == ["MessageRefused assessed_before"]
    assert play.tell(RecordResult, result=elsewhere()) == ["MessageRefused not_this_step"]
    by_the_others(play)
    assert play.state.stage is Stage.CONFIRMING


def test_a_round_that_others_hold_already_answers_the_objection() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.asked(Trigger.CHANGE)
    play.named(THIRD, FOURTH)
    assert play.tell(ObjectLevel, note=NOTE) == ["LevelObjected"]
    assert play.state.stage is Stage.ASSESSING


def test_whoever_found_the_first_does_not_look_into_the_second_objection() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.tell(ObjectLevel, note=NOTE)
    by_the_others(play, 70)
    play.tell(ConfirmLevel, SECOND, level=AbilityLevel.MILD)
    play.tell(ObjectLevel, note=NOTE)
    assert last(play, AssessmentRequested).not_these == ("A-1", "A-2", "A-3", "A-4")


def test_whose_sheet_was_returned_neither_confirms_nor_looks_into_it_again() -> None:
    play = AssessmentPlayer()
    play.proposed(50)
    play.tell(ReturnSheet, SECOND, note=NOTE)
    by_the_others(play)
    as_officer = Actor(id=FIRST.id, kind=FIRST.kind, role=Role.TOWNSHIP_OFFICER)
    assert play.tell(ConfirmLevel, as_officer, level=AbilityLevel.MODERATE) == ["MessageRefused same_person"]
    play.tell(ConfirmLevel, SECOND, level=AbilityLevel.MODERATE)
    play.tell(ObjectLevel, note=NOTE)
    assert play.named(FIRST, OTHER) == ["MessageRefused assessed_before"]


def test_an_objection_is_in_time_when_it_was_handed_in_in_time() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    handed_in = play.now + timedelta(days=29)
    play.until(handed_in + timedelta(days=5))
    assert play.tell(ObjectLevel, note=NOTE, received_at=handed_in)[0] == "LevelObjected"


# --- nothing that was said is forgotten -------------------------------------------------------------------------------


def test_a_change_told_after_the_sheet_has_a_round_follow() -> None:
    play = at_stage(Stage.CONFIRMING)
    assert play.asked(Trigger.CHANGE) == ["TriggerNoted change"]
    said = play.tell(ConfirmLevel, SECOND, level=AbilityLevel.MODERATE)
    assert said == ["LevelConfirmed moderate", "AssessmentRequested change"]


def test_a_change_told_before_the_sheet_is_seen_by_it() -> None:
    play = at_stage(Stage.ASSESSING)
    play.asked(Trigger.CHANGE)
    assert play.confirmed(50) is AbilityLevel.MODERATE and play.state.round is None


def test_a_round_that_came_to_nothing_does_not_take_the_place_of_the_renewal() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.days_pass(40)
    play.asked()
    play.tell(RefuseAssessment, note=NOTE)
    assert play.until(datetime(2027, 2, 1, tzinfo=UTC)) == ["AssessmentRequested expiry"]


def test_a_round_under_way_is_the_renewal() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.until(datetime(2027, 1, 29, tzinfo=UTC))
    play.asked()
    assert play.days_pass(2) == ["TriggerNoted expiry"]


def test_the_level_of_who_moved_away_ends_on_its_day_and_is_not_renewed() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.gone = CloseReason.MOVED_OUT
    play.tell(EndAssessment, reason=CloseReason.MOVED_OUT)
    assert play.until(datetime(2029, 1, 1, tzinfo=UTC)) == ["LevelExpired"]


def test_an_end_that_comes_after_the_case_was_opened_again_ends_nothing() -> None:
    play = at_stage(Stage.ASSESSING)
    assert play.tell(EndAssessment, reason=CloseReason.MOVED_OUT) == ["MessageRefused not_closed"]


# --- the ladder's outcomes -------------------------------------------------------------------------------------------


def ladder_of(stage: Stage, outcome: Outcome, *, has_case: bool = True) -> tuple[AssessmentPlayer, list[str]]:
    play = AssessmentPlayer(has_case=has_case)
    play.asked()
    if stage is Stage.ASSESSING:
        play.named()
    play.until(play.state.in_hand.due_at)
    ladder = last(play, EscalationOpened).escalation_id
    return play, play.tell(EscalationClosed, SECOND, escalation_id=ladder, outcome=outcome, resolved_by=SECOND)


def test_a_refusal_found_on_the_way_is_the_recorded_end() -> None:
    _, said = ladder_of(Stage.NAMING, Outcome.REFUSED)
    assert said == ["EscalationEnded", "AssessmentRefused"]


@pytest.mark.parametrize(("outcome", "has_case"), [(Outcome.MOVED, True), (Outcome.DIED, False)])
def test_what_nobody_else_would_hear_of_is_put_before_an_officer(outcome: Outcome, has_case: bool) -> None:
    play, said = ladder_of(Stage.NAMING, outcome, has_case=has_case)
    assert said == ["EscalationEnded", "StageProlonged"]
    assert ("follow_up", outcome.value) in [(one.item, one.about) for one in play.letters if isinstance(one, WorkItem)]


def test_a_death_found_by_a_ladder_that_was_withdrawn_is_still_told() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.until(play.state.in_hand.due_at)
    ladder = last(play, EscalationOpened).escalation_id
    play.named()
    said = play.tell(EscalationClosed, SECOND, escalation_id=ladder, outcome=Outcome.DIED, resolved_by=SECOND)
    assert said == ["EscalationEnded"]
    assert [one.message.kind for one in play.letters if isinstance(one, UpdateLetter)][-1] == "report_death"
    late = play.tell(EscalationClosed, SECOND, escalation_id=ladder, outcome=Outcome.OTHER, resolved_by=SECOND)
    assert late == ["MessageRefused already_closed"]


def test_a_term_that_begins_again_is_told_to_whom_it_waits_for() -> None:
    play, _ = ladder_of(Stage.NAMING, Outcome.OTHER)
    item = [one for one in play.letters if isinstance(one, WorkItem)][-1]
    assert (item.item, item.due_at) == ("name_assessors", play.state.in_hand.due_at)
    play, _ = ladder_of(Stage.ASSESSING, Outcome.OTHER)
    assert play.texts()[-2:] == [("A-1", "assessment_reminder"), ("A-2", "assessment_reminder")]


def test_whom_a_ladder_stands_for_a_year_is_told_once_more() -> None:
    play = at_stage(Stage.ASSESSING)
    before = len(play.texts())
    play.days_pass(20 + 366)
    told = [one for one in play.letters if isinstance(one, TextLetter)][before:]
    assert [one.recipient_id for one in told] == ["A-1", "A-2"] * 2
    assert told[-1].send_by is not None and told[-1].send_by > play.now - timedelta(days=1)


# --- results from elsewhere, sheets, places --------------------------------------------------------------------------


def elsewhere(**changes: Any) -> ResultElsewhere:
    known = {
        "body_id": "B-elsewhere", "standard": "GB/T-42195-2022", "assessed_on": date(2025, 9, 1),
        "level": AbilityLevel.SEVERE, "document": NOTE, **changes,
    }  # fmt: skip
    return ResultElsewhere.model_validate(known)


def test_a_paper_takes_the_round_from_the_two_who_were_named() -> None:
    play = at_stage(Stage.ASSESSING)
    play.tell(RecordResult, result=elsewhere())
    assert play.texts()[-2:] == [("A-1", "assessment_not_needed"), ("A-2", "assessment_not_needed")]
    told = len(play.texts())
    play.tell(ReturnSheet, SECOND, note=NOTE)
    assert play.state.stage is Stage.NAMING and len(play.texts()) == told
    assert play.named() == ["AssessorsNamed"] and len(play.texts()) == told + 2


def test_a_paper_that_runs_out_before_it_is_confirmed_confirms_nothing() -> None:
    play = AssessmentPlayer()
    play.tell(RecordResult, result=elsewhere(assessed_on=date(2025, 3, 5)))
    play.days_pass(4)
    assert play.tell(ConfirmLevel, SECOND, level=AbilityLevel.SEVERE) == ["MessageRefused too_old"]
    assert play.tell(ReturnSheet, SECOND, note=NOTE) == ["SheetReturned"]


def test_a_paper_older_than_the_level_that_holds_replaces_nothing() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    assert play.tell(RecordResult, result=elsewhere()) == ["MessageRefused too_old"]


def test_a_sheet_is_of_this_round() -> None:
    play = at_stage(Stage.ASSESSING)
    yesterday = sheet(TODAY - timedelta(days=1))
    assert play.tell(SubmitSheet, FIRST, sheet=yesterday) == ["MessageRefused too_old"]


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": {"person": None}},
        {"provider": {"signed_on": TODAY + timedelta(days=1)}},
        {"consent": {"by": "guardian"}},
    ],
)
def test_who_told_and_who_consented_is_named_and_has_signed(changes: dict[str, dict[str, Any]]) -> None:
    held = sheet(TODAY)
    assert held.provider.relation is Relation.CHILD
    parts = {name: getattr(held, name).model_copy(update=part) for name, part in changes.items()}
    said = at_stage(Stage.ASSESSING).tell(SubmitSheet, FIRST, sheet=held.model_copy(update=parts))
    assert said == ["MessageRefused not_signed"]


def test_whoever_becomes_kin_after_they_were_named_is_heard_no_more() -> None:
    play = at_stage(Stage.ASSESSING)
    play.facts[FIRST.id] = fit(FIRST.id, kin=True)
    assert play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY)) == ["MessageRefused kin"]
    play.facts[FIRST.id] = fit(FIRST.id, away=True)  # the sheet is of another day
    assert play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY)) == ["SheetSubmitted"]


def test_an_elder_who_moved_is_looked_after_where_they_live_now() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.lives_in = ("T2", "W9")
    assert play.until(play.state.in_hand.due_at) == ["ElderPlaced", "EscalationOpened"]
    opened = last(play, EscalationOpened)
    assert (opened.township_id, opened.village_id) == ("T2", "W9")


def test_whoever_has_become_a_case_meanwhile_is_told_of_the_level() -> None:
    play = AssessmentPlayer(has_case=False)
    play.proposed(50)
    play.has_case = True
    assert play.tell(ConfirmLevel, SECOND, level=AbilityLevel.MODERATE)[-1] == "LevelConfirmed moderate"
    told = [one.message.kind for one in play.letters if isinstance(one, UpdateLetter)]
    assert told == ["care_level_decided", "facts_changed"]


def test_another_edition_is_adopted_when_a_round_begins() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.edition = 3
    assert play.asked() == ["EditionAdopted", "AssessmentRequested staff"]
    assert last(play, EditionAdopted).edition == play.state.edition == 3


@pytest.mark.parametrize("stage", [Stage.NAMING, Stage.ASSESSING, Stage.SIGNING, Stage.SETTLING, Stage.CONFIRMING])
def test_no_stage_is_left_without_somebody_for_longer_than_a_year(stage: Stage) -> None:
    """Whatever is ended by a person and then forgotten comes back."""
    play = at_stage(stage)
    for _ in range(4):
        play.until(play.state.in_hand.due_at)
        assert isinstance(play.said[-1], EscalationOpened)
        ladder = play.state.in_hand.escalation_id
        play.tell(EscalationClosed, SECOND, escalation_id=ladder, outcome=Outcome.OTHER, resolved_by=SECOND)
        wakes_at = assessment.next_wakeup(play.state)
        assert play.state.stage is stage and wakes_at is not None and wakes_at > play.now


def test_a_result_confirmed_is_the_papers() -> None:
    play = AssessmentPlayer()
    play.tell(RecordResult, OFFICER, result=elsewhere())
    play.tell(ConfirmLevel, SECOND, level=AbilityLevel.SEVERE)
    assert last(play, LevelConfirmed).assessed_on == date(2025, 9, 1)
    assert play.state.level is not None and play.state.level.looked == ()
