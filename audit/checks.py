"""What a check of the promises answers: its name, how much it looked at, what was in flight, what offends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Check(NamedTuple):
    """One promise checked. To have looked at nothing is a violation too."""

    name: str
    promise: str
    examined: int
    in_flight: int
    offending: tuple[str, ...]

    @property
    def violations(self) -> int:
        return len(self.offending) or int(self.examined == 0)

    @property
    def kept(self) -> bool:
        return self.violations == 0


class Tally:
    """A check being made. What began after `limit` (the moment of the check less its grace) is in flight, not wrong."""

    def __init__(self, name: str, promise: str, limit: datetime) -> None:
        self.name = name
        self.promise = promise
        self.limit = limit
        self.examined = 0
        self.in_flight = 0
        self.offending: list[str] = []

    def see(self, count: int = 1) -> None:
        self.examined += count

    def offend(self, what: str, since: datetime | None = None) -> None:
        if since is not None and since > self.limit:
            self.in_flight += 1
        else:
            self.offending.append(what)

    def close(self) -> Check:
        return Check(self.name, self.promise, self.examined, self.in_flight, tuple(dict.fromkeys(self.offending)))


def failed(checks: Sequence[Check]) -> list[Check]:
    return [check for check in checks if not check.kept]
