"""Another hour for a process: libfaketime stands before it, and reads the hour from a file. Only what is ticked off in
seconds stays true (`time.monotonic`, the waits of the SDK's core), as where a machine's clock is set.

The dev dependency `libfaketime` ships the library, built for x86-64; where it cannot be loaded the test says so.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import files
from pathlib import Path

import pytest

SHOWS = "from datetime import UTC, datetime; print(datetime.now(UTC).isoformat())"


@functools.cache
def library() -> str:
    found = next((str(file.locate()) for file in files("libfaketime") or () if file.name == "libfaketime.so.1"), "")
    shifted = subprocess.run(
        [sys.executable, "-c", SHOWS], env=os.environ | {"LD_PRELOAD": found, "FAKETIME": "-3d"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if (datetime.now(UTC) - datetime.fromisoformat(shifted.stdout.strip())).days < 2:
        pytest.fail(f"libfaketime cannot be loaded here, so no clock can be set: {shifted.stderr}")
    return found


def goes_by(file: Path) -> dict[str, str]:
    """The environment of a process whose clock is set by the file: `-3d`, `+3h`, looked at each second."""
    return {
        "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip


def set_to(file: Path, by: str) -> None:
    draft = file.with_suffix(".draft")
    draft.write_text(f"{by}\n", encoding="utf-8")
    draft.replace(file)
