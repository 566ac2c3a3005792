"""Signing in with a password and a second factor, and one's own sessions, by SQL.

Every method is given the hour. Those with a token answer by what its session may do: before it is whole, its next step
only. Hashing is slow on purpose, so it is done outside transactions, a few at a time; the transaction after it sees to
it that what was compared is still so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from adapters import second_factor, sql_sessions, sql_tries
from adapters.database import patient, reading, writing
from adapters.passwords import Passwords
from adapters.sealing import Sealer
from adapters.sql_people import changed
from adapters.sql_sessions import ACCOUNTS, SESSIONS
from adapters.sql_tries import Attempt
from decisions.accounts import RECOVERY_CODES, SEEN_EVERY, flaw, next_step
from models.accounts import Enrolled, Enrolment, How, Outcome, Session, SignedIn, Step, TurnedAway, Why
from models.tables import AccountRecovery, Staff, table_of
from models.values import Actor, ActorKind

STAFF, RECOVERY = table_of(Staff), table_of(AccountRecovery)
AN_ID = re.compile(r"[A-Za-z0-9._:/#+-]{1,120}")  # as models.values.Id
NOBODY = "?"  # for all that is typed and could be nobody's id
WRONG, OVER, NOT_NOW = TurnedAway(why=Why.WRONG), TurnedAway(why=Why.OVER), TurnedAway(why=Why.NOT_NOW)


class _Changing(NamedTuple):
    """Whose password is to change: `own`, what others know of them."""

    session: Session
    held: str
    own: tuple[str, ...]


class SqlAccounts:
    def __init__(self, engine: Engine, sealer: Sealer, passwords: Passwords) -> None:
        self._engine = engine
        self._sealer = sealer
        self._passwords = passwords

    # --- signing in ------------------------------------------------------------------------------------------------

    def sign_in(self, staff_id: str, password: str, client: str, now: datetime) -> SignedIn | TurnedAway:
        """`client`: the address it comes from. A wrong id and a wrong password are answered alike, in the same time."""
        login = typed if AN_ID.fullmatch(typed := staff_id.strip()) else NOBODY
        attempt = self._begin(login, client, now)
        if isinstance(attempt, TurnedAway):
            return attempt
        held = self._password_of(login)
        fits, anew = self._passwords.fits(password, held)
        return self._let_in(login, held, anew, attempt, now) if fits else WRONG

    @patient
    def second_factor(self, token: str, code: str, client: str, now: datetime) -> SignedIn | TurnedAway:
        """Six digits of the authenticator, or one of the recovery codes: each of them once."""
        with writing(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is None or session.step is not Step.NEEDS_TOTP:
                return OVER if session is None else NOT_NOW
            attempt = self._begun(connection, session.staff_id, client, now)
            if isinstance(attempt, TurnedAway):
                return attempt
            if not (self._takes_digits(connection, session.staff_id, code, now) or self._takes_recovery(
                connection, session.staff_id, code, now
            )):  # fmt: skip
                return WRONG
            return self._moved_on(connection, session, Step.FULL, attempt, now)

    def change_password(
        self, token: str, old: str, new: str, client: str, now: datetime
    ) -> SignedIn | TurnedAway:  # fmt: skip
        """Ends every other session of theirs. Where it must change `old` is not asked for: it was typed just now."""
        asked = self._changing(token, now)
        if isinstance(asked, TurnedAway):
            return asked
        if (why := flaw(new, asked.own)) is not None:
            return TurnedAway(why=why)
        attempt = self._begin(asked.session.staff_id, client, now)
        if isinstance(attempt, TurnedAway):
            return attempt
        if asked.session.step is Step.FULL and not self._passwords.fits(old, asked.held)[0]:
            return WRONG
        if self._passwords.fits(new, asked.held)[0]:
            return self._not_new(attempt, now)
        return self._changed(asked, self._passwords.made(new), attempt, now)

    # --- the second factor ------------------------------------------------------------------------------------------

    @patient
    def enrol(self, token: str, now: datetime) -> Enrolment | TurnedAway:
        """A secret, shown once: it counts when `confirm_enrolment` has been given a code of it."""
        with writing(self._engine) as connection:
            session = self._enrolling(connection, token, now)
            if isinstance(session, TurnedAway):
                return session
            secret = second_factor.new_secret()
            _set(connection, session.staff_id, totp_pending_enc=self._sealer.seal(secret))
        uri = second_factor.uri_of(secret, session.staff_id)
        return Enrolment(secret=SecretStr(secret), uri=SecretStr(uri))

    @patient
    def confirm_enrolment(self, token: str, code: str, client: str, now: datetime) -> Enrolled | TurnedAway:
        """With the recovery codes, shown once. A wrong code may be tried again: the secret is on the same screen."""
        with writing(self._engine) as connection:
            session = self._enrolling(connection, token, now)
            if isinstance(session, TurnedAway):
                return session
            pending = _account(connection, session.staff_id).totp_pending_enc
            if pending is None:
                return NOT_NOW
            step = second_factor.step_of(self._sealer.open(pending), code.strip(), now, None)
            if step is None:
                return WRONG
            _set(connection, session.staff_id, totp_enc=pending, totp_pending_enc=None, totp_step=step)
            codes = self._new_recovery_codes(connection, session.staff_id)
            self._noted(connection, session.staff_id, "second_factor", now)
            moved = self._moved_on(connection, session, Step.FULL, self._attempt(session.staff_id, client), now)
        return Enrolled(signed_in=moved, recovery_codes=codes)

    # --- sessions ---------------------------------------------------------------------------------------------------

    def session_of(self, token: str, now: datetime) -> Session | None:
        """Whose token it is and how far they have got. None: it never was one, or has ended in any way."""
        with reading(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
        if session is not None and now - session.seen_at >= SEEN_EVERY:
            self._seen(session.id, now)
            return session.model_copy(update={"seen_at": now})
        return session

    def own_sessions(self, token: str, now: datetime) -> tuple[Session, ...]:
        """All that this person has open, the latest first; of a session that is not whole, none."""
        with reading(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is None or session.step is not Step.FULL:
                return ()
            return sql_sessions.living_of(connection, session.staff_id, now)

    @patient
    def sign_out(self, token: str, now: datetime) -> None:
        with writing(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is not None:
                sql_sessions.revoke(connection, now, SESSIONS.c.token_hash == session.id)

    @patient
    def revoke(self, token: str, session_id: str, now: datetime) -> bool:
        """Ends one of one's own. False: there is none of this id."""
        with writing(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is None or session.step is not Step.FULL:
                return False
            one = (SESSIONS.c.token_hash == session_id, SESSIONS.c.staff_id == session.staff_id)
            return sql_sessions.revoke(connection, now, *one) == 1

    @patient
    def revoke_others(self, token: str, now: datetime) -> int:
        """Ends all of one's own but this. Answers how many."""
        with writing(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is None or session.step is not Step.FULL:
                return 0
            return _revoke_others(connection, session, now)

    # --- steps -----------------------------------------------------------------------------------------------------

    @patient
    def _begin(self, staff_id: str, client: str, now: datetime) -> Attempt | TurnedAway:
        with writing(self._engine) as connection:
            return self._begun(connection, staff_id, client, now)

    def _begun(self, connection: Connection, staff_id: str, client: str, now: datetime) -> Attempt | TurnedAway:
        return sql_tries.begin(connection, self._sealer, f"staff/{staff_id}", client, now)

    def _password_of(self, staff_id: str) -> str | None:
        able = (ACCOUNTS.c.staff_id == staff_id, ACCOUNTS.c.disabled_at.is_(None))
        with reading(self._engine) as connection:
            return connection.execute(select(ACCOUNTS.c.password_hash).where(*able)).scalar()

    @patient
    def _let_in(
        self, staff_id: str, held: str | None, anew: str | None, attempt: Attempt, now: datetime
    ) -> SignedIn | TurnedAway:
        with writing(self._engine) as connection:
            account = _account(connection, staff_id)
            if account.disabled_at is not None or account.password_hash != held:
                return WRONG
            if anew is not None:
                _set(connection, staff_id, password_hash=anew)
            roles = sql_sessions.roles_of(connection, staff_id)
            step = next_step(roles, must_change=account.must_change, enrolled=account.totp_enc is not None)
            sql_tries.end(connection, attempt, Outcome.IN if step is Step.FULL else Outcome.RIGHT, now)
            return sql_sessions.opened(connection, staff_id, step, How.PASSWORD, now)

    def _moved_on(
        self, connection: Connection, session: Session, step: Step, attempt: Attempt, now: datetime
    ) -> SignedIn:
        sql_tries.end(connection, attempt, Outcome.IN if step is Step.FULL else Outcome.RIGHT, now)
        return sql_sessions.moved_on(connection, session, step, now)

    def _attempt(self, staff_id: str, client: str) -> Attempt:
        return sql_tries.attempt_of(self._sealer, f"staff/{staff_id}", client)

    def _changing(self, token: str, now: datetime) -> _Changing | TurnedAway:
        with reading(self._engine) as connection:
            session = sql_sessions.found(connection, token, now)
            if session is None:
                return OVER
            account = _account_or_none(connection, session.staff_id)
            if session.step not in (Step.FULL, Step.MUST_CHANGE) or account is None or account.password_hash is None:
                return NOT_NOW
            person = connection.execute(select(STAFF).where(STAFF.c.id == session.staff_id)).one()
        name, phone = self._sealer.open(person.name_enc), self._sealer.open(person.phone_enc)
        return _Changing(session, account.password_hash, (session.staff_id, name, phone.removeprefix("+86")))

    @patient
    def _not_new(self, attempt: Attempt, now: datetime) -> TurnedAway:
        with writing(self._engine) as connection:
            sql_tries.end(connection, attempt, Outcome.RIGHT, now)
        return TurnedAway(why=Why.SAME_AGAIN)

    @patient
    def _changed(self, asked: _Changing, hash_: str, attempt: Attempt, now: datetime) -> SignedIn | TurnedAway:
        session, staff_id = asked.session, asked.session.staff_id
        with writing(self._engine) as connection:
            account = _account(connection, staff_id)
            if account.password_hash != asked.held or not sql_sessions.is_open(connection, session, now):
                return OVER
            _set(connection, staff_id, password_hash=hash_, must_change=False)
            self._noted(connection, staff_id, "password", now)
            _revoke_others(connection, session, now)
            step = session.step
            if step is Step.MUST_CHANGE:
                roles = sql_sessions.roles_of(connection, staff_id)
                step = next_step(roles, must_change=False, enrolled=account.totp_enc is not None)
            return self._moved_on(connection, session, step, attempt, now)

    def _enrolling(self, connection: Connection, token: str, now: datetime) -> Session | TurnedAway:
        """Who may have a second factor made: who must, and who has a password and none yet."""
        session = sql_sessions.found(connection, token, now)
        if session is None:
            return OVER
        may = session.step is Step.ENROL_TOTP or (session.step is Step.FULL and session.how is How.PASSWORD)
        account = _account_or_none(connection, session.staff_id)
        return session if may and account is not None and account.totp_enc is None else NOT_NOW

    def _takes_digits(self, connection: Connection, staff_id: str, code: str, now: datetime) -> bool:
        account = _account(connection, staff_id)
        if account.totp_enc is None:
            return False
        digits = "".join(code.split())
        step = second_factor.step_of(self._sealer.open(account.totp_enc), digits, now, account.totp_step)
        if step is not None:
            _set(connection, staff_id, totp_step=step)
        return step is not None

    def _takes_recovery(self, connection: Connection, staff_id: str, code: str, now: datetime) -> bool:
        mine = (RECOVERY.c.staff_id == staff_id, RECOVERY.c.code_hash == self._recovery_hash(staff_id, code))
        unused = update(RECOVERY).where(*mine, RECOVERY.c.used_at.is_(None)).values(used_at=now)
        return connection.execute(unused).rowcount == 1

    def _new_recovery_codes(self, connection: Connection, staff_id: str) -> tuple[SecretStr, ...]:
        codes: Sequence[str] = [second_factor.new_words(2, of=5) for _ in range(RECOVERY_CODES)]
        connection.execute(delete(RECOVERY).where(RECOVERY.c.staff_id == staff_id))
        rows = [{"staff_id": staff_id, "code_hash": self._recovery_hash(staff_id, code)} for code in codes]
        connection.execute(insert(RECOVERY), rows)
        return tuple(SecretStr(code) for code in codes)

    def _recovery_hash(self, staff_id: str, code: str) -> str:
        return self._sealer.index("recovery_code", f"{staff_id}/{second_factor.plain_words(code)}")

    def _noted(self, connection: Connection, staff_id: str, what: str, now: datetime) -> None:
        by = Actor(id=staff_id, kind=ActorKind.STAFF)
        changed(connection, self._sealer, staff_id, f"account.{what}", None, None, by, now)

    @patient
    def _seen(self, session_id: str, now: datetime) -> None:
        with writing(self._engine) as connection:
            sql_sessions.seen(connection, session_id, now)


def _account_or_none(connection: Connection, staff_id: str) -> Row[Any] | None:
    return connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.staff_id == staff_id)).one_or_none()


def _account(connection: Connection, staff_id: str) -> Row[Any]:
    return connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.staff_id == staff_id)).one()


def _set(connection: Connection, staff_id: str, **values: Any) -> None:
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.staff_id == staff_id).values(**values))


def _revoke_others(connection: Connection, session: Session, now: datetime) -> int:
    others = (SESSIONS.c.staff_id == session.staff_id, SESSIONS.c.token_hash != session.id)
    return sql_sessions.revoke(connection, now, *others)
