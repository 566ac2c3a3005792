"""Facts about elders as staff state them. Only added: what was known when stays readable.

A statement and the letter that tells the elder's benefits of it are one transaction: neither is kept without the other.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_desk import keep_at_counter
from adapters.sql_known import FACTS, VALUE, as_stated
from adapters.sql_letters import insert_once
from decisions.fact_sheet import Stated, last_stated, not_stated
from models.claims import FactSource
from models.facts import FactValue
from models.letters import UpdateLetter
from post.ports import Keep


class Kept(NamedTuple):
    """A statement as it is kept. `stated.value` None: it takes back what was stated. `document_note_id`: the paper."""

    id: str
    stated: Stated
    document_note_id: str | None
    stated_by: str
    stated_at: datetime


class SqlFacts:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    @patient
    def keep(
        self, stated: Stated, document_note_id: str | None, letter_id: str, letter: UpdateLetter, now: datetime
    ) -> None:
        """The statement and the letter that tells of it, both under one id; again, it is the same statement.

        Raises ValueError for what nobody states, or what is no value of the fact.
        """
        why = "" if stated.value is None else not_stated(stated.code, stated.value)
        if why:
            raise ValueError(f"{stated.code}: {why}")
        row = {
            "id": letter_id, "elder_id": letter.elder_id, "code": stated.code,
            "value_enc": self._sealer.seal(VALUE.dump_json(stated.value)), "source": stated.source.value,
            "document_note_id": document_note_id, "on": stated.on, "taken_back": stated.value is None,
            "stated_by": letter.message.actor.id, "stated_at": now,
        }  # fmt: skip
        so_far = select(func.count()).where(FACTS.c.elder_id == letter.elder_id)
        with writing(self._engine) as connection:
            insert_once(connection, FACTS, row | {"n": connection.execute(so_far).scalar_one() + 1})
            keep_at_counter(connection, self._sealer, letter_id, letter, now)

    def keeper(
        self, code: str, value: FactValue | None, source: FactSource, on: date, document_note_id: str | None
    ) -> Keep:
        """How the counter keeps a statement together with its letter. Raises ValueError as `keep` does, then."""
        return partial(self.keep, Stated(code, value, source, on), document_note_id)

    def holding(self, elder_id: str, on: date) -> dict[str, Stated]:
        """Of each fact what was stated of the latest day until then; what was taken back is among them."""
        return last_stated([one.stated for one in self.of(elder_id)], on)

    def of(self, elder_id: str) -> list[Kept]:
        """In the order they were stated."""
        query = select(FACTS).where(FACTS.c.elder_id == elder_id).order_by(FACTS.c.n)
        with reading(self._engine) as connection:
            return [
                Kept(row.id, as_stated(self._sealer, row), row.document_note_id, row.stated_by, row.stated_at)
                for row in connection.execute(query)
            ]
