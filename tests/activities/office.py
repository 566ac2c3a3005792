"""An office to sign in to: 奉节 with people at each level, passwords cheap to hash, a clock in the test's hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pyotp.totp import TOTP
from sqlalchemy import Engine, delete, insert, select, update

from adapters.database import reading, writing
from adapters.passwords import Passwords
from adapters.sealing import Keyring, Sealer
from adapters.sql_account_book import SqlAccountBook
from adapters.sql_accounts import SqlAccounts
from adapters.sql_phone_codes import SqlPhoneCodes
from models import tables as t
from models.accounts import Enrolled, Enrolment, OneTime, Session, SignedIn
from models.tables import table_of
from models.values import Actor, ActorKind, Role

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
COUNTY, TOWN, VILLAGE = "county-fengjie", "T1", "W1"
ADMIN, OFFICER, GRID, BOTH = "S-admin", "S-officer", "S-grid", "S-both"
PEOPLE = {
    ADMIN: ("+8619200000001", Role.ADMIN, COUNTY),
    OFFICER: ("+8619200000002", Role.TOWNSHIP_OFFICER, TOWN),
    GRID: ("+8619200000003", Role.GRID_WORKER, VILLAGE),
    BOTH: ("+8619200000004", Role.VILLAGE_ASSISTANT, VILLAGE),
}
BY = Actor(id=ADMIN, kind=ActorKind.STAFF, role=Role.ADMIN)
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
GOOD = "correct horse battery"


class Office:
    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self.engine = engine
        self.sealer = sealer
        passwords = Passwords(CHEAP)
        self.accounts = SqlAccounts(engine, self.sealer, passwords)
        self.codes = SqlPhoneCodes(engine, self.sealer)
        self.book = SqlAccountBook(engine, self.sealer, passwords)
        self.now = NOW
        for area, kind, parent in ((COUNTY, "county", None), (TOWN, "township", COUNTY), (VILLAGE, "village", TOWN)):
            self.has(t.Area, id=area, kind=kind, name=area, parent_id=parent, from_on=date(2020, 1, 1))
        for staff_id, (phone, role, area) in PEOPLE.items():
            self.person(staff_id, phone)
            self.post(f"P-{staff_id}", role, area, holder_id=staff_id)

    @classmethod
    def at(cls, engine: Engine, folder: Path) -> Office:
        return cls(engine, Sealer(Keyring.load_or_create(folder / "office.json")))

    def person(self, staff_id: str, phone: str, name: str = "王示福") -> None:
        self.has(
            t.Staff, id=staff_id, county_id=COUNTY, name_enc=self.sealer.seal(name), phone_enc=self.sealer.seal(phone),
            phone_index=self.sealer.index("phone", phone),
        )  # fmt: skip

    def post(self, post_id: str, role: Role, area: str, **who: str) -> None:
        self.has(t.Post, id=post_id, role=role.value, area_id=area, **who)

    def has(self, model: Any, **row: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(insert(table_of(model)).values(**row))

    def change(self, model: Any, where: str, of: str, **values: Any) -> None:
        table = table_of(model)
        with writing(self.engine) as connection:
            connection.execute(update(table).where(table.c[where] == of).values(**values))

    def forget(self, model: Any) -> None:
        with writing(self.engine) as connection:
            connection.execute(delete(table_of(model)))

    def rows(self, model: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(table_of(model))))

    # --- what people do --------------------------------------------------------------------------------------------

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def given(self, staff_id: str) -> str:
        """An account, with its one-time password."""
        made = self.book.make(staff_id, BY.model_copy(update={"id": "S-other"}), self.now)
        assert isinstance(made, OneTime)
        return made.password.get_secret_value()

    def with_password(self, staff_id: str, password: str = GOOD) -> SignedIn:
        """An account whose password is their own already, just signed in by it; what it still must do it must."""
        token = token_of(self.accounts.sign_in(staff_id, self.given(staff_id), HERE, self.now))
        return signed_in(self.accounts.change_password(token, "", password, HERE, self.now))

    def whole(self, staff_id: str) -> tuple[SignedIn, str, tuple[str, ...]]:
        """With both factors: the session, the secret, the recovery codes."""
        token = token_of(self.with_password(staff_id))
        shown = self.accounts.enrol(token, self.now)
        assert isinstance(shown, Enrolment)
        secret = shown.secret.get_secret_value()
        done = self.accounts.confirm_enrolment(token, self.digits(secret), HERE, self.now)
        assert isinstance(done, Enrolled)
        return done.signed_in, secret, tuple(code.get_secret_value() for code in done.recovery_codes)

    def digits(self, secret: str) -> str:
        return TOTP(secret).at(self.now)

    def by_password(self, staff_id: str, password: str = GOOD, client: str = HERE) -> Any:
        return self.accounts.sign_in(staff_id, password, client, self.now)

    def session(self, token: str) -> Session | None:
        return self.accounts.session_of(token, self.now)


def signed_in(answer: object) -> SignedIn:
    assert isinstance(answer, SignedIn), answer
    return answer


def token_of(answer: object) -> str:
    return signed_in(answer).token.get_secret_value()
