"""A provider that does not know us is asked nothing more, until a person acts or a slow probe is answered.

What holds texts back is the work item itself (`texts_held`): open = held. So every process sees it, a person sees it
once, and whoever closes it lets texts go again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, update

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from models.letters import WorkItem
from models.tables import WorkItemRow, table_of
from models.values import Role

ITEMS = table_of(WorkItemRow)
PROBE_AFTER = timedelta(minutes=10)
SAME_TROUBLE = timedelta(hours=24)  # shut again within this of a probe's answer: the same item, not another
PROBE, ANSWERED = "probe", "provider_answers"


def is_open(connection: Connection, provider: str) -> bool:
    """Whether texts are held back."""
    last = _last(connection, provider)
    return last is not None and last.closed_at is None


def shut(connection: Connection, sealer: Sealer, provider: str, at: datetime) -> None:
    """Hold texts back from now on. Told once, however many processes and texts meet it."""
    last = _last(connection, provider)
    if last is not None and last.closed_at is None:
        return
    if last is not None and last.closed_by == PROBE and at - last.closed_at < SAME_TROUBLE:
        again = {"opened_at": at, "closed_at": None, "closed_by": None, "close_reason": None}
        connection.execute(update(ITEMS).where(ITEMS.c.id == last.id).values(again))
        return
    own = (ITEMS.c.item == "texts_held", ITEMS.c.about == provider)
    nth = connection.execute(select(func.count()).select_from(ITEMS).where(*own)).scalar_one()
    item = WorkItem(item="texts_held", role=Role.COUNTY_OFFICER, due_at=at, about=provider)
    insert_letter(connection, sealer, f"texts-held-{provider}-{nth + 1}", item, at)


@patient
def answered(engine: Engine, provider: str, at: datetime) -> bool:
    """The provider answered a probe. True: texts were held, long enough ago to try again, and go now."""
    with reading(engine) as connection:
        last = _last(connection, provider)
    if last is None or last.closed_at is not None or at - last.opened_at < PROBE_AFTER:
        return False
    with writing(engine) as connection:
        own = (ITEMS.c.id == last.id, ITEMS.c.closed_at.is_(None))
        ended = {"closed_at": at, "closed_by": PROBE, "close_reason": ANSWERED}
        return connection.execute(update(ITEMS).where(*own).values(ended)).rowcount == 1


def _last(connection: Connection, provider: str) -> Row[Any] | None:
    query = select(ITEMS).where(ITEMS.c.item == "texts_held", ITEMS.c.about == provider)
    return connection.execute(query.order_by(ITEMS.c.opened_at.desc(), ITEMS.c.id.desc()).limit(1)).one_or_none()
