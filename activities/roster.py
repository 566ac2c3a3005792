"""Bringing one roster file in: look at it, import a chunk, compare a full one, close it.

Each may run again and then writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from temporalio import activity

from models.roster import ChunkCounts, CloseRoster, CompareRoster, ImportChunk, OpenRoster, RosterShape


class Roster(Protocol):
    """The stored files and the register. Raises on a file that is not there or a store that is away.

    `beat` is called with a line number now and then while a long file is read.
    """

    def open_roster(self, wanted: OpenRoster, beat: Callable[[int], None]) -> RosterShape: ...

    def import_chunk(self, chunk: ImportChunk, beat: Callable[[int], None]) -> ChunkCounts: ...

    def compare_roster(self, compare: CompareRoster, beat: Callable[[int], None]) -> ChunkCounts: ...

    def close_roster(self, close: CloseRoster) -> None: ...


class RosterActivities:
    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    @activity.defn
    def open_roster(self, wanted: OpenRoster) -> RosterShape:
        return self._roster.open_roster(wanted, activity.heartbeat)

    @activity.defn
    def import_chunk(self, chunk: ImportChunk) -> ChunkCounts:
        return self._roster.import_chunk(chunk, activity.heartbeat)

    @activity.defn
    def compare_roster(self, compare: CompareRoster) -> ChunkCounts:
        return self._roster.compare_roster(compare, activity.heartbeat)

    @activity.defn
    def close_roster(self, close: CloseRoster) -> None:
        self._roster.close_roster(close)
