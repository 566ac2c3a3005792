"""Roster files as the import workflow names them: sealed on disk under their hash, read again for every chunk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Lock

from adapters.roster_files import NotARoster, Roster, read_roster
from adapters.roster_refused import refused_workbook
from adapters.sealing import Sealer
from adapters.sql_register import SqlRegister
from models.roster import (
    MOST_NOTES,
    ChunkCounts,
    CloseRoster,
    CompareRoster,
    ImportChunk,
    OpenRoster,
    RosterKind,
    RosterShape,
)


class RosterStore:
    """Fulfils `activities.roster.Roster`. `folder` is `<data_dir>/rosters`.

    `register_of(county)`: made for each step, so that a long-lived worker goes by the pack in force then. `home`: whose
    list it is where nobody says.
    """

    def __init__(self, folder: Path, sealer: Sealer, register_of: Callable[[str], SqlRegister], home: str) -> None:
        self._folder = folder
        self._sealer = sealer
        self._register_of = register_of
        self._home = home
        self._lock = Lock()
        self._last: tuple[tuple[str, RosterKind, date, str], Roster] | None = None

    def _register(self, county: str | None) -> SqlRegister:
        return self._register_of(county or self._home)

    def keep(self, content: bytes) -> str:
        """Stores a file sealed and answers its sha256, by which the workflow names it. Again: changes nothing."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(self._sealer.seal(content))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        return sha256

    def check(self, content: bytes, kind: RosterKind, on: date) -> Roster:
        """The rows and every refusal, for a command to print. Raises NotARoster."""
        return read_roster(content, kind, self._register(None).township_names(), on)

    def kept(self, beginning: str) -> list[str]:
        """The hashes of stored files that begin so."""
        return sorted(path.stem for path in self._folder.glob("*.roster") if path.stem.startswith(beginning))

    def refused(self, sha256: str, kind: RosterKind, on: date) -> tuple[int, bytes]:
        """How many rows of a stored file are refused, and the workbook of them. Raises NotARoster."""
        content = self._sealer.open_bytes(self._path(sha256).read_bytes())
        roster = self.check(content, kind, on)
        return roster.refused_lines, refused_workbook(content, kind, roster.refused)

    def open_roster(self, wanted: OpenRoster, beat: Callable[[int], None]) -> RosterShape:
        """Numbers and the first refusals, or why nothing can be imported. Raises FileNotFoundError."""
        if wanted.township is not None and wanted.township not in self._names(wanted.county):
            return RosterShape(unreadable="本县没有这个乡镇（街道）")
        try:
            roster = self._read(wanted.sha256, wanted.kind, wanted.on, wanted.county, beat)
        except NotARoster as error:
            return RosterShape(unreadable=str(error))
        if wanted.full and (why := self._not_full(roster, wanted)):
            return RosterShape(unreadable=why)
        accepted = len(roster.rows)
        return RosterShape(
            rows=accepted + roster.refused_lines,
            accepted=accepted,
            refused=roster.refused_lines,
            unknown=roster.unknown,
            refusals=roster.refused[:MOST_NOTES],
        )

    def _not_full(self, roster: Roster, wanted: OpenRoster) -> str | None:
        """Why it cannot be the full list it is said to be: taken for one, it would put a whole township in doubt."""
        if wanted.kind is not RosterKind.ELDERS:
            return "只有老人名单可以作为整份名单"
        if roster.others:
            return "不是整份名单：文件里还有一张工作表也像名单，而只读了一张。请合成一张表再导"
        needed = {wanted.township} if wanted.township else self._register(wanted.county).townships_with_cases()
        lacking = sorted(needed - roster.townships)
        if lacking:
            return f"不是整份名单：没有{'、'.join(lacking)}的老人。只是一个乡镇（街道）的整份名单，请写明是哪一个"
        return None

    def import_chunk(self, chunk: ImportChunk, beat: Callable[[int], None]) -> ChunkCounts:
        rows = self._read(chunk.sha256, chunk.kind, chunk.on, chunk.county, beat).rows
        beat(chunk.offset)
        wanted = rows[chunk.offset : chunk.offset + chunk.limit]
        return self._register(chunk.county).import_rows(
            chunk.kind, wanted, chunk.by, chunk.at, chunk.start_on, chunk.township, sha256=chunk.sha256
        )

    def compare_roster(self, compare: CompareRoster, beat: Callable[[int], None]) -> ChunkCounts:
        numbers = self._read(compare.sha256, compare.kind, compare.on, compare.county, beat).numbers
        return self._register(compare.county).compare(compare, numbers)

    def close_roster(self, close: CloseRoster) -> None:
        self._register(None).close_roster(close)

    def _names(self, county: str | None) -> tuple[str, ...]:
        return self._register(county).township_names()

    def _read(self, sha256: str, kind: RosterKind, on: date, county: str | None, beat: Callable[[int], None]) -> Roster:
        """The last file read is kept in memory, so that its chunks do not read it again each."""
        key = (sha256, kind, on, county or self._home)
        with self._lock:
            if self._last is None or self._last[0] != key:
                content = self._sealer.open_bytes(self._path(sha256).read_bytes())
                self._last = key, read_roster(content, kind, self._names(county), on, beat)
            return self._last[1]

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.roster"
