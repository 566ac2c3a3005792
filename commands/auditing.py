"""What the console is told by audit. An entry point hands it over, so that no room below imports audit."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.service import RPCError

import wiring
from adapters.sql_checks import SqlChecks
from audit.bundle import BundleBroken, export, export_county
from audit.evidence import Evidence, evidence
from audit.heads import heads, of_county, told
from audit.histories import Run, collect, found_at, runs_of
from audit.known import Known, known_of
from audit.known_rows import figured_by
from audit.store import NOTES, Store, snapshot
from audit.timeline import Line, timeline
from commands import checking
from models.checks import Check, CheckFailure, Differs, Heads, NoBundle
from models.ids import county_stream
from wiring import House

HISTORY_WITHIN = timedelta(seconds=3)  # a page waits no longer for the engine


class Auditing:
    """`client` None: the engine is away, and what it remembers is looked for in the archive only."""

    def __init__(self, house: House, client: Client | None = None) -> None:
        self._house = house
        self._client = client
        self._checks = SqlChecks(house.engine)

    @property
    def _store(self) -> Store:
        return Store(self._house.engine, self._house.sealer)

    def timeline(self, elder_id: str, as_of: datetime | None) -> Sequence[Line]:
        return timeline(self._store, elder_id, as_of)

    def known(self, elder_id: str, at: datetime) -> AbstractContextManager[Known]:
        return known_of(self._store, elder_id, at)

    def known_by(
        self, county_id: str, first: date, at: datetime, told: Callable[[int, int], None]
    ) -> AbstractContextManager[Connection]:  # fmt: skip
        return figured_by(self._store, county_id, first, at, told)

    def evidence(self, elder_id: str, of: str) -> Evidence | None:
        return evidence(self._store, elder_id, of)

    async def in_history(self, stream: str, seq: int) -> tuple[str, int] | None:
        """None: it cannot be said now."""
        try:
            async with asyncio.timeout(HISTORY_WITHIN.total_seconds()):
                return await found_at(self._client, self._store, stream, seq)
        except (RPCError, TimeoutError):
            return None

    # --- checks ------------------------------------------------------------------------------------------------------

    def begin(self, county_id: str, elder_id: str | None, by: str) -> str | CheckFailure | None:
        """A check, beside this process: its id. None: one of the same is at work."""
        if self._client is None:
            return CheckFailure.ENGINE_AWAY
        check_id = self._checks.begin(county_id, elder_id, by, self._house.now(), wiring.now())
        if check_id is not None:
            checking.begin(self._house.settings, check_id, of_case=elder_id is not None)
        return check_id

    def checks(self, subject_id: str, limit: int) -> Sequence[Check]:
        return self._checks.last(subject_id, limit)

    def heads(self, county_id: str, until: datetime) -> Heads:
        return told(heads(self._store, until, of_county(self._store, county_id)), until)

    def words_of(self, notes: Collection[str]) -> Mapping[str, str]:
        with snapshot(self._store) as held:
            return {row.id: held.open(row.text_enc) for row in held.rows(NOTES, NOTES.c.id.in_(sorted(notes)))}

    # --- bundles -----------------------------------------------------------------------------------------------------

    async def case_bundle(self, elder_id: str) -> IO[bytes]:
        """A zip, gone when it is closed. Raises NoBundle."""
        if self._client is None:
            raise NoBundle(CheckFailure.ENGINE_AWAY)
        runs = await self._asked(collect(self._client, self._store, elder_id))
        return await asyncio.to_thread(_packed, lambda folder: export(self._store, elder_id, folder, runs))

    async def county_bundle(self, county_id: str, until: datetime) -> IO[bytes]:
        """The same of the county: its months and lists, and where every stream stood. Raises NoBundle."""
        runs = await self._asked(runs_of(self._client, self._store, county_stream(county_id)))
        return await asyncio.to_thread(
            _packed, lambda folder: export_county(self._store, county_id, folder, until, runs)
        )

    async def _asked(self, runs: Awaitable[list[Run]]) -> list[Run]:
        try:
            return await runs
        except RPCError:
            raise NoBundle(CheckFailure.ENGINE_AWAY) from None


def _packed(write: Callable[[Path], object]) -> IO[bytes]:
    with tempfile.TemporaryDirectory(prefix="tanfang-bundle-") as made:
        folder = Path(made) / "bundle"
        try:
            write(folder)
        except LookupError:
            raise NoBundle(CheckFailure.NOTHING) from None
        except BundleBroken as broken:
            raise NoBundle(CheckFailure.DIFFERS, Differs(**broken.finding._asdict())) from None
        packed = tempfile.TemporaryFile()  # noqa: SIM115 — whoever sends it closes it
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(folder.rglob("*")):
                file.write(path, path.relative_to(folder).as_posix())
        packed.seek(0)
        return packed
