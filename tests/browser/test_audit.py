"""A check that is at work tells its progress by itself, and its result comes in place; axe on each of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

import wiring
from adapters.sql_checks import SqlChecks
from models.checks import CheckedRun, CheckPhase, CheckResult, Differs
from tests.browser.driving import Axe, PageOf, Served
from tests.pages.town import COUNTY, NOW, Town, founded, token_of

AUDITOR = "S-auditor"
EXAMINED = {"chain": 9, "receipts": 9, "fold": 4, "replay": 1, "rederived": 9}
RUN = CheckedRun(
    workflow_id="case/E1", run_id="01a21eaf-d543", workflow_type="CareCaseWorkflow", events=86, is_open=True,
    archived=False, fits=False,
)  # fmt: skip
WRONG = Differs(check="rederived", stream="case/E1", seq=6, what="这一条被改写过", event_id=41, run_id="01a21eaf-d543")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = founded(tmp_path)
    yield made
    made.house.engine.dispose()


async def test_progress_and_result_come_in_place(town: Town, page_of: PageOf, served: Served, axe: Axe) -> None:
    url, checks = await served(town.app), SqlChecks(town.house.engine)
    at_work = checks.begin(COUNTY, "E1", AUDITOR, NOW, wiring.now())
    assert at_work is not None
    page = await page_of(360)
    await page.context.add_cookies([{"name": "tanfang", "value": token_of(AUDITOR), "url": url}])
    await page.goto(f"{url}/audit/cases/E1")
    await page.get_by_label("审计").check()
    await page.get_by_role("button", name="继续").click()
    await expect(page.locator("#check")).to_contain_text("正在开始")
    await axe(page)
    checks.beat(at_work, CheckPhase.REPLAY, 3, 9, wiring.now())
    await expect(page.locator("#check")).to_contain_text("正在重放 3/9")
    result = CheckResult(examined=EXAMINED, differ=(WRONG,), runs=(RUN,))
    checks.end(at_work, NOW, clean=False, result=result)
    await expect(page.locator("#check")).to_contain_text("这一条被改写过")
    await expect(page.get_by_role("button", name="现在重放核验")).to_be_enabled()
    await axe(page)
    await page.goto(f"{url}/audit")
    await expect(page.locator("code.digest")).to_have_count(1)  # the chain head comes by itself
    await axe(page)
