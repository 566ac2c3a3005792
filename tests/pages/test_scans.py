"""Scans by page: whom the register gives a reason for, within one's territory; asked in batches, each once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import insert, select

from adapters.database import reading, writing
from models.letters import LETTER, UpdateLetter
from models.tables import CommandRow, ElderCategory, LetterRow, table_of
from tests.pages.town import NAMES, Town
from web.console import scans

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LETTERS, COMMANDS = table_of(LetterRow), table_of(CommandRow)
PATH, NEW = "/scans/assessments", date(2026, 12, 1)


def poor(town: Town, *elders: str) -> None:
    with writing(town.house.engine) as c:
        for elder in elders:
            c.execute(
                insert(table_of(ElderCategory)).values(elder_id=elder, category="低保", from_on=NEW, source="test")
            )


def asked(town: Town) -> list[str]:
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(LETTERS).where(LETTERS.c.id.startswith("scan-"))).all()
    letters = [LETTER.validate_json(town.house.sealer.open(row.body_enc)) for row in rows]
    return sorted(letter.elder_id or "" for letter in letters if isinstance(letter, UpdateLetter))


async def test_it_lists_within_ones_territory_and_asks_for_nobody(town: Town) -> None:
    poor(town, "E1", "E2", "E3", "E9")
    officer = town.as_("S-township_officer")
    assert NAMES["E1"] not in (await officer.get(PATH)).text
    page = (await officer.get(f"{PATH}?look=1&days=31")).text
    shown = {elder for elder in ("E1", "E2", "E3", "E9") if NAMES[elder] in page}
    assert shown == {"E1", "E2"} and "列入低保或特困 2026-12-01" in page and asked(town) == []
    assert "没有找到" in (await officer.get(f"{PATH}?look=1&days=3")).text
    for wrong, says in (("days=x", "不是整数"), ("days=-1", "0 到 3660"), ("days=3&on=2026-12-09", "不能晚于今天")):
        answer = await officer.get(f"{PATH}?look=1&{wrong}")
        assert answer.status_code == 422 and says in answer.text
    with reading(town.house.engine) as connection:
        readings = connection.execute(select(COMMANDS.c.action).where(COMMANDS.c.staff_id == "S-township_officer"))
        assert readings.scalars().all().count("assessment_scan") == 2
    assert (await town.as_("S-grid_worker").get(PATH)).status_code == 403


async def test_it_asks_in_batches_each_once_and_says_how_far_it_is(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    poor(town, "E1", "E2", "E3")
    monkeypatch.setattr(scans, "AT_ONCE", 2)
    officer = town.as_("S-county_officer")
    page = (await officer.post(PATH, {"days": "31"})).text
    assert asked(town) == ["E1", "E2"] and "2/3" in page and "data-go-on" in page
    assert NAMES["E3"] in page and NAMES["E1"] not in page
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.partition("data-go-on")[2]))
    for _ in range(2):  # sent twice, nobody is asked for twice
        last = (await officer.post(PATH, form)).text
        assert asked(town) == ["E1", "E2", "E3"] and "3/3" in last and "都办完了" in last and "data-go-on" not in last


async def test_benefits_nobody_asked_for_are_looked_for_too(town: Town) -> None:
    page = await town.as_("S-township_officer").get("/scans/benefits?look=1")
    assert page.status_code == 200 and "没有找到" in page.text
    assert (await town.as_("S-township_officer").post("/scans/benefits")).status_code == 200
