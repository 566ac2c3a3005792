"""The register in SQL: brings a county's lists in, and says who somebody is.

Every import is an upsert in transactions of at most 500 rows: the same rows again write nothing, so an import that was
killed is simply run again. Old values stay in `register_change` with who and when. Whoever becomes a case gets the
letter `start-<elder_id>` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Table, insert, select

from adapters.database import reading, writing
from adapters.register_elders import ELDER, VOLUNTEER, import_elders
from adapters.register_people import STAFF, import_staff, import_volunteers
from adapters.register_work import AREA, StandingOf, UnknownArea, Work
from adapters.sealing import Sealer
from models.roster import (
    AnyRow,
    ChunkCounts,
    CloseRoster,
    ElderRow,
    RosterKind,
    StaffRow,
    VolunteerRow,
)
from models.tables import RosterFile, table_of
from models.values import Actor, AreaKind

CHUNK_ROWS = 500
SHANGHAI = ZoneInfo("Asia/Shanghai")
FILE = table_of(RosterFile)
PEOPLE: dict[str, Table] = {"E": ELDER, "V": VOLUNTEER, "S": STAFF}


class SqlRegister:
    """One county's register. `standing_of` is the active pack's group rule, brought in by `wiring`."""

    def __init__(self, engine: Engine, sealer: Sealer, standing_of: StandingOf, county_id: str) -> None:
        self._engine = engine
        self._sealer = sealer
        self._standing_of = standing_of
        self._county_id = county_id

    def found_county(self, name: str, townships: Iterable[str], from_on: date) -> None:
        """Enters the county and its townships. Again: adds townships that are new, changes nothing else."""
        with writing(self._engine) as connection:
            rows: list[dict[str, Any]] = [
                dict(id=self._county_id, kind=AreaKind.COUNTY.value, name=name, parent_id=None, from_on=from_on)
            ]
            for township in townships:
                made = self._sealer.derive_id("A", f"{self._county_id}/{township}")
                kind = AreaKind.TOWNSHIP.value
                rows.append(dict(id=made, kind=kind, name=township, parent_id=self._county_id, from_on=from_on))
            known = set(connection.execute(select(AREA.c.id)).scalars())
            new = [row for row in rows if row["id"] not in known]
            if new:
                connection.execute(insert(AREA), new)

    def township_names(self) -> tuple[str, ...]:
        """The names a list may use today."""
        query = select(AREA.c.name).where(AREA.c.parent_id == self._county_id, AREA.c.to_on.is_(None))
        with reading(self._engine) as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def township_id(self, name: str) -> str:
        """Raises UnknownArea."""
        query = select(AREA.c.id).where(AREA.c.parent_id == self._county_id, AREA.c.name == name)
        with reading(self._engine) as connection:
            found = connection.execute(query).scalars().first()
        if found is None:
            raise UnknownArea(name)
        return found

    def import_rows(
        self,
        kind: RosterKind,
        rows: Sequence[AnyRow],
        by: Actor,
        at: datetime,
        start_on: date | None = None,
        township: str | None = None,
        *,
        dry_run: bool = False,
    ) -> ChunkCounts:
        """Upserts the rows and says what that did; with `dry_run` what it would do, and nothing is kept.

        Cases begin on `start_on` (None = today), never before `at`; with `township` (a name) only there, the others
        are registered and start when a later import says so. Raises UnknownArea, before anything of a chunk is kept.
        """
        chunks = [rows[first : first + CHUNK_ROWS] for first in range(0, len(rows), CHUNK_ROWS)]
        total = ChunkCounts()
        if dry_run:
            with writing(self._engine) as connection:
                for chunk in chunks:
                    total = total.plus(self._import(connection, kind, chunk, by, at, start_on, township))
                connection.rollback()
            return total
        for chunk in chunks:
            with writing(self._engine) as connection:
                total = total.plus(self._import(connection, kind, chunk, by, at, start_on, township))
        return total

    def close_roster(self, close: CloseRoster) -> None:
        """The file's line in the register of files: the first import's, whatever is imported again."""
        with writing(self._engine) as connection:
            if connection.execute(select(FILE.c.sha256).where(FILE.c.sha256 == close.sha256)).first() is None:
                connection.execute(
                    insert(FILE).values(
                        sha256=close.sha256,
                        kind=close.kind.value,
                        rows=close.shape.rows,
                        accepted=close.shape.accepted,
                        refused=close.shape.refused,
                        unchanged=close.unchanged,
                        imported_by=close.by.id,
                        at=close.at,
                    )
                )

    def person_name(self, person_id: str) -> str | None:
        """The name of an elder, volunteer or staff member; None if the register has no such person."""
        table = PEOPLE.get(person_id[:1])
        if table is None:
            return None
        with reading(self._engine) as connection:
            held = connection.execute(select(table.c.name_enc).where(table.c.id == person_id)).scalar()
        return None if held is None else self._sealer.open(held)

    def _import(
        self,
        connection: Connection,
        kind: RosterKind,
        rows: Sequence[AnyRow],
        by: Actor,
        at: datetime,
        start_on: date | None,
        township: str | None,
    ) -> ChunkCounts:
        on = at.astimezone(SHANGHAI).date()
        work = Work(
            connection=connection,
            sealer=self._sealer,
            standing_of=self._standing_of,
            county_id=self._county_id,
            by=by.id,
            at=at,
            on=on,
            start_on=start_on or on,
            start_township=township,
        )
        if township is not None:
            work.area(township, None)
        match kind:
            case RosterKind.ELDERS:
                import_elders(work, [row for row in rows if isinstance(row, ElderRow)])
            case RosterKind.VOLUNTEERS:
                import_volunteers(work, [row for row in rows if isinstance(row, VolunteerRow)])
            case RosterKind.STAFF:
                import_staff(work, [row for row in rows if isinstance(row, StaffRow)])
        return work.counts()
