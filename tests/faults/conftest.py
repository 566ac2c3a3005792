"""Before the tests: what each town begins with. After them: each scenario, what was acknowledged, what was lost."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.faults import missed
from tests.faults.scale import hold_leases, seen


@pytest_asyncio.fixture(scope="session", autouse=True)
async def a_visit_missed(tmp_path_factory: pytest.TempPathFactory) -> None:
    hold_leases()
    await missed.make(tmp_path_factory.mktemp("missed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not seen:
        return
    terminalreporter.section("faults")
    for told in seen:
        drained = "" if told.drained is None else f"; drained in {told.drained:.1f} s"
        terminalreporter.write_line(f"{told.scenario}: {told.acknowledged}; lost {told.lost}{drained}")
