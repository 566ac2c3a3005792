"""Lint, then every speed of tests, each in its own pytest; the numbers at the end.

    python tools/run_tests.py                    everything
    python tools/run_tests.py SPEED              one speed, or `lint`, in the foreground; in its parts, if it has any
    python tools/run_tests.py SPEED -- -k leave  with pytest's own arguments

Three steps run side by side, so that what mostly waits (faults, system) runs beside what computes; two on a machine
that is slow. What takes long runs in parts; asked for alone, its parts run all at once. A step's output is printed
whole when the step ends. A speed without a test is a failure, and each skipped test is named with its reason: nothing
is left out silently. What a run writes lies in memory where the machine has the room, else in the usual place, or where
TMPDIR says.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

SPEEDS = ("decisions", "rooms", "activities", "pages", "replay", "stories", "system", "browser", "faults")
LINT = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "imports": ("lint-imports", "--no-logo"),
    "pyright": ("pyright", "-p", "pyproject.toml"),
}
IN_PARTS = {"faults": 3, "stories": 2, "pages": 2}
PARTS = {f"{speed} {n + 1}": (speed, n) for speed, parts in IN_PARTS.items() for n in range(parts)}
"""A step that is every so many-th file of a speed, and which of them it begins with."""

BESIDE = (
    "faults 1", "faults 2", "activities", "faults 3", "system", "stories 1", "stories 2", "browser", "decisions",
    "pages 1", "pages 2", "pyright", "replay", "rooms",
)  # fmt: skip
"""What runs side by side, in the order taken up. A third of faults takes 0.4 of a core: two run beside what computes;
the slowest come first, so that the rest fits beside them."""

ASKS_FOR_FONT = """
import sys
from adapters import receipt_pdf
from settings import Settings
try:
    receipt_pdf.family(Settings().font_dir)
except receipt_pdf.NoFont:
    sys.exit(receipt_pdf.INSTALL)
"""
"""Receipts are set in a Chinese font of the machine; the exit says the one command that brings it."""

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
"""What the browser that tests drive goes by; `TANFANG_CHROMIUM` names another."""

OF_THE_MACHINE = ("TANFANG_FONT_DIR", "TANFANG_CHROMIUM")
"""Where fonts and browser of this machine lie: no setting of anybody's."""

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free there; a whole run has held a quarter of that."""

LANES = 3
SLOW_LANES = 2
SLOW = 0.3
"""Seconds that a short piece of reckoning takes a machine on which two thirds of faults are a whole core's work: there
only two steps run at once, since what is scripted by the clock must not wait for what computes."""
LONGEST = 45 * 60.0
"""Seconds after which a step is ended: CI's whole time is 90 minutes."""


@dataclass
class Step:
    """One command, and what came of it."""

    name: str
    command: Sequence[str]
    seconds: float = 0.0
    code: int | None = None
    output: str = ""
    counts: dict[str, int] = field(default_factory=dict[str, int])
    databases: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def is_speed(self) -> bool:
        return self.speed in SPEEDS

    @property
    def speed(self) -> str:
        return PARTS.get(self.name, (self.name, 0))[0]

    @property
    def held(self) -> bool:
        return self.code == 0


