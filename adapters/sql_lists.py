"""Who is in the register and no case, who cannot be decided, and against whose case a list speaks. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, or_, select, tuple_

from adapters.database import reading
from adapters.register_questions import OPEN
from adapters.sealing import Sealer
from models.roster import NOT_STARTED, RegisterList, Standing
from models.roster_lists import Listed
from models.tables import Area, Elder, WorkItemRow, table_of

AREA, ELDER, ITEM = table_of(Area), table_of(Elder), table_of(WorkItemRow)
WAITS_TO_START = and_(ELDER.c.standing == Standing.CASE.value, ELDER.c.start_on.is_(None))


class SqlLists:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def of(self, which: RegisterList, areas: Collection[str]) -> list[Listed]:
        """Those who live within these areas, village by village."""
        with reading(self._engine) as connection:
            return listed(connection, self._sealer, which, areas)

    def page(self, which: RegisterList, areas: Collection[str], after: str, limit: int) -> list[Listed]:
        """The same, so many from after one of them: an elder, or what is to be decided (`item_id`)."""
        query, key = _query(which, areas)
        of_one = ITEM.c.id if which is RegisterList.TO_DECIDE else ELDER.c.id
        with reading(self._engine) as connection:
            if after:
                seat = connection.execute(query.where(of_one == after).with_only_columns(*key)).one_or_none()
                query = query.where(tuple_(*key) > tuple_(*seat)) if seat is not None else query
            return _listed(connection, self._sealer, which, query.order_by(*key).limit(limit))

    def count(self, which: RegisterList, areas: Collection[str]) -> int:
        query, _ = _query(which, areas)
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def listed(connection: Connection, sealer: Sealer, which: RegisterList, areas: Collection[str]) -> list[Listed]:
    query, key = _query(which, areas)
    return _listed(connection, sealer, which, query.order_by(*key))


def _query(which: RegisterList, areas: Collection[str]) -> tuple[Any, tuple[Any, ...]]:
    """Who is on it, and by what they are in order: what is to be decided by its deadline, all else by place."""
    within = or_(
        *(column.in_(sorted(areas)) for column in (ELDER.c.village_id, ELDER.c.township_id, ELDER.c.county_id))
    )
    place = (ELDER.c.township_id, ELDER.c.village_id, ELDER.c.id)
    who = (ELDER.c.id, ELDER.c.name_enc, ELDER.c.standing, ELDER.c.standing_reason, AREA.c.name.label("village"))
    query = select(*who).join(AREA, AREA.c.id == ELDER.c.village_id).where(within)
    match which:
        case RegisterList.NO_CASE:
            return query.where(or_(ELDER.c.standing == Standing.REGISTER_ONLY.value, WAITS_TO_START)), place
        case RegisterList.CANNOT_DECIDE:
            return query.where(ELDER.c.standing == Standing.CANNOT_DECIDE.value), place
        case RegisterList.TO_DECIDE:
            item = (ITEM.c.id.label("item_id"), ITEM.c.item, ITEM.c.about, ITEM.c.opened_at, ITEM.c.due_at, ITEM.c.role)
            query = query.add_columns(*item).join(ITEM, ITEM.c.elder_id == ELDER.c.id)
            return query.where(*OPEN), (ITEM.c.due_at, *place, ITEM.c.id)


def _listed(connection: Connection, sealer: Sealer, which: RegisterList, query: Any) -> list[Listed]:
    found: list[Listed] = []
    for row in connection.execute(query).mappings():
        values = {
            "elder_id": row["id"], "name": sealer.open(row["name_enc"]), "village": row["village"],
            "why": NOT_STARTED if row["standing"] == Standing.CASE else row["standing_reason"],
        }  # fmt: skip
        if which is RegisterList.TO_DECIDE:
            values |= {name: row[name] for name in ("item_id", "role", "about", "due_at")}
            values |= {"why": row["item"], "listed_at": row["opened_at"]}
        found.append(Listed.model_validate(values))
    return found
