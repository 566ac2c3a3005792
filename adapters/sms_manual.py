"""No provider at all: each text becomes a call for a person to make, and what was said on the phone is typed in.

For a county without an SMS contract, or on a day without one. The words of the text are read to the recipient.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, select

from adapters.database import reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import elder_of_digest, insert_letter
from models.letters import WorkItem
from models.tables import DigestRow, Volunteer, WorkItemRow, table_of
from models.values import Role

ITEMS, DIGESTS, VOLUNTEERS = table_of(WorkItemRow), table_of(DigestRow), table_of(Volunteer)
CALL_WITHIN = timedelta(hours=24)


class ManualSms:
    """Fulfils `adapters.texts.Provider`: accepted when the call stands on a worklist."""

    name = "manual"

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def send(self, client_ref: str, phone: str, text: str, at: datetime) -> str:
        """An item where its elder lives, of several in the township; asked twice, it is there once."""
        with writing(self._engine) as connection:
            township = connection.execute(
                select(VOLUNTEERS.c.township_id)
                .join(DIGESTS, DIGESTS.c.recipient_id == VOLUNTEERS.c.id)
                .where(DIGESTS.c.id == client_ref)
            ).scalar()
            item = WorkItem(
                item="call_by_phone", elder_id=elder_of_digest(connection, client_ref), township_id=township,
                role=Role.VILLAGE_ASSISTANT, due_at=at + CALL_WITHIN,
                about=f"read out {client_ref}",
            )  # fmt: skip
            insert_letter(connection, self._sealer, self._item_id(client_ref), item, at)
        return f"CALL{sha256(client_ref.encode()).hexdigest()[:28]}"

    def look_up(self, client_ref: str) -> str | None:
        with reading(self._engine) as connection:
            query = select(ITEMS.c.id).where(ITEMS.c.id == self._item_id(client_ref))
            found = connection.execute(query).scalar()
        return f"CALL{sha256(client_ref.encode()).hexdigest()[:28]}" if found else None

    def _item_id(self, client_ref: str) -> str:
        return f"read-out-{client_ref}"
