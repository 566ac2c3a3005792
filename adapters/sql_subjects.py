"""Who of the staff a person at the OpenID Connect provider is: bound by an administrator, never by signing in. By SQL.

Kept is a keyed index of what names them there, so that neither store nor log holds it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from adapters import sql_sessions
from adapters.database import patient, writing
from adapters.sealing import Sealer
from adapters.sql_people import changed, must
from adapters.sql_sessions import ACCOUNTS, SESSIONS
from models.accounts import How
from models.errors import Refusal
from models.tables import AccountSubject, Staff, table_of
from models.values import Actor

STAFF, SUBJECTS = table_of(Staff), table_of(AccountSubject)


class SqlSubjects:
    """`where`: issuer and claim; what is bound under another names nobody here."""

    def __init__(self, engine: Engine, sealer: Sealer, where: str) -> None:
        self._engine = engine
        self._sealer = sealer
        self._where = where

    def index(self, subject: str) -> str:
        return self._sealer.index("oidc_subject", f"{self._where} {subject}")

    @patient
    def bind(self, staff_id: str, subject: str, by: Actor, now: datetime) -> Refusal | None:
        """In place of what they were bound to. Who has no account gets one without a password. Raises NotFound."""
        if by.id == staff_id:
            return Refusal.OWN_ACCOUNT
        with writing(self._engine) as connection:
            must(connection, STAFF, staff_id)
            own = self.index(subject)
            held = connection.execute(select(SUBJECTS.c.staff_id).where(SUBJECTS.c.subject_index == own)).scalar()
            if held is not None and held != staff_id:
                return Refusal.SUBJECT_TAKEN
            if not connection.execute(select(ACCOUNTS.c.staff_id).where(ACCOUNTS.c.staff_id == staff_id)).first():
                row = {"staff_id": staff_id, "must_change": False, "made_at": now, "made_by": by.id}
                connection.execute(insert(ACCOUNTS).values(row))
            self._let_go(connection, staff_id, now)
            row = {"subject_index": own, "staff_id": staff_id, "bound_at": now, "bound_by": by.id}
            connection.execute(insert(SUBJECTS).values(row))
            changed(connection, self._sealer, staff_id, "account.bound", None, None, by, now)
        return None

    @patient
    def unbind(self, staff_id: str, by: Actor, now: datetime) -> Refusal | None:
        """Ends what was signed in so. Raises NotFound."""
        if by.id == staff_id:
            return Refusal.OWN_ACCOUNT
        with writing(self._engine) as connection:
            must(connection, STAFF, staff_id)
            if not self._let_go(connection, staff_id, now):
                return Refusal.NOT_BOUND
            changed(connection, self._sealer, staff_id, "account.unbound", None, None, by, now)
        return None

    def _let_go(self, connection: Connection, staff_id: str, now: datetime) -> bool:
        gone = connection.execute(delete(SUBJECTS).where(SUBJECTS.c.staff_id == staff_id)).rowcount
        sql_sessions.revoke(connection, now, SESSIONS.c.staff_id == staff_id, SESSIONS.c.how == How.OIDC.value)
        return gone > 0
