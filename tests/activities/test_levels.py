"""Levels of a county by township: what was confirmed in a month, and what is valid now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.database import reading
from adapters.sealing import Keyring, Sealer
from models import tables as t
from models.ability import AbilityLevel
from projections.read_levels import MonthLevels, month_levels
from tests.activities.register import NOW, Register

MARCH = date(2026, 3, 1)
LAST, FIRST, OVER = (datetime(2026, *day, 16, tzinfo=UTC) for day in ((2, 28), (3, 1), (3, 31)))
SEVERE, MILD = AbilityLevel.SEVERE, AbilityLevel.MILD


@pytest.fixture
def register(engine: Engine, tmp_path: Path) -> Register:
    """Two townships of 奉节 with elders, and one of another county."""
    made = Register(engine, Sealer(Keyring.load_or_create(tmp_path / "keys.json")))
    for area, parent in (("T2", "county-fengjie"), ("T9", "county-wushan")):
        made.has(t.Area, id=area, kind="township", name=area, parent_id=parent, from_on=date(2020, 1, 1))
    made.elder("E2", "H2", None, township_id="T2")
    made.elder("E9", "H9", None, county_id="county-wushan", township_id="T9")
    return made


def found(register: Register) -> MonthLevels:
    with reading(register.engine) as connection:
        return month_levels(connection, "county-fengjie", MARCH)


def ended(register: Register, township: str, n: int, at: datetime | None, **more: Any) -> None:
    register.has(
        t.AssessmentRow, elder_id="E1", round=n, township_id=township, village_id="W1", trigger="staff", reason="",
        stage="resting" if at else "naming", requested_at=NOW, ended_at=at, **more,
    )  # fmt: skip


def valid(register: Register, elder: str, level: AbilityLevel, *, expired: bool = False) -> None:
    register.has(
        t.LevelRow, elder_id=elder, level=level.value, round=1, assessed_on=MARCH, object_by=NOW, confirmed_by="S-1",
        confirmed_at=NOW, expired=expired,
    )  # fmt: skip


def test_a_round_counts_in_the_month_in_which_it_ended_and_where_it_was(register: Register) -> None:
    ended(register, "T1", 1, FIRST, outcome="confirmed", level="severe")
    ended(register, "T1", 2, OVER, outcome="confirmed", level="severe")  # midnight of 1 April here
    ended(register, "T1", 3, LAST, outcome="confirmed", level="mild")  # that of 1 March
    ended(register, "T2", 4, FIRST, outcome="refused")
    ended(register, "T2", 5, FIRST, outcome="death_confirmed")
    ended(register, "T2", 6, None)
    ended(register, "T9", 7, FIRST, outcome="confirmed", level="severe")
    one, two = found(register).townships
    assert (one.township_id, one.refused, one.under_way, two.refused, two.under_way) == ("T1", 0, 0, 1, 1)
    assert {level: n for level, n in one.confirmed.items() if n} == {SEVERE: 1, MILD: 1}
    assert not any(two.confirmed.values()) and sum(found(register).total.confirmed.values()) == 2


def test_what_is_valid_is_where_the_elder_lives_now_and_not_what_has_expired(register: Register) -> None:
    valid(register, "E1", SEVERE)
    valid(register, "E2", MILD, expired=True)
    valid(register, "E9", MILD)
    one, two = found(register).townships
    assert ({level for level, n in one.valid.items() if n}, any(two.valid.values())) == ({SEVERE}, False)
    assert found(register).total.valid[SEVERE] == 1
