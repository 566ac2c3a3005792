"""Who tried to sign in, or a code of a visit, and how long they wait, by SQL in the caller's transaction.

A try is written as begun before anything is compared, so that a hundred at once are a hundred; what was right is
written after it. While one waits nothing is compared and nothing written.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from adapters.sealing import Sealer
from decisions.accounts import (
    LOOK_BACK,
    MOST_WAIT,
    OF_ADDRESS,
    OF_CODES,
    OF_LOGIN,
    Throttle,
    Try,
    client_of,
    errors,
    waits_until,
)
from models.accounts import Outcome, TurnedAway, Why
from models.tables import SignInTry, table_of

TRIES = table_of(SignInTry)


class Attempt(NamedTuple):
    id: str
    login_index: str
    address_index: str


class Door(NamedTuple):
    """What is tried there: the kind of what is typed, and after how many errors one waits."""

    kind: str
    of_login: Throttle


SIGN_IN, VISIT_CODES = Door("sign_in", OF_LOGIN), Door("visit_code", OF_CODES)


def address_index(sealer: Sealer, client: str, door: Door = SIGN_IN) -> str:
    return sealer.index(f"{door.kind}_address", client_of(client))


def attempt_of(sealer: Sealer, login: str, client: str, door: Door = SIGN_IN) -> Attempt:
    """`login`: what was typed, with a word before it for its kind; `client`: the address it came from."""
    login_index = sealer.index(f"{door.kind}_login", login)
    return Attempt(uuid.uuid4().hex, login_index, address_index(sealer, client, door))


def begin(
    connection: Connection, sealer: Sealer, login: str, client: str, now: datetime, door: Door = SIGN_IN
) -> Attempt | TurnedAway:
    """The try, written down as begun; or that one must wait."""
    attempt = attempt_of(sealer, login, client, door)
    waits = [
        waits_until(errors(_tries(connection, column, value, now), forgiven=forgiven), throttle)
        for column, value, forgiven, throttle in (
            ("login_index", attempt.login_index, True, door.of_login),
            ("address_index", attempt.address_index, False, OF_ADDRESS),
        )
    ]
    until = max((one for one in waits if one is not None), default=now)
    if now < until <= now + MOST_WAIT:  # beyond it somebody's clock was wrong
        return TurnedAway(why=Why.WAIT, until=until)
    end(connection, attempt, Outcome.TRIED, now)
    return attempt


def end(connection: Connection, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    connection.execute(
        insert(TRIES).values(
            attempt=attempt.id, login_index=attempt.login_index, address_index=attempt.address_index, at=now,
            outcome=outcome.value,
        )
    )  # fmt: skip


def _tries(connection: Connection, column: str, value: str, now: datetime) -> list[Try]:
    query = select(TRIES).where(TRIES.c[column] == value, TRIES.c.at > now - LOOK_BACK).order_by(TRIES.c.id)
    return [Try(row.attempt, row.at, Outcome(row.outcome)) for row in connection.execute(query)]
