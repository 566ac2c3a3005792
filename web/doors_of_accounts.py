"""What pages of signing in and of accounts are given, beside `web.doors`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from models.accounts import (
    AccountLine,
    Arrived,
    Choose,
    Enrolled,
    Enrolment,
    OneTime,
    Sent,
    Session,
    SignedIn,
    TurnedAway,
)
from models.errors import Refusal
from models.values import Actor


class Accounts(Protocol):
    """Signing in with a password, sessions, one's own account: `adapters.sql_accounts`."""

    def session_of(self, token: str, now: datetime) -> Session | None: ...

    def sign_in(self, staff_id: str, password: str, client: str, now: datetime) -> SignedIn | TurnedAway: ...

    def second_factor(self, token: str, code: str, client: str, now: datetime) -> SignedIn | TurnedAway: ...

    def change_password(
        self, token: str, old: str, new: str, client: str, now: datetime
    ) -> SignedIn | TurnedAway: ...  # fmt: skip

    def enrol(self, token: str, now: datetime) -> Enrolment | TurnedAway: ...

    def confirm_enrolment(self, token: str, code: str, client: str, now: datetime) -> Enrolled | TurnedAway: ...

    def own_sessions(self, token: str, now: datetime) -> tuple[Session, ...]: ...

    def sign_out(self, token: str, now: datetime) -> None: ...

    def revoke(self, token: str, session_id: str, now: datetime) -> bool: ...

    def revoke_others(self, token: str, now: datetime) -> int: ...


class PhoneCodes(Protocol):
    """Signing in by a code to one's own phone: `adapters.sql_phone_codes`."""

    def ask(self, phone: str, client: str, now: datetime) -> TurnedAway | None: ...

    def sign_in(
        self, phone: str, code: str, client: str, now: datetime, staff_id: str | None = None
    ) -> SignedIn | Choose | TurnedAway: ...  # fmt: skip


class SignInLinks(Protocol):
    def open(self, token: str, now: datetime) -> SignedIn | TurnedAway: ...


class Subjects(Protocol):
    """Who at the OpenID Connect provider is whom here, as administrators bind it."""

    def bind(self, staff_id: str, subject: str, by: Actor, now: datetime) -> Refusal | None: ...

    def unbind(self, staff_id: str, by: Actor, now: datetime) -> Refusal | None: ...


class SingleSignOn(Protocol):
    """Signing in by way of an OpenID Connect provider: `adapters.sql_single_sign_on`. `name`: as people call it."""

    @property
    def name(self) -> str: ...

    @property
    def subjects(self) -> Subjects: ...

    def begin(self, wanted: str, now: datetime) -> Sent | TurnedAway: ...

    def back(self, way: str, said: Mapping[str, str], client: str, now: datetime) -> Arrived | TurnedAway: ...


class AccountBook(Protocol):
    def make(self, staff_id: str, by: Actor, now: datetime) -> OneTime | Refusal: ...

    def reset(self, staff_id: str, by: Actor, now: datetime) -> OneTime | Refusal: ...

    def disable(self, staff_id: str, by: Actor, now: datetime) -> Refusal | None: ...

    def of_county(self, county_id: str, after: str = "", limit: int | None = None) -> list[AccountLine]: ...

    def line(self, staff_id: str) -> AccountLine | None: ...
