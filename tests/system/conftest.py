"""The headless demo that several tests look at. It plays while another test looks at the one on screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.system.headless import Headless, play


@pytest_asyncio.fixture(scope="session")
async def headless_plays(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[asyncio.Task[Headless]]:
    playing = asyncio.create_task(play(tmp_path_factory.mktemp("headless")))
    yield playing
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


@pytest_asyncio.fixture(scope="session")
async def headless(headless_plays: asyncio.Task[Headless]) -> Headless:
    return await headless_plays
