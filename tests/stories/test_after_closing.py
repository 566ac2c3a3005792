"""A village's paper form comes after the case was closed: the case runs once more to hear it, and ends again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from audit.histories import collect
from audit.invariants import run_all
from audit.replay import replay
from audit.store import Store
from decisions.deadlines import civil_day
from models.letters import UpdateLetter
from models.messages import ReportVisit
from models.values import Channel, Evidence, Role, VisitResult
from post.gateway import Delivered, Fate
from tests.stories.test_months import month_after
from tests.stories.test_steps import ASSISTANT, TOWNSHIP, Counter, known_by_tail
from tests.stories.world import World, county


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with county(tmp_path) as made:
        monkeypatch.setenv("TANFANG_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TANFANG_COUNTY", "fengjie")
        monkeypatch.setenv("TANFANG_TEMPORAL_ADDRESS", made.house.settings.temporal_address)
        yield made


async def test_a_form_entered_after_closing_is_recorded_and_every_promise_holds(world: World, tmp_path: Path) -> None:
    do = Counter(world)  # the command line goes by today's clock, so the visit was today, and all else comes later
    visited_on = civil_day(world.clock)
    await world.days_pass(1)
    _, said = await do("case", "close", "E1", "moved_out", "--place", "邻县", staff=TOWNSHIP)
    assert said["recorded"][-1] == "CaseClosed"
    closed_on = civil_day(world.clock)
    await world.until(month_after(world, 2) + timedelta(days=2))

    known_by_tail(world, "E1", "王示丁/0001")
    sheet, back = tmp_path / "forms.csv", str(tmp_path / "back.xlsx")
    sheet.write_text(
        f"姓名,身份证后四位,探访日期,方式,结果,探访人\n王示丁,0001,{visited_on},上门,平安,周示甲\n", encoding="utf-8"
    )
    _, said = await do("visit", "forms", str(sheet), "--refused", back, "--reason", "村里月底才交表")
    assert said == {"taken": 1, "later": 0, "refused": []}
    assert [(visit.state, visit.visited_on) for visit in world.visits("E1")] == [("done", visited_on)]

    answers = [await hand_in(world, closed_on) for _ in range(2)]
    assert [answer.fate for answer in answers] == [Fate.ANSWERED, Fate.ANSWERED]
    assert answers[0].reply == answers[1].reply  # the same key is answered the same, from the ledger
    assert [(v.state, v.visited_on, v.recorded_late) for v in world.visits("E1")][1:] == [("done", closed_on, True)]
    after = await hand_in(world, closed_on + timedelta(days=1), key="too-late")
    assert after.reply is not None and after.reply.refusal == "case_closed"
    before = len(world.ledger("case/E1"))
    code, said = await do("case", "request-visit", "E1")
    assert (code, said["refusal"], len(world.ledger("case/E1"))) == (1, "case_closed", before)

    store = Store(world.house.engine, world.house.sealer)
    runs = await collect(world.client, store)
    assert not any(run.open for run in runs)
    witnesses = await replay(runs, world.house.converter)
    checks = await asyncio.to_thread(run_all, store, witnesses, as_of=world.clock)
    assert {check.name: check.offending for check in checks if check.offending} == {}


async def hand_in(world: World, day: date, key: str = "once-more") -> Delivered:
    message = ReportVisit.model_validate(
        dict(
            key=key, actor=world.actor(Role.VILLAGE_ASSISTANT), channel=Channel.PAPER, received_at=world.clock,
            visitor_id=ASSISTANT, result=VisitResult.WELL, visited_on=day, evidence=Evidence.PAPER_FORM,
        )
    )  # fmt: skip
    letter = UpdateLetter(workflow_id="case/E1", elder_id="E1", message=message)
    return await world.house.gateway(world.client).deliver(letter)
