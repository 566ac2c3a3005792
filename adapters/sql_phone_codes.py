"""Signing in by a code sent to a phone: for those at village level, on the number the register has of them. By SQL.

A code is the phone's, so that two people on one phone get one. For a phone that is nobody's the same rows are written
and the same is answered; no text goes.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from adapters import sql_sessions, sql_tries
from adapters.database import patient, writing
from adapters.phones import mobile
from adapters.sealing import Sealer
from adapters.sql_letters import insert_letter
from adapters.sql_sessions import ACCOUNTS
from adapters.sql_tries import Attempt
from decisions.accounts import (
    ASKS_AN_HOUR,
    CODE_DIGITS,
    CODE_HOLDS,
    CODE_TRIES,
    CODES_AN_HOUR,
    Proof,
    proof_asked,
)
from models.accounts import Choose, How, Outcome, Person, SignedIn, Step, TurnedAway, Why
from models.letters import TextClass, TextLetter
from models.tables import LetterRow, PhoneCode, Staff, table_of
from models.templates import TemplateId

CODES, STAFF, LETTERS = table_of(PhoneCode), table_of(Staff), table_of(LetterRow)
HOUR = timedelta(hours=1)
WRONG, NO_NUMBER = TurnedAway(why=Why.WRONG), TurnedAway(why=Why.NO_NUMBER)


class SqlPhoneCodes:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def ask(self, phone: str, client: str, now: datetime) -> TurnedAway | None:
        """Sends a code if somebody may sign in by this phone. None: whoever asks hears no more than that."""
        number = mobile(phone)
        if number is None:
            return NO_NUMBER
        return self._asked(number, f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", client, now)

    @patient
    def sign_in(
        self, phone: str, code: str, client: str, now: datetime, staff_id: str | None = None
    ) -> SignedIn | Choose | TurnedAway:  # fmt: skip
        """By the newest code only, once. Several people on one phone: `Choose`, and the same again with `staff_id`."""
        number = mobile(phone)
        if number is None:
            return NO_NUMBER
        with writing(self._engine) as connection:
            attempt = sql_tries.begin(connection, self._sealer, f"phone/{number}", client, now)
            if isinstance(attempt, TurnedAway):
                return attempt
            index = self._sealer.index("phone", number)
            newest = self._newest(connection, index)
            if newest is None or newest.used_at is not None or newest.ends_at <= now or newest.tries >= CODE_TRIES:
                return WRONG
            if not hmac.compare_digest(newest.code_hash, self._hash(newest.id, "".join(code.split()))):
                _change(connection, newest, tries=newest.tries + 1)
                return WRONG
            people = self._people(connection, index)
            if staff_id is None and len(people) > 1:
                sql_tries.end(connection, attempt, Outcome.RIGHT, now)
                return Choose(people=people)
            chosen = [one for one in people if staff_id in (None, one.staff_id)]
            if not chosen:
                return WRONG
            _change(connection, newest, used_at=now)
            return self._let_in(connection, chosen[0].staff_id, attempt, now)

    # --- steps -----------------------------------------------------------------------------------------------------

    @patient
    def _asked(self, number: str, code: str, client: str, now: datetime) -> TurnedAway | None:
        index, address = self._sealer.index("phone", number), sql_tries.address_index(self._sealer, client)
        with writing(self._engine) as connection:
            for most, same in (
                (CODES_AN_HOUR, CODES.c.phone_index == index),
                (ASKS_AN_HOUR, CODES.c.address_index == address),
            ):
                made = _made_lately(connection, same, now)
                if len(made) >= most:
                    return TurnedAway(why=Why.WAIT, until=made[-most] + HOUR)
            before, id_ = self._newest(connection, index), uuid.uuid4().hex
            connection.execute(
                insert(CODES).values(
                    id=id_, phone_index=index, address_index=address, code_hash=self._hash(id_, code), made_at=now,
                    ends_at=now + CODE_HOLDS, tries=0,
                )
            )  # fmt: skip
            people = self._people(connection, index)
            if before is not None:
                _take_back(connection, before, now)
            if people:
                letter = TextLetter(
                    recipient_id=people[0].staff_id, recipient_kind="staff", template=TemplateId.SIGN_IN_CODE,
                    params={"digits": code}, text_class=TextClass.SIGN_IN, wait_for_slot=False,
                    send_by=now + CODE_HOLDS,
                )  # fmt: skip
                insert_letter(connection, self._sealer, _letter(id_), letter, now)
        return None

    def _let_in(self, connection: Connection, staff_id: str, attempt: Attempt, now: datetime) -> SignedIn:
        sql_tries.end(connection, attempt, Outcome.IN, now)
        return sql_sessions.opened(connection, staff_id, Step.FULL, How.PHONE_CODE, now)

    def _newest(self, connection: Connection, phone_index: str) -> Row[Any] | None:
        query = select(CODES).where(CODES.c.phone_index == phone_index)
        return connection.execute(query.order_by(CODES.c.made_at.desc(), CODES.c.id).limit(1)).one_or_none()

    def _people(self, connection: Connection, phone_index: str) -> tuple[Person, ...]:
        """Whoever has this number and may sign in by it, by id."""
        query = (
            select(STAFF.c.id, STAFF.c.name_enc)
            .outerjoin(ACCOUNTS, ACCOUNTS.c.staff_id == STAFF.c.id)
            .where(STAFF.c.phone_index == phone_index, ACCOUNTS.c.disabled_at.is_(None))
        )
        rows = connection.execute(query.order_by(STAFF.c.id)).all()
        return tuple(
            Person(staff_id=row.id, name=self._sealer.open(row.name_enc))
            for row in rows
            if proof_asked(sql_sessions.roles_of(connection, row.id)) is Proof.PHONE_CODE
        )

    def _hash(self, id_: str, code: str) -> str:
        """Keyed: a million codes are tried in no time."""
        return self._sealer.index("phone_code", f"{id_}/{code}")


def _letter(code_id: str) -> str:
    return f"sign-in-{code_id}"


def _take_back(connection: Connection, before: Row[Any], now: datetime) -> None:
    """A text that has not gone yet would arrive with digits that open nothing."""
    waiting = (LETTERS.c.id == _letter(before.id), LETTERS.c.state == "due")
    connection.execute(
        update(LETTERS).where(*waiting).values(state="cancelled", why="its cause has gone", settled_at=now)
    )


def _made_lately(connection: Connection, same: ColumnElement[bool], now: datetime) -> list[datetime]:
    query = select(CODES.c.made_at).where(same, CODES.c.made_at > now - HOUR).order_by(CODES.c.made_at)
    return list(connection.execute(query).scalars())


def _change(connection: Connection, code: Row[Any], **values: Any) -> None:
    connection.execute(update(CODES).where(CODES.c.id == code.id).values(**values))
