"""The register in SQL: brings a county's lists in, and says who somebody is.

Every import is an upsert in transactions of at most 500 rows: the same rows again write nothing, so an import that was
killed is simply run again. Old values stay in `register_change` with who and when. Whoever becomes a case gets the
letter `start-<elder_id>` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, Table, case, func, insert, literal_column, select

from adapters.database import patient, reading, writing
from adapters.register_elders import ELDER, LETTER_ROW, NOTICE, VOLUNTEER, elder_id, import_elders, keep_notice
from adapters.register_people import STAFF, import_staff, import_volunteers
from adapters.register_questions import find_missing, open_cases
from adapters.register_work import AREA, DecideBy, StandingOf, UnknownArea, Work
from adapters.sealing import Sealer
from adapters.sql_lists import listed
from models.roster import (
    AnyRow,
    CaseStarts,
    ChunkCounts,
    CloseRoster,
    CompareRoster,
    ElderRow,
    NoticeGiven,
    RegisterList,
    RosterKind,
    StaffRow,
    VolunteerRow,
)
from models.roster_lists import Listed
from models.tables import RosterFile, table_of
from models.values import Actor, AreaKind

CHUNK_ROWS = 500
DECIDE_WITHIN = timedelta(days=10)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FILE = table_of(RosterFile)
START_CASE: ColumnElement[str] = literal_column("'start_case'")  # as the index of these has it
PEOPLE: dict[str, Table] = {"E": ELDER, "V": VOLUNTEER, "S": STAFF}


def ten_days(at: datetime) -> datetime:
    return at + DECIDE_WITHIN


class SqlRegister:
    """One county's register. `standing_of` is the active pack's group rule, brought in by `wiring`.

    `decide_by`: till when a person decides what a list puts in doubt; the county's workdays are known to `wiring`.
    """

    def __init__(
        self, engine: Engine, sealer: Sealer, standing_of: StandingOf, county_id: str, decide_by: DecideBy = ten_days
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._standing_of = standing_of
        self._county_id = county_id
        self._decide_by = decide_by

    @patient
    def found_county(self, name: str, townships: Iterable[str], from_on: date, city: str | None = None) -> None:
        """Enters the county, the city above it and its townships. Again: adds what is new, changes nothing else."""
        with writing(self._engine) as connection:
            rows: list[dict[str, Any]] = []
            above = self._sealer.derive_id("A", f"city/{city}") if city else None
            if city:
                rows.append(dict(id=above, kind=AreaKind.CITY.value, name=city, parent_id=None, from_on=from_on))
            county = AreaKind.COUNTY.value
            rows.append(dict(id=self._county_id, kind=county, name=name, parent_id=above, from_on=from_on))
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
        sha256: str,
    ) -> ChunkCounts:
        """Upserts the rows of the file `sha256` and says what that did.

        Cases begin on `start_on` (None = today), never before `at`; with `township` (a name) only there, the others
        are registered and start when a later import says so. Raises UnknownArea, before anything of a chunk is kept.
        """
        total = ChunkCounts()
        for chunk in _chunks(rows):
            total = total.plus(self._import_chunk(kind, chunk, by, at, start_on, township, sha256))
        return total

    @patient
    def _import_chunk(
        self,
        kind: RosterKind,
        chunk: Sequence[AnyRow],
        by: Actor,
        at: datetime,
        start_on: date | None,
        township: str | None,
        sha256: str,
    ) -> ChunkCounts:
        with writing(self._engine) as connection:
            return _import(self._work(connection, by, at, sha256, start_on, township), kind, chunk)

    @patient
    def rehearse(
        self,
        kind: RosterKind,
        rows: Sequence[AnyRow],
        by: Actor,
        at: datetime,
        start_on: date | None = None,
        township: str | None = None,
        *,
        sha256: str,
        full: Collection[str] | None = None,
    ) -> tuple[ChunkCounts, dict[RegisterList, list[Listed]]]:
        """What `import_rows` would do, and what would stand on the lists then. Nothing is kept.

        `full`: the ID numbers on a full list, as for `compare`.
        """
        total = ChunkCounts()
        with writing(self._engine) as connection:
            for chunk in _chunks(rows):
                total = total.plus(_import(self._work(connection, by, at, sha256, start_on, township), kind, chunk))
            if full is not None:
                total = total.plus(_compare(self._work(connection, by, at, sha256), full, township))
            of = {which: listed(connection, self._sealer, which, (self._county_id,)) for which in RegisterList}
            connection.rollback()
        return total, of

    @patient
    def compare(self, order: CompareRoster, numbers: Collection[str]) -> ChunkCounts:
        """Asks about each open case that a full list, these ID numbers, does not have. Again, it asks nothing."""
        with writing(self._engine) as connection:
            work = self._work(connection, order.by, order.at, order.sha256)
            return _compare(work, numbers, order.township)

    def townships_with_cases(self) -> frozenset[str]:
        """Names of the townships a full list of the county must have somebody in."""
        cases = open_cases().where(ELDER.c.county_id == self._county_id).subquery()
        query = select(AREA.c.name).join(cases, cases.c.township_id == AREA.c.id).distinct()
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def starts(self, now: datetime) -> CaseStarts:
        """How far the cases are that lists have ordered, all lists together."""
        waits = case((LETTER_ROW.c.send_not_before <= now, "due"), else_="later")
        state = case((LETTER_ROW.c.state == "due", waits), else_=LETTER_ROW.c.state).label("state")
        query = select(state, func.count()).where(LETTER_ROW.c.kind == START_CASE).group_by(state)
        with reading(self._engine) as connection:
            held = {row[0]: row[1] for row in connection.execute(query)}
        started, dead = held.get("delivered", 0), held.get("dead", 0)
        return CaseStarts(started=started, due=held.get("due", 0), later=held.get("later", 0), dead=dead)

    @patient
    def give_notice(self, elder_id: str, given: NoticeGiven, by: Actor, at: datetime) -> bool:
        """A notice given between two lists. False: it is known already. The elder is in the register."""
        with writing(self._engine) as connection:
            work = self._work(connection, by, at, sha256="")
            new = keep_notice(work, elder_id, given, work.held(NOTICE, "elder_id", [elder_id]))
            work.flush()
        return new

    @patient
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

    def imported_on(self, sha256: str) -> date | None:
        """The civil day on which a file was entered; None if it never was."""
        with reading(self._engine) as connection:
            at = connection.execute(select(FILE.c.at).where(FILE.c.sha256 == sha256)).scalar()
        return None if at is None else at.astimezone(SHANGHAI).date()

    def person_name(self, person_id: str) -> str | None:
        """The name of an elder, volunteer or staff member; None if the register has no such person."""
        table = PEOPLE.get(person_id[:1])
        if table is None:
            return None
        with reading(self._engine) as connection:
            held = connection.execute(select(table.c.name_enc).where(table.c.id == person_id)).scalar()
        return None if held is None else self._sealer.open(held)

    def _work(
        self,
        connection: Connection,
        by: Actor,
        at: datetime,
        sha256: str,
        start_on: date | None = None,
        township: str | None = None,
    ) -> Work:
        on = at.astimezone(SHANGHAI).date()
        return Work(
            connection=connection,
            sealer=self._sealer,
            standing_of=self._standing_of,
            decide_by=self._decide_by,
            county_id=self._county_id,
            sha256=sha256,
            by=by,
            at=at,
            on=on,
            start_on=max(start_on or on, on),
            start_township=township,
        )


def _chunks(rows: Sequence[AnyRow]) -> list[Sequence[AnyRow]]:
    return [rows[first : first + CHUNK_ROWS] for first in range(0, len(rows), CHUNK_ROWS)]


def _import(work: Work, kind: RosterKind, rows: Sequence[AnyRow]) -> ChunkCounts:
    if work.start_township is not None:
        work.area(work.start_township, None)
    match kind:
        case RosterKind.ELDERS:
            import_elders(work, [row for row in rows if isinstance(row, ElderRow)])
        case RosterKind.VOLUNTEERS:
            import_volunteers(work, [row for row in rows if isinstance(row, VolunteerRow)])
        case RosterKind.STAFF:
            import_staff(work, [row for row in rows if isinstance(row, StaffRow)])
    return work.counts()


def _compare(work: Work, numbers: Collection[str], township: str | None) -> ChunkCounts:
    find_missing(work, {elder_id(work, number) for number in numbers}, township)
    return work.counts()
