"""`make bench`: measure, print a plain table, write docs/performance.md.

python -m bench [--elders N] [--rounds N] [--every SECONDS] [--elders-each N] [--no-page]
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bench.measure import Measured, Plan, measure
from bench.record import RecordPath, record_alone
from bench.report import PAGE, page, plain


def main() -> None:
    plan, wants_page = _plan()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped in order
    with tempfile.TemporaryDirectory(prefix="tanfang-bench-") as folder:
        measured, record = bench(plan, Path(folder))
    print(plain(measured, record))
    if wants_page:
        PAGE.write_text(page(measured, record), encoding="utf-8")
        print(f"written: {PAGE.relative_to(PAGE.parent.parent)}")


def bench(plan: Plan, folder: Path) -> tuple[Measured, RecordPath]:
    measured = asyncio.run(measure(plan, folder / "run", _say))
    _say("the record path alone")
    return measured, record_alone(plan, folder / "run", folder / "again")


def _plan() -> tuple[Plan, bool]:
    wanted = argparse.ArgumentParser(prog="bench", description="What an elder-month costs on this machine.")
    wanted.add_argument("--elders", type=int, default=Plan.elders)
    wanted.add_argument("--rounds", type=int, default=Plan.rounds)
    wanted.add_argument("--every", type=float, help="seconds of a period; default: what the elders need")
    wanted.add_argument("--elders-each", type=int, default=Plan.elders_each)
    wanted.add_argument("--no-page", action="store_true", help="do not write docs/performance.md")
    said = wanted.parse_args()
    every = timedelta(seconds=said.every or max(15.0, said.elders * Plan.every.total_seconds() / Plan.elders))
    return Plan(said.elders, said.rounds, every, said.elders_each), not said.no_page


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
