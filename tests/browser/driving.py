"""A real Chromium, and what a page must not do while a test looks at it.

Any of these fails the test when its page closes: an error on the console (where the browser also says what the content
security policy refused), an exception nobody caught, an answer from 400 on, a request that failed, and a request to
anywhere but this machine. What a test means to happen it names; what it named and did not happen fails it too.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tools.run_tests import chromium
from web.assets import MODULES

FLAGS = (
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
PATIENCE = 15_000
"""Milliseconds that a look or a click waits: two cores, and other tests beside."""

HERE = {"127.0.0.1", "localhost"}
OUTSIDE_A_SERVER = {"about", "blob", "data"}
ANSWERED = "Failed to load resource: the server responded with a status of"
"""The console says so of each answer from 400 on; `_Watch` tells them itself, with method and path."""
GIVEN_UP = "net::ERR_ABORTED"
"""The page's own doing: it went elsewhere, or a file was saved."""

AXE = MODULES / "axe-core" / "axe.min.js"
WCAG_2_2_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
RUN_AXE = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
GRAVE = {"serious", "critical"}


class PageInTrouble(AssertionError):
    """Something happened on a page that no test expected, or did not that one did; the message lists it."""


class PageOf(Protocol):
    """What the fixture `page_of` gives."""

    async def __call__(
        self, width: int = 1440, *, js: bool = True, locale: str = "zh-CN", expects: Sequence[str] = (), **context: Any
    ) -> Page: ...


class Axe(Protocol):
    """What the fixture `axe` gives."""

    async def __call__(self, page: Page) -> None: ...


class Served(Protocol):
    """What the fixture `served` gives: an application's base address."""

    async def __call__(self, app: FastAPI) -> str: ...


class Fault(NamedTuple):
    """What axe found, and where."""

    impact: str
    rule: str
    says: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.impact}: {self.rule}: {self.says}\n    " + "\n    ".join(self.where)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """The machine's own Chromium; Chromium's sandbox cannot be had as root."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser,
    width: int = 1440,
    *,
    js: bool = True,
    locale: str = "zh-CN",
    expects: Sequence[str] = (),
    **context: Any,
) -> AsyncIterator[Page]:
    """A page of its own in a context of its own. `expects`: expressions for troubles that are meant, such as
    `422 POST /visit`. `context`: what else `Browser.new_context` takes. Raises PageInTrouble when it closes.
    """
    made = await browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=js,
        locale=locale,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        **context,
    )
    made.set_default_timeout(PATIENCE)
    watch = _Watch(made)
    try:
        yield await made.new_page()
        await made.cookies()  # whatever the browser said before it answers this has been heard
    finally:
        await made.close()
    watch.judge(expects)


class _Watch:
    def __init__(self, context: BrowserContext) -> None:
        self._seen: list[str] = []
        context.on(
            "console",
            lambda said: (
                self._tell(f"console: {said.text}")
                if said.type == "error" and not said.text.startswith(ANSWERED)
                else None
            ),
        )
        context.on("weberror", lambda thrown: self._tell(f"exception: {thrown.error}"))
        context.on(
            "response",
            lambda answer: (
                self._tell(f"{answer.status} {answer.request.method} {_path(answer.url)}")
                if answer.status >= 400
                else None
            ),
        )
        context.on(
            "requestfailed",
            lambda asked: (
                self._tell(f"failed: {asked.method} {asked.url}: {asked.failure}")
                if asked.failure != GIVEN_UP
                else None
            ),
        )
        context.on("request", lambda asked: None if _is_here(asked.url) else self._tell(f"asks elsewhere: {asked.url}"))

    def _tell(self, trouble: str) -> None:
        self._seen.append(trouble)

    def judge(self, expects: Sequence[str]) -> None:
        unmeant = [trouble for trouble in self._seen if not any(re.search(meant, trouble) for meant in expects)]
        missed = [meant for meant in expects if not any(re.search(meant, trouble) for trouble in self._seen)]
        told = [*unmeant, *(f"expected, and did not happen: {meant}" for meant in missed)]
        if told:
            raise PageInTrouble("\n".join(told))


def _path(url: str) -> str:
    split = urlsplit(url)
    return f"{split.path}?{split.query}" if split.query else split.path


def _is_here(url: str) -> bool:
    split = urlsplit(url)
    return split.hostname in HERE or split.scheme in OUTSIDE_A_SERVER


async def axe_faults(page: Page, patience: float = 30) -> list[Fault]:
    """What is serious or critical by WCAG 2.2 AA on the page as it stands; no policy stops a debugger."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    try:
        found: dict[str, Any] = await asyncio.wait_for(page.evaluate(RUN_AXE, [*WCAG_2_2_AA]), patience)
    except TimeoutError:
        raise AssertionError("axe did not end: it waits by timers, which a page without JavaScript has not") from None
    assert found["passes"], "axe looked at nothing"
    return [
        Fault(
            one["impact"],
            one["id"],
            one["help"],
            tuple(f"{' '.join(map(str, node['target']))}: {node['html']}" for node in one["nodes"]),
        )
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C is pytest's."""
        yield


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The application on a free port of this machine, in this loop; its base address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
