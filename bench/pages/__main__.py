"""What the console's pages cost with a county's year in the store: `make` the stores, `measure` them any time after.

python -m bench.pages make    [--folder DIR] [--elders N] [--villages N] [--townships N] [--lived N] [--seed N]
                              [--until DAY] [--dialect sqlite|postgresql]
python -m bench.pages measure [--folder DIR] [--dialect …] [--seconds N] [--only PART] [--plans] [--no-page]
"""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import date
from pathlib import Path

from bench.pages import load, make, report
from bench.pages.stores import DIALECTS

FOLDER = Path("/tmp/tanfang-pages")


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped in order
    said = _said()
    dialects = DIALECTS if said.dialect is None else (said.dialect,)
    if said.what == "make":
        plan = make.Plan(
            said.elders, said.villages, said.townships, said.lived, said.seed, date.fromisoformat(said.until)
        )
        took = make.make(plan, said.folder, dialects, _say)
        print(", ".join(f"{what} {seconds:.0f} s" for what, seconds in took.items()))
        return
    for dialect in dialects:
        measured = load.measure(said.folder, dialect, said.seconds, _say, said.only, plans=said.plans)
        (said.folder / dialect / "measured.json").write_text(report.kept(measured), encoding="utf-8")
        print(f"\n{report.NAMES[dialect]}\n{report.plain(report.rows(measured))}")
    if not said.no_page:
        report.write(said.folder)


def _said() -> argparse.Namespace:
    wanted = argparse.ArgumentParser(prog="bench.pages", description="What the console's pages cost.")
    wanted.add_argument("what", choices=("make", "measure"))
    wanted.add_argument("--folder", type=Path, default=FOLDER)
    wanted.add_argument("--dialect", choices=DIALECTS, help="default: both, one after the other")
    plan = make.Plan()
    for name in ("elders", "villages", "townships", "lived", "seed"):
        wanted.add_argument(f"--{name}", type=int, default=getattr(plan, name))
    wanted.add_argument("--until", default=plan.until.isoformat(), help="the last day of the year, 20:00")
    wanted.add_argument("--seconds", type=float, default=8, help="of each page under each concurrency")
    wanted.add_argument("--only", default="", help="pages in whose name this is")
    wanted.add_argument("--plans", action="store_true", help="write the plan of each page's slowest statement")
    wanted.add_argument("--no-page", action="store_true", help="do not write docs/performance-pages.md")
    return wanted.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