class Runner:
    """Runs steps in their own process groups, so that what a test started ends with it."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def run(self, step: Step) -> Step:
        began = time.monotonic()
        with self._lock:
            if self._stopping:
                return step
            process = subprocess.Popen(
                step.command,
                cwd=ROOT,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            self._running[step.name] = process
        self.say(f"{step.name} …")
        try:
            step.output, _ = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            end_group(process)
            step.output = process.communicate()[0] + f"\n{step.name} was ended after {LONGEST / 60:.0f} minutes\n"
        finally:
            with self._lock:
                self._running.pop(step.name, None)
        end_group(process)
        step.code, step.seconds = process.returncode, time.monotonic() - began
        if step.is_speed:
            step.counts = closing_counts(step.output)
            step.databases = on_databases(step.output)
        with self._lock:
            print(f"\n──── {step.name} ({step.seconds:.1f} s) " + "─" * 60)
            print(step.output.rstrip("\n"), flush=True)
            if step.is_speed and not any((ROOT / "tests" / step.speed).rglob("test_*.py")):
                print(f"{step.speed} has no test: every speed must prove something (tests/{step.speed})", flush=True)
        return step

    def say(self, line: str) -> None:
        with self._lock:
            print(f"[{time.monotonic() - self._started:6.1f} s] {line}", flush=True)

    def stop(self) -> None:
        with self._lock:
            self._stopping = True
            for process in self._running.values():
                end_group(process)

    def heartbeat(self, done: threading.Event) -> None:
        while not done.wait(60):
            with self._lock:
                names = ", ".join(self._running)
            self.say(f"still running: {names}")


def main(arguments: Sequence[str]) -> int:
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    chosen, extra = arguments[:cut], arguments[cut + 1 :]
    if unknown := [name for name in chosen if name not in (*SPEEDS, "lint")]:
        print(f"no such speed: {' '.join(unknown)}; there are: lint {' '.join(SPEEDS)}", file=sys.stderr)
        return 2
    if chosen != ["lint"] and (lacking := lacks(chosen or SPEEDS)):
        print(f"\ntests stopped. {lacking}\n", file=sys.stderr)
        return 1
    # Not pytest's own folder in /tmp: runs that begin at the same time clear each other's there.
    with tempfile.TemporaryDirectory(prefix="tanfang-tests-", dir=in_memory(), ignore_cleanup_errors=True) as folder:
        if chosen:
            return max([in_foreground(name, extra, folder) for name in chosen])
        return everything(extra, folder)


def lacks(speeds: Iterable[str]) -> str:
    """What is missing on this machine, with the one command that brings it; empty where nothing is."""
    if command := font_missing():
        return f"A Chinese font is missing. On Debian or Ubuntu:\n\n    {command}"
    if "browser" in speeds and chromium() is None:
        return (
            "A Chromium is missing, or TANFANG_CHROMIUM does not name one. On Debian:\n\n"
            "    sudo apt-get install -y chromium"
        )
    return ""


def chromium() -> str | None:
    """The path of the browser that tests drive; None where there is none."""
    names = [os.environ["TANFANG_CHROMIUM"]] if os.environ.get("TANFANG_CHROMIUM") else CHROMIUMS
    return next(filter(None, map(shutil.which, names)), None)


def in_memory(place: Path = MEMORY) -> Path | None:
    """Where no commit waits for a disk, for nothing of a run outlives it. Some tests run what they have written."""
    if os.environ.get("TMPDIR") or not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return None
    there = os.statvfs(place)
    roomy = there.f_bavail * there.f_frsize >= ROOM and not there.f_flag & os.ST_NOEXEC
    return place if roomy else None


def font_missing(asks: str = ASKS_FOR_FONT) -> str:
    """The command that brings one; empty where there is one."""
    command, ours = [str(BIN / "python"), "-c", asks], clean_environment()
    asked = subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)
    return asked.stderr.strip() if asked.returncode else ""


def everything(extra: Sequence[str], folder: str) -> int:
    speeds = [*(name for name in SPEEDS if name not in IN_PARTS), *PARTS]
    steps = {name: Step(name, lint_command(name)) for name in LINT} | {
        name: Step(name, pytest_command(name, extra, folder)) for name in speeds
    }
    return side_by_side(steps, SLOW_LANES if reckoning() > SLOW else LANES)


def reckoning() -> float:
    """Seconds, the best of three."""

    def once() -> float:
        began, told = time.perf_counter(), 0
        for number in range(2_000_000):
            told += number * number
        return time.perf_counter() - began

    return min(once() for _ in range(3))


def side_by_side(steps: Mapping[str, Step], number: int) -> int:
    """One by one what runs beside nothing, then the others in their order."""
    began = time.monotonic()
    runner, done = Runner(), threading.Event()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=runner.heartbeat, args=(done,), daemon=True).start()
    try:
        for name in [name for name in steps if name not in BESIDE]:
            runner.run(steps[name])
        with ThreadPoolExecutor(number) as lanes:
            try:
                list(lanes.map(runner.run, [steps[name] for name in BESIDE if name in steps]))
            except KeyboardInterrupt:
                runner.stop()
                raise
    except KeyboardInterrupt:
        print("\nstopped by the keyboard", file=sys.stderr)
        return 130
    finally:
        done.set()
    return report(steps.values(), time.monotonic() - began)


def report(steps: Iterable[Step], seconds: float) -> int:
    rows = list(steps)
    print("\n" + "═" * 78)
    print(f"{'':12}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for step in rows:
        numbers = f"{'':8}{'':8}{'':9}"
        if step.is_speed:
            numbers = f"{passed(step):8}{failed(step):8}{step.counts.get('skipped', 0):9}"
        print(f"{step.name:12}{numbers}{step.seconds:9.1f}  {'held' if step.held else 'FAILED'}")
    print(f"{'whole':12}{'':25}{seconds:9.1f}\n")
    total = {
        "passed": sum(map(passed, rows)),
        "failed": sum(map(failed, rows)),
        "skipped": sum(s.counts.get("skipped", 0) for s in rows),
    }
    on = {name: sum(step.databases.get(name, 0) for step in rows) for name in ("SQLite", "PostgreSQL")}
    print("with a store: " + ", ".join(f"{number} on {name}" for name, number in on.items()))
    broken = [step.name for step in rows if not step.held]
    if broken:
        print(f"FAILED: {' '.join(broken)}")
    print(", ".join(f"{number} {word}" for word, number in total.items()), flush=True)
    return 1 if broken else 0


def in_foreground(name: str, extra: Sequence[str], folder: str) -> int:
    parts = [part for part, (speed, _) in PARTS.items() if speed == name]
    if parts and not extra:
        return side_by_side({part: Step(part, pytest_command(part, extra, folder)) for part in parts}, len(parts))
    commands = [lint_command(tool) for tool in LINT] if name == "lint" else [pytest_command(name, extra, folder)]
    return max(
        subprocess.run(command, cwd=ROOT, env=clean_environment(), check=False).returncode for command in commands
    )


def lint_command(name: str) -> list[str]:
    tool, *arguments = LINT[name]
    return [str(BIN / tool), *arguments]


def files_of(step: str) -> list[str]:
    """What pytest is given: the folder of a speed, or its part of the files."""
    if step not in PARTS:
        return [f"tests/{step}"]
    speed, first = PARTS[step]
    files = sorted((ROOT / "tests" / speed).glob("test_*.py"))[first :: IN_PARTS[speed]]
    return [f"tests/{speed}/{file.name}" for file in files]


def pytest_command(step: str, extra: Sequence[str], folder: str) -> list[str]:
    place = step.replace(" ", "-")
    cache = f"cache_dir=.pytest_cache/{place}"
    return [
        str(BIN / "python"),
        "-m",
        "pytest",
        *files_of(step),
        "--durations=5",
        "--durations-min=1",
        f"--basetemp={folder}/{place}",
        "-o",
        "tmp_path_retention_policy=none",
        "-o",
        cache,
        *extra,
    ]


def clean_environment() -> dict[str, str]:
    """The machine's environment without our settings: a test that passes by someone's settings proves nothing."""
    ours = {name for name in os.environ if name.startswith("TANFANG_")} - {*OF_THE_MACHINE}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "PYTHONUNBUFFERED": "1"}


def closing_counts(output: str) -> dict[str, int]:
    """The numbers of pytest's closing line: `== 3 passed, 1 skipped in 0.10s ==`."""
    closing = [line for line in output.splitlines() if re.search(r"\bin [\d.]+s\b", line)]
    found: list[tuple[str, str]] = (
        re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed)", closing[-1]) if closing else []
    )
    return {word.removesuffix("s") if word == "errors" else word: int(number) for number, word in found}


def on_databases(output: str) -> dict[str, int]:
    """How many tests ran on which database, as `tests/conftest.py` says it."""
    told = [line for line in output.splitlines() if line.startswith("tests passed with a store:")]
    return {name: int(number) for number, name in re.findall(r"(\d+) on (\w+)", told[-1])} if told else {}


def passed(step: Step) -> int:
    return step.counts.get("passed", 0) + step.counts.get("xfailed", 0)


def failed(step: Step) -> int:
    return step.counts.get("failed", 0) + step.counts.get("error", 0)


def end_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
