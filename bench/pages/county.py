"""What is the whole county's: its months as they were closed and listed, once all villages are there.

The same facts at the same hours as in the village that was lived, with the sums of all; recorded by the same fold.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from adapters.database import reading
from adapters.sealing import Sealer
from adapters.sql_county import AT_ONCE
from adapters.sql_ledger import read_row
from decisions import ledger
from decisions.pay_list import Drawing, drawn
from models.events import ListApproved, ListChecked, ListDrawn, ListReturned, MonthClosed, Recorded
from models.ids import county_stream
from models.payments import Drawn, MonthSnapshot, PayLine, TownshipRate
from models.tables import LedgerRow, PayLineRow, StreamState, table_of
from projections import streams
from projections.county import apply_county
from projections.rates import month_visit_rate

LEDGER, STATES, LINES = table_of(LedgerRow), table_of(StreamState), table_of(PayLineRow)


def lived(engine: Engine, sealer: Sealer, county_id: str) -> list[Recorded]:
    """The county's facts in the village's store."""
    own = select(LEDGER).where(LEDGER.c.stream == county_stream(county_id)).order_by(LEDGER.c.seq)
    with reading(engine) as connection:
        return [read_row(sealer, row) for row in connection.execute(own)]


def write(
    connection: Connection, sealer: Sealer, county_id: str, facts: Iterable[Recorded],
    lines: Iterable[tuple[str, dict[str, Any]]],
) -> None:  # fmt: skip
    """`lines`: of every village, with the month of their list."""
    of_month: defaultdict[str, list[PayLine]] = defaultdict(list)
    for month, line in lines:
        of_month[month].append(PayLine.model_validate(line | {"by_age": bool(line["by_age"])}))
    lists = {month: _listed(connection, own) for month, own in of_month.items()}
    stream, head, state = county_stream(county_id), ledger.GENESIS, None
    rows: list[dict[str, Any]] = []
    for fact in facts:
        event = _of_all(connection, county_id, fact.event, lists)
        (own,) = ledger.link(stream, fact.seq - 1, head, fact.key, fact.at, [event], lambda salt=fact.salt: salt)
        head = own.hash
        state = streams.evolve(state or streams.begin(stream, event), event, own.at)
        apply_county(connection, own, state)  # pyright: ignore[reportArgumentType]
        body = json.dumps({"salt": own.salt, "event": event.model_dump(mode="json")}, ensure_ascii=False)
        values = {name: getattr(own, name) for name in ("stream", "seq", "at", "key", "prev", "body_hash", "hash")}
        rows.append(values | {"kind": event.kind, "body_enc": sealer.seal(body)})
    if state is None:
        raise ValueError("the county has no months")
    connection.execute(insert(LEDGER), rows)
    sealed = sealer.seal(state.model_dump_json())
    connection.execute(insert(STATES).values(stream=stream, seq=len(rows), head=head, state_enc=sealed))


def _listed(connection: Connection, lines: list[PayLine]) -> Drawn:
    """Kept under their hash, in the order in which a list is drawn."""
    lines.sort(key=lambda line: (line.elder_id, line.code, line.month))
    total = drawn(Drawing(tuple(lines), 0, 0))
    rows = [{"sha256": total.sha256, "seq": seq, **line.model_dump()} for seq, line in enumerate(lines)]
    for first in range(0, len(rows), AT_ONCE):
        connection.execute(insert(LINES), rows[first : first + AT_ONCE])
    return total


def _of_all(connection: Connection, county_id: str, event: Any, lists: dict[str, Drawn]) -> Any:
    match event:
        case MonthClosed(snapshot=frozen):
            rate = month_visit_rate(connection, connection, county_id, frozen.month, frozen.known_at)
            townships = tuple(
                TownshipRate(township_id=one.township_id, listed=one.listed, seen=one.seen, excused=one.excused)
                for one in rate.townships
                if one.township_id is not None
            )
            snapshot = MonthSnapshot(month=frozen.month, known_at=frozen.known_at, townships=townships)
            return event.model_copy(update={"snapshot": snapshot})
        case ListDrawn() | ListApproved():
            return event.model_copy(update={"drawn": lists.get(event.month.isoformat(), event.drawn)})
        case ListChecked() | ListReturned():
            own = lists.get(event.month.isoformat())
            return event if own is None else event.model_copy(update={"sha256": own.sha256})
        case _:
            return event
