"""One Chromium a session; pages, a server and axe for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page

from tests.browser.driving import Axe, PageInTrouble, PageOf, Served, axe_faults, launched, opened, serving


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as started:
        yield started


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with AsyncExitStack() as stack:

        async def serve(app: FastAPI) -> str:
            return await stack.enter_async_context(serving(app))

        yield serve


@pytest.fixture
async def page_of(browser: Browser, served: Served) -> AsyncIterator[PageOf]:
    """After `served`, so that pages close while their server still answers."""
    async with AsyncExitStack() as stack:
        give = partial(opened, browser)

        async def page(*args: int, **options: object) -> Page:
            return await stack.enter_async_context(give(*args, **options))

        yield page


@pytest.fixture
def axe() -> Axe:
    """Fails with a list of what is serious or critical by WCAG 2.2 AA."""

    async def holds(page: Page) -> None:
        if faults := await axe_faults(page):
            raise PageInTrouble("\n".join(map(str, faults)))

    return holds
