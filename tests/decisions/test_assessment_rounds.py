"""An assessment from its request to a confirmed level, and each way it may end otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from decisions import assessment
from models.ability import AbilityLevel, CareEvent, CareRisk
from models.assessment import Disputed, ResultElsewhere, Stage, Trigger
from models.assessment_messages import (
    ConfirmLevel,
    ConfirmSheet,
    EndAssessment,
    NameAssessors,
    ObjectLevel,
    RecordResult,
    RefuseAssessment,
    RequestAssessment,
    ReturnSheet,
    SettleSheet,
    SubmitSheet,
)
from models.errors import Refusal
from models.events import (
    AssessmentRequested,
    EscalationOpened,
    EscalationWithdrawn,
    LevelConfirmed,
    LevelProposed,
    StageProlonged,
)
from models.messages import EscalationClosed, ReportDeath
from models.values import Actor, CloseReason, EscalationCause, Outcome, Role
from tests.decisions.assessment_player import (
    BEGINS,
    FIRST,
    FOURTH,
    NOTE,
    OTHER,
    RULES,
    THIRD,
    AssessmentPlayer,
    fit,
    sheet,
)
from tests.decisions.case_player import OFFICER, SECOND

TODAY = date(2026, 3, 2)


def last(player: AssessmentPlayer, kind: type[Any]) -> Any:
    return next(event for event in reversed(player.said) if isinstance(event, kind))


# --- as it should go -------------------------------------------------------------------------------------------------


def test_from_a_request_to_a_confirmed_level() -> None:
    play = AssessmentPlayer()
    assert play.asked(Trigger.VISIT) == ["AssessmentRequested visit"]
    assert play.named() == ["AssessorsNamed"]
    assert play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY, 50)) == ["SheetSubmitted"]
    assert play.tell(ConfirmSheet, OTHER) == ["SheetConfirmed", "LevelProposed moderate"]
    assert play.tell(ConfirmLevel, SECOND, level=AbilityLevel.MODERATE) == ["LevelConfirmed moderate"]
    confirmed = last(play, LevelConfirmed)
    assert (confirmed.valid_to, confirmed.use) == (date(2027, 3, 2), "依据")
    assert play.state.stage is Stage.RESTING and not assessment.rests(play.state)
    assert play.texts() == [
        ("A-1", "assessment_asked"), ("A-2", "assessment_asked"), ("A-2", "assessment_to_sign"),
    ]  # fmt: skip
    assert [(one.item, one.about) for one in play.letters if one.kind == "work_item"] == [
        ("name_assessors", "visit"), ("confirm_level", "1"),
    ]  # fmt: skip
    told = [one for one in play.letters if one.kind == "update"]
    assert [(one.workflow_id, one.message.kind) for one in told] == [
        ("case/E1", "care_level_decided"), ("benefit/E1", "facts_changed"),
    ]  # fmt: skip


def test_of_whoever_is_no_case_only_the_benefits_are_told() -> None:
    play = AssessmentPlayer(has_case=False)
    play.confirmed()
    (told,) = [one for one in play.letters if one.kind == "update"]
    assert (told.workflow_id, told.message.kind) == ("benefit/E1", "facts_changed")


def test_the_proposed_level_is_the_scorers_with_all_its_reasons() -> None:
    falls = tuple(CareEvent(kind=CareRisk.FALL, on=TODAY) for _ in range(2))
    proposed = AssessmentPlayer().proposed(50, events=falls)
    assert proposed.level is AbilityLevel.SEVERE and proposed.scored is not None
    assert (proposed.scored.total, proposed.scored.preliminary) == (50, AbilityLevel.MODERATE)
    assert [reason.rule for reason in proposed.scored.reasons] == ["band", "care_risk_events"]


def test_a_dispute_is_settled_item_by_item_and_changes_the_level() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.named()
    play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY, 46))
    differs = Disputed(item="B.1.1", first=4, second=3)
    assert play.tell(ConfirmSheet, OTHER, disputed=(differs,)) == ["SheetConfirmed"]
    assert play.texts()[-2:] == [("A-1", "assessment_to_settle"), ("A-2", "assessment_to_settle")]
    unreasoned = differs.model_copy(update={"settled": 3})
    assert play.tell(SettleSheet, FIRST, settled=(unreasoned,)) == ["MessageRefused not_disputed"]
    another = Disputed(item="B.1.2", first=4, second=3, settled=3, reason=NOTE)
    assert play.tell(SettleSheet, FIRST, settled=(another,)) == ["MessageRefused not_disputed"]
    settled = unreasoned.model_copy(update={"reason": NOTE})
    assert play.tell(SettleSheet, THIRD, settled=(settled,)) == ["MessageRefused not_the_assessor"]
    assert play.tell(SettleSheet, OTHER, settled=(settled,)) == ["SheetSettled", "LevelProposed severe"]
    assert last(play, LevelProposed).scored.total == 45


def test_a_level_is_returned_and_assessed_again() -> None:
    play = AssessmentPlayer()
    play.proposed(50)
    assert play.tell(ReturnSheet, SECOND, note=NOTE) == ["SheetReturned"]
    assert play.state.stage is Stage.ASSESSING and play.state.in_hand.assessors == ("A-1", "A-2")
    assert play.texts()[-2:] == [("A-1", "assessment_returned"), ("A-2", "assessment_returned")]
    assert play.proposed(70).level is AbilityLevel.MILD


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"kin": True}, Refusal.KIN),
        ({"visits": True}, Refusal.VISITS_THE_ELDER),
        ({"away": True}, Refusal.ASSESSOR_AWAY),
        ({"body_id": None}, Refusal.NO_BODY),
        ({"body_id": "B2"}, Refusal.OTHER_BODY),
    ],
)
def test_who_cannot_assess_this_elder_is_not_named(facts: dict[str, Any], refusal: Refusal) -> None:
    play = AssessmentPlayer()
    play.asked()
    play.facts[OTHER.id] = fit(OTHER.id, **facts)
    assert play.named() == [f"MessageRefused {refusal}"]


def test_two_are_two_and_both_are_known() -> None:
    play = AssessmentPlayer()
    play.asked()
    assert play.named(FIRST, FIRST) == ["MessageRefused same_person"]
    assert play.tell(NameAssessors, first=FIRST.id, second="A-9") == ["MessageRefused no_body"]


def test_each_step_is_one_persons() -> None:
    play = AssessmentPlayer()
    assert play.named() == ["MessageRefused not_this_step"]
    play.asked()
    assert play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY)) == ["MessageRefused not_this_step"]
    play.named()
    assert play.tell(SubmitSheet, OTHER, sheet=sheet(TODAY)) == ["MessageRefused not_the_assessor"]
    play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY))
    assert play.tell(ConfirmSheet, FIRST) == ["MessageRefused not_the_assessor"]
    play.tell(ConfirmSheet, OTHER)
    as_officer = Actor(id=OTHER.id, kind=OTHER.kind, role=Role.TOWNSHIP_OFFICER)
    assert play.tell(ConfirmLevel, as_officer, level=AbilityLevel.MODERATE) == ["MessageRefused same_person"]
    assert play.tell(ConfirmLevel, SECOND, level=AbilityLevel.SEVERE) == ["MessageRefused other_level"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"answers": {"scores": {"B.1.1": 4}}}, Refusal.SHEET_INCOMPLETE),
        ({"answers": {"coma": None}}, Refusal.SHEET_INCOMPLETE),
        ({"answers": {"scores": {**sheet(TODAY).answers.scores, "B.2.4": 4}}}, Refusal.SHEET_REFUSED),
        ({"provider": {"signed_on": None}}, Refusal.NOT_SIGNED),
        ({"consent": {"given_on": TODAY + timedelta(days=1)}}, Refusal.TOO_OLD),
        ({"answers": {"assessed_on": TODAY + timedelta(days=1)}}, Refusal.TOO_OLD),
    ],
)
def test_a_sheet_that_is_not_whole_gives_no_level(changes: dict[str, dict[str, Any]], refusal: Refusal) -> None:
    play = AssessmentPlayer()
    play.asked()
    play.named()
    held = sheet(TODAY)
    parts = {name: getattr(held, name).model_copy(update=part) for name, part in changes.items()}
    assert play.tell(SubmitSheet, FIRST, sheet=held.model_copy(update=parts)) == [f"MessageRefused {refusal}"]
    assert play.state.stage is Stage.ASSESSING


def test_two_others_may_be_named_before_the_sheet_is_in_and_that_buys_no_time() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.named()
    due_at = play.state.in_hand.due_at
    play.days_pass(3)
    assert play.named(FIRST, THIRD) == ["AssessorsNamed"]
    assert play.state.in_hand.due_at == due_at
    assert play.texts()[2:] == [("A-2", "assessment_not_needed"), ("A-3", "assessment_asked")]


# --- a result from elsewhere ------------------------------------------------------------------------------------------


def elsewhere(**changes: Any) -> ResultElsewhere:
    known = {
        "body_id": "B-elsewhere", "standard": "GB/T-42195-2022", "assessed_on": date(2025, 9, 1),
        "level": AbilityLevel.SEVERE, "document": NOTE, **changes,
    }  # fmt: skip
    return ResultElsewhere.model_validate(known)


def test_a_result_from_elsewhere_is_confirmed_by_another_person() -> None:
    play = AssessmentPlayer()
    assert play.tell(RecordResult, result=elsewhere()) == ["AssessmentRequested staff", "LevelProposed severe"]
    assert play.tell(ConfirmLevel, OFFICER, level=AbilityLevel.SEVERE) == ["MessageRefused same_person"]
    play.tell(ConfirmLevel, SECOND, level=AbilityLevel.SEVERE)
    assert last(play, LevelConfirmed).valid_to == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"standard": "MZ/T-039-2013"}, Refusal.STANDARD_NOT_TAKEN),
        ({"assessed_on": date(2024, 6, 30), "level": AbilityLevel.COMPLETE}, Refusal.TOO_OLD),
        ({"assessed_on": date(2025, 3, 1)}, Refusal.TOO_OLD),
        ({"assessed_on": date(2026, 3, 3)}, Refusal.TOO_OLD),
    ],
)
def test_a_result_that_cannot_be_taken(changes: dict[str, Any], refusal: Refusal) -> None:
    play = AssessmentPlayer()
    assert play.tell(RecordResult, result=elsewhere(**changes)) == [f"MessageRefused {refusal}"]
    assert play.state.round is None


def test_a_result_returned_is_assessed_here() -> None:
    play = AssessmentPlayer()
    play.tell(RecordResult, result=elsewhere())
    play.tell(ReturnSheet, SECOND, note=NOTE)
    assert play.state.stage is Stage.NAMING
    assert play.confirmed(30) is AbilityLevel.SEVERE


# --- objection, refusal, an end ---------------------------------------------------------------------------------------


def test_an_objection_is_looked_into_by_others_while_the_level_holds() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.days_pass(29)
    assert play.tell(ObjectLevel, note=NOTE) == ["LevelObjected", "AssessmentRequested objection"]
    assert last(play, AssessmentRequested).reason == "doubt"
    assert play.state.level is not None and play.state.level.level is AbilityLevel.MODERATE
    assert play.named(FIRST, THIRD) == ["MessageRefused assessed_before"]
    assert play.tell(RecordResult, result=elsewhere()) == ["MessageRefused not_this_step"]
    assert play.named(THIRD, FOURTH) == ["AssessorsNamed"]


def test_an_objection_has_its_time_and_its_object() -> None:
    play = AssessmentPlayer()
    assert play.tell(ObjectLevel, note=NOTE) == ["MessageRefused no_level"]
    play.confirmed(50)
    play.days_pass(30)
    assert play.tell(ObjectLevel, note=NOTE) == ["MessageRefused objection_too_late"]


def test_an_objection_to_a_level_that_is_being_renewed_bars_who_found_it() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.asked(Trigger.CHANGE)
    assert play.tell(ObjectLevel, note=NOTE) == ["LevelObjected"]
    assert play.named(FIRST, THIRD) == ["MessageRefused assessed_before"]


def test_the_elders_refusal_is_a_recorded_end() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.named()
    assert play.tell(RefuseAssessment, note=NOTE) == ["AssessmentRefused"]
    assert assessment.rests(play.state) and assessment.next_wakeup(play.state) is None
    assert play.texts()[-2:] == [("A-1", "assessment_not_needed"), ("A-2", "assessment_not_needed")]
    assert play.tell(RefuseAssessment, note=NOTE) == ["MessageRefused not_this_step"]


def test_a_second_request_is_noted_in_the_round_under_way() -> None:
    play = AssessmentPlayer()
    play.asked(Trigger.TURNED_80)
    assert play.asked(Trigger.APPLICATION) == ["TriggerNoted application"]
    assert play.state.rounds == 1


def test_a_death_in_the_middle_ends_it() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.named()
    play.gone = CloseReason.DEATH_CONFIRMED
    assert play.named(THIRD, FOURTH) == ["MessageRefused elder_gone"]
    assert play.tell(EndAssessment, reason=CloseReason.DEATH_CONFIRMED) == ["AssessmentEnded"]
    assert play.texts()[-1] == ("A-2", "assessment_not_needed") and assessment.rests(play.state)
    assert play.asked() == ["MessageRefused elder_gone"]


def test_a_death_nobody_told_of_is_seen_when_the_term_is_over() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.gone = CloseReason.DEATH_CONFIRMED
    assert play.days_pass(30) == ["AssessmentEnded"]


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "term", "reminded"),
    [
        (Stage.NAMING, 5, []), (Stage.ASSESSING, 20, ["A-1", "A-2"]), (Stage.SIGNING, 3, ["A-2"]),
        (Stage.SETTLING, 3, ["A-1", "A-2"]), (Stage.CONFIRMING, 5, []),
    ],
)  # fmt: skip
def test_each_stage_is_reminded_and_then_on_the_ladder(stage: Stage, term: int, reminded: list[str]) -> None:
    play = AssessmentPlayer()
    play.asked()
    if stage is not Stage.NAMING:
        play.named()
    if stage in (Stage.SIGNING, Stage.SETTLING, Stage.CONFIRMING):
        play.tell(SubmitSheet, FIRST, sheet=sheet(TODAY))
    if stage is Stage.SETTLING:
        play.tell(ConfirmSheet, OTHER, disputed=(Disputed(item="B.1.1", first=4, second=3),))
    if stage is Stage.CONFIRMING:
        play.tell(ConfirmSheet, OTHER)
    assert play.state.stage is stage
    before = len(play.texts())
    assert play.days_pass(term - 1) == (["StageReminded"] if reminded else [])
    assert [who for who, template in play.texts()[before:] if template == "assessment_reminder"] == reminded
    assert play.days_pass(1) == ["EscalationOpened"]
    opened = last(play, EscalationOpened)
    assert opened.escalation_id == f"escalation/E1/assessment-1-{stage.value}"
    assert (opened.cause_of, opened.first_role) == (EscalationCause.ASSESSMENT_LATE, Role.TOWNSHIP_OFFICER)
    assert play.days_pass(300) == []


def test_the_step_ends_the_ladder_that_waited_for_it() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.days_pass(6)
    assert play.named() == ["EscalationWithdrawn", "AssessorsNamed"]
    assert last(play, EscalationWithdrawn).outcome is Outcome.DONE
    assert [one.message.kind for one in play.letters if one.kind == "update"] == ["withdraw"]


def closed(play: AssessmentPlayer, outcome: Outcome) -> list[str]:
    ladder = play.state.in_hand.escalation_id
    return play.tell(EscalationClosed, SECOND, escalation_id=ladder, outcome=outcome, resolved_by=SECOND)


def test_a_ladder_that_a_person_ended_begins_again_while_the_step_is_not_done() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.days_pass(6)
    first = play.state.in_hand.escalation_id
    assert closed(play, Outcome.OTHER) == ["EscalationEnded", "StageProlonged"]
    assert last(play, StageProlonged).due_at == play.now + timedelta(days=5)
    assert play.days_pass(6) == ["EscalationOpened"]
    assert play.state.in_hand.escalation_id == f"{first}-2"


def test_a_death_found_on_the_way_is_told_to_the_case() -> None:
    play = AssessmentPlayer()
    play.asked()
    play.days_pass(6)
    closed(play, Outcome.DIED)
    told = [one for one in play.letters if one.kind == "update"]
    assert [(one.workflow_id, type(one.message)) for one in told] == [("case/E1", ReportDeath)]


def test_a_level_is_asked_for_again_before_it_ends_and_ends_on_its_day() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    assert play.until(datetime(2027, 1, 30, 15, 59, tzinfo=UTC)) == []
    assert play.until(datetime(2027, 1, 30, 16, tzinfo=UTC)) == ["AssessmentRequested expiry"]
    assert last(play, AssessmentRequested).reason == "routine"
    told = play.until(datetime(2027, 3, 2, 16, tzinfo=UTC))
    assert told == ["EscalationOpened", "LevelExpired"]


def test_a_level_without_an_end_is_asked_for_by_nobody() -> None:
    play = AssessmentPlayer()
    assert play.confirmed(10) is AbilityLevel.COMPLETE
    assert last(play, LevelConfirmed).valid_to is None
    assert assessment.rests(play.state) and assessment.next_wakeup(play.state) is None


def test_a_refused_renewal_leaves_the_level_until_its_last_day() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.until(datetime(2027, 2, 1, tzinfo=UTC))
    play.tell(RefuseAssessment, note=NOTE)
    assert play.until(datetime(2028, 1, 1, tzinfo=UTC)) == ["LevelExpired"]
    assert assessment.rests(play.state)


def test_another_round_is_under_the_rules_of_its_day() -> None:
    play = AssessmentPlayer()
    play.confirmed(50)
    play.rules = RULES.model_copy(update={"valid_months": 6})
    assert play.asked(Trigger.CHANGE) == ["AssessmentRulesAdopted", "AssessmentRequested change"]
    play.confirmed(50)
    assert last(play, LevelConfirmed).valid_to == date(2026, 9, 2)


def test_the_answer_to_a_message_told_twice_is_remembered() -> None:
    play = AssessmentPlayer()
    message = RequestAssessment.model_validate(
        {"key": "same", "actor": OFFICER, "channel": "console", "received_at": BEGINS, "trigger": "staff"}
    )
    play.hand(message)
    reply = play.state.reply_to("same")
    assert reply is not None and reply.accepted and reply.recorded == ("AssessmentRequested",)
