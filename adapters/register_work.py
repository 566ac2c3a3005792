"""One transaction of an import: what to compare, what to write, and what changed. Used by `sql_register` only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Table, insert, or_, select, update

from adapters.sealing import Sealer
from models.roster import (
    MOST_NOTES,
    ChunkCounts,
    ElderFacts,
    ElderRow,
    NewVillage,
    RefusedRow,
    Standing,
    VolunteerRow,
)
from models.tables import METADATA, Area, AreaName, RegisterChange, table_of
from models.values import Actor, AreaKind

DecideBy = Callable[[datetime], datetime]
StandingOf = Callable[[ElderFacts], tuple[Standing, str]]
Values = Mapping[str, Any]
R = TypeVar("R", ElderRow, VolunteerRow)

SEALED = "_enc"
DERIVED = "_index"  # follows from another column, so its change is not told twice

AREA = table_of(Area)
FORMER = table_of(AreaName)
CHANGE = table_of(RegisterChange)


class UnknownArea(LookupError):
    """The county or township is not in the register; name it by `SqlRegister.found_county` first."""


@dataclass
class Work:
    """`on` is the civil day of `at`; `start_township` None = cases start everywhere.

    `sha256` names the file; `decide_by`: till when a person is asked to decide what it puts in doubt.

    Values named `*_enc` are given in the clear and sealed here. Inserts wait until `flush`, so that they go in batches.
    """

    connection: Connection
    sealer: Sealer
    standing_of: StandingOf
    decide_by: DecideBy
    county_id: str
    sha256: str
    by: Actor
    at: datetime
    on: date
    start_on: date
    start_township: str | None
    tally: Counter[str] = field(default_factory=Counter[str])
    notes: list[RefusedRow] = field(default_factory=list[RefusedRow])
    villages: list[NewVillage] = field(default_factory=list[NewVillage])
    _waiting: dict[Table, list[dict[str, Any]]] = field(default_factory=dict[Table, list[dict[str, Any]]])
    _areas: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict[tuple[str, str], tuple[str, str]])

    # --- rows

    def held(self, table: Table, column: str, keys: Iterable[str | None]) -> list[RowMapping]:
        """The rows of `table` whose `column` is one of `keys`."""
        wanted = sorted({key for key in keys if key is not None})
        return list(self.connection.execute(select(table).where(table.c[column].in_(wanted))).mappings())

    def ours(self, table: Table, rows: Sequence[R], ids: Sequence[str]) -> list[R]:
        """Without those who are in another county's register: no list takes anybody out of there."""
        where = {row["id"]: row["county_id"] for row in self.held(table, "id", ids)}
        kept: list[R] = []
        for row, one in zip(rows, ids, strict=True):
            if where.get(one, self.county_id) == self.county_id:
                kept.append(row)
            else:
                self.note(row.line, "姓名", "在另一个县登记在册，本名单未采用")
                self.tally["unchanged"] += 1
        return kept

    def add(self, table: Table, values: Values) -> None:
        self._waiting.setdefault(table, []).append({name: self._stored(name, value) for name, value in values.items()})

    def flush(self) -> None:
        """Writes what waits, parents before children."""
        for table in METADATA.sorted_tables:
            if rows := self._waiting.get(table):
                self.connection.execute(insert(table), rows)
        self._waiting.clear()

    def amend(self, table: Table, row: RowMapping, values: Values) -> bool:
        """Brings a row to `values`, each old value kept in `register_change`. True if anything differed."""
        changed = {name: value for name, value in values.items() if value != self.plain(row, name)}
        told = [name for name in changed if not name.endswith(DERIVED)]
        for name in told:
            self.record(row["id"], name.removesuffix(SEALED), self.plain(row, name), changed[name])
        if changed:
            stored = {name: self._stored(name, value) for name, value in changed.items()}
            self.connection.execute(update(table).where(table.c.id == row["id"]).values(stored))
        return bool(told)

    def record(self, subject_id: str, what: str, old: object, new: object) -> None:
        sides = [None if side is None else str(side) for side in (old, new)]
        who = dict(by=self.by.id, by_role=self.by.role, at=self.at)
        self.add(CHANGE, dict(subject_id=subject_id, field=what, old_enc=sides[0], new_enc=sides[1], **who))

    def plain(self, row: RowMapping, name: str) -> Any:
        held = row[name]
        return self.sealer.open(held) if name.endswith(SEALED) and held is not None else held

    def _stored(self, name: str, value: Any) -> Any:
        return self.sealer.seal(value) if name.endswith(SEALED) and value is not None else value

    # --- areas

    def area(self, township: str | None, village: str | None, line: int = 0) -> tuple[str, str]:
        """Ids of township and village by name (the county's, where None); a village newly met is added.

        A village that was renamed or merged answers with what it is now. `line`: which names it. Raises UnknownArea.
        """
        if township is None:
            return self.county_id, self.county_id
        key = (township, village or "")
        if key not in self._areas:
            parent = self._below(self.county_id, township)
            if parent is None:
                raise UnknownArea(township)
            self._areas[key] = (parent, parent if village is None else self._village(parent, key, line))
        return self._areas[key]

    def _village(self, township_id: str, place: tuple[str, str], line: int) -> str:
        township, name = place
        found = self._below(township_id, name)
        if found is not None:
            return found
        known = select(AREA.c.name).where(AREA.c.parent_id == township_id)
        near = get_close_matches(name, sorted(self.connection.execute(known).scalars()), 1)
        self.villages.append(NewVillage(line=line, township=township, name=name, near=near[0] if near else None))
        made = self.sealer.derive_id("A", f"{township_id}/{name}")
        values = dict(id=made, kind=AreaKind.VILLAGE.value, name=name, parent_id=township_id, from_on=self.on)
        self.connection.execute(insert(AREA).values(values))
        self.tally["new_villages"] += 1
        return made

    def _below(self, parent_id: str, name: str) -> str | None:
        """The area of that name, or that had it once; where it has merged by now, the one it merged into."""
        once = select(FORMER.c.area_id).where(FORMER.c.name == name)
        query = select(AREA).where(AREA.c.parent_id == parent_id, or_(AREA.c.name == name, AREA.c.id.in_(once)))
        found = self.connection.execute(
            query.order_by(AREA.c.name != name, AREA.c.merged_into.is_not(None), AREA.c.id)
        ).first()
        while found is not None and found.merged_into is not None and (found.to_on or self.on) <= self.on:
            found = self.connection.execute(select(AREA).where(AREA.c.id == found.merged_into)).first()
        return None if found is None else found.id

    # --- what came of it

    def note(self, line: int, column: str, reason: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(RefusedRow(line=line, column=column, reason=reason))

    def counts(self) -> ChunkCounts:
        return ChunkCounts(**self.tally, notes=tuple(self.notes), villages=tuple(self.villages[:MOST_NOTES]))
