"""A list tried before it is brought in: kept sealed, read, and what would come of it; nothing else is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from adapters.roster_files import NotARoster, Roster
from adapters.roster_guard import MOST_BYTES
from adapters.roster_store import RosterStore
from adapters.sql_register import SqlRegister
from decisions.deadlines import civil_day
from models.roster import CaseStarts, OpenRoster, RosterKind, RosterProgress, RosterShape
from models.roster_lists import Tried, Wanted
from models.values import Actor

TOO_LARGE = f"文件超过 {MOST_BYTES // 1_000_000} MB，没有收下。请按乡镇分成几份，再导"


class RosterTrial:
    """`county`: whose lists these are. `register`: that county's."""

    def __init__(self, store: RosterStore, register: Callable[[], SqlRegister], county: str) -> None:
        self._store = store
        self._register = register
        self._county = county

    def tried(self, content: bytes, wanted: Wanted, by: Actor, now: datetime) -> Tried:
        """What bringing it in would do; of a file that is none (`unreadable`), why."""
        read = self._read(content, wanted, now)
        if isinstance(read, Tried):
            return read
        roster, told = read
        sha256, on = told.progress.sha256, civil_day(now)
        order = OpenRoster(
            sha256=sha256, kind=wanted.kind, on=on, township=wanted.township, full=wanted.full, county=self._county
        )
        shape = self._store.open_roster(order, lambda _: None)
        progress = told.progress.model_copy(update={"shape": shape})
        if shape.unreadable is not None:
            return told.model_copy(update={"progress": progress})
        full = roster.numbers if wanted.full else None
        counts, lists = self._register().rehearse(
            wanted.kind, roster.rows, by, now, wanted.start_on, wanted.township, sha256=sha256, full=full
        )
        listed = tuple((which, row) for which, rows in lists.items() for row in rows)
        return told.model_copy(
            update={
                "progress": progress.model_copy(update={"counts": counts}),
                "listed": listed if wanted.kind is RosterKind.ELDERS else (),
            }
        )

    def read(self, content: bytes, wanted: Wanted, now: datetime) -> Tried:
        """Kept sealed, with every refused row; what would come of it is not tried."""
        read = self._read(content, wanted, now)
        return read if isinstance(read, Tried) else read[1]

    def _read(self, content: bytes, wanted: Wanted, now: datetime) -> tuple[Roster, Tried] | Tried:
        if len(content) > MOST_BYTES:
            return _unreadable(wanted, TOO_LARGE)
        try:
            roster = self._store.check(content, wanted.kind, civil_day(now))
        except NotARoster as error:
            return _unreadable(wanted, str(error))
        progress = RosterProgress(kind=wanted.kind, sha256=self._store.keep(content))
        return roster, Tried(progress=progress, refusals=roster.refused, notes=roster.notes, said=roster.said)

    def starts(self, now: datetime) -> CaseStarts:
        return self._register().starts(now)

    def refused(self, sha256: str, kind: RosterKind, today: date) -> tuple[int, bytes] | None:
        """How many rows, and their workbook. None: no such list, or it is none of that kind."""
        if self._store.kept(sha256) != [sha256]:
            return None
        try:
            return self._store.refused(sha256, kind, self._register().imported_on(sha256) or today)
        except NotARoster:
            return None


def _unreadable(wanted: Wanted, why: str) -> Tried:
    return Tried(progress=RosterProgress(kind=wanted.kind, sha256="-", shape=RosterShape(unreadable=why)))
