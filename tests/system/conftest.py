"""The headless demo that several tests look at."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.system.headless import Headless, play


@pytest_asyncio.fixture(scope="session")
async def headless(tmp_path_factory: pytest.TempPathFactory) -> Headless:
    return await play(tmp_path_factory.mktemp("headless"))
