"""What follows when a text did not reach its recipient: a call, the cases told, the opt-out, one more try.

All by SQL in the caller's transaction; every id comes from the text's own, so that told twice is once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from adapters import sql_opt_out
from adapters.sealing import Sealer
from adapters.sql_letters import elder_of_digest, insert_letter
from adapters.sql_recipients import county_of, township_of
from decisions.asking import CALL_WITHIN
from models.errors import Fault
from models.ids import case_stream
from models.letters import LETTER, Item, TextClass, TextLetter, UpdateLetter, WorkItem
from models.messages import MessageUndeliverable
from models.tables import DigestRow, LetterRow, VisitRow, table_of
from models.values import ENGINE, Channel, Role, Undelivered

DIGESTS, LETTERS, VISITS = table_of(DigestRow), table_of(LetterRow), table_of(VisitRow)
AGAIN = "again-"
WHY = {
    Fault.BAD_NUMBER: Undelivered.BAD_NUMBER,
    Fault.RECIPIENT_OPTED_OUT: Undelivered.OPTED_OUT,
    Fault.RECIPIENT_UNREACHABLE: Undelivered.UNDELIVERED,
    Fault.TEXT_REFUSED: Undelivered.FAILED,
    Fault.NO_TEMPLATE: Undelivered.FAILED,
    Fault.PROVIDER_SHUT: Undelivered.FAILED,
}


class NotReached(NamedTuple):
    """One text that did not arrive, at the moment that is known.

    `next_workday(at, recipient id)`: the slot of the workday after it. `home`: the county that calls a phone nobody
    knows.
    """

    connection: Connection
    sealer: Sealer
    digest: Row[Any]
    at: datetime
    next_workday: Callable[[datetime, str], datetime]
    home: str | None

    def follow(self, fault: Fault | None, why: Undelivered) -> None:
        """By what the provider's word means; no fault: it is known only that it did not arrive."""
        if fault is Fault.RECIPIENT_OPTED_OUT:
            self._opted_out()
        elif fault is not Fault.RECIPIENT_UNREACHABLE or not self._once_more():
            self.give_up(why)

    def give_up(self, why: Undelivered) -> None:
        """A person calls instead, and the cases whose visits it asked for give them to somebody else."""
        self.call(why)
        for row, letter in self._lines():
            if letter.cause_visit_id is None or letter.elder_id is None:
                continue
            message = MessageUndeliverable(
                key=f"undelivered-{row.id}", actor=ENGINE, channel=Channel.ENGINE, received_at=self.at,
                recipient_id=letter.recipient_id, visit_id=letter.cause_visit_id, why=why,
            )  # fmt: skip
            told = UpdateLetter(workflow_id=case_stream(letter.elder_id), elder_id=letter.elder_id, message=message)
            insert_letter(self.connection, self.sealer, message.key, told, self.at, received_at=self.at)

    def call(self, why: Undelivered) -> None:
        """A call on the worklist, due now. One a text, whatever else comes of it; of a code, none: it is not told."""
        if self.digest.text_class == TextClass.SIGN_IN:
            return
        self._item("call_by_phone", f"call-{self.digest.id}", why.value, self.at)

    def _opted_out(self) -> None:
        """Who is of the register's volunteers is asked no more; whoever else it was, a person must still reach."""
        sql_opt_out.by_the_provider(self.connection, self.sealer, self.digest.phone_index, self.digest.id, self.at)
        if self.digest.recipient_kind == "volunteer":
            self._item("undeliverable", f"opted-out-{self.digest.id}", "opted_out", self.at + CALL_WITHIN)
        else:
            self.call(Undelivered.OPTED_OUT)

    def _once_more(self) -> bool:
        """Its lines again, as lines, at the next workday's slot: caps, gathering and causes hold for them as for any.

        False: it was the second try, it may not wait, or it would come too late.
        """
        goes_at, lines = self.next_workday(self.at, self.digest.recipient_id), self._lines()
        if not lines or self.digest.text_class == TextClass.URGENT:
            return False
        if any(row.id.startswith(AGAIN) or self._ends_by(letter, goes_at) for row, letter in lines):
            return False
        for row, letter in lines:  # written as of then, so that their own 24 hours begin then
            insert_letter(self.connection, self.sealer, f"{AGAIN}{row.id}", letter, goes_at)
        return True

    def _ends_by(self, letter: TextLetter, at: datetime) -> bool:
        due = select(VISITS.c.due_at).where(VISITS.c.id == letter.cause_visit_id)
        due_at = self.connection.execute(due).scalar() if letter.cause_visit_id is not None else None
        return any(end is not None and end <= at for end in (letter.send_by, due_at))

    def _lines(self) -> list[tuple[Row[Any], TextLetter]]:
        rows = self.connection.execute(select(LETTERS).where(LETTERS.c.digest_id == self.digest.id)).all()
        opened = [(row, LETTER.validate_json(self.sealer.open(row.body_enc))) for row in rows]
        return [(row, letter) for row, letter in opened if isinstance(letter, TextLetter)]

    def _item(self, kind: Item, item_id: str, why: str, due_at: datetime) -> None:
        item = WorkItem(
            item=kind, role=Role.TOWNSHIP_OFFICER, due_at=due_at,
            elder_id=elder_of_digest(self.connection, self.digest.id),
            township_id=township_of(self.connection, self.digest),
            county_id=county_of(self.connection, self.digest.recipient_id) or self.home,
            about=f"{why} {self.digest.id}",
        )  # fmt: skip
        insert_letter(self.connection, self.sealer, item_id, item, self.at)
