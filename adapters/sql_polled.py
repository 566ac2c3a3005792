"""Up to when a provider was asked for what it could not hand to us. Fulfils `post.ports.PolledStore`, by SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select, update

from adapters import circuit
from adapters.database import patient, reading, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_once
from models.tables import PollBack, table_of

POLLED = table_of(PollBack)


class SqlPolled:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def polled_until(self, provider: str) -> datetime | None:
        with reading(self._engine) as connection:
            query = select(POLLED.c.polled_until).where(POLLED.c.provider == provider)
            return connection.execute(query).scalar()

    @patient
    def polled(self, provider: str, at: datetime) -> None:
        """Two workers may poll at once: the later time stands."""
        with writing(self._engine) as connection:
            if not insert_once(connection, POLLED, {"provider": provider, "polled_until": at}):
                earlier = (POLLED.c.provider == provider, POLLED.c.polled_until < at)
                connection.execute(update(POLLED).where(*earlier).values(polled_until=at))

    @patient
    def shut(self, provider: str, at: datetime) -> None:
        with writing(self._engine) as connection:
            circuit.shut(connection, self._sealer, provider, at)

    def answered(self, provider: str, at: datetime) -> bool:
        return circuit.answered(self._engine, provider, at)
