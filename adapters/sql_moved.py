"""An elder lives elsewhere now: their open case is told, so that nothing urgent goes to the old village meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from models.ids import case_stream
from models.letters import UpdateLetter
from models.messages import PlaceChanged
from models.tables import CaseRow, table_of
from models.values import Actor, CaseStatus, Channel

CASES = table_of(CaseRow)


def tell_moved(
    connection: Connection, sealer: Sealer, elders: Iterable[str], by: Actor, channel: Channel, at: datetime
) -> None:
    """A letter to each of their cases; one that has not begun looks up the place when it does."""
    which = (CASES.c.elder_id.in_(sorted(elders)), CASES.c.status != CaseStatus.CLOSED.value)
    for elder in connection.execute(select(CASES.c.elder_id).where(*which).order_by(CASES.c.elder_id)).scalars():
        key = f"moved-{elder}-{at:%Y%m%dT%H%M%S%f}"
        message = PlaceChanged(key=key, actor=by, channel=channel, received_at=at)
        letter = UpdateLetter(workflow_id=case_stream(elder), elder_id=elder, message=message)
        insert_letter(connection, sealer, key, letter, at)
