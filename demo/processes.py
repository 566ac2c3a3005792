"""The processes of a demo: engine, worker, web. Each is started here and stopped by its own id, never by name.

Each also ends when the demo does, even by kill -9: see `demo/held.py`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from decisions.benefit_time import month_of
from decisions.deadlines import civil_day, months_after
from embedded import EmbeddedServer, free_port, launch, wait_for
from settings import Settings

LISTED_BEFORE = 2  # months whose lists are due when a demo begins, beside this one's


class Child:
    """One of our own processes: `python <script>` with the demo's settings."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self._command = command
        self._folder = folder
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, *self._command]
        self._process = launch(command, self._folder / f"{self.name}.log", self._environment)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            wait_for(self._process)

    def stop(self, within: float = 20) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            wait_for(self._process, within)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


class Processes:
    """Engine, worker and web over one data folder. `settings` are those every process of the demo runs with."""

    def __init__(self, folder: Path, county: str, every: timedelta) -> None:
        lists_since = months_after(month_of(civil_day(datetime.now(UTC))), -LISTED_BEFORE)
        self.folder = folder
        self.server = EmbeddedServer(folder)
        self.settings = Settings(
            data_dir=folder, county=county, temporal_address=self.server.address, web_port=free_port(),
            every=every, lists_since=lists_since,
        )  # fmt: skip
        self._environment = {
            **os.environ,
            "TANFANG_DATA_DIR": str(folder),
            "TANFANG_COUNTY": county,
            "TANFANG_TEMPORAL_ADDRESS": self.server.address,
            "TANFANG_WEB_PORT": str(self.settings.web_port),
            "TANFANG_EVERY": f"PT{every.total_seconds():.3f}S",
            "TANFANG_LISTS_SINCE": lists_since.isoformat(),
        }
        self.worker = Child("worker", ["worker.py"], folder, self._environment)
        self.web = Child("web", ["starter.py", "web"], folder, self._environment)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.web_port}"

    async def start(self) -> None:
        """Engine and web, and wait for them; the worker is started when the first month is set."""
        await self.server.start()
        self.web.start()
        await self._wait_for_web()

    def start_worker(self, anchor_at: datetime) -> None:
        """From `anchor_at` the months are counted; it is decided late, so that a slow start takes nothing from it."""
        self.settings = self.settings.model_copy(update={"anchor_at": anchor_at})
        self._environment["TANFANG_ANCHOR_AT"] = anchor_at.isoformat()
        self.worker.start()

    async def _wait_for_web(self) -> None:
        async with httpx.AsyncClient(base_url=self.web_url) as http:
            while True:
                if self.web.ended:
                    raise RuntimeError(f"the web process ended: see {self.folder / 'web.log'}")
                try:
                    if (await http.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    def stop(self) -> None:
        self.worker.stop()
        self.web.stop()
        self.server.stop()
