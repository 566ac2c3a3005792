"""After the tests: each scenario, what was acknowledged, what was lost, seconds to drain."""

from __future__ import annotations

import pytest

from tests.faults.scale import seen


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not seen:
        return
    terminalreporter.section("faults")
    for told in seen:
        drained = "" if told.drained is None else f"; drained in {told.drained:.1f} s"
        terminalreporter.write_line(f"{told.scenario}: {told.acknowledged}; lost {told.lost}{drained}")
