"""The accounts of a county, as its administrators keep them: made, reset, disabled, listed. By SQL.

A password made here is told once, is not kept, and must be changed at once. Nobody deals with their own.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, insert, or_, select, update

from adapters import second_factor, sql_sessions
from adapters.database import patient, reading, writing
from adapters.passwords import Passwords
from adapters.sealing import Sealer
from adapters.sql_people import changed, must
from adapters.sql_sessions import ACCOUNTS, POSTS, SESSIONS
from decisions.accounts import Proof, proof_asked
from models.accounts import AccountLine, AccountState, OneTime
from models.errors import Refusal
from models.tables import AccountRecovery, AccountSubject, Area, Staff, table_of
from models.values import Actor, ActorKind, Role

AREAS, STAFF, RECOVERY = table_of(Area), table_of(Staff), table_of(AccountRecovery)
SUBJECTS = table_of(AccountSubject)
FOUNDER = Actor(id="first-start", kind=ActorKind.SYSTEM)
FIRST_NAME = "管理员"


class SqlAccountBook:
    def __init__(self, engine: Engine, sealer: Sealer, passwords: Passwords) -> None:
        self._engine = engine
        self._sealer = sealer
        self._passwords = passwords

    def first(self, county_id: str, now: datetime) -> OneTime | None:
        """An account for somebody who can make the others. None: such a one is there. Raises NotFound.

        For whoever holds the post of an administrator; where nobody does, or has one that is disabled, for a person
        made for it.
        """
        if self.has_keeper(county_id):
            return None
        password = _new_password()
        staff_id = self._made_first(county_id, self._passwords.made(password), now)
        return None if staff_id is None else OneTime(staff_id=staff_id, password=SecretStr(password))

    def has_keeper(self, county_id: str) -> bool:
        """Whether somebody who may make the others has one. Raises NotFound."""
        with reading(self._engine) as connection:
            must(connection, AREAS, county_id)
            return _has_keeper(connection, county_id)

    def make(self, staff_id: str, by: Actor, now: datetime) -> OneTime | Refusal:
        """Raises NotFound for nobody of the register."""
        return self._with_new_password(staff_id, by, now, is_there=False)

    def reset(self, staff_id: str, by: Actor, now: datetime) -> OneTime | Refusal:
        """A new password and no second factor, nor recovery codes; every session ends. Enables what was disabled."""
        return self._with_new_password(staff_id, by, now, is_there=True)

    @patient
    def disable(self, staff_id: str, by: Actor, now: datetime) -> Refusal | None:
        """Signs in by nothing any more, by no phone code either; every session ends. Twice is once."""
        if by.id == staff_id:
            return Refusal.OWN_ACCOUNT
        with writing(self._engine) as connection:
            must(connection, STAFF, staff_id)
            account = _account(connection, staff_id)
            if account is None:
                self._add(connection, staff_id, None, by, now)
            if account is None or account.disabled_at is None:
                _set(connection, staff_id, disabled_at=now)
                self._noted(connection, staff_id, "disabled", by, now)
            sql_sessions.revoke(connection, now, SESSIONS.c.staff_id == staff_id)
        return None

    def of_county(self, county_id: str, after: str = "", limit: int | None = None) -> list[AccountLine]:
        """The staff of the county, by id, with what account they have: so many from after one of them."""
        return self._lines(county_id, (STAFF.c.id > after,), limit)

    def line(self, staff_id: str) -> AccountLine | None:
        """One of them. None: nobody of this id."""
        with reading(self._engine) as connection:
            county = connection.execute(select(STAFF.c.county_id).where(STAFF.c.id == staff_id)).scalar()
        return next(iter(self._lines(county, (STAFF.c.id == staff_id,), 1)), None) if county else None

    def _lines(self, county_id: str, which: tuple[ColumnElement[bool], ...], limit: int | None) -> list[AccountLine]:
        last = select(func.max(SESSIONS.c.seen_at)).where(SESSIONS.c.staff_id == STAFF.c.id).scalar_subquery()
        query = select(STAFF.c.id, STAFF.c.name_enc, ACCOUNTS, last.label("seen_at"), SUBJECTS.c.bound_at)
        with reading(self._engine) as connection:
            rows = connection.execute(
                query.outerjoin(ACCOUNTS, ACCOUNTS.c.staff_id == STAFF.c.id)
                .outerjoin(SUBJECTS, SUBJECTS.c.staff_id == STAFF.c.id)
                .where(STAFF.c.county_id == county_id, *which)
                .order_by(STAFF.c.id)
                .limit(limit)
            ).all()
            roles = _roles_in(connection, county_id)
        return [
            AccountLine(
                staff_id=row.id, name=self._sealer.open(row.name_enc), roles=tuple(sorted(roles.get(row.id, ()))),
                state=_state(row, roles.get(row.id, set())), made_at=row.made_at, seen_at=row.seen_at,
                bound_at=row.bound_at,
            )
            for row in rows
        ]  # fmt: skip

    # --- steps -----------------------------------------------------------------------------------------------------

    def _with_new_password(self, staff_id: str, by: Actor, now: datetime, *, is_there: bool) -> OneTime | Refusal:
        if by.id == staff_id:
            return Refusal.OWN_ACCOUNT
        password = _new_password()
        refusal = self._kept(staff_id, self._passwords.made(password), by, now, is_there=is_there)
        return refusal or OneTime(staff_id=staff_id, password=SecretStr(password))

    @patient
    def _kept(self, staff_id: str, hash_: str, by: Actor, now: datetime, *, is_there: bool) -> Refusal | None:
        with writing(self._engine) as connection:
            must(connection, STAFF, staff_id)
            account = _account(connection, staff_id)
            if (account is not None) is not is_there:
                return Refusal.NO_ACCOUNT if is_there else Refusal.HAS_ACCOUNT
            if account is None:
                self._add(connection, staff_id, hash_, by, now)
                self._noted(connection, staff_id, "made", by, now)
                return None
            _set(
                connection, staff_id, password_hash=hash_, must_change=True, totp_enc=None, totp_pending_enc=None,
                totp_step=None, disabled_at=None,
            )  # fmt: skip
            connection.execute(delete(RECOVERY).where(RECOVERY.c.staff_id == staff_id))
            sql_sessions.revoke(connection, now, SESSIONS.c.staff_id == staff_id)
            self._noted(connection, staff_id, "reset", by, now)
        return None

    @patient
    def _made_first(self, county_id: str, hash_: str, now: datetime) -> str | None:
        with writing(self._engine) as connection:
            if _has_keeper(connection, county_id):
                return None
            without = (*_keeps(county_id), POSTS.c.holder_id.is_not(None), ACCOUNTS.c.staff_id.is_(None))
            query = select(POSTS.c.holder_id).outerjoin(ACCOUNTS, ACCOUNTS.c.staff_id == POSTS.c.holder_id)
            staff_id = connection.execute(query.where(*without).order_by(POSTS.c.id).limit(1)).scalar()
            if staff_id is None:
                staff_id = self._new_admin(connection, county_id, now)
            self._add(connection, staff_id, hash_, FOUNDER, now)
            self._noted(connection, staff_id, "made", FOUNDER, now)
        return staff_id

    def _new_admin(self, connection: Connection, county_id: str, now: datetime) -> str:
        """Somebody without a number, whom no text reaches; their post is no other's, so that no list takes it away."""
        staff_id = self._sealer.derive_id("S", f"{county_id}/{FOUNDER.id}/{uuid.uuid4().hex}")
        post_id = self._sealer.derive_id("P", f"{county_id}/{Role.ADMIN.value}/{staff_id}")
        seal = self._sealer.seal
        connection.execute(
            insert(STAFF).values(
                id=staff_id, county_id=county_id, name_enc=seal(FIRST_NAME), phone_enc=seal(""),
                phone_index=self._sealer.index("phone", staff_id),
            )
        )  # fmt: skip
        connection.execute(
            insert(POSTS).values(id=post_id, role=Role.ADMIN.value, area_id=county_id, holder_id=staff_id)
        )
        changed(connection, self._sealer, post_id, "holder_id", None, staff_id, FOUNDER, now)
        return staff_id

    def _add(self, connection: Connection, staff_id: str, hash_: str | None, by: Actor, now: datetime) -> None:
        row = {"staff_id": staff_id, "password_hash": hash_, "must_change": True, "made_at": now, "made_by": by.id}
        connection.execute(insert(ACCOUNTS).values(row))

    def _noted(self, connection: Connection, staff_id: str, what: str, by: Actor, now: datetime) -> None:
        changed(connection, self._sealer, staff_id, f"account.{what}", None, None, by, now)


