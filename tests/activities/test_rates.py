"""The month's rate: both denominators, every reason with its count, and the same as it was known earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Connection, insert

from adapters.database import reading, writing
from adapters.sealing import SealBroken
from audit.known import known_by
from audit.store import Store as Audited
from commands.kpi import known_until
from decisions.cadence import ENROLLED_LATE
from decisions.case_escalated import ENDS_VISIT
from decisions.deadlines import instant
from models.events import RecordRequest
from models.figures import Asked, Counted, Cut
from models.ids import case_stream
from models.messages import (
    CloseCase,
    ConfirmDeath,
    ConfirmSuspension,
    CorrectReport,
    RecordRefusal,
    ReportDeath,
    Resume,
    Suspend,
)
from models.tables import CaseRow, LedgerRow, PeriodReason, VisitRow, table_of
from models.values import AreaKind, Channel, CloseReason, DeathSource, SuspendReason
from projections import figures_rate
from projections.rates import MonthRate, Rate, Reason, month_visit_rate, percent
from tests.activities.ledgers import Store, Writer
from tests.decisions.case_player import OFFICER, SECOND, CasePlayer, at

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
BEGIN, END = at("2026-03-01 00:00"), at("2026-05-02 00:00")


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    made = Store(url, tmp_path)
    yield made
    made.engine.dispose()


# --- elders, each with another story ---------------------------------------------------------------------------------


def suspend(player: CasePlayer, review_on: date, reason: SuspendReason) -> None:
    player.tell(Suspend, OFFICER, reason=reason, review_on=review_on)
    player.tell(ConfirmSuspension, SECOND)


def visited(player: CasePlayer) -> None:
    for when in ("2026-03-18 10:00", "2026-04-18 10:00"):
        player.until(at(when))
        player.report()


def missed(player: CasePlayer) -> None:
    """Nobody comes in either month."""


def entered_from_paper(player: CasePlayer) -> None:
    """Seen on the 18th of March; entered on the 3rd of April."""
    player.until(at("2026-04-03 09:00"))
    player.report(on=date(2026, 3, 18), actor=OFFICER, channel=Channel.PAPER)


def taken_back(player: CasePlayer) -> None:
    """Reported in March; on the 5th of April staff find that nobody was there."""
    player.until(at("2026-03-18 10:00"))
    player.report()
    player.until(at("2026-04-05 09:00"))
    player.tell(CorrectReport, OFFICER, visit_id=f"{player.state.elder_id}.2026-03")


def in_hospital(player: CasePlayer) -> None:
    """From the 3rd of March; home again on the 20th of April, when that month has its reason already."""
    player.until(at("2026-03-03 09:00"))
    suspend(player, date(2026, 5, 3), SuspendReason.HOSPITAL)
    player.until(at("2026-04-20 09:00"))
    player.tell(Resume, OFFICER)


def away_in_april(player: CasePlayer) -> None:
    player.until(at("2026-03-18 10:00"))
    player.report()
    player.until(at("2026-03-31 10:00"))
    suspend(player, date(2026, 4, 29), SuspendReason.AWAY)


def refused_and_then_seen(player: CasePlayer) -> None:
    """A reason and a visit in one month: the elder was seen. In April only the reason."""
    player.until(at("2026-03-18 10:00"))
    player.tell(RecordRefusal, OFFICER)
    player.until(at("2026-03-22 10:00"))
    player.report()
    player.until(at("2026-04-18 10:00"))
    player.tell(RecordRefusal, OFFICER)


def refused_and_then_closed(player: CasePlayer) -> None:
    """Two reasons in one month: the last counts."""
    player.until(at("2026-03-18 10:00"))
    player.tell(RecordRefusal, OFFICER)
    player.until(at("2026-03-25 10:00"))
    player.tell(CloseCase, OFFICER, reason=CloseReason.NOT_ELIGIBLE)


def dead_before_anybody_was_asked(player: CasePlayer) -> None:
    """Nothing was open that could be cancelled: the closing itself is the reason."""
    player.until(at("2026-03-01 12:00"))
    player.tell(ReportDeath, OFFICER)
    player.tell(ConfirmDeath, OFFICER, died_on=MARCH, source=DeathSource.VILLAGE_DOCTOR)


def moved_to_the_other_township(player: CasePlayer) -> None:
    player.until(at("2026-03-18 10:00"))
    player.report()
    player.lives_in = ("T2", "W1")


def enrolled_late(player: CasePlayer) -> None:
    """On the 25th of March (`begin`)."""


STORIES: tuple[Callable[[CasePlayer], None], ...] = (
    visited, missed, entered_from_paper, taken_back, in_hospital, away_in_april, refused_and_then_seen,
    refused_and_then_closed, dead_before_anybody_was_asked, moved_to_the_other_township, enrolled_late,
)  # fmt: skip


def requests(elder: str, story: Callable[[CasePlayer], None]) -> Iterator[tuple[datetime, RecordRequest]]:
    """The story to its end, as its case asks to record it."""
    begin = at("2026-03-25 09:00") if story is enrolled_late else BEGIN
    player, writer = CasePlayer(begin, elder=elder), Writer(stream=case_stream(elder))
    story(player)
    player.until(END)
    for (moment, cause), said in groupby(player.said, key=lambda one: (one[1], one[0].cause)):
        request = writer.request(cause, [event for event, _ in said], moment)
        writer.stands_at(request)
        yield moment, request


def a_county() -> list[tuple[datetime, RecordRequest]]:
    told = [one for n, story in enumerate(STORIES) for one in requests(f"E{n}", story)]
    return sorted(told, key=lambda one: one[0])


def recorded(store: Store) -> None:
    for _, request in a_county():
        assert store.record(request).status == "appended"


def now_of(store: Store, first: date, known_at: datetime = END) -> MonthRate:
    with reading(store.engine) as connection:
        return month_visit_rate(connection, connection, "C1", first, known_at)


def then_of(store: Store, first: date, known_at: datetime) -> MonthRate:
    with reading(store.engine) as register, known_by(Audited(store.engine, store.sealer), known_at) as known:
        return month_visit_rate(register, known, "C1", first, known_at)


def left_out(rate: Rate) -> dict[str, int]:
    return {one.reason.value: one.elders for one in rate.reasons if one.elders}


def fractions(rate: Rate) -> tuple[str, str]:
    return f"{rate.seen}/{rate.listed}", f"{rate.seen}/{rate.expected}"


# --- what is counted -------------------------------------------------------------------------------------------------


def test_each_reason_is_counted_and_the_counts_are_the_difference_of_the_denominators(store: Store) -> None:
    recorded(store)
    march, april = now_of(store, MARCH), now_of(store, APRIL)
    assert left_out(march.total) == {"hospital": 1, "not_eligible": 1, "death": 1, "enrolled_late": 1}
    assert fractions(march.total) == ("5/11", "5/7")
    assert (march.total.strict, march.total.adjusted) == ("45.4%", "71.4%")
    assert left_out(april.total) == {"hospital": 1, "away": 1, "refused": 1}
    assert fractions(april.total) == ("1/9", "1/6")
    for month in (march, april):
        for rate in (*month.townships, month.total):
            assert rate.listed - rate.expected == sum(one.elders for one in rate.reasons)
            assert [one.reason for one in rate.reasons] == list(Reason)


def test_a_month_is_told_by_township_and_in_all(store: Store) -> None:
    recorded(store)
    april = now_of(store, APRIL)
    assert [(rate.township_id, rate.listed, rate.seen) for rate in april.townships] == [("T1", 8, 1), ("T2", 1, 0)]
    assert (april.total.listed, april.total.seen) == (9, 1)
    assert [rate.township_id for rate in now_of(store, MARCH).townships] == ["T1"]
    told = april.townships[0].told()
    assert told == ("T1", "12.5%", "1/8", "20.0%", "1/5", "住院1、外出1、拒访1")


def test_a_month_without_anybody_has_no_rate(store: Store) -> None:
    nobody = now_of(store, date(2025, 1, 1))
    assert (nobody.townships, nobody.total.strict, nobody.total.adjusted) == ((), "-", "-")
    assert nobody.total.told() == ("合计", "-", "0/0", "-", "0/0", "无")


def test_a_village_is_told_by_itself_as_it_was_then(store: Store) -> None:
    recorded(store)
    april = now_of(store, APRIL)
    told = [(rate.township_id, rate.village_id, rate.listed, rate.seen) for rate in april.villages]
    assert told == [("T1", "W1", 8, 1), ("T2", "W1", 1, 0)]


CUTS = (
    Cut(), Cut(areas=frozenset({"T1"}), by=AreaKind.VILLAGE), Cut(areas=frozenset({"T2"})),
    Cut(areas=frozenset({"W1"}), by=AreaKind.VILLAGE), Cut(areas=frozenset({"T9"})),
)  # fmt: skip


def test_behind_every_number_is_a_list_of_so_many(store: Store) -> None:
    """Of both denominators, of each reason, of each place, in each cut; page after page, nobody twice."""
    recorded(store)
    looked: set[str] = set()
    for first, cut in ((MARCH, Cut()), *product([APRIL], CUTS)):
        with reading(store.engine) as connection:
            counted = Counted(first, END, figures_rate.count(connection, "C1", first, END))
            for figure in figures_rate.figures([counted], cut):
                for row in (*figure.rows, figure.total):
                    for cell in row.cells if row else ():
                        if cell.behind is None:
                            assert cell.told in ("0", "-") or cell.told.endswith("%")
                            continue
                        asked = dict(parse_qsl(cell.behind))
                        inside = cut if "area" not in asked else Cut(areas=frozenset({asked["area"]}))
                        behind = listed(connection, first, inside, asked["which"])
                        if cut.areas is not None and "area" in asked:  # nobody of another place of the same id
                            behind = behind & listed(connection, first, cut, asked["which"])
                        assert len(behind) == cell.number, (first, cut, asked)
                        looked.add(asked["which"])
    assert looked >= {"listed", "seen", "expected", "missed", "excused", "hospital", "away", "refused", "death"}


def listed(connection: Connection, first: date, cut: Cut, which: str) -> frozenset[str]:
    found: list[str] = []
    while True:
        page = figures_rate.behind(connection, Asked("C1", first, END, cut, which, found[-1] if found else "", 4))
        assert page is not None
        if not page.rows:
            assert found == sorted(set(found))
            return frozenset(found)
        found += [one.key for one in page.rows]


def test_there_is_no_list_of_another_name(store: Store) -> None:
    with reading(store.engine) as connection:
        assert figures_rate.behind(connection, Asked("C1", MARCH, END, Cut(), "everybody", "", 9)) is None


@pytest.mark.parametrize(("part", "whole", "said"), [(9996, 10000, "99.9%"), (2, 3, "66.6%"), (1, 1, "100.0%")])
def test_a_percent_is_cut_down(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


# --- what is recorded as a reason ------------------------------------------------------------------------------------


def put(store: Store, model: Any, **values: Any) -> None:
    with writing(store.engine) as connection:
        connection.execute(insert(table_of(model)).values(**values))


def on_the_list(store: Store, elder: str, **more: Any) -> None:
    values = dict(
        elder_id=elder, county_id="C1", township_id="T1", village_id="W1", status="open", opened_at=BEGIN,
        start_on=MARCH, policy_hash="0" * 64,
    )  # fmt: skip
    put(store, CaseRow, **values | more)


def week(store: Store, elder: str, first: date, **more: Any) -> None:
    """A scheduled visit of one week, due on its Friday."""
    starts_at = instant(first)
    values = dict(
        id=f"{elder}.{first}", elder_id=elder, township_id="T1", village_id="W1", period_id=str(first),
        kind="scheduled", reason="scheduled", opened_at=starts_at, starts_at=starts_at,
        due_at=starts_at + timedelta(days=5), ends_at=starts_at + timedelta(days=7), recorded_late=False, attempts=0,
    )  # fmt: skip
    put(store, VisitRow, **values | more)


CODES = {
    **{reason.value: reason.value for reason in SuspendReason},
    "refused": "refused", ENROLLED_LATE: "enrolled_late", "death_reported": "death", "death_confirmed": "death",
    "moved_out": "moved", "not_eligible": "not_eligible", "died": "death", "moved": "moved",
    "emergency_called": "emergency_called",
}  # fmt: skip


def test_every_code_that_a_case_records_is_on_the_list(store: Store) -> None:
    assert {*SuspendReason, *CloseReason, *ENDS_VISIT} <= set(CODES)
    assert set(CODES.values()) == set(Reason)
    span = dict(starts_at=instant(MARCH), ends_at=instant(APRIL))
    for code in CODES:
        on_the_list(store, code)
        put(store, PeriodReason, elder_id=code, period_id="2026-03", reason=code, given_by="S-1", **span)
    counts = {reason: list(CODES.values()).count(reason) for reason in Reason}
    assert left_out(now_of(store, MARCH).total) == counts


def test_a_code_that_nobody_knows_leaves_nobody_out(store: Store) -> None:
    span = dict(starts_at=instant(MARCH), ends_at=instant(APRIL))
    on_the_list(store, "E1")
    put(store, PeriodReason, elder_id="E1", period_id="2026-03", reason="busy", given_by="S-1", **span)
    assert fractions(now_of(store, MARCH).total) == ("0/1", "0/1")


def test_an_excused_week_does_not_hide_a_missed_one(store: Store) -> None:
    for elder, state in (("E1", "missed"), ("E2", "cancelled")):
        on_the_list(store, elder)
        week(store, elder, date(2026, 3, 9), state="cancelled", cancel_reason="away", cancelled_by="S-1")
        week(store, elder, date(2026, 3, 16), state=state, cancel_reason="hospital", cancelled_by="S-1")
    march = now_of(store, MARCH).total
    assert (fractions(march), left_out(march)) == (("0/2", "0/1"), {"hospital": 1})


def test_a_missed_week_belongs_to_the_month_in_which_it_was_due(store: Store) -> None:
    """Monday the 30th of March to the 5th of April, due on Friday the 3rd."""
    on_the_list(store, "E1")
    week(store, "E1", date(2026, 3, 16), state="cancelled", cancel_reason="away", cancelled_by="S-1")
    week(store, "E1", date(2026, 3, 30), state="missed")
    assert fractions(now_of(store, MARCH).total) == ("0/1", "0/0")
    assert fractions(now_of(store, APRIL).total) == ("0/1", "0/1")


# --- as it was known -------------------------------------------------------------------------------------------------


def test_the_rate_as_known_at_a_moment_is_what_was_said_at_that_moment(store: Store) -> None:
    """Somebody asked whenever something had been recorded; months later each answer can be had again."""
    waiting, asked = a_county(), []
    while waiting:
        until = waiting[0][0] + timedelta(hours=5)
        while waiting and waiting[0][0] <= until:
            assert store.record(waiting.pop(0)[1]).status == "appended"
        asked += [now_of(store, first, until) for first in (MARCH, APRIL)]
    assert len({said.model_dump_json(exclude={"known_at"}) for said in asked}) > 10
    for said in asked[:: 1 if store.engine.dialect.name == "sqlite" else 7]:
        first = date.fromisoformat(f"{said.month}-01")
        assert then_of(store, first, said.known_at) == said


def test_what_came_later_is_not_known_yet(store: Store) -> None:
    """Of March: a report, an excuse, a late enrolment; after its end a paper form, and a report taken back."""
    recorded(store)
    for known_at, told, reasons in (
        ("2026-03-10 00:00", ("0/10", "0/8"), {"hospital": 1, "death": 1}),
        ("2026-03-20 00:00", ("4/10", "4/6"), {"hospital": 1, "death": 1, "refused": 2}),
        ("2026-04-01 00:00", ("5/11", "5/7"), {"hospital": 1, "death": 1, "not_eligible": 1, "enrolled_late": 1}),
        ("2026-04-04 00:00", ("6/11", "6/7"), {"hospital": 1, "death": 1, "not_eligible": 1, "enrolled_late": 1}),
        ("2026-04-06 00:00", ("5/11", "5/7"), {"hospital": 1, "death": 1, "not_eligible": 1, "enrolled_late": 1}),
    ):
        march = then_of(store, MARCH, at(known_at)).total
        assert (fractions(march), left_out(march)) == (told, reasons), known_at


@pytest.mark.parametrize(
    ("said", "until"), [("2026-12-01", "2026-12-02 00:00"), ("2026-12-01 09:30", "2026-12-01 09:30")]
)
def test_a_day_is_known_to_its_end_and_a_minute_to_itself(said: str, until: str) -> None:
    assert known_until(said) == at(until)


def test_as_of_now_is_now(store: Store) -> None:
    recorded(store)
    for first in (MARCH, APRIL):
        assert then_of(store, first, END) == now_of(store, first)


def test_a_fact_that_cannot_be_read_is_not_left_out_of_the_rate(store: Store) -> None:
    recorded(store)
    row = store.rows()[0]._mapping
    put(store, LedgerRow, **{**row, "seq": 1000, "key": "x", "at": END, "body_enc": b"changed"})
    with pytest.raises(SealBroken):
        then_of(store, MARCH, END)
    assert then_of(store, MARCH, END - timedelta(seconds=1)).total == now_of(store, MARCH).total
