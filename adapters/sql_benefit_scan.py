"""What a scan for benefits nobody has asked for must know of each elder of the register. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import Engine, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_benefits import Months
from adapters.sql_known import registered, stated
from adapters.sql_scan import living_within
from decisions.benefit_scanning import Scanned
from decisions.claim_state import State
from decisions.fact_sheet import sheet_for
from models.benefits import BenefitRules
from models.ids import BENEFIT
from models.tables import Elder, StreamState, table_of

ELDERS, STREAMS = table_of(Elder), table_of(StreamState)


class OfCounty(NamedTuple):
    """The rules of a county's month, and whoever lives in it within the areas asked for."""

    rules: BenefitRules
    elders: list[Scanned]


class SqlBenefitScan:
    def __init__(self, engine: Engine, sealer: Sealer, months: Months) -> None:
        """`months`: as the elders' own benefits go by them."""
        self._engine = engine
        self._sealer = sealer
        self._months = months

    def counties(self, areas: Collection[str], month: date) -> list[OfCounty]:
        """Whoever lives within these areas and is neither dead, nor said to be, nor gone; by county, then id.

        No county without a pack in force in `month`.
        """
        mine = living_within(areas)
        with reading(self._engine) as connection:
            known, said = registered(connection, self._sealer, mine), stated(connection, self._sealer, mine)
            states = {
                row.stream.partition("/")[2]: State.model_validate_json(self._sealer.open_bytes(row.state_enc))
                for row in connection.execute(select(STREAMS).where(STREAMS.c.stream.startswith(f"{BENEFIT}/")))
                if row.stream.partition("/")[2] in known
            }
            lives: dict[str, list[str]] = defaultdict(list)
            homes = select(ELDERS.c.id, ELDERS.c.county_id).where(ELDERS.c.id.in_(mine)).order_by(ELDERS.c.id)
            for row in connection.execute(homes):
                lives[row.county_id].append(row.id)
            months = {county: self._months.of(connection, county, month) for county in sorted(lives)}
        return [
            OfCounty(of.rules, [
                Scanned(one, sheet_for(month, of.asked, known[one], said.get(one, ())), states.get(one))
                for one in lives[county]
            ])
            for county, of in months.items()
            if of.rules is not None
        ]  # fmt: skip
