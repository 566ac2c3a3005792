"""A line from a workflow to the bench: "I am waiting now". Called outside the sandbox; no command, so no event."""

from __future__ import annotations

import os


def say(kind: str, elder: str, what: str) -> None:
    os.write(1, f"{kind} {elder} {what}\n".encode())
