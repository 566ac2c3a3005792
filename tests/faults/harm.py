"""What is wrong with a process right now: told by a file in the town's folder, read whenever it matters."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn


@dataclass(frozen=True)
class Harm:
    """`provider`: how it answers. `dies`: where web ends itself.

    `imports`: the offset of the chunk in which a worker ends itself, and when.
    """

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "harm.json"

    def does(self, **harm: Any) -> None:
        """From now on this and nothing else is wrong."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps(harm), encoding="utf-8")
        draft.replace(self.file)

    def of(self, name: str) -> Any:
        """None: nothing is wrong with it."""
        return json.loads(self.file.read_text(encoding="utf-8")).get(name) if self.file.exists() else None


def die() -> NoReturn:
    """kill -9, by our own id: no handler, no clean-up, nothing flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")
