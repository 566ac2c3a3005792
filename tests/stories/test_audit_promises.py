"""Each promise of the design broken on purpose in a copy of a real store, and named; and none named where none is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, update

from audit.checks import Check, failed
from models import tables as t
from models.tables import table_of
from tests.databases import Databases
from tests.stories.audit_copy import Copy
from tests.stories.audit_county import Kept, two_months_told

ROWS, LETTERS, DIGESTS = table_of(t.LedgerRow), table_of(t.LetterRow), table_of(t.DigestRow)
VISITS, REASONS, ESCALATIONS = table_of(t.VisitRow), table_of(t.PeriodReason), table_of(t.EscalationRow)
ATTEMPTS, INBOUND, NOTES = table_of(t.SendAttempt), table_of(t.Inbound), table_of(t.Note)
ELDERS, LEAVE, COMMANDS = table_of(t.Elder), table_of(t.StaffLeave), table_of(t.CommandRow)
CASES, POSTS, WITHDRAWN = table_of(t.CaseRow), table_of(t.Post), "reported_by_visitor"
DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    """On each database."""
    yield await two_months_told(tmp_path_factory.mktemp("story"), databases)


@pytest.fixture
def copy(kept: Kept, tmp_path: Path) -> Iterator[Copy]:
    store = kept.copy(tmp_path / "copy")
    yield Copy(kept, store)
    kept.drop(store)


def test_a_store_as_it_was_left_keeps_every_promise(copy: Copy) -> None:
    checks = copy.checks()
    assert list(checks) == ["I0", "I1", "I2", "I3", "I4", "I5", "I6", "I7", "I9"]
    for check in checks.values():
        assert check.kept, check
        assert check.examined > 0, check
        assert check.in_flight == 0, check
        assert check.promise


def test_to_have_looked_at_nothing_is_a_violation() -> None:
    assert Check("I3", "", 0, 0, ()).violations == 1
    assert failed([Check("I3", "", 0, 0, ()), Check("I4", "", 1, 0, ())])[0].name == "I3"


# --- I0 --------------------------------------------------------------------------------------------------------------


def test_i0_a_case_that_does_not_run(copy: Copy) -> None:
    copy.witnesses = [w for w in copy.kept.witnesses if w.run.workflow_id != "case/E1"]
    copy.says("I0", "E1：在运行的个案有0个")


def test_i0_a_run_that_ended_without_the_fact(copy: Copy) -> None:
    copy.witnesses = [
        replace(w, run=replace(w.run, events=[*w.run.events, ended(copy)])) if w.run.workflow_id == "case/E3" else w
        for w in copy.kept.witnesses
    ]
    copy.says("I0", "E3")


def ended(copy: Copy) -> Any:
    closed = next(w.run for w in copy.kept.witnesses if w.run.workflow_id.startswith("escalation"))
    return closed.events[-1]


def test_i0_an_elder_for_whom_no_case_was_started(copy: Copy) -> None:
    one = copy.rows(ELDERS)[0]
    copy.do(copy.again(ELDERS, one, id="E4", id_number_index="x4"))
    copy.says("I0", "E4")


def test_i0_one_whose_start_has_not_come_is_not_missing(copy: Copy) -> None:
    one = copy.rows(ELDERS)[0]
    copy.do(copy.again(ELDERS, one, id="E4", id_number_index="x4", start_on=(copy.kept.as_of + 3 * DAY).date()))
    copy.do(copy.again(ELDERS, one, id="E5", id_number_index="x5", standing="register_only", start_on=None))
    assert copy.checks()["I0"].kept
    copy.do(copy.again(ELDERS, one, id="E6", id_number_index="x6", updated_at=copy.kept.as_of - DAY))
    late = copy.checks(grace=2 * DAY)["I0"]
    assert (late.kept, late.in_flight) == (True, 1)


# --- I1 --------------------------------------------------------------------------------------------------------------


def test_i1_a_period_without_a_visit_or_a_reason(copy: Copy) -> None:
    first = copy.rows(VISITS, VISITS.c.elder_id == "E1")[0]
    copy.do(delete(VISITS).where(VISITS.c.id == first.id))
    copy.says("I1", f"E1 {first.period_id}：建档的周期没有应访，也没有缘由", "没有探访、督办或缘由")


def test_i1_a_later_period_gone(copy: Copy) -> None:
    [reason] = copy.rows(REASONS)
    copy.do(delete(REASONS))
    copy.says("I1", f"{reason.elder_id} {reason.period_id}：个案已经越过，表里没有")


def test_i1_a_gap_between_two_periods(copy: Copy) -> None:
    first, second = copy.rows(VISITS, VISITS.c.elder_id == "E1")
    copy.do(update(VISITS).where(VISITS.c.id == second.id).values(starts_at=second.starts_at + DAY))
    copy.says("I1", f"E1 {second.period_id}：没有应访")
    assert first.ends_at == second.starts_at


def test_i1_a_case_that_sleeps_over_its_period(copy: Copy) -> None:
    """Nothing is missing between the rows; the next period should have asked by now."""
    copy.kept = replace(copy.kept, as_of=copy.kept.as_of + 45 * DAY)
    check = copy.checks()["I1"]
    assert len([what for what in check.offending if "没有应访，也没有缘由" in what]) == 3


def test_i1_two_visits_for_one_period(copy: Copy) -> None:
    visit = copy.rows(VISITS, VISITS.c.elder_id == "E1")[0]
    copy.do(copy.again(VISITS, visit, id="E1.again"))
    copy.says("I1", "不止一次")


def test_i1_a_visit_left_open_when_its_time_is_over(copy: Copy) -> None:
    visit = copy.rows(VISITS, VISITS.c.elder_id == "E1")[0]
    copy.do(update(VISITS).where(VISITS.c.id == visit.id).values(state="open", visited_on=None))
    copy.says("I1", f"{visit.id}：周期已过仍未了结", "没有探访、督办或缘由")


def test_i1_a_visit_cancelled_without_a_reason(copy: Copy) -> None:
    copy.do(update(VISITS).where(VISITS.c.state == "cancelled").values(cancel_reason=None))
    copy.says("I1", "取消而没有缘由")


def test_i1_a_month_without_a_valid_visit_though_its_period_has_one(copy: Copy) -> None:
    """As where a week crosses the month's end: the visit is there, on a day of another month."""
    visit = copy.rows(VISITS, VISITS.c.elder_id == "E1")[0]
    before = visit.visited_on.replace(day=1) - DAY
    copy.do(update(VISITS).where(VISITS.c.id == visit.id).values(visited_on=before))
    copy.says("I1", f"E1 {visit.visited_on:%Y-%m}：没有探访、督办或缘由")
    assert copy.checks()["I1"].violations == 1


