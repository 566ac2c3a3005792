"""No provider at all: each text becomes a call for a person to make, and what was said on the phone is typed in.

For a county without an SMS contract, or on a day without one. The words of the text are read to the recipient. Accepted
says that the call waits on a worklist; that it was made is a receipt, given by whoever closes the item.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Engine, select

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import elder_of_digest, insert_letter
from adapters.sql_recipients import county_of, township_of
from adapters.texts import Outgoing
from models.errors import Fault, TanfangFault
from models.letters import TextClass, WorkItem
from models.tables import DigestRow, WorkItemRow, table_of
from models.values import Role

ITEMS, DIGESTS = table_of(WorkItemRow), table_of(DigestRow)
CALL_WITHIN = timedelta(hours=24)
READ_OUT = "read-out-"


def item_of(digest_id: str) -> str:
    return f"{READ_OUT}{digest_id}"


def message_of(item_id: str) -> str | None:
    """The message a work item's call is for, as receipts name it; None: it is another kind of item."""
    return _message(item_id.removeprefix(READ_OUT)) if item_id.startswith(READ_OUT) else None


def _message(digest_id: str) -> str:
    return f"CALL{sha256(digest_id.encode()).hexdigest()[:28]}"


class ManualSms:
    """Fulfils `adapters.texts.Provider`."""

    name = "manual"

    def __init__(self, engine: Engine, sealer: Sealer, home: str) -> None:
        """`home`: the county that calls a phone nobody knows."""
        self._engine = engine
        self._sealer = sealer
        self._home = home

    @patient
    def send(self, out: Outgoing) -> str:
        """An item where its elder lives, of several where the recipient is; urgent is due at once. Twice is once.

        Raises TanfangFault(TEXT_REFUSED) for a code to sign in by: whoever read it out could use it.
        """
        client_ref = out.client_ref
        with writing(self._engine) as connection:
            digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == client_ref)).one()
            if digest.text_class == TextClass.SIGN_IN:
                raise TanfangFault(Fault.TEXT_REFUSED, "a code is not read out")
            elder, township = elder_of_digest(connection, client_ref), township_of(connection, digest)
            urgent = digest.text_class == TextClass.URGENT
            item = WorkItem(
                item="call_by_phone", elder_id=elder, township_id=township,
                county_id=county_of(connection, digest.recipient_id) or self._home,
                role=Role.VILLAGE_ASSISTANT if elder or township else Role.COUNTY_OFFICER,
                due_at=out.at if urgent else out.at + CALL_WITHIN, about=f"read out {client_ref}",
            )  # fmt: skip
            insert_letter(connection, self._sealer, item_of(client_ref), item, out.at)
        return _message(client_ref)

    def look_up(self, out: Outgoing) -> str | None:
        with reading(self._engine) as connection:
            query = select(ITEMS.c.id).where(ITEMS.c.id == item_of(out.client_ref))
            found = connection.execute(query).scalar()
        return _message(out.client_ref) if found else None
