"""The rows of an elder's assessments are what their stream says, as it is recorded and when it is folded again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from adapters.database import writing
from adapters.sql_letters import insert_letter
from audit.chain import walk
from audit.fold import compare, refolding
from audit.store import Store as Audited
from audit.store import snapshot
from decisions import assessment
from decisions.assessment import State
from models.ability import AbilityLevel
from models.assessment import Disputed, ResultElsewhere, Trigger
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
from models.events import Event, RecordRequest
from models.letters import UpdateLetter
from models.messages import StreamQuestion, Tick
from models.tables import AssessmentRow, EscalationRow, LetterRow, LevelRow, table_of
from models.values import Channel, CloseReason
from projections import streams
from tests.activities.ledgers import Store, Writer
from tests.decisions.assessment_player import FIRST, FOURTH, NOTE, OTHER, THIRD, AssessmentPlayer, sheet
from tests.decisions.case_player import SECOND

STREAM = "assessment/E1"
LETTERS = table_of(LetterRow)
ROUNDS, LEVELS, ESCALATIONS = table_of(AssessmentRow), table_of(LevelRow), table_of(EscalationRow)


class Kept(AssessmentPlayer):
    """What is decided is recorded in the store at once, as the workflow would."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writer = Writer(stream=STREAM)
        super().__init__()

    def _record(self, events: tuple[Event, ...]) -> None:
        super()._record(events)
        if events:
            request = self._writer.request(events[0].cause, events, self.now)
            assert self._store.record(request).status == "appended"
            self._writer.stands_at(request)

    def decided_by_time(self) -> tuple[Event, ...]:
        """What would be recorded now, if nobody speaks."""
        tick = Tick(key="tick/next")
        return assessment.decide(self.state, tick, self.now, self._brief(assessment.wants(self.state, tick, self.now)))

    def request(self, events: tuple[Event, ...]) -> RecordRequest:
        return self._writer.request(events[0].cause, events, self.now)

    def round(self) -> Any:
        """The row of the last round."""
        return self._store.rows(AssessmentRow)[-1]

    def level(self) -> Any:
        [row] = self._store.rows(LevelRow)
        return row


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def kept(store: Store) -> Kept:
    return Kept(store)


def test_each_step_is_seen_in_the_row_of_its_round(kept: Kept) -> None:
    kept.asked(Trigger.APPLICATION)
    row = kept.round()
    assert (row.round, row.stage, row.trigger, row.reason) == (1, "naming", "application", "first")
    assert (row.township_id, row.village_id, row.requested_at) == ("T1", "W1", kept.now)
    assert row.due_at == kept.state.in_hand.due_at and row.ended_at is None
    kept.named()
    row = kept.round()
    assert (row.stage, row.first_id, row.second_id, row.body_id) == ("assessing", FIRST.id, OTHER.id, "B1")
    day = (kept.now + timedelta(hours=8)).date()
    kept.tell(SubmitSheet, FIRST, sheet=sheet(day))
    assert (kept.round().stage, kept.round().assessed_on) == ("signing", day)
    kept.tell(ConfirmSheet, OTHER, disputed=(Disputed(item="B.1.1", first=4, second=3),))
    assert (kept.round().stage, kept.round().proposed) == ("settling", None)


def test_a_proposed_level_is_returned_and_another_confirmed(kept: Kept) -> None:
    kept.proposed(total=50)
    assert (kept.round().stage, kept.round().proposed, kept.round().total) == ("confirming", "moderate", 50)
    kept.tell(ReturnSheet, SECOND, note=NOTE)
    assert (kept.round().stage, kept.round().proposed, kept.round().total) == ("assessing", None, None)
    kept.days_pass(1)
    day = (kept.now + timedelta(hours=8)).date()
    kept.tell(SubmitSheet, FIRST, sheet=sheet(day, 40))
    kept.tell(ConfirmSheet, OTHER)
    kept.tell(ConfirmLevel, SECOND, level=AbilityLevel.SEVERE)
    row, level = kept.round(), kept.level()
    assert (row.stage, row.outcome, row.level, row.total) == ("resting", "confirmed", "severe", 40)
    assert (row.ended_at, row.due_at, row.confirmed_by, row.assessed_on) == (kept.now, None, SECOND.id, day)
    assert (level.level, level.round, level.assessed_on, level.confirmed_by) == ("severe", 1, day, SECOND.id)
    assert (level.valid_to, level.confirmed_at, level.expired) == (day.replace(year=day.year + 1), kept.now, False)


