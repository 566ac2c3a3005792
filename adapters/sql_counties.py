"""A county's months begin when a pack is in force there: the letter that starts them, once for each county."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime

from sqlalchemy import Connection, Engine, update

from adapters.database import patient, writing
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from adapters.sql_policies import InForce, covers_none
from models.ids import county_area, county_stream
from models.letters import StartCounty
from models.tables import LetterRow, table_of

LETTERS = table_of(LetterRow)


class SqlCounties:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        civil_day: Callable[[datetime], date],
        covers: Callable[[str], Collection[str]] = covers_none,
    ) -> None:
        """`covers(pack content)`: as for `sql_policies.InForce`."""
        self._engine = engine
        self._sealer = sealer
        self._civil_day = civil_day
        self._in_force = InForce(covers)

    @patient
    def begin(self, now: datetime, *, again: bool = False) -> int:
        """Every county that has a pack in force by now. Answers how many are new; twice is once.

        `again`: those that were started before, too, should the engine have lost them; one that runs is left as it is.
        """
        with writing(self._engine) as connection:
            if again:
                own = (LETTERS.c.kind == "start_county", LETTERS.c.state == "delivered")
                due = dict(state="due", send_not_before=now, settled_at=None, next_try_at=None, tries=0)
                connection.execute(update(LETTERS).where(*own).values(due))
            return self.begin_by(connection, now)

    def begin_by(self, connection: Connection, now: datetime) -> int:
        counties = self._in_force.of_each(connection, self._civil_day(now))
        return sum(self._started(connection, county_area(county), now) for county in sorted(counties))

    def _started(self, connection: Connection, county: str, now: datetime) -> bool:
        letter = StartCounty(workflow_id=county_stream(county), county_id=county)
        return insert_letter(connection, self._sealer, f"start-{county}", letter, now)
