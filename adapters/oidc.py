"""An OpenID Connect provider, asked: authorization code with PKCE, and an ID token that is believed only when proved.

Discovery and keys are read when they are first needed and kept for an hour; keys are read anew when a token fits none
of them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, cast
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

TIMEOUT = 5.0  # seconds: somebody waits before an empty page
KEPT = timedelta(hours=1)
LEEWAY = 60  # seconds by which the two clocks may differ
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Of key pairs only: with a shared secret, or with none, a token would prove nothing."""
LONGEST_SUBJECT = 255
VERIFIED = {"email": "email_verified", "phone_number": "phone_number_verified"}
"""Claims that people write themselves at many a provider, with what says that it was looked into (OpenID Connect Core,
5.1)."""
CONFIGURATION = "/.well-known/openid-configuration"


class Registered(NamedTuple):
    """What we are there. `claim`: whose value names a person; `trusted`: values of `amr` or `acr` that are a second
    factor."""

    issuer: str
    client_id: str
    secret: SecretStr
    back: str
    claim: str
    trusted: frozenset[str]


class Said(NamedTuple):
    """Whom a token is about. `strong`: they have shown a second factor there that we trust."""

    subject: str
    strong: bool


class Away(Exception):
    """It does not answer, or not as a provider."""


class Unproven(Exception):
    """What it answered proves nothing. `why` is a word for the log, without anything of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Known(NamedTuple):
    at: datetime
    told: Mapping[str, Any]
    keys: KeySet


class OidcProvider:
    def __init__(self, registered: Registered) -> None:
        self.registered = registered
        self._known: _Known | None = None

    def address(self, state: str, nonce: str, verifier: str, now: datetime) -> str:
        """Where a browser goes to sign in. Raises Away."""
        asked = {
            "response_type": "code", "scope": "openid", "client_id": self.registered.client_id,
            "redirect_uri": self.registered.back, "state": state, "nonce": nonce,
            "code_challenge": _challenge(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        at = str(self._now_known(now).told["authorization_endpoint"])
        return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(asked)}"

    def said(self, code: str, nonce: str, verifier: str, now: datetime) -> Said:
        """For a code that a browser brought back. Raises Away, Unproven."""
        answer = self._exchanged(code, verifier, self._now_known(now).told)
        claims = self._proved(answer, nonce, now)
        claim = self.registered.claim
        if claim in VERIFIED and claims.get(VERIFIED[claim]) is not True:
            raise Unproven("not_verified")
        subject = claims.get(claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise Unproven("no_subject")
        shown = [*(claims.get("amr") or ()), claims.get("acr")]
        return Said(subject, any(one in self.registered.trusted for one in shown if isinstance(one, str)))

    def _exchanged(self, code: str, verifier: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        ours = self.registered
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": ours.back, "code_verifier": verifier,
            "client_id": ours.client_id,
        }  # fmt: skip
        ways, secret, headers = told.get("token_endpoint_auth_methods_supported"), ours.secret.get_secret_value(), {}
        if isinstance(ways, list) and "client_secret_basic" not in ways:
            form["client_secret"] = secret
        else:
            headers = {"Authorization": f"Basic {_basic(ours.client_id, secret)}"}
        try:
            with httpx.Client(timeout=TIMEOUT) as http:
                answer = http.post(str(told["token_endpoint"]), data=form, headers=headers)
        except httpx.HTTPError as error:
            raise Away(type(error).__name__) from None
        if answer.status_code >= 500:
            raise Away(str(answer.status_code))
        said = _object(answer)
        if answer.is_error or not isinstance(said.get("id_token"), str):
            raise Unproven("code_refused")
        return said

    def _proved(self, answer: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        """The claims of its ID token: signed by a key of theirs, from them, for us, now, and for this very asking."""
        ours, token = self.registered, str(answer["id_token"])
        try:
            read = self._read(token, now)
            claims = CodeIDToken(
                read.claims, read.header,
                options={"iss": {"essential": True, "value": ours.issuer},
                         "aud": {"essential": True, "value": ours.client_id}},
                params={"nonce": nonce, "client_id": ours.client_id, "access_token": answer.get("access_token")},
            )  # fmt: skip
            cast("_Claims", claims).validate(now=int(now.timestamp()), leeway=LEEWAY)
        except JoseError as error:
            raise Unproven(error.error) from None
        except (ValueError, TypeError, KeyError) as error:
            raise Unproven(type(error).__name__) from None
        return cast("Mapping[str, Any]", claims)

    def _read(self, token: str, now: datetime) -> jwt.Token:
        """By the keys we know, or by those of now. Raises JoseError, ValueError, Away."""
        try:
            return jwt.decode(token, self._now_known(now).keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(token, self._anew(now).keys, algorithms=ALGORITHMS)

    # --- what it says of itself ------------------------------------------------------------------------------------

    def _now_known(self, now: datetime) -> _Known:
        known = self._known
        return known if known is not None and abs(now - known.at) < KEPT else self._anew(now)

    def _anew(self, now: datetime) -> _Known:
        """Raises Away."""
        issuer = self.registered.issuer
        try:
            with httpx.Client(timeout=TIMEOUT) as http:
                told = _object(http.get(issuer.rstrip("/") + CONFIGURATION).raise_for_status())
                named = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
                if told.get("issuer") != issuer or not all(isinstance(at, str) and is_safe_address(at) for at in named):
                    raise Away("another_issuer")
                keys = KeySet.import_key_set(cast("Any", _object(http.get(str(told["jwks_uri"])).raise_for_status())))
        except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
            raise Away(type(error).__name__) from None
        self._known = _Known(now, told, keys)
        return self._known


class _Claims(Protocol):
    def validate(self, now: int, leeway: int) -> None: ...


def _challenge(verifier: str) -> str:
    """Of PKCE, S256 (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _basic(name: str, secret: str) -> str:
    """Each written as in a form first (RFC 6749, 2.3.1)."""
    return base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()


def is_safe_address(url: str) -> bool:
    """Whether nobody on the way can read or change what goes there: https, or this very machine."""
    at = urlsplit(url)
    return at.scheme == "https" or (at.scheme == "http" and at.hostname in ("127.0.0.1", "localhost"))


def _object(answer: httpx.Response) -> dict[str, Any]:
    """Raises Away for what is no JSON object."""
    try:
        said: object = answer.json()
    except ValueError:
        raise Away("no_json") from None
    if not isinstance(said, dict):
        raise Away("no_object")
    return cast("dict[str, Any]", said)
