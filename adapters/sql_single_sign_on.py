"""Signing in by way of the OpenID Connect provider, by SQL: what a browser carries there and back, and who comes back.

What is asked travels sealed in the browser's own cookie: a way begun elsewhere leads nowhere. Each is taken once.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from pydantic import AwareDatetime, SecretStr
from sqlalchemy import Connection, Engine, delete, select

from adapters import sql_sessions, sql_tries
from adapters.database import patient, writing
from adapters.oidc import Away, OidcProvider, Said, Unproven
from adapters.sealing import Sealer
from adapters.sql_letters import insert_once
from adapters.sql_sessions import ACCOUNTS
from adapters.sql_subjects import SUBJECTS, SqlSubjects
from adapters.sql_tries import Attempt
from decisions.accounts import WAY_HOLDS, step_after_provider
from models.accounts import Arrived, How, Outcome, Sent, SignedIn, Step, TurnedAway, Why
from models.errors import TanfangFault
from models.tables import OidcWay, table_of
from models.values import Value

WAYS = table_of(OidcWay)
UNPROVEN = TurnedAway(why=Why.UNPROVEN)
log = structlog.get_logger()


class _Way(Value):
    """One asking, from its beginning. `wanted`: the page to come to."""

    state: str
    nonce: str
    verifier: str
    wanted: str
    at: AwareDatetime


class SqlSingleSignOn:
    """`name`: what people call the provider."""

    def __init__(self, engine: Engine, sealer: Sealer, provider: OidcProvider, name: str) -> None:
        self._engine = engine
        self._sealer = sealer
        self._provider = provider
        self.name = name
        ours = provider.registered
        self.subjects = SqlSubjects(engine, sealer, f"{ours.issuer} {ours.claim}")

    def begin(self, wanted: str, now: datetime) -> Sent | TurnedAway:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        try:
            to = self._provider.address(state, nonce, verifier, now)
        except Away as away:
            log.warning("oidc_away", error=str(away))
            return TurnedAway(why=Why.AWAY)
        way = _Way(state=state, nonce=nonce, verifier=verifier, wanted=wanted, at=now)
        sealed = self._sealer.seal(way.model_dump_json())
        return Sent(to=to, way=SecretStr(base64.urlsafe_b64encode(sealed).decode()))

    def back(self, way: str, said: Mapping[str, str], client: str, now: datetime) -> Arrived | TurnedAway:
        """`way`: of the cookie; `said`: what the provider sent along; `client`: the address it comes from."""
        asked = self._opened(way, now)
        if asked is None or not hmac.compare_digest(asked.state.encode(), said.get("state", "").encode()):
            return self._refused("another_way")
        attempt = self._taken(asked.state, client, now)
        if not isinstance(attempt, Attempt):
            return attempt
        if said.get("iss", self._provider.registered.issuer) != self._provider.registered.issuer:
            return self._refused("another_issuer")
        if "error" in said or not said.get("code"):
            return self._refused("denied")
        try:
            person = self._provider.said(said["code"], asked.nonce, asked.verifier, now)
        except Away as away:
            log.warning("oidc_away", error=str(away))
            return TurnedAway(why=Why.AWAY)
        except Unproven as unproven:
            return self._refused(unproven.why)
        signed = self._let_in(person, attempt, now)
        return Arrived(signed_in=signed, wanted=asked.wanted) if isinstance(signed, SignedIn) else signed

    def _opened(self, way: str, now: datetime) -> _Way | None:
        try:
            asked = _Way.model_validate_json(self._sealer.open(base64.urlsafe_b64decode(way)))
        except (ValueError, TanfangFault):
            return None
        return asked if timedelta() <= now - asked.at < WAY_HOLDS else None

    def _refused(self, why: str) -> TurnedAway:
        log.warning("oidc_refused", why=why)
        return UNPROVEN

    @patient
    def _taken(self, state: str, client: str, now: datetime) -> Attempt | TurnedAway:
        """The way, once; counted as a try of whoever comes from this address."""
        with writing(self._engine) as connection:
            attempt = sql_tries.begin(connection, self._sealer, f"oidc/{state}", client, now)
            if isinstance(attempt, TurnedAway):
                return attempt
            connection.execute(delete(WAYS).where(WAYS.c.ends_at < now))
            own = {"state_index": self._sealer.index("oidc_state", state), "ends_at": now + WAY_HOLDS}
            return attempt if insert_once(connection, WAYS, own) else self._refused("taken_before")

    @patient
    def _let_in(self, person: Said, attempt: Attempt, now: datetime) -> SignedIn | TurnedAway:
        with writing(self._engine) as connection:
            query = (
                select(ACCOUNTS.c.staff_id, ACCOUNTS.c.totp_enc)
                .join(SUBJECTS, SUBJECTS.c.staff_id == ACCOUNTS.c.staff_id)
                .where(
                    SUBJECTS.c.subject_index == self.subjects.index(person.subject), ACCOUNTS.c.disabled_at.is_(None)
                )
            )
            account = connection.execute(query).one_or_none()
            if account is None:
                return TurnedAway(why=Why.UNBOUND)
            step = step_after_provider(strong=person.strong, enrolled=account.totp_enc is not None)
            return self._opened_for(connection, account.staff_id, step, attempt, now)

    def _opened_for(
        self, connection: Connection, staff_id: str, step: Step, attempt: Attempt, now: datetime
    ) -> SignedIn:
        sql_tries.end(connection, attempt, Outcome.IN if step is Step.FULL else Outcome.RIGHT, now)
        return sql_sessions.opened(connection, staff_id, step, How.OIDC, now)
