"""A benefit at the counter, from the request to its end: each step as its person types it, and each slip."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decisions.deadlines import civil_day
from starter import app
from tests.stories import test_steps
from tests.stories.benefits import AGE, APPROVER, CARD, CARE, DESTITUTE, amounts, claims, settle_in, state_facts
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, GRID, TOWNSHIP
from tests.stories.world import World, county


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path, elders=2) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        settle_in(made)
        yield made


class Counter(test_steps.Counter):
    """The counter of benefits. `step` answers what was recorded, or why not."""

    async def step(self, *words: str, staff: str) -> str:
        code, said = await self("benefit", *words, staff=staff)
        assert isinstance(said, dict), said
        assert code == {True: 0, False: 1}[said["accepted"]], said
        return said["refusal"] or " ".join(said["recorded"])

    async def ends(self, *words: str, staff: str) -> int:
        """The exit code."""
        return (await self("benefit", *words, staff=staff))[0]

    async def show(self, elder: str = "E1") -> dict[str, Any]:
        code, said = await self("benefit", "show", elder, staff=TOWNSHIP)
        assert code == 0, said
        return said

    async def told(self, *words: str, staff: str = TOWNSHIP, code: int = 0) -> str:
        result = await asyncio.to_thread(
            CliRunner().invoke, app, ["benefit", *words, "--as", staff], env={"COLUMNS": "300"}
        )
        assert result.exit_code == code, result.output
        return result.output


async def test_a_benefit_from_the_request_through_notice_and_objection_to_its_end(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock)
    assert (await do.show()) == {"elder": "E1", "known": False}
    assert await do.step("check", "E1", CARE, staff=TOWNSHIP) == "no_benefits"
    assert await do.ends("request", "E1", CARE, "--application", staff=GRID) == 2
    assert await do.ends("request", "E1", "养老服务补贴", staff=GRID) == 2
    assert "ClaimOpened" in await do.step("request", "E1", CARE, "--application", "--note", "女儿来申请", staff=GRID)
    print(await do.told("show", "E1"))
