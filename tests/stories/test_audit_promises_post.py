"""The promises about texts, in and out, and about what was acknowledged: each broken on purpose, and named."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, update

from models import tables as t
from models.tables import table_of
from tests.stories.audit_copy import Copy
from tests.stories.audit_county import Kept, two_months_told

ROWS, LETTERS, DIGESTS = table_of(t.LedgerRow), table_of(t.LetterRow), table_of(t.DigestRow)
VISITS, REASONS, ESCALATIONS = table_of(t.VisitRow), table_of(t.PeriodReason), table_of(t.EscalationRow)
ATTEMPTS, INBOUND, NOTES = table_of(t.SendAttempt), table_of(t.Inbound), table_of(t.Note)
ELDERS, LEAVE, COMMANDS = table_of(t.Elder), table_of(t.StaffLeave), table_of(t.CommandRow)
CASES, POSTS, WITHDRAWN = table_of(t.CaseRow), table_of(t.Post), "reported_by_visitor"
DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    yield await two_months_told(tmp_path_factory.mktemp("story"))


@pytest.fixture
def copy(kept: Kept, tmp_path: Path) -> Iterator[Copy]:
    store = kept.copy(tmp_path / "copy")
    yield Copy(kept, store)
    store.engine.dispose()


# --- I3 --------------------------------------------------------------------------------------------------------------


def test_i3_a_text_accepted_twice(copy: Copy) -> None:
    row = copy.rows(ATTEMPTS, ATTEMPTS.c.step == "accepted")[0]
    copy.do(copy.again(ATTEMPTS, row, id=None, nth=2))
    copy.says("I3", f"{row.digest_id}：送出不止一次")


def test_i3_a_text_sent_again_because_nobody_knew_is_allowed(copy: Copy) -> None:
    row = copy.rows(ATTEMPTS, ATTEMPTS.c.step == "accepted")[0]
    for step in ("unknown", "intent", "accepted"):
        copy.do(copy.again(ATTEMPTS, row, id=None, nth=2, step=step))
    assert copy.checks()["I3"].kept


def test_i3_a_text_that_stays_unsent(copy: Copy) -> None:
    row = copy.rows(DIGESTS)[0]
    copy.do(update(DIGESTS).where(DIGESTS.c.id == row.id).values(state="built", accepted_at=None))
    copy.says("I3", f"{row.id}：写好了没有发")
    copy.do(update(DIGESTS).where(DIGESTS.c.id == row.id).values(built_at=copy.kept.as_of - timedelta(seconds=9)))
    check = copy.checks(grace=timedelta(minutes=1))["I3"]
    assert (check.kept, check.in_flight) == (True, 1)


def test_i3_a_text_sent_after_its_time(copy: Copy) -> None:
    row = copy.rows(DIGESTS)[0]
    copy.do(update(DIGESTS).where(DIGESTS.c.id == row.id).values(send_by=row.built_at - timedelta(seconds=1)))
    copy.says("I3", f"{row.id}：过期才发")


def test_i3_a_letter_that_never_became_a_text(copy: Copy) -> None:
    row = copy.rows(LETTERS, LETTERS.c.state == "gathered")[0]
    copy.do(update(LETTERS).where(LETTERS.c.id == row.id).values(state="due"))
    copy.says("I3", f"{row.id}：该发没有发")


def reported_task(copy: Copy) -> tuple[Any, datetime]:
    """The letter that asked V-1 for E1's first visit, alone in its text, and when that visit was reported."""
    (visit,) = copy.rows(VISITS, VISITS.c.elder_id == "E1")[:1]
    letter = next(
        row
        for row in copy.rows(LETTERS, LETTERS.c.kind == "text", LETTERS.c.elder_id == "E1")
        if f'"cause_visit_id":"{visit.id}"' in copy.store.sealer.open(row.body_enc)
    )
    return letter, visit.reported_at


def test_i3_a_text_sent_after_its_cause_was_gone(copy: Copy) -> None:
    letter, reported_at = reported_task(copy)
    own = LETTERS.c.digest_id == letter.digest_id
    copy.do(update(LETTERS).where(own, LETTERS.c.id != letter.id).values(digest_id="D-other", state="cancelled"))
    attempt = update(ATTEMPTS).where(ATTEMPTS.c.digest_id == letter.digest_id, ATTEMPTS.c.step == "intent")
    copy.do(attempt.values(at=reported_at + timedelta(seconds=9)))  # the fact may not have stood yet: no violation
    assert copy.checks()["I3"].kept
    copy.do(attempt.values(at=reported_at + timedelta(hours=1)))
    copy.says("I3", f"{letter.digest_id}：事由已不在才发")


def test_i3_a_text_sent_after_the_cause_of_one_of_its_lines_was_gone(copy: Copy) -> None:
    letter, reported_at = reported_task(copy)
    said = copy.rows(LETTERS, LETTERS.c.kind == "text", LETTERS.c.state == "gathered")
    confirmed = next(row for row in said if '"template":"confirmed"' in copy.store.sealer.open(row.body_enc))
    copy.do(update(LETTERS).where(LETTERS.c.id == confirmed.id).values(digest_id=letter.digest_id))
    assert copy.checks()["I3"].kept
    attempt = update(ATTEMPTS).where(ATTEMPTS.c.digest_id == letter.digest_id, ATTEMPTS.c.step == "intent")
    copy.do(attempt.values(at=reported_at + timedelta(hours=1)))
    copy.says("I3", f"{letter.digest_id}：事由已不在才发")


