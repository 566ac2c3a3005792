"""What a run of all tests writes lies in memory only where there is room, and never where somebody named a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import run_tests
from tools.run_tests import in_memory


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(run_tests, "ROOM", 1)


def test_a_place_with_room_is_taken(tmp_path: Path) -> None:
    assert in_memory(tmp_path) == tmp_path


def test_one_without_room_or_that_is_not_there_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_memory(tmp_path / "nowhere") is None
    monkeypatch.setattr(run_tests, "ROOM", 1 << 60)
    assert in_memory(tmp_path) is None


def test_a_place_that_somebody_named_goes_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert in_memory(tmp_path) is None
