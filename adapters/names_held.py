"""Names of elders, opened once and kept while the process lives, so that a part of a name can be found.

The store has nothing that tells a part of a name: an index of characters, however keyed, would show how often each
occurs, and surnames are known by that. So a search looks through what this process holds in memory, and asks the store
only whose names have changed since. 100,000 names are some 20 MB, opened in a second or two on the first search.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, select

from adapters.database import reading
from adapters.sealing import Sealer
from models.tables import Elder, table_of

ELDERS = table_of(Elder)
OVERLAP = timedelta(minutes=10)  # longer than a transaction that writes names


class NamesHeld:
    def __init__(self, engine: Engine, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._now = now
        self._lock = Lock()
        self._names: dict[str, tuple[str, datetime]] = {}
        self._read_at: datetime | None = None

    def with_part(self, part: str) -> list[str]:
        """The ids of everybody in whose name it occurs, whatever their county, by id."""
        with self._lock:
            self._refresh()
            return sorted(id_ for id_, (name, _) in self._names.items() if part in name)

    def _refresh(self) -> None:
        query, now = select(ELDERS.c.id, ELDERS.c.name_enc, ELDERS.c.updated_at), self._now()
        if self._read_at is not None:
            query = query.where(ELDERS.c.updated_at >= self._read_at - OVERLAP)
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                held = self._names.get(row.id)
                if held is None or held[1] != row.updated_at:
                    self._names[row.id] = self._sealer.open(row.name_enc), row.updated_at
        self._read_at = now
