"""The pictures of docs/pictures, taken anew: `make pictures`. About five minutes.

A demo is played, and a Chromium goes through its pages as people would. Everybody on them is of the demo's made-up
county. A picture that cannot be taken ends the run: none is left as it was without a word.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Page
from sqlalchemy import func, select

from adapters.database import reading
from demo.counter import holders
from models.tables import AssessmentRow, CaseRow, EscalationRow, VisitRow, table_of
from models.values import CaseStatus, Role
from settings import Settings
from tests.browser.driving import launched, opened
from tests.faults.town import until
from tests.system.kept_demo import SETTINGS
from wiring import House

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
PLAYED = ("--elders", "24", "--volunteers", "6", "--periods", "2", "--seed", "3")
DESK, TABLET, PHONE = 1280, 820, 390
"""Width of a screen in pixels: an officer's, an assessor's at a bedside, a volunteer's."""
HEIGHT = {DESK: 900, TABLET: 1100, PHONE: 800}
ENOUGH = 6
"""Escalations with an owner, of a worklist that is worth a look."""
WITHIN = 400
"""Seconds; the demo is not waited for any longer."""
VISITS, ESCALATIONS = table_of(VisitRow), table_of(EscalationRow)
CASES, ROUNDS = table_of(CaseRow), table_of(AssessmentRow)


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tanfang-pictures-") as folder:
        async with playing(Path(folder)) as (house, ended), launched() as browser:
            await taken_in(house, browser, ended)
    for picture in sorted(PICTURES.glob("*.png")):
        sys.stdout.write(f"{picture.relative_to(ROOT)}  {picture.stat().st_size // 1024} KiB\n")


async def taken_in(house: House, browser: Browser, ended: Callable[[], Awaitable[None]]) -> None:
    async with signed_in(browser, house, Role.COUNTY_OFFICER, DESK) as page:
        await until(lambda: owned_escalations(house) >= ENOUGH, "a worklist", within=WITHIN)
        await taken(page, "/worklist", "worklist")
        await visitors_page(page, browser, house)
        await ended()
        await taken(page, "/phones", "phones", then=first("main a[href^='/phones/V']"))
        await taken(page, "/dashboard", "dashboard")
        await taken(page, f"/elders/{resolved(house)}", "elder")
        await assessment(page, browser, house)


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[tuple[House, Callable[[], Awaitable[None]]]]:
    """A demo under way, and what waits for the end of its months. It is ended as a user would end it."""
    said = folder / "said.txt"
    with said.open("wb") as out:
        demo = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.system.kept_demo", "demo", *PLAYED, "--data-dir", str(folder / "data"),
            cwd=ROOT, stdout=out, stderr=out, env={**os.environ, "TERM": "xterm", "FORCE_COLOR": "1"},
        )  # fmt: skip

    def goes_on() -> None:
        if demo.returncode is not None:
            raise RuntimeError(f"the demo has ended:\n{said.read_text(encoding='utf-8')[-2000:]}")

    async def ended() -> None:
        await until(lambda: goes_on() or "Ctrl-C" in said.read_text(encoding="utf-8"), "its months' end", within=WITHIN)

    try:
        kept = folder / "data" / SETTINGS
        await until(lambda: goes_on() or kept.exists(), "the demo's beginning", within=WITHIN)
        yield House(Settings(**json.loads(kept.read_text(encoding="utf-8")))), ended
    finally:
        with suppress(ProcessLookupError):
            demo.send_signal(signal.SIGINT)
        await demo.wait()


@asynccontextmanager
async def signed_in(browser: Browser, house: House, role: Role, width: int, who: str = "") -> AsyncIterator[Page]:
    """By a link that opens once, as the demo prints them."""
    token = house.sign_in_links.make(who or holders(house, role)[0], datetime.now(UTC)).get_secret_value()
    async with opened(browser, width, base_url=f"http://127.0.0.1:{house.settings.web_port}") as page:
        await page.set_viewport_size({"width": width, "height": HEIGHT[width]})
        await page.goto(f"/sign-in/link?token={token}")
        await pressed(page)
        yield page


