"""Whoever started engine, worker and web is killed by -9: nothing it started goes on running.

No promise is checked: nobody lives in this county, so none would have anything to look at.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

from embedded import HOUSE, launch, wait_for
from tests.faults.town import until
from tests.processes import children, runs

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(3600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(3600)",
]


def up(log: Path) -> bool:
    return log.exists() and b"up" in log.read_bytes()


async def test_engine_worker_and_web_end_with_the_demo_that_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.doomed", str(tmp_path), cwd=HOUSE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    try:
        ids: dict[str, int] = json.loads(await parent.stdout.readline())
        assert sorted(ids) == ["engine", "web", "worker"]
        assert all(runs(pid) for pid in ids.values())
        parent.kill()
        await parent.wait()
        for name, pid in ids.items():
            await until(lambda pid=pid: not runs(pid), f"{name} has ended")
    finally:
        if parent.returncode is None:
            parent.kill()
            await parent.wait()


async def test_what_does_not_listen_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = launch(STUBBORN, log)
    await until(lambda: up(log), "it is up")
    assert process.stdin is not None
    process.stdin.close()  # all that is left of us when we die
    await until(lambda: process.poll() is not None, "it has ended")
    assert process.returncode == -signal.SIGKILL


async def test_the_command_is_the_process_and_its_keeper_leaves_with_it(tmp_path: Path) -> None:
    """Signals, id and exit code are the command's own; it reads nothing; the keeper does not outlive it."""
    log = tmp_path / "log"
    process = launch([sys.executable, "-c", "import sys; assert sys.stdin.read() == ''; sys.exit(7)"], log)
    wait_for(process)
    assert process.returncode == 7, log.read_text()
    process = launch(SLEEPER, log)
    await until(lambda: up(log), "it is up")
    (keeper,) = children(process.pid)
    process.terminate()
    wait_for(process)
    assert process.returncode == -signal.SIGTERM
    await until(lambda: not runs(keeper), "the keeper has ended")
