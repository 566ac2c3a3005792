"""`starter.py demo …` as a user runs it, but for what is kept of it: `python -m tests.system.kept_demo demo …`.

Kept in the data folder are the settings of its processes, and the engine's files as they are before it stops.
"""

from __future__ import annotations

import runpy
import shutil
from datetime import datetime
from pathlib import Path

import demo.run
from demo.processes import Processes
from embedded import HOUSE

SETTINGS = "kept-settings.json"
ENGINE = "kept"


class Kept(Processes):
    def start_worker(self, anchor_at: datetime) -> None:
        super().start_worker(anchor_at)
        draft = Path(self.folder / f"{SETTINGS}.draft")
        draft.write_text(self.settings.model_dump_json(exclude_none=True), encoding="utf-8")
        draft.replace(self.folder / SETTINGS)

    def stop(self) -> None:
        kept = self.folder / ENGINE
        if not kept.exists():
            kept.mkdir()
            for path in self.folder.glob("temporal.sqlite*"):
                shutil.copy(path, kept / path.name)
        super().stop()


if __name__ == "__main__":
    demo.run.Processes = Kept
    runpy.run_path(str(HOUSE / "starter.py"), run_name="__main__")
