"""Sessions by SQL in the caller's transaction: opened, found by their token, moved on, ended.

A token is 256 random bits, so its plain hash is enough: nobody finds one by trying.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from decisions.accounts import IDLE, LONGEST, Proof, proof_asked
from models.accounts import How, Session, SignedIn, Step
from models.tables import Account, Post, SessionRow, table_of
from models.values import Role

ACCOUNTS, SESSIONS, POSTS = table_of(Account), table_of(SessionRow), table_of(Post)
TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def opened(connection: Connection, staff_id: str, step: Step, how: How, now: datetime) -> SignedIn:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row: dict[str, Any] = {
        "token_hash": _hash(token), "staff_id": staff_id, "step": step.value, "how": how.value, "made_at": now,
        "seen_at": now, "ends_at": now + LONGEST,
    }  # fmt: skip
    connection.execute(insert(SESSIONS).values(row))
    return SignedIn(token=SecretStr(token), session=_session(**row))


def found(connection: Connection, token: str, now: datetime) -> Session | None:
    """Whose token this is. None: nobody's any more, by whatever ended it.

    Whole sessions of who must show more by now, because of a post they have come to hold, are over too.
    """
    if TOKEN.fullmatch(token) is None:
        return None
    query = (
        select(SESSIONS, ACCOUNTS.c.totp_enc)
        .outerjoin(ACCOUNTS, ACCOUNTS.c.staff_id == SESSIONS.c.staff_id)
        .where(SESSIONS.c.token_hash == _hash(token), ACCOUNTS.c.disabled_at.is_(None), *_living(now))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    shown_less = row.how == How.PHONE_CODE or (row.totp_enc is None and row.how not in (How.LINK, How.OIDC))
    if row.step == Step.FULL and shown_less and proof_asked(roles_of(connection, row.staff_id)) is Proof.TWO_FACTORS:
        return None
    return _of(row)


def moved_on(connection: Connection, session: Session, step: Step, now: datetime) -> SignedIn:
    """A session that is open, at another step and under another token: the one before opens nothing any more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    new = {"token_hash": _hash(token), "step": step.value, "seen_at": now}
    connection.execute(update(SESSIONS).where(SESSIONS.c.token_hash == session.id).values(new))
    moved = session.model_copy(update={"id": _hash(token), "step": step, "seen_at": now})
    return SignedIn(token=SecretStr(token), session=moved)


def is_open(connection: Connection, session: Session, now: datetime) -> bool:
    """Whether it has neither ended nor moved on since it was found."""
    own = (SESSIONS.c.token_hash == session.id, *_living(now))
    return connection.execute(select(SESSIONS.c.token_hash).where(*own)).first() is not None


def seen(connection: Connection, session_id: str, now: datetime) -> None:
    own = (SESSIONS.c.token_hash == session_id, SESSIONS.c.seen_at < now)
    connection.execute(update(SESSIONS).where(*own).values(seen_at=now))


def living_of(connection: Connection, staff_id: str, now: datetime) -> tuple[Session, ...]:
    """The latest first."""
    query = select(SESSIONS).where(SESSIONS.c.staff_id == staff_id, *_living(now))
    return tuple(_of(row) for row in connection.execute(query.order_by(SESSIONS.c.made_at.desc())))


def revoke(connection: Connection, now: datetime, *which: ColumnElement[bool]) -> int:
    """Those of these that have not ended. Answers how many."""
    mine = (*which, *_living(now))
    return connection.execute(update(SESSIONS).where(*mine).values(revoked_at=now)).rowcount


def roles_of(connection: Connection, staff_id: str) -> set[Role]:
    """Of every post they hold or are deputy of, whether or not the holder is away today."""
    theirs = or_(POSTS.c.holder_id == staff_id, POSTS.c.deputy_id == staff_id)
    return {Role(role) for role in connection.execute(select(POSTS.c.role).where(theirs).distinct()).scalars()}


def _living(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return SESSIONS.c.revoked_at.is_(None), SESSIONS.c.ends_at > now, SESSIONS.c.seen_at > now - IDLE


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _of(row: Row[Any]) -> Session:
    return _session(row.token_hash, row.staff_id, row.step, row.how, row.made_at, row.seen_at, row.ends_at)


def _session(
    token_hash: str, staff_id: str, step: str, how: str, made_at: datetime, seen_at: datetime, ends_at: datetime
) -> Session:
    return Session(
        id=token_hash, staff_id=staff_id, step=Step(step), how=How(how), made_at=made_at, seen_at=seen_at,
        ends_at=ends_at,
    )  # fmt: skip
