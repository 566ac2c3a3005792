"""A volunteer with a browser: what they tick is in the ledger, once, and corrected as a text would correct it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from models.ids import case_stream
from models.values import Role
from tests.pages.town import Browser, app_of
from tests.stories.world import PHONES, VOLUNTEER_PHONE, World, county


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Two elders, both asked of the one volunteer."""
    async with county(tmp_path, elders=2) as made:
        while not any("61" in text for text in made.texts_to(VOLUNTEER_PHONE)):
            await made.days_pass(0.5)
        yield made


def kinds(world: World, elder: str = "E1") -> list[str]:
    return [kind for kind, _ in world.ledger(case_stream(elder))]


async def test_a_month_by_page(world: World) -> None:
    browser = Browser(app_of(world.house, world.client), None)
    [way] = world.house.visit_links.of_elder("E1", world.clock)
    told = len(world.texts_to(VOLUNTEER_PHONE))

    async def form() -> dict[str, str]:
        found = re.search(r'name="form" value="([^"]+)"', (await browser.get(way.path)).text)
        assert found is not None
        return {"form": found[1]}

    first = await form()
    for _ in range(2):
        answer = await browser.post(way.path, first | {"result": "well", "check_health": "fine"})
        assert "已记：" in answer.text and "平安" in answer.text
    assert kinds(world).count("VisitReported") == 1 and "MessageRefused" not in kinds(world)
    assert [row.state for row in world.visits("E1")] == ["done"]
    assert "已记：" in (await browser.get(way.path)).text

    answer = await browser.post(way.path, await form() | {"result": "well"})
    assert "已记过：" in answer.text
    assert [row.result for row in world.visits("E1")] == ["well"]

    answer = await browser.post(way.path, await form() | {"result": "needs_help", "need": "company"})
    assert "要帮忙" in answer.text and kinds(world)[-2:] == ["ReportCorrected", "ServiceNeeded"]
    assert [row.result for row in world.visits("E1")] == ["needs_help"]

    answer = await browser.post(way.path, await form() | {"result": "not_seen"})
    assert "请打个电话" in answer.text and [row.state for row in world.visits("E1")] == ["open"]
    assert "已记：没见到" in (await browser.get(way.path)).text

    next_path = re.findall(r'class="button" href="([^"]+)"', answer.text)[0]
    found = re.search(r'name="form" value="([^"]+)"', (await browser.get(next_path)).text)
    assert found is not None
    answer = await browser.post(next_path, {"form": found[1], "result": "cannot_go", "note": "老人刚才摔倒了"})
    assert "会请别人去看望" in answer.text and "已通知值班人员" in answer.text
    assert "VisitReassigned" in kinds(world, "E2")
    assert (await browser.get(next_path)).status_code == 410

    await world.days_pass(1 / 288)
    assert len(world.texts_to(VOLUNTEER_PHONE)) == told  # answered on the screen
    assert any("可能有危险" in text for text in world.texts_to(PHONES[Role.GRID_WORKER]))


async def test_a_photo_is_named_by_its_fact_and_seen_from_its_evidence(world: World) -> None:
    visitor = Browser(app_of(world.house, world.client), None)
    [way] = world.house.visit_links.of_elder("E1", world.clock)
    found = re.search(r'name="form" value="([^"]+)"', (await visitor.get(way.path)).text)
    held = BytesIO()
    Image.new("RGB", (30, 30), "orange").save(held, "PNG")
    form = {"form": found[1] if found else "", "result": "well", "agreed": "1"}
    for said in ("已记：", "已记："):  # twice is once
        answer = await visitor.upload(way.path, form, photo=("a.png", held.getvalue()))
        assert said in answer.text and "照片已留下" in answer.text
    assert kinds(world).count("VisitReported") == 1 and "MessageRefused" not in kinds(world)
    again = await visitor.upload(way.path, form | {"form": "another"}, photo=("a.png", held.getvalue()))
    assert "已记过：" in again.text

    staff = Browser(app_of(world.house, world.client), f"S-{Role.VILLAGE_ASSISTANT}")
    page = (await staff.get("/elders/E1")).text
    assert "记为按时完成，附照片" in page and "附照片" in page.partition("没有生效")[2]
    of = re.findall(r'evidence\?of=(case/E1[^"]+)"', page)
    shown = [(await staff.get(f"/elders/E1/evidence?of={one}")).text for one in of]
    links = re.findall(r'href="(/elders/E1/enclosed[^"]+)"', "".join(shown))
    assert len(links) == 2 and "data:image/jpeg;base64," in (await staff.get(links[0])).text


async def test_a_phone_on_screen(world: World) -> None:
    browser = Browser(app_of(world.house, world.client), f"S-{Role.TOWNSHIP_OFFICER}")
    page = (await browser.get("/phones/V-1")).text
    assert "示例一村" in page and "王奶奶" in page and "编号" in page
    answer = await browser.post("/phones/V-1", {"body": "601"})
    assert answer.status_code == 303
    await world.settle()
    assert [row.state for row in world.visits("E1")] == ["done"] and [row.state for row in world.visits("E2")] == [
        "open"
    ]
    await world.days_pass(1)
    assert "已记:60王奶奶" in (await browser.get("/phones/V-1")).text
