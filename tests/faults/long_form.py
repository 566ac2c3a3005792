"""`make faults`: the long form of every test of faults; when all of it held, docs/reliability.md is written anew.

python -m tests.faults.long_form [--short] [pytest's own arguments]    --short: the form that `make test` runs
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.report import machine
from tests.faults.scale import FIGURES, FORM, Figure

HOUSE = Path(__file__).resolve().parents[2]
PAGE = HOUSE / "docs" / "reliability.md"
HEAD = """# What faults do to it

Written by `make faults` on {at:%Y-%m-%d %H:%M} UTC, after {minutes:.0f} minutes in which every test of `tests/faults`
held in its {form} form; run it again and this page is new. `make test` runs the short form; the long one has more
rounds, more kills and longer waits (`tests/faults/scale.py`).

Real processes, killed by `kill -9` by their own id; the real embedded server; a real store (SQLite unless said).
After each scenario all is left to settle and every promise is checked with grace 0 (`audit/invariants.py::run_all`):
**0 violations**. *Acknowledged* is what web had said yes to, or a case had answered, before or during the fault.
*Lost* is how much of that has no effect afterwards, or more than one. *Seconds to drain* run from the end of the fault
until no letter was due, no text unread, none waiting to be sent; `–` where that was not measured.

| Scenario | Acknowledged | Lost | Seconds to drain |
|---|---|---|---|
"""
TAIL = """
A worker that is killed holds its letters for the minute of their lease, so after a kill it can take that long until
the last is carried; nobody is wronged by it, since late is judged by when a reply was received.

## How each is done

* **Something to answer for.** A town on SQLite begins with a visit that was missed and an escalation that is open and
  owned (`tests/faults/missed.py`); the other stories have their own. So each promise has something to look at.
* **Disk full.** The kernel refuses web and worker every write past the first 512 bytes of any file (`RLIMIT_FSIZE`),
  in the middle of a page. Not tried: an engine whose own disk is full.
* **Three days away.** The demo's month is a minute, so three days are six seconds: every length of its pack is a
  share of the month.
* **Clocks.** libfaketime sets the clock of the real worker and web three hours ahead, or three days behind, and right
  again; the engine's is right. Ahead, a message is heard no later than it is decided (`decisions/hearing.py::heard`).
  Behind by more than ten seconds, they go by the engine's hour (`post/clock.py::Clock`), as it was when a worker last
  asked it for work. What stays, in favour of whoever writes: a text may be stamped a minute early; and, by all that the
  clock is behind, in the five seconds after it was set back and once no worker has asked for five minutes. Where the
  engine's own clock is behind too, nobody knows the hour: that is said (a fact is newer than now) and mended by hand.
* **Provider.** One that fails stands in front of the sandbox, in the real worker. A text goes twice only where a try
  outlasts the 20 seconds it has and its fate is looked up meanwhile; both tries stand in `send_attempt`.
* **Changes that no running case may meet** (an extra call, a wall clock, a random id, a set gone through …): fourteen
  are planted, and the table of `tests/replay/test_planted.py` says which wall of the replay tests catches each.

## Machine

| | |
|---|---|
"""


def main(given: Sequence[str]) -> int:
    arguments = [one for one in given if one != "--short"]
    form = "short" if "--short" in given else "long"
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="tanfang-faults-", ignore_cleanup_errors=True) as folder:
        figures = Path(folder) / "figures.jsonl"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TANFANG_")}
        command = [sys.executable, "-m", "pytest", "tests/faults", "--durations=0", "--durations-min=1",
                   f"--basetemp={folder}/long", "-o", "faulthandler_timeout=3000", *arguments]  # fmt: skip
        code = subprocess.run(
            command, cwd=HOUSE, env={**kept, FIGURES: str(figures), FORM: form}, check=False
        ).returncode
        if code or arguments:
            sys.stdout.write("docs/reliability.md is as it was: only a whole run in which all held writes it\n")
            return code
        lines = figures.read_text(encoding="utf-8").splitlines()
    PAGE.write_text(page([Figure(**json.loads(line)) for line in lines], form, began), encoding="utf-8")
    sys.stdout.write(f"written: {PAGE.relative_to(HOUSE)}\n")
    return 0


def page(figures: Sequence[Figure], form: str, began: datetime) -> str:
    rows = [f"| {f.scenario} | {f.acknowledged} | {f.lost} | {_seconds(f.drained)} |" for f in figures]
    sizes = [f"| {name} | {value} |" for name, value in machine().items()]
    minutes = (datetime.now(UTC) - began).total_seconds() / 60
    return HEAD.format(form=form, at=began, minutes=minutes) + "\n".join(rows) + "\n" + TAIL + "\n".join(sizes) + "\n"


def _seconds(drained: float | None) -> str:
    return "–" if drained is None else f"{drained:.1f}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
