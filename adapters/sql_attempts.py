"""What was tried with a text, step by step: `intent` before the provider is called, its answer after it. Only added to.

An `intent` without an answer is a call whose end nobody heard; one that is `withheld` was no call: its time was over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from adapters import circuit
from adapters.sealing import Sealer
from adapters.sql_recipients import number_of
from models.tables import DigestRow, SendAttempt, table_of

DIGESTS, ATTEMPTS = table_of(DigestRow), table_of(SendAttempt)
ANSWERS = ("refused", "accepted", "withheld")


class Step(NamedTuple):
    digest_id: str
    nth: int
    step: str
    provider: str
    at: datetime
    provider_message_id: str | None = None
    error: str | None = None


class Held(NamedTuple):
    """A text as it stands. `tried_at`: when the provider was first called. `shut`: texts are held back."""

    digest: Row[Any]
    steps: list[str]
    tried_at: datetime | None
    phone: str | None
    shut: bool

    @property
    def tries(self) -> int:
        return self.steps.count("intent")

    @property
    def unresolved(self) -> int:
        """Calls of the provider whose end nobody heard."""
        return self.tries - sum(step in ANSWERS for step in self.steps)

    def is_late(self, now: datetime) -> bool:
        return self.digest.send_by is not None and self.digest.send_by <= now


def held(connection: Connection, sealer: Sealer, provider: str, digest_id: str) -> Held | None:
    """None: the store has no such text."""
    digest = connection.execute(select(DIGESTS).where(DIGESTS.c.id == digest_id)).one_or_none()
    if digest is None:
        return None
    query = select(ATTEMPTS.c.step, ATTEMPTS.c.at).where(ATTEMPTS.c.digest_id == digest_id).order_by(ATTEMPTS.c.id)
    steps = connection.execute(query).all()
    return Held(
        digest=digest, steps=[row.step for row in steps], phone=number_of(connection, sealer, digest),
        tried_at=next((row.at for row in steps if row.step == "intent"), None),
        shut=circuit.is_open(connection, provider),
    )  # fmt: skip


def add(connection: Connection, step: Step) -> None:
    connection.execute(insert(ATTEMPTS).values(step._asdict()))


def took(connection: Connection, step: Step) -> None:
    """The provider has it, under this message id. Heard twice (from itself, from its receipt), it is written once."""
    same = (ATTEMPTS.c.digest_id == step.digest_id, ATTEMPTS.c.provider_message_id == step.provider_message_id)
    if connection.execute(select(ATTEMPTS.c.id).where(*same)).first() is None:
        add(connection, step)
    connection.execute(
        update(DIGESTS)
        .where(DIGESTS.c.id == step.digest_id, DIGESTS.c.state == "built")
        .values(state="accepted", accepted_at=step.at)
    )


def digest_of(connection: Connection, message_id: str) -> str | None:
    """Whose message this is, as far as we have heard."""
    query = select(ATTEMPTS.c.digest_id).where(ATTEMPTS.c.provider_message_id == message_id)
    return connection.execute(query).scalar()


def last_try(connection: Connection, digest_id: str) -> Row[Any] | None:
    """The last call of a provider for this text: its number and the provider's name."""
    query = select(ATTEMPTS).where(ATTEMPTS.c.digest_id == digest_id, ATTEMPTS.c.step == "intent")
    return connection.execute(query.order_by(ATTEMPTS.c.id.desc()).limit(1)).one_or_none()
