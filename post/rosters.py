"""Lists that are brought in: tried, then handed to their workflow, and followed until all of it is in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from decisions.deadlines import civil_day
from models.roster import CaseStarts, ImportRoster, RosterKind, RosterProgress
from models.roster_lists import Tried, Wanted
from models.values import Actor
from post.gateway import EngineAway, Gateway


class Trial(Protocol):
    """`adapters.roster_trial.RosterTrial`."""

    def tried(self, content: bytes, wanted: Wanted, by: Actor, now: datetime) -> Tried: ...

    def starts(self, now: datetime) -> CaseStarts: ...

    def refused(self, sha256: str, kind: RosterKind, today: date) -> tuple[int, bytes] | None: ...


class Rosters:
    """`county`: whose lists these are. `gateway` None: the engine is away."""

    def __init__(self, trial: Trial, gateway: Gateway | None, county: str, now: Callable[[], datetime]) -> None:
        self._trial = trial
        self._gateway = gateway
        self._county = county
        self._now = now

    def tried(self, content: bytes, order: Wanted, by: Actor, now: datetime) -> Tried:
        return self._trial.tried(content, order, by, now)

    async def begin(self, sha256: str, order: Wanted, by: Actor) -> bool:
        """The import of a file that was tried; one that runs already is the one meant. False: the engine is away."""
        if self._gateway is None:
            return False
        wanted = ImportRoster(
            sha256=sha256, kind=order.kind, by=by, start_on=order.start_on, township=order.township, full=order.full,
            county=self._county,
        )  # fmt: skip
        try:
            await self._gateway.import_roster(wanted)
        except EngineAway:
            return False
        return True

    async def progress(self, sha256: str) -> RosterProgress | None:
        """None: it was never begun, or nobody can tell now."""
        return None if self._gateway is None else await self._gateway.import_progress(sha256)

    def starts(self) -> CaseStarts:
        return self._trial.starts(self._now())

    def refused(self, sha256: str, kind: RosterKind) -> tuple[int, bytes] | None:
        return self._trial.refused(sha256, kind, civil_day(self._now()))
