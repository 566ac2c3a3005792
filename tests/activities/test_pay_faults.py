"""What a strict reading found of a county's months; each was red before it was mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.dialects import sqlite
from sqlmodel import SQLModel

from adapters.database import open_engine, reading, writing
from adapters.pay_sheet import MONEY, SheetLine, pay_workbook, read_back
from adapters.sealing import Keyring, Sealer
from adapters.sql_county import SqlCounty, list_of
from adapters.sql_county import _paid as paid_of
from audit.decided import Decided
from audit.invariants_money import _differs as differs
from decisions.deadlines import civil_day
from models import tables as t
from models.claim_messages import EndBenefits, KeepBenefit, StopBenefit
from models.claims import EndCause
from models.county_messages import CountyQuestion
from models.errors import TanfangFault
from models.values import CloseReason, Role
from tests.activities.pay_town import ENTITLEMENTS, HOME, LINES, Elder, Town
from tests.activities.register import NOW, Register
from tests.activities.test_benefit_scan import COUNTY as COUNTY_OFFICER
from tests.activities.test_benefit_scan import desk, typed
from tests.activities.test_pay_counter import APPROVER, Office, office
from tests.activities.test_pay_lists import RULES
from tests.decisions.claim_player import CARE, COUNTY, NOTE, OLD_AGE

__all__ = ["desk", "office"]

DIED = CloseReason.DEATH_CONFIRMED
MARCH, APRIL, MAY, JUNE = (date(2026, number, 1) for number in (3, 4, 5, 6))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path / 'town.sqlite'}")
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def town(engine: Engine, tmp_path: Path) -> Town:
    """E1 on 低保 is 90 on 15 June, and nothing is given yet."""
    sealer = Sealer(Keyring.load_or_create(tmp_path / "keys.json"))
    return Town(Register(engine, sealer), {"born_on": date(1936, 6, 15)})


@pytest.fixture
def elder(town: Town) -> Elder:
    return town.elders["E1"]


def dies(elder: Elder, on: date) -> None:
    """Reported, and confirmed."""
    elder.death(reported=True)
    elder.reported, elder.gone = False, DIED
    elder.tell(EndBenefits, reason=DIED, on=on)


# --- what is approved is what was seen -------------------------------------------------------------------------------


def test_a_list_is_not_approved_over_a_death_reported_since(town: Town, elder: Elder) -> None:
    elder.given(OLD_AGE)
    town.until_day(3, 10)
    elder.death(reported=True)
    town.office.approve()
    assert town.office.paid == {}


def test_a_list_is_not_approved_with_a_change_that_was_dropped_since(town: Town, elder: Elder) -> None:
    elder.given(OLD_AGE)
    town.listed(3, 4, 5)
    town.until_day(6, 10)
    elder.tell(KeepBenefit, COUNTY, code=OLD_AGE, note=NOTE)
    town.listed(6, 7)
    assert not [told for told in town.office.told() if told[0] == "claw_back"]


def test_a_change_by_age_that_was_approved_stands_though_another_fact_came_first(town: Town, elder: Elder) -> None:
    elder.given(OLD_AGE)
    town.listed(3, 4, 5)
    town.until_day(7, 2)
    elder.knows(economic="其他")  # from July on
    town.office.approve()
    town.deliver()
    town.until_day(7, 10)
    assert town.refused == []
    assert ("claw_back", JUNE, -10000) not in town.office.told()


def test_a_change_by_age_that_was_approved_stands_though_the_elder_has_died_since(town: Town, elder: Elder) -> None:
    elder.given(OLD_AGE)
    town.listed(3, 4, 5)
    town.until_day(6, 20)
    town.office.approve()
    dies(elder, date(2026, 6, 18))
    town.deliver()
    elder.confirmed(OLD_AGE)
    town.until_day(7, 10)
    assert town.office.told() == []  # June is due whole


def test_a_change_that_stood_on_two_lists_is_confirmed_once_and_the_second_is_no_refusal(
    town: Town, elder: Elder
) -> None:
    elder.given(OLD_AGE)
    town.listed(3, 4, 5)
    town.until_day(7, 12)
    town.office.approve()  # June
    town.office.until(town.now)  # and July is drawn before the letter is there
    town.office.approve()
    town.deliver()
    assert town.refused == []


# --- held ------------------------------------------------------------------------------------------------------------


def test_what_had_been_stopped_before_a_death_is_not_held_for_ever(town: Town, elder: Elder) -> None:
    elder.given(CARE)
    town.listed(3, 4)
    town.until_day(5, 4)
    elder.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.GIVEN_UP, on=elder.today, month=MAY, note=NOTE)
    dies(elder, date(2026, 5, 6))
    town.listed(5, 6, 7)
    assert town.office.paid["E1", CARE, MAY] == 20000


def test_auditor_and_table_say_the_same_of_what_is_held(town: Town, elder: Elder) -> None:
    elder.given(CARE)
    elder.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.GIVEN_UP, on=elder.today, month=MARCH, note=NOTE)
    elder.death(reported=True)
    with reading(town.engine) as connection:
        [row] = connection.execute(select(ENTITLEMENTS).where(ENTITLEMENTS.c.code == CARE)).all()
    assert elder.decided.is_held(CARE) == row.held


def test_a_stop_for_another_reason_pays_nothing_while_a_death_is_reported(town: Town, elder: Elder) -> None:
    elder.given(CARE)
    town.listed(3)
    town.until_day(4, 3)
    elder.death(reported=True)
    elder.tell(StopBenefit, COUNTY, code=CARE, why=EndCause.GIVEN_UP, on=elder.today, month=APRIL, note=NOTE)
    town.until_day(4, 10)
    assert town.office.told() == []


# --- the store -------------------------------------------------------------------------------------------------------


def test_where_lines_of_an_approved_list_are_missing_nothing_is_drawn(town: Town, elder: Elder) -> None:
    elder.given(CARE)
    town.listed(3)
    with writing(town.engine) as connection:
        connection.execute(delete(LINES))
    with pytest.raises(TanfangFault), reading(town.engine) as connection:
        list_of(connection, HOME, APRIL)


def test_listed_lines_are_found_by_their_elders_not_by_going_through_every_list(town: Town) -> None:
    """Else a drawing goes through all lines ever listed once for each thousand elders."""
    with town.engine.connect() as connection:
        asked: list[str] = []
        plain = connection.execute

        def keeping(statement: object, *more: object, **named: object) -> object:
            compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})  # pyright: ignore
            asked.append(str(compiled))
            return plain(statement, *more, **named)  # pyright: ignore

        connection.execute = keeping  # pyright: ignore
        list(paid_of(connection, HOME, ["E1", "E2"]))
        plan = [str(row.detail) for row in plain(text(f"EXPLAIN QUERY PLAN {asked[0]}"))]
    lines = [step for step in plan if "pay_line" in step]
    assert len(lines) == 1 and "elder_id=?" in lines[0], plan


# --- the counter -----------------------------------------------------------------------------------------------------


def test_lines_that_are_not_what_was_drawn_are_not_exported(office: Office, tmp_path: Path) -> None:
    office.lists("approved", checked_by=COUNTY_OFFICER, decided_by=APPROVER, decided_at=NOW)
    office.change(t.PayLineRow, "elder_id", of="E1", fen=99900)
    code, _ = typed("pay", "export", "2026-03", str(tmp_path / "march.xlsx"), staff=APPROVER)
    assert (code, (tmp_path / "march.xlsx").exists()) == (1, False)


@pytest.mark.parametrize("other", [{"name": "李例寿"}, {"benefit": "高龄津贴"}])
def test_a_sheet_in_which_a_name_or_a_benefit_was_changed_is_another(
    office: Office, tmp_path: Path, other: dict[str, Any]
) -> None:
    file = tmp_path / "march.xlsx"
    office.lists("approved", checked_by=COUNTY_OFFICER, decided_by=APPROVER, decided_at=NOW)
    assert typed("pay", "export", "2026-03", str(file), staff=APPROVER)[0] == 0
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("名单").to_python()[1:]
    lines = [
        SheetLine(*map(str, row[:MONEY]), fen=round(float(str(row[MONEY])) * 100), words=str(row[-1]))._replace(**other)
        for row in rows
    ]
    file.write_bytes(pay_workbook(read_back(file.read_bytes()).about.items(), lines))
    assert typed("pay", "verify", str(file), staff=COUNTY_OFFICER)[0] == 1


def test_where_a_county_has_no_approver_its_officer_is_reminded_to_approve(office: Office) -> None:
    office.change(t.Post, "id", of="P9", holder_id=None)
    looked_up = SqlCounty(office.engine, office.house.slice_of, lambda _: RULES, civil_day)
    asked = CountyQuestion(county_id=HOME, at=NOW, remind=Role.COUNTY_APPROVER)
    assert looked_up.brief(asked).owner == COUNTY_OFFICER


# --- I8 --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(elder: Elder) -> Decided:
    """The care allowance, from March."""
    elder.given(CARE)
    return elder.decided


def test_the_auditor_sees_a_month_that_is_paid_before_it_has_come(decided: Decided) -> None:
    lines = {(CARE, MARCH): 20000, (CARE, APRIL): 20000}
    assert differs(decided, MARCH, lines, lines) is not None


def test_the_auditor_sees_a_month_that_is_paid_though_nobody_says_how_much(decided: Decided) -> None:
    decided.given[CARE] = [decided.given[CARE][0]._replace(fen=None)]
    lines = {(CARE, MARCH): 100}
    assert differs(decided, MARCH, lines, lines) is not None
