"""At the counter: paper of weeks ago, wrong words, strangers, a store that is away, an audit that differs."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select, update
from typer.testing import CliRunner

from adapters.database import reading, writing
from adapters.sql_checks import SqlChecks
from audit.bundle import check_bundle
from decisions.deadlines import civil_day
from models.tables import Elder, LedgerRow, Note, Post, table_of
from starter import app
from tests.stories.audit_county import UNGUARD
from tests.stories.test_steps import (
    ASSISTANT,
    COUNTY_OFFICER,
    GRID,
    Counter,
    came_back,
    known_by_tail,
    reported,
    world,
)
from tests.stories.world import COUNTY, World, with_auditor

__all__ = ["world"]
NOTES, LEDGER, ELDERS = table_of(Note), table_of(LedgerRow), table_of(Elder)
HEADING = ("姓名", "身份证后四位", "探访日期", "方式", "结果", "备注")


def workbook(file: Path, *rows: tuple[str, ...]) -> str:
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for n, row in enumerate((HEADING, *rows)):
        sheet.write_row(n, 0, row)
    book.close()
    return str(file)


def notes(world: World) -> list[str]:
    with reading(world.house.engine) as connection:
        return [world.house.sealer.open(text) for text in connection.execute(select(NOTES.c.text_enc)).scalars()]


async def test_a_visit_of_weeks_ago_is_entered_with_a_reason(world: World, tmp_path: Path) -> None:
    """A workbook as Excel writes it; the reason stands in the row, or on the command for the whole sheet."""
    do, back = Counter(world), str(tmp_path / "back.xlsx")
    known_by_tail(world, "E1", "王示丁/0001")
    await world.days_pass(9)
    long_ago = (civil_day(world.clock) - timedelta(days=5)).isoformat()
    bare = workbook(tmp_path / "bare.xlsx", ("王示丁", "0001", long_ago, "上门", "平安", ""))
    code, said = await do("visit", "forms", bare, "--refused", back)
    assert (code, said["taken"], said["refused"]) == (
        0, 0, [{"line": 2, "column": "备注", "reason": "三天以前的探访须写原因"}],
    )  # fmt: skip
    assert came_back(Path(back))[1][2] == "三天以前的探访须写原因" and not reported(world, "E1")
    _, said = await do("visit", "forms", bare, "--refused", back, "--reason", "纸质表月底才交")
    assert said == {"taken": 1, "later": 0, "refused": []}
    (visit,) = reported(world, "E1")
    assert visit.visited_on.isoformat() == long_ago and "补录的原因：纸质表月底才交" in notes(world)

    correct = ("visit", "correct", "E1", "--visit", visit.visit_id, "--result", "well", "--on", long_ago)
    code, words = await do(*correct)
    assert code == 2 and "三天以前的探访须写" in words
    assert (await do(*correct, "--reason", "日期写错"))[0] == 0
    assert "更正的原因：日期写错" in notes(world)


async def test_a_word_that_is_none_of_them_is_told_before_anything_is_written(world: World) -> None:
    code, words = await Counter(world)("case", "change", "E1", "住院了王示丁", "--note", "无")
    assert code == 2 and "discharged" in words and not notes(world)


async def test_only_a_colleague_of_the_county_takes_over(world: World) -> None:
    do = Counter(world)
    with writing(world.house.engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO area (id, kind, name, parent_id, from_on) "
            "SELECT 'county-elsewhere', kind, '别县', NULL, from_on FROM area WHERE kind = 'county'"
        )
        connection.exec_driver_sql(
            "INSERT INTO staff (id, county_id, name_enc, phone_enc, phone_index) "
            "SELECT 'S-elsewhere', 'county-elsewhere', name_enc, phone_enc, 'x' FROM staff LIMIT 1"
        )
        post = connection.execute(select(table_of(Post).c.id).where(table_of(Post).c.holder_id == GRID)).scalar_one()
    for words in (("staff", "handover", GRID, "S-elsewhere"), ("staff", "deputy", post, "--to", "S-elsewhere")):
        code, said = await do(*words, staff=COUNTY_OFFICER)
        assert (code, said["refusal"]) == (2, "unknown"), words
    assert (await do("staff", "deputy", post, "--to", ASSISTANT, staff=COUNTY_OFFICER))[0] == 0


async def test_a_village_is_merged_and_its_people_move(world: World) -> None:
    with writing(world.house.engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO area (id, kind, name, parent_id, from_on) "
            "SELECT 'W2', kind, '示例二村', parent_id, from_on FROM area WHERE id = 'W1'"
        )
    today = civil_day(world.clock).isoformat()
    code, said = await Counter(world)("area", "merge", "W1", "W2", "--from", today, staff=COUNTY_OFFICER)
    assert (code, said) == (0, {"moved": 2, "from_on": today})
    with reading(world.house.engine) as connection:
        assert set(connection.execute(select(ELDERS.c.village_id)).scalars()) == {"W2"}


async def test_a_store_that_is_away_is_a_sentence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiring.BUSY_TIMEOUT_MS", 200, raising=False)
    holder = sqlite3.connect(world.house.settings.data_dir / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        code, said = await Counter(world)("case", "request-visit", "E1", settle=False)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert (code, said["refusal"]) == (1, "store_away") and "请稍后再做一次" in said["said"]


async def offending(do: Counter) -> list[str]:
    _, checks = await do("audit", "promises", staff=None)
    assert checks
    return [what for check in checks for what in check["offending"]]


async def test_what_differs_is_told_at_the_counter(world: World, tmp_path: Path) -> None:
    """`audit verify` and `audit promises` end with 1 and name it; `audit archive` and `timeline --as-of` answer.

    What a verify found is kept, and a county's bundle proves itself.
    """
    auditor = with_auditor(world.house)
    do = Counter(world)
    await world.days_pass(9)
    early = (civil_day(world.clock) - timedelta(days=20)).isoformat()
    assert not await offending(do)
    code, whole = await do("audit", "verify", staff=None)
    assert (code, whole["clean"]) == (0, True)
    stood = (await do("audit", "heads", staff=None))[1]
    bundle = tmp_path / "county"
    exported = ["audit", "export-county", str(bundle), "--as", COUNTY_OFFICER]
    for staff, ends in ((COUNTY_OFFICER, 1), (auditor, 0)):  # whose work it is
        exported[-1] = staff
        assert (await asyncio.to_thread(CliRunner().invoke, app, exported)).exit_code == ends
    assert check_bundle(bundle) == []
    assert sha256((bundle / "heads.txt").read_bytes()).hexdigest() == stood["digest"]
    (bundle / "heads.txt").write_text((bundle / "heads.txt").read_text().replace(" ", " 1", 1))
    assert {finding.stream for finding in check_bundle(bundle)} == {"heads.txt"}
    for words, told in ((("timeline", "E1", "--as", GRID, "--as-of", early), ""), (("archive",), "")):
        result = await asyncio.to_thread(CliRunner().invoke, app, ["audit", *words])
        assert result.exit_code == 0 and told in result.stdout, result.output
    with writing(world.house.engine) as connection:
        for drop in UNGUARD["sqlite"]:
            connection.exec_driver_sql(drop.format("ledger"))
        first = (LEDGER.c.stream == "case/E1", LEDGER.c.seq == 1)
        connection.execute(update(LEDGER).where(*first).values(body_enc=b"\x00"))
    code, said = await do("audit", "verify", staff=None)
    assert (code, said["clean"]) == (1, False)
    assert any("case/E1" in str(finding) for finding in said["findings"])
    kept = SqlChecks(world.house.engine).last(COUNTY, 9, world.house.now())
    assert [(one.clean, one.asked_by) for one in kept] == [(False, "operator"), (True, "operator")]
    assert kept[0].result is not None and kept[0].result.differ[0].stream == "case/E1"
    assert await offending(do)
