"""Visits of the town, as rows: asked of a volunteer, given to another, made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from adapters.database import writing
from models.tables import CaseRow, VisitRow, table_of
from tests.pages.town import LIVES, NOW, SINCE, Town

CASES, VISITS = table_of(CaseRow), table_of(VisitRow)


def visit_of(elder: str) -> str:
    return f"{elder}.2026-12"


def asked(town: Town, elder: str, volunteer: str | None, **more: Any) -> str:
    """A running case with this month's visit, asked of this volunteer. Answers the visit's id."""
    village, township, county = LIVES[elder]
    case = {
        "elder_id": elder, "county_id": county, "township_id": township, "village_id": village, "status": "open",
        "opened_at": NOW, "start_on": SINCE, "policy_hash": "0",
    }  # fmt: skip
    visit = {
        "id": visit_of(elder), "elder_id": elder, "township_id": township, "village_id": village,
        "period_id": "2026-12", "kind": "scheduled", "reason": "paired", "state": "open", "volunteer_id": volunteer,
        "opened_at": NOW, "starts_at": NOW - timedelta(days=7), "due_at": NOW + timedelta(days=12),
        "ends_at": NOW + timedelta(days=23), "attempts": 0, "recorded_late": False,
    }  # fmt: skip
    with writing(town.house.engine) as connection:
        connection.execute(insert(CASES).values(case))
        connection.execute(insert(VISITS).values(visit | more))
    return visit_of(elder)


def changed(town: Town, elder: str, **values: Any) -> None:
    with writing(town.house.engine) as connection:
        connection.execute(update(VISITS).where(VISITS.c.id == visit_of(elder)).values(values))


def case_is(town: Town, elder: str, status: str) -> None:
    with writing(town.house.engine) as connection:
        connection.execute(update(CASES).where(CASES.c.elder_id == elder).values(status=status))
