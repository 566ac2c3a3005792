"""A county's register for tests: rows in the clear, and the people the stories are about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, select

from adapters.areas import townships_of
from adapters.database import open_engine, reading
from adapters.sealing import Keyring, Sealer
from adapters.sql_register import SqlRegister
from models.policy import Category
from models.roster import (
    AnyRow,
    ChunkCounts,
    ElderFacts,
    ElderRow,
    RosterKind,
    Sourced,
    StaffRow,
    Standing,
    VolunteerRow,
)
from models.tables import (
    Area,
    Elder,
    ElderAddress,
    ElderCategory,
    LetterRow,
    Pairing,
    Post,
    RegisterChange,
    Volunteer,
    WorkItemRow,
    table_of,
)
from models.values import Actor, ActorKind, Role

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
LATER = AT + timedelta(days=30)
BY = Actor(id="S-clerk", kind=ActorKind.STAFF, role=Role.COUNTY_OFFICER)
GROUPED = {Category.LIVING_ALONE, Category.EMPTY_NEST, Category.LEFT_BEHIND, Category.DISABLED_CARE}
GROUPED |= {Category.SEVERE_DISABILITY, Category.FAMILY_PLANNING}
ALONE = (Sourced(category=Category.LIVING_ALONE, source="人员类别"),)
WANG = ElderRow(
    line=2,
    name="王示福",
    sex="M",
    id_number="500236195002039012",
    born_on=date(1950, 2, 3),
    phone="+8619200000001",
    textable=True,
    township="白帝镇",
    village="示例一村",
    residences=("示例一村1组2号",),
    registered="示例老屋",
    categories=ALONE,
    categories_stated=True,
)
LI = WANG.model_copy(update=dict(line=3, name="李例寿", id_number="500236195102039028", phone=None, residences=()))
NOBODY = LI.model_copy(update=dict(line=4, name="赵样康", id_number="50023619520203904X", categories=()))


def standing_of(facts: ElderFacts) -> tuple[Standing, str]:
    if facts.categories is None:
        return Standing.CANNOT_DECIDE, "categories"
    return (Standing.CASE, "special") if GROUPED & set(facts.categories) else (Standing.REGISTER_ONLY, "in_no_group")


@dataclass
class County:
    engine: Engine
    sealer: Sealer
    register: SqlRegister

    def bring(self, *rows: AnyRow, at: datetime = AT, **how: Any) -> ChunkCounts:
        kinds = {ElderRow: RosterKind.ELDERS, VolunteerRow: RosterKind.VOLUNTEERS, StaffRow: RosterKind.STAFF}
        return self.register.import_rows(kinds[type(rows[0])], rows, BY, at, sha256=sha256_of(rows), **how)

    def rows(self, model: Any) -> list[dict[str, Any]]:
        """Every row in the clear, without numbers the database gives."""
        table: Table = table_of(model)
        with reading(self.engine) as connection:
            held = [dict(row) for row in connection.execute(select(table)).mappings()]
        for row in held:
            for name, value in row.items():
                row[name] = self.sealer.open(value) if name.endswith("_enc") and value is not None else value
            if isinstance(row.get("id"), int):
                del row["id"]
        return sorted(held, key=lambda row: json.dumps(row, default=str, sort_keys=True))

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        return {str(m.__tablename__): self.rows(m) for m in MODELS}


def sha256_of(rows: Sequence[AnyRow]) -> str:
    """As a file with just these rows would have."""
    return sha256("".join(row.model_dump_json() for row in rows).encode()).hexdigest()


MODELS: tuple[Any, ...] = (
    Area,
    Elder,
    ElderAddress,
    ElderCategory,
    Volunteer,
    Pairing,
    Post,
    RegisterChange,
    LetterRow,
    WorkItemRow,
)


def a_county(url: str, keys: Path) -> County:
    engine, sealer = open_engine(url), Sealer(Keyring.load_or_create(keys))
    register = SqlRegister(engine, sealer, standing_of, "fengjie")
    register.found_county("奉节县", townships_of("fengjie"), date(2026, 1, 1), "重庆市")
    return County(engine, sealer, register)
