"""Assessing bodies by page: the officer of their county registers one, takes assessors on, lets them go, ends it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from adapters.database import reading
from models.tables import AssessingBody, BodyAssessor, RegisterChange, table_of
from tests.pages.assessed import with_bodies
from tests.pages.town import Town

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
BODIES, OF_BODY, CHANGES = table_of(AssessingBody), table_of(BodyAssessor), table_of(RegisterChange)
NUMBER = "52500236MJP000001A"
DONE = "/bodies?done=recorded"


async def test_a_body_from_its_beginning_to_its_end(town: Town) -> None:
    with_bodies(town)
    county = town.as_("S-county_officer")
    empty = await county.post("/bodies/add", {"registered_as": NUMBER})
    assert empty.status_code == 422 and "必须填写" in empty.text
    new = {"name": "示例第二中心", "registered_as": f" {NUMBER.lower()} "}
    assert (await county.post("/bodies/add", new)).headers["location"] == DONE
    page = (await county.get("/bodies")).text
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:]
    assert len(rows) == 2 and NUMBER in page and "不足5人" in next(row for row in rows if NUMBER in row)
    [at] = {re.findall(r'href="(/bodies/[^"]+)/assessor"', row)[0] for row in rows if NUMBER in row}

    one = {"staff_id": "A-1", "on": "2026-12-08"}
    early = await county.post(f"{at}/assessor", one | {"on": "2026-12-07"})
    assert early.status_code == 422 and "日期早于起始日" in early.text
    assert (await county.post(f"{at}/assessor", one)).headers["location"] == DONE
    again = await county.post(f"{at}/assessor", one)
    assert again.status_code == 422 and "已经为这家机构评估" in again.text
    stranger = await county.post(f"{at}/assessor", one | {"staff_id": "S-grid_worker"})
    assert stranger.status_code == 422 and "不是可选的一项" in stranger.text
    assert (await county.post(f"{at}/let-go", one | {"on": "2026-12-20"})).headers["location"] == DONE
    assert (await county.post(f"{at}/end", {"on": "2026-12-08"})).headers["location"] == DONE
    assert "已不再评估" in (await county.get("/bodies")).text
    assert (await county.post("/bodies/add", new)).headers["location"] == DONE  # and then it is there again
    assert "已不再评估" not in (await county.get("/bodies")).text
    assert (await county.post(f"{at}/assessor", one | {"on": "2026-12-21"})).headers["location"] == DONE
    with reading(town.house.engine) as connection:
        changes = connection.execute(select(CHANGES.c.field).where(CHANGES.c.subject_id == at.rpartition("/")[2]))
        assert sorted(changes.scalars()) == ["assessor", "assessor", "assessor", "registered_as", "to_on", "to_on"]


async def test_who_names_assessors_sees_them_and_changes_nothing(town: Town) -> None:
    with_bodies(town)
    township = town.as_("S-township_officer")
    page = (await township.get("/bodies")).text
    assert "示例评估中心" in page and "/bodies/B1/end" not in page
    assert (await township.post("/bodies/B1/end", {"on": "2026-12-08"})).status_code == 403
    assert "示例评估中心" not in (await town.as_("S-county_officer-X").get("/bodies")).text
    assert (await town.as_("S-county_officer-X").post("/bodies/B1/end", {"on": "2026-12-08"})).status_code == 404
    other = await town.as_("S-county_officer-X").post("/bodies/add", {"name": "x", "registered_as": NUMBER})
    assert other.status_code == 422
    with reading(town.house.engine) as connection:
        assert len(connection.execute(select(BODIES)).all()) == 1
