"""Sends a digest through a provider, and keeps intent, attempt and the provider's word apart.

Fulfils `activities.ports.Texts`. The intent is written before the provider is called: a crash in between is UNKNOWN,
and UNKNOWN is looked up before anything is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Engine, Row, insert, select, update

from adapters.database import reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import elder_of_digest, insert_letter, insert_once
from adapters.sql_recipients import number_of, township_of
from models.errors import FAULTS, Fault, TanfangFault
from models.ids import case_stream
from models.letters import LETTER, TextLetter, UpdateLetter, WorkItem
from models.messages import MessageUndeliverable
from models.tables import DigestRow, LetterRow, SendAttempt, SendReceipt, table_of
from models.texts import SendOrder, SendOutcome
from models.values import ENGINE, Channel, Role, Undelivered

DIGESTS, ATTEMPTS, RECEIPTS = table_of(DigestRow), table_of(SendAttempt), table_of(SendReceipt)
LETTERS = table_of(LetterRow)
WHY = {Fault.BAD_NUMBER: Undelivered.BAD_NUMBER, Fault.RECIPIENT_OPTED_OUT: Undelivered.OPTED_OUT}


class Outgoing(NamedTuple):
    """One text as a provider is given it. `client_ref` is our reference, `at` when it is handed over (looked up: was).

    `text` is the whole text with its signature; `template` and `params` are what it was made from
    (`decisions.wording`), for a provider that is given no words. Without params: built before they were kept.
    """

    client_ref: str
    phone: str
    text: str
    template: str
    at: datetime
    params: Mapping[str, str] = MappingProxyType({})


class Provider(Protocol):
    """One SMS provider. `send` answers its message id or raises TanfangFault; `look_up` finds a text sent, or None."""

    name: str

    def send(self, out: Outgoing) -> str: ...

    def look_up(self, out: Outgoing) -> str | None: ...


class ProviderTexts:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        provider: Provider,
        now: Callable[[], datetime],
        judge: Callable[[str, datetime], str] = lambda _digest, _now: "now",
    ) -> None:
        """`judge(digest id, now)`: may it go `now`, only `later`, or is it `cancelled` because its cause has gone."""
        self._judge = judge
        self._engine = engine
        self._sealer = sealer
        self._provider = provider
        self._now = now

    def send(self, order: SendOrder) -> SendOutcome:
        with reading(self._engine) as connection:
            digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == order.digest_id)).one()
            steps = self._steps(connection, order.digest_id)
            phone = number_of(connection, self._sealer, digest)
        if digest.state in ("accepted", "delivered"):
            return SendOutcome(status="accepted")
        if digest.state in ("expired", "cancelled", "failed"):
            return SendOutcome(status=digest.state)
        if steps and steps[-1] == "intent":
            return self.settle(order)  # we died between calling the provider and hearing from it
        if digest.send_by is not None and digest.send_by <= self._now():
            return self._end(order, "expired", Undelivered.TOO_LATE)
        if phone is None:
            return self._end(order, "failed", Undelivered.NO_NUMBER)
        verdict = self._judge(order.digest_id, self._now())
        if verdict == "later":
            return SendOutcome(status="retry", why="quiet hours")
        if verdict == "cancelled":
            return self._cancel(order)
        return self._call(order, self._outgoing(digest, phone, self._now()), nth=steps.count("intent") + 1)

    def settle(self, order: SendOrder) -> SendOutcome:
        """Did the provider get it? Look it up; not there: send once more."""
        with reading(self._engine) as connection:
            digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == order.digest_id)).one()
            steps = self._steps(connection, order.digest_id)
            phone = number_of(connection, self._sealer, digest)
            tried_at = self._tried_at(connection, order.digest_id)
        if phone is not None and tried_at is not None:
            found = self._provider.look_up(self._outgoing(digest, phone, tried_at))
            if found is not None:
                return self._accepted(order, found, nth=1)
        if digest.send_by is not None and digest.send_by <= self._now():
            return self._end(order, "expired", Undelivered.PERHAPS_TOO_LATE)
        verdict = self._judge(order.digest_id, self._now())
        if verdict == "later":
            return SendOutcome(status="retry", why="quiet hours")
        if verdict == "cancelled":
            return self._cancel(order)
        if phone is None or steps.count("intent") - steps.count("refused") >= 2:
            return self._end(order, "failed", Undelivered.UNKNOWN)
        return self._call(order, self._outgoing(digest, phone, self._now()), nth=steps.count("intent") + 1)

    def _outgoing(self, digest: Row[Any], phone: str, at: datetime) -> Outgoing:
        params: dict[str, str] = json.loads(self._sealer.open(digest.params_enc)) if digest.params_enc else {}
        return Outgoing(digest.id, phone, self._sealer.open(digest.body_enc), digest.template, at, params)

    def _call(self, order: SendOrder, out: Outgoing, nth: int) -> SendOutcome:
        self._step(order.digest_id, nth, "intent")
        try:
            message_id = self._provider.send(out)
        except TanfangFault as fault:
            why = fault.fault.value
            if fault.fault is Fault.SEND_UNKNOWN:
                return SendOutcome(status="retry", why=why)  # the intent stands alone, so it is looked up first
            self._step(order.digest_id, nth, "refused", error=why)
            if FAULTS[fault.fault].retry:
                return SendOutcome(status="retry", why=why)
            return self._end(order, "failed", WHY.get(fault.fault, Undelivered.OTHER), said=why)
        return self._accepted(order, message_id, nth)

    def _accepted(self, order: SendOrder, message_id: str, nth: int) -> SendOutcome:
        now = self._now()
        with writing(self._engine) as connection:
            if "accepted" not in self._steps(connection, order.digest_id):
                self._insert_step(connection, order.digest_id, nth, "accepted", message_id)
            connection.execute(
                update(DIGESTS)
                .where(DIGESTS.c.id == order.digest_id, DIGESTS.c.state == "built")
                .values(state="accepted", accepted_at=now)
            )
            early = connection.execute(select(RECEIPTS).where(RECEIPTS.c.provider_message_id == message_id)).all()
            for receipt in early:  # the provider's word may come before our own transaction
                self._apply_receipt(connection, order.digest_id, receipt.status, receipt.error, receipt.at)
        return SendOutcome(status="accepted")

    def _end(self, order: SendOrder, state: str, why: Undelivered, said: str | None = None) -> SendOutcome:
        """Not sent: a person calls instead, and the cases whose visits it asked for are told.

        `said`: the reason as the person hears it, where cases hear less.
        """
        now, said = self._now(), said or why.value
        with writing(self._engine) as connection:
            self._ended(connection, order.digest_id, state, said)
            self._not_reached(connection, order.digest_id, why, now, said)
        return SendOutcome.model_validate({"status": state, "why": said})

    def _cancel(self, order: SendOrder) -> SendOutcome:
        """What it would have said is not so any more: nobody needs to hear it."""
        why = "its cause has gone"
        with writing(self._engine) as connection:
            self._ended(connection, order.digest_id, "cancelled", why)
        return SendOutcome(status="cancelled", why=why)

    def _ended(self, connection: Connection, digest_id: str, state: str, why: str) -> None:
        connection.execute(update(DIGESTS).where(DIGESTS.c.id == digest_id).values(state=state, why=why))

    def _not_reached(self, connection: Connection, digest_id: str, why: Undelivered, at: datetime, said: str) -> None:
        digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == digest_id)).one()
        item = WorkItem(
            item="call_by_phone", role=Role.TOWNSHIP_OFFICER, due_at=at,
            elder_id=elder_of_digest(connection, digest_id), township_id=township_of(connection, digest),
            about=f"{said} {digest_id}",
        )  # fmt: skip
        insert_letter(connection, self._sealer, f"call-{digest_id}", item, at)
        self._tell_cases(connection, digest_id, why, at)

    # --- receipts --------------------------------------------------------------------------------------------------

    def receipt(self, message_id: str, status: str, error: str | None, at: datetime) -> str | None:
        """The provider's word, kept once. Answers the digest it is about; None while we have not heard ourselves."""
        with writing(self._engine) as connection:
            row = {"provider_message_id": message_id, "status": status, "error": error, "at": at}
            insert_once(connection, RECEIPTS, row)
            digest_id = connection.execute(
                select(ATTEMPTS.c.digest_id).where(ATTEMPTS.c.provider_message_id == message_id)
            ).scalar()
            if digest_id is not None:
                self._apply_receipt(connection, digest_id, status, error, at)
        return digest_id

    def _apply_receipt(
        self, connection: Connection, digest_id: str, status: str, error: str | None, at: datetime
    ) -> None:
        """Delivered is final; failed and undelivered are told on; any other word (sent, queued) changes nothing."""
        own = DIGESTS.c.id == digest_id
        if status == "delivered":
            connection.execute(update(DIGESTS).where(own).values(state="delivered", delivered_at=at))
        elif status in ("failed", "undelivered"):
            moved = connection.execute(
                update(DIGESTS).where(own, DIGESTS.c.state != "delivered").values(state="undelivered", why=error)
            )
            if moved.rowcount:
                self._not_reached(connection, digest_id, Undelivered(status), at, status)

    def _tell_cases(self, connection: Connection, digest_id: str, why: Undelivered, at: datetime) -> None:
        """The visits this text asked for were never asked: their cases give them to somebody else."""
        rows = connection.execute(select(LETTERS).where(LETTERS.c.digest_id == digest_id)).all()
        for row in rows:
            letter = LETTER.validate_json(self._sealer.open(row.body_enc))
            if not isinstance(letter, TextLetter) or letter.cause_visit_id is None or letter.elder_id is None:
                continue
            message = MessageUndeliverable(
                key=f"undelivered-{row.id}", actor=ENGINE, channel=Channel.ENGINE, received_at=at,
                recipient_id=letter.recipient_id, visit_id=letter.cause_visit_id, why=why,
            )  # fmt: skip
            told = UpdateLetter(workflow_id=case_stream(letter.elder_id), elder_id=letter.elder_id, message=message)
            insert_letter(connection, self._sealer, message.key, told, at, received_at=at)

    # --- steps -----------------------------------------------------------------------------------------------------

    def _tried_at(self, connection: Connection, digest_id: str) -> datetime | None:
        """When the provider was first called."""
        query = select(ATTEMPTS.c.at).where(ATTEMPTS.c.digest_id == digest_id, ATTEMPTS.c.step == "intent")
        return connection.execute(query.order_by(ATTEMPTS.c.id).limit(1)).scalar()

    def _steps(self, connection: Connection, digest_id: str) -> list[str]:
        query = select(ATTEMPTS.c.step).where(ATTEMPTS.c.digest_id == digest_id)
        return list(connection.execute(query.order_by(ATTEMPTS.c.id)).scalars())

    def _step(self, digest_id: str, nth: int, step: str, error: str | None = None) -> None:
        with writing(self._engine) as connection:
            self._insert_step(connection, digest_id, nth, step, None, error)

    def _insert_step(
        self,
        connection: Connection,
        digest_id: str,
        nth: int,
        step: str,
        message_id: str | None,
        error: str | None = None,
    ) -> None:
        connection.execute(
            insert(ATTEMPTS).values(
                digest_id=digest_id, nth=nth, step=step, provider=self._provider.name,
                provider_message_id=message_id, error=error, at=self._now(),
            )
        )  # fmt: skip
