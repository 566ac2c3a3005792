"""What a visitor says on their page goes by the rules of texts, and is answered on the screen, not by text."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from decisions import ledger
from decisions.answering_page import contradicts, key_of, messages_of
from decisions.letters import letters_for
from models import events as e
from models.errors import Refusal
from models.letters import TextLetter, WorkItem
from models.messages import ReportVisit
from models.values import BY_VISITORS, Channel, Checks, Finding, Need, NoteRef, VisitResult
from models.visiting import Ticked, VisitTask
from tests.decisions.case_player import CasePlayer, at

NOTE = NoteRef(id="note-page-1", sha256="a" * 64)
TASK = VisitTask(visit_id="E1.2026-03", volunteer_id="V-1", elder_id="E1", ends_at=datetime(2026, 4, 1, tzinfo=UTC))
TODAY = date(2026, 3, 16)


@pytest.fixture
def case() -> CasePlayer:
    """Asked by the 16th of March 2026."""
    made = CasePlayer(at("2026-03-01 00:00"), volunteers=("V-1", "V-2"))
    made.until(at("2026-03-16 12:00"))
    return made


@pytest.mark.parametrize("channel", BY_VISITORS)
def test_a_visitor_looks_back_three_days_and_no_further(case: CasePlayer, channel: Channel) -> None:
    assert case.report(on=date(2026, 3, 12), channel=channel) == ["MessageRefused"]
    assert case.last(e.MessageRefused).refusal == Refusal.TOO_FAR_BACK
    assert case.report(on=date(2026, 3, 13), channel=channel) == ["VisitReported"]


@pytest.mark.parametrize("channel", BY_VISITORS)
def test_another_result_on_another_day_corrects(case: CasePlayer, channel: Channel) -> None:
    case.report(channel=channel)
    case.until(at("2026-03-18 12:00"))
    assert case.report(VisitResult.NEEDS_HELP, channel=channel)[0] == "ReportCorrected"


def test_what_is_refused_of_a_page_a_person_reads_and_no_text_goes(case: CasePlayer) -> None:
    case.report(on=date(2026, 3, 17), channel=Channel.PAGE, note=NOTE)
    event = case.last(e.MessageRefused)
    [recorded] = ledger.link("case/E1", 0, ledger.GENESIS, event.cause, case.now, (event,), lambda: "0" * 32)
    [item] = letters_for(recorded, case.state)
    assert isinstance(item, WorkItem) and item.about == f"in_the_future {NOTE.id}"


@pytest.mark.parametrize("result", list(VisitResult))
def test_no_text_answers_a_page(case: CasePlayer, result: VisitResult) -> None:
    before = len(case.said)
    assert case.report(result, channel=Channel.PAGE)
    for event, _ in case.said[before:]:
        [recorded] = ledger.link("case/E1", 0, ledger.GENESIS, event.cause, case.now, (event,), lambda: "0" * 32)
        told = [one for one in letters_for(recorded, case.state) if isinstance(one, TextLetter)]
        assert not any(one.recipient_id == "V-1" for one in told)


def test_the_key_is_the_forms_own_and_the_answers() -> None:
    well, help_ = (Ticked(result=result, visited_on=TODAY) for result in (VisitResult.WELL, VisitResult.NEEDS_HELP))
    keys = {key_of(TASK, form, ticked, words) for form in "ab" for ticked in (well, help_) for words in ("", "好")}
    assert len(keys) == 8 and key_of(TASK, "a", well, "") in keys


@pytest.mark.parametrize("result", list(VisitResult))
def test_who_saw_nobody_has_found_nothing(result: VisitResult) -> None:
    nobody = result in (VisitResult.NOT_SEEN, VisitResult.CANNOT_GO)
    bare = Ticked(result=result, visited_on=TODAY)
    assert not contradicts(bare)
    assert contradicts(bare.model_copy(update={"checks": Checks(health=Finding.FINE)})) is nobody
    assert contradicts(bare.model_copy(update={"needs": (Need.COMPANY,)})) is nobody


@pytest.mark.parametrize(
    ("words", "kinds", "risk"),
    [
        ("", ["report_visit"], False),
        ("门口台阶坏了", ["report_visit"], False),
        ("老人晕倒了", ["report_visit", "report_danger"], False),
        ("没摔", ["report_visit"], True),
        ("老人走了", ["report_visit", "report_death"], False),
    ],
)
def test_the_note_is_read_for_danger_and_death(words: str, kinds: list[str], risk: bool) -> None:
    ticked = Ticked(result=VisitResult.WELL, visited_on=TODAY)
    at_noon = datetime(2026, 3, 16, 4, tzinfo=UTC)
    told = messages_of(TASK, None, ticked, "page-1", NOTE if words else None, words, at_noon)
    assert [message.kind for message in told] == kinds and len({message.key for message in told}) == len(told)
    report = told[0]
    assert isinstance(report, ReportVisit) and report.risk is risk and report.visited_at == at_noon
