"""What the store knows of elders that a benefit may ask about: register, level, what staff stated. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, select

from adapters.sealing import Sealer
from decisions.fact_sheet import BY_CATEGORY, Held, Level, Registered, Stated
from models.ability import AbilityLevel
from models.claims import FactSource
from models.facts import FactValue
from models.policy import Category
from models.tables import AssessmentRow, Elder, ElderCategory, LevelRow, StatedFact, table_of

ELDERS, CATEGORIES = table_of(Elder), table_of(ElderCategory)
LEVELS, ROUNDS, FACTS = table_of(LevelRow), table_of(AssessmentRow), table_of(StatedFact)

VALUE: TypeAdapter[FactValue | None] = TypeAdapter(FactValue | None)
TOLD = sorted({category.value for _, category, _ in BY_CATEGORY})
WITH_SCORE = select(LEVELS, ROUNDS.c.total).outerjoin(
    ROUNDS, (ROUNDS.c.elder_id == LEVELS.c.elder_id) & (ROUNDS.c.round == LEVELS.c.round)
)

Ids = Sequence[str] | Select[Any]
"""Whom it is asked of: their ids, or a query for these."""


def registered(connection: Connection, sealer: Sealer, ids: Ids) -> dict[str, Registered]:
    """By id, in the order of ids."""
    held = _held(connection, ids)
    levels = _levels(connection, ids)
    born = select(ELDERS.c.id, ELDERS.c.born_on_enc).where(ELDERS.c.id.in_(ids)).order_by(ELDERS.c.id)
    return {
        row.id: Registered(
            born_on=date.fromisoformat(sealer.open(row.born_on_enc)), held=held.get(row.id, ()),
            level=levels.get(row.id),
        )
        for row in connection.execute(born)
    }  # fmt: skip


def stated(connection: Connection, sealer: Sealer, ids: Ids) -> dict[str, list[Stated]]:
    """Of whom anything was stated, in the order it was."""
    found: dict[str, list[Stated]] = defaultdict(list)
    query = select(FACTS).where(FACTS.c.elder_id.in_(ids)).order_by(FACTS.c.elder_id, FACTS.c.n)
    for row in connection.execute(query):
        found[row.elder_id].append(as_stated(sealer, row))
    return found


def as_stated(sealer: Sealer, row: Row[Any]) -> Stated:
    return Stated(row.code, VALUE.validate_json(sealer.open_bytes(row.value_enc)), FactSource(row.source), row.on)


def _held(connection: Connection, ids: Ids) -> Mapping[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    query = select(CATEGORIES).where(CATEGORIES.c.category.in_(TOLD), CATEGORIES.c.elder_id.in_(ids))
    for row in connection.execute(query):
        found[row.elder_id].append(Held(Category(row.category), row.from_on, row.to_on))
    return found


def _levels(connection: Connection, ids: Ids) -> Mapping[str, Level]:
    return {
        row.elder_id: Level(AbilityLevel(row.level), row.total, row.assessed_on, row.valid_to)
        for row in connection.execute(WITH_SCORE.where(LEVELS.c.elder_id.in_(ids)))
    }