def _new_password() -> str:
    return second_factor.new_words(4, of=4)


def _account(connection: Connection, staff_id: str) -> Row[Any] | None:
    return connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.staff_id == staff_id)).one_or_none()


def _set(connection: Connection, staff_id: str, **values: Any) -> None:
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.staff_id == staff_id).values(**values))


def _keeps(county_id: str) -> tuple[ColumnElement[bool], ...]:
    return POSTS.c.role == Role.ADMIN.value, POSTS.c.area_id == county_id


def _has_keeper(connection: Connection, county_id: str) -> bool:
    """Whether somebody who may keep accounts can sign in."""
    theirs = or_(POSTS.c.holder_id == ACCOUNTS.c.staff_id, POSTS.c.deputy_id == ACCOUNTS.c.staff_id)
    able = (ACCOUNTS.c.password_hash.is_not(None), ACCOUNTS.c.disabled_at.is_(None))
    query = select(ACCOUNTS.c.staff_id).join(POSTS, theirs).where(*_keeps(county_id), *able)
    return connection.execute(query.limit(1)).first() is not None


def _roles_in(connection: Connection, county_id: str) -> dict[str, set[Role]]:
    """By person, those of the posts they hold or are deputy of."""
    people = select(STAFF.c.id).where(STAFF.c.county_id == county_id)
    roles: dict[str, set[Role]] = {}
    for who in (POSTS.c.holder_id, POSTS.c.deputy_id):
        for staff_id, role in connection.execute(select(who, POSTS.c.role).where(who.in_(people))):
            roles.setdefault(staff_id, set()).add(Role(role))
    return roles


def _state(account: Row[Any], roles: set[Role]) -> AccountState:
    if account.made_at is None:
        return AccountState.NONE
    if account.disabled_at is not None:
        return AccountState.DISABLED
    if account.must_change:
        return AccountState.FIRST_PASSWORD
    needs = account.totp_enc is None and proof_asked(roles) is Proof.TWO_FACTORS
    return AccountState.NO_SECOND_FACTOR if needs else AccountState.READY
