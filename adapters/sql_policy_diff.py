"""The register of a county as two versions of its rules are compared over it: some elders at a time. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, func, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_known import registered, stated
from adapters.sql_scan import living_within
from decisions.claim_state import State
from decisions.fact_sheet import asked_by, sheet_for
from decisions.policy_diff import Judged, Lives, Tally, compare
from models.benefits import BenefitRules
from models.ids import benefit_stream
from models.tables import Elder, StreamState, table_of

ELDERS, STREAMS = table_of(Elder), table_of(StreamState)
AT_ONCE = 500


class Compared(NamedTuple):
    """`changed`: elders with a benefit that changes, each with these only. `words`: what benefits are called."""

    tally: Tally
    changed: tuple[Judged, ...]
    words: dict[str, str]


def over_register(
    engine: Engine, sealer: Sealer, county_id: str, a: BenefitRules, b: BenefitRules,
    told: Callable[[int], object] = lambda _done: None,
) -> Compared:  # fmt: skip
    """Both put to everybody who lives in the county. `told`: how many have been, now and then."""
    tally, changed = Tally(), list[Judged]()
    elders = living(engine, sealer, county_id, a.month, asked_by(a) | asked_by(b))
    for one in compare(a, b, elders):
        tally.add(one)
        if one.changed:
            changed.append(one._replace(lines=tuple(one.changed)))
        if tally.elders % AT_ONCE == 0:
            told(tally.elders)
    words = {each.code: each.name for side in (a, b) for each in side.benefits}
    return Compared(tally, tuple(changed), words)


def how_many(engine: Engine, county_id: str) -> int:
    """How many they are."""
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(living_within([county_id]).subquery())).scalar_one()


def living(
    engine: Engine, sealer: Sealer, county_id: str, month: date, asked: Collection[str], at_once: int = AT_ONCE
) -> Iterator[Lives]:
    """Whoever lives in the county and is neither dead, nor said to be, nor gone; by id, of one moment of the store.

    `asked`: as `decisions.fact_sheet.asked_by` says. No more than `at_once` elders are held at a time.
    """
    mine = living_within([county_id]).add_columns(ELDERS.c.township_id).order_by(ELDERS.c.id).limit(at_once)
    with reading(engine) as connection:
        last = ""
        while some := connection.execute(mine.where(ELDERS.c.id > last)).all():
            yield from _some(connection, sealer, some, month, asked)
            last = some[-1].id


def _some(
    connection: Connection, sealer: Sealer, rows: Collection[Row[Any]], month: date, asked: Collection[str]
) -> Iterator[Lives]:
    ids = [row.id for row in rows]
    known, said = registered(connection, sealer, ids), stated(connection, sealer, ids)
    streams = {benefit_stream(id_): id_ for id_ in ids}
    query = select(STREAMS.c.stream, STREAMS.c.state_enc).where(STREAMS.c.stream.in_(streams))
    states = {
        streams[row.stream]: State.model_validate_json(sealer.open_bytes(row.state_enc))
        for row in connection.execute(query)
    }
    for row in rows:
        sheet = sheet_for(month, asked, known[row.id], said.get(row.id, ()))
        yield Lives(row.id, row.township_id, sheet, states.get(row.id))
