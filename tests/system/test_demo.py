"""`make demo` headless, as a user runs it: it ends by itself, keeps every promise, and shows every kind of thing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent.parent


def test_the_headless_demo_keeps_every_promise(tmp_path: Path) -> None:
    command = [
        sys.executable, "starter.py", "demo", "--headless", "--elders", "24", "--volunteers", "6", "--periods", "2",
        "--seed", "3", "--json", "--data-dir", str(tmp_path),
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["elders"] == 24
    settled = [said[f"visits_{state}"] for state in ("done", "late", "missed", "cancelled")]
    assert said["visits_opened"] == sum(settled) == 48
    for kind in ("visits_missed", "visits_cancelled", "unclear_replies", "urgent", "escalations_resolved", "replayed"):
        assert said[kind] >= 1, kind
    assert set(said["invariants"].values()) == {0}
    assert all(count > 0 for count in said["examined"].values())
    assert (tmp_path / "store.sqlite").exists() and (tmp_path / "temporal.sqlite").exists()
