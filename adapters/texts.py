"""Sends a digest through a provider, and keeps intent, attempt and the provider's word apart.

Fulfils `activities.ports.Texts`. The intent is written before the provider is called: a crash in between is UNKNOWN,
and UNKNOWN is looked up before anything is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Engine, select, update

from adapters import circuit, sql_attempts
from adapters.database import patient, reading, writing
from adapters.not_reached import WHY, NotReached
from adapters.provider_codes import code_of
from adapters.sealing import Sealer
from adapters.sql_attempts import Held, Step
from adapters.sql_causes import Verdict
from adapters.sql_code_texts import blot
from adapters.sql_letters import due_again, insert_once
from models.errors import FAULTS, Fault, TanfangFault
from models.letters import TextClass
from models.tables import DigestRow, SendReceipt, table_of
from models.texts import SendOrder, SendOutcome
from models.values import Undelivered

DIGESTS, RECEIPTS = table_of(DigestRow), table_of(SendReceipt)
# A store restored from before this text was written: what it was to say is due there, and goes out in another.
UNWRITTEN = SendOutcome(status="cancelled", why="not in this store")
LOST = ("failed", "undelivered")
# A digest in one of these has its answer already.
ENDED = {
    "accepted": "accepted", "delivered": "accepted", "undelivered": "accepted", "expired": "expired",
    "cancelled": "cancelled", "failed": "failed",
}  # fmt: skip
OF_THE_NUMBER = (Fault.BAD_NUMBER, Fault.RECIPIENT_OPTED_OUT)  # said of who it is; of the text, the receipt's own word
MOST_UNKNOWN = 2  # sends whose fate nobody knows, before a person calls
REFUSALS = 2  # refusals of an urgent text before a person calls meanwhile; of what nobody heard the end of, none


class Outgoing(NamedTuple):
    """One text as a provider is given it. `client_ref` is our reference, `at` when it is handed over (looked up: was).

    `text` is the whole text with its signature; `template` and `params` are what it was made from
    (`decisions.wording`), for a provider that is given no words: it asks whose county's ids go with `recipient_id`.
    Without params: built before they were kept.
    """

    client_ref: str
    phone: str
    text: str
    template: str
    at: datetime
    params: Mapping[str, str] = MappingProxyType({})
    recipient_id: str | None = None


class Provider(Protocol):
    """One SMS provider. `send` answers its message id or raises TanfangFault; `look_up` finds a text sent, or None.

    Whether it was sent is not known: `send` raises SEND_UNKNOWN. `what` of a fault is kept with the attempt.
    """

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
        judge: Callable[[str, datetime], Verdict] = lambda _digest, _now: Verdict("now"),
        next_workday: Callable[[datetime, str], datetime] = lambda at, _recipient: at + timedelta(days=1),
        home: str | None = None,
    ) -> None:
        """`judge(digest id, now)`: may it go, or has the cause of one of its lines gone.

        `next_workday(at, recipient id)`: the slot of the workday after it. `home`: the county that is told of what
        concerns a phone nobody knows, or the account with the provider.
        """
        self._home = home
        self._judge = judge
        self._next_workday = next_workday
        self._engine = engine
        self._sealer = sealer
        self._provider = provider
        self._now = now

    def send(self, order: SendOrder) -> SendOutcome:
        held = self._held(order)
        if held is None:
            return UNWRITTEN
        if held.digest.state in ENDED:
            return _outcome(ENDED[held.digest.state])
        if held.unresolved:
            return self.settle(order)  # we died between calling the provider and hearing from it
        now = self._now()
        return self._kept_back(order, held, now) or self._call(order, held, now)

    def settle(self, order: SendOrder) -> SendOutcome:
        """Did the provider get it? Look it up; not there: send once more."""
        held = self._held(order)
        if held is None:
            return UNWRITTEN
        if held.digest.state in ENDED:  # its receipt came, or its look-up was not heard of
            return _outcome(ENDED[held.digest.state])
        if held.shut:
            return self._not_now(order, held, Fault.PROVIDER_SHUT)
        if held.phone is not None and held.tried_at is not None:
            try:
                found = self._provider.look_up(self._outgoing(held, held.phone, held.tried_at))
            except TanfangFault as fault:
                return self._not_now(order, held, fault.fault)
            if found is not None:
                return self._accepted(order, found, nth=1)
        now = self._now()
        if (kept_back := self._kept_back(order, held, now)) is not None:
            return kept_back
        if held.unresolved >= MOST_UNKNOWN:
            return self._end(order, "failed", Undelivered.UNKNOWN)
        return self._call(order, held, now)

    def _held(self, order: SendOrder) -> Held | None:
        with reading(self._engine) as connection:
            return sql_attempts.held(connection, self._sealer, self._provider.name, order.digest_id)

    def _kept_back(self, order: SendOrder, held: Held, now: datetime) -> SendOutcome | None:
        """What keeps a text from being sent at that moment; None: nothing does."""
        if held.is_late(now):
            return self._end(order, "expired", _too_late(held))
        if held.phone is None:
            return self._end(order, "failed", Undelivered.UNKNOWN if held.unresolved else Undelivered.NO_NUMBER)
        verdict = self._judge(order.digest_id, now)
        if verdict.word == "later":
            return SendOutcome(status="retry", why="quiet hours")
        if verdict.word == "cancelled" and not (verdict.living and held.unresolved >= MOST_UNKNOWN):
            return self._cancel(order, verdict.living)
        return self._not_now(order, held, Fault.PROVIDER_SHUT) if held.shut else None

    def _outgoing(self, held: Held, phone: str, at: datetime) -> Outgoing:
        digest, opened = held.digest, self._sealer.open
        params: dict[str, str] = json.loads(opened(digest.params_enc)) if digest.params_enc else {}
        return Outgoing(
            digest.id, phone, opened(digest.body_enc), digest.template, at, params, recipient_id=digest.recipient_id
        )

    def _call(self, order: SendOrder, held: Held, decided_at: datetime) -> SendOutcome:
        """A store that keeps us waiting must not make it late: it is handed over within its time or not at all."""
        assert held.phone is not None
        nth = held.tries + 1
        self._add(self._step(order.digest_id, nth, "intent")._replace(at=decided_at))
        now = self._now()
        if held.is_late(now):
            self._add(self._step(order.digest_id, nth, "withheld"))
            return self._end(order, "expired", _too_late(held))
        try:
            message_id = self._provider.send(self._outgoing(held, held.phone, now))
        except TanfangFault as fault:
            if fault.fault is Fault.SEND_UNKNOWN:  # its step stays `intent`
                if held.digest.text_class == TextClass.URGENT:
                    self._tell_a_person(order.digest_id, self._now(), shut=False, call=True)
                return SendOutcome(status="unknown", why=fault.fault.value)
            self._add(self._step(order.digest_id, nth, "refused", error=fault.what))
            if FAULTS[fault.fault].retry:
                return self._not_now(order, held, fault.fault)
            return self._end(order, "failed", WHY.get(fault.fault, Undelivered.OTHER), fault.fault)
        return self._accepted(order, message_id, nth)

    def _not_now(self, order: SendOrder, held: Held, fault: Fault) -> SendOutcome:
        """The provider is away, or does not know us: the text waits until its own time is over. Urgent: a call too."""
        now = self._now()
        if held.is_late(now):
            return self._end(order, "expired", _too_late(held))
        shut = fault is Fault.PROVIDER_SHUT
        waited = shut or held.unresolved > 0 or held.steps.count("refused") >= REFUSALS
        impatient = held.digest.text_class == TextClass.URGENT and waited
        if impatient or (shut and not held.shut):
            self._tell_a_person(order.digest_id, now, shut=shut, call=impatient)
        return SendOutcome(status="retry", why=fault.value)

    @patient
    def _tell_a_person(self, digest_id: str, now: datetime, *, shut: bool, call: bool) -> None:
        with writing(self._engine) as connection:
            if shut:
                circuit.shut(connection, self._sealer, self._provider.name, now, self._home)
            if call:
                self._lost(connection, digest_id, now).call(Undelivered.FAILED)

    @patient
    def _accepted(self, order: SendOrder, message_id: str, nth: int) -> SendOutcome:
        with writing(self._engine) as connection:
            self._took(connection, self._step(order.digest_id, nth, "accepted", message_id))
            early = connection.execute(select(RECEIPTS).where(RECEIPTS.c.provider_message_id == message_id)).all()
            for receipt in early:  # the provider's word may come before our own transaction
                self._apply_receipt(connection, order.digest_id, receipt.status, receipt.error, receipt.at)
        return SendOutcome(status="accepted")

    @patient
    def _end(self, order: SendOrder, state: str, why: Undelivered, fault: Fault | None = None) -> SendOutcome:
        """Not sent, and what follows from that."""
        now = self._now()
        with writing(self._engine) as connection:
            self._ended(connection, order.digest_id, state, why.value)
            self._lost(connection, order.digest_id, now).follow(fault, why)
        return _outcome(state, why.value)

    @patient
    def _cancel(self, order: SendOrder, living: tuple[str, ...]) -> SendOutcome:
        """What it would have said is not so any more: nobody needs to hear it. What still is goes in another text."""
        why = "its cause has gone"
        with writing(self._engine) as connection:
            self._ended(connection, order.digest_id, "cancelled", why)
            due_again(connection, order.digest_id, living)
        return SendOutcome(status="cancelled", why=why)

    def _ended(self, connection: Connection, digest_id: str, state: str, why: str) -> None:
        connection.execute(update(DIGESTS).where(DIGESTS.c.id == digest_id).values(state=state, why=why))
        blot(connection, self._sealer, digest_id)

    def _took(self, connection: Connection, step: Step) -> None:
        sql_attempts.took(connection, step)
        blot(connection, self._sealer, step.digest_id)

    def _lost(self, connection: Connection, digest_id: str, at: datetime) -> NotReached:
        digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == digest_id)).one()
        return NotReached(connection, self._sealer, digest, at, self._next_workday, self._home)

    @patient
    def _add(self, step: Step) -> None:
        with writing(self._engine) as connection:
            sql_attempts.add(connection, step)

    def _step(
        self, digest_id: str, nth: int, step: str, message_id: str | None = None, error: str | None = None
    ) -> Step:
        return Step(digest_id, nth, step, self._provider.name, self._now(), message_id, error)

    # --- receipts --------------------------------------------------------------------------------------------------

    @patient
    def receipt(
        self, message_id: str, status: str, error: str | None, at: datetime, client_ref: str | None = None
    ) -> str | None:
        """The provider's word, kept once. Answers the digest it is about; None while we have not heard ourselves.

        `client_ref`: our reference, where the provider says it back. So a receipt settles a send that is UNKNOWN.
        """
        with writing(self._engine) as connection:
            row = {"provider_message_id": message_id, "status": status, "error": error, "at": at}
            insert_once(connection, RECEIPTS, row)
            digest_id = sql_attempts.digest_of(connection, message_id)
            if digest_id is None and client_ref is not None:
                digest_id = self._took_after_all(connection, client_ref, message_id)
            if digest_id is not None:
                self._apply_receipt(connection, digest_id, status, error, at)
        return digest_id

    def _took_after_all(self, connection: Connection, client_ref: str, message_id: str) -> str | None:
        tried = sql_attempts.last_try(connection, client_ref)
        if tried is None:
            return None
        step = self._step(client_ref, tried.nth, "accepted", message_id)
        self._took(connection, step._replace(provider=tried.provider))
        return client_ref

    def _apply_receipt(
        self, connection: Connection, digest_id: str, status: str, error: str | None, at: datetime
    ) -> None:
        """Delivered is final; failed and undelivered are told on; any other word (sent, queued) changes nothing."""
        own = DIGESTS.c.id == digest_id
        if status == "delivered":
            connection.execute(update(DIGESTS).where(own).values(state="delivered", delivered_at=at))
        elif status in LOST:
            moved = connection.execute(
                update(DIGESTS).where(own, DIGESTS.c.state != "delivered").values(state="undelivered", why=error)
            )
            if moved.rowcount:
                self._follow_receipt(connection, digest_id, status, error, at)

    def _follow_receipt(
        self, connection: Connection, digest_id: str, status: str, error: str | None, at: datetime
    ) -> None:
        """By the same table as the answer to a send."""
        tried = sql_attempts.last_try(connection, digest_id)
        provider = tried.provider if tried is not None else self._provider.name
        code = code_of(provider, error)
        fault = code.fault if code is not None else None
        if fault is Fault.PROVIDER_SHUT:
            circuit.shut(connection, self._sealer, provider, at, self._home)
        why = WHY[fault] if fault is not None and fault in OF_THE_NUMBER else Undelivered(status)
        self._lost(connection, digest_id, at).follow(fault, why)


def _too_late(held: Held) -> Undelivered:
    return Undelivered.PERHAPS_TOO_LATE if held.unresolved else Undelivered.TOO_LATE


def _outcome(state: str, why: str | None = None) -> SendOutcome:
    return SendOutcome.model_validate({"status": state, "why": why})