def test_a_level_gives_way_to_the_one_after_it_and_expires(kept: Kept) -> None:
    kept.confirmed(total=50)
    kept.tell(ObjectLevel, note=NOTE)
    assert (kept.round().round, kept.round().trigger, kept.level().level) == (2, "objection", "moderate")
    kept.named(THIRD, FOURTH)
    assert (kept.round().first_id, kept.round().stage) == (THIRD.id, "assessing")
    kept.tell(RefuseAssessment, note=NOTE)
    assert (kept.round().outcome, kept.round().stage, kept.level().level) == ("refused", "resting", "moderate")
    kept.confirmed(total=40)
    assert (kept.level().level, kept.level().round) == ("severe", 3)
    assert kept.level().valid_to is not None
    kept.until(kept.now + timedelta(days=370))
    assert kept.level().expired and kept.round().trigger == "expiry"


def test_another_bodys_result_and_an_end_from_outside(kept: Kept) -> None:
    result = ResultElsewhere(
        body_id="B7", standard="GB/T-42195-2022", assessed_on=kept.now.date(), level=AbilityLevel.MILD, document=NOTE,
        total=70,
    )  # fmt: skip
    kept.tell(RecordResult, result=result)
    row = kept.round()
    assert (row.stage, row.proposed, row.total, row.first_id) == ("confirming", "mild", 70, None)
    kept.gone = CloseReason.DEATH_CONFIRMED
    kept.tell(EndAssessment, reason=CloseReason.DEATH_CONFIRMED)
    assert (kept.round().outcome, kept.round().stage, kept.round().level) == ("death_confirmed", "resting", None)


def test_a_ladder_of_an_assessment_has_a_row_and_a_start(kept: Kept, store: Store) -> None:
    kept.asked()
    kept.days_pass(6)
    [row] = store.rows(EscalationRow)
    assert (row.id, row.cause, row.state, row.visit_id) == (
        "escalation/E1/assessment-1-naming", "assessment_late", "asked", None,
    )  # fmt: skip
    assert (row.elder_id, row.township_id, kept.round().escalation_id) == ("E1", "T1", row.id)
    assert "start_escalation" in {letter.kind for letter in store.rows(LetterRow)}
    kept.named()
    assert kept.round().escalation_id is None


# --- folded again ----------------------------------------------------------------------------------------------------


def lived(kept: Kept) -> None:
    """Late, named, proposed, confirmed; expired while another round waits; which is refused."""
    kept.asked()
    kept.days_pass(6)
    kept.confirmed(total=50)
    kept.tell(ConfirmLevel, SECOND, level=AbilityLevel.MODERATE)  # refused: it has been confirmed
    kept.days_pass(380)
    kept.tell(RefuseAssessment, note=NOTE)


def test_the_fold_of_the_ledger_is_the_tables_and_a_changed_row_is_named(kept: Kept, store: Store) -> None:
    lived(kept)
    assert [row.outcome for row in store.rows(AssessmentRow)] == ["confirmed", "refused"] and kept.level().expired
    assert differences(store) == []
    store.write(update(ROUNDS).where(ROUNDS.c.round == 1).values(level="severe"))
    store.write(update(LEVELS).values(level="severe"))
    told = differences(store)
    assert [stream for stream, _ in told] == [STREAM, STREAM]
    assert "assessment_row E1/1：level 表里是 severe，台账折出 moderate" in told[0][1]
    assert "level_row E1" in told[1][1]


def test_the_state_is_what_the_workflow_holds(kept: Kept, store: Store) -> None:
    lived(kept)
    page = store.ledger.events_after(StreamQuestion(stream=STREAM, after_seq=0))
    state: streams.State = streams.begin(STREAM, page.events[0].event)
    for recorded in page.events:
        state = streams.evolve(state, recorded.event, recorded.at)
    assert isinstance(state, State) and state == kept.state
    assert streams.load(STREAM, state.model_dump_json()) == state


def differences(store: Store) -> list[tuple[str, str]]:
    with snapshot(Audited(store.engine, store.sealer)) as held, refolding() as refolded:
        for stream in held.streams("E1"):
            walked = walk(held, stream)
            assert walked.broken is None
            refolded.add(walked.events)
        examined, found = compare(held, refolded, "E1", frozenset())
    assert examined > 4
    return [(one.stream, one.what) for one in found]


def test_a_step_that_was_handed_in_is_heard_before_its_ladder_begins(store: Store) -> None:
    """As after an outage: time and the step wait for the worker together."""
    kept = Kept(store)
    kept.asked()
    before = kept.said[:]
    kept.now = kept.state.in_hand.due_at
    message = EndAssessment(
        key="step-1", actor=SECOND, channel=Channel.CONSOLE, received_at=kept.now, reason=CloseReason.MOVED_OUT
    )
    letter = UpdateLetter(workflow_id=STREAM, elder_id="E1", message=message)
    with writing(store.engine) as connection:
        insert_letter(connection, store.sealer, "step-1", letter, kept.now, received_at=kept.now)
    opened = kept.decided_by_time()
    assert [type(event).__name__ for event in opened] == ["EscalationOpened"]
    assert store.record(kept.request(opened)).status == "unheard"
    store.write(update(LETTERS).values(state="delivered"))
    assert store.record(kept.request(opened)).status == "appended"
    assert kept.said == before