# --- I2 --------------------------------------------------------------------------------------------------------------


def stands(copy: Copy, **values: Any) -> str:
    """The one escalation stands open again; answers its id."""
    [row] = copy.rows(ESCALATIONS)
    now = dict(state="opened", outcome=None, resolved_at=None, climbs_at=copy.kept.as_of + DAY)
    copy.do(update(ESCALATIONS).values({**now, **values}))
    return str(row.id)


def test_i2_an_open_escalation_with_an_owner_who_is_there_is_kept(copy: Copy) -> None:
    stands(copy)
    check = copy.checks()["I2"]
    assert (check.kept, check.examined) == (True, 2)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (dict(owner_id=None), "没有责任人"),
        (dict(state="asked"), "没有责任人"),
        (dict(owner_id="S9"), "今天不在岗"),
        (dict(climbs_at=None), "没有办结时限"),
    ],
)
def test_i2_nobody_answers_for_it(copy: Copy, harm: dict[str, Any], said: str) -> None:
    copy.says("I2", f"{stands(copy, **harm)}：", said)


def test_i2_its_time_is_over_and_it_has_not_climbed(copy: Copy) -> None:
    id_ = stands(copy, climbs_at=copy.kept.as_of - timedelta(minutes=1))
    copy.says("I2", f"{id_}：到时没有升级")
    assert copy.checks(grace=timedelta(hours=1))["I2"].kept


