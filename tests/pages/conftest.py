"""The console over a store without an engine: pages, permissions, words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.town import Town, found


@pytest.fixture
def town(url: str, tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, url)
    found(made.house)
    yield made
    made.house.engine.dispose()
