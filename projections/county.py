"""The facts of a county's months → their rows: one for each drawing of a list, and one for each rate that is frozen.

The lines of a list are not written here: they are kept under its hash by whoever draws it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, update

from decisions.county_state import State
from models.events import ListApproved, ListChecked, ListDrawn, ListReturned, MonthClosed, Recorded
from models.tables import FrozenRateRow, PayListRow, table_of

LISTS, RATES = table_of(PayListRow), table_of(FrozenRateRow)
DRAWN_AGAIN = "drawn_again"


def apply_county(connection: Connection, recorded: Recorded, state: State) -> None:
    """`state` is the stream's state after it."""
    match recorded.event:
        case MonthClosed(snapshot=frozen):
            of = {"county_id": state.county_id, "month": frozen.month, "known_at": frozen.known_at}
            rates = [of | rate.model_dump() for rate in frozen.townships]
            if rates:
                connection.execute(insert(RATES), rates)
        case ListDrawn() as event:
            own = (LISTS.c.county_id == state.county_id, LISTS.c.month == event.month)
            connection.execute(update(LISTS).where(*own).values(state=DRAWN_AGAIN))
            row = dict(
                county_id=state.county_id, month=event.month, n=event.n, state="checking", drawn_at=recorded.at,
                **event.drawn.model_dump(),
            )  # fmt: skip
            connection.execute(insert(LISTS), row)
        case ListChecked() as event:
            _set(connection, event, state, state="approving", checked_by=event.actor.id)
        case ListReturned() as event:
            _decided(connection, recorded, event, state, "returned")
        case ListApproved() as event:
            _decided(connection, recorded, event, state, "approved")
        case _:
            pass


def _decided(
    connection: Connection, recorded: Recorded, event: ListReturned | ListApproved, state: State, word: str
) -> None:
    _set(connection, event, state, state=word, decided_by=event.actor.id, decided_at=recorded.at)


def _set(
    connection: Connection, event: ListChecked | ListReturned | ListApproved, state: State, /, **values: Any
) -> None:
    own = (LISTS.c.county_id == state.county_id, LISTS.c.month == event.month, LISTS.c.n == event.n)
    connection.execute(update(LISTS).where(*own).values(**values))
