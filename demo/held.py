"""Runs a command that ends when whoever started it is gone: `python demo/held.py COMMAND…`, with a pipe as its stdin.

The command takes this process over, so that its id, its exit code and the signals to it are its own. A small keeper
beside it holds the pipe: at its end, which comes however the other side dies, the keeper ends the command.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

LOOK = 1.0  # seconds between looks whether the command still runs
GRACE = 10  # seconds it has to end in order


def main(command: list[str]) -> None:
    held = os.getpid()
    if os.fork() == 0:
        keep(held)
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.execv(command[0], command)


def keep(held: int) -> None:
    """Until the pipe or the command ends. While `held` is our parent its id cannot be another's."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)  # whoever reads the command's output is not kept waiting by us
    while os.getppid() == held:
        readable, _, _ = select.select([0], [], [], LOOK)
        if readable and not os.read(0, 1):
            end(held)
            return


def end(held: int) -> None:
    for asked in (signal.SIGTERM, signal.SIGKILL):
        if os.getppid() == held:
            os.kill(held, asked)
        until = time.monotonic() + GRACE
        while os.getppid() == held and time.monotonic() < until:
            time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1:])
