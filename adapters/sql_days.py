"""What was entered for a day to come takes effect on that day: leave, renamed and merged villages, retired codes.

What a volunteer who died holds is handed on. And where a pack comes into force, the county's months begin.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, select

from adapters.database import patient, writing
from adapters.sealing import Sealer
from adapters.sql_areas import SqlAreas
from adapters.sql_away import entered_by, hand_on
from adapters.sql_codes import retire
from adapters.sql_counties import SqlCounties
from adapters.sql_letters import insert_letter
from adapters.sql_visitors import DIED
from decisions.deadlines import civil_day
from models.ids import case_stream
from models.letters import UpdateLetter
from models.messages import Reassign
from models.tables import LetterRow, VisitRow, Volunteer, VolunteerLeave, table_of
from models.values import ENGINE, Channel

LEAVE, VISITS = table_of(VolunteerLeave), table_of(VisitRow)
LETTERS, VOLUNTEERS = table_of(LetterRow), table_of(Volunteer)


EVERY = timedelta(minutes=10)
log = structlog.get_logger()


class SqlDays:
    def __init__(self, engine: Engine, sealer: Sealer, counties: SqlCounties | None = None) -> None:
        self._engine = engine
        self._sealer = sealer
        self._counties = counties
        self._areas = SqlAreas(engine, sealer)

    @patient
    def take_effect(self, now: datetime) -> int:
        """Whatever the day of `now` brings. Answers how much that was; again on the same day, nothing."""
        with writing(self._engine) as connection:
            done = self._areas.take_effect(connection, now)
            done += self._give_away(connection, now)
            done += self._of_the_dead(connection, now)
            done += hand_on(connection, self._sealer, now)
            done += self._counties.begin_by(connection, now) if self._counties else 0
            return done + retire(connection, now)

    def _give_away(self, connection: Connection, now: datetime) -> int:
        """Open visits of volunteers whose leave has begun: each case is asked once to find somebody else."""
        today = civil_day(now)
        query = (
            select(VISITS.c.id, VISITS.c.elder_id, LEAVE.c.volunteer_id, LEAVE.c.id, LEAVE.c.from_on, LEAVE.c.to_on)
            .join(LEAVE, LEAVE.c.volunteer_id == VISITS.c.volunteer_id)
            .where(VISITS.c.state == "open", LEAVE.c.from_on <= today, LEAVE.c.to_on >= today)
        )
        found = connection.execute(query.order_by(VISITS.c.id, LEAVE.c.id)).all()
        keys = {f"leave-{leave_id}-{visit_id}" for visit_id, _, _, leave_id, _, _ in found}
        known = set(connection.execute(select(LETTERS.c.id).where(LETTERS.c.id.in_(keys))).scalars())
        for visit_id, elder_id, volunteer_id, leave_id, from_on, to_on in found:
            key = f"leave-{leave_id}-{visit_id}"
            if key in known:
                continue
            who = entered_by(connection, self._sealer, volunteer_id, f"{from_on}/{to_on}")
            message = Reassign(
                key=key, actor=who, channel=Channel.CONSOLE,
                received_at=now, from_id=volunteer_id, reason="on_leave",
            )  # fmt: skip
            letter = UpdateLetter(workflow_id=case_stream(elder_id), elder_id=elder_id, message=message)
            insert_letter(connection, self._sealer, key, letter, now)
        return len(keys - known)

    def _of_the_dead(self, connection: Connection, now: datetime) -> int:
        """Open visits of volunteers who died, or are said to have: asked once a day, until somebody else has them."""
        query = (
            select(VISITS.c.id, VISITS.c.elder_id, VISITS.c.volunteer_id)
            .join(VOLUNTEERS, VOLUNTEERS.c.id == VISITS.c.volunteer_id)
            .where(VISITS.c.state == "open", DIED)
            .order_by(VISITS.c.id)
        )
        asked = 0
        for visit_id, elder_id, volunteer_id in connection.execute(query).all():
            key = f"dead-{civil_day(now)}-{visit_id}"
            message = Reassign(
                key=key, actor=ENGINE, channel=Channel.ENGINE, received_at=now, from_id=volunteer_id,
                visit_id=visit_id, reason="unreachable",
            )  # fmt: skip
            letter = UpdateLetter(workflow_id=case_stream(elder_id), elder_id=elder_id, message=message)
            asked += insert_letter(connection, self._sealer, key, letter, now)
        return asked


async def watch(days: SqlDays, now: Callable[[], datetime], wake: Callable[[], None], stop: asyncio.Event) -> None:
    """Now, and every ten minutes until `stop`; `wake` when something came of it. What fails is tried the next time."""
    while not stop.is_set():
        try:
            if done := await asyncio.to_thread(days.take_effect, now()):
                log.info("day_took_effect", count=done)
                wake()
        except Exception as error:  # noqa: BLE001 — the store is away, or one row is not as it should be: look again
            log.warning("day_waits", error=type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY.total_seconds())
