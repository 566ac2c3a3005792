"""Who is in the register and no case, who cannot be decided, and against whose case a list speaks. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, or_, select

from adapters.database import reading
from adapters.register_questions import OPEN
from adapters.sealing import Sealer
from models.roster import NOT_STARTED, RegisterList, Standing
from models.tables import Area, Elder, WorkItemRow, table_of
from models.values import Value

AREA, ELDER, ITEM = table_of(Area), table_of(Elder), table_of(WorkItemRow)
WAITS_TO_START = and_(ELDER.c.standing == Standing.CASE.value, ELDER.c.start_on.is_(None))


class Listed(Value):
    """One elder on a list. `why`: a word of the group rule, the facts that are missing, or `Doubt.item`; `about` its
    rest. `name` and `village` are for the eyes of whoever may see them. `item_id` … `due_at`: of `TO_DECIDE` only.
    """

    elder_id: str
    name: str
    village: str
    why: str
    about: str = ""
    item_id: str | None = None
    role: str | None = None
    listed_at: datetime | None = None
    due_at: datetime | None = None


class SqlLists:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def of(self, which: RegisterList, areas: Collection[str]) -> list[Listed]:
        """Those who live within these areas, village by village."""
        with reading(self._engine) as connection:
            return listed(connection, self._sealer, which, areas)


def listed(connection: Connection, sealer: Sealer, which: RegisterList, areas: Collection[str]) -> list[Listed]:
    within = or_(
        *(column.in_(sorted(areas)) for column in (ELDER.c.village_id, ELDER.c.township_id, ELDER.c.county_id))
    )
    query = select(ELDER, AREA.c.name.label("village")).join(AREA, AREA.c.id == ELDER.c.village_id).where(within)
    match which:
        case RegisterList.NO_CASE:
            query = query.where(or_(ELDER.c.standing == Standing.REGISTER_ONLY.value, WAITS_TO_START))
        case RegisterList.CANNOT_DECIDE:
            query = query.where(ELDER.c.standing == Standing.CANNOT_DECIDE.value)
        case RegisterList.TO_DECIDE:
            item = (ITEM.c.id.label("item_id"), ITEM.c.item, ITEM.c.about, ITEM.c.opened_at, ITEM.c.due_at, ITEM.c.role)
            query = query.add_columns(*item).join(ITEM, ITEM.c.elder_id == ELDER.c.id)
            query = query.where(*OPEN).order_by(ITEM.c.due_at)
    found: list[Listed] = []
    for row in connection.execute(query.order_by(ELDER.c.township_id, ELDER.c.village_id, ELDER.c.id)).mappings():
        values = {
            "elder_id": row["id"], "name": sealer.open(row["name_enc"]), "village": row["village"],
            "why": NOT_STARTED if row["standing"] == Standing.CASE else row["standing_reason"],
        }  # fmt: skip
        if which is RegisterList.TO_DECIDE:
            values |= {name: row[name] for name in ("item_id", "role", "about", "due_at")}
            values |= {"why": row["item"], "listed_at": row["opened_at"]}
        found.append(Listed.model_validate(values))
    return found
