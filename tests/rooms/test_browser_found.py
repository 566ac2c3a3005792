"""The browser that tests drive is found by name or by setting, and where there is none that is said before anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.run_tests import CHROMIUMS, SPEEDS, chromium, lacks


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder that PATH names."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TANFANG_CHROMIUM", raising=False)
    return tmp_path


def executable(path: Path) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("name", CHROMIUMS)
def test_it_is_found_by_any_of_its_names(path: Path, name: str) -> None:
    assert chromium() is None
    assert executable(path / name) == chromium()


def test_the_setting_goes_before_what_path_names(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(path / "chromium")
    named = path / "elsewhere"
    monkeypatch.setenv("TANFANG_CHROMIUM", str(named))
    assert chromium() is None
    assert executable(named) == chromium()


def test_without_one_the_browser_tests_stop_with_the_one_command(path: Path) -> None:
    for speeds in (SPEEDS, ["browser"]):
        assert re.findall(r"^    (\S.*)$", lacks(speeds), re.MULTILINE) == ["sudo apt-get install -y chromium"]
    assert lacks(["decisions"]) == ""
    executable(path / "chromium")
    assert lacks(SPEEDS) == ""