async def taken(page: Page, path: str, name: str, *, then: Callable[[Page], Awaitable[None]] | None = None) -> None:
    await at(page, path)
    if then is not None:
        await then(page)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=PICTURES / f"{name}.png")


async def at(page: Page, path: str) -> None:
    """Saying why, where a page asks."""
    await page.goto(path)
    if "/reason" in page.url:
        await page.check("input[value=routine]")
        await pressed(page)


async def pressed(page: Page, button: str = "main button.main") -> None:
    await page.click(button)
    await page.wait_for_load_state()


def first(what: str) -> Callable[[Page], Awaitable[None]]:
    async def then(page: Page) -> None:
        await page.locator(what).first.click()
        await page.wait_for_load_state()

    return then


async def visitors_page(page: Page, browser: Browser, house: House) -> None:
    """Through the link that staff are given for a visit that is open."""
    with reading(house.engine) as connection:
        asked = select(VISITS.c.elder_id).where(VISITS.c.state == "open", VISITS.c.volunteer_id.is_not(None))
        elder = connection.execute(asked.order_by(VISITS.c.ends_at.desc()).limit(1)).scalar_one()
    await at(page, f"/elders/{elder}/visit-link")
    await pressed(page)
    link = await page.locator("main a.long").first.get_attribute("href")
    async with opened(browser, PHONE) as phone:
        await phone.set_viewport_size({"width": PHONE, "height": HEIGHT[PHONE]})
        await phone.goto(str(link))
        await phone.screenshot(path=PICTURES / "visitor.png")


async def assessment(page: Page, browser: Browser, house: House) -> None:
    """Asked for, two assessors named, and the first at the bedside with half a sheet filled in."""
    elder = f"/elders/{never_assessed(house)}"
    await at(page, f"{elder}/assessment/request")
    await page.check("input[value=staff]")
    await pressed(page)
    two = sorted(holders(house, Role.ASSESSOR))[:2]
    await at(page, f"{elder}/assessment/name")
    for name, who in zip(("first", "second"), two, strict=True):
        choice = page.locator(f"[name={name}]")
        if await choice.first.evaluate("one => one.tagName") == "SELECT":
            await choice.select_option(who)
        else:
            await page.check(f"input[name={name}][value={who}]")
    await pressed(page)
    async with signed_in(browser, house, Role.ASSESSOR, TABLET, two[0]) as bedside:
        await at(bedside, f"{elder}/assessment/sheet")
        items = await bedside.eval_on_selector_all(
            "input[name^='answers.scores.']", "all => [...new Set(all.map(one => one.name))]"
        )
        for n, item in enumerate(items[:17]):
            choices = bedside.locator(f"input[name='{item}']")
            await choices.nth(min(n % 3, await choices.count() - 1)).check()
        await bedside.locator("ul.sections strong").nth(1).wait_for()
        await bedside.locator(f"input[name='{items[3]}']").first.scroll_into_view_if_needed()
        await bedside.screenshot(path=PICTURES / "assessment.png")


def owned_escalations(house: House) -> int:
    with reading(house.engine) as connection:
        open_ = ESCALATIONS.c.state != "resolved", ESCALATIONS.c.owner_id.is_not(None)
        counted = select(func.count()).select_from(ESCALATIONS).where(*open_)
        return connection.execute(counted).scalar_one()


def never_assessed(house: House) -> str:
    with reading(house.engine) as connection:
        without = select(CASES.c.elder_id).where(
            CASES.c.elder_id.not_in(select(ROUNDS.c.elder_id)), CASES.c.status == CaseStatus.OPEN.value
        )
        return connection.execute(without.order_by(CASES.c.elder_id).limit(1)).scalar_one()


def resolved(house: House) -> str:
    """An elder whose ladder was climbed and dealt with."""
    with reading(house.engine) as connection:
        done = select(ESCALATIONS.c.elder_id).where(ESCALATIONS.c.state == "resolved")
        return connection.execute(done.order_by(ESCALATIONS.c.rung.desc()).limit(1)).scalar_one()


if __name__ == "__main__":
    asyncio.run(main())