def test_i3_a_line_built_into_a_text_after_its_cause_was_gone(copy: Copy) -> None:
    letter, reported_at = reported_task(copy)
    at = reported_at + timedelta(hours=1)
    copy.do(update(DIGESTS).where(DIGESTS.c.id == letter.digest_id).values(built_at=at))
    copy.says("I3", f"{letter.id}：事由已不在才并入短信")


def test_i3_an_escalation_told_after_it_was_resolved(copy: Copy) -> None:
    (owed,) = copy.rows(ESCALATIONS, ESCALATIONS.c.state == "resolved")[:1]
    letter = next(
        row
        for row in copy.rows(LETTERS, LETTERS.c.kind == "text", LETTERS.c.state == "gathered")
        if f'"cause_escalation_id":"{owed.id}"' in copy.store.sealer.open(row.body_enc)
    )
    attempt = update(ATTEMPTS).where(ATTEMPTS.c.digest_id == letter.digest_id, ATTEMPTS.c.step == "intent")
    copy.do(attempt.values(at=owed.resolved_at + timedelta(hours=1)))
    copy.says("I3", f"{letter.digest_id}：事由已不在才发")


# --- I4 --------------------------------------------------------------------------------------------------------------


def test_i4_a_text_nobody_has_read(copy: Copy) -> None:
    row = copy.rows(INBOUND)[-1]
    one = INBOUND.c.provider_message_id == row.provider_message_id
    copy.do(update(INBOUND).where(one).values(read_at=None))
    copy.says("I4", f"{row.provider_message_id}：没有读")
    check = copy.checks(grace=timedelta(days=30))["I4"]
    assert (check.kept, check.in_flight) == (True, 1)


def test_i4_a_text_kept_twice_or_without_its_words(copy: Copy) -> None:
    row = copy.rows(INBOUND)[0]
    copy.do(copy.again(INBOUND, row, provider="other"))
    copy.says("I4", f"{row.provider_message_id}：同一条来信存了不止一次")
    copy.do(delete(INBOUND).where(INBOUND.c.provider == "other"), delete(NOTES).where(NOTES.c.id == row.note_id))
    copy.says("I4", f"{row.provider_message_id}：原文不在了")


def test_i4_an_answer_that_never_reached_its_case(copy: Copy) -> None:
    row = copy.rows(LETTERS, LETTERS.c.kind == "update", LETTERS.c.id.startswith("sms-"))[0]
    copy.do(update(LETTERS).where(LETTERS.c.id == row.id).values(state="due"))
    copy.says("I4", f"{row.id}：没有送到个案")


def test_i4_one_answer_with_two_effects(copy: Copy) -> None:
    copy.also = ("I5", "I9")
    first, *_, last = copy.rows(ROWS, ROWS.c.stream == "case/E1", ROWS.c.key.startswith("sms-"))
    copy.do(update(ROWS).where(ROWS.c.stream == "case/E1", ROWS.c.seq == last.seq).values(key=f"{first.key}+1"))
    copy.says("I4", f"case/E1#{last.seq}：{first.key} 生效不止一次")


def test_i4_an_answer_that_took_effect_on_another_case(copy: Copy) -> None:
    copy.also = ("I5", "I9")
    letter = copy.rows(LETTERS, LETTERS.c.kind == "update", LETTERS.c.id.startswith("sms-"))[0]
    copy.do(update(LETTERS).where(LETTERS.c.id == letter.id).values(workflow_id="case/E2"))
    copy.says("I4", f"{letter.id} 本是给 case/E2 的")


# --- I9 --------------------------------------------------------------------------------------------------------------


def test_i9_an_answer_that_left_no_fact(copy: Copy) -> None:
    copy.also = ("I5",)
    row = copy.rows(ROWS, ROWS.c.stream == "case/E1", ROWS.c.key.startswith("sms-"))[-1]
    copy.do(delete(ROWS).where(ROWS.c.stream == row.stream, ROWS.c.seq == row.seq))
    copy.says("I9", f"{row.key}：已送到，case/E1 的台账里没有")
    copy.do(update(LETTERS).where(LETTERS.c.id == row.key).values(why="case_closed"))
    assert copy.checks()["I9"].kept


def test_i9_a_text_that_is_gone(copy: Copy) -> None:
    copy.also = ("I3",)
    letter = copy.rows(LETTERS, LETTERS.c.state == "gathered")[0]
    copy.do(delete(DIGESTS).where(DIGESTS.c.id == letter.digest_id))
    copy.says("I9", f"{letter.id}：说已并入短信，短信不在")


def test_i9_a_text_said_sent_that_was_not(copy: Copy) -> None:
    first, second = copy.rows(DIGESTS, DIGESTS.c.state == "accepted")[:2]
    copy.do(delete(ATTEMPTS).where(ATTEMPTS.c.digest_id == first.id))
    copy.do(update(DIGESTS).where(DIGESTS.c.id == second.id).values(state="delivered"))
    copy.says("I9", f"{first.id}：说已送出，没有送出的记录", f"{second.id}：说有回执，回执不在")


@pytest.mark.parametrize(("key", "kept_"), [("cmd-1", True), ("cmd-9", False)])
def test_i9_a_step_said_done_that_left_no_fact(copy: Copy, key: str, kept_: bool) -> None:
    values = dict(staff_id="S1", role="township_officer", action="suspend", subject_id="case/E3", answer="recorded")
    copy.do(insert(COMMANDS).values(id=key, at=copy.kept.as_of, accepted=True, **values))
    assert copy.checks()["I9"].kept is kept_
    if not kept_:
        copy.says("I9", "cmd-9：答复已办，case/E3 的台账里没有")
