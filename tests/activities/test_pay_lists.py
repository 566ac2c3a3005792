"""A month's payment list drawn by SQL: of whom, from which rows, less what was listed; and a month of visits closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.database import open_engine, reading, writing
from adapters.sealing import Keyring, Sealer
from adapters.sql_county import SqlCounty, due_in_all
from decisions import edition, pay_list
from decisions.deadlines import civil_day
from models import tables as t
from models.county_messages import CountyBriefing, CountyQuestion
from models.digests import policy_digest
from models.errors import Fault, TanfangFault
from models.payments import AgeChange, CountyRules, Drawn, LineKind, PayLine, TownshipRate
from models.policy import Delay, DelayUnit
from models.tables import table_of
from models.values import Role
from projections import read_payments
from tests.activities.register import DAY, NOW, PACK, TODAY, Register
from tests.decisions.case_player import fengjie

COUNTY = "county-fengjie"
JANUARY, FEBRUARY, MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in range(1, 7))
THREE = Delay(amount=3, unit=DelayUnit.WORKDAYS)
RULES = CountyRules(day=10, checking=THREE, approving=THREE, remind_days=1)
GIVEN: dict[str, Any] = {
    "code": "care_allowance", "n": 1, "from_month": MARCH, "township_id": "T1", "village_id": "W1", "kind": "nursing",
    "row": "class_1", "fen": 20000, "policy_version": "1", "policy_hash": PACK, "approved_by": "S-9",
    "approved_at": NOW, "review_on": date(2027, 3, 2),
}  # fmt: skip
Told = tuple[str, LineKind, date, int]


class Payments(Register):
    """`E1` and `E2` live in the county, `E9` in another."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(open_engine(url), Sealer(Keyring.load_or_create(folder / "keys.json")))
        self.elder("E2", "H2", None)
        self.elder("E9", "H9", None, county_id="county-wushan")
        self.looked_up = SqlCounty(self.engine, lambda *_: fengjie(), self._rules_of, civil_day)
        self.rules_read = 0

    def asked(self, **asked: Any) -> CountyBriefing:
        return self.looked_up.brief(CountyQuestion(county_id=COUNTY, at=NOW, **asked))

    def gives(self, elder: str = "E1", **more: Any) -> None:
        self.has(t.EntitlementRow, elder_id=elder, **GIVEN | more)

    def alters(self, **values: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(update(table_of(t.EntitlementRow)).values(values))

    def drawn(self, month: date) -> Drawn:
        found = self.asked(draw=month).drawn
        assert found is not None
        return found

    def lines(self, drawn: Drawn) -> tuple[PayLine, ...]:
        with reading(self.engine) as connection:
            return read_payments.lines_of(connection, drawn.sha256)

    def of_approved(self) -> Iterator[PayLine]:
        for row in self.rows(t.PayListRow):
            with reading(self.engine) as connection:
                yield from read_payments.lines_of(connection, row.sha256)

    def due(self, month: date) -> list[tuple[str, date, int]]:
        with reading(self.engine) as connection:
            return [(line.elder_id, line.month, line.fen) for line in due_in_all(connection, COUNTY, month).lines]

    def told(self, month: date) -> list[Told]:
        return [(line.elder_id, line.kind, line.month, line.fen) for line in self.lines(self.drawn(month))]

    def listed(self, month: date, state: str = "approved", county: str = COUNTY) -> Drawn:
        """The list of the month, drawn, and in this state."""
        drawn = self.drawn(month)
        self.has(
            t.PayListRow, county_id=county, month=month, n=1, state=state, drawn_at=NOW, **drawn.model_dump()
        )  # fmt: skip
        return drawn

    def rows(self, model: Any) -> Sequence[Any]:
        with reading(self.engine) as connection:
            return connection.execute(select(table_of(model))).all()

    def _rules_of(self, _content: str) -> CountyRules:
        self.rules_read += 1
        return RULES


@pytest.fixture
def payments(url: str, tmp_path: Path) -> Iterator[Payments]:
    made = Payments(url, tmp_path)
    yield made
    made.engine.dispose()


# --- a list ----------------------------------------------------------------------------------------------------------


def test_a_list_is_of_the_countys_elders_and_kept_under_the_hash_of_its_lines(payments: Payments) -> None:
    payments.gives("E2")
    payments.gives("E1", from_month=APRIL)
    payments.gives("E9")
    assert payments.told(APRIL) == [
        ("E1", LineKind.PAY, APRIL, 20000), ("E2", LineKind.BACK_PAY, MARCH, 20000), ("E2", LineKind.PAY, APRIL, 20000),
    ]  # fmt: skip
    drawn = payments.drawn(APRIL)
    assert (drawn.lines, drawn.fen, drawn.back_pay_fen, drawn.claw_back_fen) == (3, 60000, 20000, 0)
    assert pay_list.sha256_of(payments.lines(drawn)) == drawn.sha256
    assert [row.seq for row in payments.rows(t.PayLineRow)] == [0, 1, 2]  # drawn twice, kept once


def test_what_approved_lists_of_the_county_hold_is_not_listed_again(payments: Payments) -> None:
    payments.gives()
    payments.listed(MARCH)
    assert payments.told(MARCH) == []
    assert payments.told(APRIL) == [("E1", LineKind.PAY, APRIL, 20000)]


@pytest.mark.parametrize("state", ["checking", "approving", "returned", "drawn_again"])
def test_a_list_that_is_not_approved_holds_nothing(payments: Payments, state: str) -> None:
    payments.gives()
    payments.listed(MARCH, state)
    assert payments.told(MARCH) == [("E1", LineKind.PAY, MARCH, 20000)]


def test_another_countys_list_holds_nothing_of_this_one(payments: Payments) -> None:
    payments.gives()
    payments.listed(MARCH, county="county-wushan")
    assert payments.told(MARCH) == [("E1", LineKind.PAY, MARCH, 20000)]


def test_a_stop_of_before_comes_back_and_the_sum_of_all_lists_is_what_is_due(payments: Payments) -> None:
    payments.gives()
    for month in (MARCH, APRIL, MAY):
        payments.listed(month)
    payments.change(t.EntitlementRow, "elder_id", of="E1", through=MARCH, end_cause="death")
    drawn = payments.listed(JUNE)
    assert [(line.kind, line.month, line.fen, line.because) for line in payments.lines(drawn)] == [
        (LineKind.CLAW_BACK, APRIL, -20000, "death"), (LineKind.CLAW_BACK, MAY, -20000, "death"),
    ]  # fmt: skip
    assert (drawn.fen, drawn.claw_back_fen) == (0, -40000)
    assert sum(line.fen for line in payments.of_approved()) == 20000
    assert payments.due(JUNE) == [("E1", MARCH, 20000)]


def test_what_is_due_in_all_is_without_what_is_held_or_no_money(payments: Payments) -> None:
    payments.gives()
    payments.listed(MARCH)
    payments.gives("E2", held=True)
    payments.gives("E1", code="service_coupon", kind="coupon", fen=80000)
    assert payments.due(APRIL) == [("E1", MARCH, 20000), ("E1", APRIL, 20000)]


def test_a_benefit_in_order_is_drawn_as_ever_beside_another_that_comes_back(payments: Payments) -> None:
    payments.gives()
    payments.gives(code="old_age", fen=5000)
    payments.listed(MARCH)
    payments.change(t.EntitlementRow, "code", of="old_age", fen=4000)
    assert [(line.code, line.month, line.fen) for line in payments.lines(payments.drawn(APRIL))] == [
        ("care_allowance", APRIL, 20000), ("old_age", MARCH, -1000), ("old_age", APRIL, 4000),
    ]  # fmt: skip


def test_of_two_amounts_for_one_month_the_later_approved_claim_holds(payments: Payments) -> None:
    payments.gives(n=2, fen=30000, from_month=APRIL, row="class_2")
    payments.gives(n=1, through=MAY)
    assert [(line.n, line.month, line.fen) for line in payments.lines(payments.drawn(MAY))] == [
        (1, MARCH, 20000), (2, APRIL, 30000), (2, MAY, 30000),
    ]  # fmt: skip


def test_a_held_one_an_unstated_one_and_a_coupon_are_left_out_and_the_first_two_counted(payments: Payments) -> None:
    payments.gives(held=True)
    payments.gives("E2", fen=None)
    payments.gives("E2", code="service_coupon", kind="coupon", fen=80000)
    drawn = payments.drawn(MARCH)
    assert (drawn.lines, drawn.held, drawn.unstated, drawn.fen) == (0, 1, 1, 0)
    assert payments.rows(t.PayLineRow) == []


def test_more_elders_than_are_read_at_once_stand_in_one_order(
    payments: Payments, monkeypatch: pytest.MonkeyPatch
) -> None:
    for elder in ("E-1", "E1", "E10", "E2", "Ea"):
        if elder not in ("E1", "E2"):
            payments.elder(elder, f"H{elder}", None)
        payments.gives(elder)
    whole = payments.drawn(MARCH)
    monkeypatch.setattr("adapters.sql_county.AT_ONCE", 2)
    assert payments.drawn(MARCH) == whole
    assert [line.elder_id for line in payments.lines(whole)] == ["E-1", "E1", "E10", "E2", "Ea"]


# --- an age ----------------------------------------------------------------------------------------------------------


def test_a_change_by_age_stands_on_the_list_from_its_month_on_and_is_told_to_who_approves(payments: Payments) -> None:
    payments.gives(waits="changing", change="class_2", change_fen=30000, change_month=MAY, change_by_age=True)
    assert payments.told(APRIL)[-1] == ("E1", LineKind.PAY, APRIL, 20000)
    drawn = payments.drawn(MAY)
    assert [(line.row, line.month, line.fen, line.by_age) for line in payments.lines(drawn)] == [
        ("class_1", MARCH, 20000, False), ("class_1", APRIL, 20000, False), ("class_2", MAY, 30000, True),
    ]  # fmt: skip
    stands = payments.asked(stands=drawn.sha256, of_month=MAY)
    assert stands.unlike == 0 and stands.changes == (
        AgeChange(elder_id="E1", code="care_allowance", row="class_2", fen=30000, month=MAY),
    )


def test_a_list_does_not_stand_over_what_has_become_known_since(payments: Payments) -> None:
    payments.gives(waits="changing", change="class_2", change_fen=30000, change_month=MAY, change_by_age=True)
    drawn = payments.drawn(MAY)
    payments.alters(change_by_age=False)
    stands = payments.asked(stands=drawn.sha256, of_month=MAY)
    assert (stands.changes, stands.unlike) == ((), 1)
    payments.alters(held=True)
    assert payments.asked(stands=drawn.sha256, of_month=MAY).unlike == 3


def test_a_change_that_a_person_decides_stands_on_no_list(payments: Payments) -> None:
    payments.gives(waits="changing", change="class_2", change_fen=30000, change_month=MARCH)
    assert payments.told(MARCH) == [("E1", LineKind.PAY, MARCH, 20000)]
    assert payments.asked(stands=payments.drawn(MARCH).sha256, of_month=MARCH).changes == ()


# --- the law, a closed month, who is reminded ------------------------------------------------------------------------


def test_pack_and_rules_are_told_unless_they_are_known(payments: Payments) -> None:
    payments.activated(PACK, TODAY)
    known = payments.asked(law=True)
    assert (known.policy, known.rules, known.edition) == (fengjie(), RULES, edition.newest())
    again = payments.asked(law=True, known_policy=policy_digest(fengjie()))
    assert (again.policy, again.rules) == (None, None)
    assert payments.asked(law=True).rules == RULES and payments.rules_read == 1
    assert payments.asked() == CountyBriefing(edition=edition.newest())


def test_a_county_without_a_pack_waits(payments: Payments) -> None:
    payments.activated(PACK, TODAY + DAY)
    with pytest.raises(TanfangFault) as fault:
        payments.asked(law=True)
    assert fault.value.fault is Fault.POLICY_NOT_IN_STORE


def test_a_closed_month_is_the_rate_of_each_township_in_numbers(payments: Payments) -> None:
    payments.case("open")
    snapshot = payments.asked(close=MARCH).snapshot
    assert snapshot is not None and (snapshot.month, snapshot.known_at) == (MARCH, NOW)
    assert snapshot.townships == (TownshipRate(township_id="T1", listed=1, seen=0, excused=0),)


def test_the_post_in_the_county_is_reminded_and_its_deputy_while_the_holder_is_away(payments: Payments) -> None:
    role = Role.COUNTY_OFFICER
    assert payments.asked(remind=role).owner is None
    for staff, phone in (("S-1", "+8619200004001"), ("S-2", "+8619200004002")):
        payments.staff(staff, phone)
    payments.has(t.Post, id="P1", role=role.value, area_id=COUNTY, holder_id="S-1", deputy_id="S-2")
    assert payments.asked(remind=role).owner == "S-1"
    payments.has(t.StaffLeave, staff_id="S-1", from_on=TODAY, to_on=TODAY)
    assert payments.asked(remind=role).owner == "S-2"
