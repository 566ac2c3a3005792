"""A benefit nobody asked for: what staff state at the door, or a scan of the register, opens a claim."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from decisions.deadlines import civil_day
from tests.stories.benefits import CARD, CARE, claims, settle_in, state_facts
from tests.stories.test_benefit_counter import Counter
from tests.stories.test_steps import ASSISTANT, COUNTY_OFFICER, TOWNSHIP
from tests.stories.world import World, county


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path, elders=2) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        settle_in(made)
        yield made


async def test_a_fact_stated_at_the_door_opens_what_is_due_by_it(world: World) -> None:
    do, today = Counter(world), civil_day(world.clock).isoformat()
    assert await do.fact("E1", "disability_kind", "肢体", staff=ASSISTANT) == "BenefitsLookedAt"
    assert claims(world) == {}  # of which grade, nobody has said
    assert await do.fact("E1", "disability_grade", "1", staff=ASSISTANT) == "BenefitsLookedAt ClaimOpened"
    claim = claims(world)[CARE]
    assert (claim.trigger, claim.stage, claim.fen) == ("discovered", "checking", 20000)
    code, said = await do("fact", "take-back", "E1", "disability_grade", staff=ASSISTANT)
    assert (code, said["said"]) == (0, "已收回，待遇已重新核算")
    assert await do.step("check", "E1", CARE, staff=TOWNSHIP) == "facts_missing"
    code, rows = await do("fact", "list", "E1", staff=TOWNSHIP)
    assert code == 0 and [(row["code"], row["value"], row["on"], row["holds"]) for row in rows] == [
        ("disability_kind", "肢体", today, True), ("disability_grade", 1, today, False),
        ("disability_grade", None, today, False),
    ]  # fmt: skip


async def test_a_scan_finds_what_is_due_and_asks_once(world: World) -> None:
    do, on = Counter(world), civil_day(world.clock)
    assert (await do("benefit", "scan", staff=TOWNSHIP))[1]["found"] == []
    state_facts(world, "E2", on, economic="低保", disability_kind="肢体", disability_grade=1)
    code, said = await do("benefit", "scan", staff=TOWNSHIP)
    [found] = said["found"]
    assert (code, found["elder_id"], said["fen"], claims(world, "E2")) == (0, "E2", 20000, {})
    assert [(each["code"], each["fen"], each["standing"]) for each in found["benefits"]] == [(CARE, 20000, "stands")]
    code, said = await do("benefit", "scan", "--ask", staff=COUNTY_OFFICER)
    assert (code, said["asked"], said["later"], said["refused"]) == (0, 1, 0, 0)
    assert [(claim.code, claim.trigger) for claim in claims(world, "E2").values()] == [(CARE, "discovered")]
    code, said = await do("benefit", "scan", "--ask", staff=TOWNSHIP)
    assert (code, said["found"], said["asked"]) == (0, [], 0)
    assert await do.step("withdraw", "E2", CARE, "--note", "本人不要", staff=TOWNSHIP) == "ClaimWithdrawn"

    # What it would have taken the place of is due now: another find, asked on the same day.
    for benefits in ([CARD], []):
        code, said = await do("benefit", "scan", "--ask", staff=TOWNSHIP)
        assert [[each["code"] for each in one["benefits"]] for one in said["found"]] == ([benefits] if benefits else [])
    assert set(claims(world, "E2")) == {CARE, CARD}
