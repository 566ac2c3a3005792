"""One-time links into the console, for whoever holds the store and its key: the demo prints them. By SQL.

A link is a session that nobody has opened yet. Opening it gives the session another token, so the link opens once.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import Engine, update

from adapters import sql_sessions
from adapters.database import patient, writing
from adapters.sql_sessions import SESSIONS
from decisions.accounts import IDLE, LONGEST
from models.accounts import How, SignedIn, Step, TurnedAway, Why


class SqlSignInLinks:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @patient
    def make(self, staff_id: str, now: datetime) -> SecretStr:
        """What the link of this staff member carries; it waits as long as a session may last."""
        with writing(self._engine) as connection:
            made = sql_sessions.opened(connection, staff_id, Step.FULL, How.LINK, now)
            own = SESSIONS.c.token_hash == made.session.id
            connection.execute(update(SESSIONS).where(own).values(seen_at=now + LONGEST - IDLE))
        return made.token

    @patient
    def open(self, token: str, now: datetime) -> SignedIn | TurnedAway:
        with writing(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is None or session.how is not How.LINK:
                return TurnedAway(why=Why.OVER)
            return sql_sessions.moved_on(connection, session, Step.FULL, now)
