"""An OpenID Connect provider of our own on loopback: it signs people in, and lies and fails as it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from tests.loopback import Handler, Loopback

CLIENT, SECRET = "tanfang", "a+b%3D c:密 and more of it"
BACK = "/sign-in/oidc/back"


@cache
def key_of(_whose: str, kid: str) -> RSAKey:
    """Made once in a process: it takes a while."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


class Grant(NamedTuple):
    """A code that was given, for one exchange. `asked`: what the browser came with."""

    asked: Mapping[str, str]
    subject: str


class OidcServer(Loopback):
    """`person`: who sits at the browser. `says`: claims in place of the true ones, None: left out.

    `signs`: with what key its tokens are signed: "own", "strange" (one that it never showed), "none", "shared" (our
    secret), "new" (one shown from now on). `answers`: a status in place of any answer. `again`: a code is good twice.
    """

    def __init__(self, now: datetime, public_url: str) -> None:
        self.now = now
        self.person = "u-1001"
        self.says: dict[str, Any] = {}
        self.signs = "own"
        self.answers: dict[str, int] = {}
        self.error = ""
        self.again = False
        self.posts_secret = False
        self.asked: list[str] = []
        self._back = public_url + BACK
        self._keys = [key_of("own", "k1")]
        self._grants: dict[str, Grant] = {}
        super().__init__(self._handler())

    # --- its pages ----------------------------------------------------------------------------------------------------

    def _configuration(self, _said: Mapping[str, str]) -> Any:
        found: dict[str, Any] = {
            "issuer": self.says.get("issuer", self.url), "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip
        return found | ({"token_endpoint_auth_methods_supported": ["client_secret_post"]} if self.posts_secret else {})

    def _shown_keys(self, _said: Mapping[str, str]) -> Any:
        return KeySet(list(self._keys)).as_dict(private=False)

    def authorize(self, said: Mapping[str, str]) -> str:
        """Where it sends the browser back to: whoever sits there has signed in, or not."""
        wrong = [
            name
            for name, right in (("client_id", CLIENT), ("redirect_uri", self._back), ("response_type", "code"),
                                ("code_challenge_method", "S256"))
            if said.get(name) != right
        ]  # fmt: skip
        assert not wrong and "openid" in said["scope"].split() and said["state"] and said["nonce"], (wrong, said)
        if self.error:
            return f"{self._back}?{urlencode({'error': self.error, 'state': said['state']})}"
        code = secrets.token_urlsafe(24)
        self._grants[code] = Grant(said, self.person)
        return f"{self._back}?{urlencode({'code': code, 'state': said['state'], 'iss': self.url})}"

    def _token(self, said: Mapping[str, str]) -> Any:
        grant = self._grants.get(said.get("code", "")) if self.again else self._grants.pop(said.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        if grant is None or challenge.rstrip(b"=").decode() != grant.asked["code_challenge"]:
            return {"error": "invalid_grant"}
        if said.get("redirect_uri") != self._back or said.get("client_secret") != SECRET:
            return {"error": "invalid_client"}
        access = secrets.token_urlsafe(24)
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.url, "sub": grant.subject, "aud": CLIENT, "exp": self._at(minutes=5), "iat": self._at(),
            "nonce": grant.asked["nonce"], "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            "email": "no.one@example.org",
        }  # fmt: skip
        claims = {name: value for name, value in (claims | self.says).items() if value is not None}
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self._signed(claims)}

    def _at(self, **more: float) -> int:
        return int((self.now + timedelta(**more)).timestamp())

    def _signed(self, claims: Mapping[str, Any]) -> str:
        if self.signs == "none":
            head, body = (
                base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
                for one in ({"alg": "none"}, claims)
            )
            return f"{head}.{body}."
        if self.signs == "shared":
            key = OctKey.import_key(SECRET)
            return jwt.encode({"alg": "HS256"}, dict(claims), key, algorithms=["HS256"])
        if self.signs == "new":
            self._keys = [key_of("new", "k2")]
            self.signs = "own"
        key = key_of("strange", "k1") if self.signs == "strange" else self._keys[-1]
        return jwt.encode({"alg": "RS256", "kid": key.kid or ""}, dict(claims), key)

    # --- over HTTP ----------------------------------------------------------------------------------------------------

    def _handler(self) -> type[Handler]:
        provider = self
        pages = {
            ("GET", "/.well-known/openid-configuration"): self._configuration, ("GET", "/keys"): self._shown_keys,
            ("POST", "/token"): self._token,
        }  # fmt: skip

        class Answers(Handler):
            def asked(self, method: str) -> None:
                at = urlsplit(self.path)
                if at.path == "/authorize" and at.path not in provider.answers:
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(dict(parse_qsl(at.query))))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                said = dict(parse_qsl(self.sent().decode()))
                basic = self.headers.get("Authorization", "")
                if basic.startswith("Basic "):
                    assert "client_secret" not in said
                    name, _, secret = b64decode(basic[6:]).decode().partition(":")
                    said |= {"client_id": unquote_plus(name), "client_secret": unquote_plus(secret)}
                self._answer(method, said)

            def _answer(self, method: str, said: Mapping[str, str]) -> None:
                path = urlsplit(self.path).path
                provider.asked.append(path)
                page = pages.get((method, path))
                answer = page(said) if page else {"error": "not_found"}
                status = provider.answers.get(path, 400 if "error" in answer else 200)
                self.give(status, json.dumps(answer).encode())

        return Answers
