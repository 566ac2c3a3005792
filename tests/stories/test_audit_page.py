"""An auditor at the browser: a case is replayed in place and found whole; changed, the fact is named."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import select, update

from adapters.database import reading, writing
from audit.bundle import check_bundle, check_packed
from models.ids import case_stream
from models.tables import AuditCheck, CommandRow, LedgerRow, table_of
from tests.pages.town import Browser, app_of
from tests.stories.audit_county import UNGUARD
from tests.stories.world import World, county, with_auditor

LEDGER, CHECKS, COMMANDS = table_of(LedgerRow), table_of(AuditCheck), table_of(CommandRow)
AUDITOR, CASE = "S-auditor", "/audit/cases/E1"
A_MONTH = 25.0
WITHIN = 90.0  # seconds of a busy machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with county(tmp_path) as made:
        with_auditor(made.house)
        yield made


def words(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


async def replayed(browser: Browser, page: str, step: str) -> httpx.Response:
    """Pressed, and looked at until it has ended."""
    begun = await browser.post(step)
    assert (begun.status_code, begun.headers["location"]) == (303, page)
    until = time.monotonic() + WITHIN
    while 'hx-trigger="every 1s"' in (answer := await browser.get(page)).text:
        assert "刷新" in answer.text and time.monotonic() < until
        await asyncio.sleep(0.2)
    return answer


async def test_a_case_is_replayed_by_page_and_what_was_changed_is_named(world: World, tmp_path: Path) -> None:
    await world.days_pass(A_MONTH)  # E1's visit is overdue, and a ladder climbs
    (ladder,) = world.escalations()
    browser = Browser(app_of(world.house, world.client), AUDITOR)
    assert f'href="{CASE}"' in (await browser.get("/elders/E1")).text

    page = words(whole := await replayed(browser, CASE, f"{CASE}/replay"))
    assert "全部相符" in page and "没有一条被改过、删过或添过" in page
    facts = len(world.ledger(case_stream("E1"))) + len(world.ledger(ladder))
    assert f"{facts} 条台账" in page and f"{facts} 条重演出的记录" in page and "2 份流程历史" in page
    run = await world.client.get_workflow_handle(ladder).describe()
    history = await world.client.get_workflow_handle(ladder).fetch_history()
    assert ladder in page and run.run_id in page and str(len(history.events)) in page
    assert ">走不通<" not in whole.text and whole.text.count(">走得通<") == 2

    packed = await browser.post(f"{CASE}/bundle")
    assert packed.headers["content-type"] == "application/zip"
    file = tmp_path / "case.zip"
    file.write_bytes(packed.content)
    assert check_packed(file) == []
    with ZipFile(BytesIO(packed.content)) as made:
        made.extractall(tmp_path / "open")
    (tmp_path / "open" / "ledger.jsonl").write_text("{}\n")
    assert check_bundle(tmp_path / "open")

    heads = words(await browser.get("/audit/heads"))
    (value,) = re.findall(r"\b[0-9a-f]{64}\b", heads)
    (moment,) = re.findall(r'name="as_of"[^>]*value="([^"]+)"', (await browser.get("/audit/heads")).text)
    same = f"/audit/heads?as_of={moment}&value={value}"
    assert "与印出来的值相同" in words(await browser.get(same))
    await world.days_pass(1.0)  # what comes later is not of that moment
    assert "与印出来的值相同" in words(await browser.get(same))

    with writing(world.house.engine) as c:
        for drop in UNGUARD["sqlite"]:
            c.exec_driver_sql(drop.format("ledger"))
        wrong = {"hash": "0" * 64}
        c.execute(update(LEDGER).where(LEDGER.c.stream == case_stream("E1"), LEDGER.c.seq == 3).values(wrong))
    found = words(await replayed(browser, CASE, f"{CASE}/replay"))
    assert "全部相符" not in found.partition("以前的核验")[0] and "有不符" in found
    assert re.search(r"链条 个案 序号 3 case/E1", found), found
    assert "没有导出" in words(refused := await browser.post(f"{CASE}/bundle")) and refused.status_code == 409
    home = await replayed(browser, "/audit", "/audit/verify")
    assert f'href="{CASE}"' in home.text and "序号 3" in words(home)
    assert "郑示丁" in words(home) and "重放的流程历史：" in words(home)

    with reading(world.house.engine) as c:
        kept = c.execute(select(CHECKS).order_by(CHECKS.c.begun_at)).all()
        log = c.execute(select(COMMANDS.c.action).where(COMMANDS.c.staff_id == AUDITOR)).scalars().all()
        why = c.execute(select(COMMANDS.c.answer).where(COMMANDS.c.action == "export")).scalars().all()
    assert [(one.elder_id, one.clean) for one in kept] == [("E1", True), ("E1", False), (None, False)]
    assert {one.asked_by for one in kept} == {AUDITOR} and all(one.ended_at >= one.begun_at for one in kept)
    assert {"case_show", "audit_case", "audit", "export"} <= set(log) and set(why) == {"routine"}