def test_i2_an_owner_on_leave_and_one_who_lost_the_post(copy: Copy) -> None:
    stands(copy)
    today = copy.kept.as_of.date()
    copy.do(insert(LEAVE).values(staff_id="S1", from_on=today - DAY, to_on=today + DAY))
    copy.says("I2", "责任人 S1 今天不在岗")
    copy.do(delete(LEAVE), update(POSTS).values(holder_id=None))
    copy.says("I2", "责任人 S1 今天不在岗")
    stands(copy, owner_id="S2", as_deputy=True)
    assert copy.checks()["I2"].kept


def test_i2_a_missed_visit_without_its_escalation(copy: Copy) -> None:
    missed = copy.rows(VISITS, VISITS.c.state == "missed")[0]
    copy.do(update(VISITS).where(VISITS.c.id == missed.id).values(escalation_id=None))
    copy.says("I2", f"{missed.id}：漏访而没有督办")


def test_i2_two_escalations_at_one_time(copy: Copy) -> None:
    [row] = copy.rows(ESCALATIONS)
    copy.do(copy.again(ESCALATIONS, row, id="escalation/E2/again"))
    copy.says("I2", f"{row.visit_id}：同时有两个督办", "escalation/E2/again")


def test_i2_one_that_was_withdrawn_by_a_report_and_opened_again_is_one(copy: Copy) -> None:
    [row] = copy.rows(ESCALATIONS)
    copy.do(copy.again(ESCALATIONS, row, id="escalation/E2/before", outcome=WITHDRAWN))
    assert copy.checks()["I2"].kept


@pytest.mark.parametrize(
    "harm",
    [
        dict(state="open"),  # nobody came since
        dict(visited_on=date(2020, 1, 1)),  # somebody came before the month
        dict(reported_at=datetime(2020, 1, 1, tzinfo=UTC)),  # it was told of before anybody was asked
    ],
)
def test_i2_one_that_was_withdrawn_while_nobody_came(copy: Copy, harm: dict[str, Any]) -> None:
    """The next month's visit answers for the missed one, as long as it is there."""
    [row] = copy.rows(ESCALATIONS)
    [later] = copy.rows(VISITS, VISITS.c.elder_id == row.elder_id, VISITS.c.id != row.visit_id)
    came = dict(state="done", visited_on=copy.kept.as_of.date(), reported_at=copy.kept.as_of)
    copy.do(update(ESCALATIONS).where(ESCALATIONS.c.id == row.id).values(outcome=WITHDRAWN))
    copy.do(update(VISITS).where(VISITS.c.id == later.id).values(**came))
    assert copy.checks()["I2"].kept
    copy.do(update(VISITS).where(VISITS.c.id == later.id).values(**harm))
    copy.says("I2", f"{row.visit_id}：督办因有人报告而撤")


# --- I5, I6, I7 ------------------------------------------------------------------------------------------------------


def test_i5_a_broken_chain(copy: Copy) -> None:
    copy.do(update(ROWS).where(ROWS.c.stream == "case/E3", ROWS.c.seq == 2).values(kind="CaseClosed"))
    copy.says("I5", "case/E3#2")


def test_i6_a_table_that_is_not_the_fold(copy: Copy) -> None:
    copy.do(update(CASES).where(CASES.c.elder_id == "E3").values(status="open"))
    copy.says("I6", "case_row E3", "suspended")


def test_i6_a_ledger_that_is_behind_its_history(copy: Copy) -> None:
    copy.also = ("I9",)
    last = copy.rows(ROWS, ROWS.c.stream == "case/E1")[-1]
    copy.do(delete(ROWS).where(ROWS.c.stream == "case/E1", ROWS.c.seq == last.seq))
    copy.says("I6", f"case/E1#{last.seq}", "末尾少了")


def test_i7_a_history_that_does_not_replay(copy: Copy) -> None:
    copy.witnesses = [
        replace(w, failure="NondeterminismError: other course", failed_at=15) if w.run.workflow_id == "case/E2" else w
        for w in copy.kept.witnesses
    ]
    copy.says("I7", "case/E2", "第15条", "other course")


def test_i7_histories_nobody_replayed(copy: Copy) -> None:
    copy.witnesses = [replace(w, replayed=False, derived=()) for w in copy.kept.witnesses]
    copy.says("I7")
    assert copy.checks()["I7"].examined == 0
